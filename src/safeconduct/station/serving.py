"""The station's process: `python -m safeconduct.station --config station.toml`. Its file:

    [gateway]
    name = "station1"                # as in the core's gateways.toml, with into = "in-station"
    stamp = "real"
    listen = "10.0.0.8:7310"         # where the core dials
    folder = "."                     # holds keys/ and spool/

    [station]
    console = "127.0.0.1:8490"       # its own page; nothing but this machine is taken
    hears = ["air1"]                 # names of the gateways on this machine whose fixes it takes
    language = "uk"                  # of its page: en, uk, ru
    lock_s = 300                     # the page locks itself after so long without a key pressed

    [station.near]                   # whom an ABORT reaches past the core; each must name this station in stops_from
    pilot = "air1@10.0.0.9:7302"     # the pilot's own station: its name, and where it listens for the core
    maps = "tak@10.0.0.9:7303"       # the gateway to the units' maps

It watches without the core for as long as its battery lasts. It asks for its passphrase at each start.
"""

import argparse
import asyncio
import getpass
import os
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from safeconduct import clock, log, sealing, traces
from safeconduct.spool import beside
from safeconduct.spool.config import Config, ConfigWrong, load
from safeconduct.spool.edge import Edge
from safeconduct.spool.http import listens
from safeconduct.spool.keyfiles import write_key
from safeconduct.spool.lanes import Receiving
from safeconduct.spool.link import station_context
from safeconduct.spool.queue import Queue, SpoolFull, stirred
from safeconduct.station import lock
from safeconduct.station.console import Console, server
from safeconduct.station.door import Door, near_of
from safeconduct.station.journal import BESIDE_KEY, Journal
from safeconduct.station.watching import Station
from safeconduct.station.words import LANGUAGES

JUDGE_S = 0.25  # real seconds between two looks: time alone may bring an alert
LOCK_S = 300.0
logger = log.get_logger()


def key_of(config: Config, passphrase: str, *, memory_kib: int = lock.MEMORY_KIB) -> bytes:
    """Return the station's key; its first passphrase is chosen by being told.

    Raises:
        NotOpened: it is another one, or too short.
    """
    queue = Queue(config.folder / "spool" / "to-core.db")
    try:
        if lock.is_new(queue):
            return lock.choose(queue, passphrase, memory_kib=memory_kib)
        return lock.opened(queue, passphrase)
    finally:
        queue.close()


class Process:
    """One station with its link, its lane beside, and its page."""

    def __init__(self, config: Config, *, key: bytes) -> None:
        self.edge = Edge(config)
        journal = Journal(self.edge.to_core, key=key)
        self.station = Station(journal, name=config.name, clock=clock.now)
        near = near_of(config)
        by = station_context(config.folder / "keys") if near else None
        self.door = Door(self.station, near=near, by=by)
        self.lane = _beside(config, journal, names=_names(config))
        self.console = Console(
            self.station,
            opens=lambda passphrase: lock.opened(self.edge.to_core.queue, passphrase),
            linked=self.linked,
            language=_language(config),
            lock_s=float(config.channel.get("lock_s", LOCK_S)),
        )
        self._linked, self._since = False, clock.now()

    def linked(self) -> tuple[bool, datetime]:
        """Return whether the core is on the line, and since when it is or is not."""
        now = self.edge.is_linked
        if now != self._linked:
            self._linked, self._since = now, clock.now()
        return self._linked, self._since

    async def run(self) -> None:
        """Watch until SIGTERM.

        Raises:
            ConfigWrong: a port is held.
        """
        opened = await listens(server(self.console), self.edge.config, "console")
        async with opened:
            logger.info("station.listens", gateway=self.edge.config.name)
            await self.edge.run(self._hear(), self._follow(), self._judge(), self.door.run())

    async def _hear(self) -> None:
        while True:
            for arrived in await self.edge.take():
                while not await self._stored(self.station.hear, arrived):
                    await asyncio.sleep(1)
                await self.edge.done(arrived)

    async def _follow(self) -> None:
        while True:
            seen = self.lane.queue.version()
            if not await self._stored(self.station.follow, self.lane):
                await asyncio.sleep(1)
            await stirred(self.lane.queue, seen=seen)

    async def _judge(self) -> None:
        while True:
            await self._stored(self.station.judge)
            self.linked()
            await asyncio.sleep(JUDGE_S)

    async def _stored(self, step: Callable[..., object], *args: object) -> bool:
        """Do one step; False where the disk took nothing, which the page says."""
        try:
            await asyncio.to_thread(step, *args)
        except SpoolFull:
            return False
        return True


def _beside(config: Config, journal: Journal, *, names: list[str]) -> Receiving:
    """Return the lane from the gateways on this machine; its key lies sealed in the station's file."""
    told = journal.get(BESIDE_KEY)
    if told is None:
        private, public = sealing.new_box_keys()
        with journal.queue.change() as change:
            journal.keep(change, BESIDE_KEY, private.hex())
        write_key(config.folder / "keys" / beside.PUBLIC, public)
    else:
        private = bytes.fromhex(told)
    return beside.hearing(config.folder, private=private, names=names)


def _names(config: Config) -> list[str]:
    told = config.channel.get("hears", [])
    if not isinstance(told, list) or not all(isinstance(each, str) and each for each in told):
        raise ConfigWrong('The line hears in [station] must be a list of names: ["air1"].')
    return told


def _language(config: Config) -> str:
    told = str(config.channel.get("language", "en"))
    if told not in LANGUAGES:
        raise ConfigWrong(f"language in [station] must be one of {', '.join(LANGUAGES)}.")
    return told


def _passphrase(fd: int | None) -> str:
    if fd is None:
        return getpass.getpass("Passphrase of this station: ")
    with os.fdopen(fd) as told:
        return told.readline().rstrip("\n")


def main() -> int:
    """Be the station that `--config FILE` describes, until SIGTERM; what is wrong stands on stderr, with 2."""
    parser = argparse.ArgumentParser(prog="safeconduct station")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--passphrase-fd", type=int, metavar="N")
    told = parser.parse_args()
    traces.leave_none()
    log.configure(process="station")
    try:
        config = load(told.config, channel="station")
        key = key_of(config, _passphrase(told.passphrase_fd))
        asyncio.run(Process(config, key=key).run())
    except (ConfigWrong, FileNotFoundError, SpoolFull, lock.NotOpened) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except sqlite3.DatabaseError as fault:
        sys.stderr.write(
            f"The station's file in spool/ cannot be read: {fault}. Keep the folder for whoever mends it: what waits "
            "there for the core opens with the core's key.\n"
        )
        return 2
    return 0
