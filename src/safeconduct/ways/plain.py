"""Of the ways that can be told, the one that takes the fewest letters.

The search goes from what he is told to what he is told next, so that it never enters a road into
which nobody can be sent in words. Seconds and hazard are a price beside the letters.
"""

import heapq
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import scipy

from safeconduct.ways.clearly import (
    BETWEEN,
    MOST,
    ROOM,
    Told,
    TooLong,
    Unclear,
    Untellable,
    letters_in,
    start_step,
    told_by_legs,
)
from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Way, Web, way_of
from safeconduct.ways.steps import Run, runs
from safeconduct.ways.waiting import waiting

LETTERS_A_HAZARD = 600.0  # letters that a whole unit of hazard is worth: 0.01 is six letters
MORE_TIME, MOST_TIME, MORE_S = 1.3, 1.6, 60.0  # times the fastest way, and so much beside
# Letters that a second is worth, and how long it may take: the first whose way fits is taken.
TRIES = ((0.05, MORE_TIME), (0.01, MORE_TIME), (0.003, MOST_TIME))
MOST_LETTERS = MOST * (ROOM + len(BETWEEN))  # whatever takes more fits into no texts


ARRIVED = -1
LITTLE_MORE, TINY = 1.001, 1e-9


class Next(NamedTuple):
    """One step: the edges driven before it takes effect, the edge he is on then, its letters."""

    driven: tuple[int, ...]
    edge: int
    letters: int


class Last(NamedTuple):
    """A stop: the edges driven to it, the last one entering it, its letters."""

    driven: tuple[int, ...]
    letters: int


class Words:
    """What can be told from each edge of a map, in a language; found as it is asked for."""

    def __init__(self, roads: Roads, language: str) -> None:
        self.roads = roads
        self._runs, self._letters = runs(roads), letters_in(language)
        self._found: dict[int, tuple[list[Next], list[Last]]] = {}

    def after(self, edge: int) -> tuple[list[Next], list[Last]]:
        """Return the steps and the stops that may follow on an edge, each in its fewest letters."""
        if edge not in self._found:
            self._found[edge] = self._told(self._runs.of(edge), skip=0)
        return self._found[edge]

    def waiting(self, edge: int) -> tuple[list[Next], list[Last]]:
        """Return the steps and the stops for one who waits at the head of `edge`, by which he came."""
        return self._told(waiting(self.roads, edge), skip=1)

    def _told(self, found: Sequence[Run], *, skip: int) -> tuple[list[Next], list[Last]]:
        nexts: dict[int, Next] = {}
        lasts: dict[int, Last] = {}
        for run in found:
            for turn in run.turns:
                driven = (*run.edges[skip : turn.run + 1], *turn.via)
                one = Next(driven, turn.edge, self._letters(turn.step))
                nexts[turn.edge] = _fewer(nexts.get(turn.edge), one)
            for stop in run.stops:
                if driven := run.edges[skip : stop.run + 1]:
                    last = Last(driven, self._letters(stop.step))
                    lasts[driven[-1]] = _fewer(lasts.get(driven[-1]), last)
        return list(nexts.values()), list(lasts.values())


def _fewer(one: Any, other: Any) -> Any:
    return other if one is None or other.letters < one.letters else one


@lru_cache(maxsize=8)  # a map and its languages
def words(roads: Roads, language: str) -> Words:
    """Return what can be told on a map in a language."""
    return Words(roads, language)


def plain_told(
    web: Web,
    start: int,
    end: int,
    *,
    language: str,
    place: str,
    most: int = MOST,
    most_hazard: float = math.inf,
) -> tuple[Way, list[str]]:
    """Return the plainest way to `end` and its texts: see `plain_by_legs`."""
    way, told = plain_by_legs(
        web, start, end, language=language, place=place, most=most, most_hazard=most_hazard
    )
    return way, list(told.texts)


def plain_by_legs(
    web: Web,
    start: int,
    end: int,
    *,
    language: str,
    place: str,
    most: int = MOST,
    most_hazard: float = math.inf,
    coming: int | None = None,
) -> tuple[Way, Told]:
    """Return the plainest way to `end` and its texts: the quickest of those that fit.

    Args:
        most: texts for the way.
        most_hazard: no way may be more exposed, but for the least exposed there is.
        coming: the edge by which he came to `start`, where he waits; see `steps_along`.

    Raises:
        Untellable: there is none; see `plainest` and `told_by_legs`.
    """
    why: Untellable = TooLong("it was not tried")
    for letters_a_s, more_time in TRIES:
        try:
            way = plainest(
                web, start, end, language=language, letters_a_s=letters_a_s, more_time=more_time,
                most_hazard=most_hazard, coming=coming,
            )  # fmt: skip
            told = told_by_legs(
                web.roads, way, language=language, place=place, most=most, coming=coming
            )
        except Untellable as no:
            why = no
        else:
            return way, told
    raise why


def plainest(
    web: Web,
    start: int,
    end: int,
    *,
    language: str,
    letters_a_s: float,
    more_time: float = MORE_TIME,
    most_hazard: float = math.inf,
    coming: int | None = None,
) -> Way:
    """Return the way of the fewest letters to `end`, within `more_time` of the fastest way's time.

    Args:
        letters_a_s: how many letters a second is worth.
        most_hazard, coming: as for `plain_by_legs`.

    Raises:
        Unclear: every way there could be taken two ways somewhere, or takes longer.
    """
    place = int(web.roads.junction_place[start])
    search = _Search(web, end, language=language, letters_a_s=letters_a_s)
    search.limit_s = search.to_end[place] * more_time + MORE_S
    search.begin(place, most_hazard, coming)
    return way_of(web, search.edges(), start=place)


class _Reached(NamedTuple):
    """An edge as the search came to it; sorted by the letters of the whole way, at the least."""

    bound: float
    cost: float
    letters: int
    seconds: float
    hazard: float
    edge: int
    before: int
    driven: tuple[int, ...]


class _Search:
    """A search for the fewest letters; it ends at the edge `ARRIVED`, which is none."""

    def __init__(self, web: Web, end: int, *, language: str, letters_a_s: float) -> None:
        self.web, self.letters_a_s = web, letters_a_s
        self.told, self.letters = words(web.roads, language), letters_in(language)
        self.end = int(web.roads.junction_place[end])
        self.to_end = _least_to(web, end, web.time_s)
        self.danger_to_end = _least_to(web, end, web.hazard)
        self.hazard = web.hazard.tolist()
        self.price = (letters_a_s * web.time_s + LETTERS_A_HAZARD * web.hazard).tolist()
        self.time_s, self.tail = web.time_s.tolist(), web.roads.tail.tolist()
        self.at = web.roads.junction_place[web.roads.head].tolist()
        self.queue: list[_Reached] = []
        self.done: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.limit_s = self.limit_hazard = 0.0
        self.too_long = False

    def begin(self, start: int, most_hazard: float, coming: int | None) -> None:
        """Begin by every road that a compass word tells from the others, or from where he waits."""
        roads = self.web.roads
        self.limit_hazard = max(most_hazard, self.danger_to_end[start] * LITTLE_MORE)
        if coming is not None:
            self._steps(_Reached(0.0, 0.0, 0, 0.0, 0.0, ARRIVED, ARRIVED, ()), coming, waits=True)
            return
        for edge in range(int(roads.indptr[start]), int(roads.indptr[start + 1])):
            if step := start_step(roads, edge):
                letters = self.letters(step)
                self._put(_Reached(0.0, letters, letters, 0.0, 0.0, edge, ARRIVED, ()))

    def edges(self) -> list[int]:
        """Return all edges from the start to where he stops.

        Raises:
            TooLong: there is none of so few letters.
            Unclear: there is no such way at all.
        """
        while self.queue:
            reached = heapq.heappop(self.queue)
            if reached.edge in self.done:
                continue
            self.done[reached.edge] = reached.before, reached.driven
            if reached.edge == ARRIVED:
                return self._driven()
            self._steps(reached, reached.edge)
        if self.too_long:
            raise TooLong(f"no way there fits into {MOST} texts")
        raise Unclear("no way there can be told so that it has one meaning only")

    def _put(self, reached: _Reached) -> None:
        if reached.edge in self.done:
            return
        if reached.letters > MOST_LETTERS:  # it closes no edge: who comes there in fewer may go on
            self.too_long = True
            return
        arrived = reached.edge == ARRIVED
        tail = -1 if arrived else self.tail[reached.edge]
        rest = 0.0 if arrived else self.to_end[tail]
        danger = reached.hazard + (0.0 if arrived else self.danger_to_end[tail])
        if reached.seconds + rest <= self.limit_s and danger <= self.limit_hazard:
            bound = reached.cost + self.letters_a_s * rest
            heapq.heappush(self.queue, _Reached(bound, *reached[1:]))

    def _steps(self, reached: _Reached, edge: int, *, waits: bool = False) -> None:
        nexts, lasts = self.told.waiting(edge) if waits else self.told.after(edge)
        for step in nexts:
            self._put(self._after(reached, step.edge, step.driven, step.letters))
        for last in lasts:
            if self.at[last.driven[-1]] == self.end:
                self._put(self._after(reached, ARRIVED, last.driven, last.letters))

    def _after(
        self, reached: _Reached, edge: int, driven: tuple[int, ...], letters: int
    ) -> _Reached:
        price, time_s, harm = self.price, self.time_s, self.hazard
        cost, seconds, hazard = reached.cost + letters, reached.seconds, reached.hazard
        for each in driven:
            cost += price[each]
            seconds += time_s[each]
            hazard += harm[each]
        told = reached.letters + letters
        return _Reached(0.0, cost, told, seconds, hazard, edge, reached.edge, driven)

    def _driven(self) -> list[int]:
        edges: list[int] = []
        at, driven = self.done[ARRIVED]
        while at != ARRIVED:
            edges[:0] = driven
            at, driven = self.done[at]
        return [*driven, *edges]


def _least_to(web: Web, end: int, cost: Floats) -> list[float]:
    """Return the least there is from every junction to `end`: the seconds, or the hazard."""
    roads = web.roads
    order = np.lexsort((-cost, roads.tail, roads.head))  # of parallel roads the last one counts
    tail, head = roads.tail[order], roads.head[order]
    last = np.append((tail[1:] != tail[:-1]) | (head[1:] != head[:-1]), True)
    shape = (roads.junctions, roads.junctions)
    told = np.maximum(cost[order][last], TINY)  # nought would be no road at all
    graph = scipy.sparse.csr_matrix((told, (head[last], tail[last])), shape=shape)
    found: Floats = scipy.sparse.csgraph.dijkstra(
        graph, indices=list(roads.junctions_at(end)), min_only=True
    )
    return list(found.tolist())
