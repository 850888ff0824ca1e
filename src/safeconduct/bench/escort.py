"""From an aircraft's datagram to the alert it makes, at 10, 50 and 200 escorts of ten fixes a second each.

Real sockets and processes: signed MAVLink over UDP to the gateway's own process, its sealed spool, the link
over TLS, the core's file; then the worker's loop in this process: open, follow, judge. What is not in it is the
tables: that an alert and the fixes are written down comes after, by `escort/worker.py`. In the same run a bare
socket is told the same datagrams and answers nothing: how late this machine's own sockets are under that load.
"""

import json
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import sealing
from safeconduct.bench import watch as tracks
from safeconduct.bench.figure import Figure, share
from safeconduct.bench.peer_kannel import cpu_s
from safeconduct.bench.sockets import running
from safeconduct.command.folder import free_port
from safeconduct.envelope import Position
from safeconduct.geo import moved
from safeconduct.spool import certificates, core_end
from safeconduct.spool.handed import Handed
from safeconduct.spool.lanes import Receiving
from safeconduct.spool.queue import Queue
from safeconduct.watch.alerts import look
from safeconduct.watch.followed import Followed
from safeconduct.watch.known import Limits, Route

COUNTS, FOR_S, QUICK_S = (10, 50, 200), 60.0, 20.0
RATE_HZ, TARGET_MS = 10, 250
WARM_S, JAM_S, EACH_S = (
    4.0,
    1.5,
    14.0,
)  # each escort is jammed for so long, once in so long; ten good seconds end it
EVERY_S, BATCH = 0.05, 400  # as escort/worker.py wakes, and takes
APART = timedelta(milliseconds=400)  # as escort/watching.py leaves out what says nothing
MEMORY, MOST = timedelta(minutes=10), 400
INTO, KEY = "in-mavlink", b"k" * 32
_SIGNING_EPOCH_S = 1_420_070_400
_TABLE = """[gateway]
name = "mavlink"
stamp = "exercise"
listen = "127.0.0.1:{link}"
[mavlink]
listen = "127.0.0.1:{air}"
rate_hz = 10
[mavlink.systems]
{systems}
[mavlink.keys]
{keys}
"""
_PROCESS = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Took:
    """One count's lags in seconds, the fixes judged, and what the gateway and this process used."""

    lags: list[float] = field(default_factory=list)
    jams: int = 0
    fixes: int = 0
    bare_ms: float = 0.0
    gateway_mb: float = 0.0
    gateway_cpu: float = 0.0
    core_cpu: float = 0.0


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the folders are made for it and removed after."""
    for count in COUNTS:
        took = _at(count, for_s=QUICK_S if quick else FOR_S)
        sys.stderr.write(
            f"  {count} escorts: {len(took.lags)} of {took.jams} alerts, {took.fixes} fixes, gateway "
            f"{took.gateway_cpu:.2f} and judge {took.core_cpu:.2f} cores, {took.gateway_mb:.0f} MB\n"
        )
        yield from figures(count, took)


def figures(count: int, took: Took) -> Iterator[Figure]:
    """Yield the figures of one count of escorts."""
    late, half = (share(took.lags or [999.0], each) * 1000 for each in (0.99, 0.5))
    asked = f"{TARGET_MS} ms at 50 escorts"
    spent = f"gateway {took.gateway_mb:.0f} MB, {took.gateway_cpu:.2f} cores"
    yield Figure(
        "escort",
        f"telemetry in to alert out, p99, {count} escorts at {RATE_HZ} Hz ({spent})",
        late, "ms", asked, late / TARGET_MS, "<= 1",
    )  # fmt: skip
    yield Figure(
        "escort", f"the same, the middle, {count} escorts", half, "ms",
        f"a bare socket of this machine, p99 ({took.bare_ms:.1f} ms)",
        half / max(took.bare_ms, 0.1), ">= 0",
    )  # fmt: skip
    told = len(took.lags) / max(1, took.jams)
    yield Figure(
        "escort", f"jams that became an alert, {count} escorts", len(took.lags), "alerts",
        f"{took.jams} jams", told, ">= 1",
    )  # fmt: skip


# ---- the aircraft: a process of its own -----------------------------------------------------------


def fly(count: int, port: int, for_s: float, told: Any) -> None:
    """Be that many aircraft: ten fixes a second each, jammed in turns; tell when each jam was sent."""
    links = [_Craft(n, port) for n in range(1, count + 1)]
    began, number, jams = time.monotonic(), 0, []
    while (at := time.monotonic() - began) < WARM_S + for_s:
        craft, number = links[number % count], number + 1
        due_s = number / (count * RATE_HZ)
        if due_s > at:
            time.sleep(due_s - at)
        jams += craft.says(due_s, for_s=for_s)
    told.send(jams)
    told.close()


class _Craft:
    def __init__(self, number: int, port: int) -> None:
        self.number, self.jammed = number, False
        self._writer = codec.MAVLink(None, srcSystem=number, srcComponent=1)
        signing = self._writer.signing
        signing.secret_key, signing.sign_outgoing = _key(number), True
        signing.timestamp = int((time.time_ns() / 1e9 - _SIGNING_EPOCH_S) * 100_000)
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._link.connect(("127.0.0.1", port))
        self._place = moved(tracks.START, east_m=number * 500.0, north_m=0)

    def says(self, at_s: float, *, for_s: float) -> list[tuple[int, float]]:
        """Say one fix, and before it whether it is jammed, where that has changed."""
        mine_s = at_s - WARM_S - EACH_S * (self.number * 0.618 % 1)
        jammed = mine_s > 0 and mine_s % EACH_S < JAM_S and at_s < WARM_S + for_s - EACH_S
        changed, self.jammed = jammed != self.jammed, jammed
        if changed:
            flags = 831 | 32768 if jammed else 831
            self._send(codec.MAVLink_ekf_status_report_message(flags, 0.05, 0.05, 0.05, 0.05, 0))
        begins = [(self.number, time.monotonic())] if changed and jammed else []
        place = round(self._place.lat_deg * 1e7), round(self._place.lon_deg * 1e7)
        self._send(
            codec.MAVLink_global_position_int_message(
                int(at_s * 1000), *place, 0, 60_000, 0, 0, 0, 0
            )
        )
        return begins

    def _send(self, message: Any) -> None:
        self._link.send(message.pack(self._writer))
        self._writer.seq = (self._writer.seq + 1) % 256


def _key(number: int) -> bytes:
    return number.to_bytes(1, "big") * 32


# ---- the core's end -------------------------------------------------------------------------------


@dataclass(slots=True)
class Escorted:
    """One escort in memory, followed and judged as its worker does."""

    route: Route
    aircraft: Followed = field(default_factory=Followed)
    vehicle: Followed = field(default_factory=Followed)
    standing: frozenset[str] = frozenset()
    fresh: bool = False

    def take(self, fix: Position) -> None:
        """Follow one fix, unless it says nothing new."""
        fixes = self.aircraft.fixes
        soon = bool(fixes) and fix.fixed_at - fixes[-1].fix.fixed_at < APART
        if soon and fix.health == fixes[-1].fix.health:
            return
        self.aircraft.take(fix)
        self.aircraft.forget(before=fix.fixed_at - MEMORY, most=MOST, least=5)
        self.fresh = True

    def judge(self, limits: Limits, now: datetime) -> bool:
        """Return whether a doubt began."""
        self.fresh = False
        seen = look(self.route, self.vehicle, self.aircraft, now=now, limits=limits,
                    standing=self.standing).alerts  # fmt: skip
        keys = frozenset(alert.key for alert in seen)
        begins = any("GNSS" in key for key in keys - self.standing)
        self.standing = keys
        return begins


def _judged(lane: Receiving, count: int, ends: float, took: Took) -> list[tuple[int, float]]:
    """Take, follow and judge until an instant; return which escort's doubt began when."""
    limits, now = tracks.limits(), datetime.now(UTC)  # noqa: TID251  real time
    line = (tracks.START, moved(tracks.START, east_m=20_000, north_m=0))
    all_ = {n: Escorted(Route(line=line, since=now, aircraft=True)) for n in range(1, count + 1)}
    found: list[tuple[int, float]] = []
    while time.monotonic() < ends:
        arrived = lane.take(limit=BATCH)
        for each in arrived:
            if each.kind == Position.__name__:
                fix = Position.from_bytes(each.content)
                all_[int(fix.subject.partition(":")[2])].take(fix)
                took.fixes += 1
        if arrived:
            lane.done(arrived[-1])
        now = datetime.now(UTC)  # noqa: TID251  real time
        for number, escort in all_.items():
            if escort.fresh and escort.judge(limits, now):
                found.append((number, time.monotonic()))
        if len(arrived) < BATCH:
            time.sleep(EVERY_S / 5)
    return found


# ---- one count ------------------------------------------------------------------------------------


def _at(count: int, *, for_s: float) -> Took:
    took = Took(bare_ms=_bare_ms(count))
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="safeconduct-bench-")))
        data, air, private, core = _enrolled(place, count)
        gateway = stack.enter_context(
            running(
                "-m", "safeconduct.gateways.mavlink",
                "--config", str(data / "gateways/mavlink/gateway.toml"),
            )
        )  # fmt: skip
        stack.enter_context(_dialler(data, private))
        lane = core_end.receiving(data, keys=lambda: (core,), into=INTO)
        _wait_for_link(data)
        ear, mouth = _PROCESS.Pipe(duplex=False)
        flying = _PROCESS.Process(target=fly, args=(count, air, for_s, mouth), daemon=True)
        flying.start()
        spent = cpu_s(gateway.pid), time.process_time(), time.monotonic()
        began = _judged(lane, count, time.monotonic() + WARM_S + for_s + 4.0, took)
        lasted = time.monotonic() - spent[2]
        took.gateway_cpu = (cpu_s(gateway.pid) - spent[0]) / lasted
        took.core_cpu = (time.process_time() - spent[1]) / lasted
        took.gateway_mb = _peak_mb(gateway.pid)
        jams = ear.recv()
        flying.join()
    took.jams = len(jams)
    took.lags = _lags(jams, began)
    return took


def _lags(sent: list[tuple[int, float]], began: list[tuple[int, float]]) -> list[float]:
    """Return for each jam how long after it that escort's alert came, where it came within the turn."""
    lags = []
    for number, at in sent:
        later = [seen - at for who, seen in began if who == number and 0 <= seen - at < EACH_S]
        lags += later[:1]
    return lags


def _enrolled(place: Path, count: int) -> tuple[Path, int, bytes, bytes]:
    data, air, link = place / "data", free_port(), free_port()
    core, public = sealing.new_box_keys()
    private, gateway_public = sealing.new_box_keys()
    certificates.found(data, box_public=public)
    where = certificates.enrol(data, "mavlink", box_public=gateway_public)
    (data / "stamp").write_text("exercise")
    numbers = range(1, count + 1)
    for number in numbers:
        (where / f"{number}.key").write_bytes(_key(number))
    (where / "gateway.toml").write_text(
        _TABLE.format(
            link=link,
            air=air,
            systems="\n".join(f'{n} = "aircraft:{n}"' for n in numbers),
            keys="\n".join(f'{n} = "{n}.key"' for n in numbers),
        )
    )
    (data / "gateways.toml").write_text(
        f'[[gateway]]\nname = "mavlink"\naddress = "127.0.0.1:{link}"\ninto = "{INTO}"\n'
    )
    return data, air, private, core


@contextmanager
def _dialler(data: Path, private: bytes) -> Iterator[None]:
    told = {"keys": {"mavlink": Handed(private).to_plain()}}
    argv = [sys.executable, "-m", "safeconduct.spool.dial", "--data", str(data)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  ours
    if process.stdin is not None:
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.close()
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_link(data: Path) -> None:
    """Wait until the core's dialler has met the gateway."""
    end = time.monotonic() + 20
    outgoing: Queue = core_end.outgoing(data, "mavlink")
    while not core_end.standings(data) and time.monotonic() < end:
        time.sleep(0.05)
    outgoing.close()
    time.sleep(0.5)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _bare_ms(count: int) -> float:
    """Return how late a datagram is that a bare socket is told at the same rate, p99."""
    near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    near.bind(("127.0.0.1", 0))
    far.connect(near.getsockname())
    lags = []
    for _ in range(count * RATE_HZ):
        far.send(time.monotonic_ns().to_bytes(8, "big") + b"\0" * 48)
        lags.append((time.monotonic_ns() - int.from_bytes(near.recv(64)[:8], "big")) / 1e6)
        time.sleep(1.0 / (count * RATE_HZ))
    near.close()
    far.close()
    return share(lags, 0.99)
