"""Our client against our small server over TCP, and against a server that misbehaves."""

import asyncio
import contextlib
import random
import ssl
from typing import Any

import pytest

from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import (
    HEADER,
    Address,
    Command,
    Message,
    Pdu,
    Status,
    cut,
    id_body,
    message_body,
)
from safeconduct.smpp.sending import REFUSED, SENT, UNKNOWN, Bucket, Outcome, send_text
from safeconduct.smpp.server import Server
from safeconduct.smpp.tests.tls import self_signed
from safeconduct.smpp.tests.waiting import until
from safeconduct.smpp.wire import NotSent, Unanswered

pytestmark = pytest.mark.enable_socket

HERE, THERE = Address("100", 3, 0), Address("380501112233")
DRAFT = Message(HERE, THERE, registered=1)


def account(port, **changed):
    told = {"host": "127.0.0.1", "port": port, "system_id": "us", "password": "secret"}
    return Account(**{**told, "answer_s": 5.0, "idle_s": 10.0, **changed})


class Carrier:
    """Accepts everything; keeps what it accepted."""

    def __init__(self, statuses=()):
        self.taken, self.statuses = [], list(statuses)
        self.under_way = self.most_under_way = 0
        self.wait_s = 0.0
        self.left = asyncio.Event()
        self.server = Server(
            accounts={"us": "secret"}, submit=self.submit, left=lambda _: self.left.set()
        )

    async def submit(self, _session, message):
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.wait_s)
        self.under_way -= 1
        status = self.statuses.pop(0) if self.statuses else Status.OK
        if status == Status.OK:
            self.taken.append(message)
        return status, f"id{len(self.taken)}"

    async def session(self):
        async with asyncio.timeout(15):
            while not (found := [s for s in self.server.sessions if s.receives]):
                await asyncio.sleep(0.01)
        return found[0]


@contextlib.asynccontextmanager
async def linked(carrier, **changed):
    told = {key: changed.pop(key) for key in ("deliver", "tell", "read_past") if key in changed}
    port = await carrier.server.start()
    client = Client(account(port, **changed), **told)
    running = asyncio.ensure_future(client.run())
    try:
        async with asyncio.timeout(20):
            await client.bound()
            yield client
    finally:
        await client.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()


def test_the_window_is_kept_and_everything_is_answered_once():
    async def story():
        carrier = Carrier()
        carrier.wait_s = 0.02
        async with linked(carrier, window=4) as client:
            told = await asyncio.gather(*(client.submit(DRAFT) for _ in range(40)))
        assert {status for status, _ in told} == {0}
        assert carrier.most_under_way == 4
        assert len(carrier.taken) == 40

    asyncio.run(story())


def test_a_delivered_text_is_answered_only_once_the_caller_has_stored_it():
    async def story():
        carrier, stored, batches = Carrier(), asyncio.Event(), []

        async def deliver(batch):
            await stored.wait()
            batches.append(len(batch))
            return [0] * len(batch)

        async with linked(carrier, deliver=deliver):
            session = await carrier.session()
            asked = [asyncio.ensure_future(session.deliver(DRAFT)) for _ in range(50)]
            await asyncio.sleep(0.2)
            assert not any(task.done() for task in asked)
            stored.set()
            assert await asyncio.gather(*asked) == [0] * 50
            assert sum(batches) == 50
            assert len(batches) <= 3  # answered in batches, not one by one

    asyncio.run(story())


def test_what_cannot_be_stored_is_answered_come_again_and_then_the_link_is_given_back():
    async def story():
        carrier = Carrier()

        async def deliver(_batch):
            raise OSError

        async with linked(carrier, deliver=deliver):
            session = await carrier.session()
            for _ in range(3):
                assert await session.deliver(DRAFT) == Status.TEMPORARY
            await asyncio.wait_for(carrier.left.wait(), 15)

    asyncio.run(story())


def test_after_the_answers_the_carrier_is_asked_so_that_they_are_known_to_be_read():
    async def story():
        carrier, proofs = Carrier(), []

        async def deliver(batch):
            return [0] * len(batch)

        async def read_past():
            proofs.append(1)

        async with linked(carrier, deliver=deliver, read_past=read_past):
            session = await carrier.session()
            await session.deliver(DRAFT)
            await until(lambda: proofs)
            await asyncio.sleep(1.2)
            assert proofs == [1]

    asyncio.run(story())


def test_a_throttled_part_alone_is_sent_again_with_the_same_reference():
    async def story():
        carrier = Carrier([0, Status.THROTTLED, Status.QUEUE_FULL])
        async with linked(carrier) as client:
            done = await send_text(client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100))
        assert (done.outcome, done.carrier_ids) == (SENT, ["id1", "id2", "id3"])
        assert [m.short[:6] for m in carrier.taken] == [
            bytes((5, 0, 3, 7, 3, n)) for n in (1, 2, 3)
        ]

    asyncio.run(story())


def test_a_refused_part_ends_the_text_and_the_carriers_code_is_kept():
    async def story():
        carrier = Carrier([0, 0x0B])
        async with linked(carrier) as client:
            done = await send_text(client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100))
        assert (done.outcome, done.carrier_ids, done.status) == (REFUSED, ["id1", "", ""], 0x0B)
        assert len(carrier.taken) == 1

    asyncio.run(story())


def test_silence_after_a_written_part_is_unknown_and_a_late_answer_resolves_it():
    async def story():
        carrier, heard = Carrier(), list[Outcome]()
        carrier.wait_s = 0.6
        async with linked(carrier, answer_s=0.3) as client:
            done = await send_text(
                client, DRAFT, "hello", reference=7, bucket=Bucket(100), late=heard.append
            )
            assert (done.outcome, done.carrier_ids) == (UNKNOWN, [""])
            await until(lambda: heard)
        assert [(one.outcome, one.carrier_ids) for one in heard] == [(SENT, ["id1"])]
        assert len(carrier.taken) == 1

    asyncio.run(story())


def test_a_link_that_closes_leaves_everything_written_unknown_and_is_bound_anew():
    async def story():
        carrier, said = Carrier(), []
        carrier.wait_s = 30
        async with linked(carrier, tell=lambda event, _: said.append(event)) as client:
            asked = [asyncio.ensure_future(client.submit(DRAFT)) for _ in range(5)]
            await asyncio.sleep(0.1)
            await (await carrier.session()).close()
            told = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(one) for one in told} == {Unanswered}
            carrier.wait_s = 0
            await asyncio.sleep(0.05)
            await client.bound()
            assert (await client.submit(DRAFT))[0] == 0
        assert said.count("bound") == 2

    asyncio.run(story())


def test_without_a_link_nothing_is_written_and_that_is_said():
    async def story():
        client = Client(account(1))
        with pytest.raises(NotSent):
            await client.submit(DRAFT)

    asyncio.run(story())


def test_a_wrong_name_raises_an_alarm_and_is_not_tried_in_a_loop():
    async def story():
        carrier, said = Carrier(), []
        port = await carrier.server.start()
        client = Client(
            account(port, system_id="stranger"),
            tell=lambda event, status: said.append((event, status)),
        )
        running = asyncio.ensure_future(client.run())
        await until(lambda: said)
        await asyncio.sleep(1.0)  # and no second try
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()
        assert said == [("refused", Status.BAD_SYSTEM_ID)]

    asyncio.run(story())


def test_stopping_waits_for_what_is_under_way_and_unbinds():
    async def story():
        carrier = Carrier()
        carrier.wait_s = 0.3
        async with linked(carrier) as client:
            asked = asyncio.ensure_future(client.submit(DRAFT))
            await asyncio.sleep(0.05)
            await client.stop()
            assert (await asked)[0] == 0
            await asyncio.wait_for(carrier.left.wait(), 15)

    asyncio.run(story())


class Stranger:
    """A server of bare octets: binds whoever comes, then does what the test says."""

    def __init__(self):
        self.seen: list[Pdu] = []
        self.writer: Any = None
        self.silent = False
        self.gone = asyncio.Event()

    async def start(self):
        self._server = await asyncio.start_server(self.meet, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def meet(self, reader, writer):
        self.writer, buffer = writer, bytearray()
        while data := await reader.read(4096):
            buffer += data
            for pdu in cut(buffer):
                self.seen.append(pdu)
                if pdu.command == Command.BIND_TRANSCEIVER:
                    self.send(Pdu(0x80000009, 0, pdu.sequence, id_body("x")))
                elif pdu.command == Command.ENQUIRE_LINK and not self.silent:
                    self.send(Pdu(0x80000015, 0, pdu.sequence))
        self.gone.set()
        writer.close()

    def send(self, pdu):
        self.writer.write(pdu.to_bytes())

    def answers(self):
        return [(p.command, p.status, p.sequence) for p in self.seen if p.command & 0x80000000]

    @contextlib.asynccontextmanager
    async def bound(self, **changed):
        deliver = changed.pop("deliver", None)
        told = {"deliver": deliver} if deliver else {}
        client = Client(account(await self.start(), **changed), **told)
        running = asyncio.ensure_future(client.run())
        try:
            async with asyncio.timeout(15):
                await client.bound()
                yield client
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await client._drop()
            self._server.close()


def test_unknown_commands_are_nacked_and_the_link_stays():
    async def story():
        carrier = Stranger()
        async with carrier.bound():
            carrier.send(Pdu(0x0123, 0, 41))
            carrier.send(Pdu(Command.ENQUIRE_LINK, 0, 42))
            carrier.send(Pdu(Command.ALERT_NOTIFICATION, 0, 43, b"\0\0\0\0\0\0"))
            await until(lambda: len(carrier.answers()) >= 2)
            await asyncio.sleep(0.2)  # and nothing for the third
            assert carrier.answers() == [(0x80000000, Status.BAD_COMMAND, 41), (0x80000015, 0, 42)]
            assert not carrier.gone.is_set()

    asyncio.run(story())


@pytest.mark.parametrize("length", [3, 15, 2**31])
def test_a_length_that_cannot_be_followed_is_nacked_and_the_link_closed(length):
    async def story():
        carrier = Stranger()
        async with carrier.bound():
            carrier.writer.write(HEADER.pack(length, 5, 0, 1))
            await asyncio.wait_for(carrier.gone.wait(), 15)
            assert carrier.answers()[-1] == (0x80000000, Status.BAD_COMMAND_LENGTH, 0)

    asyncio.run(story())


def test_a_carrier_that_does_not_answer_the_link_check_is_left():
    async def story():
        carrier = Stranger()
        carrier.silent = True
        async with carrier.bound(idle_s=0.4, answer_s=0.4):
            await asyncio.wait_for(carrier.gone.wait(), 15)

    asyncio.run(story())


def test_a_thousand_spoiled_texts_neither_break_the_link_nor_reach_the_caller_unread():
    async def story():
        carrier, chance, taken = Stranger(), random.Random(7), []

        async def deliver(batch):
            taken.extend(batch)
            return [0] * len(batch)

        async with carrier.bound(deliver=deliver):
            whole = message_body(DRAFT)
            for n in range(1, 1001):
                body = bytearray(whole)
                for _ in range(chance.randint(1, 5)):
                    body[chance.randrange(len(body))] = chance.randrange(256)
                carrier.send(
                    Pdu(Command.DELIVER_SM, 0, n, bytes(body[: chance.randint(0, len(body))]))
                )
            await carrier.writer.drain()
            async with asyncio.timeout(15):
                while len(carrier.answers()) < 1000:
                    await asyncio.sleep(0.02)
            assert [sequence for _, _, sequence in carrier.answers()] == list(range(1, 1001))
            assert len(taken) == 1000

    asyncio.run(story())


def test_over_tls_the_carriers_name_is_checked_and_another_authority_refused(tmp_path):
    ours, others = self_signed(tmp_path, "localhost"), self_signed(tmp_path, "localhost")

    async def story():
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(ours)
        carrier = Carrier()
        carrier.server = Server(accounts={"us": "secret"}, submit=carrier.submit, tls=serving)
        trusting = ssl.create_default_context(cafile=ours)
        async with linked(carrier, tls=trusting, host="localhost") as client:
            assert (await client.submit(DRAFT))[0] == 0
        said = []
        carrier.server = Server(accounts={"us": "secret"}, submit=carrier.submit, tls=serving)
        port = await carrier.server.start()
        wrong = ssl.create_default_context(cafile=others)
        client = Client(
            account(port, tls=wrong, host="localhost"), tell=lambda event, _: said.append(event)
        )
        running = asyncio.ensure_future(client.run())
        await until(lambda: said)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()
        assert said
        assert set(said) == {"lost"}

    asyncio.run(story())
