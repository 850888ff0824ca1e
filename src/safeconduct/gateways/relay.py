"""A map relay for a site without a TAK server: mutual TLS, clients by name, deny by default. It keeps nothing.

It checks every event (cot/reading.py), hands it to those who may hear it, and gives areas to who joins late. It
has no link to the core, and logs neither content nor who joins, leaves or is sent away: how many alone.
Its own gateway.toml, of which `listen` is where the clients dial:

    [relay]
    ca = "keys/site-ca.pem"           # who signs the clients' certificates
    certificate = "keys/relay.pem"    # ours, and its key
    key = "keys/relay-key.pem"
    events_per_s = 50                 # of one client; places beyond it are dropped, all else waits
    [relay.clients.watch]             # the common name of its certificate; others are sent away
    groups = ["site"]                 # it hears and is heard by who shares one
    says = ["areas", "corridor", "moving", "alerts", "medical", "words"]
    hears = ["positions", "contacts", "words"]
    [relay.clients.fdc1]
    callsign = "FDC1"                 # where it is addressed by another name than its certificate's
    groups = ["site"]
    says = ["positions", "words"]
    hears = ["areas", "moving", "corridor", "alerts", "words"]
"""

import asyncio
import signal
import socket
import ssl
import time
from datetime import timedelta
from typing import Any, cast

from safeconduct import clock, log
from safeconduct.cot.circulating import (
    KINDS,
    LASTING,
    PING,
    WITHDRAWN,
    Circle,
    Member,
    Waiting,
    kind_of,
)
from safeconduct.cot.reading import Cutter, Event, NotCot, read
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.edge import command

RATE = 50.0
BURST_S = 2.0
HIGH_WATER = 256 * 1024  # bytes that a client may lag behind before what it is given waits for it
HANDSHAKE_S = 10.0
_PONG = (
    '<event version="2.0" uid="pong" type="t-x-c-t-r" how="m-g" time="{0}" start="{0}" stale="{1}">'
    '<point lat="0" lon="0" hae="9999999.0" ce="9999999.0" le="9999999.0"/></event>\n'
)
logger = log.get_logger()


class Hall:
    """All clients that are here, by name, and what is to leave for each at the end of this turn of the loop."""

    def __init__(self, circle: Circle, *, rate: float) -> None:
        self.circle, self.rate = circle, rate
        self._here: dict[str, Client] = {}
        self._due: set[Client] = set()

    def join(self, client: "Client") -> None:
        """Let a client in; an earlier connection of the same name ends, and what it was owed goes on."""
        earlier = self._here.get(client.name)
        if earlier is not None:
            client.waiting = earlier.waiting
            earlier.end()
        self._here[client.name] = client
        for raw in self.circle.standing(client.name, now=clock.now()):
            self._give(client, raw)
        if earlier is not None:
            client.resume_writing()

    def leave(self, client: "Client") -> None:
        """Forget a connection."""
        if self._here.get(client.name) is client:
            del self._here[client.name]
        self._due.discard(client)

    def count(self) -> int:
        """Return how many are here."""
        return len(self._here)

    def close(self) -> None:
        """End every connection."""
        for client in list(self._here.values()):
            client.end()

    def say(self, client: "Client", event: Event, raw: bytes) -> str:
        """Hand one event to who may hear it; return its kind. Raises NotCot: it may not be said."""
        kind, to = self.circle.take(client.name, event, raw)
        for name in to:
            other = self._here.get(name)
            if other is None:
                continue
            if other.blocked:
                other.waiting.put(kind, event.uid, raw)
            else:
                self._give(other, raw)
        return kind

    def _give(self, client: "Client", raw: bytes) -> None:
        if not self._due:
            asyncio.get_running_loop().call_soon(self._flush)
        self._due.add(client)
        client.out.append(raw)

    def _flush(self) -> None:
        """Write to each client once what came for it in this turn, whoever said it."""
        due, self._due = self._due, set()
        for client in due:
            client.flush()


class Client(asyncio.Protocol):
    """One connection, known by its certificate."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._cutter = hall, Cutter()
        self._transport: asyncio.Transport | None = None
        self.name, self.blocked, self.waiting = "", False, Waiting()
        self.out: list[bytes] = []
        self._left, self._counted, self._wrong = hall.rate * BURST_S, time.monotonic(), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in under its certificate's name, or send it away."""
        self._transport = cast("asyncio.Transport", transport)
        self.name = _common_name(transport.get_extra_info("peercert") or {})
        if self.name not in self._hall.circle.members:
            logger.warning("relay.stranger")
            self.end()
            return
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # The system would hold megabytes of places that are no news when they are read.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HIGH_WATER)
        self._hall.join(self)
        logger.info("relay.joined", count=self._hall.count())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._hall.leave(self)
        logger.info("relay.left", count=self._hall.count(), error=type(exc).__name__)

    def data_received(self, data: bytes) -> None:
        """Check what came, event by event; what is none is dropped, and a stream that is none ends."""
        if self._transport is None or self._transport.is_closing():
            return
        try:
            events = self._cutter.feed(data)
        except NotCot:
            logger.warning("relay.not_cot")
            self.end()
            return
        now = time.monotonic()
        most = self._hall.rate * BURST_S
        self._left = min(most, self._left + (now - self._counted) * self._hall.rate)
        self._counted = now
        for raw in events:
            try:
                self._one(raw)
            except NotCot:
                self._wrong += 1
                if self._wrong & (self._wrong - 1) == 0:  # no flood of lines
                    logger.warning("relay.refused", count=self._wrong)
        if self._left < 0:  # what is not dropped waits where it comes from
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(-self._left / self._hall.rate, self._read_on)

    def _one(self, raw: bytes) -> None:
        event = read(raw)
        if event.type == PING:
            self.out.append(_pong())
            self.flush()
            return
        self._left -= 1
        if self._left < 0 and not self._lasts(event):
            return
        self._hall.say(self, event, raw + b"\n")

    def _lasts(self, event: Event) -> bool:
        return event.type == WITHDRAWN or kind_of(event.type) in LASTING | {"words"}

    def _read_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def flush(self) -> None:
        """Write what is due."""
        out, self.out = self.out, []
        if out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(out))

    def pause_writing(self) -> None:
        """It does not read: what comes for it waits here, and holds nobody else."""
        self.blocked = True

    def resume_writing(self) -> None:
        """It reads again: what lasts comes first."""
        self.blocked = False
        self.out += self.waiting.drain()
        self.flush()

    def end(self) -> None:
        """Close the connection at once, whatever it has not read."""
        if self._transport is not None:
            self._transport.close()  # an abort alone leaves a TLS transport open in its own eyes
            self._transport.abort()


def _pong() -> bytes:
    now = clock.wall()
    stamps = (f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for at in (now, now + timedelta(seconds=20)))
    return _PONG.format(*stamps).encode()


def _common_name(certificate: dict[str, Any]) -> str:
    pairs = (pair for part in certificate.get("subject", ()) for pair in part)
    names = [value for key, value in pairs if key == "commonName"]
    return names[0] if len(names) == 1 else ""


def members_of(config: Config) -> list[Member]:
    """Return the clients of a file.

    Raises:
        ConfigWrong: there is none, or a line says what cannot be.
    """
    told = config.need("clients")
    if not isinstance(told, dict) or not told:
        raise ConfigWrong("[relay.clients] names nobody, so nobody would hear. Add a client.")
    return [_member(name, lines) for name, lines in told.items()]


def _member(name: str, lines: object) -> Member:
    known = {"callsign", "groups", "says", "hears"}
    if not isinstance(lines, dict) or lines.keys() - known:
        raise ConfigWrong(f"[relay.clients.{name}] has lines beside {', '.join(sorted(known))}.")
    lists = {line: lines.get(line, []) for line in ("groups", "says", "hears")}
    for line, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise ConfigWrong(f'{line} of [relay.clients.{name}] must be a list: ["…"].')
        if line != "groups" and set(values) - set(KINDS):
            raise ConfigWrong(
                f"{line} of [relay.clients.{name}] holds another kind than {', '.join(KINDS)}."
            )
    return Member(name, str(lines.get("callsign", name)), *map(frozenset, lists.values()))


def security_of(config: Config) -> ssl.SSLContext:
    """Return the mutual TLS context. There is no form without certificates: a name is a certificate's.

    Raises:
        ConfigWrong: one is missing.
    """
    names = [config.folder / config.need(line) for line in ("ca", "certificate", "key")]
    for path in names:
        if not path.exists():
            raise ConfigWrong(f"The file {path.name} of [relay] is not there. Bring it.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(names[0])
    context.load_cert_chain(names[1], names[2])
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def serve(config: Config) -> None:
    """Relay until told to stop."""
    rate = float(config.channel.get("events_per_s", RATE))
    if not rate > 0:
        raise ConfigWrong("events_per_s in [relay] must be above 0.")
    hall, security = Hall(Circle(members_of(config)), rate=rate), security_of(config)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if config.listen.host in {"0.0.0.0", "::", ""}:  # noqa: S104  what is refused
        raise ConfigWrong("listen must be one address of the site's own network, not every one.")
    try:
        server = await loop.create_server(
            lambda: Client(hall),
            config.listen.host,
            config.listen.port,
            ssl=security,
            ssl_handshake_timeout=HANDSHAKE_S,
        )
    except OSError as failed:
        raise ConfigWrong(
            f"{config.listen.host}:{config.listen.port} cannot be listened on: {failed.strerror}. "
            "End what holds it, or write another into the line listen."
        ) from None
    logger.info("relay.listens", port=config.listen.port)
    async with server:
        try:
            await stop.wait()
        finally:
            hall.close()


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="relay"))
