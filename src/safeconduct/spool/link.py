"""The one link between machines: mutual TLS 1.3, the core dials, the edge listens, on loopback too.

Both ends send what lies in their queue and store what comes before they acknowledge it;
acknowledgements are cumulative, and a gap is refused. At each start, and whenever they were
turned, the core hands the gateway's private box keys over; they live in the edge's memory only.

A frame is a kind (one byte), a length (four, big-endian) and that many bytes; who does not know a kind
goes on without it:
H hello, with the mark up to which the speaker has stored; V, right behind it, what its release speaks
(spool/protocol.py); W from the gateway alone, how many things it set aside, by kind of fault; from the core alone E the earlier key and K
this week's, before anything sealed to it, and C the core's own public one, and X who was struck out (spool/handed.py); S one carried form; A acknowledged up to this number; P ping, answered by any later frame;
B the speaker will not go on: the two ends' spools do not belong together.
"""

import asyncio
import contextlib
import json
import ssl
import struct
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from safeconduct.spool import refused as refusals
from safeconduct.spool.carried import Chain, Foreign, check_order
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.form import CarriedRefused, Form, Mark, numbers, read
from safeconduct.spool.handed import Handed
from safeconduct.spool.lanes import CHAIN
from safeconduct.spool.protocol import BEFORE, OURS, Skewed, Speech, beyond
from safeconduct.spool.queue import Item, Queue, stirred

MAX_FRAME = 4 * 2**20  # a capture card's photographs go in pieces, as files
WINDOW = 512  # carried forms under way without an acknowledgement
_AT_ONCE = 64  # of them in one write
PING_S, DEAF_S = 5.0, 20.0
_HEAD = struct.Struct(">BI")
_NUMBER = struct.Struct(">Q")


class LinkBroken(ConnectionError):
    """The other end did what no end of ours does; the link is closed and dialled again."""


class Landing:
    """Where arrivals of one peer are stored: checked, in one transaction, before any answer."""

    def __init__(self, queue: Queue, *, sender: str, chain: Chain) -> None:
        self.queue, self.sender = queue, sender
        self._chain, self._note = chain, f"landed:{sender}"

    def have(self) -> Mark:
        """Return the mark up to which everything is stored."""
        return Mark.from_bytes(self.queue.note(self._note))

    def land(self, raws: list[bytes]) -> int:
        """Store carried forms durably; return the last number.

        Raises:
            CarriedRefused: one of them is not the next of this sender; it was set aside, and those
                before it were stored.
            SpoolFull: the disk is full; none was stored.
        """
        with self.queue.change() as change:
            mark, wrong = Mark.from_bytes(change.note(self._note)), None
            for raw in raws:
                try:
                    right = self._next(raw, mark)
                except CarriedRefused as refused:
                    wrong = refused
                    change.quarantine(self.sender, raw, why=f"{type(refused).__name__}: {refused}")
                    refusals.note(change, self.sender, kind=type(refused).__name__)
                    break
                first, mark = mark.seq + 1, right.after
                keys = [f"{self.sender}/{seq}" for seq in range(first, mark.seq + 1)]
                change.put_together(keys, raw)
            change.set_note(self._note, mark.to_bytes())
        if wrong is not None:
            raise wrong
        return mark.seq

    def _next(self, raw: bytes, mark: Mark) -> Form:
        right = self._chain.check_sender(raw)
        if right.sender != self.sender:  # it is not he who holds this link
            raise Foreign("a carried form came over another sender's link")
        check_order(right.sealed(0), mark=mark)
        return right

    def broken(self) -> None:
        """Note that the two ends do not belong together, for a person to see."""
        with self.queue.change() as change:
            refusals.note(change, self.sender, kind=LinkBroken.__name__)


class Link:
    """One connected link, either end. `run` ends when the link does.

    Args:
        outgoing: what leaves.
        landing: where what comes is stored.
        ears: who hears the content of a told frame, by its kind: E, K, C, X, W.
        handed: what the core hands over at the beginning.
        speech: what our release speaks.
        on_met: hears what the other end's speaks, and whether it is beyond us.
        asides: counts what was set aside here, for the core to hear.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        outgoing: Queue,
        landing: Landing,
        ears: Mapping[bytes, Callable[[bytes], None]] = MappingProxyType({}),
        handed: Handed | None = None,
        speech: Speech = OURS,
        on_met: Callable[[Speech, str], None] | None = None,
        asides: Callable[[], dict[str, int]] | None = None,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._outgoing, self._landing = outgoing, landing
        self._ears, self._handed = ears, handed
        self._speech, self._on_met, self._asides = speech, on_met, asides
        self._met, self._told_aside = asyncio.Event(), b""
        self._greeted = False
        self._rows: dict[int, int] = {}  # number under way -> its row
        self._sent_row: int | None = None
        self._buffer = bytearray()

    async def run(self) -> None:
        """Greet, then carry both ways until the other end goes or breaks a rule.

        Raises:
            OSError, CarriedRefused: why the link ended; see `TROUBLE`.
        """
        self._send(b"H", (await asyncio.to_thread(self._landing.have)).to_bytes())
        self._send(b"V", self._speech.to_bytes())
        kind, told = (await self._frames(limit=1))[0]
        if kind != b"H" or len(told) != len(Mark().to_bytes()):
            raise LinkBroken("the other end did not say hello")
        try:
            await asyncio.to_thread(self._forget, Mark.from_bytes(told))
        except LinkBroken:
            self._send(b"B")
            await self._writer.drain()
            raise
        self._greeted = True
        self._hand()
        if not beyond(self._speech, BEFORE):
            self._met.set()  # whoever it is, we understand each other so far
        await first_to_end(self._read(), self._feed())

    def _meet(self, kind: bytes, content: bytes) -> None:
        """Judge the first frame behind the hello. Raises: Skewed: the other end is beyond us."""
        theirs = Speech.from_bytes(content) if kind == b"V" else BEFORE
        verdict = beyond(self._speech, theirs)
        if self._on_met is not None:
            self._on_met(theirs, verdict)
        if verdict:
            raise Skewed(f"the other end is of a release that is too {verdict} for ours")
        self._met.set()

    def hand(self, handed: Handed) -> None:
        """Hand other keys over from now on: before anything that is fed afterwards."""
        self._handed = handed
        if self._greeted:
            self._hand()

    def _hand(self) -> None:
        if self._handed is None:
            return
        told = (
            (b"E", self._handed.earlier),
            (b"K", self._handed.present),
            (b"C", self._handed.core),
            (b"X", self._handed.struck),
        )
        for kind, content in told:
            if content:
                self._send(kind, content)

    def _send(self, kind: bytes, content: bytes = b"") -> None:
        self._writer.write(_HEAD.pack(kind[0], len(content)) + content)

    async def _frames(self, *, limit: int = WINDOW) -> list[tuple[bytes, bytes]]:
        """Return what one read brings: every whole frame that is here, at least one."""
        while not (found := self._cut(limit)):
            async with asyncio.timeout(DEAF_S):
                data = await self._reader.read(2**18)
            if not data:
                raise ConnectionResetError("the other end closed the link")
            self._buffer += data
        return found

    def _cut(self, limit: int) -> list[tuple[bytes, bytes]]:
        found: list[tuple[bytes, bytes]] = []
        at = 0
        while len(self._buffer) - at >= _HEAD.size and len(found) < limit:
            kind, length = _HEAD.unpack_from(self._buffer, at)
            if length > MAX_FRAME:
                raise LinkBroken("a frame is longer than any of ours")
            end = at + _HEAD.size + length
            if len(self._buffer) < end:
                break
            found.append((bytes([kind]), bytes(self._buffer[at + _HEAD.size : end])))
            at = end
        del self._buffer[:at]
        return found

    def _forget(self, have: Mark) -> None:
        """Drop what the other end has, once it is certain that it speaks of the same chain."""
        last = Mark.from_bytes(self._outgoing.note(CHAIN))
        follows, known = {last.seq + 1: last.prev}, 0
        for item in self._oldest():
            begins, ends = numbers(item.body)
            if ends > have.seq:  # whoever stored a part of a form is none of ours
                follows = {begins: read(item.body).before.prev}
                break
            known = item.id
        if follows.get(have.seq + 1) != have.prev:
            raise LinkBroken(
                "the two ends' spools do not belong together: one of them was restored or wiped. "
                "Enrol the gateway under a new name."
            )
        if known:
            self._outgoing.acknowledge(known)

    def _oldest(self) -> Iterator[Item]:
        """Yield what lies beyond the cursor, oldest first, a little of it in memory at a time."""
        after = None
        while items := self._outgoing.take(limit=_AT_ONCE, after=after):
            yield from items
            after = items[-1].id

    async def _feed(self) -> None:
        await self._met.wait()
        pinged = -PING_S
        while True:
            seen = self._outgoing.version()
            items = await asyncio.to_thread(self._next)
            for item in items:
                self._rows[numbers(item.body)[1]] = item.id
                self._sent_row = item.id
            if items:  # one write: each is a record of TLS and a call of the system
                heads = (_HEAD.pack(b"S"[0], len(item.body)) + item.body for item in items)
                self._writer.write(b"".join(heads))
            if time.monotonic() - pinged > PING_S:
                pinged = time.monotonic()
                self._send(b"P")
                await self._tell_aside()
            await self._writer.drain()
            if not items:
                await stirred(self._outgoing, seen=seen)

    async def _tell_aside(self) -> None:
        if self._asides is None:
            return
        told = json.dumps(await asyncio.to_thread(self._asides), sort_keys=True).encode()
        if told != self._told_aside:
            self._told_aside = told
            self._send(b"W", told)

    def _next(self) -> list[Item]:
        room = min(WINDOW - len(self._rows), _AT_ONCE)
        return self._outgoing.take(limit=room, after=self._sent_row) if room > 0 else []

    async def _read(self) -> None:
        frames = await self._frames(limit=1)
        self._meet(*frames[0])
        while True:
            await self._hear(frames)
            frames = await self._frames()

    async def _hear(self, frames: list[tuple[bytes, bytes]]) -> None:
        for kind, content in frames:
            if kind in self._ears:  # keys before what came with them and is sealed to them
                self._ears[kind](content)
        raws = [content for kind, content in frames if kind == b"S"]
        if raws:
            last = await asyncio.to_thread(self._landing.land, raws)
            self._send(b"A", _NUMBER.pack(last))
        for kind, content in frames:
            if kind == b"B":
                raise LinkBroken("the other end says that its spool does not belong to ours")
            if kind == b"A":
                await self._acknowledged(_NUMBER.unpack(content)[0])

    async def _acknowledged(self, seq: int) -> None:
        if seq in self._rows:
            row = self._rows[seq]
            self._rows = {number: r for number, r in self._rows.items() if number > seq}
            await asyncio.to_thread(self._outgoing.acknowledge, row)


# What may end a link; it is dialled again. TimeoutError and SpoolFull are OSErrors.
TROUBLE = (OSError, CarriedRefused, struct.error)


async def first_to_end(*works: Coroutine[Any, Any, None]) -> None:
    """Run several until one ends or raises; then cancel the others and raise what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def until(stop: asyncio.Event) -> None:
    """Return when `stop` is set."""
    await stop.wait()


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection without waiting for a peer that is gone."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
        async with asyncio.timeout(1):
            await writer.wait_closed()


def edge_context(keys: Path) -> ssl.SSLContext:
    """Return how an edge listens: TLS 1.3, its own certificate, ours alone may dial."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return _strict(context, keys)


def core_context(keys: Path) -> ssl.SSLContext:
    """Return how the core dials: TLS 1.3, its own certificate, the edge's name is checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _strict(context, keys)


def station_context(keys: Path) -> ssl.SSLContext:
    """Return how a station calls a gateway near it: by its second certificate; the gateway's name is checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _strict(context, keys, called="dial")


def _strict(context: ssl.SSLContext, keys: Path, *, called: str = "link") -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(keys / "ca.pem")
        context.load_cert_chain(keys / f"{called}.pem", keys / f"{called}-key.pem")
    except (ssl.SSLError, FileNotFoundError):
        raise ConfigWrong(
            f"ca.pem, {called}.pem and {called}-key.pem in {keys.name}/ are not all there and whole. Bring them "
            "back from a copy; a gateway's lie at the core too, in gateways/<name>/keys."
        ) from None
    return context


def peer_name(writer: asyncio.StreamWriter) -> str:
    """Return the name in the verified certificate of the other end."""
    told = writer.get_extra_info("peercert") or {}
    return next((value for kind, value in told.get("subjectAltName", ()) if kind == "DNS"), "")
