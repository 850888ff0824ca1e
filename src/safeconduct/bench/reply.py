"""From the carrier's send to the text standing in the page of whoever holds the conversation.

A whole family of processes runs: keeper, console, worker, link and the carrier's gateway, with a
simulated carrier before it. The holder's page does what any open page does: it hears a nudge at
/live and fetches itself again. One text at a time, world speed 1, real time.

The target is the issue's own sentence, "appears within a second", and it speaks of every text: so
the slowest text of the run is held against one second as the median is. What the disk and one page
alone would take is told beside it and has no target: how many times a floor is too many follows
from nothing but a measurement, and a bound chosen after the figure would judge nothing.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from safeconduct import clock
from safeconduct.bench import house
from safeconduct.bench.figure import Figure, middle, share
from safeconduct.command import edges, folder, up
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser, Shown
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import ACCOUNTS, Carrier
from safeconduct.exercise.story import Staff
from safeconduct.programme import load
from safeconduct.traces import open_sqlite

FULL, QUICK = 100, 20  # texts
PATIENCE_S = 30.0
HIM = "+380501112233"
# What must be on disk before the holder may see it: the gateway's queue, the core's queue, the
# keeper's log of the opening, the conversation itself. The page's own opening is in its fetch.
COMMITS = 4
ROW_BYTES = 1024
ONE_SECOND_MS = 1000.0


class Lost(RuntimeError):
    """A text did not come to stand in the page."""


@dataclass(slots=True)
class Took:
    """Milliseconds, one of each for every text."""

    reply: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    fetch: list[float] = field(default_factory=list)

    @property
    def floor(self) -> float:
        """Return what the disk and one page alone would take."""
        return COMMITS * middle(self.commit) + middle(self.fetch)


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    with house.exercise() as here:
        outside = edges.prepare(here.folder, folder.free_port, names=("smpp",))
        record = here.folder.with_name("carrier.jsonl")
        carrier = Carrier(accounts=ACCOUNTS, record=record)
        with up.running(here) as (parts, link), _listening(carrier, outside["carrier"]):
            cast = (Staff(key="op", name="Operator 1", duties=("OP",)),)
            browser = staffing.bring_on_duty(cast, base=here.origin, link=link, says=_tell)["op"]
            phone = Phone(HIM, carrier=carrier, programme=load.current().sender)
            phone.say("Добрый день, нас двое")
            holder = Holder(browser, record)
            took = holder.watch(phone, texts=QUICK if quick else FULL, tend=parts.tend)
    yield from figures(took)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextlib.contextmanager
def _listening(carrier: Carrier, port: object) -> Iterator[None]:
    carrier.start(int(str(port)))
    try:
        yield
    finally:
        carrier.stop()


class Holder:
    """The operator who holds the one conversation, and his open page."""

    def __init__(self, browser: Browser, record: Path) -> None:
        self._browser, self._record = browser, record
        waits = browser.wait("/conversations/", _somebody_waits, patience_s=2 * PATIENCE_S)
        self._url = browser.press(waits, "conversations.take", {}).url

    def watch(self, phone: Phone, *, texts: int, tend: Callable[[], None]) -> Took:
        """Let him write, one text after another, and see each come to stand in the page."""
        took = Took()
        with _disk(self._record.with_name("bare.db")) as commit, self._browser.listen() as lines:
            for number in range(texts):
                said = f"Текст {number:04d}: нас двое"
                phone.say(said)
                stood = self._stands(said, lines)
                took.reply.append((stood - sent_at(self._record, said)).total_seconds() * 1000)
                took.fetch.append(_ms(lambda: self._browser.fetch(self._url)))
                took.commit.append(_ms(commit))
                tend()
                sys.stderr.write(f"\r  {number + 1} of {texts} texts")
        sys.stderr.write("\n")
        return took

    def _stands(self, said: str, lines: Iterator[str]) -> datetime:
        """Return when the text stood in the page, fetched again at each nudge."""
        until = time.monotonic() + PATIENCE_S
        for line in lines:
            nudged = line.startswith("data:") and "conversations.message" in line
            if nudged and said in self._browser.fetch(self._url).text:
                return clock.wall()
            if time.monotonic() > until:
                break
        raise Lost(f"a text was sent {PATIENCE_S:.0f} s ago and does not stand in the page")


def _somebody_waits(page: Shown) -> bool:
    return bool(page.cards("conversations.waiting"))


def sent_at(record: Path, said: str) -> datetime:
    """Return when the carrier wrote the deliver_sm that bears this text, by its own record.

    Raises:
        Lost: it never did.
    """
    wanted = said.encode("utf-16-be").hex()
    for line in record.read_text().splitlines():
        told = json.loads(line)
        if told["way"] == "out" and wanted in told["hex"]:
            return datetime.fromisoformat(told["at"])
    raise Lost("the carrier never sent the text")


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[Callable[[], object]]:
    """Yield what commits one row to a bare SQLite file beside the product's, as durably as they do."""
    pragmas: dict[str, int | str] = {"journal_mode": "wal", "synchronous": 2}
    with contextlib.closing(open_sqlite(path, pragmas=pragmas, isolation_level=None)) as db:
        db.execute("CREATE TABLE bare (row BLOB NOT NULL)")
        yield lambda: db.execute("INSERT INTO bare VALUES (?)", (bytes(ROW_BYTES),))


def figures(took: Took) -> Iterator[Figure]:
    """Yield the figures of one run."""
    commit, fetch = middle(took.commit), middle(took.fetch)
    alone = f"{COMMITS} commits of {commit:.1f} ms and one page of {fetch:.0f} ms"
    for metric, value in (
        ("median", middle(took.reply)),
        ("95 of 100", share(took.reply, 0.95)),
        ("slowest", max(took.reply)),
    ):
        yield Figure(
            bench="reply",
            metric=f"from the carrier's send to the holder's page, {metric}",
            value=value,
            unit="ms",
            against=f"one second; {alone} take {took.floor:.0f} ms",
            ratio=value / ONE_SECOND_MS,
            target="<= 1",
        )
