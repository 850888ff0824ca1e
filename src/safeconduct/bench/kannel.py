"""Texts out and their receipts in: our gateway and Kannel, at one carrier, on one machine, in one run.

The carrier is the sink of `bench smpp`, with a receipt for every text; window 100 for both. Each side
has its texts queued on disk before the carrier opens, so that nothing but sending is measured: from the
first submit_sm to the answer of the last receipt, by the carrier's own clock. Ours is a whole gateway as
its operator runs it: every text marked as taken on disk before it is written, every result and receipt
sealed and on disk before the carrier is answered, and the core's dialler beside it, in the same measure.
What the console does before a text is queued (door, promises, windows) is `bench outbox`'s.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from safeconduct import clock, sealing
from safeconduct.bench import peer_kannel
from safeconduct.bench.figure import Figure
from safeconduct.bench.smpp import sinking
from safeconduct.command.folder import free_port
from safeconduct.envelope import OutboundText
from safeconduct.spool import certificates, core_end
from safeconduct.spool.handed import Handed

FULL, QUICK = 20_000, 3_000  # texts
TEXT = "Hello. Nobody is asked to do anything. Answer when it is safe."
_FIRST = 380_500_000_000
_NAME = "smpp"
_PATIENCE_S = 240.0
_TABLE = """
[gateway]
name = "smpp"
stamp = "exercise"
listen = "127.0.0.1:{listen}"
[smpp]
server = "127.0.0.1:{port}"
system_id = "us"
password = "secret"
segments_per_s = 1000000
window = 100
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """Texts a second with their receipts, and microseconds of CPU for one."""

    rate: float
    cpu_us: float


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; without Kannel ours alone, and a line that says how to install it."""
    count = QUICK if quick else FULL
    ours = _ours(count)
    theirs = None
    if peer_kannel.is_here():
        theirs = _theirs(count)
    else:
        sys.stderr.write(peer_kannel.ASK + "\n")
    yield Figure(
        bench="kannel",
        metric=f"texts out with receipts in, {count:,}, our gateway ({ours.cpu_us:.0f} µs CPU)",
        value=ours.rate,
        unit="per s",
        against=f"Kannel ({theirs.rate:,.0f}, {theirs.cpu_us:.0f} µs CPU)"
        if theirs
        else "Kannel, missing",
        ratio=ours.rate / theirs.rate if theirs else None,
        target=">= 5",
    )


def _numbers(count: int) -> Iterator[str]:
    return (f"+{_FIRST + n}" for n in range(count))


def _passed(
    seen: Callable[[], list[dict[str, float]]], count: int, cpu_s: Callable[[], float]
) -> Passed:
    """Wait until every receipt is answered, and return how fast that was."""
    until = time.monotonic() + _PATIENCE_S
    while sum(link["receipted"] for link in seen()) < count:
        if time.monotonic() > until:
            raise RuntimeError(f"only {seen()} of {count} within {_PATIENCE_S:.0f} s")
        time.sleep(0.05)
    (link,) = (link for link in seen() if link["receipted"])
    return Passed(count / link["seconds"], cpu_s() / count * 1e6)


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
        data, key = _programme(Path(place), port)
        lane = core_end.sending_to(data, _NAME)
        until = clock.wall() + timedelta(hours=1)
        lane.put_many(
            (f"a{n}", OutboundText(f"a{n}", _NAME, "100", number, TEXT, until).to_bytes())
            for n, number in enumerate(_numbers(count))
        )
        lane.queue.close()
        with (
            _running(data, key) as processes,
            sinking("--receipts", "--port", str(port)) as (_, seen),
        ):
            return _passed(seen, count, lambda: sum(map(peer_kannel.cpu_s, processes)))


def _programme(place: Path, port: int) -> tuple[Path, bytes]:
    """Make a core's data folder with one gateway enrolled; return it, and the gateway's box key."""
    data, listen = place / "data", free_port()
    (_, core), (private, public) = sealing.new_box_keys(), sealing.new_box_keys()
    certificates.found(data, box_public=core)
    where = certificates.enrol(data, _NAME, box_public=public)
    (where / "gateway.toml").write_text(_TABLE.format(listen=listen, port=port))
    (data / "stamp").write_text("exercise")
    line = f'[[gateway]]\nname = "{_NAME}"\naddress = "127.0.0.1:{listen}"\n'
    (data / "gateways.toml").write_text(line)
    return data, private


@contextmanager
def _running(data: Path, key: bytes) -> Iterator[list[int]]:
    """Run the gateway and the core's dialler; give their process ids."""
    config = next(data.rglob("gateway.toml"))
    gateway = ["safeconduct.command.main", "gateway", _NAME, "--config", str(config)]
    dialler = ["safeconduct.spool.dial", "--data", str(data)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, "-m", *argv],
            env=env,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for argv in (gateway, dialler)
    ]
    try:
        keys = {"keys": {_NAME: Handed(key).to_plain()}}
        for process, said in zip(processes, ("", json.dumps(keys) + "\n"), strict=True):
            if process.stdin is not None:
                process.stdin.write(said)
                process.stdin.close()
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
