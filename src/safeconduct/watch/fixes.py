"""What a fix is worth, and where on the agreed way it lies. Pure: metres, seconds, WGS 84.

A doubtful fix may raise an alert; it never clears one. `fix_type` proves nothing: a jammed
receiver goes on reporting 6 (seen in ArduCopter's simulator), so trust is judged by what it loses.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise

from safeconduct.envelope import Position
from safeconduct.geo import Point, distance_m, local_m

VEHICLE = "vehicle"
AIRCRAFT = "aircraft"
WORDS = frozenset(
    {"text"}
)  # what he writes himself, or is forced to: a village, hundreds of metres
EKF_DOUBT = 32768 | 128  # GPS glitching; constant-position mode (ArduPilot EKF_STATUS_FLAGS)
HIGH_VARIANCE_PERMILLE = 800  # ArduPilot's own failsafe threshold FS_EKF_THRESH 0.8
FASTEST_M_S = 60.0  # no road vehicle here and no escort drone flies 216 km/h: a jump, not a journey
JUMP_SLACK_M = 60.0  # six times an open-sky error of 10 m: noise alone is no jump
FIX_3D = 3  # MAVLink GPS_FIX_TYPE_3D_FIX
STRAY_M = 200.0  # a corner cut, or a noisy fix: so far may a foot move without any journey


def place(fix: Position) -> Point:
    """Return where the fix lies."""
    return Point(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)


def told_at(fix: Position) -> datetime:
    """Return the instant a fix counts for: its own, but never later than we had it.

    A tracker whose clock runs ahead would otherwise hide its own silence.
    """
    return min(fix.fixed_at, fix.received_at)


def of_subject(track: Sequence[Position], subject: str) -> list[Position]:
    """Return the fixes of `vehicle`, or of every `aircraft…`, oldest first; a place in his words is none."""
    chosen = [
        fix for fix in track if fix.subject.partition(":")[0] == subject and fix.source not in WORDS
    ]
    return sorted(chosen, key=told_at)


def doubted(fix: Position, *, best_satellites: int, last: Position | None) -> bool:
    """Return whether a fix is doubtful, given the best count and the fix before it.

    Any one of: satellites fallen to half or less of the best of the track, EKF bit 32768 or
    128, variance of 0.8 or more, a warning text of the autopilot, a jump nothing could drive.
    """
    health = fix.health
    if health.get("ekf_flags", 0) & EKF_DOUBT or health.get("gnss_warning", 0):
        return True
    if health.get("fix_type", FIX_3D) < FIX_3D:
        return True  # it says so itself; a high fix type on the other hand proves nothing
    if health.get("variance_permille", 0) >= HIGH_VARIANCE_PERMILLE:
        return True
    if "satellites" in health and health["satellites"] * 2 <= best_satellites:
        return True
    return last is not None and _jumped(last, fix)


def _jumped(old: Position, new: Position) -> bool:
    seconds = max(0.0, (told_at(new) - told_at(old)).total_seconds())
    return distance_m(place(old), place(new)) > FASTEST_M_S * seconds + JUMP_SLACK_M


@dataclass(frozen=True, slots=True)
class Judged:
    """A fix with what it is worth.

    Attributes:
        at: the instant it counts for.
        along_m, beside_m: its foot on the way, near the foot before it; 0 without a way.
    """

    fix: Position
    at: datetime
    point: Point
    trusted: bool
    along_m: float = 0.0
    beside_m: float = 0.0


def judge_next(
    fix: Position, *, before: Judged | None, best: int, line: tuple[Point, ...], start_m: float
) -> Judged:
    """Return a fix with its trust and its foot on `line`, given the fix before it of the same subject.

    Args:
        best: the most satellites that any fix before it had.
        line: the agreed way, two points or more; empty for an aircraft.
        start_m: metres along the way where the subject was, if there is no fix before.
    """
    point, at, along, beside = place(fix), told_at(fix), start_m, 0.0
    if len(line) > 1:
        near_m = before.along_m if before else start_m
        gap_s = (at - before.at).total_seconds() if before else math.inf
        reach = STRAY_M + FASTEST_M_S * gap_s
        along, beside = foot_near(point, line, near_m=near_m, reach_m=reach)
    last = before.fix if before else None
    trusted = not doubted(fix, best_satellites=best, last=last)
    return Judged(fix, at, point, trusted, along, beside)


def in_order(fixes: Sequence[Position]) -> list[Judged]:
    """Return fixes of one subject by all sources, in the order in which they came, each judged beside its source's."""
    bests: dict[str, int] = {}
    befores: dict[str, Position] = {}
    done = []
    for fix in sorted(fixes, key=lambda each: each.received_at):
        best, before = bests.get(fix.source, 0), befores.get(fix.source)
        trusted = not doubted(fix, best_satellites=best, last=before)
        done.append(Judged(fix, told_at(fix), place(fix), trusted))
        bests[fix.source] = max(best, fix.health.get("satellites", 0))
        befores[fix.source] = fix
    return done


@dataclass(frozen=True, slots=True)
class _Leg:
    """One straight piece of a way, in metres about the way's first point."""

    walked: float
    x: float
    y: float
    east: float
    north: float
    length: float


_known: dict[
    int, tuple[tuple[Point, ...], tuple[_Leg, ...]]
] = {}  # by identity: a way has 500 points
_KNOWN = 256  # ways at once


def _legs(line: tuple[Point, ...]) -> tuple[_Leg, ...]:
    """Return the legs of a way, made once for as long as that very tuple is in use."""
    held = _known.get(id(line))
    if held is not None and held[0] is line:
        return held[1]
    if len(_known) >= _KNOWN:
        _known.clear()
    legs = _made(line)
    _known[id(line)] = line, legs
    return legs


def _made(line: tuple[Point, ...]) -> tuple[_Leg, ...]:
    spots = [local_m(point, origin=line[0]) for point in line]
    legs, walked = [], 0.0
    for (x, y), (to_x, to_y) in pairwise(spots):
        length = math.hypot(to_x - x, to_y - y)
        if length > 0:
            legs.append(_Leg(walked, x, y, to_x - x, to_y - y, length))
        walked += length
    return tuple(legs)


def foot_near(
    point: Point, line: tuple[Point, ...], *, near_m: float, reach_m: float
) -> tuple[float, float]:
    """Return metres along and beside `line`, looking only `reach_m` up and down from `near_m`.

    So a road that crosses itself does not make the journey jump from one arm to the other.
    """
    legs = _legs(line)
    px, py = local_m(point, origin=line[0])
    best = (near_m, math.inf)
    first = bisect_right(legs, near_m - reach_m, key=lambda leg: leg.walked) - 1
    for leg in islice(legs, max(0, first), None):
        if leg.walked > near_m + reach_m:
            break
        dx, dy = px - leg.x, py - leg.y
        low, high = near_m - reach_m - leg.walked, near_m + reach_m - leg.walked
        ideal = (dx * leg.east + dy * leg.north) / leg.length
        run = max(0.0, low, min(leg.length, high, ideal))
        beside = math.hypot(dx - run * leg.east / leg.length, dy - run * leg.north / leg.length)
        if beside < best[1]:
            best = (leg.walked + run, beside)
    return best
