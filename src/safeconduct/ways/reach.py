"""Best ways between one junction and all others, added up for many ends at once.

`Web.tree` walks one way at a time and lists its roads; who ranks a thousand places needs the sums
alone, and the walk of all of them in step.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Web

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sums:
    """What each of many ways comes to, one entry per end."""

    time_s: Floats
    length_m: Floats
    hazard: Floats
    mined: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Which edges join the same two junctions: group n is `order[first[n]:first[n] + count[n]]`."""

    key: Numbers
    order: Numbers
    first: Numbers
    count: Numbers


@lru_cache(maxsize=1)  # one map is in use
def _pairs(roads: Roads) -> _Pairs:
    key = roads.tail.astype(np.int64) * roads.junctions + roads.head
    order = np.argsort(key, kind="stable")
    known, first = np.unique(key[order], return_index=True)
    return _Pairs(known, order, first, np.diff(np.append(first, len(key))))


@dataclass(frozen=True, eq=False)
class Reach:
    """The tree of best ways under one weight, as arrays.

    Attributes:
        before: per junction, the one before it on its way (the one after it when `reverse`), below
            0 at the start.
        best: per pair of joined junctions, the edge that the weight prefers.
        at: per place, that of its junctions at which its way ends (begins, when `reverse`).
    """

    web: Web
    before: npt.NDArray[np.int32]
    best: Numbers
    at: Numbers
    reverse: bool

    def sums(self, places: Numbers) -> Sums:
        """Return time, length, hazard and mined ground of the ways to (or from) these places."""
        return self._sums(self.at[places])

    def _sums(self, ends: Numbers) -> Sums:
        roads, edges = self.web.roads, self._edges(ends)
        segment = roads.segment[edges]
        each = np.zeros((4, roads.junctions))
        passed = self._passed(ends)
        each[:, passed] = (
            roads.time_s[edges],
            roads.segment_length_m[segment],
            self.web.hazard[edges],
            self.web.mined[edges],
        )
        told = np.zeros((4, len(ends)))
        at, going = ends.copy(), np.flatnonzero(self.before[ends] >= 0)
        while len(going):
            told[:, going] += each[:, at[going]]
            at[going] = self.before[at[going]]
            going = going[self.before[at[going]] >= 0]
        return Sums(told[0], told[1], told[2], told[3] > 0)

    def _passed(self, ends: Numbers) -> Numbers:
        """Return every junction on these ways but the start."""
        passed = np.zeros(self.web.roads.junctions, dtype=np.bool_)
        at: Numbers = np.unique(ends[self.before[ends] >= 0])
        while len(at):
            passed[at] = True
            up = self.before[at].astype(np.int64)
            at = np.unique(up[(self.before[up] >= 0) & ~passed[up]])
        return np.flatnonzero(passed)

    def _edges(self, ends: Numbers) -> Numbers:
        """Return the edge by which each passed junction is reached (or left, when `reverse`)."""
        junctions = self.web.roads.junctions
        here = self._passed(ends)
        other = self.before[here].astype(np.int64)
        key = here * junctions + other if self.reverse else other * junctions + here
        return self.best[np.searchsorted(_pairs(self.web.roads).key, key)]

    def shared_m(self, main: int, others: Numbers) -> Floats:
        """Return how much of the way to each other place is road of the way to `main`.

        Two ways of one tree part once and never meet again.
        """
        chain = [int(self.at[main])]
        while self.before[chain[-1]] >= 0:
            chain.append(int(self.before[chain[-1]]))
        along = np.zeros(self.web.roads.junctions)
        along[chain] = self._sums(np.array(chain)).length_m
        on_main = self.before < 0  # where all ways begin
        on_main[chain] = True
        at = self.at[others]
        while (off := ~on_main[at]).any():
            at[off] = self.before[at[off]]
        return along[at]


def reach(web: Web, start: int, *, hazard_s: float, reverse: bool = False) -> Reach:
    """Return the best ways from `start` to every place (to `start`, when `reverse`).

    Args:
        web: the roads under the dangers as they are known.
        hazard_s: seconds that a unit of hazard counts.
    """
    roads, pairs = web.roads, _pairs(web.roads)
    weight = (web.time_s + hazard_s * web.hazard)[pairs.order]
    least = np.minimum.reduceat(weight, pairs.first)
    best = pairs.order[pairs.first]
    for group in np.flatnonzero(pairs.count > 1).tolist():
        begin = int(pairs.first[group])
        here = slice(begin, begin + int(pairs.count[group]))
        best[group] = pairs.order[here][int(weight[here].argmin())]
    shape = (roads.junctions, roads.junctions)
    begins = np.searchsorted(pairs.key, np.arange(roads.junctions + 1) * roads.junctions)
    graph = scipy.sparse.csr_matrix((least, roads.head[best], begins), shape=shape)
    if reverse:
        graph = scipy.sparse.csr_matrix(graph.T)
    begun = roads.junctions_at(start) if reverse else (int(roads.junction_place[start]),)
    cost, before, _from = scipy.sparse.csgraph.dijkstra(
        graph, indices=list(begun), return_predecessors=True, min_only=True
    )
    return Reach(web, before, best, _ends(roads, cost, reverse=reverse), reverse)


def _ends(roads: Roads, cost: Floats, *, reverse: bool) -> Numbers:
    """Return at which junction of each place its way ends: the cheapest of its copies."""
    places = np.arange(roads.places)
    if reverse:
        return places
    cheapest = np.lexsort((cost, roads.junction_place))
    return cheapest[np.searchsorted(roads.junction_place[cheapest], places)]
