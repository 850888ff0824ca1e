"""How well and how fast texts are read: recall in the first n, pairs told apart, microseconds.

The sets are one author's, so every figure is an upper bound (docs/decisions/0107-triage.md). Figures
are of rows held back from all tuning; of those nothing is printed but numbers.
"""

import hashlib
import sys
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safeconduct.bench.figure import Figure
from safeconduct.conversations import rules
from safeconduct.conversations.reading import reader
from safeconduct.conversations.reading.script import heard
from safeconduct.conversations.rules import RANK, Triage
from safeconduct.post.rules import is_stop
from safeconduct.programme import load

SETS = Path(rules.__file__).parent / "tests"
SENT_AT = datetime(2026, 11, 29, 10, tzinfo=UTC)
HALF_MORE = 1.5  # of the number of urgent texts: what an operator reads besides
QUICK, FULL = 150, 10_000  # texts timed
PLANNED = "approved"  # the state in which a calm goodbye comes


class NoSet(RuntimeError):
    """The labelled set is not here: it lies beside the tests, and a wheel brings none."""


@dataclass(frozen=True, slots=True)
class Read:
    """One labelled row and what was judged of it."""

    row: dict[str, Any]
    judged: Triage
    forced: float

    def is_any(self, classes: Collection[str]) -> bool:
        """Return whether its label names one of `classes`."""
        return bool(set(classes) & set(self.row["classes"]))


def rows(name: str) -> list[dict[str, Any]]:
    """Return a labelled set.

    Raises:
        NoSet: it is not in this installation.
    """
    path = SETS / f"{name}.toml"
    if not path.exists():
        raise NoSet(f"{path.name} is not here; run this in a checkout of the source")
    return list(tomllib.loads(path.read_text())["rows"])


def whole(row: dict[str, Any]) -> str:
    """Return a text with what came just before it."""
    return f"{row['before']} {row['text']}" if "before" in row else str(row["text"])


def judge(row: dict[str, Any]) -> Read:
    """Read one row as the inbox would."""
    context = PLANNED if row.get("planned") else ""
    judged = reader.triage(
        whole(row), known=True, context=context, profile=load.current(), sent_at=SENT_AT
    )
    return Read(row, judged, reader.read(whole(row)).forced)


def first(read: Sequence[Read], n: int) -> list[Read]:
    """Return who comes first in the operators' list: by tier, then by weight."""
    return sorted(read, key=lambda each: (RANK[each.judged.tier], -each.judged.weight))[:n]


def first_forced(read: Sequence[Read], n: int) -> list[Read]:
    """Return what a supervisor would read first if he had time for `n`."""
    return sorted(read, key=lambda each: -each.forced)[:n]


def told_apart(pair: dict[str, Any]) -> bool:
    """Return whether a true stop is taken for one, and what stands beside it is not."""
    stop = judged_as(pair["optout"])
    if "duress" in pair:
        return stop == "stop" and judged_as(pair["duress"]) == "duress"
    return stop == "stop" and judged_as(pair["neither"]) != "stop"


def judged_as(text: str) -> str:
    """Return "duress" for what a supervisor gets, "stop" for what ends texts or asks to, else ""."""
    judged = reader.triage(text, known=True, context="", profile=load.current(), sent_at=SENT_AT)
    if judged.forced:
        return "duress"
    asks = any(signal.reason == "asks_stop" for signal in judged.signals)
    return "stop" if asks or is_stop(text, load.current().stop_words) else ""


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the figures; `quick` times fewer texts and judges the same rows."""
    told = [row for row in rows("inbound") if row["set"] == "test"]
    read = [judge(row) for row in told if not row.get("planned")]
    by_plan = [judge(row) for row in rows("inbound") if row.get("planned")]
    yield from _urgent(read)
    yield from _forced(read, by_plan)
    yield from _pairs(rows("confusable"))
    yield from _speed([whole(row) for row in told], QUICK if quick else FULL)


@dataclass(frozen=True, slots=True)
class Cut:
    """How far down a list is read: its first `n`, what that is called, and the share to be found."""

    n: int
    sign: str
    target: float


def _urgent(read: Sequence[Read]) -> Iterator[Figure]:
    now = sum(each.row["tier"] == "now" for each in read)
    for cut in (Cut(now, "n", 0.90), Cut(int(now * HALF_MORE), "1.5n", 0.95)):
        yield from _by_language(read, {"ready", "wounded"}, first(read, cut.n), cut)


def _forced(read: Sequence[Read], by_plan: Sequence[Read]) -> Iterator[Figure]:
    many = sum(each.is_any({"duress"}) for each in read)
    for cut in (Cut(many, "n", 0.80), Cut(int(many * HALF_MORE), "1.5n", 0.90)):
        yield from _by_language(read, {"duress"}, first_forced(read, cut.n), cut)
    heard_of = [bool(each.judged.forced) for each in read if each.is_any({"duress"})]
    others = [bool(each.judged.forced) for each in read if not each.is_any({"duress"})]
    yield _share("duress that reaches a supervisor", heard_of, "all duress rows", ">= 0.9")
    yield _share("other texts put before a supervisor", others, "all other rows", "<= 0.1")
    plans = [bool(each.judged.forced) for each in by_plan]
    yield _share("goodbyes in mid-plan, by the case's state", plans, "both sets", ">= 0.9")


def _by_language(
    read: Sequence[Read], classes: set[str], top: Sequence[Read], cut: Cut
) -> Iterator[Figure]:
    for language in ["", *dict.fromkeys(each.row["language"] for each in read)]:
        wanted = [
            each for each in read if each.is_any(classes) and language in {"", each.row["language"]}
        ]
        found = [any(each is other for other in top) for each in wanted]
        name = (
            f"{' and '.join(sorted(classes))} in the first {cut.sign}={cut.n}, {language or 'all'}"
        )
        least = cut.target if not language else min(cut.target, 0.80)
        yield _share(name, found, "the labels (one author: an upper bound)", f">= {least}")


def _share(metric: str, found: Sequence[bool], against: str, target: str) -> Figure:
    share = sum(found) / len(found) if found else 0.0
    return Figure(
        "triage", f"{metric} (of {len(found)})", sum(found), "texts", against, share, target
    )


def _pairs(pairs: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    for kind in ("duress", "neither"):
        for told, tuned in (("tuned on", True), ("held back", False)):
            found = [
                told_apart(pair)
                for pair in pairs
                if kind in pair and may_tune(pair["optout"]) == tuned
            ]
            yield _share(f"pairs of stop and {kind} told apart, {told}", found, "all", ">= 1.0")


def may_tune(text: str) -> bool:
    """Return whether a pair is of the half that is tuned on: SHA-256 of its stop is even."""
    return not hashlib.sha256(text.encode()).digest()[0] % 2


def _speed(texts: Sequence[str], many: int) -> Iterator[Figure]:
    said = [texts[number % len(texts)] for number in range(many)]
    learned = reader._learned()
    words = [heard(text, known=learned.known) for text in texts]
    profile = load.current()
    whole_us = _us(
        lambda text: reader.triage(text, known=True, context="", profile=profile, sent_at=SENT_AT),
        said,
    )
    model_us = _us(lambda number: learned.model.scores(words[number % len(words)], []), range(many))
    book_us = _us(lambda text: heard(text, known=frozenset()), said)
    sys.stderr.write(
        f"  a text {whole_us:.0f} µs, model {model_us:.0f} µs, words alone {book_us:.0f} µs\n"
    )
    yield Figure(
        "triage",
        "one text, read whole",
        whole_us,
        "µs",
        f"TF-IDF alone, {model_us:.0f} µs",
        whole_us / model_us,
        "<= 4",
    )
    yield Figure(
        "triage",
        "one text, read whole",
        whole_us,
        "µs",
        f"its words alone, {book_us:.0f} µs",
        whole_us / book_us,
        "<= 10",
    )


def _us(work: Callable[[Any], object], things: Sequence[Any]) -> float:
    began = time.process_time()
    for each in things:
        work(each)
    return (time.process_time() - began) / len(things) * 1e6
