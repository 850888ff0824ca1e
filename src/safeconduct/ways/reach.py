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
    """Which edges join the same two junctions.

    Attributes:
        key: of each pair, in order.
        order: edges by pair; those of pair n begin at `first[n]`.
        shared, group: where in `order` edges of a pair stand that has several, and which pair.
        begins: per junction, where the pairs begin of which it is the tail.
    """

    key: Numbers
    order: Numbers
    first: Numbers
    shared: Numbers
    group: Numbers
    begins: Numbers


@lru_cache(maxsize=1)  # one map is in use
def _pairs(roads: Roads) -> _Pairs:
    key = roads.tail.astype(np.int64) * roads.junctions + roads.head
    order = np.argsort(key, kind="stable")
    known, first = np.unique(key[order], return_index=True)
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(key))))
    shared = np.flatnonzero(np.bincount(group)[group] > 1)
    begins = np.searchsorted(known, np.arange(roads.junctions + 1) * roads.junctions)
    return _Pairs(known, order, first, shared, group[shared], begins)


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
        roads, passed = self.web.roads, self._passed(ends)
        edges = self._edges(passed)
        segment = roads.segment[edges]
        each = np.zeros((roads.junctions, 4))
        each[passed] = np.column_stack(
            [
                roads.time_s[edges],
                roads.segment_length_m[segment],
                self.web.hazard[edges],
                self.web.mined[edges],
            ]
        )
        told = np.zeros((len(ends), 4))
        going = np.flatnonzero(self.before[ends] >= 0)
        at = ends[going]
        while len(going):
            told[going] += each[at]
            at = self.before[at].astype(np.int64)
            on = self.before[at] >= 0
            going, at = going[on], at[on]
        return Sums(told[:, 0], told[:, 1], told[:, 2], told[:, 3] > 0)

    def _passed(self, ends: Numbers) -> Numbers:
        """Return every junction on these ways but the start."""
        passed = np.zeros(self.web.roads.junctions, dtype=np.bool_)
        last = np.zeros(self.web.roads.junctions, dtype=np.int64)
        at = ends[self.before[ends] >= 0]
        while len(at):
            number = np.arange(len(at))
            last[at] = number
            at = at[last[at] == number]  # where ways meet, one goes on for all
            passed[at] = True
            at = self.before[at].astype(np.int64)
            at = at[(self.before[at] >= 0) & ~passed[at]]
        return np.flatnonzero(passed)

    def _edges(self, here: Numbers) -> Numbers:
        """Return the edge by which each of these is reached (or left, when `reverse`)."""
        junctions, other = self.web.roads.junctions, self.before[here].astype(np.int64)
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
    dearest_first = np.argsort(-weight[pairs.shared], kind="stable")
    best[pairs.group[dearest_first]] = pairs.order[pairs.shared[dearest_first]]
    shape = (roads.junctions, roads.junctions)
    graph = scipy.sparse.csr_matrix((least, roads.head[best], pairs.begins), shape=shape)
    if reverse:
        graph = scipy.sparse.csr_matrix(graph.T)
    begun = roads.junctions_at(start) if reverse else (int(roads.junction_place[start]),)
    cost, before, _from = scipy.sparse.csgraph.dijkstra(
        graph, indices=list(begun), return_predecessors=True, min_only=True
    )
    return Reach(web, before, best, _ends(roads, cost, reverse=reverse), reverse)


def _ends(roads: Roads, cost: Floats, *, reverse: bool) -> Numbers:
    """Return at which junction of each place its way ends: the cheapest of its copies."""
    at = np.arange(roads.places)
    if not reverse:
        copies = np.arange(roads.places, roads.junctions)
        copies = copies[np.argsort(-cost[copies], kind="stable")]  # the cheapest is written last
        place = roads.junction_place[copies]
        cheaper = cost[copies] < cost[place]
        at[place[cheaper]] = copies[cheaper]
    return at
