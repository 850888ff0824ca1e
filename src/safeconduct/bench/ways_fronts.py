"""The exact front: how fast on 180,000 junctions, and whether it is what brute force finds.

The large graph is copies of the extract side by side: real from junction to junction, made up as a
country. Times are of one core (process time), for the machine may be busy; the peer is scipy's
Dijkstra from one junction to all, in turns with ours.
"""

import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import add, le
from pathlib import Path
from typing import TypeVar

import numpy as np

from safeconduct.bench.figure import Figure, middle, share
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.profiles import narrowed
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.route import (
    WITHIN,
    Front,
    Web,
    front_between,
    front_in_cover_between,
    in_the_open_s,
    three_costs,
)
from safeconduct.ways.search import grains, graph_of, settled, ticks
from safeconduct.ways.stitch import stitched

T = TypeVar("T")
Label = tuple[float, ...]
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
JUNCTIONS, THREATS, REACH_M = 180_000, 500, 30_000.0
FULL, QUICK = (200, 220), (20, 40)  # pairs that are timed, and that are held against brute force
SMALL, FEW = 700, 12  # junctions about a place and threats there: what brute force can be asked for
ENDS = 20  # pairs of one start: brute force goes to all at once
P50_MS, P99_MS = 100.0, 500.0  # what a planner does not notice, and what he waits for
COVER_MS = 5_000.0  # slower, and cover would be a limit and no criterion


def run(*, quick: bool, extract: Path) -> Iterator[Figure]:
    """Yield the figures."""
    roads = read_extract(extract)
    timed, checked = QUICK if quick else FULL
    country = stitched(roads, junctions=JUNCTIONS)
    yield from _speed(country, pairs=timed)
    yield _exact(about(roads, SMALL, seed=13), pairs=checked)
    yield from _in_cover(country, pairs=timed)
    yield _within_factor(roads, pairs=checked // ENDS)


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


def costs(front: Front, *each: Floats) -> list[Label]:
    """Return what each way of a front costs, in its units."""
    ways = np.split(front.answers.edges, front.answers.at[1:-1])
    return [tuple(float(one[way].sum()) for one in each) for way in ways]


def in_patches(roads: Roads, *, seed: int) -> Floats:
    """Return seconds in the open per edge: patches of a kilometre, half bare, the rest wooded in part."""
    chance = np.random.default_rng(seed)
    begins = roads.shape_at[:-1]
    lat, lon = roads.shape_lat_e7[begins] // 90_000, roads.shape_lon_e7[begins] // 130_000
    patches, patch = np.unique(np.column_stack([lat, lon]), axis=0, return_inverse=True)
    shares = chance.choice([0.0, 0.3, 1.0], size=len(patches), p=[0.5, 0.2, 0.3])
    return in_the_open_s(roads, shares[patch.ravel()])


def _in_cover(roads: Roads, *, pairs: int) -> Iterator[Figure]:
    web, open_s = threatened(roads, THREATS, seed=11), in_patches(roads, seed=16)
    peer_ms, ours = [], []
    for start, end in drawn(roads, pairs, seed=17):
        ours.append(took(partial(front_in_cover_between, web, start, end, open_s=open_s))[0])
        peer_ms.append(took(partial(front_between, web, start, end))[0])
    what = f"three criteria, p90, {roads.junctions:,} junctions, {pairs} trips to 30 km, +30 % time"
    p90 = share(ours[1:], 0.9)  # the first loads what is compiled
    yield Figure("ways", what, p90, "ms", f"{COVER_MS:,.0f} ms", p90 / COVER_MS, "<= 1")
    two = share(peer_ms[1:], 0.9)
    yield Figure("ways", what, p90, "ms", f"two criteria, p90 ({two:.0f} ms)", p90 / two, "<= 50")


def _within_factor(roads: Roads, *, pairs: int) -> Figure:
    web, open_s = threatened(roads, FEW * 5, seed=14), in_patches(roads, seed=16)
    three, held = three_costs(web, open_s), 0
    for start, end in drawn(roads, pairs, seed=18):
        left = settled(
            graph_of(roads).against, three[0], three[1], starts=roads.junctions_at(end)
        ).first  # fmt: skip
        limit = left[start] * WITHIN[-1]
        every = by_brute_force(roads, *three, start=start, left=left, limit=limit)
        asked = np.array([label for copy in roads.junctions_at(end) for label in every[copy]])
        found = np.array(costs(front_in_cover_between(web, start, end, open_s=open_s), *three))
        held += all((100 * found <= 105 * one).all(axis=1).any() for one in asked)
    metric = f"three criteria within 1.05 of brute force, {roads.junctions:,} junctions"
    return Figure("ways", metric, held, "pairs", f"all {pairs} pairs", held / pairs, "== 1")


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
    return {a for a in told if not any(b != a and _beats(b, a) for b in told)}


def by_brute_force(
    roads: Roads, *costs: Floats, start: int, left: Floats | None = None, limit: float = math.inf
) -> list[set[Label]]:
    """Return to each junction the costs that no other beats: labels, corrected until none changes.

    Args:
        roads: the map.
        costs: per edge, two or more.
        start: a junction.
        left: of the first cost at the least, per junction, to the place that is asked for.
        limit: of the first cost with what is left; ways beyond it are not followed.
    """
    leaving: list[list[tuple[int, Label]]] = [[] for _ in range(roads.junctions)]
    for tail, head, *edge in zip(
        roads.tail.tolist(), roads.head.tolist(), *(each.tolist() for each in costs), strict=True
    ):
        leaving[tail].append((head, tuple(edge)))
    rest = [0.0] * roads.junctions if left is None else left.tolist()
    known: list[set[Label]] = [set() for _ in range(roads.junctions)]
    known[start] = {(0.0,) * len(costs)}
    fresh = [(start, (0.0,) * len(costs))]
    for here, label in fresh:  # it grows while it is read
        if label not in known[here]:
            continue
        for there, edge_costs in leaving[here]:
            cost = tuple(map(add, label, edge_costs))
            if cost[0] + rest[there] <= limit and not any(_beats(a, cost) for a in known[there]):
                known[there] = {a for a in known[there] if not _beats(cost, a)} | {cost}
                fresh.append((there, cost))
    return known


def _beats(one: Label, other: Label) -> bool:
    return all(map(le, one, other))
