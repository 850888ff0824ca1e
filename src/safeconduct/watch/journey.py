"""Standing still, leaving the way and coming back, by the fixes alone. Pure: metres and seconds.

Whatever ends an alert here is measured between fixes, never from a fix to now: so the mere
passing of time cannot end one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Protocol

from safeconduct.geo import Point, distance_m, local_m, moved
from safeconduct.watch.filter import Smooth
from safeconduct.watch.fixes import Judged

CENTRE_S = 10  # the place of a stop is the mean of its last 10 s, so one stray fix moves nothing
ENOUGH = 3  # fixes that must agree before an alert is raised or cleared: one stray fix is no cause
TRUSTED_SPAN_S = 10.0  # proposed: ten seconds of trusted fixes end a doubt


class Hold(Protocol):
    """What `alerts.Hold` offers: a place, its radius, and the time planned there."""

    @property
    def point(self) -> Point: ...  # noqa: D102  the name says it
    @property
    def radius_m(self) -> float: ...  # noqa: D102  the name says it
    @property
    def planned(self) -> timedelta: ...  # noqa: D102  the name says it


@dataclass(frozen=True, slots=True)
class Stay:
    """How long he has stayed about one place.

    Attributes:
        since: first fix of the stay.
        told_s: seconds from that fix to the last one: what fixes say, without silence.
    """

    centre: Point
    since: datetime
    told_s: float


def stay(track: Sequence[Smooth], *, radius_m: float) -> Stay | None:
    """Return the stay that the track ends with, or None without a fix.

    Args:
        track: the filtered track, oldest first.
        radius_m: 25 is five times the 4.9 m error of an open sky (GPS.gov, accuracy page).
    """
    if not track:
        return None
    end = track[-1].at
    last = takewhile(lambda s: (end - s.at).total_seconds() <= CENTRE_S, reversed(track))
    centre = _mean([s.point for s in last])
    since = end
    for known in reversed(track):
        if distance_m(known.point, centre) > radius_m:
            break
        since = known.at
    return Stay(centre, since, (end - since).total_seconds())


def _mean(points: Sequence[Point]) -> Point:
    origin = points[0]
    metres = [local_m(point, origin=origin) for point in points]
    east = sum(x for x, _ in metres) / len(metres)
    north = sum(y for _, y in metres) / len(metres)
    return moved(origin, east_m=east, north_m=north)


def excused_s(stay: Stay, *, holds: Sequence[Hold]) -> float:
    """Return how many seconds of this stay were planned: he stands at a hold point."""
    planned = [
        hold.planned.total_seconds()
        for hold in holds
        if distance_m(stay.centre, hold.point) <= hold.radius_m
    ]
    return max(planned, default=0.0)


def heard_again(fixes: Sequence[Judged], *, within: timedelta) -> bool:
    """Return whether the last three fixes are trusted and lie no further apart than `within`."""
    last = fixes[-ENOUGH:]
    gaps = [b.at - a.at for a, b in pairwise(last)]
    return len(last) == ENOUGH and all(f.trusted for f in last) and max(gaps) < within


def left(fixes: Sequence[Judged], *, beyond_m: float, span: timedelta, home_m: float) -> bool:
    """Return whether he ends beyond `beyond_m` in three fixes or more, over `span` or longer.

    One fix between that and `home_m` (below it, he is back on his way) breaks no run: it strays by as much as
    two others do. A doubtful fix counts here: it may raise, never clear.
    """
    outside: list[Judged] = []
    strayed = False
    for fix in reversed(fixes):
        if fix.beside_m > beyond_m:
            outside.append(fix)
        elif strayed or not outside or fix.beside_m <= home_m:
            break
        else:
            strayed = True
    return len(outside) >= ENOUGH and outside[0].at - outside[-1].at >= span


def returned(fixes: Sequence[Judged], *, within_m: float, span: timedelta) -> bool:
    """Return whether trusted fixes, three or more, have stayed inside `within_m` for `span`."""
    inside: list[Judged] = []
    for fix in reversed(fixes):
        if fix.beside_m >= within_m or not fix.trusted:
            break
        inside.append(fix)
    return len(inside) >= ENOUGH and inside[0].at - inside[-1].at >= span


def fall_m(fixes: Sequence[Judged], *, furthest_m: float) -> tuple[float, float]:
    """Return how far he has fallen back from his furthest, and how far risen since, in metres.

    A trusted fix as far as his furthest counts as risen without bound.
    """
    best, fallen, risen, lowest = furthest_m, 0.0, 0.0, math.inf
    for fix in fixes:
        if fix.trusted and fix.along_m >= best:
            best, lowest, risen = fix.along_m, fix.along_m, math.inf
        elif fix.along_m < lowest:
            lowest, risen = fix.along_m, 0.0
        elif fix.trusted:
            risen = fix.along_m - lowest
        fallen = best - fix.along_m
    return fallen, risen


def trusted_again(fixes: Sequence[Judged]) -> bool:
    """Return whether the track ends with trusted fixes only, three or more, for ten seconds."""
    good: list[Judged] = []
    for fix in reversed(fixes):
        if not fix.trusted:
            break
        good.append(fix)
    span_s = (good[0].at - good[-1].at).total_seconds() if good else 0.0
    return len(good) >= ENOUGH and span_s >= TRUSTED_SPAN_S
