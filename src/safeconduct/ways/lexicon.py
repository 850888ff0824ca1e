"""What can be told from each edge of a map, in a language: found as it is asked for, and kept."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from safeconduct.ways.clearly import alike, letters_alike
from safeconduct.ways.learned import Tables, kept
from safeconduct.ways.roads import Ints, Roads
from safeconduct.ways.step import Step
from safeconduct.ways.steps import Run, Stop, Turn, runs
from safeconduct.ways.waiting import waiting

ROOM = 4096  # rows of a table at first; it doubles
TELL_EVERY = 500  # edges
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


class Spoken(NamedTuple):
    """A run, and of its turns and of its stops the steps that are said alike in every language."""

    run: Run
    turns: list[Step]
    stops: list[Step]


def _spoken(found: Iterable[Run]) -> list[Spoken]:
    return [
        Spoken(run, [alike(each.step) for each in run.turns], [alike(s.step) for s in run.stops])
        for run in found
    ]


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

    def __init__(self, roads: Roads, language: str, known: Tables | None = None) -> None:
        self.roads = roads
        self._letters = letters_alike(language)
        self._waits: dict[int, int] = {}
        self.tail: Ints = np.asarray(roads.tail, dtype=np.int32)
        self.heads_at: Ints = np.asarray(roads.junction_place[roads.head], dtype=np.int32)
        told = known or Tables(
            np.full((len(self.tail) + WAITING, 2), -1, dtype=np.int32),
            np.empty((ROOM, 5), dtype=np.int32),
            np.empty(ROOM, dtype=np.int32),
            {},
        )
        self.begun, self.words, self.driven, self.stops, self._many, self._driven = told
        self.lock = threading.Lock()

    @property
    def tables(self) -> Tables:
        """Return all that is known by now."""
        return Tables(self.begun, self.words, self.driven, self.stops, self._many, self._driven)

    def after(self, edge: int) -> tuple[list[Next], list[Last]]:
        """Return the steps and the stops that may follow on an edge, each in its fewest letters."""
        return self._told(_spoken(runs(self.roads).look(edge)), skip=0)

    def learn(self, edge: int, found: Sequence[Spoken] | None = None) -> None:
        """Find what can be told from an edge, and write it into the tables.

        Args:
            found: its runs, where they are known: they are the same in every language.
        """
        nexts, lasts = self.after(edge) if found is None else self._told(found, skip=0)
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
            self._write(row, *self._told(_spoken(waiting(self.roads, edge)), skip=1))
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

    def _told(self, found: Sequence[Spoken], *, skip: int) -> tuple[list[Next], list[Last]]:
        nexts: dict[int, tuple[int, Run, Turn]] = {}
        lasts: dict[int, tuple[int, Run, Stop]] = {}
        counted = self._letters
        for run, turns, stops in found:
            for turn, step in zip(run.turns, turns, strict=True):
                letters, known = counted(step), nexts.get(turn.edge)
                if known is None or letters < known[0]:
                    nexts[turn.edge] = letters, run, turn
            for stop, step in zip(run.stops, stops, strict=True):
                if stop.run < skip:
                    continue
                at = run.edges[stop.run]
                letters, before = counted(step), lasts.get(at)
                if before is None or letters < before[0]:
                    lasts[at] = letters, run, stop
        return (
            [
                Next((*run.edges[skip : turn.run + 1], *turn.via), turn.edge, letters)
                for letters, run, turn in nexts.values()
            ],
            [
                Last(run.edges[skip : stop.run + 1], letters, stop.step)
                for letters, run, stop in lasts.values()
            ],
        )


@lru_cache(maxsize=8)  # a map and its languages
def words(roads: Roads, language: str) -> Words:
    """Return what can be told on a map in a language: what is kept beside it, or nothing yet."""
    known = kept(roads, language, roads.beside) if roads.beside is not None else None
    return Words(roads, language, known)


def learn(
    roads: Roads, languages: Collection[str], *, progress: Callable[[float], None] | None = None
) -> dict[str, Tables]:
    """Return what can be told from every edge of a map, by language.

    Args:
        progress: told the share that is done.
    """
    # What is kept is for all who drive there, whatever their times: whoever asked for one would notice.
    roads = replace(roads, time_s=np.full_like(roads.time_s, np.nan))
    told, looked = {code: Words(roads, code) for code in languages}, runs(roads)
    for edge in range(roads.edges):
        found = _spoken(looked.look(edge))
        for each in told.values():
            each.learn(edge, found)
        if progress is not None and edge % TELL_EVERY == 0:
            progress(edge / roads.edges)
    return {code: each.tables for code, each in told.items()}
