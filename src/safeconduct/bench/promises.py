"""What the promise check lets out and what it holds for nothing, by language, and how long it takes.

The rows are another hand's (docs/decisions/0108); nobody has made a rule on the third that is held out, so its figures
stand apart. Needs the source tree: labelled rows are part of no release.
"""

import time
import unicodedata
from collections.abc import Iterable, Iterator

from safeconduct.bench.figure import Figure, middle, share
from safeconduct.pledges import promises, weighed
from safeconduct.pledges.tests import judging
from safeconduct.pledges.tests.judging import Tally
from safeconduct.pledges.tests.sets import HELD_OUT, rows, third

LANGUAGES = ("ru", "uk", "en", "ru-latn", "uk-latn", "mixed")
PARTS = (("rules made on", {1, 2, 3} - {HELD_OUT}), ("held out", {HELD_OUT}))
ROUNDS_OF_FRESH = (1, 2, 3)
ROUNDS = 3  # of other tricks on each row
PAUSE_US = 400_000.0  # for which the composer waits after a key before it asks what a text weighs
PASSES = 50  # of the peer, for one of it is shorter than the clock's grain


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield misses and false holds by language, misses by class and by trick, and the time a text takes."""
    told = judging.tallies()
    for name, thirds in PARTS:
        for language in LANGUAGES:
            yield from _of(name, language, judging.together(told, thirds=thirds, language=language))
        yield from _by_class(name, judging.together(told, thirds=thirds))
    fresh = judging.fresh_tallies()
    for number in ROUNDS_OF_FRESH:
        name = f"third set, round {number}"
        for language in LANGUAGES[:3]:
            yield from _of(
                name, language, judging.together(fresh, thirds={number}, language=language)
            )
        yield from _by_class(name, judging.together(fresh, thirds={number}))
    if not quick:
        yield from _tricks()
    yield from _time()


def _figure(metric: str, count: int, of: int, target: str) -> Figure:
    return Figure("promises", metric, count, "texts", f"all {of}", count / max(of, 1), target)


def _of(name: str, language: str, said: Tally) -> Iterator[Figure]:
    where = f"{language}, {name}"
    leave, of = said.refusable_leave, said.refusable
    if of:  # in some alphabets a third has none
        yield _figure(f"{where}: refused outright, and leave", leave, of, "== 0")
        held = said.refusable_held
        yield _figure(f"{where}: refused outright, and wait for a token", held, of, "== 0")
    yield _figure(f"{where}: all evasions, and leave", said.leave, said.evasions, "== 0")
    yield _figure(f"{where}: innocent, and held", said.false_holds, said.innocent, "<= 0.02")


def _by_class(name: str, said: Tally) -> Iterator[Figure]:
    for kind, count in sorted(said.by_class.items()):
        yield _figure(f"{name}, of class {kind}, and leave", count, said.evasions, "== 0")


def _tricks() -> Iterator[Figure]:
    """Yield how many rows a trick lets out that stop without it."""
    tried: dict[str, int] = {}
    lost: dict[str, int] = {}
    for row, seed in ((row, seed) for row in rows("evasions") for seed in range(ROUNDS)):
        trick, text, before = judging.tricked(row, f"{row['text']}{seed}")
        tried[trick] = tried.get(trick, 0) + 1
        slips = not judging.stopped(row, text=text, before=before)
        if slips and judging.judged(row) != judging.LEAVES:
            lost[trick] = lost.get(trick, 0) + 1
    for trick, count in tried.items():
        yield _figure(f"stop, and leave by {trick}", lost.get(trick, 0), count, "== 0")


def _time() -> Iterator[Figure]:
    ours: list[float] = []
    peer: list[float] = []
    for row in (row for row in rows("innocents") if third(row["text"]) != HELD_OUT):
        promises.forget()
        weighed.forget()
        began = time.perf_counter_ns()
        judging.judged(row)
        between = time.perf_counter_ns()
        for _ in range(PASSES):
            unicodedata.normalize("NFKC", row["text"]).casefold()
        ours.append((between - began) / 1000)
        peer.append((time.perf_counter_ns() - between) / 1000 / PASSES)
    bare = f"the composer's pause of 400 ms; NFKC and casefold take {middle(peer):.2f} µs"
    for metric, value in (("median", middle(ours)), ("95 of 100", share(ours, 0.95))):
        yield Figure(
            "promises", f"one text, {metric}", value, "µs", bare, value / PAUSE_US, "<= 0.1"
        )
