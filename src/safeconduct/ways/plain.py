"""Of the ways that can be told, the plainest that fits into its texts.

The search goes from what he is told to what he is told next, so that it never enters a road into
which nobody can be sent in words. It counts the letters as they fill the texts. First the fewest
letters are sought, where seconds and hazard are a price beside them; where such a way takes too long
or does not fit, the quickest of all ways that do fit.
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
    LINE,
    MOST,
    Told,
    TooLong,
    Unclear,
    Untellable,
    begun,
    filled,
    letters_in,
    said_place,
    told_by_legs,
    words_in,
)
from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Way, Web, way_of
from safeconduct.ways.step import Step
from safeconduct.ways.steps import Run, runs
from safeconduct.ways.stepwords import units
from safeconduct.ways.waiting import waiting

MORE_S = 60.0  # that much more than its share of the fastest way's time


class Price(NamedTuple):
    """What a letter, a second and a whole unit of hazard cost, and how much more time there is."""

    letter: float
    second: float
    hazard: float
    more_time: float


# 0.01 of hazard is worth six letters or two minutes; the second is tried where the first finds none.
TRIES = (Price(1.0, 0.05, 600.0, 1.3), Price(0.0, 1.0, 12_000.0, 2.0))
MORE_TIME, MOST_TIME = TRIES[0].more_time, TRIES[-1].more_time
ARRIVED, FROM_START = -1, -1
LITTLE_MORE, TINY = 1.001, 1e-9


class Next(NamedTuple):
    """One step: the edges driven before it takes effect, the edge he is on then, its letters."""

    driven: tuple[int, ...]
    edge: int
    letters: int


class Last(NamedTuple):
    """A stop: the edges driven to it, the last one entering it, what is said, its letters."""

    driven: tuple[int, ...]
    letters: int
    step: Step


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
                    last = Last(driven, self._letters(stop.step), stop.step)
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
    for price in TRIES:
        try:
            way = plainest(
                web, start, end, language=language, place=place, most=most, price=price,
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
    place: str,
    most: int = MOST,
    price: Price = TRIES[0],
    most_hazard: float = math.inf,
    coming: int | None = None,
) -> Way:
    """Return the way to `end` that costs least of those that fit into `most` texts.

    Args:
        price: of letters and of what is driven, and the longest that it may take.
        place, most_hazard, coming: as for `plain_by_legs`.

    Raises:
        TooLong: there is none of so few letters.
        Unclear: every way there could be taken two ways somewhere, or takes longer.
    """
    at = int(web.roads.junction_place[start])
    search = _Search(web, end, language=language, place=place, price=price)
    search.most = most * LINE
    search.limit_s = search.to_end[at] * price.more_time + MORE_S
    search.begin(at, most_hazard, coming)
    return way_of(web, search.edges(), start=at)


class _Reached(NamedTuple):
    """An edge as the search came to it; sorted by the cost of the whole way, at the least.

    `used` is how far the texts are filled (`filled`); `before` is the number of what came before.
    """

    bound: float
    cost: float
    used: int
    seconds: float
    hazard: float
    edge: int
    before: int
    driven: tuple[int, ...]


class _Search:
    """A search for the least cost; it ends at the edge `ARRIVED`, which is none.

    An edge is reached more than once: at more cost, where the texts are less filled.
    """

    def __init__(self, web: Web, end: int, *, language: str, place: str, price: Price) -> None:
        self.web, self.price, self.place = web, price, place
        self.told, self.letters = words(web.roads, language), letters_in(language)
        self.table = words_in(language)
        self.end = int(web.roads.junction_place[end])
        self.to_end = least_to(web, end, web.time_s)
        self.danger_to_end = least_to(web, end, web.hazard)
        self.hazard, self.time_s = web.hazard.tolist(), web.time_s.tolist()
        self.tail = web.roads.tail.tolist()
        self.at = web.roads.junction_place[web.roads.head].tolist()
        self.queue: list[_Reached] = []
        self.done: list[_Reached] = []
        self.fewest: dict[int, int] = {}  # per edge, how little the texts were filled so far
        self.limit_s = self.limit_hazard = 0.0
        self.most = MOST * LINE
        self.too_long = False

    def begin(self, start: int, most_hazard: float, coming: int | None) -> None:
        """Begin by every road that a compass word tells from the others, or from where he waits."""
        roads = self.web.roads
        self.limit_hazard = max(most_hazard, self.danger_to_end[start] * LITTLE_MORE)
        if coming is not None:
            self._steps(_nothing_yet(ARRIVED), coming, FROM_START, waits=True)
            return
        for edge in range(int(roads.indptr[start]), int(roads.indptr[start + 1])):
            first = begun(roads, edge)
            if first is not None:
                used = sum(map(self.letters, first))
                self._put(_nothing_yet(edge)._replace(cost=used * self.price.letter, used=used))

    def edges(self) -> list[int]:
        """Return all edges from the start to where he stops.

        Raises:
            TooLong: there is none of so few letters.
            Unclear: there is no such way at all.
        """
        while self.queue:
            reached = heapq.heappop(self.queue)
            if reached.used >= self.fewest.get(reached.edge, math.inf):
                continue
            self.fewest[reached.edge] = reached.used
            self.done.append(reached)
            if reached.edge == ARRIVED:
                return self._driven(reached)
            self._steps(reached, reached.edge, len(self.done) - 1)
        if self.too_long:
            raise TooLong("no way there fits into its texts")
        raise Unclear("no way there can be told so that it has one meaning only")

    def _put(self, reached: _Reached) -> None:
        if reached.used >= self.fewest.get(reached.edge, math.inf):
            return
        if reached.used > self.most:
            self.too_long = True
            return
        arrived = reached.edge == ARRIVED
        tail = -1 if arrived else self.tail[reached.edge]
        rest = 0.0 if arrived else self.to_end[tail]
        danger = reached.hazard + (0.0 if arrived else self.danger_to_end[tail])
        if reached.seconds + rest <= self.limit_s and danger <= self.limit_hazard:
            bound = reached.cost + self.price.second * rest
            heapq.heappush(self.queue, _Reached(bound, *reached[1:]))

    def _steps(self, reached: _Reached, edge: int, number: int, *, waits: bool = False) -> None:
        nexts, lasts = self.told.waiting(edge) if waits else self.told.after(edge)
        for step in nexts:
            self._after(reached, step.edge, step.driven, step.letters, number)
        for last in lasts:
            if self.at[last.driven[-1]] == self.end:
                letters = units(said_place(last.step, self.table, self.place)) + len(BETWEEN)
                self._after(reached, ARRIVED, last.driven, letters, number)

    def _after(
        self, reached: _Reached, edge: int, driven: tuple[int, ...], letters: int, number: int
    ) -> None:
        used = filled(reached.used, letters)
        if used >= self.fewest.get(edge, math.inf):
            return
        time_s, harm = self.time_s, self.hazard
        more_s = more_hazard = 0.0
        for each in driven:
            more_s += time_s[each]
            more_hazard += harm[each]
        letter, second, hazard, _more = self.price
        cost = reached.cost + letter * letters + second * more_s + hazard * more_hazard
        self._put(_Reached(
            0.0, cost, used, reached.seconds + more_s, reached.hazard + more_hazard, edge, number,
            driven,
        ))  # fmt: skip

    def _driven(self, last: _Reached) -> list[int]:
        edges = list(last.driven)
        while last.before != FROM_START:
            last = self.done[last.before]
            edges[:0] = last.driven
        return edges


def _nothing_yet(edge: int) -> _Reached:
    return _Reached(0.0, 0.0, 0, 0.0, 0.0, edge, FROM_START, ())


def least_to(web: Web, end: int, cost: Floats) -> list[float]:
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
