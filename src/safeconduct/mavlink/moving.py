"""What is looked at before a movement is told, and after it was. Pure; metres, seconds.

A real autopilot ignores some targets outside its fence in silence (seen in simulation): what was
told counts once the aircraft moves there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.geo import Point, distance_m, moved
from safeconduct.mavlink.intents import (
    ClearItems,
    Drift,
    GoTo,
    Intent,
    Lead,
    Reposition,
    UploadCount,
)
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.wall import never
from safeconduct.refusal import Refusal

WALKING_M_S = 1.5  # a man on foot over rough ground, hands raised (proposed)
HIM_FRESH_S = 5.0  # older than that, nobody knows how near he is (proposed)
DRIFT_S = 3.0  # GUID_TIMEOUT, documented: so long a velocity goes on when nothing follows
ANSWERS_S = 5.0  # within which an aircraft moves toward what it was told (proposed)
MOVED_M = 3.0  # nearer than it was: above the 1 to 2 m by which a good fix wanders (proposed)
THERE_M = 5.0  # as good as there
WANDERS = 5  # fixes whose middle tells where an aircraft is
IGNORED = (
    "The aircraft does not move toward what it was told. It may ignore it in silence: look at "
    "the aircraft, and let the pilot fly it by hand."
)


def may_tell(intent: Intent, *, bounds: Bounds, leave: Leave) -> Refusal | None:
    """Judge what a frame's bytes cannot show: where he is, where the aircraft is, whether it flies."""
    if isinstance(intent, Lead):
        return _may_lead(intent, bounds)
    if isinstance(intent, Drift):
        return _may_drift(intent, bounds)
    if isinstance(intent, UploadCount | ClearItems) and leave.armed:
        return never("mavlink.armed", "a fence is not changed while the aircraft is armed")
    return None


def _may_lead(told: Lead, bounds: Bounds) -> Refusal | None:
    if not (told.sighted and told.acknowledged):
        return never("mavlink.lead", "he is led only while he is sighted and has acknowledged")
    if not 0 < told.speed_m_s <= WALKING_M_S:
        return never("mavlink.lead", f"he is led at walking pace, {WALKING_M_S:g} m/s at most")
    if not 0 <= told.him_age_s <= HIM_FRESH_S:
        return never("mavlink.lead", "where he is was last seen too long ago")
    if not distance_m(told.target, told.him) >= bounds.nearest_m:
        return never("mavlink.lead", f"the target lies within {bounds.nearest_m:g} m of him")
    return None


def _may_drift(told: Drift, bounds: Bounds) -> Refusal | None:
    north, east = told.north_m_s * DRIFT_S, told.east_m_s * DRIFT_S
    if not math.isfinite(north + east):
        return never("mavlink.content", "a velocity is a number")
    ends = moved(told.at, north_m=north, east_m=east)
    if bounds.fence is None or not bounds.fence.holds_way(told.at, ends):
        return never(
            "mavlink.content", "its way leaves the fence that the aircraft has acknowledged"
        )
    return None


@dataclass(frozen=True, slots=True)
class Told:
    """One movement that the aircraft was told: where it was then, where it shall go."""

    target: Point
    start: Point
    at_s: float

    def anew(self, target: Point) -> "Told":
        """Return the same with another target: it has moved on with whom it watches."""
        return Told(target, self.start, self.at_s)


def told_of(intent: Intent, *, at: Point, now_s: float) -> Told | None:
    """Return what must be watched after an intent was sent; None: it moves nothing."""
    if isinstance(intent, Reposition | Lead | GoTo):
        return Told(intent.target, at, now_s)
    if isinstance(intent, Drift):
        north, east = intent.north_m_s * ANSWERS_S, intent.east_m_s * ANSWERS_S
        return Told(moved(at, north_m=north, east_m=east), at, now_s)
    return None


def ignored(told: Told, fixes: Sequence[tuple[float, Point]], *, now_s: float) -> str:
    """Return the alarm when what was told brings no motion toward it within 5 s, else "".

    Args:
        told: the last movement told.
        fixes: when and where the aircraft was since, oldest first; those before count for nothing.
        now_s: the instant of judgement. No fix is no motion: no news is bad news.
    """
    away_m = distance_m(told.start, told.target)
    if now_s - told.at_s < ANSWERS_S or away_m <= THERE_M:
        return ""
    here = settled([fix for fix in fixes if fix[0] > told.at_s])
    if here is not None:
        nearer_m = away_m - distance_m(here, told.target)
        if nearer_m >= min(MOVED_M, away_m - THERE_M):
            return ""
    return IGNORED


def still(told: Told, fixes: Sequence[tuple[float, Point]], *, now_s: float) -> str:
    """Return the alarm when an aircraft that is to follow stands still for 5 s, else "".

    Whom it follows may drive away from it faster than it comes near; that it moves at all is asked.
    """
    if now_s - told.at_s < ANSWERS_S or distance_m(told.start, told.target) <= THERE_M:
        return ""
    here = settled([fix for fix in fixes if fix[0] > told.at_s])
    return "" if here is not None and distance_m(here, told.start) >= MOVED_M else IGNORED


def settled(fixes: Sequence[tuple[float, Point]]) -> Point | None:
    """Return where the last fixes are in the middle; one alone wanders by metres, and is no motion."""
    last = [point for _at_s, point in fixes[-WANDERS:]]
    if not last:
        return None
    lat, lon = sum(each.lat_deg for each in last), sum(each.lon_deg for each in last)
    return Point(lat / len(last), lon / len(last))
