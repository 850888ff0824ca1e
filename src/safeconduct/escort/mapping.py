"""What of an escort stands on the units' maps now, for whom, and how it is drawn. Nothing is decided here.

Who may see what is `passage/disclosing.py`'s. A shape or a place, a time and a random name; of him, no more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from safeconduct.envelope import MapPoint, Marker
from safeconduct.escort.models import Mark
from safeconduct.geo import Point, distance_m, foot_on_line
from safeconduct.passage import disclosing
from safeconduct.watch.fixes import Judged
from safeconduct.watch.whereabouts import Place

E7 = 10_000_000
STANDS = timedelta(minutes=10)  # so long what is told stands unless it is told again (proposed)
_CORNERS = 100  # of a way: a text of 64 KiB holds some five hundred
_BENDS_M = (
    10.0  # what lies closer to the straight line is left out; doubled until few enough are left
)
_KINDS = {
    disclosing.VEHICLE: "vehicle", disclosing.DRONE: "drone",
    disclosing.STOP: "alert", disclosing.CASUALTY: "medical",
}  # fmt: skip
WAYS = frozenset({disclosing.WAY, disclosing.ARRIVAL})
MOVING = frozenset({disclosing.VEHICLE, disclosing.DRONE})
NOWHERE = Point(0.0, 0.0)  # what is over bears no place: a screen that keeps it shows him nowhere


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides what stands: his state, how far he was told, and what people have asked for."""

    state: str
    told_all: bool
    unit: str
    stopped: bool
    fetched: bool


def wanted(facts: Facts) -> dict[str, str]:
    """Return what stands on the maps now, each for whom in the gateway's file."""
    things = [disclosing.VEHICLE, disclosing.DRONE, disclosing.WAY, disclosing.ARRIVAL]
    things += [disclosing.STOP] * facts.stopped + [disclosing.CASUALTY] * facts.fetched
    found = {}
    for thing in things:
        who = disclosing.on_map(thing, state=facts.state, told_all=facts.told_all)
        if to := _named(who, unit=facts.unit):
            found[thing] = to
    return found


def for_stop(unit: str) -> str:
    """Return for whom a stop stands: fires, and the unit that was named."""
    return _named(disclosing.on_map(disclosing.STOP, state="ABORTED", told_all=False), unit=unit)


def _named(who: Collection[str], *, unit: str) -> str:
    names = ["fires"] if disclosing.FIRES_MAP in who else []
    names += [unit] if disclosing.UNIT_MAP in who and unit else []
    return " ".join(names)


def way(mark: Mark, line: Sequence[Point], *, to: str, now: datetime) -> Marker:
    """Return his way, or the last stretch of it, as a corridor that leaves the maps if it is not told again."""
    shown = last_stretch(line) if mark.what == disclosing.ARRIVAL else line
    ring = [[round(p.lat_deg * E7), round(p.lon_deg * E7)] for p in _thinned(shown)]
    until = now + STANDS
    return Marker(mark.marker, "line", ring, 0, mark.began_at, until, False, "corridor", to)


def last_stretch(line: Sequence[Point], *, length_m: float = disclosing.ARRIVAL_M) -> list[Point]:
    """Return the end of a way, and less than all of it: where it begins is no unit's to know."""
    whole_m = sum(distance_m(a, b) for a, b in pairwise(line))
    left, found = min(length_m, whole_m / 2), [line[-1]]
    for end, start in pairwise(reversed(line)):
        leg_m = distance_m(start, end)
        if leg_m >= left:
            share = left / leg_m if leg_m else 0.0
            lat = end.lat_deg + (start.lat_deg - end.lat_deg) * share
            found.append(Point(lat, end.lon_deg + (start.lon_deg - end.lon_deg) * share))
            break
        found.append(start)
        left -= leg_m
    return found[::-1]


def _thinned(line: Sequence[Point]) -> list[Point]:
    bends_m = _BENDS_M
    while len(found := _without_straights(line, bends_m)) > _CORNERS:
        bends_m *= 2
    return found


def _without_straights(line: Sequence[Point], bends_m: float) -> list[Point]:
    """Return a line without what lies within `bends_m` of it (Douglas and Peucker), not recursing."""
    kept, todo = {0, len(line) - 1}, [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        ends = (line[first], line[last])
        beside = [(foot_on_line(line[n], ends).beside_m, n) for n in range(first + 1, last)]
        farthest_m, n = max(beside, default=(0.0, 0))
        if farthest_m > bends_m:
            kept.add(n)
            todo += [(first, n), (n, last)]
    return [line[n] for n in sorted(kept)]


def he(mark: Mark, place: Place, *, to: str) -> MapPoint:
    """Return him where he probably is; a doubtful place bears no error, which is CoT's "unknown"."""
    error = 0 if place.doubt else round(place.radius_m * 1000)
    return _point(mark, place.point, at=place.at, to=to, error_mm=error)


def drone(mark: Mark, fix: Judged, *, to: str) -> MapPoint:
    """Return the aircraft where it was last, without its height: who knows that knows where it looks."""
    error = fix.fix.health.get("h_acc_mm", 0) if fix.trusted else 0
    return _point(mark, fix.point, at=fix.at, to=to, error_mm=error)


def stop(mark: Mark, point: Point, *, to: str) -> MapPoint:
    """Return a stop that is in force."""
    return _point(mark, point, at=mark.began_at, to=to)


def casualty(mark: Mark, point: Point, *, to: str) -> MapPoint:
    """Return that somebody is to be fetched, how many lie and walk, and nothing of who they are."""
    return _point(
        mark, point, at=mark.began_at, to=to, people={"lying": mark.lying, "walking": mark.walking}
    )


def over(mark: Mark, *, to: str, now: datetime) -> Marker | MapPoint:
    """Return that a thing is over: it bears no place, so no key is asked for."""
    if mark.what in WAYS:
        nowhere = [[0, 0], [0, 0]]
        return Marker(mark.marker, "line", nowhere, 0, mark.began_at, now, True, "corridor", to)
    return _point(mark, NOWHERE, at=now, to=to, ended=True)


def _point(
    mark: Mark, point: Point, *, at: datetime, to: str, error_mm: int = 0, ended: bool = False,
    people: Mapping[str, int] | None = None,
) -> MapPoint:  # fmt: skip
    return MapPoint(
        mark.marker, _KINDS[mark.what], at, round(point.lat_deg * E7), round(point.lon_deg * E7),
        error_mm=error_mm, ended=ended, to=to, **(people or {}),
    )  # fmt: skip


def near(point: Point, *, he_is: Point | None, line: Sequence[Point], within_m: float) -> bool:
    """Return whether a place lies near him or his way: what is far from both is nobody's business here."""
    if he_is is not None and distance_m(point, he_is) <= within_m:
        return True
    return foot_on_line(point, line).beside_m <= within_m


def centre_of(ring_e7: Sequence[Sequence[int]]) -> Point:
    """Return the middle of an area's corners: it tells no more than the area does."""
    lat, lon = (sum(values) / len(ring_e7) / E7 for values in zip(*ring_e7, strict=True))
    return Point(lat, lon)
