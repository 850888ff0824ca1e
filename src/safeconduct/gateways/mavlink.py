"""Telemetry in: hears aircraft and trackers on its links, and seals each fix and the flight log for the core.

It looks and never commands. What it sends are requests for telemetry, each made by the one
encoder; the transport takes nothing else. With the table [mavlink.pilot], at the pilot's own station
alone, it flies by his orders too (`mavlink/desk.py`). Its table in gateway.toml:

    [mavlink]
    listen = "10.0.0.7:14550"         # UDP, whoever speaks there
    links = ["udp:10.0.0.9:14550", "tcp:10.0.0.9:5760", "serial:/dev/ttyUSB0:57600",
             "tcp-in:10.0.0.7:5760"]  # the last one waits to be dialled
    rate_hz = 4                       # fixes asked for each second, at most 10
    heartbeat = false                 # ours, once a second; never under a pilot's id
    system = 245                      # our own system id, 1 to 250
    unsigned = false                  # true only where the radio proves who speaks, or in an exercise
    station = "../station1"           # the folder of a station on this machine: it is told each fix too
    stops_from = ["station1"]         # stations whose ABORT a pilot's screen shows past the core
    [mavlink.systems]                 # system id = whose fixes these are; others are not heard
    1 = "aircraft:1"
    2 = "vehicle"
    [mavlink.keys]                    # 32 raw bytes each, brought by cable; unsigned frames are refused
    1 = "keys/aircraft-1.key"

    [mavlink.pilot]                   # at the pilot's station alone; takes his orders at pilot.sock
    aircraft = [1]                    # which of the systems he may fly
    fence = [[50.99, 33.99], [51.01, 33.99], [51.01, 34.01]]  # latitude, longitude of each corner
    fastest_m_s = 15.0

One of listen and links is enough.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from safeconduct import clock, log
from safeconduct.envelope import AircraftRead, FlightLog, Position
from safeconduct.geo import Point
from safeconduct.mavlink import hand, links
from safeconduct.mavlink.desk import Desk
from safeconduct.mavlink.encoder import HIGHEST_RATE_HZ, OUR_SYSTEM, Command
from safeconduct.mavlink.fence import Fence
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.signing import KEY_BYTES, Stamps
from safeconduct.mavlink.wall import MAX_SYSTEM
from safeconduct.spool import near
from safeconduct.spool.beside import Beside, beside
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.queue import Queue, SpoolFull
from safeconduct.stationed import Stop, StopHeard

FLUSH_S = 0.05  # fixes of so long are sealed together: one write to disk
DEFAULT_RATE_HZ = 4.0
_ARRIVAL = "arrival"
_STAMP = "mavlink-stamp"  # the note of signing times that may have been used
Told = Position | FlightLog | AircraftRead
logger = log.get_logger()


def numbered(edge: Edge, things: Sequence[Told], *, station: Beside | None = None) -> None:
    """Give what was heard the route's next numbers and store it sealed, in one transaction; then tell a station.

    Raises:
        SpoolFull: nothing was stored.
    """
    with edge.to_core.queue.change() as change:
        last = int(change.note(_ARRIVAL) or b"0")
        told = [replace(thing, arrival=number) for number, thing in enumerate(things, last + 1)]
        keyed = [(f"{thing.route}:{thing.arrival}", thing) for thing in told]
        edge.to_core.put_within(change, [(key, thing.to_bytes()) for key, thing in keyed])
        change.set_note(_ARRIVAL, str(last + len(things)).encode())
    if station is not None:
        station.say([(key, thing) for key, thing in keyed if isinstance(thing, Position)])


async def store(edge: Edge, listener: Listener, *, station: Beside | None = None) -> None:
    """Seal and store what was heard, again and again; what a full disk refuses waits in memory."""
    full = False
    while True:
        await asyncio.sleep(FLUSH_S)
        listener.close_pieces()
        try:
            await flush(edge, listener, station=station)
        except SpoolFull:
            if not full:
                logger.warning("mavlink.disk_full", count=len(listener.fixes))
            full = True
            continue
        full = False


async def flush(edge: Edge, listener: Listener, *, station: Beside | None = None) -> None:
    """Store what is there now: fixes first, then closed pieces of the flight log, then readings.

    Raises:
        SpoolFull: nothing was stored.
    """
    things: list[Told] = [*listener.fixes[:500], *listener.logs[:20], *listener.reads[:5]]
    if not things:
        return
    await asyncio.to_thread(numbered, edge, things, station=station)
    stored = set(map(id, things))
    listener.fixes[:] = [fix for fix in listener.fixes if id(fix) not in stored]
    listener.logs[:] = [log for log in listener.logs if id(log) not in stored]
    listener.reads[:] = [read for read in listener.reads if id(read) not in stored]


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
        now=clock.now,
        keys=keys_of(config),
        stamps=stamps,
        ours=ours,
        beats=bool(config.channel.get("heartbeat", False)),
        commands=commands_of(config),
        route=config.name,
    )


def commands_of(config: Config) -> dict[int, Command]:
    """Return whom the pilot of this station may fly; nobody without the table [mavlink.pilot].

    Raises:
        ConfigWrong: it names a system that is no aircraft of this file, or a speed that cannot be.
    """
    told = config.channel.get("pilot")
    if told is None:
        if near.LINE in config.channel:
            raise ConfigWrong(
                f"The line {near.LINE} is for a pilot's station, and [mavlink.pilot] is not there: nobody "
                "would see a stop here. Write it where the pilot flies."
            )
        return {}
    systems, fastest = systems_of(config), float(told.get("fastest_m_s", Bounds().fastest_m_s))
    flown = [int(each) for each in told.get("aircraft", [])]
    if not flown or any(":" not in systems.get(each, "") for each in flown):
        raise ConfigWrong("aircraft in [mavlink.pilot] must name aircraft of [mavlink.systems].")
    if not 0 < fastest <= Bounds().fastest_m_s:
        raise ConfigWrong(f"fastest_m_s must lie above 0 and up to {Bounds().fastest_m_s:g}.")
    return {each: Command(Leave(each), Bounds(fastest_m_s=fastest)) for each in flown}


def fence_of(config: Config) -> Fence:
    """Return where the pilot's aircraft may fly.

    Raises:
        ConfigWrong: it is no fence.
    """
    try:
        corners = [Point(float(lat), float(lon)) for lat, lon in config.channel["pilot"]["fence"]]
        return Fence(inclusions=(corners,))
    except (KeyError, TypeError, ValueError) as wrong:
        raise ConfigWrong(
            f"fence in [mavlink.pilot] cannot be used: {wrong}. Write the corners of where it may fly, "
            "each as [latitude, longitude]."
        ) from None


def desk_of(
    config: Config, listener: Listener, *, clock_s: Callable[[], float] = time.monotonic
) -> Desk:
    """Return the station of a pilot, before the listener that holds its leaves.

    Raises:
        ConfigWrong: its fence is none.
    """
    return Desk(
        listener,
        fence=fence_of(config),
        vehicles=frozenset(n for n, subject in systems_of(config).items() if subject == "vehicle"),
        our_system=int(config.channel.get("system", OUR_SYSTEM)),
        clock_s=clock_s,
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
    if kind in {"udp", "tcp", "tcp-in"}:
        where = config.address(rest)
        if kind == "udp":
            return lambda: listener.call(where.host, where.port)
        keep = links.keep_tcp if kind == "tcp" else links.take_tcp
        return lambda: keep(where.host, where.port, listener.hear)
    path, _, baud = rest.rpartition(":")
    known = kind == "serial" and baud.isdecimal() and int(baud) in links.SPEEDS
    if not known or (config.stamp == "exercise" and not path.startswith("/dev/pts/")):
        raise ConfigWrong(
            f"The link {told!r} cannot be used. Write udp:host:port, tcp:host:port, tcp-in:host:port, or "
            f"serial:/dev/ttyUSB0:57600 with one of {', '.join(map(str, links.SPEEDS))}; an exercise "
            "reaches no radio."
        )
    return lambda: links.keep_serial(path, int(baud), listener.hear)


async def stopped(pilots: hand.Hand, stop: Stop) -> StopHeard:
    """Put a station's stop on the pilot's screen; no byte of it goes to an aircraft."""
    return StopHeard(await pilots.say(stop.at.isoformat()))


async def serve(config: Config) -> None:
    """Listen for aircraft first, then for the core, until told to stop."""
    where, edge, station = where_of(config), Edge(config), beside(config)
    listener = made(config, stamps=noted(edge.to_core.queue))
    kept = links_of(config, listener)
    async with AsyncExitStack() as bound:
        if where is not None:
            await bound.enter_async_context(links.listening(where.host, where.port, listener.hear))
            logger.info("mavlink.listens", gateway=config.name, port=where.port)

        async def last() -> None:
            listener.close_pieces(all_=True)
            await flush(edge, listener, station=station)

        works = [
            store(edge, listener, station=station),
            listener.beat(),
            *(keep() for keep in kept),
        ]
        if listener.commands:
            desk = desk_of(config, listener)
            pilots = hand.Hand(desk.order)
            works += [desk.fly(), pilots.serve(config.folder / hand.SOCKET)]
            edge.near = near.ear(config, partial(stopped, pilots))
        await edge.run(*works, before_end=last)


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="mavlink"))
