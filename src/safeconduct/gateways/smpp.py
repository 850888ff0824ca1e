"""The carrier's gateway: texts in and out by SMPP 3.4. Its table in gateway.toml is `[smpp]`.

In: what the carrier delivers is numbered, sealed to the core and on disk before it is answered;
what cannot be stored is answered "come again". Nothing is dropped or merged: a text that may be
a redelivery is marked and stands beside the first. Out: an attempt is marked as taken before a
byte leaves; what was taken when this process died is UNKNOWN, and never sent again by itself.
See spool/config.py and spool/carrier.py for the lines of the file.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from safeconduct import clock, log
from safeconduct.envelope import Carried, InboundText, OutboundText, Receipt, SendResult
from safeconduct.smpp import receipts
from safeconduct.smpp.client import Client
from safeconduct.smpp.codec import (
    Address,
    Malformed,
    Message,
    Pdu,
    Status,
    message_body,
    read_message,
)
from safeconduct.smpp.segments import messages, read
from safeconduct.smpp.sending import REFUSED, Bucket, Manner, Outcome, send_each, send_text
from safeconduct.spool import carrier
from safeconduct.spool.claims import Claims, Works
from safeconduct.spool.config import Config
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.lanes import Arrived
from safeconduct.spool.lately import Lately
from safeconduct.spool.seen import Seen

_ARRIVAL = "arrival"
REPLY_WANTED = 1  # registered_delivery: a receipt for success and failure (SMPP 3.4, §5.2.17)
NUMBERS_KNOWN = 10_000
WINDOWS_TAKEN = (
    4  # marked as taken at once; 2 halve the rate, 10 double both it and what a kill leaves (0103)
)
SAY_EVERY_S = 1.0  # between two lines that say how many were stored
_REFERENCES = 1 << 16
_LONGEST = 21  # octets of a destination, its end among them (SMPP 3.4, §4.4.1)
logger = log.get_logger()


class _Came(NamedTuple):
    """A deliver_sm that could be read; `report` is None where a person speaks."""

    body: bytes
    message: Message
    report: receipts.Report | None


class Inbound:
    """From a deliver_sm to the spool."""

    def __init__(self, edge: Edge, *, alphabet: str, receipt_ids: str = "text") -> None:
        self._edge, self._alphabet, self._receipt_ids = edge, alphabet, receipt_ids
        self._seen = Seen(edge.to_core.queue)
        self._batch, self._lately = 0, Lately()
        self._unsaid, self._said_at = 0, -SAY_EVERY_S

    def bound_anew(self) -> None:
        """Begin another life of the link: what comes now may have come before."""
        self._seen.new_life()

    async def on_deliver_sm(self, batch: list[Pdu]) -> list[int]:
        """Store a batch in one commit; return the status of each answer.

        Raises:
            SpoolFull: nothing was stored; the carrier is told to come again.
        """
        self._batch += 1
        statuses, texts = await asyncio.to_thread(self._store, batch)
        if texts:  # a receipt that comes again tells nothing new; a person's text does
            self._edge.reach("commit-answer", times=texts)
        return statuses

    def _store(self, batch: list[Pdu]) -> tuple[list[int], int]:
        """Return the status of each answer, and how many texts of people were stored."""
        read = [self._read(pdu) for pdu in batch]
        good = [came for came in read if isinstance(came, _Came)]
        bodies = [came.body for came in good if came.report is None]
        soon, now, name = self._lately.among(bodies), clock.wall(), self._edge.config.name
        with self._edge.to_core.queue.change() as change:
            first = int.from_bytes(change.note(_ARRIVAL) or b"", "big") + 1
            again = self._seen.within(change, self._batch, bodies) if bodies else []
            marks = iter([before or near for before, near in zip(again, soon, strict=True)])
            things = [self._thing(came, n, now, marks) for n, came in enumerate(good, first)]
            change.set_note(_ARRIVAL, (first + len(things) - 1).to_bytes(8, "big"))
            self._edge.to_core.put_within(
                change, [(f"{name}:{n}", thing.to_bytes()) for n, thing in enumerate(things, first)]
            )
        self._seen.stored()
        self._lately.came(bodies)
        self._log(len(things))
        statuses = [Status.OK if isinstance(came, _Came) else came for came in read]
        return statuses, len(bodies)

    def _read(self, pdu: Pdu) -> _Came | int:
        """Return what a deliver_sm holds, or the status that says what is wrong with it."""
        try:
            message = read_message(pdu)
        except Malformed as malformed:
            logger.warning("smpp.malformed", code=malformed.status, bytes=len(pdu.body))
            return malformed.status
        return _Came(
            pdu.body, message, receipts.read(message) if receipts.is_receipt(message) else None
        )

    def _thing(self, came: _Came, arrival: int, now: datetime, marks: Iterator[bool]) -> Carried:
        name, message, report = self._edge.config.name, came.message, came.report
        if report is not None:
            if report.forms_differ:
                logger.warning("smpp.receipt_forms_differ", seq=arrival)
            whom = str(message.source)
            carrier_id = receipts.canonical(report.carrier_id, base=self._receipt_ids)
            return Receipt(name, arrival, carrier_id, whom, report.stat, now)
        place, text, octets = read(message, default=self._alphabet)
        return InboundText(
            route=name,
            arrival=arrival,
            arrived_at=now,
            sender=str(message.source),
            recipient=str(message.destination),
            text=text or "",
            reference=place.reference,
            part=place.number,
            parts=place.total,
            raw=b"" if text is not None else octets,
            maybe_again=next(marks),
        )

    def _log(self, count: int = 0) -> None:
        """Say how many were stored, once a second: a line for each commit costs more than many a text."""
        self._unsaid += count
        moment = time.monotonic()
        if self._unsaid and moment - self._said_at >= SAY_EVERY_S:
            logger.info("smpp.stored", count=self._unsaid)
            self._unsaid, self._said_at = 0, moment

    async def answers_were_read(self) -> None:
        """Forget what the carrier will not deliver again, and what is too old to."""
        await asyncio.to_thread(self._seen.answered, self._batch)
        self._log()


@lru_cache(maxsize=16)  # ours, and of all texts the same few
def _sender(told: str) -> Address:
    return Address.of(told)


@lru_cache(maxsize=16)
def _around(
    sender: str, text: str, ton: int, npi: int, manner: Manner
) -> tuple[bytes, bytes] | None:
    """Return what stands before and behind the recipient's number in the one message that a text is."""
    draft = Message(_sender(sender), Address("", ton, npi), registered=REPLY_WANTED)
    try:
        parts = messages(draft, text, reference=0, joined=manner.joined, default=manner.default)
        body = message_body(parts[0]) if len(parts) == 1 else b""
    except ValueError:
        return None
    at = len(draft.service) + 1 + 2 + len(draft.source.number) + 1 + 2  # SMPP 3.4, §4.4.1
    return (body[:at], body[at:]) if body else None


class Outbound:
    """From an attempt to its result."""

    def __init__(
        self,
        edge: Edge,
        client: Client,
        *,
        rate: float,
        window: int,
        manner: Manner,
        answer_ids: str,
    ) -> None:
        self._edge, self._client = edge, client
        self._manner, self._answer_ids = manner, answer_ids
        self.claims = Claims(edge)
        self._bucket = Bucket(rate)
        # What is taken when we die stays UNKNOWN: few. One commit marks many as taken: not too few.
        most = max(1, min(int(rate), WINDOWS_TAKEN * window))
        self.works = Works(self.claims, most=most, is_open=client.bound, do=self._do)
        self._references: OrderedDict[str, int] = OrderedDict()
        self._next = secrets.randbelow(_REFERENCES)  # for whom we do not know
        self._ready: list[SendResult] = []
        self._storing = False

    def _do(self, batch: list[Arrived]) -> list[Coroutine[Any, Any, None]]:
        """Return the works that send a batch: texts of one part by one stream, others each by itself."""
        single: list[tuple[OutboundText, bytes]] = []
        works: list[Coroutine[Any, Any, None]] = []
        for arrived in batch:
            try:
                text = arrived.read(OutboundText)
            except ValueError:
                logger.error("smpp.not_a_text", seq=arrived.row)  # noqa: TRY400  what it is says nothing
                self.claims.forget_open([arrived.key])
                continue
            whole = self._in_one_part(text)
            if whole is None:
                works.append(self.submit(text))
            else:
                single.append((text, whole))
        return [*works, self.submit_singles(single)] if single else works

    def _in_one_part(self, text: OutboundText) -> bytes | None:
        """Return the body of the one message that a text is, None where it takes more or cannot be written.

        A campaign says the same to thousands: all but the number of it is written once.
        """
        to = Address.of(text.recipient)
        around = _around(text.sender, text.text, to.ton, to.npi, self._manner)
        number = to.number.encode()
        if around is None or len(number) >= _LONGEST or not number.isalnum():
            return None  # what is wrong with it is told where it is sent by itself
        return around[0] + number + around[1]

    def _draft(self, text: OutboundText) -> Message:
        return Message(_sender(text.sender), Address.of(text.recipient), registered=REPLY_WANTED)

    async def submit_singles(self, single: list[tuple[OutboundText, bytes]]) -> None:
        """Send texts of one part each, and settle each attempt as it is answered."""
        moment, now = asyncio.get_running_loop().time(), clock.wall()

        def told(n: int, outcome: Outcome) -> None:
            self._edge.reach("write-result")
            self._settle_soon(self._result(single[n][0], outcome))

        def late(n: int, outcome: Outcome) -> None:
            result = self._result(single[n][0], outcome)
            self.works.add(self.claims.settle(result, late=True))

        await send_each(
            self._client,
            [body for _text, body in single],
            until=[moment + (text.not_after - now).total_seconds() for text, _body in single],
            bucket=self._bucket,
            told=told,
            late=late,
            before_write=lambda: self._edge.reach("claim-write"),
        )

    async def submit(self, text: OutboundText) -> None:
        """Send one text, part after part, and settle its attempt: SENT, REFUSED or UNKNOWN."""

        def resolve(outcome: Outcome) -> None:
            self.works.add(self.claims.settle(self._result(text, outcome), late=True))

        left_s = (text.not_after - clock.wall()).total_seconds()
        if left_s < 0:
            await self.claims.settle(self._result(text, Outcome(REFUSED, [])))
            return
        outcome = await send_text(
            self._client,
            self._draft(text),
            text.text,
            reference=self._reference(text.recipient),
            bucket=self._bucket,
            manner=self._manner,
            patience_s=left_s,  # a carrier that says "not now" burns no attempt before that
            late=resolve,
            before_write=lambda: self._edge.reach("claim-write"),
        )
        self._edge.reach("write-result")
        await self.claims.settle(self._result(text, outcome))

    def _settle_soon(self, result: SendResult) -> None:
        """Settle with whatever else is answered until the disk is free: one commit for all."""
        self._ready.append(result)
        if not self._storing:
            self._storing = True
            self.works.add(self._store())

    async def _store(self) -> None:
        try:
            while self._ready:
                ready, self._ready = self._ready, []
                await self.claims.settle_all(ready)
        finally:
            self._storing = False

    def _result(self, text: OutboundText, outcome: Outcome) -> SendResult:
        return SendResult(
            attempt=text.attempt,
            route=text.route,
            outcome=outcome.outcome,
            carrier_ids=[
                receipts.canonical(told, base=self._answer_ids) for told in outcome.carrier_ids
            ],
            status=outcome.status,
            at=clock.wall(),
        )

    def _reference(self, recipient: str) -> int:
        """Return the next reference for a destination; it counts up (3GPP TS 23.040, §9.2.3.24.1)."""
        last = self._references.pop(recipient, self._next)
        self._references[recipient] = (last + 1) % _REFERENCES  # a header takes 8 or 16 bits of it
        if len(self._references) > NUMBERS_KNOWN:
            _, self._next = self._references.popitem(last=False)  # he goes on, if he comes again
        return self._references[recipient]


async def run(config: Config) -> None:
    """Be the gateway until SIGTERM."""
    edge = Edge(config)
    manner, (answer_ids, receipt_ids) = carrier.manner(config), carrier.id_bases(config)
    inbound = Inbound(edge, alphabet=manner.default, receipt_ids=receipt_ids)

    def tell(event: str, status: int) -> None:
        logger.info("smpp.link", state=event, code=status, gateway=config.name)
        if event == "bound":
            inbound.bound_anew()

    account = carrier.account(config)
    client = Client(
        account,
        deliver=inbound.on_deliver_sm,
        tell=tell,
        read_past=inbound.answers_were_read,
    )
    outbound = Outbound(
        edge,
        client,
        rate=carrier.rate(config),
        window=account.window,
        manner=manner,
        answer_ids=answer_ids,
    )

    async def end() -> None:
        await outbound.works.stop()
        await client.stop()

    await edge.run(client.run(), outbound.works.run(), before_end=end)


if __name__ == "__main__":
    raise SystemExit(command(run, channel="smpp"))
