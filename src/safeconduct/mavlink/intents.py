"""What we may want of an aircraft, as typed values. There is no other way to say it.

Those of WATCH ask; those of PILOT move, and exist at the pilot's station alone. Metres, metres a
second, degrees WGS 84; heights above home. `system` is the aircraft's system id.
"""

from dataclasses import dataclass

from safeconduct.geo import Point
from safeconduct.mavlink.fence import Item

# ---- WATCH ---------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Beat:
    """Say that we are here. Off by default; never under a pilot's system id."""


# ---- PILOT ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetMode:
    """Go to one of `lists.MODES`."""

    system: int
    mode: int


@dataclass(frozen=True, slots=True)
class ChangeSpeed:
    """Fly no faster over the ground than this."""

    system: int
    speed_m_s: float


@dataclass(frozen=True, slots=True)
class Reposition:
    """Fly to a place. The aircraft answers, and says no to a place outside its fence."""

    system: int
    target: Point
    height_m: float


@dataclass(frozen=True, slots=True)
class GoTo:
    """Fly to a place, with a velocity in passing. An aircraft ignores in silence what its fence bars."""

    system: int
    target: Point
    height_m: float
    north_m_s: float = 0.0
    east_m_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """Fly with a velocity; needs repeating each three seconds (GUID_TIMEOUT, documented).

    Attributes:
        at: where the aircraft is now: the way of those three seconds must lie inside the fence.
    """

    system: int
    at: Point
    north_m_s: float
    east_m_s: float
    down_m_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Follow:
    """Tell where he is and how he moves; the pilot himself chooses FOLLOW. Effect untested."""

    system: int
    him: Point
    height_m: float
    north_m_s: float
    east_m_s: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Go before him. Only while he is sighted and has acknowledged, at walking pace, never near him.

    Attributes:
        him: his place, from a fix `him_age_s` old.
        speed_m_s: the speed last set and acknowledged.
        sighted: the case is SIGHTED, as the core or the pilot's own mark says.
        acknowledged: he has answered the sign of the aircraft.
    """

    system: int
    target: Point
    height_m: float
    him: Point
    him_age_s: float
    speed_m_s: float
    sighted: bool
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class LookAt:
    """Turn the camera to a place (DO_SET_ROI_LOCATION)."""

    system: int
    target: Point
    height_m: float = 0.0


@dataclass(frozen=True, slots=True)
class LookAhead:
    """End the look at a place (DO_SET_ROI_NONE)."""

    system: int


@dataclass(frozen=True, slots=True)
class TurnCamera:
    """Turn the gimbal to two angles, degrees; pitch is negative downward."""

    system: int
    pitch_deg: float
    yaw_deg: float


@dataclass(frozen=True, slots=True)
class UploadCount:
    """Begin to upload a fence or rally points: so many items."""

    system: int
    kind: int
    count: int


@dataclass(frozen=True, slots=True)
class UploadItem:
    """Send the item that the aircraft asked for."""

    system: int
    kind: int
    seq: int
    item: Item


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Ask how many items of a fence or of rally points it holds."""

    system: int
    kind: int


@dataclass(frozen=True, slots=True)
class ReadItem:
    """Ask for one of them."""

    system: int
    kind: int
    seq: int


@dataclass(frozen=True, slots=True)
class EndItems:
    """Say that all of them were read, or that an upload is given up."""

    system: int
    kind: int
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class ClearItems:
    """Take the fence, or the rally points, off the aircraft."""

    system: int
    kind: int


Asking = AskRate | AskOnce | ReadParameter | ListParameters | Beat
Transfer = UploadCount | UploadItem | ReadItems | ReadItem | EndItems | ClearItems
Moving = SetMode | ChangeSpeed | Reposition | GoTo | Drift | Follow | Lead
Looking = LookAt | LookAhead | TurnCamera
Intent = Asking | Moving | Looking | Transfer
