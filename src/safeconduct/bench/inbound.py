"""Texts that a carrier delivers, each answered after it is sealed and on disk, at two windows.

The gateway is the product's own process with its own spool; the carrier is a plain socket that keeps
a window of deliver_sm under way. In the same run the same carrier stands before two peers: one that
appends what it read to a file, syncs it and answers, which is what disk and socket alone allow; and one
that answers at once, to show that the carrier is not what is measured.
"""

import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from safeconduct.bench import sockets
from safeconduct.bench.figure import Figure, middle
from safeconduct.bench.peer_kannel import cpu_s
from safeconduct.bench.sockets import ANSWER, CHUNK, HEAD, frames
from safeconduct.smpp.codec import Address, Command, Message, message_body

TARGETS = {10: 10_000, 100: 30_000}  # window -> texts a second
FULL, QUICK = (5, 6.0), (1, 2.0)  # rounds, seconds of one
WARM_S = 1.0
TEXT = "Нас здесь четверо, еды на два дня, связь только ночью, ответьте"
_MANY = 1_000  # different texts, in turns
_PROCESS = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Took:
    """Texts answered a second, the peer's microseconds of CPU for one, and how many were answered in all."""

    rate: float
    cpu_us: float
    answered: int


class Lost(RuntimeError):
    """A text was answered and does not lie in the spool."""


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the folders are made for it and removed after."""
    rounds, for_s = QUICK if quick else FULL
    took: dict[tuple[str, int], list[Took]] = {}
    for _ in range(rounds):
        for window in TARGETS:
            for name, peer in (("ours", gateway), ("disk", bare), ("answer", echo)):
                one = peer(window, for_s=for_s)
                took.setdefault((name, window), []).append(one)
                told = f"{one.rate:,.0f}/s, {one.cpu_us:.0f} µs CPU for one"
                sys.stderr.write(f"  window {window}, {name}: {told}\n")
    yield from figures(
        {which: middle([one.rate for one in all_]) for which, all_ in took.items()},
        {which: middle([one.cpu_us for one in all_]) for which, all_ in took.items()},
    )


def figures(
    rate: dict[tuple[str, int], float], cpu_us: dict[tuple[str, int], float]
) -> Iterator[Figure]:
    """Yield the figures of one run: texts a second, and CPU for one, by (peer, window)."""
    for window, target in TARGETS.items():
        ours, disk, answer = (rate[name, window] for name in ("ours", "disk", "answer"))
        spent = f"{cpu_us['ours', window]:.0f} µs CPU"
        metric = f"texts answered after fsync, sealed, window {window} ({spent})"
        yield Figure(
            "inbound", metric, ours, "1/s", f"{target:,}/s asked for", ours / target, ">= 1"
        )
        yield Figure(
            "inbound",
            f"the same, of what disk and socket alone allow, window {window}",
            ours,
            "1/s",
            f"append, fdatasync, answer ({disk:,.0f}/s)",
            ours / disk,
            ">= 0.1",
        )
        yield Figure(
            "inbound",
            f"the carrier of this bench alone, window {window}",
            answer,
            "1/s",
            f"ours ({ours:,.0f}/s)",
            answer / ours,
            ">= 3",
        )


# ---- the carrier: one socket ----


def deliver(listener: socket.socket, *, window: int, for_s: float, to: int) -> Took:
    """Be the carrier for one bind to the process `to`."""
    with sockets.bound(listener) as link:
        texts = _texts()
        sent = answered = marked = 0
        spent = 0.0
        began = mark_at = time.perf_counter()
        buffer = bytearray()
        while True:
            now = time.perf_counter()
            if not marked and now - began > WARM_S:
                marked, mark_at, spent = answered, now, cpu_s(to)
            room = window - (sent - answered) if now - began < WARM_S + for_s else 0
            if room:
                link.sendall(b"".join(_numbered(texts, sent + n) for n in range(room)))
                sent += room
            elif sent == answered:
                many = answered - marked
                return Took(many / (now - mark_at), (cpu_s(to) - spent) / many * 1e6, answered)
            buffer += link.recv(CHUNK)
            answered += _heard(link, buffer)


def _texts() -> list[bytes]:
    """Return bodies of many texts by as many men, in 16-bit letters as theirs are."""
    return [
        message_body(
            Message(
                Address.of(f"+38050{n:07d}"),
                Address.of("7007"),
                coding=8,
                short=f"{TEXT} {n}".encode("utf-16-be"),
            )
        )
        for n in range(_MANY)
    ]


def _numbered(texts: list[bytes], n: int) -> bytes:
    body = texts[n % _MANY]
    return HEAD.pack(len(body) + HEAD.size, Command.DELIVER_SM, 0, n + 1) + body


def _heard(link: socket.socket, buffer: bytearray) -> int:
    """Take the whole frames off `buffer`; return how many answers to texts they were."""
    answered = 0
    found = frames(buffer)
    for _end, command, status, sequence in found:
        if command == Command.DELIVER_SM | ANSWER:
            if status:
                raise Lost(f"a text was answered with status 0x{status:02X}")
            answered += 1
        elif command == Command.ENQUIRE_LINK:
            link.sendall(HEAD.pack(HEAD.size, command | ANSWER, 0, sequence))
    if found:
        del buffer[: found[-1][0]]
    return answered


# ---- who stands before it ----


def gateway(window: int, *, for_s: float) -> Took:
    """Return what the product's gateway does, whose spool holds every text that was answered."""
    with (
        tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as place,
        sockets.listening() as listener,
    ):
        made = sockets.enrol(Path(place), carrier=listener.getsockname()[1])
        config = str(made.gateway / "gateway.toml")
        with sockets.running("-m", "safeconduct.gateways.smpp", "--config", config) as process:
            took = deliver(listener, window=window, for_s=for_s, to=process.pid)
        stored = sockets.rows(made.gateway / "spool" / "to-core.db")
        if stored != took.answered:
            raise Lost(f"{took.answered} texts were answered, and {stored} lie in the spool")
        return took


def bare(window: int, *, for_s: float) -> Took:
    """Return what one does that appends what it read to a file, syncs it, and answers."""
    return _beside(_append_and_answer, window, for_s=for_s)


def echo(window: int, *, for_s: float) -> Took:
    """Return what one does that answers at once."""
    return _beside(_answer, window, for_s=for_s)


def _beside(peer: Callable[[int], None], window: int, *, for_s: float) -> Took:
    with sockets.listening() as listener:
        process = _PROCESS.Process(target=peer, args=(listener.getsockname()[1],), daemon=True)
        process.start()
        try:
            return deliver(listener, window=window, for_s=for_s, to=process.pid or 0)
        finally:
            process.terminate()
            process.join()


def _append_and_answer(port: int) -> None:
    with tempfile.NamedTemporaryFile(prefix="safeconduct-bench-") as file:

        def keep(octets: bytes) -> None:
            file.write(octets)
            file.flush()
            os.fdatasync(file.fileno())

        _serve(port, keep)


def _answer(port: int) -> None:
    _serve(port, lambda _octets: None)


def _serve(port: int, keep: Callable[[bytes], None]) -> None:
    """Bind, and answer every text once `keep` has returned."""
    with sockets.dialled(port) as link:
        buffer = bytearray()
        while octets := link.recv(CHUNK):
            buffer += octets
            found = frames(buffer)
            if found:
                keep(bytes(buffer[: found[-1][0]]))
                del buffer[: found[-1][0]]
                link.sendall(
                    b"".join(
                        HEAD.pack(HEAD.size + 1, command | ANSWER, 0, sequence) + b"\0"
                        for _end, command, _status, sequence in found
                    )
                )
