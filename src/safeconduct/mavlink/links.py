"""The links to aircraft and trackers: UDP and TCP, in and out, a serial radio. Ours, on asyncio.

A link is cut and comes back: each is dialled again by itself. Bytes that come are handed on as they
are, with the way back; what leaves is a `Frame`, which only the encoder makes. No link sends by itself.
"""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from safeconduct.mavlink.wall import Frame

MOST_CALLERS = 16  # connections that others dialled (proposed)
AGAIN_S = 1.0  # between two tries at a link that is away
MOST_UNSENT = (
    2**16
)  # bytes: a link that takes nothing may not fill the memory; radios lose frames too
_READ = 4096
SPEEDS = {9600: termios.B9600, 57600: termios.B57600, 115200: termios.B115200}
SPEEDS |= {230400: termios.B230400, 460800: termios.B460800, 921600: termios.B921600}


class Way(Protocol):
    """Where a system speaks from, and how it is answered. Another one after each reconnect."""

    def send(self, frame: Frame) -> None:
        """Send one frame of the encoder's; a link that is gone or full loses it, as a radio does."""
        ...


Hear = Callable[[bytes, Way], None]


def raw_of(frame: Frame) -> bytes:
    """Return the bytes of one frame.

    Raises:
        TypeError: anything but a frame that the encoder made.
    """
    if not isinstance(frame, Frame):
        raise TypeError("only frames of the encoder leave for an aircraft")
    return frame.raw


# ---- UDP -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UdpWay:
    """One peer of a UDP socket."""

    transport: asyncio.DatagramTransport = field(repr=False)
    peer: tuple[str, int] | None  # None: the socket is bound to its one peer

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        raw = raw_of(frame)
        if not self.transport.is_closing():
            self.transport.sendto(raw, self.peer)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, hear: Hear, *, dialled: bool) -> None:
        self._hear, self._dialled = hear, dialled
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._hear(data, UdpWay(self._transport, None if self._dialled else addr[:2]))

    def error_received(self, exc: Exception) -> None:
        """A system went away; it will be heard again when it speaks."""


@contextlib.asynccontextmanager
async def listening(host: str, port: int, hear: Hear) -> AsyncIterator[UdpWay]:
    """Hear whatever comes to one UDP port, for as long as the block runs.

    Bind before anything is sent: an aircraft that was refused once stays silent.
    """
    async with _udp(hear, local=(host, port), remote=None) as way:
        yield way


@contextlib.asynccontextmanager
async def dialled(host: str, port: int, hear: Hear) -> AsyncIterator[UdpWay]:
    """Hear one UDP peer that waits until it is spoken to; the way is there to be spoken on."""
    async with _udp(hear, local=None, remote=(host, port)) as way:
        yield way


@contextlib.asynccontextmanager
async def _udp(
    hear: Hear, *, local: tuple[str, int] | None, remote: tuple[str, int] | None
) -> AsyncIterator[UdpWay]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(hear, dialled=remote is not None), local_addr=local, remote_addr=remote
    )
    try:
        yield UdpWay(transport, None)
    finally:
        transport.close()


# ---- TCP and serial: streams that end, and are begun again ------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class TcpWay:
    """One TCP connection."""

    writer: asyncio.StreamWriter = field(repr=False)

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        raw, transport = raw_of(frame), self.writer.transport
        if not transport.is_closing() and transport.get_write_buffer_size() < MOST_UNSENT:
            self.writer.write(raw)


async def keep_tcp(host: str, port: int, hear: Hear) -> None:
    """Keep one TCP connection for ever, dialling it again each time it ends."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            way = TcpWay(writer)
            try:
                while data := await reader.read(_READ):
                    hear(data, way)
            finally:
                writer.close()
        await asyncio.sleep(AGAIN_S)


async def take_tcp(host: str, port: int, hear: Hear) -> None:
    """Take TCP connections for ever, from systems that dial us; no more than `MOST_CALLERS` at once."""
    callers: set[asyncio.StreamWriter] = set()

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = TcpWay(writer)
        try:
            if len(callers) < MOST_CALLERS:
                callers.add(writer)
                while data := await reader.read(_READ):
                    hear(data, way)
        except OSError:
            pass  # cut off; it dials again
        finally:
            callers.discard(writer)
            writer.close()

    server = await asyncio.start_server(called, host, port)
    try:
        async with server:
            await server.serve_forever()
    finally:
        for writer in callers:
            writer.close()


@dataclass(frozen=True, slots=True, eq=False)
class SerialWay:
    """One opening of a serial port."""

    handle: int

    def send(self, frame: Frame) -> None:
        """Send one frame."""
        raw = raw_of(frame)
        with contextlib.suppress(OSError):  # full, or pulled out
            os.write(self.handle, raw)


async def keep_serial(path: str, baud: int, hear: Hear) -> None:
    """Keep one serial port open for ever, opening it again when it was pulled out and comes back."""
    while True:
        with contextlib.suppress(OSError, termios.error):
            handle = _opened(path, baud)
            try:
                await _read_serial(handle, hear)
            finally:
                os.close(handle)
        await asyncio.sleep(AGAIN_S)


def _opened(path: str, baud: int) -> int:
    """Open a port raw: eight bits, no parity, no line discipline, and nobody's terminal."""
    handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(handle)
        told = termios.tcgetattr(handle)
        told[2] |= termios.CLOCAL | termios.CREAD
        told[4] = told[5] = SPEEDS[baud]
        termios.tcsetattr(handle, termios.TCSANOW, told)
    except BaseException:
        os.close(handle)
        raise
    return handle


async def _read_serial(handle: int, hear: Hear) -> None:
    """Hand on what comes until the port is gone."""
    loop, way = asyncio.get_running_loop(), SerialWay(handle)
    gone: asyncio.Future[None] = loop.create_future()

    def readable() -> None:
        try:
            data = os.read(handle, _READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            hear(data, way)
        elif not gone.done():
            gone.set_result(None)

    loop.add_reader(handle, readable)
    try:
        await gone
    finally:
        loop.remove_reader(handle)
