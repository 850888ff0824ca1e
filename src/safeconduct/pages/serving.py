"""A very small HTTP/1.1 server for one page: one request a connection, every answer of one size.

It stands behind an onion service or a web server, so everybody comes from one address: nothing here
counts by address, and nothing is written down about who came. What is slow makes room for what is new.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import h11

SIZE = 8192  # bytes of every body, padded: who counts octets on the line learns nothing
MOST_HEAD, MOST_BODY = 8192, 20 * 1024  # 2000 letters of Cyrillic, percent-encoded, and the rest
READ_S, WRITE_S = 30.0, 60.0  # a telephone on a bad line, through three relays
MOST_OPEN = 256  # connections; beyond that the one that has been reading longest is let go
_FIELDS = 12
_READ = 4096

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. No header is kept: none of them is our business."""

    method: str
    query: Form
    form: Form


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; the body is padded to SIZE or its multiple."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)


class NotServed(ValueError):
    """A request that is no request of a page of ours."""


Serve = Callable[[Request], Awaitable[Answer]]


def padded(body: bytes) -> bytes:
    """Return `body` with spaces behind it, up to SIZE or its next multiple; never empty."""
    return body.ljust(max(1, -(-len(body) // SIZE)) * SIZE)


class Server:
    """Serves one function on loopback or a unix socket."""

    def __init__(self, serve: Serve, *, refused: Answer) -> None:
        self._serve, self._refused = serve, refused
        self._reading: dict[asyncio.Task[Request], None] = {}

    async def listen(self, where: str | tuple[str, int]) -> asyncio.Server:
        """Open the socket: a path, whose folder is made for our group where it is missing, or host and port.

        Raises:
            OSError: it is held, or cannot be made.
        """
        if not isinstance(where, str):
            return await asyncio.start_server(self._connected, *where, limit=_READ)
        folder = Path(where).parent
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o750)
        Path(where).unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, where, limit=_READ)
        Path(where).chmod(0o660)  # the onion service's own user is in our group
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, h11.ProtocolError, asyncio.CancelledError):
            await self._one(reader, writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD)
        try:
            request = await self._request(wire, reader)
            answer = await self._serve(request)
            head_only = request.method == "HEAD"
        except (h11.RemoteProtocolError, NotServed):
            answer, head_only = self._refused, False
        async with asyncio.timeout(WRITE_S):
            writer.write(_octets(wire, answer, head_only=head_only))
            await writer.drain()

    async def _request(self, wire: h11.Connection, reader: asyncio.StreamReader) -> Request:
        task = asyncio.ensure_future(_read(wire, reader))
        while len(self._reading) >= MOST_OPEN:
            oldest = next(iter(self._reading))
            oldest.cancel()
            del self._reading[oldest]
        self._reading[task] = None
        try:
            async with asyncio.timeout(READ_S):
                return await task
        finally:
            self._reading.pop(task, None)


async def _read(wire: h11.Connection, reader: asyncio.StreamReader) -> Request:
    head: h11.Request | None = None
    body = b""
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                raise NotServed("the form is longer than any of ours")
        elif head is not None and isinstance(event, h11.EndOfMessage):
            return _understood(head, body)
        else:
            raise NotServed("the connection ended before the request did")


def _understood(head: h11.Request, body: bytes) -> Request:
    method = head.method.decode("ascii")
    if method not in {"GET", "HEAD", "POST"}:
        raise NotServed("a page is fetched or written to, no more")
    _, _, query = head.target.decode("latin-1").partition("?")
    return Request(method, _fields(query), _fields(body.decode("latin-1")))


def _fields(text: str) -> Form:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise NotServed("more fields than any form of ours has") from None


def _octets(wire: h11.Connection, answer: Answer, *, head_only: bool) -> bytes:
    if wire.our_state is h11.ERROR or wire.their_state is h11.ERROR:
        wire = h11.Connection(h11.SERVER)
        wire.receive_data(b"GET / HTTP/1.1\r\nHost: page\r\n\r\n")  # an answer needs a question
        wire.next_event()
    body = padded(answer.body)
    headers = [*answer.headers, ("Content-Length", str(len(body))), ("Connection", "close")]
    raw = wire.send(h11.Response(status_code=answer.status, headers=headers)) or b""
    if not head_only:
        raw += wire.send(h11.Data(data=body)) or b""
    return raw
