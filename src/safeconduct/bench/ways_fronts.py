"""The exact front: how fast on 180,000 junctions, and whether it is what brute force finds.

The large graph is copies of the extract side by side: real from junction to junction, made up as a
country. Times are of one core (process time), for the machine may be busy; the peer is scipy's
Dijkstra from one junction to all, in turns with ours.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from safeconduct.bench.figure import Figure, middle, share
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.profiles import narrowed
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.route import Front, Web, front_between
from safeconduct.ways.search import grains, ticks
from safeconduct.ways.stitch import stitched

T = TypeVar("T")
Label = tuple[float, float]
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
JUNCTIONS, THREATS, REACH_M = 180_000, 500, 30_000.0
FULL, QUICK = (200, 220), (20, 40)  # pairs that are timed, and that are held against brute force
SMALL, FEW = 700, 12  # junctions about a place and threats there: what brute force can be asked for
ENDS = 20  # pairs of one start: brute force goes to all at once
P50_MS, P99_MS = 100.0, 500.0  # what a planner does not notice, and what he waits for


def run(*, quick: bool, extract: Path) -> Iterator[Figure]:
    """Yield the figures."""
    roads = read_extract(extract)
    timed, checked = QUICK if quick else FULL
    yield from _speed(stitched(roads, junctions=JUNCTIONS), pairs=timed)
    yield _exact(about(roads, SMALL, seed=13), pairs=checked)


def threatened(roads: Roads, threats: int, *, seed: int) -> Web:
    """Return the roads under threats beside them: 200 to 1,500 m wide, up to 0.3 a kilometre."""
    chance = np.random.default_rng(seed)
    known = []
    for number, at in enumerate(chance.integers(roads.places, size=threats).tolist()):
        lat, lon = roads.junction_lat_e7[at] / E7, roads.junction_lon_e7[at] / E7
        radius_m, rate = chance.uniform(200, 1500), chance.uniform(1e-5, 3e-4)
        known.append(
            Danger(f"d{number}", "hunters", lat, lon, radius_m, rate, NOON, timedelta(hours=6))
        )
    return Web(roads, price(roads, known, at=NOON))


def _speed(roads: Roads, *, pairs: int) -> Iterator[Figure]:
    from scipy import sparse

    web = threatened(roads, THREATS, seed=11)
    shape = (roads.junctions, roads.junctions)
    peer = sparse.coo_matrix((roads.time_s, (roads.tail, roads.head)), shape=shape).tocsr()
    ours, theirs, sizes = [], [], []
    asked = drawn(roads, pairs, seed=12)
    front_between(web, *asked[0])  # loads what is compiled
    for start, end in asked:
        ms, front = took(partial(front_between, web, start, end))
        ours.append(ms)
        sizes.append(float(len(front)))
        theirs.append(took(partial(sparse.csgraph.dijkstra, peer, indices=start))[0])
    what = f"{roads.junctions:,} junctions, {THREATS} threats, {pairs} trips to 30 km"
    one = f"scipy's Dijkstra, one to all ({middle(theirs):.0f} ms)"
    for name, value, limit in (
        ("p50", middle(ours), P50_MS),
        ("p99", share(ours, 0.99), P99_MS),
    ):
        metric = f"exact front, {name}, {what}"
        yield Figure("ways", metric, value, "ms", f"{limit:.0f} ms", value / limit, "<= 1")
        yield Figure("ways", metric, value, "ms", one, value / middle(theirs), "<= 20")
    size = middle(sizes)
    yield Figure("ways", "ways on a front, median", size, "ways", "one way", size, ">= 1")


def took(work: Callable[[], T]) -> tuple[float, T]:
    """Return milliseconds of one core, and what came of it."""
    began = time.process_time()
    done = work()
    return (time.process_time() - began) * 1000, done


def drawn(roads: Roads, pairs: int, *, seed: int) -> list[tuple[int, int]]:
    """Return pairs of places at most 30 km apart, by seed."""
    chance = np.random.default_rng(seed)
    at_m = metres(
        roads.junction_lat_e7, roads.junction_lon_e7, at_lat_deg=roads.bounds_deg()[0]
    )  # fmt: skip
    found: list[tuple[int, int]] = []
    while len(found) < pairs:
        start, end = (int(one) for one in chance.integers(roads.places, size=2))
        if start != end and np.hypot(*(at_m[start] - at_m[end])) <= REACH_M:
            found.append((start, end))
    return found


def _exact(roads: Roads, *, pairs: int) -> Figure:
    web = threatened(roads, FEW, seed=14)
    time_, hazard = ticks(roads.time_s, web.mined), grains(web.hazard, web.mined)
    chance, equal, asked = np.random.default_rng(15), 0, 0
    while asked < pairs:
        start = int(chance.integers(roads.places))
        every = by_brute_force(roads, time_, hazard, start=start)
        for end in chance.integers(roads.places, size=min(ENDS, pairs - asked)).tolist():
            told = costs(front_between(web, start, end), time_, hazard)
            at = [label for copy in roads.junctions_at(end) for label in every[copy]]
            equal += told == sorted(beaten_by_none(at))
            asked += 1
    metric = f"fronts equal to brute force, {roads.junctions} junctions, {FEW} threats"
    against = f"all {asked} pairs, label by label in Python"
    return Figure("ways", metric, equal, "pairs", against, equal / asked, "== 1")


def costs(front: Front, time_: Floats, hazard: Floats) -> list[Label]:
    """Return what each way of a front costs, in its units."""
    ways = np.split(front.answers.edges, front.answers.at[1:-1])
    return [(float(time_[way].sum()), float(hazard[way].sum())) for way in ways]


def about(roads: Roads, junctions: int, *, seed: int) -> Roads:
    """Return the roads among so many junctions about one of them, where each place reaches each."""
    at_m = metres(
        roads.junction_lat_e7, roads.junction_lon_e7, at_lat_deg=roads.bounds_deg()[0]
    )  # fmt: skip
    here = at_m[np.random.default_rng(seed).integers(roads.places)]
    near = np.zeros(roads.junctions, dtype=np.bool_)
    near[np.argsort(((at_m - here) ** 2).sum(axis=1))[:junctions]] = True
    inside = near[roads.tail] & near[roads.head]
    return narrowed(roads, inside, time_s=roads.time_s, vehicle=roads.vehicle)


def beaten_by_none(labels: list[Label]) -> set[Label]:
    """Return those that no other equals or betters in both."""
    told = set(labels)
    return {a for a in told if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in told)}


def by_brute_force(roads: Roads, time_: Floats, hazard: Floats, *, start: int) -> list[set[Label]]:
    """Return to each junction the costs that no other beats: labels, corrected until none changes."""
    leaving: list[list[tuple[int, float, float]]] = [[] for _ in range(roads.junctions)]
    each = (roads.head.tolist(), time_.tolist(), hazard.tolist())
    for tail, *edge in zip(roads.tail.tolist(), *each, strict=True):
        leaving[tail].append((edge[0], edge[1], edge[2]))
    known: list[set[Label]] = [set() for _ in range(roads.junctions)]
    known[start] = {(0.0, 0.0)}
    fresh = [(start, (0.0, 0.0))]
    for here, label in fresh:  # it grows while it is read
        if label not in known[here]:
            continue
        for there, seconds, risk in leaving[here]:
            cost = label[0] + seconds, label[1] + risk
            if not any(a <= cost[0] and b <= cost[1] for a, b in known[there]):
                beaten = {(a, b) for a, b in known[there] if cost[0] <= a and cost[1] <= b}
                known[there] = known[there] - beaten | {cost}
                fresh.append((there, cost))
    return known
