"""Beside Valhalla: the same map, the same pairs, the same fifteen threats, one model of time for both.

Its ways are laid onto our segments point by point and timed by our speeds, and their exposure is the
same integral along the same ground; those that run where we have no road, or that it led to another
place than was asked (it does where none of its roads leads on), are left out, and counted.
On that model no way of the front can be beaten at equal time by more than its units: half a tick and
a grain for each road that is driven. So rates and speeds are also changed by up to a third, by a seed,
and what was chosen before is priced again.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy

from safeconduct.bench import peer_valhalla
from safeconduct.bench.figure import CannotMeasure, Figure, middle
from safeconduct.bench.peer_valhalla import Answer, Asked
from safeconduct.bench.ways_reprice import reports_on
from safeconduct.geo import Point, distance_m, moved
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.route import Front, Way, Web, front_between
from safeconduct.ways.search import GRAIN, TICK_S
from safeconduct.ways.stored import Line, Strewn, line_from, probability

PEER = "Valhalla 3.5.1"
THREATS, FULL, QUICK = 15, 150, 30
APART_M = (3_000.0, 15_000.0)
CORNERS = 24  # of a ring that is kept out of: two spreads about a threat
SAME_M = 1.5  # a point of its line is ours when it lies as near: it writes a tenth of a metre
LAID = 0.995  # of its length that must run on our roads
THERE_M = 30.0  # a way that begins or ends further off is an answer to another question
THIRD = 1 / 3
CELL_E7 = 10_000  # about 100 m
SEEN = 0.001  # of P: less is the same way, written in another's rounding


Ends = tuple[tuple[float, float], tuple[float, float]]  # latitude and longitude, degrees


@dataclass(frozen=True, slots=True)
class Route:
    """A way of the peer on our roads: its line with our times, and over how many of them it runs."""

    line: Line
    roads: int

    @property
    def time_s(self) -> float:
        """Return how long it takes by our speeds."""
        return float(self.line.at_s[-1])


@dataclass(frozen=True, slots=True)
class Compared:
    """One way of the peer, laid onto our roads, beside the best of ours that takes no longer."""

    theirs: Route
    ours: Line


def run(*, quick: bool, extract: Path) -> Iterator[Figure]:
    """Yield the figures.

    Raises:
        CannotMeasure: the peer cannot be installed, or reads no such extract.
    """
    if not extract.name.endswith(".osm.pbf"):
        raise CannotMeasure(f"{PEER} reads .osm.pbf alone; name such an extract: --extract FILE.")
    roads = read_extract(extract)
    threats = reports_on(roads, count=THREATS, seed=15)
    at = max(each.seen_at for each in threats)
    threats = [replace(each, seen_at=at, uncertainty_m=0.0) for each in threats]
    web = Web(roads, price(roads, threats, at=at))
    pairs = _pairs(roads, QUICK if quick else FULL)
    places = [(_place(roads, a), _place(roads, b)) for a, b in pairs]
    theirs = peer_valhalla.ways(extract, places, [_ring(each) for each in threats])
    front_between(web, *pairs[0])  # compiled once
    fronts, ours_ms = [], []
    for start, end in pairs:
        began = time.process_time()
        fronts.append(front_between(web, start, end))
        ours_ms.append(1000 * (time.process_time() - began))
    yield from _answered(theirs, fronts)
    yield from _times(theirs, ours_ms)
    yield from _exposed(web, threats, fronts, theirs, places)


def _pairs(roads: Roads, count: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    chance = np.random.default_rng(99)
    while len(found) < count:
        a, b = (int(each) for each in chance.integers(roads.junctions, size=2))
        apart = distance_m(Point(*_place(roads, a)), Point(*_place(roads, b)))
        if APART_M[0] <= apart <= APART_M[1]:
            found.append((a, b))
    return found


def _place(roads: Roads, junction: int) -> tuple[float, float]:
    lat, lon = roads.junction_lat_e7[junction], roads.junction_lon_e7[junction]
    return float(lat) / E7, float(lon) / E7


def _ring(danger: Danger) -> list[tuple[float, float]]:
    middle_of = Point(danger.lat_deg, danger.lon_deg)
    ring = []
    for corner in range(CORNERS):
        turn = 2 * math.pi * corner / CORNERS
        east, north = (2 * danger.spot.spread_m * f(turn) for f in (math.sin, math.cos))
        at = moved(middle_of, east_m=east, north_m=north)
        ring.append((at.lat_deg, at.lon_deg))
    return ring


def _answered(theirs: Sequence[Answer], fronts: Sequence[Front]) -> Iterator[Figure]:
    ours = sum(len(front) > 0 for front in fronts) / len(fronts)
    told = sum(bool(each.excluding.lines) for each in theirs) / len(theirs)
    yield Figure("ways", "pairs with an answer", ours, "of 1", "all pairs", ours, ">= 1")
    yield Figure(
        "ways", f"pairs with an answer, {PEER} kept out of {THREATS} rings", told, "of 1",
        "ours", told / ours, "<= 1",
    )  # fmt: skip


def _times(theirs: Sequence[Answer], ours_ms: Sequence[float]) -> Iterator[Figure]:
    for name, asked in (
        ("kept out of the rings", [each.excluding.ms for each in theirs]),
        ("its fastest", [each.fastest.ms for each in theirs]),
        ("its up to three", [each.others.ms for each in theirs]),
    ):
        ratio = middle(asked) / middle(list(ours_ms))
        target = ">= 10" if name == "kept out of the rings" else ">= 1"
        yield Figure(
            "ways", f"whole front, ms of one core; {PEER}, {name}: {middle(asked):.1f}",
            middle(list(ours_ms)), "ms", f"{PEER}, {name}", ratio, target,
        )  # fmt: skip


def _exposed(
    web: Web,
    threats: Sequence[Danger],
    fronts: Sequence[Front],
    theirs: Sequence[Answer],
    places: Sequence[Ends],
) -> Iterator[Figure]:
    laid, strewn = Laid(web.roads), Strewn(threats)
    for name in ("fastest", "others", "excluding"):
        answers = zip(theirs, places, strict=True)
        told = [_best(laid, strewn, getattr(each, name), ends) for each, ends in answers]
        asked = [bool(getattr(each, name).lines) for each in theirs]
        pairs = [
            Compared(route, line_from(web.roads, ours))
            for route, front in zip(told, fronts, strict=True)
            if route is not None and (ours := front_within(front, route)) is not None
        ]
        if not pairs:
            continue
        kept = len(pairs) / max(sum(asked), 1)
        what = {"fastest": "its fastest", "others": "best of three", "excluding": "outside rings"}
        label = f"{what[name]}, {len(pairs)} ways laid of {sum(asked)} ({kept:.2f})"
        yield from _beside(pairs, strewn, label)
        yield from _perturbed(pairs, threats, label)


def front_within(front: Front, route: Route) -> Way | None:
    """Return the least exposed way of a front that takes no longer, but for its ticks; None without one."""
    limit_s = route.time_s + TICK_S / 2 * (route.roads + 1)
    within = np.flatnonzero(front.time_s <= limit_s)
    return front.way(int(within[np.argmin(front.hazard[within])])) if len(within) else None


def _beside(pairs: Sequence[Compared], strewn: Strewn, label: str) -> Iterator[Figure]:
    ours = [_p(strewn, each.ours) for each in pairs]
    theirs = [_p(strewn, each.theirs.line) for each in pairs]
    grains = [GRAIN * (each.theirs.roads + 1) for each in pairs]
    three = zip(ours, theirs, grains, strict=True)
    worse = float(np.mean([_hazard(a) > _hazard(b) + grain for a, b, grain in three]))
    mean, other = float(np.mean(ours)), float(np.mean(theirs))
    yield Figure(
        "ways", f"mean P at equal time: {label}", mean, "of 1", PEER,
        mean / max(other, 1e-9), "<= 1",
    )  # fmt: skip
    yield Figure(
        "ways", f"share worse at equal time: {label}", worse, "of 1",
        "none, but for the front's grain", worse, "<= 0",
    )  # fmt: skip


def _perturbed(
    pairs: Sequence[Compared], threats: Sequence[Danger], label: str
) -> Iterator[Figure]:
    chance = np.random.default_rng(33)
    ours, theirs = [], []
    for each in pairs:
        changed = [
            replace(danger, rate=danger.rate * float(chance.uniform(1 - THIRD, 1 + THIRD)))
            for danger in threats
        ]
        strewn, seed = Strewn(changed), int(chance.integers(2**31))
        ours.append(_p(strewn, _otherwise(each.ours, seed)))
        theirs.append(_p(strewn, _otherwise(each.theirs.line, seed)))
    worse = float(np.mean([a > b + SEEN for a, b in zip(ours, theirs, strict=True)]))
    mean, other = float(np.mean(ours)), float(np.mean(theirs))
    yield Figure(
        "ways", f"share worse, rates and speeds changed by a third: {label}", worse, "of 1",
        "less often than not", worse, "<= 0.5",
    )  # fmt: skip
    yield Figure(
        "ways", f"mean P, rates and speeds changed by a third: {label}", mean, "of 1", PEER,
        mean / max(other, 1e-9), "<= 1",
    )  # fmt: skip


def _otherwise(line: Line, seed: int) -> Line:
    """Return a line at other speeds: by the cell of 100 m each stretch lies in, the same for both."""
    north = (line.lat_e7[:-1].astype(np.int64) + line.lat_e7[1:]) // (2 * CELL_E7)
    east = (line.lon_e7[:-1].astype(np.int64) + line.lon_e7[1:]) // (2 * CELL_E7)
    mixed = ((north * 40_503 + east) * 2_654_435_761 + seed) % 1009 / 1009
    pace = 1 / (1 - THIRD + 2 * THIRD * mixed)
    return replace(line, at_s=np.concatenate([[0.0], np.cumsum(np.diff(line.at_s) * pace)]))


def _p(strewn: Strewn, line: Line) -> float:
    at = strewn.dangers[0].seen_at
    return probability(float(strewn.cost(line, at=at).hazard.sum()))


def _hazard(p: float) -> float:
    return -math.log1p(-p)


def _best(laid: "Laid", strewn: Strewn, asked: Asked, ends: Ends) -> Route | None:
    """Return the least exposed of its ways between these ends, on our roads; None without one."""
    lines = [told for told in asked.lines if joins(told, ends)]
    routes = [route for told in lines if (route := laid.route(told)) is not None]
    return min(routes, key=lambda route: _p(strewn, route.line), default=None)


def joins(told: Sequence[Sequence[int]], ends: Ends) -> bool:
    """Return whether a line (1e-6 degrees) begins and ends within `THERE_M` of these places."""
    return all(
        distance_m(Point(lat / 10**6, lon / 10**6), Point(*end)) <= THERE_M
        for (lat, lon), end in zip((told[0], told[-1]), ends, strict=True)
    )


class Laid:
    """Lays a line of points onto our segments: which stretches of ours it runs, and how long it takes."""

    def __init__(self, roads: Roads) -> None:
        self._roads = roads
        self._middle_deg = float(roads.shape_lat_e7.mean()) / E7
        self._points = metres(roads.shape_lat_e7, roads.shape_lon_e7, at_lat_deg=self._middle_deg)
        self._tree = scipy.spatial.cKDTree(self._points)
        owner = np.repeat(np.arange(roads.segments), np.diff(roads.shape_at))
        self._owner = owner
        # seconds a metre of each segment along its shape and against it; infinite: not that way
        self._pace = np.full((2, roads.segments), np.inf)
        a_metre = roads.time_s / np.maximum(roads.segment_length_m[roads.segment], 1e-9)
        self._pace[np.where(roads.forward, 0, 1), roads.segment] = a_metre

    def route(self, told: Sequence[Sequence[int]]) -> Route | None:
        """Return a line (1e-6 degrees) with its times by our speeds, None when it leaves our roads."""
        e7 = np.array(told, dtype=np.int64) * 10
        at = metres(e7[:, 0], e7[:, 1], at_lat_deg=self._middle_deg)
        near = self._tree.query_ball_point(at, SAME_M)
        length = np.hypot(*np.diff(at, axis=0).T)
        steps = [self._between(a, b) for a, b in pairwise(near)]
        pace = np.array([step[0] for step in steps])
        on_ours = np.isfinite(pace)
        if length[on_ours].sum() < LAID * length.sum():
            return None
        # what is not ours, at the ends most often, at the pace of the rest
        pace[~on_ours] = (pace[on_ours] * length[on_ours]).sum() / length[on_ours].sum()
        times: Floats = np.concatenate([[0.0], np.cumsum(pace * length)])
        line = Line(e7[:, 0].astype(np.int32), e7[:, 1].astype(np.int32), times)
        owners = [step[1] for step in steps if step[1] >= 0]
        return Route(line, 1 + sum(a != b for a, b in pairwise(owners)))

    def _between(self, here: Sequence[int], there: Sequence[int]) -> tuple[float, int]:
        """Return the pace of ours from one of these points to one of those, and of which segment."""
        paces = [
            (float(self._pace[0 if b > a else 1, self._owner[a]]), int(self._owner[a]))
            for a in here
            for b in there
            if abs(b - a) == 1 and self._owner[a] == self._owner[b]
        ]
        return min(paces, default=(math.inf, -1))
