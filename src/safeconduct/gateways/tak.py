"""The units' maps: writes areas, corridor and places as CoT to the unit's own TAK server, and hears its answers.

A shape or a place, a time and a random reference leave here; there is no field for a name, a number, a case
or a hostile affiliation. A shape advises people and enforces nothing. What comes in is a word on an area, the
receiving unit's place, and somebody coming: sealed to the core, and out of here by nothing. In gateway.toml:

    [tak]
    server = "10.0.0.9:8089"
    ca = "keys/tak-ca.pem"            # the server's authority
    certificate = "keys/tak.pem"      # ours, and its key
    key = "keys/tak-key.pem"
    server_name = "tak.unit"          # where its certificate bears another name than the address
    resend_s = 30                     # shapes are said again for those who joined late
    areas_to = "everybody"            # who sees areas: everybody on that server, or a list of callsigns
    fires = ["FDC1"]                  # callsigns that see him and his way, and acknowledge areas
    contacts_from = ["OBS1"]          # whose marks of somebody coming are taken
    callsign = "Watch"                # how the units find us to answer
    stops_from = ["station1"]         # stations of escort teams whose ABORT it shows past the core
    [tak.units]                       # who receives: sees the passages it was named for, and tells its place
    "unit:1" = ["RCV1"]

`plain = true` stands for the certificates in an exercise, on loopback, and nowhere else.
"""

import asyncio
import ipaddress
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from safeconduct import clock, log
from safeconduct.cot import writing
from safeconduct.cot.confirming import Confirming
from safeconduct.cot.heard import Believed, Hearing, thing_of
from safeconduct.cot.meant import Meant, is_deleted
from safeconduct.cot.reading import Cutter, NotCot, read
from safeconduct.cot.standing import Standing
from safeconduct.cot.stopping import things_of
from safeconduct.envelope import MapHeard, MapPoint, Marker
from safeconduct.spool import arrivals, near
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.queue import SpoolFull
from safeconduct.stationed import Stop, StopHeard

RESEND_S = 30.0
RETRY_S = 1.0
LOOK_S = 5.0  # how often it is looked whether an area runs out
PLACED_S = 1.0  # of one speaker, places closer in time say nothing more
MOVING = frozenset({"vehicle", "drone"})  # said once, and never asked after
_UNIT = re.compile(r"unit:[0-9]{1,3}")
_KEY = "map-key"  # the note that holds what speakers are hashed with
logger = log.get_logger()


def meant_of(config: Config) -> Meant:
    """Return who is meant by what.

    Raises:
        ConfigWrong: nobody is named for the areas, or a list is none.
    """
    if "receiving" in config.channel:
        raise ConfigWrong(
            "receiving in [tak] is now a table, so that each passage has its own unit. Write "
            '[tak.units] and a line for each: "unit:1" = ["RCV1"].'
        )
    told = config.need("areas_to")
    areas = None if told == "everybody" else _callsigns("areas_to", told)
    if areas is not None and not areas:
        raise ConfigWrong(
            'areas_to in [tak] names nobody. Write "everybody" for all on that server, or callsigns.'
        )
    fires, watching = (
        _callsigns(line, config.channel.get(line, [])) for line in ("fires", "contacts_from")
    )
    return Meant(areas, fires, _units(config.channel.get("units", {})), watching)


def _units(told: object) -> dict[str, list[str]]:
    if not isinstance(told, dict) or not all(_UNIT.fullmatch(name) for name in told):
        raise ConfigWrong('[tak.units] names units as "unit:1", each with its list of callsigns.')
    return {name: _callsigns(name, callsigns) for name, callsigns in told.items()}


def _callsigns(line: str, told: object) -> list[str]:
    if not isinstance(told, list) or not all(isinstance(each, str) and each for each in told):
        raise ConfigWrong(f'The line {line} in [tak] must be a list of callsigns: ["FDC1"].')
    return told


def server_of(config: Config) -> Address:
    """Return the unit's server.

    Raises:
        ConfigWrong: a multicast or broadcast address: everybody in radio reach would hear.
    """
    where = config.address(config.need("server"))
    try:
        number = ipaddress.ip_address(where.host)
    except ValueError:
        return where
    if number.is_multicast or number.is_unspecified or str(number).endswith(".255"):
        raise ConfigWrong(
            f"{where.host} reaches everybody. Name the unit's own server, one host, in [tak]."
        )
    return where


def security_of(config: Config, *, server: Address) -> ssl.SSLContext | None:
    """Return the mutual TLS context; None only for a plain exercise on loopback.

    Raises:
        ConfigWrong: certificates are missing, or plain TCP is asked for where it must not be.
    """
    if config.channel.get("plain"):
        if config.stamp != "exercise" or not server.is_loopback:
            raise ConfigWrong(
                "plain = true is for exercises on loopback. Remove it and name ca, certificate, key."
            )
        return None
    names = [config.folder / config.need(line) for line in ("ca", "certificate", "key")]
    for path in names:
        if not path.exists():
            raise ConfigWrong(
                f"The file {path.name} of [tak] is not there. Bring it from the unit."
            )
    context = ssl.create_default_context(cafile=str(names[0]))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(names[1], names[2])
    return context


@asynccontextmanager
async def connected(
    server: Address, security: ssl.SSLContext | None, *, name: str | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Hold one connection to the server."""
    reader, writer = await asyncio.open_connection(
        server.host, server.port, ssl=security, server_hostname=name if security else None
    )
    try:
        yield reader, writer
    finally:
        writer.close()


class Map:
    """One unit's map, from here: what stands on it, who is meant by what, and what it says."""

    def __init__(self, edge: Edge, meant: Meant) -> None:
        self.edge, self.meant, self.standing = edge, meant, Standing()
        callsign = edge.config.channel.get("callsign", "")
        self.ours = writing.Ours(secrets.token_hex(8), callsign) if callsign else None
        believed = Believed(frozenset(meant.fires), meant.receiving(), frozenset(meant.watching))
        own = self.ours.uid if self.ours else ""
        self.hearing = Hearing(route=edge.config.name, believed=believed, key=_key(edge), own=own)
        self._placed: dict[str, float] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._confirming, self._unmeant = Confirming(), set[str]()

    async def speak(
        self, server: Address, security: ssl.SSLContext | None, *, resend_s: float
    ) -> None:
        """Send everything that comes, shapes again each `resend_s`, and hear what is said; reconnect for ever."""
        while True:
            try:
                name = self.edge.config.channel.get("server_name")
                async with connected(server, security, name=name) as (reader, writer):
                    logger.info("tak.connected", gateway=self.edge.config.name)
                    self._confirming.begins()
                    self._writer = writer
                    await self._all(writer)
                    async with asyncio.TaskGroup() as works:
                        works.create_task(self._hear(reader, writer))
                        works.create_task(self._new_ones(writer))
                        works.create_task(self._again(writer, resend_s))
                        works.create_task(self._look(writer))
            except* (OSError, ssl.SSLError) as trouble:
                logger.warning("tak.unreachable", error=type(trouble.exceptions[0]).__name__)
            self._writer = None
            await asyncio.sleep(RETRY_S)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what the server says, event by event; what is no event is nothing, and never answered.

        Raises:
            ConnectionResetError: it has closed, or speaks no CoT; what was written may not have arrived.
        """
        cutter, wrong = Cutter(), 0
        while chunk := await reader.read(65536):
            try:
                events = cutter.feed(chunk)
            except NotCot:
                logger.warning("tak.not_cot", gateway=self.edge.config.name)
                break
            for raw in events:
                try:
                    await self._take(raw, writer)
                except NotCot:
                    wrong += 1
                    if wrong & (wrong - 1) == 0:  # the first, second, fourth …: no flood of lines
                        logger.warning("tak.refused", gateway=self.edge.config.name, count=wrong)
        raise ConnectionResetError

    async def _take(self, raw: bytes, writer: asyncio.StreamWriter) -> None:
        now, refs, event = clock.now(), self.standing.refs(), read(raw)
        if event.type == writing.PONG:
            await self._answered(writer)
            return
        told = self.hearing.take(event, standing=refs, now=now)
        if told is None or (not told.about and self._too_soon(told)):
            return
        if told.what == "acknowledged":
            self.standing.acknowledge(told.about)
        await self._say([told])

    async def _answered(self, writer: asyncio.StreamWriter) -> None:
        """Tell the core that the server answers, and what it has had for certain."""
        arrived, now = self._confirming.answered(), clock.now()
        told = [MapHeard(self.edge.config.name, 0, "answers", "", "", now, now)]
        for ref, word in arrived:
            if word == "withdrawn":
                self.standing.heard(ref)
            told.append(MapHeard(self.edge.config.name, 0, word, ref, "", now, now))
        await self._say(told)
        await self._ping(writer)

    async def _ping(self, writer: asyncio.StreamWriter) -> None:
        """Ask the server whether it has what was written.

        Raises:
            ConnectionResetError: one that has always answered is silent: nothing arrives there any more.
        """
        now_s = asyncio.get_running_loop().time()
        if self._confirming.is_dead(now_s=now_s):
            logger.warning("tak.silent", gateway=self.edge.config.name)
            raise ConnectionResetError
        if self._confirming.asks(now_s=now_s):
            writer.write(writing.ping_of(now=clock.now()))
            await writer.drain()

    async def _say(self, told: Iterable[MapHeard]) -> None:
        """Store something for the core."""
        try:
            await asyncio.to_thread(self._store, list(told))
        except SpoolFull:
            logger.warning("tak.disk_full", gateway=self.edge.config.name)

    def _too_soon(self, told: MapHeard) -> bool:
        """Return whether this speaker was placed within the last second: many thousands cannot fill a disk."""
        now = asyncio.get_running_loop().time()
        if now - self._placed.get(told.speaker, -PLACED_S) < PLACED_S:
            return True
        if len(self._placed) > 1000:  # noqa: PLR2004  strangers may not fill the memory
            self._placed.clear()
        self._placed[told.speaker] = now
        return False

    def _store(self, told: Sequence[MapHeard]) -> None:
        with self.edge.to_core.queue.change() as change:
            for each in told:
                arrivals.store(self.edge, change, partial(_numbered, each))

    async def _write(self, writer: asyncio.StreamWriter, thing: Marker | MapPoint) -> None:
        """Write one thing, and have what lasts confirmed; tell the core once what is for nobody here."""
        ref = thing.marker
        if not await send_marker(writer, thing, meant=self.meant):
            if ref not in self._unmeant:
                self._unmeant.add(ref)
                now = clock.now()
                await self._say([MapHeard(self.edge.config.name, 0, "unmeant", ref, "", now, now)])
        elif thing.ended:
            self._confirming.wrote(ref, "withdrawn")
        elif isinstance(thing, Marker) or thing.what not in MOVING:
            self._confirming.wrote(ref, "shown")

    async def _new_ones(self, writer: asyncio.StreamWriter) -> None:
        while True:
            for arrived in await self.edge.take():
                thing = thing_of(arrived.content)
                if not isinstance(thing, Marker | MapPoint):
                    logger.error("tak.not_drawn", gateway=self.edge.config.name)
                elif self.standing.take(thing):
                    await self._write(writer, thing)
                # After the write: a server that was gone gets it again.
                await self.edge.done(arrived)
            await self._ping(writer)

    async def stopped(self, stop: Stop) -> StopHeard:
        """Show a station's stop, whether or not the core knows of it; reached once the server answered after it.

        Raises:
            NoStop: it says anything else.
        """
        things, writer = things_of(stop), self._writer
        for thing in self.standing.stop(things):
            if writer is not None:  # else it is written with all that stands, once there is a line
                await self._write(writer, thing)
        if writer is not None:
            await self._ping(writer)
        return StopHeard(self._confirming.has(things[0].marker, "shown"))

    async def _all(self, writer: asyncio.StreamWriter) -> None:
        if self.ours:
            writer.write(writing.presence_of(self.ours, now=clock.now()))
        for thing in [*self.standing.over(), *self.standing.shown(now=clock.now())]:
            await self._write(writer, thing)
        await self._ask(writer)
        await self._ping(writer)

    async def _again(self, writer: asyncio.StreamWriter, resend_s: float) -> None:
        while True:
            await asyncio.sleep(resend_s)
            await self._all(writer)

    async def _look(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._ask(writer)
            await self._ping(writer)

    async def _ask(self, writer: asyncio.StreamWriter) -> None:
        """Ask who holds fires to acknowledge each area, and warn them of each that nobody renewed."""
        if self.ours is None:  # nobody could answer
            return
        now = clock.now()
        for word in self.standing.words(now=now):
            self.hearing.asked(word.message, about=word.about)
            for callsign in self.meant.fires:
                uid = self.hearing.uids.get(callsign, callsign)
                raw = writing.word_to(
                    self.ours, to=callsign, uid=uid, message=word.message, text=word.text, now=now
                )
                writer.write(raw)
        await writer.drain()


def _key(edge: Edge) -> bytes:
    with edge.to_core.queue.change() as change:
        known = change.note(_KEY)
        if known is None:
            known = secrets.token_bytes(32)
            change.set_note(_KEY, known)
        return known


def _numbered(told: MapHeard, number: int) -> MapHeard:
    return replace(told, arrival=number)


async def send_marker(
    writer: asyncio.StreamWriter, thing: Marker | MapPoint, *, meant: Meant
) -> bool:
    """Write one thing to the server, for those who are meant by it; False where nobody is, by this file.

    What moved too long ago is no news, and is not written. What is over is ended and deleted: a screen that
    knows one of the two forgets him.

    Raises:
        OSError: the server is gone.
    """
    to, now = meant.of(thing), clock.now()
    try:
        if isinstance(thing, Marker):
            raw = writing.event_of(thing, to=to, now=now)
        elif not thing.ended and writing.fresh_until(thing, now=now) <= now:
            return True
        else:
            raw = writing.point_of(thing, to=to, now=now)
        if thing.ended and to is not writing.EVERYBODY and is_deleted(thing):
            raw += writing.withdrawn(thing.marker, to=to, now=now)
    except (KeyError, ValueError):
        logger.warning("tak.nobody_meant", kind=type(thing).__name__)
        return False
    writer.write(raw)
    await writer.drain()
    return True


async def serve(config: Config) -> None:
    """Speak to the unit's server and listen for the core, until told to stop."""
    server, meant = server_of(config), meant_of(config)
    security = security_of(config, server=server)
    resend_s = float(config.channel.get("resend_s", RESEND_S))
    edge = Edge(config)
    map_ = Map(edge, meant)
    edge.near = near.ear(config, map_.stopped)
    await edge.run(map_.speak(server, security, resend_s=resend_s))


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="tak"))
