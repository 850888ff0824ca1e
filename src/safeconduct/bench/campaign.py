"""A campaign's recipients claimed and settled, beside the bare tables and a status column, in one run.

The list goes in by the product's own door: sealed parts, read, hashed by a real keeper. Then each
second's worth is claimed (the opt-outs joined, the hours of the zone looked at), its text read by the
promise check, its numbers opened and sealed to the gateway's spool, and every answer settled with its
carrier's id. The bare figure is what SQLite takes for the same rows without any of that, by one row for
a claim; the status column is the usual way, a table of texts that are updated from "new" to "claimed" to
"sent" by its index. All three commit as durably, and as many at a time.
"""

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from safeconduct import clock
from safeconduct.bench import house
from safeconduct.bench.figure import Figure
from safeconduct.traces import open_sqlite

FULL, QUICK = 1_000_000, 60_000
BATCH = 10_000  # of one claim; the same for all three
SMALL_BATCH = 1_000
EVERY = 50  # one in so many said stop before
WANTED_S = 60_000.0
TEXT = "Сдаться можно живым. Без оружия, белая ткань, руки видны. Стоп: 0"
_PRAGMAS: dict[str, int | str] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one way, and of the processor alone, for `numbers` numbers."""

    numbers: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Return numbers a second."""
        return self.numbers / self.wall_s


class Wrong(RuntimeError):
    """Not every number ended in one outcome: nothing was measured."""


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    count = QUICK if quick else FULL
    with _campaign(count) as (ours, read, folder):
        whole = ours()
        bare = [_bare(folder / "bare.db", count, at_a_time=n) for n in (BATCH, SMALL_BATCH)]
        column = [_column(folder / "column.db", count, at_a_time=n) for n in (BATCH, SMALL_BATCH)]
    yield from _figures(whole, read, bare, column)


def _figures(
    whole: Took, read: Took, bare: Sequence[Took], column: Sequence[Took]
) -> Iterator[Figure]:
    yield Figure(
        bench="campaign",
        metric=f"{whole.numbers:,} claimed, sealed and settled, all checks on",
        value=whole.rate,
        unit="/s",
        against=f"{WANTED_S:,.0f}/s; {whole.cpu_s / whole.numbers * 1e6:.1f} µs of processor each",
        ratio=whole.rate / WANTED_S,
        target=">= 1",
    )
    for ours, other, at_a_time in zip(bare, column, (BATCH, SMALL_BATCH), strict=True):
        yield Figure(
            bench="campaign",
            metric=f"the bare tables, {at_a_time:,} at a time",
            value=ours.rate,
            unit="/s",
            against=f"a status column, {at_a_time:,} at a time ({other.rate:,.0f}/s)",
            ratio=ours.rate / other.rate,
            target=">= 4",
        )
    yield Figure(
        bench="campaign",
        metric="the whole, all checks on, beside a bare status column",
        value=whole.rate,
        unit="/s",
        against=f"a status column, {BATCH:,} at a time, nothing sealed ({column[0].rate:,.0f}/s)",
        ratio=whole.rate / column[0].rate,
        target=">= 1",
    )
    yield Figure(
        bench="campaign",
        metric="a list read: sealed, hashed by the keeper under two keys",
        value=read.rate,
        unit="/s",
        against="a million lines in ten minutes",
        ratio=read.rate / (FULL / 600),
        target=">= 1",
    )


def _tell(line: str) -> None:
    sys.stderr.write(f"\r  {line}    ")


@contextlib.contextmanager
def _timed(numbers: int) -> Iterator[list[Took]]:
    took: list[Took] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield took
    took.append(Took(numbers, time.perf_counter() - wall, time.process_time() - cpu))


@contextlib.contextmanager
def _campaign(count: int) -> Iterator[tuple[Callable[[], Took], Took, Path]]:
    """Yield what drains a list of so many numbers that was read, how long reading took, and a folder."""
    with house.exercise() as here, house.keeper_alone(here, rates=(f"lists={8 * FULL}",)):
        from safeconduct.access import workers

        workers.take(here.tokens)
        enrol(here.folder, here.tokens["link"])
        read = read_list(count)
        yield lambda: _drain(count, here.folder), read, here.folder


def enrol(data: Path, token: str) -> None:
    """Enrol a gateway, so that there is somebody to seal to."""
    from safeconduct.access import client
    from safeconduct.access.rules import WorkerId
    from safeconduct.spool import certificates

    link = WorkerId("SYS:link", token)
    certificates.found(data, box_public=client.gateway_keys(link, "core").box_public)
    certificates.enrol(data, "smpp", box_public=client.gateway_keys(link, "smpp").box_public)


def read_list(count: int) -> Took:
    """Bring a list and read it, as the worker does."""
    from safeconduct.access import workers
    from safeconduct.access.rules import Purpose
    from safeconduct.post import actions
    from safeconduct.post.actions.lists import AT_A_TIME

    send, now = workers.me(Purpose.SEND), clock.now()

    def parts() -> Iterator[tuple[int, int, str]]:
        for at in range(0, count, AT_A_TIME):
            most = min(AT_A_TIME, count - at)
            lines = [f"{_number(at + n)},ru,UTC" for n in range(most)]
            yield 2 + at, most, "\n".join(lines)

    with _timed(count) as took:
        actions.put_list(send, campaign="bench", parts=parts(), now=now)
        done = 0
        while actions.read_part(send, campaign="bench", region="UA", variants={"ru": 1}):
            done += AT_A_TIME
            _tell(f"{min(done, count):,} of {count:,} lines read")
    return took[0]


def _drain(count: int, data: Path) -> Took:
    """Claim, write and settle every number; its answers are there when they are asked for."""
    from safeconduct.access import workers
    from safeconduct.access.rules import Purpose
    from safeconduct.envelope import SendResult
    from safeconduct.post import actions, progress

    stop_some(count)
    send, now, wall = workers.me(Purpose.SEND), clock.now(), clock.wall()
    minute = now.hour * 60 + now.minute
    actions.queue_campaign(
        send,
        campaign="bench",
        route="smpp",
        texts={"ru": [TEXT]},
        tokens={},
        hours=actions.Hours((minute - 60) % 1440, (minute + 600) % 1440),  # a window, and open
        rate=actions.Rate(BATCH),
        not_after=now + timedelta(days=1),
        now=now,
    )
    wall_s = cpu_s = 0.0
    left = 0
    while True:
        wall += timedelta(seconds=2)
        with _timed(0) as took:
            claimed = actions.claim_campaigns(now=now, wall=wall)
            if claimed is not None:
                actions.write_batch(send, claimed, data=data, sender="7007", now=now)
        wall_s, cpu_s = wall_s + took[0].wall_s, cpu_s + took[0].cpu_s
        if claimed is None:
            break
        results = [
            SendResult(row[0], "smpp", "SENT", [f"{left + n:x}"], 0, wall)
            for n, row in enumerate(claimed.rows)
        ]
        left += len(results)
        with _timed(0) as took:
            actions.settle_campaigns(results, now=now)
        wall_s, cpu_s = wall_s + took[0].wall_s, cpu_s + took[0].cpu_s
        _tell(f"{left:,} of {count:,} settled")
    told = progress.of("bench")[0].outcomes
    if told["SENT"] != left or sum(told.values()) != count or told["SKIPPED"] < count // EVERY:
        raise Wrong(f"of {count} numbers these outcomes were counted: {told}")
    return Took(count, wall_s, cpu_s)


def stop_some(count: int) -> None:
    """Let one in fifty have said stop before, so that the join finds some."""
    from safeconduct.access import keyring, workers
    from safeconduct.access.rules import Purpose
    from safeconduct.post import actions

    numbers = [_number(at) for at in range(0, count, EVERY)]
    for at in range(0, len(numbers), SMALL_BATCH):
        some = numbers[at : at + SMALL_BATCH]
        for index in keyring.blind_many(workers.me(Purpose.SEND), "optout", some):
            actions.bring_opt_out_back(index, at=clock.now())


def _number(at: int) -> str:
    return f"+38067{at:07}"


# ---- the same rows without anything, and the usual way ------------------------------------------


def _open(path: Path, tables: str) -> sqlite3.Connection:
    db = open_sqlite(path, pragmas=_PRAGMAS, isolation_level=None)
    db.executescript(tables)
    return db


def _filled(db: sqlite3.Connection, count: int, insert: str) -> None:
    db.execute("BEGIN")
    db.executemany(insert, ((f"r{n:011}", os.urandom(93)) for n in range(count)))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _bare(path: Path, count: int, *, at_a_time: int) -> Took:
    """Append-only: one row for a claim, one for what was told of each number; a position moves."""
    path.unlink(missing_ok=True)
    tables = """
        CREATE TABLE recipient (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, number BLOB NOT NULL);
        CREATE TABLE batch (id INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER UNIQUE, last INTEGER);
        CREATE TABLE told (id INTEGER PRIMARY KEY, outcome TEXT NOT NULL, carrier_id TEXT NOT NULL);
        CREATE TABLE lane (position INTEGER NOT NULL);
        INSERT INTO lane VALUES (0);"""
    with contextlib.closing(_open(path, tables)) as db:
        _filled(db, count, "INSERT INTO recipient (ref, number) VALUES (?, ?)")
        with _timed(count) as took:
            while True:
                db.execute("BEGIN IMMEDIATE")
                (at,) = db.execute("SELECT position FROM lane").fetchone()
                rows = db.execute(
                    "SELECT id, ref, number FROM recipient WHERE id > ? ORDER BY id LIMIT ?",
                    (at, at_a_time),
                ).fetchall()
                if rows:
                    last = rows[-1][0]
                    db.execute("INSERT INTO batch (first, last) VALUES (?, ?)", (at + 1, last))
                    db.execute("UPDATE lane SET position = ?", (last,))
                db.execute("COMMIT")
                if not rows:
                    break
                told = [(8 * pk, "SENT", f"{pk:x}") for pk, _ref, _number in rows]
                db.execute("BEGIN IMMEDIATE")
                db.executemany("INSERT INTO told VALUES (?, ?, ?)", told)
                db.execute("COMMIT")
    return took[0]


def _column(path: Path, count: int, *, at_a_time: int) -> Took:
    """The usual way: each text has a status, which is updated twice, and an index finds the new ones."""
    path.unlink(missing_ok=True)
    tables = """
        CREATE TABLE text (id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, number BLOB NOT NULL,
            status TEXT NOT NULL DEFAULT 'new', carrier_id TEXT NOT NULL DEFAULT '');
        CREATE INDEX by_status ON text (status, id);"""
    with contextlib.closing(_open(path, tables)) as db:
        _filled(db, count, "INSERT INTO text (ref, number) VALUES (?, ?)")
        with _timed(count) as took:
            while True:
                db.execute("BEGIN IMMEDIATE")
                rows = db.execute(
                    "UPDATE text SET status = 'claimed' WHERE id IN (SELECT id FROM text "
                    "WHERE status = 'new' ORDER BY id LIMIT ?) RETURNING id, ref, number",
                    (at_a_time,),
                ).fetchall()
                db.execute("COMMIT")
                if not rows:
                    break
                told = [(f"{pk:x}", pk) for pk, _ref, _number in rows]
                db.execute("BEGIN IMMEDIATE")
                db.executemany("UPDATE text SET status = 'sent', carrier_id = ? WHERE id = ?", told)
                db.execute("COMMIT")
    return took[0]
