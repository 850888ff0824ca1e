"""The wall before every aircraft: a finished frame is looked at, byte by byte, before it may leave.

Deny by default, whatever the intent said, and mission items are looked into as commands are: the
same command id can ride in COMMAND_LONG, COMMAND_INT, MISSION_ITEM or MISSION_ITEM_INT.
"""

from safeconduct.mavlink.content import amiss
from safeconduct.mavlink.frame import NoFrame, Seen, look
from safeconduct.mavlink.lists import FOLLOW_TARGET, HEARTBEAT, WATCH, Listed
from safeconduct.refusal import Refusal, Refused, said

MAX_SYSTEM = 250  # 251 to 255 are the pilots' ground stations
_TO_ALL = frozenset({HEARTBEAT, FOLLOW_TARGET})  # these two have no field for whom they are


class Frame:
    """One frame that may leave. Only `Encoder.encode` makes one; a transport takes nothing else."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes, *, listed: Listed = WATCH) -> None:
        refused = unlisted(raw, listed=listed)
        if refused is not None:
            raise Refused(refused)
        self.raw = raw


def unlisted(raw: bytes, *, listed: Listed = WATCH) -> Refusal | None:
    """Judge one finished frame against an allow-list: None, or why it must not leave."""
    try:
        seen = look(raw)
    except NoFrame as wrong:
        return never("mavlink.no_frame", str(wrong))
    if seen.message not in listed.messages:
        return never("mavlink.message", f"message {seen.message} is not on the list {listed.name}")
    if not 0 < seen.system <= MAX_SYSTEM:
        return never("mavlink.source", "it bears the system id of a pilot's station, or none")
    if seen.message not in _TO_ALL and not (seen.target and seen.target <= MAX_SYSTEM):
        return never("mavlink.target", "a frame must name one aircraft; none may go to all")
    return _unlisted_command(seen, listed) or _unlisted_content(seen, listed)


def _unlisted_command(seen: Seen, listed: Listed) -> Refusal | None:
    if seen.command is None or seen.command in listed.commands.get(seen.message, frozenset()):
        return None
    return never(
        "mavlink.command",
        f"command {seen.command} in message {seen.message} is not on the list {listed.name}",
    )


def _unlisted_content(seen: Seen, listed: Listed) -> Refusal | None:
    wrong = amiss(seen, listed)
    return never("mavlink.content", wrong) if wrong else None


def never(code: str, why: str) -> Refusal:
    """Return the refusal of one frame."""
    return Refusal(
        code, said("Nothing was sent: {why}.", why=why), "Only the pilot commands the aircraft."
    )
