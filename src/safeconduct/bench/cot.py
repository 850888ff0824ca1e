"""Our map relay beside taky: events a second with 1 and 10 receivers, and how late the slowest come.

Both over mutual TLS with the same certificates and clients (`bench/cot_clients.py`, neither's), in turn, in one
run; the best stretch of each counts, for a busy machine only slows. Ours checks every event: no entity, size,
depth, numbers, times, who may say what to whom. The sender waits for the slowest receiver, so no server is
measured by the backlog it lets grow.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from safeconduct.bench import peer_taky
from safeconduct.bench.cot_clients import dialled
from safeconduct.bench.figure import CannotMeasure, Figure, share
from safeconduct.command.folder import free_port
from safeconduct.spool import certificates

RECEIVERS = (1, 10)
FULL, QUICK = (5, 6_000, 2_000), (2, 1_500, 600)  # rounds, events of a stretch, of one with a rate
RATE = 200.0  # a second: sixty times what three passages say
TARGET = 5
_PATIENCE_S = 300
OURS, PEER = "ours", "taky 0.10"
_RELAY = """[gateway]
name = "relay"
stamp = "real"
listen = "127.0.0.1:{port}"
[relay]
ca = "ca.pem"
certificate = "relay.pem"
key = "relay-key.pem"
events_per_s = 1e9
"""
_CLIENT = """[relay.clients.{name}]
groups = ["site"]
{verb} = ["positions"]
"""


@dataclass(slots=True)
class Best:
    """The best of one server's stretches: events a second, CPU for one in µs, and how late they were, ms."""

    rate: float = 0.0
    cpu_us: float = math.inf
    lags: list[list[float]] = field(default_factory=list)

    def late_ms(self, fraction: float) -> float:
        """Return the least of what `fraction` of the events of a stretch came within."""
        return min(share(lags, fraction) for lags in self.lags)


@dataclass(frozen=True, slots=True)
class Asked:
    """One stretch: where, how many hear, how many events, and at what rate, 0 for as fast as all hear."""

    port: int
    receivers: int
    count: int
    rate: float


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures.

    Raises:
        CannotMeasure: the peer cannot be installed, or a server lost events.
    """
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as folder:
        keys = Path(folder)
        write_keys(keys)
        with peer_taky.installed() as peer:
            found = _run(keys, peer, QUICK if quick else FULL)
    yield from figures(found)


def figures(found: dict[tuple[str, int], Best]) -> Iterator[Figure]:
    """Yield the figures of one run, ours beside the peer's."""
    for receivers in RECEIVERS:
        ours, theirs = found[OURS, receivers], found[PEER, receivers]
        yield Figure(
            "cot", f"events checked and heard, {receivers} receivers", ours.rate, "per s",
            f"{PEER} ({theirs.rate:,.0f})", ours.rate / theirs.rate, f">= {TARGET}",
        )  # fmt: skip
        yield Figure(
            "cot", f"CPU of the server for one event, {receivers} receivers", ours.cpu_us, "µs",
            f"{PEER} ({theirs.cpu_us:,.0f} µs)", ours.cpu_us / theirs.cpu_us, "<= 0.2",
        )  # fmt: skip
    for receivers in RECEIVERS:
        ours, theirs = found[OURS, receivers], found[PEER, receivers]
        for fraction in (0.5, 0.99):
            mine, other = ours.late_ms(fraction), theirs.late_ms(fraction)
            yield Figure(
                "cot", f"p{fraction * 100:.0f} lag at {RATE:.0f} a second, {receivers} receivers", mine, "ms",
                f"{PEER} ({other:.2f} ms)", mine / other, "<= 1",
            )  # fmt: skip


def write_keys(folder: Path) -> None:
    """Make an authority and a certificate for the server and each client."""
    by = certificates.authority("bench", days=2)
    pem = by[0].public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    for name in ("relay", "sender", *(f"r{n}" for n in range(max(RECEIVERS)))):
        is_server = name == "relay"
        may = ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH
        certificate, key = certificates.leaf(name, may=may, by=by)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem)
        (folder / f"{name}-key.pem").write_bytes(certificates.pem(key))


@contextmanager
def relaying(keys: Path, *, port: int) -> Iterator[int]:
    """Run our relay on loopback until the block ends."""
    path = keys / f"relay-{port}.toml"
    names = [("sender", "says"), *((f"r{n}", "hears") for n in range(max(RECEIVERS)))]
    clients = "".join(_CLIENT.format(name=name, verb=verb) for name, verb in names)
    path.write_text(_RELAY.format(port=port) + clients)
    argv = [sys.executable, "-m", "safeconduct.gateways.relay", "--config", str(path)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:  # noqa: S603  ourselves
        try:
            yield process.pid
        finally:
            process.kill()  # it keeps nothing


def _run(keys: Path, peer: Path, size: tuple[int, int, int]) -> dict[tuple[str, int], Best]:
    rounds, count, paced = size
    found = {(name, n): Best() for name in (OURS, PEER) for n in RECEIVERS}
    for _ in range(rounds):
        for (name, receivers), best in found.items():
            for many, rate in ((count, 0.0), (paced, RATE)):
                port = free_port()
                asked = Asked(port, receivers, many, rate)
                seconds, cpu_s, lags = _stretch(_server(name, keys, peer, port), keys, asked)
                if rate:
                    best.lags.append(lags)
                else:
                    best.rate = max(best.rate, many / seconds)
                    best.cpu_us = min(best.cpu_us, 1e6 * cpu_s / many)
    return found


def _server(name: str, keys: Path, peer: Path, port: int) -> AbstractContextManager[int]:
    if name == OURS:
        return relaying(keys, port=port)
    return peer_taky.serving(peer, keys=keys, port=port, tls=True)


def _stretch(
    server: AbstractContextManager[int], keys: Path, asked: Asked
) -> tuple[float, float, list[float]]:
    argv = [sys.executable, "-m", "safeconduct.bench.cot_clients", "--keys", str(keys)]
    words = (asked.port, asked.receivers, asked.count, asked.rate)
    with server as pid:
        dialled(asked.port).close()  # it has started
        began = _cpu_s(pid)
        done = subprocess.run(  # noqa: S603  ourselves
            [*argv, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        cpu_s = _cpu_s(pid) - began
    told = json.loads(done.stdout or "{}")
    if told.get("heard") != asked.count:
        raise CannotMeasure(f"of {asked.count} events some were not heard: {done.stderr[-300:]}")
    return told["seconds"], cpu_s, told["lags_ms"]


def _cpu_s(pid: int) -> float:
    """Return the processor's seconds that a process has had; handshakes are few of them."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
