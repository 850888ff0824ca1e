"""Ways over the roads: fastest, least exposed, and what lies between. Never "no way" on one map.

A danger never deletes a road. Mined ground is driven only where no other road leads on, and such
a way says so: its approval is refused elsewhere, in words. Times are whole seconds when told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.danger import Priced, samples
from safeconduct.ways.roads import E7, Floats, Roads, metres

MINED_S = 1e12  # added to a mined edge: more than any way takes, so mines come last
LEAST = 1e9  # seconds a unit of hazard costs when only hazard counts; time still breaks ties
ROUNDS = 24  # of halving between two weights: each halves the gap, 2^-24 is nothing
WITHIN = (1.15, 1.30)  # of the fastest time: the planner sees the least exposed within each


@dataclass(frozen=True, slots=True)
class Way:
    """One way over the roads.

    Attributes:
        junctions: the places it passes, copies told by their place.
        edges: the directed edges in order; empty when start and end are one junction.
        time_s: by the default speeds.
        hazard: Σ hazard under the dangers it was priced with.
        mined: it enters mined ground.
    """

    junctions: tuple[int, ...]
    edges: tuple[int, ...]
    time_s: float
    length_m: float
    hazard: float
    mined: bool

    @property
    def probability(self) -> float:
        """Return P = 1 − exp(−Σ hazard): the model's figure, a judgement, never "safe"."""
        return -math.expm1(-self.hazard)


class Web:
    """The roads under one price, ready to search. Parallel roads are told apart by weight."""

    def __init__(self, roads: Roads, priced: Priced) -> None:
        self.roads, self.priced = roads, priced
        self.hazard = priced.per_segment()[roads.segment]
        self.mined = priced.mined[roads.segment]
        self.time_s = roads.time_s + np.where(self.mined, MINED_S, 0.0)
        pair = roads.tail.astype(np.int64) * roads.junctions + roads.head
        self._order = np.argsort(pair, kind="stable")
        _same, self._first = np.unique(pair[self._order], return_index=True)

    def best(self, hazard_s: float) -> "tuple[scipy.sparse.csr_matrix, npt.NDArray[np.int64]]":
        """Return the graph weighed by time + `hazard_s` · hazard, and each entry's edge."""
        weight = (self.time_s + hazard_s * self.hazard)[self._order]
        least = np.minimum.reduceat(weight, self._first)
        counts = np.diff(np.append(self._first, len(weight)))
        is_least = weight == np.repeat(least, counts)
        group = np.repeat(np.arange(len(self._first)), counts)
        _groups, at = np.unique(group[is_least], return_index=True)
        edge = self._order[np.flatnonzero(is_least)[at]]
        tail, head = self.roads.tail[edge], self.roads.head[edge]
        shape = (self.roads.junctions, self.roads.junctions)
        return scipy.sparse.csr_matrix((least, (tail, head)), shape=shape), edge

    def tree(self, start: int, *, hazard_s: float, reverse: bool = False) -> "Tree":
        """Return the best ways from junction `start` to every place (to its place, when `reverse`)."""
        graph, edge = self.best(hazard_s)
        roads = self.roads
        searched = scipy.sparse.csr_matrix(graph.T) if reverse else graph
        begun = roads.junctions_at(start) if reverse else (start,)
        cost, before, _from = scipy.sparse.csgraph.dijkstra(
            searched, indices=list(begun), return_predecessors=True, min_only=True
        )
        ends = zip(roads.tail[edge].tolist(), roads.head[edge].tolist(), strict=True)
        edge_of = dict(zip(ends, edge.tolist(), strict=True))
        return Tree(self, frozenset(begun), cost, before, edge_of, reverse)


@dataclass(frozen=True, slots=True)
class Tree:
    """Best ways between one junction and all others under one weight."""

    web: Web
    begun: frozenset[int]
    cost: Floats
    before: npt.NDArray[np.int32]
    edge_of: dict[tuple[int, int], int]
    reverse: bool

    def way(self, end: int) -> Way:
        """Return the way from the start to `end` (from `end` to the start, when reverse)."""
        at = self.web.roads.junctions_at(end)
        chain = [at[0] if self.reverse else min(at, key=lambda junction: self.cost[junction])]
        while chain[-1] not in self.begun:
            chain.append(int(self.before[chain[-1]]))
        junctions = chain if self.reverse else chain[::-1]
        edges = [self.edge_of[pair] for pair in pairwise(junctions)]
        return way_of(self.web, edges, start=int(self.web.roads.junction_place[junctions[0]]))


def way_of(web: Web, edges: Sequence[int], *, start: int) -> Way:
    """Return the way along `edges`, priced as `web` is; `start` is its first junction."""
    roads, along = web.roads, np.asarray(edges, dtype=np.int64)
    return Way(
        junctions=(start, *roads.junction_place[roads.head[along]].tolist()),
        edges=tuple(along.tolist()),
        time_s=float(roads.time_s[along].sum()),
        length_m=float(roads.segment_length_m[roads.segment[along]].sum()),
        hazard=float(web.hazard[along].sum()),
        mined=bool(web.mined[along].any()),
    )


def ways_between(web: Web, start: int, end: int) -> dict[str, Way]:
    """Return the planner's choices: "fastest", "within15", "within30" and "least".

    Between the ends the sweep halves the weight of hazard, so each of the two middle ways is the
    least exposed of those on the convex front that keep the time; another way may lie between.
    Never worse than the fastest, in this model of time and danger.
    """
    fastest = web.tree(start, hazard_s=0.0).way(end)
    least = web.tree(start, hazard_s=LEAST).way(end)
    found = {"fastest": fastest, "least": least}
    for name, within in zip(("within15", "within30"), WITHIN, strict=True):
        found[name] = _least_within(
            web, start, end, fastest, least, limit_s=fastest.time_s * within
        )
    return found


def _least_within(
    web: Web, start: int, end: int, fastest: Way, least: Way, *, limit_s: float
) -> Way:
    """Halve the weight of hazard (on a log scale) for the least exposed way within `limit_s`."""
    if least.time_s <= limit_s:
        return least
    chosen, low, high = fastest, 0.0, math.log10(LEAST)
    for _round in range(ROUNDS):
        middle = (low + high) / 2
        way = web.tree(start, hazard_s=10**middle).way(end)
        if way.time_s <= limit_s and way.mined <= fastest.mined:
            low = middle
            chosen = min(chosen, way, key=lambda w: (w.mined, w.hazard, w.time_s))
        else:
            high = middle
    return chosen


def line_of(roads: Roads, way: Way) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the way's shape, latitudes and longitudes in 1e-7 degrees, from start to end."""
    start = way.junctions[0]
    lats = [roads.junction_lat_e7[start : start + 1]]
    lons = [roads.junction_lon_e7[start : start + 1]]
    for edge in way.edges:
        lat, lon = roads.shape(int(roads.segment[edge]))
        if not roads.forward[edge]:
            lat, lon = lat[::-1], lon[::-1]
        lats.append(lat[1:])
        lons.append(lon[1:])
    return np.concatenate(lats), np.concatenate(lons)


def snap(roads: Roads, *, lat_deg: float, lon_deg: float) -> tuple[int, float]:
    """Return the junction nearest to a place, and how far off it lies in metres."""
    lat, lon = roads.junction_lat_e7[: roads.places], roads.junction_lon_e7[: roads.places]
    return _nearest(lat, lon, lat_deg=lat_deg, lon_deg=lon_deg)


def snap_to_road(roads: Roads, *, lat_deg: float, lon_deg: float) -> tuple[int, float]:
    """Return the segment that passes nearest to a place, and its distance in metres (±10)."""
    owner, lat, lon, _length = samples(roads, step_m=20.0)
    at, distance = _nearest(lat, lon, lat_deg=lat_deg, lon_deg=lon_deg)
    return int(owner[at]), distance


def _nearest(
    lat_e7: npt.NDArray[np.int32] | Floats,
    lon_e7: npt.NDArray[np.int32] | Floats,
    *,
    lat_deg: float,
    lon_deg: float,
) -> tuple[int, float]:
    flat = metres(lat_e7, lon_e7, at_lat_deg=lat_deg)
    here = metres(np.array([lat_deg * E7]), np.array([lon_deg * E7]), at_lat_deg=lat_deg)
    squared = ((flat - here) ** 2).sum(axis=1)
    at = int(squared.argmin())
    return at, float(math.sqrt(squared[at]))
