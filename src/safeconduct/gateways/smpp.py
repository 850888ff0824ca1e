"""The carrier's gateway: texts in and out by SMPP 3.4. Its table in gateway.toml is `[smpp]`.

In: what the carrier delivers is numbered, sealed to the core and on disk before it is answered;
what cannot be stored is answered "come again". Nothing is dropped or merged: a text that may be
a redelivery is marked and stands beside the first. Out: an attempt is marked as taken before a
byte leaves; what was taken when this process died is UNKNOWN, and never sent again by itself.
See spool/config.py and spool/carrier.py for the lines of the file.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any

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
_REFERENCES = 1 << 16
logger = log.get_logger()


class Inbound:
    """From a deliver_sm to the spool."""

    def __init__(self, edge: Edge, *, alphabet: str, receipt_ids: str = "text") -> None:
        self._edge, self._alphabet, self._receipt_ids = edge, alphabet, receipt_ids
        self._seen = Seen(edge.to_core.queue)
        self._batch, self._lately = 0, Lately()

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
        read = [_read(pdu) for pdu in batch]
        good = [
            (pdu, message)
            for pdu, message in zip(batch, read, strict=True)
            if isinstance(message, Message)
        ]
        name, bodies = self._edge.config.name, [pdu.body for pdu, _message in good]
        soon = self._lately.among(bodies)
        with self._edge.to_core.queue.change() as change:
            first = int.from_bytes(change.note(_ARRIVAL) or b"", "big") + 1
            again = self._seen.within(change, self._batch, bodies)
            things = [
                self._thing(message, arrival, again=mark or near)
                for arrival, ((_pdu, message), mark, near) in enumerate(
                    zip(good, again, soon, strict=True), start=first
                )
            ]
            change.set_note(_ARRIVAL, (first + len(things) - 1).to_bytes(8, "big"))
            self._edge.to_core.put_within(
                change,
                [
                    (f"{name}:{arrival}", thing.to_bytes())
                    for arrival, thing in enumerate(things, first)
                ],
            )
        self._seen.stored()
        self._lately.came(bodies)
        logger.info("smpp.stored", count=len(things))
        statuses = [Status.OK if isinstance(each, Message) else each for each in read]
        return statuses, sum(isinstance(thing, InboundText) for thing in things)

    def _thing(self, message: Message, arrival: int, *, again: bool) -> Carried:
        name, now = self._edge.config.name, clock.wall()
        if receipts.is_receipt(message) and (report := receipts.read(message)):
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
            maybe_again=again,
        )

    async def answers_were_read(self) -> None:
        """Forget what the carrier will not deliver again, and what is too old to."""
        await asyncio.to_thread(self._seen.answered, self._batch)


def _read(pdu: Pdu) -> Message | int:
    """Return what a deliver_sm holds, or the status that says what is wrong with it."""
    try:
        return read_message(pdu)
    except Malformed as malformed:
        logger.warning("smpp.malformed", code=malformed.status, bytes=len(pdu.body))
        return malformed.status


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
        most = max(1, min(int(rate), 10 * window))
        self.works = Works(self.claims, most=most, is_open=client.bound, do=self._do)
        self._references: OrderedDict[str, int] = OrderedDict()
        self._next = secrets.randbelow(_REFERENCES)  # for whom we do not know
        self._ready: list[SendResult] = []
        self._storing = False

    def _do(self, batch: list[Arrived]) -> list[Coroutine[Any, Any, None]]:
        """Return the works that send a batch: texts of one part by one stream, others each by itself."""
        single: list[tuple[OutboundText, Message]] = []
        works: list[Coroutine[Any, Any, None]] = []
        for arrived in batch:
            try:
                text = OutboundText.from_bytes(arrived.content)
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

    def _in_one_part(self, text: OutboundText) -> Message | None:
        """Return the one message that a text is, None where it takes more or cannot be written."""
        draft, manner = self._draft(text), self._manner
        try:
            parts = messages(
                draft, text.text, reference=0, joined=manner.joined, default=manner.default
            )
            message_body(parts[0])
        except ValueError:  # what is wrong with it is told where it is sent by itself
            return None
        return parts[0] if len(parts) == 1 else None

    def _draft(self, text: OutboundText) -> Message:
        return Message(Address.of(text.sender), Address.of(text.recipient), registered=REPLY_WANTED)

    async def submit_singles(self, single: list[tuple[OutboundText, Message]]) -> None:
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
            [message for _text, message in single],
            until=[moment + (text.not_after - now).total_seconds() for text, _message in single],
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
