"""What a gateway may do only once: marked as taken before it is done, settled by a result after.

Taken and not settled when the process died means UNKNOWN: it is said so and never done again here.
An attempt that was taken or settled before is passed over, however often it comes.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from safeconduct.envelope import SendResult
from safeconduct.spool.edge import Edge
from safeconduct.spool.lanes import Arrived

UNKNOWN = "UNKNOWN"
_TAKEN = "taken:"


class Claims:
    """The claims of one edge, each by its attempt, which is the key it came under."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._unsettled: list[tuple[str, SendResult]] = []
        self._writing = asyncio.Lock()

    def recover(self, *, now: datetime) -> int:
        """Settle as UNKNOWN what an earlier life took and did not settle; return how many."""
        left = self._edge.from_core.notes(_TAKEN)
        results = [
            (
                f"result:{attempt}",
                SendResult(
                    attempt=attempt,
                    route=self._edge.config.name,
                    outcome=UNKNOWN,
                    carrier_ids=[],
                    status=0,
                    at=now,
                ),
            )
            for attempt in (name.removeprefix(_TAKEN) for name in left)
        ]
        self._write(results)
        return len(results)

    async def take(self, *, limit: int) -> list[Arrived]:
        """Wait for claims, mark them durably as taken, and return them; never one twice."""
        while True:
            arrived = await self._edge.take(limit=limit)
            fresh = await asyncio.to_thread(self._mark, arrived)
            if fresh:
                return fresh

    def _mark(self, arrived: list[Arrived]) -> list[Arrived]:
        results = self._edge.to_core.queue
        fresh = [one for one in arrived if not results.knows(f"result:{one.key}")]
        with self._edge.from_core.change() as change:
            fresh = [one for one in fresh if change.note(_TAKEN + one.key) is None]
            for one in fresh:
                change.set_note(_TAKEN + one.key, b"")
            self._edge.done_within(change, arrived[-1])
        return fresh

    async def settle(self, result: SendResult, *, late: bool = False) -> None:
        """Store what became of an attempt, for the core; many that wait share one commit.

        Args:
            result: the outcome.
            late: it resolves an UNKNOWN that was told before.
        """
        key = f"{'late' if late else 'result'}:{result.attempt}"
        self._unsettled.append((key, result))
        async with self._writing:
            batch, self._unsettled = self._unsettled, []
            if batch:
                await asyncio.to_thread(self._write, batch)

    def _write(self, batch: list[tuple[str, SendResult]]) -> None:
        self._edge.to_core.put_many((key, result.to_bytes()) for key, result in batch)
        with self._edge.from_core.change() as change:
            for _, result in batch:
                change.set_note(_TAKEN + result.attempt, None)


class UnderWay:
    """Keeps works going side by side, at most `most` at a time."""

    def __init__(self, most: int, *, broke: Callable[[BaseException], None]) -> None:
        self._most, self._broke = most, broke
        self._tasks: set[asyncio.Task[None]] = set()

    async def room(self) -> int:
        """Wait until there is room for one; return for how many."""
        while len(self._tasks) >= self._most:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        return self._most - len(self._tasks)

    def add(self, task: asyncio.Task[None]) -> None:
        """Keep a work until it ends; one that raises is told, the others go on."""
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broke(error)

    async def drain(self) -> None:
        """Wait until all have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)
