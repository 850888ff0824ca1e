"""What a gateway may do only once: marked as taken before it is done, settled by a result after.

Of a campaign's batch many are marked by one note and told of by one thing (spool/ranges.py).
Taken and not settled when the process died means UNKNOWN: it is said so and never done again here.
An attempt that was taken or settled before is passed over, however often it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any

from safeconduct import clock, log
from safeconduct.envelope import OutboundBatch, OutboundText, SendResult, SendResults
from safeconduct.spool.edge import Edge
from safeconduct.spool.lanes import Arrived
from safeconduct.spool.queue import Change, SpoolFull
from safeconduct.spool.ranges import Ranges

UNKNOWN = "UNKNOWN"
_TAKEN, _RESULT, _RESULTS, _LATE = "taken:", "result:", "results:", "late:"
FULL_AGAIN_S = 5.0  # between two tries at what the disk refused
_LOOK_UP_S = 0.5  # how soon a stop is noticed while nothing comes
logger = log.get_logger()


def texts_of(batch: OutboundBatch) -> list[OutboundText]:
    """Return the texts of a batch one by one.

    Raises:
        ValueError: there are not as many of each, or a text that is not there.
    """
    if any(not 0 <= place < len(batch.texts) for place in batch.says):
        raise ValueError("a batch names a text that it has not")
    fixed, until = (batch.route, batch.sender), batch.not_after
    rows = zip(batch.attempts, batch.recipients, batch.says, strict=True)
    return [OutboundText(key, *fixed, to, batch.texts[at], until) for key, to, at in rows]


def _unfolded(arrived: Arrived) -> list[OutboundText] | None:
    """Return the texts of a batch; None for one thing.

    A batch that contradicts itself is one thing, which no channel knows how to do.
    """
    try:
        if arrived.kind == OutboundBatch.__name__:
            return texts_of(arrived.read(OutboundBatch))
    except ValueError:
        pass
    return None


class Claims:
    """The claims of one edge, each by its attempt, which is the key it came under."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._unsettled: list[tuple[str, SendResult]] = []
        self._writing = asyncio.Lock()
        self._open: set[str] = set()  # attempts taken in this life and not settled
        self._fewer = asyncio.Event()
        self._ranges = Ranges(edge.from_core, edge.to_core.queue)
        self._under_way: list[Arrived] = []  # the batch of which some was taken
        self._unfolded: tuple[int, list[OutboundText] | None] = (0, None)

    def recover(self, *, now: datetime) -> int:
        """Settle as UNKNOWN what an earlier life took and did not settle; return how many."""
        alone = [name.removeprefix(_TAKEN) for name in self._edge.from_core.notes(_TAKEN)]
        name = self._edge.config.name
        results = [
            (f"{_RESULT}{attempt}", SendResult(attempt, name, UNKNOWN, [], 0, now))
            for attempt in (*alone, *self._ranges.recover())
        ]
        self._write(results)
        return len(results)

    async def take(self, *, limit: int, wait_s: float) -> list[Arrived]:
        """Wait for claims, mark them durably as taken, and return them; never one twice."""
        arrived = self._under_way or await self._edge.take(limit=limit, wait_s=wait_s)
        fresh = await asyncio.to_thread(self._mark, arrived, limit) if arrived else []
        self._open.update(one.key for one in fresh)
        return fresh

    async def room(self, most: int) -> int:
        """Wait until at most half of `most` are open; return how many more may be taken."""
        while len(self._open) > most // 2:
            self._fewer.clear()
            await self._fewer.wait()
        return most - len(self._open)

    def forget_open(self, attempts: Iterable[str] | None = None) -> None:
        """Count these attempts, or all, as open no more."""
        self._open.difference_update(set(self._open) if attempts is None else attempts)
        self._fewer.set()

    def _mark(self, arrived: list[Arrived], limit: int) -> list[Arrived]:
        """Take `limit` texts at most; of a batch that holds more the rest comes next."""
        with self._edge.from_core.change() as change:
            self._ranges.drop_told(change)
            alone, listed, through, under_way = self._next(change, arrived, limit)
            settled = self._edge.to_core.queue.known(f"{_RESULT}{one.key}" for one in alone)
            taken = change.noted(_TAKEN + one.key for one in alone)
            fresh = [
                one
                for one in alone
                if f"{_RESULT}{one.key}" not in settled and _TAKEN + one.key not in taken
            ]
            change.set_notes((_TAKEN + one.key for one in fresh), b"")
            if through is not None:
                self._edge.done_within(change, through)
        self._under_way = under_way
        return fresh + listed

    def _next(
        self, change: Change, arrived: list[Arrived], limit: int
    ) -> tuple[list[Arrived], list[Arrived], Arrived | None, list[Arrived]]:
        """Return so many texts at most: those that came alone, and those of batches.

        Also the last thing of which no text is left behind them, and a batch of which one is.
        """
        alone: list[Arrived] = []
        listed: list[Arrived] = []
        through: Arrived | None = None
        for one in arrived:
            if len(alone) + len(listed) >= limit:
                break
            texts = self._texts(one)
            if texts is None:
                alone.append(one)
            else:
                room = limit - len(alone) - len(listed)
                some, whole = self._ranges.take(change, one, texts, limit=room)
                listed += some
                if not whole:
                    return alone, listed, through, [one]
            through = one
        return alone, listed, through, []

    def _texts(self, one: Arrived) -> list[OutboundText] | None:
        """Return the texts of a batch, which is opened once however many turns it takes."""
        if self._unfolded[0] != one.row:
            self._unfolded = one.row, _unfolded(one)
        return self._unfolded[1]

    async def settle(self, result: SendResult, *, late: bool = False) -> None:
        """Store what became of an attempt, for the core; many that wait share one commit.

        Args:
            result: the outcome.
            late: it resolves an UNKNOWN that was told before.
        """
        await self.settle_all([result], late=late)

    async def settle_all(self, results: Iterable[SendResult], *, late: bool = False) -> None:
        """Store what became of many attempts; see `settle`."""
        kind = _LATE if late else _RESULT
        self._unsettled += [(f"{kind}{result.attempt}", result) for result in results]
        async with self._writing:
            batch, self._unsettled = self._unsettled, []
            while batch:
                try:
                    await asyncio.to_thread(self._write, batch)
                    self.forget_open(result.attempt for _, result in batch)
                    break
                except SpoolFull:  # it left, and must be told; until then nothing more is taken
                    logger.warning("claims.disk_full", count=len(batch))
                    await asyncio.sleep(FULL_AGAIN_S)

    def _write(self, batch: list[tuple[str, SendResult]]) -> None:
        listed = [
            result
            for key, result in batch
            if key.startswith(_RESULT) and result.attempt in self._ranges
        ]
        by_route: dict[str, list[SendResult]] = {}
        for result in listed:
            if len(result.carrier_ids) <= 1:
                by_route.setdefault(result.route, []).append(result)
        folded = {f"{_RESULT}{each.attempt}" for some in by_route.values() for each in some}
        things = [(key, result.to_bytes()) for key, result in batch if key not in folded]
        things += [(f"{_RESULTS}{some[0].attempt}", _together(some)) for some in by_route.values()]
        attempts = [result.attempt for result in listed]
        with self._edge.to_core.queue.change() as change:
            self._edge.to_core.put_within(change, things)
            self._ranges.settle(change, attempts)
        self._ranges.stored(attempts)
        if len(attempts) < len(batch):
            with self._edge.from_core.change() as change:
                change.drop_notes(_TAKEN + result.attempt for _, result in batch)


def _together(results: list[SendResult]) -> bytes:
    """Return results of one route, with one id each at most, as one thing."""
    return SendResults(
        results[0].route,
        [result.attempt for result in results],
        [result.outcome for result in results],
        [result.carrier_ids[0] if result.carrier_ids else "" for result in results],
        [result.status for result in results],
        results[-1].at,
    ).to_bytes()


class Works:
    """Takes claims while the channel is open and does them side by side, until `stop`.

    Args:
        claims: where they come from.
        most: how many at a time, one second of the route's tokens at most; a kill leaves no more UNKNOWN.
        is_open: waits until the channel can be written to.
        do: returns the works that do these claims and settle them; what one raises is told and the
            others go on.
    """

    def __init__(
        self,
        claims: Claims,
        *,
        most: int,
        is_open: Callable[[], Awaitable[None]],
        do: Callable[[list[Arrived]], Iterable[Coroutine[Any, Any, None]]],
    ) -> None:
        self._claims, self._most, self._is_open, self._do = claims, max(1, most), is_open, do
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping, self._left = False, asyncio.Event()

    async def run(self) -> None:
        """Say what an earlier life left open, then work until `stop`.

        While the disk takes nothing, nothing leaves: what cannot be marked as taken could leave twice.
        """
        known = False
        while not self._stopping:
            try:
                if not known:
                    await self._recover()
                    known = True
                await self._step()
            except SpoolFull:
                logger.warning("claims.disk_full", count=0)
                await asyncio.sleep(FULL_AGAIN_S)
        self._left.set()
        await asyncio.Event().wait()  # whoever stopped us ends the process

    async def _recover(self) -> None:
        left = await asyncio.to_thread(self._claims.recover, now=clock.wall())
        if left:
            logger.warning("claims.unknown_after_restart", count=left)

    async def _step(self) -> None:
        await self._is_open()
        room = await self._claims.room(self._most)
        for work in self._do(await self._claims.take(limit=room, wait_s=_LOOK_UP_S)):
            self.add(work)

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one more beside the others."""
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("claims.broke", error=type(error).__name__)
        if not self._tasks:  # what broke settled nothing, and holds no room for ever
            self._claims.forget_open()

    async def stop(self) -> None:
        """Take nothing more and wait for what is being done."""
        self._stopping = True
        await self._left.wait()
        while self._tasks:
            await asyncio.wait(self._tasks)
