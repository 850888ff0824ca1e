"""HTTP/1.1 as the edge needs it: a small server for what others call, and one request of ours at a time.

A connection carries one request. So what was not taken is known from what nobody can know: as long as
no byte of a request was written, nothing has left. Nobody's address is kept, and no text stands in an
address, for servers and those before them write addresses down.
"""

import asyncio
import contextlib
import hmac
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h11

from safeconduct.spool.config import Config, ConfigWrong

MOST_HEAD, MOST_BODY = 8192, 20 * 1024  # 2000 letters of Cyrillic, percent-encoded, and the rest
MOST_ANSWER = 1024 * 1024  # what we ask for: a hundred updates of a messenger
READ_S, WRITE_S = 30.0, 60.0  # a telephone on a bad line, through three relays
MOST_OPEN = 256  # connections; beyond that the one that has been reading longest is let go
_READ = 4096

Headers = Mapping[str, str]


class NotServed(ValueError):
    """A request that is none of ours."""


class NotSent(OSError):
    """No byte of the request was written: nothing has left."""


class Unanswered(OSError):
    """The request was written, in part at least, and nobody knows what became of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `headers` have lower-case names; `body` is as it came, to the byte."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, by us or to us."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=dict)


Serve = Callable[[Request], Awaitable[Answer]]


def same(told: str, right: str) -> bool:
    """Return whether a secret was told rightly, in a time that does not tell how much of it was."""
    return hmac.compare_digest(told.encode("utf-8", "surrogateescape"), right.encode())


def object_in(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is; an empty one when it is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


class Server:
    """Serves one function on loopback or a unix socket; what is no request gets `refused`."""

    def __init__(self, serve: Serve, *, refused: Answer, most_body: int = MOST_BODY) -> None:
        self._serve, self._refused, self._most_body = serve, refused, most_body
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
        Path(where).chmod(0o660)  # the onion service's or web server's own user is in our group
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
        task = asyncio.ensure_future(read_request(wire, reader, most=self._most_body))
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


async def read_request(
    wire: h11.Connection, reader: asyncio.StreamReader, *, most: int = MOST_BODY
) -> Request:
    """Read one whole request.

    Args:
        most: bytes of its body.

    Raises:
        NotServed: it is longer than any of ours, or ended before its end.
        h11.RemoteProtocolError: it is no HTTP.
    """
    head, body = await _read(wire, reader, most=most)
    if not isinstance(head, h11.Request):
        raise NotServed("the connection ended before the request did")
    return Request(head.method.decode("ascii"), head.target.decode("latin-1"), _of(head), body)


async def _read(
    wire: h11.Connection, reader: asyncio.StreamReader, *, most: int
) -> tuple[h11.Request | h11.Response | None, bytes]:
    head: h11.Request | h11.Response | None = None
    body = b""
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(_READ))
        elif isinstance(event, (h11.Request, h11.Response)):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > most:
                raise NotServed("it is longer than any of ours")
        elif isinstance(event, h11.InformationalResponse):
            continue
        else:
            return head if isinstance(event, h11.EndOfMessage) else None, body


def _of(head: h11.Request | h11.Response) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}


def _octets(wire: h11.Connection, answer: Answer, *, head_only: bool) -> bytes:
    if wire.our_state is h11.ERROR or wire.their_state is h11.ERROR:
        wire = h11.Connection(h11.SERVER)
        wire.receive_data(b"GET / HTTP/1.1\r\nHost: page\r\n\r\n")  # an answer needs a question
        wire.next_event()
    size = ("Content-Length", str(len(answer.body)))
    headers = [*answer.headers.items(), size, ("Connection", "close")]
    raw = wire.send(h11.Response(status_code=answer.status, headers=headers)) or b""
    if not head_only:
        raw += wire.send(h11.Data(data=answer.body)) or b""
    return raw


@dataclass(frozen=True, slots=True)
class Site:
    """Whom we call: host and port, the beginning of each target, and how the line is protected."""

    host: str
    port: int
    target: str
    tls: ssl.SSLContext | None

    async def post(
        self, *, headers: Headers, body: bytes, answer_s: float, below: str = ""
    ) -> Answer:
        """Send one request and return its answer.

        Args:
            headers: beside Host, Content-Length and Connection.
            answer_s: how long to connect, and again how long the answer may take.
            below: goes behind the site's own target.

        Raises:
            NotSent: no line could be had in that time.
            Unanswered: it broke, or nothing came in that time, or what came is no answer.
        """
        try:
            async with asyncio.timeout(answer_s):
                reader, writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls)
        except (OSError, TimeoutError) as failed:
            raise NotSent(f"no line: {type(failed).__name__}") from None
        try:
            async with asyncio.timeout(answer_s):
                return await _asked(reader, writer, self._octets(headers, body, below))
        except (OSError, TimeoutError, EOFError, h11.ProtocolError, NotServed) as failed:
            raise Unanswered(f"no answer: {type(failed).__name__}") from None
        finally:
            writer.close()

    def _octets(self, headers: Headers, body: bytes, below: str) -> bytes:
        usual = 443 if self.tls else 80
        host = self.host if self.port == usual else f"{self.host}:{self.port}"
        head = h11.Request(
            method="POST",
            target=self.target + below,
            headers=[
                *{"Host": host, "Content-Length": str(len(body)), "Connection": "close"}.items(),
                *headers.items(),
            ],
        )
        wire = h11.Connection(h11.CLIENT)
        parts = (head, h11.Data(data=body), h11.EndOfMessage())
        return b"".join(wire.send(part) or b"" for part in parts)


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
) -> Answer:
    writer.write(octets)
    await writer.drain()
    wire = h11.Connection(h11.CLIENT)
    wire.send(h11.Request(method="POST", target="/", headers=[("Host", "asked")]))
    head, body = await _read(wire, reader, most=MOST_ANSWER)
    if head is None or isinstance(head, h11.Request):
        raise EOFError("the connection ended before the answer did")
    return Answer(head.status_code, body, _of(head))


def site(config: Config, line: str) -> Site:
    """Return the site that a line of the channel's table names, "https://host/path".

    Without the line `ca` the authorities of this machine are trusted; with it, that one alone.

    Raises:
        ConfigWrong: it is no such address, leaves this machine in an exercise, or would travel in clear.
    """
    told = str(config.need(line))
    parts = urlsplit(told)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ConfigWrong(f'The line {line} must be an address without a question: "https://…".')
    safe = parts.scheme == "https"
    where = config.address(f"{parts.hostname}:{parts.port or (443 if safe else 80)}")
    if not safe and not where.is_loopback and config.channel.get("plain") is not True:
        raise ConfigWrong(
            f"By the line {line} every text would travel in clear. Write https, or plain = true "
            "where a tunnel protects the line."
        )
    return Site(where.host, where.port, parts.path.rstrip("/"), _tls(config) if safe else None)


def _tls(config: Config) -> ssl.SSLContext:
    authority = config.channel.get("ca")
    if not authority:
        return ssl.create_default_context()
    path = config.folder / str(authority)
    if not path.exists():
        raise ConfigWrong(f"The line ca names {authority}, which is not there. Put it there.")
    return ssl.create_default_context(cafile=str(path))


def where(config: Config, line: str) -> str | tuple[str, int]:
    """Return the socket on which others call us.

    Raises:
        ConfigWrong: others than this machine could speak to it, past the server that stands before it.
    """
    told = str(config.need(line))
    if told.startswith("unix:"):
        return str(config.folder / told.removeprefix("unix:"))
    found = config.address(told)
    if not found.is_loopback:
        raise ConfigWrong(
            f"The line {line} would listen on {told}, for everybody. Use 127.0.0.1 or a unix socket, "
            "and let an onion service or a web server with TLS stand before it."
        )
    return found.host, found.port


async def listens(server: Server, config: Config, line: str) -> asyncio.Server:
    """Open the socket of a line.

    Raises:
        ConfigWrong: with what to mend.
    """
    try:
        return await server.listen(where(config, line))
    except OSError as failed:
        raise ConfigWrong(
            f"{config.need(line)} cannot be listened on: {failed.strerror}. Mend the line {line}, or "
            "end what holds it."
        ) from None
