"""Telemetry in: listens for aircraft and trackers on UDP and seals each fix for the core.

It looks and never commands. What it sends are requests for telemetry, each made by the one
encoder; the transport takes nothing else. It sends no heartbeat. Its table in gateway.toml:

    [mavlink]
    listen = "10.0.0.7:14550"
    rate_hz = 4                       # fixes asked for each second, at most 10
    key_file = "keys/mavlink.key"     # 32 raw bytes; without it, frames are unsigned
    [mavlink.systems]                 # system id = whose fixes these are; others are not heard
    1 = "aircraft:1"
    2 = "vehicle"
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import clock, log
from safeconduct.envelope import Position
from safeconduct.mavlink.encoder import HIGHEST_RATE_HZ, Encoder, requests
from safeconduct.mavlink.signing import Stamps
from safeconduct.mavlink.telemetry import Telemetry
from safeconduct.mavlink.wall import Frame
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.queue import SpoolFull

FLUSH_S = 0.05  # fixes of so long are sealed together: one write to disk
ASK_AGAIN_S = 3.0  # a request may be lost on the air
DEFAULT_RATE_HZ = 4.0
MOST_WAITING = 5000  # fixes in memory while the disk refuses: the newest matter, the oldest go
_SIGNING_EPOCH = 1_420_070_400  # 2015-01-01, where MAVLink signing counts from
_ARRIVAL = "arrival"
logger = log.get_logger()


@dataclass(slots=True)
class Heard:
    """One system we listen to, and where it speaks from."""

    telemetry: Telemetry
    address: tuple[str, int] | None = None
    asked_at: float = -ASK_AGAIN_S
    told_at: float = 0.0


class Listener(asyncio.DatagramProtocol):
    """The UDP end. It is bound before anything is sent: an aircraft refused once stays silent."""

    def __init__(
        self, *, systems: dict[int, str], rate_hz: float, key: bytes | None = None
    ) -> None:
        self.fixes: list[Position] = []
        self._systems = {
            number: Heard(Telemetry(subject, "aircraft" if ":" in subject else "tracker"))
            for number, subject in systems.items()
        }
        self._rate_hz = rate_hz
        stamp = int((time.time_ns() / 1e9 - _SIGNING_EPOCH) * 1e5)
        self._encoder = Encoder(key=key, stamps=Stamps(noted=stamp, note=lambda _: None))
        self._key = key
        self._stamp = stamp
        self._readers: dict[tuple[str, int], Any] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take what one datagram holds; what cannot be read, or is unsigned, is nothing."""
        for message in self._reader(addr).parse_buffer(data) or []:
            if message.get_type() != "BAD_DATA":
                self._take(message, addr)

    def error_received(self, exc: Exception) -> None:
        """A system went away; it will be heard again when it speaks."""
        logger.info("mavlink.unheard", error=type(exc).__name__)

    def _reader(self, addr: tuple[str, int]) -> Any:
        if addr not in self._readers:
            if len(self._readers) > 2 * len(self._systems) + 8:
                self._readers.clear()  # strangers may not fill the memory
            reader = codec.MAVLink(None)
            reader.robust_parsing = True
            if self._key is not None:
                reader.signing.secret_key = self._key
                reader.signing.timestamp = self._stamp
                reader.signing.allow_unsigned_callback = lambda *_: False
            self._readers[addr] = reader
        return self._readers[addr]

    def _take(self, message: Any, addr: tuple[str, int]) -> None:
        heard = self._systems.get(message.get_srcSystem())
        if heard is None:
            return
        now = time.monotonic()
        moved = heard.address != addr
        heard.address = addr
        if message.get_type() == "GLOBAL_POSITION_INT":
            heard.told_at = now
        waited = now - max(heard.asked_at, heard.told_at) > ASK_AGAIN_S
        if moved or waited:
            heard.asked_at = now
            self._ask(message.get_srcSystem(), addr)
        fix = heard.telemetry.take(message, heard_at=clock.now())
        if fix is not None:
            self.fixes.append(fix)
            del self.fixes[:-MOST_WAITING]

    def _ask(self, system: int, addr: tuple[str, int]) -> None:
        for intent in requests(system, rate_hz=self._rate_hz):
            self.send(self._encoder.encode(intent), addr)

    def send(self, frame: Frame, addr: tuple[str, int]) -> None:
        """Send one frame of the encoder's.

        Raises:
            TypeError: anything but a frame that the encoder made.
        """
        if not isinstance(frame, Frame):
            raise TypeError("only frames of the encoder leave for an aircraft")
        if self._transport is not None:
            self._transport.sendto(frame.raw, addr)


def numbered(edge: Edge, fixes: Sequence[Position]) -> None:
    """Give fixes the route's next numbers and store them sealed, in one transaction.

    Raises:
        SpoolFull: nothing was stored.
    """
    with edge.to_core.queue.change() as change:
        last = int(change.note(_ARRIVAL) or b"0")
        things = []
        for number, fix in enumerate(fixes, start=last + 1):
            things.append((f"{fix.route}:{number}", replace(fix, arrival=number).to_bytes()))
        edge.to_core.put_within(change, things)
        change.set_note(_ARRIVAL, str(last + len(fixes)).encode())


async def store(edge: Edge, listener: Listener) -> None:
    """Seal and store what was heard, again and again; what a full disk refuses waits in memory."""
    full = False
    while True:
        await asyncio.sleep(FLUSH_S)
        fixes = listener.fixes[:500]
        if not fixes:
            continue
        try:
            await asyncio.to_thread(numbered, edge, fixes)
        except SpoolFull:
            if not full:
                logger.warning("mavlink.disk_full", count=len(listener.fixes))
            full = True
            continue
        full = False
        stored = set(map(id, fixes))
        listener.fixes[:] = [fix for fix in listener.fixes if id(fix) not in stored]


def systems_of(config: Config) -> dict[int, str]:
    """Read whose fixes come under which system id.

    Raises:
        ConfigWrong: an id or a subject that cannot be.
    """
    found = {}
    for number, subject in config.need("systems").items():
        known = subject == "vehicle" or subject.partition(":")[0] == "aircraft"
        if not str(number).isdecimal() or not 0 < int(number) <= 250 or not known:  # noqa: PLR2004
            raise ConfigWrong(
                f"The line {number} = {subject!r} in [mavlink.systems] cannot be used. "
                'Write a system id from 1 to 250 = "vehicle" or "aircraft:1".'
            )
        found[int(number)] = subject
    return found


def key_of(config: Config) -> bytes | None:
    """Return the signing key named in the file, None when none is named.

    Raises:
        ConfigWrong: it is missing or of another length.
    """
    name = config.channel.get("key_file")
    if not name:
        return None
    path = config.folder / str(name)
    if not path.exists() or len(raw := path.read_bytes()) != 32:  # noqa: PLR2004  MAVLink signing
        raise ConfigWrong("key_file must be a file of exactly 32 bytes. Bring it by cable.")
    return raw


def made(config: Config) -> Listener:
    """Return the listener a file describes.

    Raises:
        ConfigWrong: with what to mend.
    """
    rate_hz = float(config.channel.get("rate_hz", DEFAULT_RATE_HZ))
    if not 0 < rate_hz <= HIGHEST_RATE_HZ:
        raise ConfigWrong(f"rate_hz must lie above 0 and up to {HIGHEST_RATE_HZ}.")
    return Listener(systems=systems_of(config), rate_hz=rate_hz, key=key_of(config))


async def serve(config: Config) -> None:
    """Listen for aircraft first, then for the core, until told to stop."""
    where, listener = config.address(config.need("listen")), made(config)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: listener, local_addr=(where.host, where.port)
    )
    logger.info("mavlink.listens", gateway=config.name, port=where.port)
    try:
        edge = Edge(config)
        await edge.run(store(edge, listener))
    finally:
        transport.close()


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="mavlink"))
