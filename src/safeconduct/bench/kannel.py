"""Texts out and their receipts in: our gateway and Kannel, at one carrier, on one machine, in one run.

The carrier is the sink of `bench smpp`, with a receipt for every text; window 100 for both. Each side
has its texts queued on disk before the carrier opens, ours in the boxes that a campaign's claims are, so that
nothing but sending is measured: from the first submit_sm to the answer of the last receipt, by the carrier's own
clock. Ours is a whole gateway as
its operator runs it: every text marked as taken on disk before it is written, every result and receipt
sealed and on disk before the carrier is answered, and the core's dialler beside it, in the same measure.
What the console does before a text is queued (door, promises, windows) is `bench outbox`'s.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from safeconduct.bench import outbox, peer_kannel, sockets
from safeconduct.bench.figure import Figure
from safeconduct.bench.peer_kannel import cpu_s, wait_for
from safeconduct.bench.smpp import sinking
from safeconduct.command.folder import free_port

FULL, QUICK = 20_000, 3_000  # texts
TEXT = "Hello. Nobody is asked to do anything. Answer when it is safe."
_FIRST = 380_500_000_000
LINES = "segments_per_s = 1000000\nwindow = 100\n"
_PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Passed:
    """Texts a second with their receipts, and microseconds of CPU for one."""

    rate: float
    cpu_us: float


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; without Kannel ours alone, and a line that says how to install it."""
    count = QUICK if quick else FULL
    ours, bare = _ours(count), _bare(count)
    theirs = None
    if peer_kannel.is_here():
        theirs = _theirs(count)
    else:
        sys.stderr.write(peer_kannel.ASK + "\n")
    for name, one in (("our gateway, sealed and on disk", ours), ("bare, nothing stored", bare)):
        yield Figure(
            bench="kannel",
            metric=f"{count:,} texts with receipts, {name} ({one.cpu_us:.0f} µs CPU)",
            value=one.rate,
            unit="per s",
            against=_told(theirs),
            ratio=one.rate / theirs.rate if theirs else None,
            target=">= 5",
        )


def _told(theirs: Passed | None) -> str:
    if theirs is None:
        return "Kannel, which is not installed"
    return f"Kannel ({theirs.rate:,.0f}, {theirs.cpu_us:.0f} µs CPU)"


def _numbers(count: int) -> Iterator[str]:
    return (f"+{_FIRST + n}" for n in range(count))


def _passed(
    seen: Callable[[], list[dict[str, float]]], count: int, spent: Callable[[], float]
) -> Passed:
    """Wait until every receipt is answered, and return how fast that was."""
    until = time.monotonic() + _PATIENCE_S
    while sum(link["receipted"] for link in seen()) < count:
        if time.monotonic() > until:
            raise RuntimeError(f"only {seen()} of {count} within {_PATIENCE_S:.0f} s")
        time.sleep(0.05)
    (link,) = (link for link in seen() if link["receipted"])
    return Passed(count / link["seconds"], spent() / count * 1e6)


def _theirs(count: int) -> Passed:
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as place,
        peer_kannel.kannel(Path(place), smsc=port, window=100) as made,
    ):
        taken = made.send(_numbers(count), TEXT)
        if taken < count:
            raise RuntimeError(f"Kannel took {taken} of {count}")
        before = made.cpu_s()
        with sinking("--receipts", "--port", str(port)) as (_port, seen):
            return _passed(seen, count, lambda: made.cpu_s() - before)


def _ours(count: int) -> Passed:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as place:
        made = sockets.enrol(Path(place), carrier=port, lines=LINES)
        boxes = outbox.put(made, list(_numbers(count)), TEXT)
        config = str(made.gateway / "gateway.toml")
        with (
            sockets.running("-m", "safeconduct.gateways.smpp", "--config", config) as gateway,
            outbox.dialling(made) as dialler,
        ):
            wait_for(made.port)
            _until_queued(made.gateway / "spool/from-core.db", boxes)
            before = cpu_s(gateway.pid) + cpu_s(dialler.pid)
            with sinking("--receipts", "--port", str(port)) as (_port, seen):
                return _passed(
                    seen, count, lambda: cpu_s(gateway.pid) + cpu_s(dialler.pid) - before
                )


def _bare(count: int) -> Passed:
    """Our client alone: what codec and session cost with receipts, and no disk, seal or core."""
    argv = [sys.executable, "-m", "safeconduct.bench.clients", "ours-receipted"]
    with sinking("--receipts") as (port, seen):
        done = subprocess.run(  # noqa: S603  ourselves
            [*argv, str(port), "100", str(count)], capture_output=True, text=True, check=True
        )
        return _passed(seen, count, lambda: float(json.loads(done.stdout)["cpu_s"]))


def _until_queued(path: Path, boxes: int) -> None:
    """Wait until the gateway has every text on its own disk, a claim's in one box."""
    until = time.monotonic() + _PATIENCE_S
    while sockets.rows(path) < boxes:
        if time.monotonic() > until:
            raise RuntimeError(f"the gateway has not got its {boxes} boxes of texts")
        time.sleep(0.05)
