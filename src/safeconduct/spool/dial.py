"""The core's dialler: `python -m safeconduct.spool.dial --data DIR`, one process for all gateways.

It reads JSON lines from stdin, written by whoever starts it and has asked the keeper: one at the
start, and one whenever the keys were turned.

    {"core": {"public": "…", "turned": 1795953600},
     "keys": {"<gateway>": {"present": "…", "earlier": "…", "public": "…"}}}

The private halves go to the gateways over the link and into no file. Only when that is done are the
public ones laid where the workers find them: nothing is sealed to a key that its gateway could meet
unprepared. A gateway without a key there can only send. Here is no key that opens what comes in: that
lands sealed in spool/<into>.db, for the workers.
"""

import argparse
import asyncio
import base64
import contextlib
import io
import json
import secrets
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from safeconduct import clock, log, traces
from safeconduct.spool import core_end, link, standing
from safeconduct.spool.config import ConfigWrong, Peer, peers
from safeconduct.spool.handed import Handed, sign_core, struck_told
from safeconduct.spool.keyfiles import CORE, edge_host_name, read_key, write_key
from safeconduct.spool.protocol import OURS, Speech

_FIRST_S, _LONGEST_S = 0.1, 10.0
_STRUCK_S = 0.5  # how soon a link ends whose gateway was struck out, and the others are told of it
SEEN_S = 60.0  # how often a link that stands is noted
ROUND_S = 5.0  # between two tries at what the disk refused
logger = log.get_logger()


def _wait_s(failures: int) -> float:
    """Return seconds until the next try: doubling, at most ten, between half and all of it."""
    most = min(_LONGEST_S, _FIRST_S * float(2 ** min(failures, 10)))
    return most * (0.5 + secrets.randbelow(1000) / 2000)


class Dialler:
    """Keeps the link to one gateway.

    Args:
        data: the core's data folder.
        peer: the gateway.
        handed: its keys.
    """

    speech = OURS

    def __init__(self, data: Path, peer: Peer, *, handed: Handed) -> None:
        self.name, self.folder = peer.name, data
        self._peer, self._handed = peer, handed
        self._link: link.Link | None = None
        self._context = link.core_context(data / "link")
        self._outgoing = core_end.outgoing(data, peer.name)
        self._landing = link.Landing(
            core_end.incoming(data, peer.into), sender=peer.name, chain=core_end.enrolled(data)
        )

    def _met(self, theirs: Speech, verdict: str) -> None:
        standing.met(self._landing.queue, self.name, theirs, beyond=verdict)
        if verdict:
            logger.error("link.skew", gateway=self.name, state=verdict, version=theirs.release)

    def _hear_aside(self, told: bytes) -> None:
        standing.set_aside(self._landing.queue, self.name, told)

    def hand(self, handed: Handed) -> None:
        """Hand other keys over: now, if it is linked, and at each dialling."""
        self._handed = replace(handed, struck=struck_told(core_end.struck_out(self.folder)))
        if self._link is not None:
            self._link.hand(self._handed)

    async def run(self) -> None:
        """Dial, carry, and dial again, until cancelled."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            if not core_end.is_enrolled(self.folder, self.name):
                await asyncio.sleep(_STRUCK_S)
                continue
            try:
                await self._once()
            except link.TROUBLE as trouble:
                if isinstance(trouble, link.LinkBroken):
                    await asyncio.to_thread(self._landing.broken)
                steady = asyncio.get_running_loop().time() - began > _LONGEST_S
                failures = 0 if steady else failures + 1
                logger.warning(
                    "link.ended",
                    gateway=self._peer.name,
                    error=type(trouble).__name__,
                    attempt=failures,
                )
            await asyncio.sleep(_wait_s(failures))

    async def _until_struck(self) -> None:
        """Tell it who else was, and return once it is struck out itself: nothing goes out to it either."""
        while core_end.is_enrolled(self.folder, self.name):
            if self._handed.struck != struck_told(core_end.struck_out(self.folder)):
                self.hand(self._handed)
            await asyncio.sleep(_STRUCK_S)
        logger.warning("link.struck_out", gateway=self.name)

    async def _note(self) -> None:
        """Note every minute that it is linked: who is away for long misses turns of the keys."""
        while True:
            await asyncio.sleep(SEEN_S)
            with contextlib.suppress(OSError, sqlite3.Error):
                await asyncio.to_thread(standing.still_linked, self._landing.queue, self.name)

    async def _once(self) -> None:
        where = self._peer.address
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(
                where.host,
                where.port,
                ssl=self._context,
                server_hostname=edge_host_name(self._peer.name),
            )
        logger.info("link.up", gateway=self._peer.name)
        try:
            self._link = link.Link(
                reader,
                writer,
                outgoing=self._outgoing,
                landing=self._landing,
                handed=self._handed,
                speech=self.speech,
                on_met=self._met,
                ears={b"W": self._hear_aside},
            )
            await link.first_to_end(self._link.run(), self._until_struck(), self._note())
        finally:
            self._link = None
            await link.close(writer)


def keys_in(data: Path, line: bytes) -> dict[str, Handed]:
    """Return the keys that a line of stdin tells, by gateway."""
    told = json.loads(line or b"{}")
    core: Mapping[str, Any] | None = told.get(CORE)
    signed = b""
    if core is not None:
        public, sign = base64.b64decode(core["public"]), read_key(data / "link" / "sign.key")
        signed = sign_core(public, turned=int(core["turned"]), sign=sign)
    keys: Mapping[str, Any] = told.get("keys", {})
    return {name: Handed.from_plain(each, core=signed) for name, each in keys.items()}


class Handover:
    """Hands every gateway its keys, and only then has the workers seal to them.

    What the disk refuses is owed, and done at the next round: a gateway whose key is not laid goes on
    with the one before, which it holds for a week.

    Args:
        data: the core's data folder.
        diallers: of its gateways.
    """

    def __init__(self, data: Path, diallers: Iterable[Dialler]) -> None:
        self._data, self._diallers = data, tuple(diallers)
        self._line = b""  # told, and not read yet
        self._owed: dict[str, bytes] = {}  # gateway -> its public key, which is not laid yet

    def take(self, line: bytes) -> None:
        """Take a line of keys; whatever was owed of one before is in it too."""
        self._line = line
        self._round()

    def hand_all(self, keys: Mapping[str, Handed]) -> None:
        """Hand them over, and lay the public ones."""
        for dialler in self._diallers:
            if dialler.name in keys:
                dialler.hand(keys[dialler.name])
        self._owed.update({name: each.public for name, each in keys.items() if each.public})
        for name, public in list(self._owed.items()):
            try:
                write_key(self._data / "link" / f"{name}-box.pub", public)
                del self._owed[name]
            except OSError as why:
                logger.warning("link.key_not_laid", gateway=name, error=type(why).__name__)

    async def run(self) -> None:
        """Do what is owed, round after round."""
        while True:
            await asyncio.sleep(ROUND_S)
            self._round()

    def _round(self) -> None:
        try:
            keys = keys_in(self._data, self._line)
        except OSError as why:
            logger.warning("link.key_not_laid", gateway=CORE, error=type(why).__name__)
            return
        self._line = b""
        if keys or self._owed:
            self.hand_all(keys)


async def run(data: Path, *, first: bytes, lines: Iterable[bytes] = ()) -> None:
    """Keep every gateway of `gateways.toml` linked until SIGTERM.

    Args:
        data: the core's data folder.
        first: the line of keys it begins with.
        lines: those that follow, whenever they come.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keys = keys_in(data, first)
    diallers = [
        Dialler(data, peer, handed=keys.get(peer.name, Handed()))
        for peer in peers(data, stamp=clock.stamp_of(data))
    ]
    handover = Handover(data, diallers)

    def hear() -> None:
        for line in lines:
            loop.call_soon_threadsafe(handover.take, line)

    handover.hand_all(keys)
    threading.Thread(target=hear, daemon=True).start()
    await link.first_to_end(
        link.until(stop), handover.run(), *(dialler.run() for dialler in diallers)
    )


def main() -> int:
    """Read the arguments and the keys, then run."""
    parser = argparse.ArgumentParser(prog="safeconduct.spool.dial", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    traces.leave_none()
    log.configure(process="dial")
    # Unbuffered: a thread that waits in a buffered stdin keeps the process from ending in order.
    lines = io.FileIO(sys.stdin.fileno(), closefd=False)
    try:
        asyncio.run(run(arguments.data, first=lines.readline(), lines=lines))
    except (ConfigWrong, FileNotFoundError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
