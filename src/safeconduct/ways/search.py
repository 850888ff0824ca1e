"""What is searched on a map: the graph both ways round, whole-number costs, trees and fronts.

The searches are compiled (`compiled`), and loaded here at the first way that is looked for: a process
that looks for none imports no numba. Pure: arrays in, arrays out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from safeconduct.ways.roads import Floats, Ints, Roads

TICK_S = 0.1  # of time in a front: each edge is rounded to the nearest
GRAIN = 0.001  # of hazard in a front: each edge is rounded up, so that none is flattered
LAST = 2.0**40  # ticks, and grains, that mined ground costs beside its own: more than any way
MOST = 2.0**30  # grains that an edge may cost: at a hazard of a million P is 1 long since

Places = npt.NDArray[np.int64]


class NoRoad(ValueError):
    """No road leads from the one place to the other on this map, for this vehicle."""


@dataclass(frozen=True, eq=False)
class Net:
    """A graph for searching: per junction its edges, and the junction at their other end.

    Attributes:
        indptr, other, edge: where each junction's edges begin; there, the other end and the edge.
    """

    indptr: Places
    other: Ints
    edge: Ints

    @property
    def junctions(self) -> int:
        """Return how many junctions there are."""
        return len(self.indptr) - 1


@dataclass(frozen=True, eq=False)
class Settled:
    """The least cost to junctions, as a pair, and the edge each is reached by; -1 at the start."""

    first: Floats
    second: Floats
    via: Ints


@dataclass(frozen=True, eq=False)
class Answers:
    """The ways that no other beats, soonest first, as edges: way n is `edges[at[n] : at[n + 1]]`."""

    at: Places
    edges: Ints


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph along its edges, and against them."""

    along: Net
    against: Net


@lru_cache(maxsize=4)  # one map is in use, by several vehicles, as in `places.landmarks`
def graph_of(roads: Roads) -> Graph:
    """Return a map's graph, as it is searched."""
    return graph(roads.tail, roads.head, junctions=roads.junctions)


def graph(tail: Ints, head: Ints, *, junctions: int) -> Graph:
    """Return the graph of edges that are sorted by their tail."""
    numbers = np.arange(junctions + 1)
    against = np.argsort(head, kind="stable").astype(np.int32)
    return Graph(
        Net(np.searchsorted(tail, numbers), _own(head), np.arange(len(tail), dtype=np.int32)),
        Net(np.searchsorted(head[against], numbers), _own(tail[against]), against),
    )


def _own(array: Ints) -> Ints:
    """Return an array that may be written: one that may not has another compiled form."""
    return np.require(array, np.int32, ["C", "W"])


def ticks(time_s: Floats, mined: npt.NDArray[np.bool_]) -> Floats:
    """Return whole ticks per edge; mined ground comes after any other, infinite is no road."""
    return np.rint(time_s / TICK_S) + np.where(mined, LAST, 0.0)


def grains(hazard: Floats, mined: npt.NDArray[np.bool_]) -> Floats:
    """Return whole grains per edge, rounded up; mined ground comes after any other."""
    whole = np.ceil(np.round(hazard / GRAIN, 6))  # 0.003 / 0.001 is a little over 3
    return np.minimum(whole, MOST) + np.where(mined, LAST, 0.0)


def settled(
    net: Net, first: Floats, second: Floats, *, starts: Sequence[int], stop: int = -1
) -> Settled:
    """Return the least (first, second) cost, as a pair, from `starts` to each junction.

    Args:
        net: the graph; against its edges it is the cost from each junction to `starts`.
        first, second: per edge of the map, 0 or more.
        starts: where it begins.
        stop: the junction with which it may end: others cost no less, or are left infinite.
    """
    found = Settled(
        np.full(net.junctions, np.inf),
        np.full(net.junctions, np.inf),
        np.full(net.junctions, -1, dtype=np.int32),
    )
    _compiled().settle(
        net.indptr, net.other, net.edge, first, second, np.array(starts, dtype=np.int32), stop,
        found.first, found.second, found.via,
    )  # fmt: skip
    return found


def front(
    searched: Graph, time: Floats, hazard: Floats, *, start: int, ends: Sequence[int]
) -> Answers:
    """Return every way that no other beats in time and hazard, exact in the units given.

    What is left from each junction is known at the least from two searches against the edges. Each
    ends at the start, for from a junction that it has not reached no less is left than from there.

    Args:
        searched: the map's graph.
        time, hazard: per edge, whole numbers, see `ticks` and `grains`; infinite is no road.
        start: the first junction.
        ends: any of these is the end.

    Raises:
        NoRoad: none of `ends` can be reached.
    """
    along, against = searched.along, searched.against
    hazard = np.where(np.isfinite(time), hazard, np.inf)
    safest = settled(against, hazard, time, starts=ends, stop=start)
    if not np.isfinite(safest.first[start]):
        raise NoRoad("No road leads there on this map for this vehicle.")
    fastest = settled(against, time, hazard, starts=ends, stop=start)
    left_time = np.minimum(fastest.first, fastest.first[start])
    left_hazard = np.minimum(safest.first, safest.first[start])
    limit = safest.second[start]
    is_end = np.zeros(along.junctions, dtype=np.bool_)
    is_end[list(ends)] = True
    queue = np.full(int(limit - left_time[start]) + 1, -1, dtype=np.int32)
    least = np.full(along.junctions, np.inf)
    labels, answers, many = _compiled().front(
        along.indptr, along.other, time, hazard, left_time, left_hazard, start, is_end, limit,
        least, queue,
    )  # fmt: skip
    return _written(labels, answers[:many])


def _written(labels: Ints, answers: Ints) -> Answers:
    at = np.zeros(len(answers) + 1, dtype=np.int64)
    _compiled().walks(labels, answers, at, np.empty(0, dtype=np.int32))
    edges = np.empty(at[-1], dtype=np.int32)
    _compiled().walks(labels, answers, at, edges)
    return Answers(at, edges)


def front_in_cover(
    searched: Graph, three: Sequence[Floats], *, start: int, ends: Sequence[int], share: float
) -> Answers:
    """Return ways among which each way has one that costs at most 1.05 times as much in each of three.

    A label stands for a set of ways from the start to its junction. Its apex is in each cost no more
    than any of them. Its own way costs, with what is left at the least added, at most 1.05 times the apex
    with the same added. An edge adds the same to both, and what is left falls by no more than the
    edge, so this stays true along it. Two labels are merged only where it is true of the lower of
    both and one of their ways: always against the apex, so that no error is added to another. A label is
    dropped only where (1) one taken at its junction has an apex no higher in hazard and cover, nor in
    time, by which they are taken: what goes on from the one goes on from the other; or (2) the costs of a way
    found are within 1.05 of the apex with what is left added, and so of all that go on from it. At an
    end nothing is left, and the way itself is within 1.05 of its apex. (A*pex, Zhang and others, 2022.)

    Args:
        searched: the map's graph.
        three: per edge, whole numbers: ticks, grains, and ticks in the open; infinite ticks are no road.
        start: the first junction.
        ends: any of these is the end.
        share: ways that take longer than so much of the least time are not looked for.

    Raises:
        NoRoad: none of `ends` can be reached.
    """
    along, against = searched.along, searched.against
    three = [np.where(np.isfinite(three[0]), each, np.inf) for each in three]
    left = np.empty((along.junctions, 3))
    for number, each in enumerate(three):
        found = settled(against, each, three[0], starts=ends, stop=start).first
        left[:, number] = np.minimum(found, found[start])
    if not np.isfinite(left[start]).all():
        raise NoRoad("No road leads there on this map for this vehicle.")
    soonest = left[start, 0] % LAST
    left -= left[start, 0] - soonest  # mined ground that cannot be avoided is no part of the factor
    is_end = np.zeros(along.junctions, dtype=np.bool_)
    is_end[list(ends)] = True
    queue = np.full(int(soonest * (share - 1)) + 1, -1, dtype=np.int32)
    labels, costs, answers, many = _covered().front_of_three(
        along.indptr, along.other, np.column_stack(three), left, start, is_end,
        np.full(along.junctions, -1, dtype=np.int32), queue,
    )  # fmt: skip
    own = costs[answers[:many], 3:]
    beaten = [((own <= one).all(axis=1) & (own < one).any(axis=1)).any() for one in own]
    return _written(labels, answers[:many][~np.array(beaten, dtype=np.bool_)])


def _covered() -> ModuleType:
    from safeconduct.ways import compiled_cover

    return compiled_cover


def _compiled() -> ModuleType:
    from safeconduct.ways import compiled

    return compiled
