"""Telemetry in: hears aircraft and trackers on its links, and seals each fix and the flight log for the core.

It looks and never commands. What it sends are requests for telemetry, each made by the one
encoder; the transport takes nothing else. Its table in gateway.toml:

    [mavlink]
    listen = "10.0.0.7:14550"         # UDP, whoever speaks there
    links = ["udp:10.0.0.9:14550", "tcp:10.0.0.9:5760", "serial:/dev/ttyUSB0:57600"]
    rate_hz = 4                       # fixes asked for each second, at most 10
    heartbeat = false                 # ours, once a second; never under a pilot's id
    system = 245                      # our own system id, 1 to 250
    unsigned = false                  # true only where the radio proves who speaks, or in an exercise
    [mavlink.systems]                 # system id = whose fixes these are; others are not heard
    1 = "aircraft:1"
    2 = "vehicle"
    [mavlink.keys]                    # 32 raw bytes each, brought by cable; unsigned frames are refused
    1 = "keys/aircraft-1.key"

One of listen and links is enough.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from safeconduct import clock, log
from safeconduct.envelope import FlightLog, Position
from safeconduct.mavlink import links
from safeconduct.mavlink.encoder import HIGHEST_RATE_HZ, OUR_SYSTEM, Encoder, requests
from safeconduct.mavlink.exchange import Reading, carry
from safeconduct.mavlink.hearing import Hearing
from safeconduct.mavlink.intents import AskOnce, Beat, Intent
from safeconduct.mavlink.links import Way
from safeconduct.mavlink.signing import KEY_BYTES, Proof, Stamps, stamp_of
from safeconduct.mavlink.telemetry import Telemetry
from safeconduct.mavlink.tlog import Piece
from safeconduct.mavlink.wall import MAX_SYSTEM
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.queue import Queue, SpoolFull

FLUSH_S = 0.05  # fixes of so long are sealed together: one write to disk
ASK_AGAIN_S = 3.0  # a request may be lost on the air
BEAT_S = 1.0
DEFAULT_RATE_HZ = 4.0
MOST_WAITING = 5000  # fixes in memory while the disk refuses: the newest matter, the oldest go
LOG_S, LOG_BYTES = 2.0, 2**15  # a piece of the flight log is sealed after so long, or so much
MOST_PIECES = 100  # of the flight log in memory while the disk refuses
_ARRIVAL = "arrival"
_STAMP = "mavlink-stamp"  # the note of signing times that may have been used
logger = log.get_logger()


@dataclass(slots=True)
class Heard:
    """One system we listen to, who speaks to it, and where it speaks from."""

    telemetry: Telemetry
    encoder: Encoder
    way: Way | None = None
    asked_at: float = -ASK_AGAIN_S
    told_at: float = 0.0
    piece: Piece = field(default_factory=Piece)
    talks: "asyncio.Queue[Any] | None" = None  # where its messages go while somebody talks with it


class Listener:
    """Hears the systems of one file over whatever link, and asks them for what the watch needs."""

    def __init__(
        self,
        *,
        systems: Mapping[int, str],
        rate_hz: float,
        keys: Mapping[int, bytes] | None = None,
        stamps: Stamps | None = None,
        ours: int = OUR_SYSTEM,
        beats: bool = False,
    ) -> None:
        """Hold what is heard of each system.

        Args:
            systems: system id → "aircraft:<n>" or "vehicle".
            rate_hz: fixes asked for each second.
            keys: system id → its signing key; a system without one is believed unsigned.
            stamps: for signing; needed with keys.
            ours: our own system id.
            beats: whether our heartbeat is sent.
        """
        keys, floor = keys or {}, stamp_of(time.time_ns() / 1e9)
        self.fixes: list[Position] = []
        self.logs: list[FlightLog] = []
        self._rate_hz, self._beats = rate_hz, beats
        self._hearing = Hearing(
            {each: Proof(keys[each], floor) if each in keys else None for each in systems}
        )
        self._systems = {
            number: Heard(
                Telemetry(subject, "aircraft" if ":" in subject else "tracker"),
                Encoder(system=ours, key=keys.get(number), stamps=stamps, beats=beats),
            )
            for number, subject in systems.items()
        }

    def hear(self, data: bytes, way: Way) -> None:
        """Take what came over one link; what cannot be read, or is not believed, is nothing."""
        for message, raw in self._hearing.frames(data, way):
            self._systems[message.get_srcSystem()].piece.add(raw, at=clock.now())
            self._take(message, way)

    def _take(self, message: Any, way: Way) -> None:
        system = message.get_srcSystem()
        heard, now = self._systems[system], time.monotonic()
        moved = heard.way != way  # or it came back: then it has forgotten what it was asked
        heard.way = way
        if message.get_type() == "GLOBAL_POSITION_INT":
            heard.told_at = now
        waited = now - max(heard.asked_at, heard.told_at) > ASK_AGAIN_S
        if moved or waited:
            heard.asked_at = now
            for intent in requests(system, rate_hz=self._rate_hz):
                self._say(heard, intent)
        if heard.talks is not None:
            heard.talks.put_nowait(message)
        fix = heard.telemetry.take(message, heard_at=clock.now())
        if fix is not None:
            self.fixes.append(fix)
            del self.fixes[:-MOST_WAITING]

    def _say(self, heard: Heard, intent: Intent) -> None:
        if heard.way is not None:
            frame = heard.encoder.encode(intent)
            heard.piece.add(frame.raw, at=clock.now())
            heard.way.send(frame)

    def close_pieces(self, *, all_: bool = False) -> None:
        """End the pieces of the flight log that are long enough, or all of them."""
        for heard in self._systems.values():
            piece = heard.piece
            if piece.began is None or piece.ended is None:
                continue
            old = piece.size >= LOG_BYTES or (clock.now() - piece.began).total_seconds() >= LOG_S
            if all_ or old:
                told, heard.piece = heard.telemetry, Piece()
                content = (piece.began, piece.ended, piece.content())
                self.logs.append(FlightLog(told.route, 0, told.subject, *content))
                del self.logs[:-MOST_PIECES]

    async def read(self, system: int, names: Sequence[str]) -> dict[str, float]:
        """Return the parameters of one system that answered; the others were not checked."""
        heard, reading = self._systems[system], Reading(system, names)
        heard.talks = asyncio.Queue()
        try:
            await carry(reading, say=partial(self._say, heard), heard=heard.talks)
        finally:
            heard.talks = None
        return reading.values

    async def beat(self) -> None:
        """Say once a second that we are here, where the programme wants that; else only sleep."""
        while True:
            await asyncio.sleep(BEAT_S)
            for heard in self._systems.values() if self._beats else ():
                self._say(heard, Beat())

    async def call(self, host: str, port: int) -> None:
        """Keep one UDP peer that waits to be spoken to: ask it for a heartbeat until it speaks."""
        async with links.dialled(host, port, self.hear) as way:
            while True:
                for number, heard in self._systems.items():
                    if heard.way is None or heard.way == way:
                        way.send(heard.encoder.encode(AskOnce(number, 0)))
                await asyncio.sleep(ASK_AGAIN_S)


def numbered(edge: Edge, things: Sequence[Position | FlightLog]) -> None:
    """Give what was heard the route's next numbers and store it sealed, in one transaction.

    Raises:
        SpoolFull: nothing was stored.
    """
    with edge.to_core.queue.change() as change:
        last = int(change.note(_ARRIVAL) or b"0")
        sealed = []
        for number, thing in enumerate(things, start=last + 1):
            sealed.append((f"{thing.route}:{number}", replace(thing, arrival=number).to_bytes()))
        edge.to_core.put_within(change, sealed)
        change.set_note(_ARRIVAL, str(last + len(things)).encode())


async def store(edge: Edge, listener: Listener) -> None:
    """Seal and store what was heard, again and again; what a full disk refuses waits in memory."""
    full = False
    while True:
        await asyncio.sleep(FLUSH_S)
        listener.close_pieces()
        try:
            await flush(edge, listener)
        except SpoolFull:
            if not full:
                logger.warning("mavlink.disk_full", count=len(listener.fixes))
            full = True
            continue
        full = False


async def flush(edge: Edge, listener: Listener) -> None:
    """Store what is there now: fixes first, then closed pieces of the flight log.

    Raises:
        SpoolFull: nothing was stored.
    """
    things: list[Position | FlightLog] = [*listener.fixes[:500], *listener.logs[:20]]
    if not things:
        return
    await asyncio.to_thread(numbered, edge, things)
    stored = set(map(id, things))
    listener.fixes[:] = [fix for fix in listener.fixes if id(fix) not in stored]
    listener.logs[:] = [log for log in listener.logs if id(log) not in stored]


def systems_of(config: Config) -> dict[int, str]:
    """Read whose fixes come under which system id.

    Raises:
        ConfigWrong: an id or a subject that cannot be.
    """
    found = {}
    for number, subject in config.need("systems").items():
        known = subject == "vehicle" or subject.partition(":")[0] == "aircraft"
        if not str(number).isdecimal() or not 0 < int(number) <= MAX_SYSTEM or not known:
            raise ConfigWrong(
                f"The line {number} = {subject!r} in [mavlink.systems] cannot be used. "
                'Write a system id from 1 to 250 = "vehicle" or "aircraft:1".'
            )
        found[int(number)] = subject
    return found


def keys_of(config: Config) -> dict[int, bytes]:
    """Return the signing key of each system, by the files named in [mavlink.keys].

    Raises:
        ConfigWrong: one is missing, of another length, shared by two, or wanted and not named.
    """
    found, systems = {}, systems_of(config)
    for number, name in config.channel.get("keys", {}).items():
        path = config.folder / str(name)
        if not str(number).isdecimal() or int(number) not in systems:
            raise ConfigWrong(f"[mavlink.keys] names {number}, which [mavlink.systems] does not.")
        if not path.is_file() or len(raw := path.read_bytes()) != KEY_BYTES:
            raise ConfigWrong(
                f"The key of system {number} must be a file of exactly 32 bytes. Bring it by cable."
            )
        found[int(number)] = raw
    if len(set(found.values())) < len(found):
        raise ConfigWrong(
            "Two systems have one key. Give each its own: whoever holds one has both."
        )
    if (
        config.stamp == "real"
        and not config.channel.get("unsigned")
        and systems.keys() - found.keys()
    ):
        raise ConfigWrong(
            "A system in [mavlink.systems] has no line in [mavlink.keys]. Bring its key by cable, or "
            "write unsigned = true where the radio itself proves who speaks."
        )
    return found


def noted(queue: Queue) -> Stamps:
    """Return signing times that go on behind those of earlier runs, as the queue's file has noted."""

    def note(stamp: int) -> None:
        with queue.change() as change:
            change.set_note(_STAMP, str(stamp).encode())

    return Stamps(noted=int(queue.note(_STAMP) or b"0"), note=note)


def made(config: Config, *, stamps: Stamps) -> Listener:
    """Return the listener a file describes.

    Raises:
        ConfigWrong: with what to mend.
    """
    rate_hz = float(config.channel.get("rate_hz", DEFAULT_RATE_HZ))
    if not 0 < rate_hz <= HIGHEST_RATE_HZ:
        raise ConfigWrong(f"rate_hz must lie above 0 and up to {HIGHEST_RATE_HZ}.")
    ours, systems = int(config.channel.get("system", OUR_SYSTEM)), systems_of(config)
    if not 0 < ours <= MAX_SYSTEM or ours in systems:
        raise ConfigWrong("system, our own id, must lie from 1 to 250 and be no aircraft's.")
    return Listener(
        systems=systems,
        rate_hz=rate_hz,
        keys=keys_of(config),
        stamps=stamps,
        ours=ours,
        beats=bool(config.channel.get("heartbeat", False)),
    )


def where_of(config: Config) -> Address | None:
    """Return where it listens; None where it only keeps links.

    Raises:
        ConfigWrong: it does neither, or an exercise would listen to the world.
    """
    if "listen" not in config.channel and config.channel.get("links"):
        return None
    return config.address(config.need("listen"))


def links_of(config: Config, listener: Listener) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """Return what keeps each link of the line `links`.

    Raises:
        ConfigWrong: a link that cannot be, or that leaves this machine in an exercise.
    """
    return [_link(config, str(told), listener) for told in config.channel.get("links", [])]


def _link(config: Config, told: str, listener: Listener) -> Callable[[], Coroutine[Any, Any, None]]:
    kind, _, rest = told.partition(":")
    if kind in {"udp", "tcp"}:
        where = config.address(rest)
        if kind == "udp":
            return lambda: listener.call(where.host, where.port)
        return lambda: links.keep_tcp(where.host, where.port, listener.hear)
    path, _, baud = rest.rpartition(":")
    known = kind == "serial" and baud.isdecimal() and int(baud) in links.SPEEDS
    if not known or (config.stamp == "exercise" and not path.startswith("/dev/pts/")):
        raise ConfigWrong(
            f"The link {told!r} cannot be used. Write udp:host:port, tcp:host:port, or "
            f"serial:/dev/ttyUSB0:57600 with one of {', '.join(map(str, links.SPEEDS))}; an exercise "
            "reaches no radio."
        )
    return lambda: links.keep_serial(path, int(baud), listener.hear)


async def serve(config: Config) -> None:
    """Listen for aircraft first, then for the core, until told to stop."""
    where, edge = where_of(config), Edge(config)
    listener = made(config, stamps=noted(edge.to_core.queue))
    kept = links_of(config, listener)
    async with AsyncExitStack() as bound:
        if where is not None:
            await bound.enter_async_context(links.listening(where.host, where.port, listener.hear))
            logger.info("mavlink.listens", gateway=config.name, port=where.port)

        async def last() -> None:
            listener.close_pieces(all_=True)
            await flush(edge, listener)

        works = (store(edge, listener), listener.beat(), *(keep() for keep in kept))
        await edge.run(*works, before_end=last)


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="mavlink"))
