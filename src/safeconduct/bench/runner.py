"""`safeconduct bench NAME`: the one place for benchmarks. Ratios of one run, never bare seconds."""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from safeconduct.bench.figure import CannotMeasure, Figure

Bench = Callable[..., Iterable[Figure]]


def _campaign(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import campaign

    return campaign.measure(quick=quick)


def _cot(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import cot

    return cot.measure(quick=quick)


def _crypto(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import crypto

    return crypto.measure(quick=quick)


def _documents(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import documents

    return documents.measure(quick=quick)


def _escort(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import escort

    return escort.measure(quick=quick)


def _inbound(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import inbound

    return inbound.measure(quick=quick)


def _inbox(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import inbox

    return inbox.measure(quick=quick)


def _outbox(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import outbox

    return outbox.measure(quick=quick)


def _kill(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import kill

    return kill.measure(quick=quick)


def _names(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import names

    return names.measure(quick=quick)


def _page(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import page

    return page.measure(quick=quick)


def _promises(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import promises

    return promises.measure(quick=quick)


def _reply(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import reply

    return reply.measure(quick=quick)


def _smpp(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import smpp

    return smpp.measure(quick=quick)


def _kannel(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import kannel

    return kannel.measure(quick=quick)


def _tracing(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import tracing

    return tracing.measure(quick=quick)


def _triage(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import triage

    return triage.measure(quick=quick)


def _watch(*, quick: bool) -> Iterable[Figure]:
    from safeconduct.bench import watch

    return watch.measure(quick=quick)


def _ways(*, quick: bool, part: str = "", extract: Path | None = None) -> Iterable[Figure]:
    from safeconduct.bench import ways

    return ways.measure(quick=quick, part=part, extract=extract)


BENCHES: dict[str, tuple[str, Bench]] = {
    "campaign": (
        "a million recipients claimed, sealed and settled, beside a table with a status column",
        _campaign,
    ),
    "documents": (
        "what a capture card and a notice cost, and whether they are the same twice",
        _documents,
    ),
    "cot": ("events a second and lag of our map relay, checking each, beside taky", _cot),
    "crypto": ("our boxes, keyed hashes and wraps, beside the library's bare ones", _crypto),
    "escort": (
        "from an aircraft's datagram to its alert, at 10, 50 and 200 escorts of ten fixes a second",
        _escort,
    ),
    "inbound": (
        "texts answered after fsync, sealed, beside what disk and socket alone allow",
        _inbound,
    ),
    "inbox": (
        "a page of 50 of one's own 100,000 sealed threads, beside the same page unsealed",
        _inbox,
    ),
    "outbox": ("submits through the durable outbox by one bind, beside a state column", _outbox),
    "kannel": ("texts out with their receipts in: our gateway and Kannel, by one carrier", _kannel),
    "kill": ("processes killed over real sockets: lost, merged or doubled texts, by rounds", _kill),
    "names": (
        "a relative's request against 100,000 people by hashes alone, beside rapidfuzz over all",
        _names,
    ),
    "page": ("a page of 50 sealed threads, beside the same page unsealed; one keeper call", _page),
    "smpp": (
        "submit_sm a second at windows 1, 10 and 100: ours, two libraries, bare sockets",
        _smpp,
    ),
    "promises": ("what the promise check misses and holds for nothing, by language", _promises),
    "tracing": (
        "a thousand relatives' requests: the same bytes, and in the same time, whoever is sought",
        _tracing,
    ),
    "triage": ("urgent and forced texts found first, stops told apart, µs a text", _triage),
    "watch": (
        "stops, detours, pursuits told on noisy tracks, false alarms, and a drill of the relay",
        _watch,
    ),
    "ways": ("fronts, places and texts of ways on a real extract; --part NAME: one of them", _ways),
    "reply": ("from the carrier's send to the text standing in the holder's page", _reply),
}


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    memory_kb = next(
        int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal:")
    )
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kb / 2**20),
        "python": platform.python_version(),
        "load_1min": os.getloadavg()[0],
    }


def table(figures: list[Figure]) -> str:
    """Return figures as a table for a terminal."""
    heads = ("metric", "value", "unit", "against", "ratio", "target", "met")
    rows = [
        (
            f.metric,
            f"{f.value:.3g}",
            f.unit,
            f.against,
            "-" if f.ratio is None else f"{f.ratio:.3g}",
            f.target,
            "yes" if f.met else "NO",
        )
        for f in figures
    ]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    )


def run(name: str, *, quick: bool, as_json: bool, **more: object) -> int:
    """Run one benchmark; without a name list them. The exit code is 0 only if every target is met.

    Args:
        name: which.
        quick: fewer rounds.
        as_json: one object a line.
        more: what a benchmark takes besides: part and extract, of `ways` alone.
    """
    if name not in BENCHES:
        for known, (what, _bench) in BENCHES.items():
            print(f"{known:<10} {what}")
        return 0 if not name else 2
    sys.stderr.write(f"measuring {name}, {'under a minute' if quick else 'a few minutes'} …\n")
    told = {key: value for key, value in more.items() if value}
    if told and name != "ways":
        sys.stderr.write("safeconduct: --part and --extract belong to: bench ways\n")
        return 2
    try:
        figures = list(BENCHES[name][1](quick=quick, **told))
    except CannotMeasure as no:
        sys.stderr.write(f"safeconduct: {no}\n")
        return 2
    if as_json:
        print(json.dumps(machine()))
        for figure in figures:
            told = {slot: getattr(figure, slot) for slot in Figure.__slots__}
            print(json.dumps(told | {"met": figure.met}))
    else:
        print("  ".join(f"{key} {value}" for key, value in machine().items()))
        print(table(figures))
    return 0 if figures and all(figure.met for figure in figures) else 1
