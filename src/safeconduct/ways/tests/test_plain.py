"""The compiled search for the plainest way, beside a slow one that a reader can check."""

import heapq
import math
import random
from functools import cache

import pytest

from safeconduct.ways import plain
from safeconduct.ways.clearly import (
    BETWEEN,
    LINE,
    MOST,
    Untellable,
    begun,
    filled,
    letters_in,
    said_place,
    words_in,
)
from safeconduct.ways.danger import price
from safeconduct.ways.lexicon import words
from safeconduct.ways.plain import MORE_S, TRIES, least_to, plainest
from safeconduct.ways.route import Web
from safeconduct.ways.stepwords import units
from safeconduct.ways.tests.grids import NOON
from safeconduct.ways.tests.town import town

TOWN = town(3)
WEB = Web(TOWN, price(TOWN, [], at=NOON))
QUICKEST = TRIES[1]  # its price is the time alone, where no danger is


after = cache(words(TOWN, "ru").after)


def follow(edge, end):
    """Yield where words lead from an edge: the edge after it or -1 for the end, the edges driven, letters."""
    nexts, lasts = after(edge)
    yield from ((step.edge, step.driven, step.letters) for step in nexts)
    for last in lasts:
        if TOWN.junction_place[TOWN.head[last.driven[-1]]] == end:
            said = units(said_place(last.step, words_in("ru"), "x")) + len(BETWEEN)
            yield -1, last.driven, said


def slowly(start, end, most):
    """Return the seconds of the quickest way that fits its texts: of each edge all who used fewer letters."""
    limit_s = least_to(WEB, end, WEB.time_s)[start] * QUICKEST.more_time + MORE_S
    queue, fewest = [], {}
    for edge in range(TOWN.indptr[start], TOWN.indptr[start + 1]):
        if (first := begun(TOWN, edge)) is not None:
            heapq.heappush(queue, (0.0, sum(map(letters_in("ru"), first)), edge))
    while queue:
        seconds, used, edge = heapq.heappop(queue)
        if used >= fewest.get(edge, math.inf) or used > most * LINE or seconds > limit_s:
            continue
        fewest[edge] = used
        if edge < 0:
            return seconds
        for to, driven, letters in follow(edge, end):
            more_s = sum(WEB.time_s[list(driven)])
            heapq.heappush(queue, (seconds + more_s, filled(used, letters), to))
    return None


def found(start, end, most=MOST):
    try:
        way = plainest(WEB, start, end, language="ru", place="x", price=QUICKEST, most=most)
    except Untellable:
        return None
    return way.time_s


PAIRS = [random.Random(seed).sample(range(TOWN.junctions), 2) for seed in range(30)]


def test_it_finds_what_a_slow_search_finds_and_refuses_what_that_refuses():
    asked = [(*pair, most) for pair in PAIRS for most in (1, MOST)]
    told = [(slowly(*each), found(*each)) for each in asked]
    assert {each is None for each, _ours in told} == {True, False}
    for theirs, ours in told:
        assert ours == (None if theirs is None else pytest.approx(theirs))


def test_a_search_that_needs_more_room_than_there_is_makes_it_and_finds_the_same(monkeypatch):
    before = [found(*pair) for pair in PAIRS[:6]]
    monkeypatch.setattr(plain, "ROOM", 16)
    assert [found(*pair) for pair in PAIRS[:6]] == before
