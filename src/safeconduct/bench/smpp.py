"""submit_sm a second and CPU for each, at windows 1, 10 and 100: ours, two libraries, bare sockets.

One sink answers all of them (`bench/sink.py`: not our session, and shown alone by bare sockets in the
same run). Each client is a process of its own and takes its turn; a round is one stretch of each. A
machine that is busy with other things only slows, so the best stretch of each is taken, of all alike.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from safeconduct.bench.figure import Figure

WINDOWS = (1, 10, 100)
FULL, QUICK = (7, 2.0), (2, 0.7)  # rounds, seconds of one stretch
OURS, LIBRARIES = ("ours", "ours-awaited"), ("smpp34", "smpplib")
CLIENTS = ("raw", *OURS, *LIBRARIES)
_TRIES = 3  # one of the libraries dies now and then before it says anything
_PATIENCE_S = 60.0
_MICRO = 1e6
TARGET_RATE = 100_000  # a second, at window 100


@dataclass(frozen=True, slots=True)
class Best:
    """The best of all stretches: messages a second, and microseconds of CPU for one."""

    rate: float
    cpu_us: float


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures."""
    rounds, seconds = QUICK if quick else FULL
    yield from figures(run(rounds=rounds, seconds=seconds))


def run(*, rounds: int, seconds: float) -> dict[tuple[str, int], Best]:
    """Return the best of each client at each window; a library that always dies is left out."""
    found: dict[tuple[str, int], Best] = {}
    with sink() as port:
        for _ in range(rounds):
            for window in WINDOWS:
                for name in CLIENTS:
                    one = _stretch(name, port, window, seconds)
                    if one is not None:
                        best = found.get((name, window), one)
                        found[name, window] = Best(
                            max(best.rate, one.rate), min(best.cpu_us, one.cpu_us)
                        )
    return found


@contextmanager
def sink() -> Iterator[int]:
    """Run the sink as a process of its own; give its port."""
    with sinking() as (port, _seen):
        yield port


@contextmanager
def sinking(*options: str) -> Iterator[tuple[int, Callable[[], list[dict[str, float]]]]]:
    """Run the sink with options; give its port, and what tells what each of its links has seen."""
    argv = [sys.executable, "-m", "safeconduct.bench.sink", *options]
    with subprocess.Popen(  # noqa: S603  ourselves
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        orders, told = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

        def seen() -> list[dict[str, float]]:
            orders.write("\n")
            orders.flush()
            links: list[dict[str, float]] = json.loads(told.readline())
            return links

        try:
            yield int(told.readline()), seen
        finally:
            orders.close()


def _stretch(name: str, port: int, window: int, seconds: float) -> Best | None:
    argv = [sys.executable, "-m", "safeconduct.bench.clients", name, *map(str, (port, window))]
    said = ""
    for _ in range(_TRIES):
        done = subprocess.run(  # noqa: S603  ourselves
            [*argv, str(seconds)], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
        if done.stdout.strip():
            told = json.loads(done.stdout)
            answered = told["messages"]
            return Best(answered / told["seconds"], told["cpu_s"] / answered * _MICRO)
        said = done.stderr[-500:]
    if name in LIBRARIES:
        sys.stderr.write(f"{name} died {_TRIES} times at window {window}; left out\n")
        return None
    raise RuntimeError(f"{name} said nothing at window {window}: {said}")


def figures(found: dict[tuple[str, int], Best]) -> Iterator[Figure]:
    """Yield the figures of one run, each against the peer that stands beside it."""
    for window in WINDOWS:
        for name in OURS:
            yield _against_fastest(found, name, window)
        yield _sink_alone(found, window)
    ours = found["ours", WINDOWS[-1]]
    yield Figure(
        bench="smpp",
        metric=f"submit_sm, window {WINDOWS[-1]}, ours",
        value=ours.rate,
        unit="per s",
        against=f"{TARGET_RATE:,} a second, the goal on two quiet cores",
        ratio=ours.rate / TARGET_RATE,
        target=">= 1",
    )
    for name in LIBRARIES:
        theirs = found.get((name, WINDOWS[-1]))
        yield Figure(
            bench="smpp",
            metric=f"CPU for one submit_sm, window {WINDOWS[-1]}, ours",
            value=ours.cpu_us,
            unit="µs",
            against=f"{name} ({theirs.cpu_us:.1f} µs)" if theirs else f"{name}, which died",
            ratio=ours.cpu_us / theirs.cpu_us if theirs else None,
            target="<= 0.1",
        )


def _against_fastest(found: dict[tuple[str, int], Best], name: str, window: int) -> Figure:
    there = {peer: found[peer, window].rate for peer in LIBRARIES if (peer, window) in found}
    fastest = max(there, key=lambda peer: there[peer], default=None)
    mine = found[name, window]
    rates = ", ".join(f"{peer} {rate:,.0f}" for peer, rate in there.items())
    headline = window == WINDOWS[-1] and name == OURS[0]
    return Figure(
        bench="smpp",
        metric=f"submit_sm, window {window}, {name} ({mine.cpu_us:.1f} µs CPU)",
        value=mine.rate,
        unit="per s",
        against=f"the fastest library ({rates})",
        ratio=mine.rate / there[fastest] if fastest else None,
        target=">= 10" if headline else ">= 1",
    )


def _sink_alone(found: dict[tuple[str, int], Best], window: int) -> Figure:
    """Return whether the sink could answer three times what anybody asked of it."""
    most = max(best.rate for (name, at), best in found.items() if at == window and name != "raw")
    alone = found["raw", window].rate
    return Figure(
        bench="smpp",
        metric=f"the sink alone, window {window}, asked by bare sockets",
        value=alone,
        unit="per s",
        against=f"the fastest client ({most:,.0f})",
        ratio=alone / most,
        target=">= 3",
    )
