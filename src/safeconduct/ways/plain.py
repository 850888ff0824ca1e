"""Of the ways that can be told, the plainest that fits into its texts.

The search goes from what he is told to what he is told next, so that it never enters a road into
which nobody can be sent in words. It counts the letters as they fill the texts. First the fewest
letters are sought, where seconds and hazard are a price beside them; where such a way takes too long
or does not fit, the quickest of all ways that do fit.
"""

import math
from types import ModuleType
from typing import NamedTuple

import numpy as np

from safeconduct.ways.clearly import (
    BETWEEN,
    LINE,
    MOST,
    Told,
    TooLong,
    Unclear,
    Untellable,
    letters_in,
    said_place,
    told_by_legs,
    words_in,
)
from safeconduct.ways.lexicon import words
from safeconduct.ways.outset import begun
from safeconduct.ways.roads import Floats, Ints
from safeconduct.ways.route import Way, Web, way_of
from safeconduct.ways.search import graph_of, settled
from safeconduct.ways.stepwords import units

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
LITTLE_MORE = 1.001
ROOM = 2**14  # labels at first; they double
ANYTHING = 2**31 - 1  # letters: more than any way takes


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
    search.begin(at, most_hazard, coming)
    return way_of(web, search.edges(most * LINE), start=at)


class _Search:
    """A search for the least cost; the search itself is compiled (`compiled_words`)."""

    def __init__(self, web: Web, end: int, *, language: str, place: str, price: Price) -> None:
        self.web, self.price, self.place = web, price, place
        self.told, self.letters = words(web.roads, language), letters_in(language)
        self.table = words_in(language)
        self.end = int(web.roads.junction_place[end])
        self.left_s = least_to(web, end, web.time_s)
        self.left_hazard = least_to(web, end, web.hazard)
        self.heap = np.empty((ROOM, 3))
        self.labels: Ints = np.empty((ROOM, 4), dtype=np.int32)
        self.costs = np.zeros((ROOM, 3))
        self.stands = np.zeros(4, dtype=np.int64)
        self.limits = np.zeros(2)

    def begin(self, start: int, most_hazard: float, coming: int | None) -> None:
        """Begin by every road that a compass word tells from the others, or from where he waits."""
        roads, price = self.web.roads, self.price
        self.limits[:] = (
            self.left_s[start] * price.more_time + MORE_S,
            max(most_hazard, self.left_hazard[start] * LITTLE_MORE),
        )
        first: list[tuple[float, float, int, int]] = []
        if coming is not None:
            first.append((0.0, 0.0, self.told.waits(coming), 0))
        else:
            for edge in range(int(roads.indptr[start]), int(roads.indptr[start + 1])):
                steps = begun(roads, edge)
                if steps is not None:
                    used = sum(map(self.letters, steps))
                    cost = used * price.letter
                    rest = float(self.left_s[roads.tail[edge]])
                    first.append((cost + price.second * rest, cost, edge, used))
        for label, (bound, cost, edge, used) in enumerate(sorted(first)):  # sorted is a heap
            self.heap[label] = bound, cost, label
            self.labels[label], self.costs[label, 0] = (edge, -1, -1, used), cost
        self.stands[:2] = len(first)

    def edges(self, most: int) -> list[int]:
        """Return all edges from the start to where he stops.

        Args:
            most: letters that the texts have room for, a line end each.

        Raises:
            TooLong: there is none of so few letters.
            Unclear: there is no such way at all.
        """
        told, does = self.told, _compiled()
        least: Ints = np.full(len(told.begun) + 1, ANYTHING, dtype=np.int32)
        stop_letters: Ints = np.zeros(len(told.words), dtype=np.int32)
        price = np.array(self.price[:3])
        while True:
            with told.lock:
                more = len(told.words) - len(stop_letters)
                stop_letters = np.pad(stop_letters, (0, more)) if more else stop_letters
                how = does.plainest(
                    self.heap, self.labels, self.costs, self.stands, least,
                    told.begun, told.words, told.driven, stop_letters,
                    told.tail, self.web.time_s, self.web.hazard, self.left_s, self.left_hazard,
                    self.limits, price, self.end, most, LINE,
                )  # fmt: skip
            asked = int(self.stands[does.ASKED])
            if how == does.LACKS_EDGE:
                told.learn(asked)
            elif how == does.LACKS_STOP:
                said = said_place(told.stops[asked], self.table, self.place)
                stop_letters[asked] = units(said) + len(BETWEEN)
            elif how == does.LACKS_ROOM:
                self.heap, self.costs = does.longer(self.heap), does.longer(self.costs)
                self.labels = does.roomier(self.labels)
            elif how == does.FOUND:
                return self._driven(asked)
            elif self.stands[does.TOO_LONG]:
                raise TooLong("no way there fits into its texts")
            else:
                raise Unclear("no way there can be told so that it has one meaning only")

    def _driven(self, label: int) -> list[int]:
        told, edges = self.told, list[int]()
        while label >= 0:
            _edge, before, by, _used = self.labels[label].tolist()
            if by >= 0:
                first, past = told.words[by, 2:4]
                edges[:0] = told.driven[first:past].tolist()
            label = before
        return edges


def least_to(web: Web, end: int, cost: Floats) -> Floats:
    """Return the least there is from every junction to `end`: the seconds, or the hazard."""
    roads = web.roads
    return settled(graph_of(roads).against, cost, cost, starts=roads.junctions_at(end)).first


def _compiled() -> ModuleType:
    from safeconduct.ways import compiled_words

    return compiled_words
