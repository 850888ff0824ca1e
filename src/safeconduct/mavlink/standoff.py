"""Where an aircraft stands to watch a man, and whether it can keep with him. Pure; metres, seconds.

Stand-off is given by the compass, not by his heading: who turns would else sweep the aircraft about.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safeconduct.geo import Point, bearing_deg, distance_m, foot_on_line, local_m, moved
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.wall import never
from safeconduct.refusal import Refusal

FARTHEST_M = 200.0  # a small camera shows no more of a man (proposed)
SPARE = 1.1  # of his speed: so much an aircraft needs, or it cannot come nearer again (proposed)
BEHIND_M = 50.0  # half of the watch's own limit: it is said before it is lost (proposed)
GROWS_S, GROWS_M = 5.0, 10.0  # over so long, by so much
ROUND_DEG, WIDE = 45.0, 1.5  # how it goes round him, and how wide at least, in least distances
AHEAD_DEG = 60.0  # to either side of where he is led (proposed)
APART_M = 10.0  # of height between two aircraft at one man (proposed)


@dataclass(frozen=True, slots=True)
class StandOff:
    """How an aircraft stands to him.

    Attributes:
        distance_m: over the ground.
        height_m: above home.
        from_deg: whence it looks: 180 stands south of him.
    """

    distance_m: float = 60.0
    height_m: float = 60.0
    from_deg: float = 180.0


@dataclass(frozen=True, slots=True)
class Him:
    """Where he was seen last and how he moves; `at_s` of the pilot's clock."""

    place: Point
    at_s: float
    north_m_s: float = 0.0
    east_m_s: float = 0.0

    @property
    def speed_m_s(self) -> float:
        """Return how fast he moves."""
        return math.hypot(self.north_m_s, self.east_m_s)


def unsafe(how: StandOff, bounds: Bounds) -> Refusal | None:
    """Judge a stand-off against what is safe for him and for what sees him."""
    near, far = bounds.nearest_m, FARTHEST_M
    if not near <= how.distance_m <= far:
        return never("mavlink.stand_off", f"a distance to him lies from {near:g} to {far:g} m")
    if not bounds.lowest_m <= how.height_m <= bounds.highest_m:
        low, high = bounds.lowest_m, bounds.highest_m
        return never("mavlink.stand_off", f"a height lies from {low:g} to {high:g} m")
    if not 0 <= how.from_deg <= 360:  # noqa: PLR2004  degrees
        return never("mavlink.stand_off", "a side is an angle, from 0 to 360 degrees")
    return None


def place_of(how: StandOff, him: Point) -> Point:
    """Return where it stands."""
    turn = math.radians(how.from_deg)
    east_m, north_m = how.distance_m * math.sin(turn), how.distance_m * math.cos(turn)
    return moved(him, east_m=east_m, north_m=north_m)


def way_round(at: Point, target: Point, *, him: Point, nearest_m: float) -> Point:
    """Return where to fly now so that the straight way to a place does not pass over him.

    That is the place itself, or where it goes round him by an eighth of a circle.
    """
    if foot_on_line(him, [at, target]).beside_m >= nearest_m:
        return target
    here_deg, there_deg = bearing_deg(him, at), bearing_deg(him, target)
    turn_deg = (there_deg - here_deg + 180) % 360 - 180
    if abs(turn_deg) <= ROUND_DEG:
        return target
    round_deg = here_deg + math.copysign(ROUND_DEG, turn_deg)
    wide_m = max(distance_m(him, target), WIDE * nearest_m)
    return place_of(StandOff(wide_m, 0.0, round_deg), him)


def is_ahead(at: Point, toward: Point, *, him: Point) -> bool:
    """Return whether an aircraft stands where he is to go, as he sees it."""
    turn_deg = bearing_deg(him, at) - bearing_deg(him, toward)
    return abs((turn_deg + 180) % 360 - 180) <= AHEAD_DEG


def ahead_of(him: Point, toward: Point, *, by_m: float) -> Point:
    """Return the place so far before him on the straight line to where he is led."""
    east_m, north_m = local_m(toward, origin=him)
    away_m = math.hypot(east_m, north_m)
    share = by_m / away_m if away_m > 0 else 0.0
    return moved(him, east_m=east_m * share, north_m=north_m * share)


def cannot_keep_up(
    him: Him | None, errors: Sequence[tuple[float, float]], *, limit_m_s: float | None
) -> str:
    """Return what is said to the pilot when the aircraft cannot stay with him, "" while it can.

    Args:
        him: as he was seen last.
        errors: when and how far it was from where it should stand, oldest first.
        limit_m_s: its own speed limit as it was read; None where it did not answer.
    """
    if him is not None and limit_m_s is not None and him.speed_m_s * SPARE > limit_m_s:
        return (
            f"He moves at {him.speed_m_s:.0f} m/s and the aircraft flies {limit_m_s:.0f} at most: "
            "have him slow down before he is lost."
        )
    if not errors or errors[-1][1] < BEHIND_M:
        return ""
    newest_s, newest_m = errors[-1]
    before = [far_m for at_s, far_m in errors if newest_s - at_s >= GROWS_S]
    if before and newest_m - before[-1] >= GROWS_M:
        return f"The aircraft falls behind: {newest_m:.0f} m. Have him slow down or stand."
    return ""


def too_near(height_m: float, others: Iterable[float]) -> bool:
    """Return whether an aircraft would be with him at the height of another; in metres above home."""
    return any(abs(height_m - other_m) < APART_M for other_m in others)
