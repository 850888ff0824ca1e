"""Whether a relative's answer tells by its bytes, its length or its time whom she asked after.

Unknown, applied, unconfirmed and refused are asked after a thousand times. Each answer leaves alone, by a step of
the job of its own: together they leave at one time whatever each took, so this is the worst that can be
seen. In each round every kind is asked after once, in an order of chance, and its time is compared
with that of the unknown of the same round, less what it waited for a processor (Linux tells). Then the same with a leak of 20 ms planted in the look-up of the
refused: a measurement that does not find it says nothing.
"""

# ruff: noqa: S311, TID251  by seed, so that a figure can be had again

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from safeconduct import clock
from safeconduct.bench import equivalence, house
from safeconduct.bench.figure import Figure, middle

SEED = 20_261_130
ASKERS = 100
ROUNDS, QUICK_ROUNDS = 250, 60  # of four requests each
PLANTED_ROUNDS = 60
MARGIN_MS = (
    5.0  # (P) a quarter of the leak that must be found; a carrier's own time varies by seconds
)
LEAK_S = 0.020
LEAKS = "refused"
AGAINST = f"a margin of {MARGIN_MS:.0f} ms"


@dataclass(slots=True)
class Seen:
    """What whoever asks can see of the answers: what was said, how long it is, how long it took."""

    texts: set[tuple[str, int]] = field(default_factory=set)
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def differences(self, kind: str) -> list[float]:
        """Return by how much each answer of a kind was later than the unknown's of its round."""
        pairs = zip(self.took_ms[kind], self.took_ms["unknown"], strict=True)
        return [one - other for one, other in pairs]


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    with house.exercise() as here, house.keeper_alone(here, rates=()):
        from safeconduct.access import workers

        workers.take(here.tokens)
        keeper = int((here.folder / "run/keeper.pid").read_text())
        desk = Desk(random.Random(SEED), keeper)
        plain = desk.asked(QUICK_ROUNDS if quick else ROUNDS)
        with planted():
            leaking = desk.asked(PLANTED_ROUNDS)
    yield from figures(plain, leaking)


def figures(plain: Seen, leaking: Seen) -> Iterator[Figure]:
    """Yield the figures of one run."""
    asked = sum(len(took) for took in plain.took_ms.values())
    yield Figure(
        "tracing", f"texts and lengths among {asked:,} answers of four kinds", len(plain.texts),
        "different", "one, the same for all", len(plain.texts) / 1, "== 1",
    )  # fmt: skip
    took = middle([ms for each in plain.took_ms.values() for ms in each])
    for kind in plain.took_ms:
        if kind == "unknown":
            continue
        off = equivalence.farthest(plain.differences(kind))
        metric = (
            f"how much later {kind} may be than unknown (90 % of it; an answer takes {took:.1f} ms)"
        )
        yield Figure("tracing", metric, off, "ms", AGAINST, off / MARGIN_MS, "<= 1")
    found = equivalence.nearest(leaking.differences(LEAKS))
    yield Figure(
        "tracing", f"a planted leak of {1000 * LEAK_S:.0f} ms, as far as it is sure", found, "ms",
        AGAINST, found / MARGIN_MS, ">= 1",
    )  # fmt: skip


@contextmanager
def planted() -> Iterator[None]:
    """Make the look-up of whoever is asked after by the keys of `LEAKS` 20 ms longer."""
    from safeconduct.tracing import actions

    honest = actions._answer_to

    def leaking(row: Any, meant: int) -> Any:
        if row.opened_by == LEAKS:
            time.sleep(LEAK_S)
        return honest(row, meant)

    with mock.patch.object(actions, "_answer_to", leaking):
        yield


class Desk:
    """Those who ask, and those who are sought."""

    def __init__(self, dice: random.Random, keeper: int) -> None:
        """Let the askers write, and make one person of each kind; `keeper` is its process."""
        from safeconduct.access import workers
        from safeconduct.access.rules import Purpose
        from safeconduct.bench import asking
        from safeconduct.programme import load

        self._asking, self._profile, self._dice = asking, load.current(), dice
        self._tasks = [Path("/proc/self"), Path(f"/proc/{keeper}")]
        self._ingest, self._clocks = workers.me(Purpose.INGEST), workers.me(Purpose.CLOCKS)
        self.now = clock.now()
        self._askers = asking.askers(ASKERS, self._ingest, profile=self._profile, now=self.now)
        self._keys = asking.sought(self._clocks, now=self.now)

    def asked(self, rounds: int) -> Seen:
        """Ask after one of each kind in turns, and return what was seen."""
        seen, number = Seen(), 0
        for _ in range(rounds):
            for kind in self._asking.shuffled(1, self._dice):
                asker = self._askers[number % len(self._askers)]
                number += 1
                self._asking.ask([(asker, kind)], self._keys, self._ingest, now=self.now)
                begun, queued = time.perf_counter(), self._queued_s()
                self._answer()
                took = time.perf_counter() - begun - (self._queued_s() - queued)
                seen.took_ms[kind].append(1000 * took)
                seen.texts.add(self._asking.last_said(asker, self._clocks))
        return seen

    def _queued_s(self) -> float:
        """Return how long both processes have waited for a processor that another program had.

        It is no time of ours, and on a machine that others use too it is most of the noise.
        """
        lines = (each.read_text() for task in self._tasks for each in task.glob("task/*/schedstat"))
        return sum(int(line.split()[1]) for line in lines) / 1e9

    def _answer(self) -> None:
        from safeconduct.tracing import actions

        actions.answer_due(
            self._clocks, profile=self._profile, reply_after_stop=timedelta(days=1), now=self.now
        )
