"""Texts through the durable outbox to one bind: how many a second leave, each once.

A list is read by the product's own door. The core claims it, some thousands at a time: opt-outs joined,
the hours of the zone looked at, the text read by the promise check, sealed into the spool. The link
brings them to the gateway, which stores them, marks each
on disk as taken before a byte of it leaves, sends it in a window of 100, and stores what became of it,
sealed, for the core, where it lands. Link and gateway are the product's own processes; the carrier is a
plain socket that answers at once. In the same run as many texts go by a table with a column for their
state, as outboxes are commonly built: claimed and settled by updates, unsealed, without a link.
"""

import contextlib
import json
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from safeconduct import clock, sealing
from safeconduct.bench import campaign, house, sockets
from safeconduct.bench.figure import Figure, middle
from safeconduct.bench.peer_kannel import cpu_s
from safeconduct.bench.sockets import ANSWER, CHUNK, GATEWAY, HEAD, Enrolled, frames
from safeconduct.envelope import OutboundBatch, SendResult, SendResults
from safeconduct.smpp.codec import Command
from safeconduct.spool import core_end
from safeconduct.spool.lanes import Arrived
from safeconduct.traces import open_sqlite

ASKED = 20_000  # submits a second for one bind
FULL, QUICK = (3, 60_000), (1, 6_000)  # rounds, texts of one
WINDOW, BATCH, CLAIM = 100, 1_000, 5_000
LOOK_S = 0.02
_PROCESS = multiprocessing.get_context("spawn")
TEXT = campaign.TEXT
LINES = f"segments_per_s = 1000000\nwindow = {WINDOW}\n"
_COLUMN = """
CREATE TABLE text (id INTEGER PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL, carrier_id TEXT);
CREATE INDEX waiting ON text (state, id);
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Texts a second: claimed by the core, and taken by the carrier.

    Attributes:
        cpu_us: the gateway's processor for one text, from the core's box to its result in the spool.
    """

    claimed: float
    sent: float
    cpu_us: float = 0.0


class NotOnce(RuntimeError):
    """A text left twice, or not at all, or was not settled."""


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the folders are made for it and removed after."""
    rounds, numbers = QUICK if quick else FULL
    ours: list[Took] = []
    column: list[float] = []
    for _ in range(rounds):
        with futures.ProcessPoolExecutor(1, mp_context=_PROCESS) as alone:
            ours.append(alone.submit(through, numbers).result())  # a process has one database
        column.append(by_column(numbers))
        told = f"claimed {ours[-1].claimed:,.0f}/s, sent {ours[-1].sent:,.0f}/s"
        told += f" at {ours[-1].cpu_us:.1f} µs of the gateway's processor"
        sys.stderr.write(f"\n  {told}, a state column {column[-1]:,.0f}/s\n")
    found = [middle([getattr(one, name) for one in ours]) for name in Took.__slots__]
    yield from figures(Took(*found), middle(column))


def figures(took: Took, column: float) -> Iterator[Figure]:
    """Yield the figures of one run, texts a second."""
    ours, asked = took.sent, f"{ASKED:,}/s asked for"
    metric = f"submits through the durable outbox, sealed, one bind, window {WINDOW}"
    each = f"{asked}; {took.cpu_us:.1f} µs of the gateway's processor each"
    yield Figure("outbox", metric, ours, "1/s", each, ours / ASKED, ">= 1")
    metric = "claimed before: opt-out, window and promise looked at, sealed into the spool"
    yield Figure("outbox", metric, took.claimed, "1/s", asked, took.claimed / ASKED, ">= 1")
    yield Figure(
        "outbox",
        "the same beside a table with a state column, unsealed and without a link",
        ours,
        "1/s",
        f"claimed and settled by updates ({column:,.0f}/s)",
        ours / column,
        ">= 0.5",
    )


def through(numbers: int) -> Took:
    """Return how many texts a second the core claims, and how many a second reach the carrier.

    Raises:
        NotOnce: one left twice, or not at all, or was not settled.
    """
    with (
        house.exercise() as here,
        house.keeper_alone(here, rates=(f"lists={100 * numbers}",)),
        sockets.listening() as listener,
    ):
        from safeconduct.access import workers

        workers.take(here.tokens)
        made = _enrolled(here.folder, here.tokens["link"], carrier=listener.getsockname()[1])
        campaign.read_list(numbers)
        campaign.stop_some(numbers)
        texts, claimed_s = _claimed(here.folder)
        if texts != numbers - -(-numbers // campaign.EVERY):
            raise NotOnce(f"of {numbers} numbers {texts} were claimed")
        config = str(made.gateway / "gateway.toml")
        private, core = sealing.new_box_keys()
        with (
            sockets.running("-m", "safeconduct.gateways.smpp", "--config", config) as gateway,
            sockets.bound(listener) as link,
        ):
            idle_s = cpu_s(gateway.pid)
            with dialling(made, core=core):
                sent = take(link, texts)
                _settled(made, link, texts, private=private)
            spent_s = cpu_s(gateway.pid) - idle_s
    return Took(texts / claimed_s, sent, spent_s / texts * 1e6)


def _enrolled(data: Path, token: str, *, carrier: int) -> Enrolled:
    from safeconduct.access import client
    from safeconduct.access.rules import WorkerId

    campaign.enrol(data, token)
    private = client.gateway_keys(WorkerId("SYS:link", token), GATEWAY).box_private
    return sockets.configure(data, carrier=carrier, private=private, lines=LINES)


def _claimed(data: Path) -> tuple[int, float]:
    """Claim all of a list, and seal it into the spool; return how many texts, and the seconds.

    Opt-outs are joined, the hours of the zone looked at, and each text read by the promise check. The
    next are let go as if those before were answered: what waits for answers is not measured here.
    """
    from safeconduct.access import workers
    from safeconduct.access.rules import Purpose
    from safeconduct.envelope import SendResult
    from safeconduct.post import actions

    send, now, wall = workers.me(Purpose.SEND), clock.now(), clock.wall()
    minute, texts, spent_s = now.hour * 60 + now.minute, 0, 0.0
    actions.queue_campaign(
        send,
        campaign="bench",
        route=GATEWAY,
        texts={"ru": [TEXT]},
        tokens={},
        hours=actions.Hours((minute - 60) % 1440, (minute + 600) % 1440),
        rate=actions.Rate(CLAIM),
        not_after=now + timedelta(days=1),
        now=now,
    )
    while True:
        wall += timedelta(seconds=2)
        began = time.perf_counter()
        claimed = actions.claim_campaigns(now=now, wall=wall)
        if claimed is None:
            return texts, spent_s
        actions.write_batch(send, claimed, data=data, sender="7007", now=now)
        spent_s += time.perf_counter() - began
        texts += len(claimed.rows)
        told = [SendResult(row[0], GATEWAY, "SENT", [row[0]], 0, wall) for row in claimed.rows]
        actions.settle_campaigns(told, now=now)


def put(made: Enrolled, numbers: Sequence[str], text: str) -> int:
    """Let a text to many lie in the core's spool, sealed, as the sending worker writes a campaign's claims.

    Returns: how many boxes it is.
    """
    lane, until = core_end.sending_to(made.data, GATEWAY), clock.wall() + timedelta(hours=1)
    places = range(0, len(numbers), BATCH)
    for first in places:
        some = numbers[first : first + BATCH]
        keys = [f"a{n}" for n in range(first, first + len(some))]
        box = OutboundBatch(GATEWAY, "7007", [text], keys, list(some), [0] * len(some), until)
        lane.put(f"b{first}", box.to_bytes())
    lane.queue.close()
    return len(places)


@contextlib.contextmanager
def dialling(made: Enrolled, *, core: bytes = b"") -> Iterator["subprocess.Popen[bytes]"]:
    """Run the core's end of the link, with the gateway's key in hand.

    Args:
        core: the core's public key, if somebody is to read what lands.
    """
    keys = {"present": b64encode(made.private).decode(), "earlier": "", "public": ""}
    public = b64encode(core or sealing.new_box_keys()[1]).decode()
    told = {"core": {"public": public, "turned": 1}, "keys": {GATEWAY: keys}}
    line = json.dumps(told).encode() + b"\n"
    with sockets.running(
        "-m", "safeconduct.spool.dial", "--data", str(made.data), says=line
    ) as process:
        yield process


def take(link: socket.socket, texts: int) -> float:
    """Be the carrier: answer every submit_sm at once; return their rate from first to last."""
    buffer, began = bytearray(), 0.0
    seen: set[int] = set()
    while len(seen) < texts:
        buffer += link.recv(CHUNK)
        began = began or time.perf_counter()
        _answer(link, buffer, seen)
    return texts / (time.perf_counter() - began)


def _answer(link: socket.socket, buffer: bytearray, seen: set[int]) -> None:
    answers, at = [], 0
    for end, command, _status, sequence in frames(buffer):
        body = b""
        if command == Command.SUBMIT_SM:
            number = buffer.index(b"38067", at) + 5  # whom it is for tells which one it is
            which = int(buffer[number : number + 7])
            if which in seen:
                raise NotOnce(f"text {which} left twice")
            seen.add(which)
            body = b"%d\0" % which
        answers.append(HEAD.pack(HEAD.size + len(body), command | ANSWER, 0, sequence) + body)
        at = end
    del buffer[:at]
    if answers:
        link.sendall(b"".join(answers))


def _settled(made: Enrolled, link: socket.socket, texts: int, *, private: bytes) -> None:
    """Wait until what became of every text has landed at the core, of each once and that it was sent."""
    until, told = time.monotonic() + sockets.PATIENCE_S, Counter[tuple[str, str]]()
    lane = core_end.receiving(made.data, keys=lambda: (private,))
    buffer: bytearray = bytearray()
    link.settimeout(LOOK_S)
    while told.total() < texts:
        with contextlib.suppress(TimeoutError):
            buffer += link.recv(CHUNK)
            _answer(link, buffer, set())
        while arrived := lane.take(limit=100):
            told.update(word for one in arrived for word in _words(one))
            lane.done(arrived[-1])
        if time.monotonic() > until:
            raise NotOnce(f"{texts} texts left, and what became of {told.total()} landed")
    if len(told) != texts or {outcome for _attempt, outcome in told} != {"SENT"}:
        raise NotOnce(f"of {texts} texts {len(told)} different things were told")


def _words(arrived: Arrived) -> Iterator[tuple[str, str]]:
    """Yield attempt and outcome of each text that one thing tells of."""
    if arrived.kind == SendResults.__name__:
        many = arrived.read(SendResults)
        yield from zip(many.attempts, many.outcomes, strict=True)
    else:
        result = arrived.read(SendResult)
        yield result.attempt, result.outcome


def by_column(texts: int) -> float:
    """Return the rate of a table in which a column says what became of each text."""
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as place:
        pragmas: dict[str, int | str] = {"journal_mode": "wal", "synchronous": 2}
        path = Path(place) / "column.db"
        with contextlib.closing(open_sqlite(path, pragmas=pragmas, isolation_level=None)) as db:
            db.executescript(_COLUMN)
            db.execute("BEGIN")
            db.executemany(
                "INSERT INTO text VALUES (?, ?, 'waiting', NULL)",
                ((n, f"+38067{n:07d} {TEXT}") for n in range(texts)),
            )
            db.execute("COMMIT")
            began = time.perf_counter()
            while rows := db.execute(
                "SELECT id, body FROM text WHERE state = 'waiting' ORDER BY id LIMIT ?", (WINDOW,)
            ).fetchall():
                for state in ("taken", "sent"):
                    db.execute("BEGIN IMMEDIATE")
                    db.executemany(
                        "UPDATE text SET state = ?, carrier_id = ? WHERE id = ?",
                        ((state, str(row), row) for row, _body in rows),
                    )
                    db.execute("COMMIT")
            return texts / (time.perf_counter() - began)
