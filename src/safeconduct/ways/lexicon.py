"""What can be told from each edge of a map, in a language: found as it is asked for, and kept."""

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from safeconduct.ways.clearly import letters_in
from safeconduct.ways.roads import Ints, Roads
from safeconduct.ways.step import Step
from safeconduct.ways.steps import Run, runs
from safeconduct.ways.waiting import waiting

ROOM = 4096  # rows of a table at first; it doubles
WAITING = 256  # places from which somebody who waits there may be sent, at first


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
    """What can be told from each edge of a map, in a language; found as it is asked for.

    Attributes:
        begun: per edge its first words and what follows its last; -1 where nobody asked. Behind the
            edges, one row for each place where somebody waits.
        words, driven: see the columns of `compiled_words`.
        stops: of words that end somewhere, what is said.
        tail, heads_at: per edge the junction at which it begins, the place where it ends.
        lock: held by whoever reads or writes the tables: threads share them.
    """

    def __init__(self, roads: Roads, language: str) -> None:
        self.roads = roads
        self._runs, self._letters = runs(roads), letters_in(language)
        self._waits: dict[int, int] = {}
        self.tail: Ints = np.array(roads.tail, dtype=np.int32)
        self.heads_at: Ints = np.array(roads.junction_place[roads.head], dtype=np.int32)
        self.begun: Ints = np.full((len(self.tail) + WAITING, 2), -1, dtype=np.int32)
        self.words: Ints = np.empty((ROOM, 5), dtype=np.int32)
        self.driven: Ints = np.empty(ROOM, dtype=np.int32)
        self.stops: dict[int, Step] = {}
        self._many = self._driven = 0
        self.lock = threading.Lock()

    def after(self, edge: int) -> tuple[list[Next], list[Last]]:
        """Return the steps and the stops that may follow on an edge, each in its fewest letters."""
        return self._told(self._runs.look(edge), skip=0)

    def learn(self, edge: int) -> None:
        """Find what can be told from an edge, and write it into the tables."""
        nexts, lasts = self.after(edge)
        with self.lock:
            self._write(edge, nexts, lasts)

    def waits(self, edge: int) -> int:
        """Return the row of one who waits at the head of `edge`, by which he came."""
        with self.lock:
            return self._waits_at(edge)

    def _waits_at(self, edge: int) -> int:
        if edge not in self._waits:
            row = len(self.tail) + len(self._waits)
            if row == len(self.begun):
                more = np.full((len(self._waits), 2), -1, dtype=np.int32)
                self.begun = np.concatenate([self.begun, more])
            self._write(row, *self._told(waiting(self.roads, edge), skip=1))
            self._waits[edge] = row
        return self._waits[edge]

    def _write(self, row: int, nexts: Iterable[Next], lasts: Iterable[Last]) -> None:
        first = self._many
        for step in nexts:
            self._add(step.edge, step.letters, step.driven, stops_at=-1)
        for last in lasts:
            self.stops[self._many] = last.step
            stops_at = int(self.heads_at[last.driven[-1]])
            self._add(-1, last.letters, last.driven, stops_at=stops_at)
        self.begun[row] = first, self._many

    def _add(self, to: int, letters: int, driven: Sequence[int], *, stops_at: int) -> None:
        at, past = self._driven, self._driven + len(driven)
        if self._many == len(self.words):
            self.words = np.concatenate([self.words, np.empty_like(self.words)])
        while past > len(self.driven):
            self.driven = np.concatenate([self.driven, np.empty_like(self.driven)])
        self.driven[at:past] = driven
        self.words[self._many] = to, letters, at, past, stops_at
        self._many, self._driven = self._many + 1, past

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
