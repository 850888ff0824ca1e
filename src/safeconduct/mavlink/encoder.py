"""The one encoder: a typed intent in, one listed frame out; everything unlisted is refused.

Bytes leave for an aircraft only as a `Frame`, and only `Encoder.encode` makes one. Whatever the
intent said, the finished frame is looked at again, byte by byte, before it may leave (`wall.py`).
"""

from dataclasses import dataclass
from typing import get_args

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink import intents
from safeconduct.mavlink.intents import AskRate, Beat, Intent, SetMode
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.lists import PILOT, WATCH, Bounds, Listed
from safeconduct.mavlink.moving import may_tell
from safeconduct.mavlink.packing import message_of
from safeconduct.mavlink.signing import KEY_BYTES, Stamps
from safeconduct.mavlink.wall import MAX_SYSTEM, Frame, never
from safeconduct.refusal import Refused, insist

PILOT_SYSTEM = (
    255  # ArduPilot's MAV_GCS_SYSID default: beating as it would hide the pilot's own loss
)
OUR_SYSTEM = 245  # proposed: one of the ids left to ground stations, not the pilot's
OUR_COMPONENT = codec.MAV_COMP_ID_ONBOARD_COMPUTER
HIGHEST_RATE_HZ = 10  # ArduCopter's simulator sent each message we ask for at this rate


@dataclass(slots=True)
class Command:
    """What turns an encoder into one of the pilot's station: his leave, and within what it moves."""

    leave: Leave
    bounds: Bounds


class Encoder:
    """Turns intents for one aircraft into frames of MAVLink 2, signed when it holds a key."""

    def __init__(
        self,
        *,
        system: int = OUR_SYSTEM,
        key: bytes | None = None,
        stamps: Stamps | None = None,
        beats: bool = False,
        command: Command | None = None,
    ) -> None:
        """Hold our own system id and, for signing, the aircraft's key and the times not yet used.

        Args:
            system: our system id, never the pilot's.
            key: 32 bytes shared by cable before the flight, or None to send unsigned.
            stamps: gives each signature its time; never one twice. Needed with a key.
            beats: whether our own heartbeat may leave; the programme's own decision, off by default.
            command: at the pilot's station alone; without it no movement command exists.

        Raises:
            ValueError: the pilot's system id, a key of another length, or one without its stamps.
        """
        if not 0 < system <= MAX_SYSTEM:
            raise ValueError(
                f"system id {system} belongs to the pilot's station; choose 1 to {MAX_SYSTEM}"
            )
        if key is not None and (len(key) != KEY_BYTES or stamps is None):
            raise ValueError(
                f"a MAVLink signing key has {KEY_BYTES} bytes, and stamps; put the whole key in"
            )
        self._codec = codec.MAVLink(None, srcSystem=system, srcComponent=OUR_COMPONENT)
        self._stamps = stamps if key is not None else None
        self._command = command
        self._watch = WATCH.beating if beats else WATCH
        if key is not None:
            signing = self._codec.signing
            signing.secret_key, signing.sign_outgoing, signing.link_id = key, True, 0

    def encode(self, intent: Intent, *, now_s: float = 0.0, number: int = 0) -> Frame:
        """Return the frame of one intent.

        Args:
            intent: what is wanted.
            number: of our frames on the link that it leaves by; who hears them counts those that are missing.
            now_s: seconds of the clock by which the pilot's leave was told of heartbeats.

        Raises:
            Refused: an unlisted message, an impossible rate, no one aircraft, or a movement that
                the pilot has not switched on or that leaves its bounds.
        """
        asks = isinstance(intent, get_args(intents.Asking))
        listed = self._watch if asks else self._moving(intent, now_s)
        if isinstance(intent, AskRate):
            _insist_on_rate(intent)
        if self._stamps is not None:
            self._codec.signing.timestamp = self._stamps.next()
        self._codec.seq = number % 256
        frame = Frame(
            bytes(message_of(intent).pack(self._codec, force_mavlink1=False)), listed=listed
        )
        if isinstance(intent, SetMode) and self._command is not None:
            self._command.leave.commanded(intent.mode, now_s=now_s)
        return frame

    def _moving(self, intent: Intent, now_s: float) -> Listed:
        if self._command is None or isinstance(intent, Beat):
            raise Refused(
                never("mavlink.leave", "movement commands exist at the pilot's station alone")
            )
        leave, bounds = self._command.leave, self._command.bounds
        if getattr(intent, "system", None) != leave.system:
            raise Refused(never("mavlink.target", "its pilot has given leave for another aircraft"))
        insist(leave.allows(now_s=now_s))
        insist(may_tell(intent, bounds=bounds, leave=leave))
        return PILOT.within(bounds)


def _insist_on_rate(asked: AskRate) -> None:
    if not 0 < asked.rate_hz <= HIGHEST_RATE_HZ:
        raise Refused(never("mavlink.rate", f"a rate lies above 0 and up to {HIGHEST_RATE_HZ} Hz"))


def requests(system: int, *, rate_hz: float) -> list[Intent]:
    """Return what a watcher asks of an aircraft it has just heard: each telemetry rate."""
    slow = {0: 1.0, 1: 1.0, 2: 1.0, 147: 0.5, 162: 0.5}
    wanted = (0, 1, 2, 24, 33, 147, 162, 193)
    return [AskRate(system, number, min(rate_hz, slow.get(number, rate_hz))) for number in wanted]
