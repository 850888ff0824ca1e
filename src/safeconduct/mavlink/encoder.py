"""The one encoder: a typed intent in, one listed frame out; everything unlisted is refused.

Bytes leave for an aircraft only as a `Frame`, and only `Encoder.encode` makes one. Whatever the
intent said, the finished frame is looked at again, byte by byte, before it may leave.
"""

from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink.frame import NoFrame, Seen, look
from safeconduct.mavlink.lists import WATCH, Listed
from safeconduct.refusal import Refusal, Refused

PILOT_SYSTEM = (
    255  # ArduPilot's MAV_GCS_SYSID default: beating as it would hide the pilot's own loss
)
OUR_SYSTEM = 245  # proposed: one of the ids left to ground stations, not the pilot's
OUR_COMPONENT = codec.MAV_COMP_ID_ONBOARD_COMPUTER
HIGHEST_RATE_HZ = 10  # ArduCopter's simulator sent each message we ask for at this rate
KEY_BYTES = 32  # MAVLink 2 signing key
_MAX_SYSTEM = 250  # 251 to 255 are the pilots' ground stations


@dataclass(frozen=True, slots=True)
class AskRate:
    """Ask for one telemetry message `rate_hz` times a second (SET_MESSAGE_INTERVAL)."""

    system: int
    message: int
    rate_hz: float


@dataclass(frozen=True, slots=True)
class AskOnce:
    """Ask for one telemetry message once (REQUEST_MESSAGE)."""

    system: int
    message: int


@dataclass(frozen=True, slots=True)
class ReadParameter:
    """Ask for the value of one parameter."""

    system: int
    name: str


@dataclass(frozen=True, slots=True)
class ListParameters:
    """Ask for all parameters."""

    system: int


Intent = AskRate | AskOnce | ReadParameter | ListParameters


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
        return _never("mavlink.no_frame", str(wrong))
    if seen.message not in listed.messages:
        return _never("mavlink.message", f"message {seen.message} is not on the list {listed.name}")
    if not seen.target or seen.target > _MAX_SYSTEM:
        return _never("mavlink.target", "a frame must name one aircraft; none may go to all")
    return None if seen.command is None else _unlisted_command(seen, listed)


def _unlisted_command(seen: Seen, listed: Listed) -> Refusal | None:
    if seen.command not in listed.commands.get(seen.message, frozenset()):
        return _never(
            "mavlink.command",
            f"command {seen.command} in message {seen.message} is not on the list {listed.name}",
        )
    if seen.first not in listed.telemetry:
        return _never("mavlink.telemetry", "it asks for a message that is not telemetry of ours")
    return None


def _never(code: str, why: str) -> Refusal:
    return Refusal(code, f"Nothing was sent: {why}.", "Only the pilot commands the aircraft.")


class Encoder:
    """Turns intents into frames of MAVLink 2, signed when it holds a key."""

    def __init__(
        self, *, system: int = OUR_SYSTEM, key: bytes | None = None, timestamp: int = 0
    ) -> None:
        """Hold our own system id and, for signing, the key and a time no older than the last used.

        Args:
            system: our system id, never the pilot's.
            key: 32 bytes shared by cable before the flight, or None to send unsigned.
            timestamp: 10 µs steps since 2015-01-01, as MAVLink signing counts; never reuse one.

        Raises:
            ValueError: the pilot's system id, or a key of another length.
        """
        if not 0 < system <= _MAX_SYSTEM:
            raise ValueError(
                f"system id {system} belongs to the pilot's station; choose 1 to {_MAX_SYSTEM}"
            )
        if key is not None and len(key) != KEY_BYTES:
            raise ValueError(f"a MAVLink signing key has {KEY_BYTES} bytes; put the whole key in")
        self._codec = codec.MAVLink(None, srcSystem=system, srcComponent=OUR_COMPONENT)
        if key is not None:
            signing = self._codec.signing
            signing.secret_key, signing.sign_outgoing = key, True
            signing.timestamp, signing.link_id = timestamp, 0

    def encode(self, intent: Intent) -> Frame:
        """Return the frame of one intent.

        Raises:
            Refused: the intent names an unlisted message, an impossible rate or no one aircraft.
        """
        return Frame(bytes(_message(intent).pack(self._codec, force_mavlink1=False)))


def _message(intent: Intent) -> codec.MAVLink_message:
    if isinstance(intent, AskRate):
        if not 0 < intent.rate_hz <= HIGHEST_RATE_HZ:
            raise Refused(
                _never("mavlink.rate", f"a rate lies above 0 and up to {HIGHEST_RATE_HZ} Hz")
            )
        interval_us = 1e6 / intent.rate_hz
        return _command(intent.system, 511, intent.message, interval_us)
    if isinstance(intent, AskOnce):
        return _command(intent.system, 512, intent.message, 0)
    if isinstance(intent, ReadParameter):
        return codec.MAVLink_param_request_read_message(
            intent.system, codec.MAV_COMP_ID_AUTOPILOT1, intent.name.encode("ascii"), -1
        )
    return codec.MAVLink_param_request_list_message(intent.system, codec.MAV_COMP_ID_AUTOPILOT1)


def _command(system: int, command: int, first: float, second: float) -> codec.MAVLink_message:
    return codec.MAVLink_command_long_message(
        system, codec.MAV_COMP_ID_AUTOPILOT1, command, 0, first, second, 0, 0, 0, 0, 0
    )


def requests(system: int, *, rate_hz: float) -> list[Intent]:
    """Return what a watcher asks of an aircraft it has just heard: each telemetry rate."""
    slow = {0: 1.0, 1: 1.0, 2: 1.0, 147: 0.5, 162: 0.5}
    wanted = (0, 1, 2, 24, 33, 147, 162, 193)
    return [AskRate(system, number, min(rate_hz, slow.get(number, rate_hz))) for number in wanted]
