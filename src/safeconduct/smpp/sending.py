"""One text by one bind: its parts in order, throttling waited out, one honest outcome.

SENT: the carrier has answered for every part. REFUSED: it has said no to one, and what came
after was not sent. UNKNOWN: a part was written and nobody knows. Only a part that the carrier
said it had not taken is written twice.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from safeconduct.smpp.client import Client
from safeconduct.smpp.codec import NOT_TAKEN, Message, Status
from safeconduct.smpp.segments import Joined, TooLong, messages
from safeconduct.smpp.wire import NotSent, Unanswered

SENT, REFUSED, UNKNOWN = "SENT", "REFUSED", "UNKNOWN"
_FIRST_S, _LONGEST_S = 0.2, 5.0
PATIENCE_S = 120.0  # of throttling, unless told how long the text is worth waiting for


@dataclass(slots=True)
class Outcome:
    """What became of a text.

    Attributes:
        outcome: SENT, REFUSED or UNKNOWN.
        carrier_ids: one per part, "" where there was no answer.
        status: the carrier's status that decided, 0 when none.
    """

    outcome: str
    carrier_ids: list[str]
    status: int = 0


class Bucket:
    """Tokens for parts: `rate` a second, at most one second of them saved up."""

    def __init__(self, rate: float) -> None:
        self._rate, self._tokens = rate, rate
        self._at = self._resting_until = 0.0

    def rest(self, wait_s: float) -> None:
        """Give out no token for a while: the carrier asked the whole route to slow down."""
        until = asyncio.get_running_loop().time() + wait_s
        self._resting_until = max(self._resting_until, until)

    async def take(self) -> None:
        """Wait for a token and take it."""
        while wait_s := self.take_now():
            await asyncio.sleep(wait_s)

    def take_now(self) -> float:
        """Take a token, if there is one: 0; else return how long to wait before asking again, seconds."""
        moment = asyncio.get_running_loop().time()
        if moment < self._resting_until:
            return self._resting_until - moment
        self._tokens = min(self._rate, self._tokens + (moment - self._at) * self._rate)
        self._at = moment
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate

    async def some(self, most: int) -> int:
        """Wait for a token; take as many as are there, `most` at most, and return how many."""
        await self.take()
        more = min(most - 1, int(self._tokens))
        self._tokens -= more
        return 1 + more


@dataclass(frozen=True, slots=True)
class Manner:
    """How a carrier wants its texts.

    Attributes:
        joined: how the parts of a long text are held together.
        default: what data_coding 0 means there, one of `alphabet.CARRIER_DEFAULTS`.
    """

    joined: Joined = Joined.UDH_8
    default: str = "gsm"


async def send_text(
    client: Client,
    draft: Message,
    text: str,
    *,
    reference: int,
    bucket: Bucket,
    manner: Manner = Manner(),
    patience_s: float = PATIENCE_S,
    late: Callable[[Outcome], None] | None = None,
    before_write: Callable[[], None] = lambda: None,
) -> Outcome:
    """Send one text and say what became of it.

    Args:
        client: a client; a link that is down is waited for, as long as nothing was written.
        draft: addresses and flags for every part.
        text: the text, cut here.
        reference: of the parts' headers; counts up for each destination.
        bucket: tokens of the route.
        manner: what the carrier wants.
        patience_s: how long to wait for link, token, and a carrier that says "not now", seconds.
            What was not written by then is not written: REFUSED, and without ids and status if
            the carrier has accepted nothing.
        late: hears the outcome when an answer that was given up arrives after all.
        before_write: called before each part leaves.
    """
    try:
        parts = messages(
            draft, text, reference=reference, joined=manner.joined, default=manner.default
        )
    except TooLong:
        return Outcome(REFUSED, [], 0)
    done = Outcome(SENT, [""] * len(parts))
    until = asyncio.get_running_loop().time() + patience_s
    for n, part in enumerate(parts):
        hear = None if late is None or n + 1 < len(parts) else _resolves(done, n, late)
        try:
            status, carrier_id = await _one(
                client, part, bucket, hear, before_write=before_write, until=until
            )
        except Unanswered:
            done.outcome = UNKNOWN
            return done
        except TimeoutError:
            return Outcome(REFUSED, done.carrier_ids if n else [], 0)
        if status != Status.OK:
            done.outcome, done.status = REFUSED, status
            return done
        done.carrier_ids[n] = carrier_id
    return done


def _resolves(done: Outcome, n: int, late: Callable[[Outcome], None]) -> Callable[[int, str], None]:
    def hear(status: int, carrier_id: str) -> None:
        ids = [*done.carrier_ids[:n], carrier_id, *done.carrier_ids[n + 1 :]]
        late(Outcome(SENT if status == Status.OK else REFUSED, ids, status))

    return hear


async def _one(
    client: Client,
    part: Message,
    bucket: Bucket,
    late: Callable[[int, str], None] | None,
    *,
    before_write: Callable[[], None],
    until: float,
) -> tuple[int, str]:
    """Write one part until it is answered with more than "not now", §5.1.3; each time the same octets.

    Raises:
        TimeoutError: it was not accepted by `until`, on the loop's clock.
        Unanswered: as `Client.submit`.
    """
    wait = 0.0
    while True:
        if not client.is_bound or bucket.take_now():
            async with asyncio.timeout_at(until):
                await client.bound()
                await bucket.take()
        before_write()
        try:
            status, carrier_id = await client.submit(part, late=late)
        except NotSent:
            async with asyncio.timeout_at(until):
                await asyncio.sleep(_FIRST_S)
            continue
        if status not in NOT_TAKEN:
            return status, carrier_id
        wait = min(_LONGEST_S, wait * 2 or _FIRST_S)
        bucket.rest(wait)


Each = Callable[[int, Outcome], None]


async def send_each(
    client: Client,
    parts: Sequence[bytes],
    *,
    until: Sequence[float],
    bucket: Bucket,
    told: Each,
    late: Each,
    before_write: Callable[[], None] = lambda: None,
) -> None:
    """Send many texts of one part each, the window always full; return when all are told.

    What the carrier says it has not taken, and what a falling link left unwritten, is sent again.

    Args:
        client: a client; a link that is down is waited for.
        parts: the body of each, as `message_body` makes it.
        until: up to when each may be written, on the loop's clock; then it is REFUSED and no byte left.
        bucket: tokens of the route.
        told: hears once of each text, by its place in `parts`.
        late: hears of one that was told as UNKNOWN, when its answer comes after all.
        before_write: called before each part leaves.
    """
    todo, wait = list(range(len(parts))), 0.0
    while todo:
        room = await _room(client, bucket, todo, until=until)
        moment = asyncio.get_running_loop().time()
        for n in [n for n in todo if until[n] <= moment]:
            told(n, Outcome(REFUSED, []))
        todo = [n for n in todo if until[n] > moment]
        batch, todo = todo[:room], todo[room:]
        if not batch:
            continue
        again, unwritten = await _stream(
            client, parts, batch, told=told, late=late, before_write=before_write
        )
        wait = min(_LONGEST_S, wait * 2 or _FIRST_S) if again else 0.0
        if again:
            bucket.rest(wait)
        if unwritten:
            await asyncio.sleep(_FIRST_S)
        todo = [*unwritten, *again, *todo]


async def _room(
    client: Client, bucket: Bucket, todo: Sequence[int], *, until: Sequence[float]
) -> int:
    """Return how many may be written now, 0 when the first of them is too late before any may."""
    try:
        async with asyncio.timeout_at(min(until[n] for n in todo)):
            await client.bound()
            return await bucket.some(len(todo))
    except TimeoutError:
        return 0


async def _stream(
    client: Client,
    parts: Sequence[bytes],
    batch: Sequence[int],
    *,
    told: Each,
    late: Each,
    before_write: Callable[[], None],
) -> tuple[list[int], Sequence[int]]:
    """Write a batch; return what the carrier said it had not taken, and what was not written."""
    again: list[int] = []

    def bodies() -> Iterator[bytes]:
        for n in batch:
            before_write()
            yield parts[n]

    def hear(place: int, status: int | None, carrier_id: str) -> None:
        if status in NOT_TAKEN:
            again.append(batch[place])
        else:
            told(batch[place], _outcome(status, carrier_id))

    def hear_late(place: int, status: int | None, carrier_id: str) -> None:
        late(batch[place], _outcome(status, carrier_id))

    written = await client.submit_all(bodies(), hear, late=hear_late)
    return again, batch[written:]


def _outcome(status: int | None, carrier_id: str) -> Outcome:
    if status is None:
        return Outcome(UNKNOWN, [""])
    if status == Status.OK:
        return Outcome(SENT, [carrier_id])
    return Outcome(REFUSED, [""], status)
