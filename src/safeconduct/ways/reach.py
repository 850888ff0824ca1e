"""Best ways between one junction and all others, added up for many ends at once.

`Tree.way` walks one way at a time and lists its roads; who ranks a thousand places needs the sums
alone, and the walk of all of them in step. The search is the same.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Tree, Web

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sums:
    """What each of many ways comes to, one entry per end."""

    time_s: Floats
    length_m: Floats
    hazard: Floats
    mined: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reach:
    """The tree of best ways under one weight, as arrays.

    Attributes:
        via: per junction, the edge by which its way comes to it (leaves it, when the tree is reverse).
        before: per junction, the one at the other end of that edge, below 0 at the start.
        at: per place, that of its junctions at which its way ends (begins, when reverse).
    """

    web: Web
    via: Numbers
    before: Numbers
    at: Numbers

    def sums(self, places: Numbers) -> Sums:
        """Return time, length, hazard and mined ground of the ways to (or from) these places."""
        return self._sums(self.at[places])

    def _sums(self, ends: Numbers) -> Sums:
        roads, passed = self.web.roads, self._passed(ends)
        edges = self.via[passed]
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
            at = self.before[at]
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
            at = self.before[at]
            at = at[(self.before[at] >= 0) & ~passed[at]]
        return np.flatnonzero(passed)

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
    tree, roads = web.tree(start, hazard_s=hazard_s, reverse=reverse), web.roads
    via = tree.settled.via.astype(np.int64)
    beside = roads.head if reverse else roads.tail
    before = np.where(via >= 0, beside[via], -1).astype(np.int64)
    return Reach(web, via, before, _ends(roads, tree))


def _ends(roads: Roads, tree: Tree) -> Numbers:
    """Return at which junction of each place its way ends: the cheapest of its copies."""
    at, cost = np.arange(roads.places), tree.settled.first
    if not tree.reverse:
        copies = np.arange(roads.places, roads.junctions)
        copies = copies[np.argsort(-cost[copies], kind="stable")]  # the cheapest is written last
        place = roads.junction_place[copies]
        cheaper = cost[copies] < cost[place]
        at[place[cheaper]] = copies[cheaper]
    return at
