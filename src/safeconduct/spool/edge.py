"""One gateway's end: its queues, its seals, the link it listens on, and what it may claim.

A gateway's own module brings the channel; everything that all channels share is here. It starts
without the core and takes in what comes; it opens what is to leave only once the core has handed
its keys over. Those are turned each week, and so is the core's: both come over the link, without a restart.
"""

import argparse
import asyncio
import contextlib
import gc
import math
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from safeconduct import log, traces
from safeconduct.envelope import Carried
from safeconduct.spool import link
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.config import Config, ConfigWrong, load
from safeconduct.spool.handed import read_core, read_struck
from safeconduct.spool.keyfiles import BOX_BYTES, CORE, SIGN_BYTES, read_key
from safeconduct.spool.lanes import Arrived, Receiving, Sending
from safeconduct.spool.near import Ear
from safeconduct.spool.protocol import OURS, Speech
from safeconduct.spool.queue import LATEST_S, Change, Queue, SpoolFull, stirred

KILL_AT = "SAFECONDUCT_KILL_AT"
_CORE_BOX = "core-box"  # the note that holds the core's key as the link told it
_STRUCK = "struck"  # the note of who was struck out, as the link told it last
_LAST_S = 4.0  # the supervisor kills after six
logger = log.get_logger()


class Edge:
    """What every gateway process has one of.

    Attributes:
        speech: what its release speaks on the link.
        to_core: seals and stores what goes to the core; use its `queue.change()` to store with notes.
        from_core: the queue in which the link lands what the core sent.
        near: hears a station's stop, where the gateway's file names one; nobody else but the core is heard.
    """

    speech = OURS

    def __init__(self, config: Config) -> None:
        self.config = config
        keys, spool = config.folder / "keys", config.folder / "spool"
        queue, self._core_sign = Queue(spool / "to-core.db"), _sign_key(keys / "core-sign.pub")
        self._core_box = self._known_core_box(queue, keys)
        self._struck = read_struck(queue.note(_STRUCK) or b"[]")
        sealer = Sealer(
            config.name,
            to=lambda: self._core_box[1],
            sign=_sign_key(keys / "sign.key"),
            direction="in",
        )
        self.to_core = Sending(queue, sealer)
        self.from_core = Queue(spool / "from-core.db")
        self._chain = Chain({CORE: self._core_sign}, direction="out")
        self._opener = Opener(direction="out")
        self._receiving = Receiving(self.from_core, chain=self._chain, opener=self._opener)
        self._earlier = b""
        wished = os.environ.get(KILL_AT, "") if config.stamp == "exercise" else ""
        self._wish = dict(each.split(":") for each in wished.split(",") if each)
        self._context = link.edge_context(keys)
        self._now: asyncio.Task[None] | None = None
        self.near: Ear | None = None

    async def store(self, things: Iterable[tuple[str, Carried]]) -> int:
        """Seal things for the core and store them durably; return how many keys were new.

        Raises:
            SpoolFull: nothing was stored.
        """
        ready = [(key, thing.to_bytes()) for key, thing in things]
        return await asyncio.to_thread(self.to_core.put_many, ready)

    async def take(self, *, limit: int = 50, wait_s: float | None = None) -> list[Arrived]:
        """Wait for the key, then for something from the core; return the oldest of it, opened.

        They come again until `done`, after a restart too: what must not be done twice is marked
        durably before it is done.

        Args:
            limit: how many at most.
            wait_s: seconds after which an empty list is returned; None waits for ever.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (math.inf if wait_s is None else wait_s)
        while True:
            seen = self.from_core.version() if self.has_key else None
            if self.has_key and (
                found := await asyncio.to_thread(self._receiving.take, limit=limit)
            ):
                return found
            left_s = until - loop.time()
            if left_s < 0:
                return []
            await stirred(self.from_core, seen=seen, at_latest_s=min(LATEST_S, left_s))

    async def done(self, arrived: Arrived) -> None:
        """Say that everything up to `arrived` needs no second look."""
        await asyncio.to_thread(self._receiving.done, arrived)

    def done_within(self, change: Change, arrived: Arrived) -> None:
        """Say so in a transaction of the caller's on `from_core`."""
        self._receiving.done_within(change, arrived)

    async def run(
        self,
        *works: Coroutine[Any, Any, None],
        before_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Listen for the core and do the channel's works until SIGTERM, or until one of them ends.

        Args:
            works: run side by side; the first that raises ends all.
            before_end: called at SIGTERM, while the works still run; has four seconds.

        Raises:
            ConfigWrong: nothing listens where it should.
        """
        host, port = self.config.listen.host, self.config.listen.port
        try:
            server = await asyncio.start_server(self._answer, host, port, ssl=self._context)
        except OSError as failed:
            for work in works:
                work.close()
            raise ConfigWrong(
                f"{host}:{port} cannot be listened on: {failed.strerror}. End what holds it, or write another "
                "into the line listen, and into address at the core."
            ) from None
        logger.info("gateway.listens", gateway=self.config.name, port=self.config.listen.port)
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with server:
            await link.first_to_end(_ended(stop, before_end), *works)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = link.peer_name(writer)
        if self.near is not None and self.near.knows(caller, struck=self._struck):
            await self.near.answer(reader, writer)
            return
        if caller != f"{CORE}.safeconduct":
            await link.close(writer)
            return
        if self._now is not None:
            self._now.cancel()  # the core has dialled anew; its old connection is dead
        self._now = asyncio.current_task()
        landing = link.Landing(self.from_core, sender=CORE, chain=self._chain)
        ours = link.Link(
            reader,
            writer,
            outgoing=self.to_core.queue,
            landing=landing,
            ears={
                b"E": self._take_earlier,
                b"K": self._take_key,
                b"C": self._take_core_box,
                b"X": self._take_struck,
            },
            speech=self.speech,
            on_met=self._met,
            asides=self.from_core.kinds_aside,
        )
        try:
            await ours.run()
        except link.TROUBLE as trouble:
            logger.warning("link.ended", gateway=self.config.name, error=type(trouble).__name__)
        except asyncio.CancelledError:
            logger.info("link.replaced", gateway=self.config.name)
        finally:
            await link.close(writer)

    @property
    def has_key(self) -> bool:
        """Return whether the core has handed the key over since this process began."""
        return self._opener.holds

    @property
    def is_linked(self) -> bool:
        """Return whether the core is on the line; one that was cut off in silence counts for 20 s more."""
        return self._now is not None and not self._now.done()

    def _met(self, theirs: Speech, verdict: str) -> None:
        if verdict:
            logger.error(
                "link.skew", gateway=self.config.name, state=verdict, version=theirs.release
            )

    def _take_earlier(self, private: bytes) -> None:
        self._earlier = private  # this week's follows, and opens with it

    def _take_key(self, private: bytes) -> None:
        self._opener.hold(*filter(None, (private, self._earlier)))
        self._earlier = b""

    def _take_core_box(self, raw: bytes) -> None:
        """Seal to the core's new key from the next batch on; an older one than ours is none."""
        turned, _ = told = read_core(raw, verify=self._core_sign)
        if turned < self._core_box[0]:
            logger.warning("link.older_key", gateway=self.config.name)
        elif told != self._core_box:
            with self.to_core.queue.change() as change:
                change.set_note(_CORE_BOX, raw)
            self._core_box = told

    def _take_struck(self, raw: bytes) -> None:
        """Hear these stations no more, also after a start without the core."""
        self._struck = read_struck(raw)
        if raw != self.to_core.queue.note(_STRUCK):
            try:
                with self.to_core.queue.change() as change:
                    change.set_note(_STRUCK, raw)
            except (
                SpoolFull
            ):  # it holds until this process ends, and is told again at the next link
                logger.warning("link.struck_not_kept", gateway=self.config.name)

    def _known_core_box(self, queue: Queue, keys: Path) -> tuple[int, bytes]:
        """Return when the core's key was turned, and the key: as it was told, else as it was enrolled."""
        raw = queue.note(_CORE_BOX)
        if raw is None:
            return 0, read_key(keys / "core-box.pub", size=BOX_BYTES)
        return read_core(raw, verify=self._core_sign)

    def reach(self, point: str, *, times: int = 1) -> None:
        """Die here by SIGKILL, once, if an exercise asked for it.

        The gaps between a commit and its answer cannot be hit from outside. The wish is
        SAFECONDUCT_KILL_AT=<point>:<nth time>,…, counted over all lives of this gateway, so that a
        kill from outside postpones none; in a folder stamped `real` it is ignored.

        Args:
            point: of the wish.
            times: how often it is reached at once, by a batch.
        """
        if point not in self._wish:
            return
        place = self.config.folder / "spool"
        mark, told = place / f"killed-{point}", place / f"reached-{point}"
        if mark.exists():  # the restarted process inherits the wish
            return
        reached = (int(told.read_text() or 0) if told.exists() else 0) + times
        told.write_text(str(reached))
        if reached >= int(self._wish[point]):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def _sign_key(path: Path) -> bytes:
    return read_key(path, size=SIGN_BYTES)


async def _ended(stop: asyncio.Event, before_end: Callable[[], Awaitable[None]] | None) -> None:
    await stop.wait()
    if before_end is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await before_end()


def _collect_seldom() -> None:
    """Let the collector of garbage leave alone what a start made, and look less often at what comes and goes.

    Texts make no circles: they go when they are done with. A look at each 700th new thing, the usual,
    took a tenth of the processor under load.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def command(serve: Callable[[Config], Coroutine[Any, Any, None]], *, channel: str) -> int:
    """Be the gateway that `--config FILE` describes, until SIGTERM; return the exit code.

    Args:
        serve: the channel's own work.
        channel: whose table of the file it is, and the name of the process in the log.

    Returns: 0, or 2 when the file, a key or a queue is wrong; what is wrong stands on stderr.
    """
    _collect_seldom()
    parser = argparse.ArgumentParser(prog=f"safeconduct gateway {channel}")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    told = parser.parse_args()
    traces.leave_none()
    log.configure(process=f"gateway-{channel}")
    try:
        asyncio.run(serve(load(told.config, channel=channel)))
    except (ConfigWrong, FileNotFoundError, SpoolFull) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except sqlite3.OperationalError as fault:
        sys.stderr.write(f"A queue in spool/ fails: {fault}. See to its disk, then start again.\n")
        return 2
    except sqlite3.DatabaseError as fault:
        sys.stderr.write(
            f"A queue in spool/ cannot be read: {fault}. Keep the folder for whoever mends it, and "
            "enrol the gateway under a new name at the core: what lies in it is sealed, and of no use there.\n"
        )
        return 2
    return 0
