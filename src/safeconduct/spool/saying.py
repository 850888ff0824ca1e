"""From the core's text to its result, for a channel that says one text by one request.

Marked as taken before a byte leaves; SENT, REFUSED or UNKNOWN after. Only what the channel says it
has not taken, or what never reached it, is tried again, and no longer than the text may be sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from safeconduct import clock, log
from safeconduct.envelope import OutboundText, SendResult
from safeconduct.smpp.sending import REFUSED, Bucket, Outcome
from safeconduct.spool.claims import Claims, Works
from safeconduct.spool.edge import Edge
from safeconduct.spool.lanes import Arrived

AWAY_S = 5.0  # between two tries at a channel that cannot be reached
logger = log.get_logger()


class NotTaken(Exception):
    """The channel has surely not taken the text; it may be said again after `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"not taken; again in {wait_s} s")
        self.wait_s = wait_s


async def _open() -> None:
    return


class Saying:
    """Says what the core sends, one text at a time for each token of the route.

    Args:
        rate: texts a second that the contract allows.
        say: says one text and returns what became of it, or raises `NotTaken`.
        is_open: waits until the channel can be spoken to.
    """

    def __init__(
        self,
        edge: Edge,
        *,
        rate: float,
        say: Callable[[OutboundText], Awaitable[Outcome]],
        is_open: Callable[[], Awaitable[None]] = _open,
    ) -> None:
        self._edge, self._say, self._bucket = edge, say, Bucket(max(1.0, rate))
        self.claims = Claims(edge)
        self.works = Works(
            self.claims,
            most=max(1, int(rate)),
            is_open=is_open,
            do=lambda batch: map(self.one, batch),
        )

    async def one(self, arrived: Arrived) -> None:
        """Say one text and settle its attempt."""
        if arrived.kind != OutboundText.__name__:
            logger.error("gateway.not_a_text", gateway=self._edge.config.name, seq=arrived.row)
            return
        text = arrived.read(OutboundText)
        outcome = await self._said(text)
        self._edge.reach("write-result")
        await self.settle(text.attempt, text.route, outcome)

    async def _said(self, text: OutboundText) -> Outcome:
        while clock.wall() <= text.not_after:
            await self._bucket.take()
            self._edge.reach("claim-write")
            try:
                return await self._say(text)
            except NotTaken as told:
                self._bucket.rest(told.wait_s)
                if clock.wall() + timedelta(seconds=told.wait_s) > text.not_after:
                    break
        return Outcome(REFUSED, [])  # too late by then; no byte of it was taken

    async def settle(
        self, attempt: str, route: str, outcome: Outcome, *, late: bool = False
    ) -> None:
        """Tell the core what became of an attempt.

        Args:
            late: it resolves what was UNKNOWN.
        """
        result = SendResult(
            attempt=attempt,
            route=route,
            outcome=outcome.outcome,
            carrier_ids=outcome.carrier_ids,
            status=outcome.status,
            at=clock.wall(),
        )
        await self.claims.settle(result, late=late)


async def again_and_again(step: Callable[[], Awaitable[None]], *, gateway: str) -> None:
    """Do `step` for ever; when the line to the channel breaks, say so once and try again."""
    well = True
    while True:
        try:
            await step()
            well = True
        except (OSError, EOFError, TimeoutError) as failed:
            if well:
                logger.warning("channel.away", gateway=gateway, error=type(failed).__name__)
            well = False
            await asyncio.sleep(AWAY_S)
