"""Our client against a carrier that misbehaves, and our server against such a client."""

import asyncio
import random

import pytest

from safeconduct.smpp.codec import (
    HEADER,
    Bind,
    Command,
    Pdu,
    Status,
    bind_body,
    cut,
    id_body,
    message_body,
)
from safeconduct.smpp.tests.linked import DRAFT, Carrier, Stranger, linked
from safeconduct.smpp.tests.waiting import until

pytestmark = pytest.mark.enable_socket


def test_unknown_commands_are_nacked_and_the_link_stays():
    async def story():
        carrier = Stranger()
        async with carrier.bound():
            carrier.send(Pdu(0x0123, 0, 41))
            carrier.send(Pdu(Command.ALERT_NOTIFICATION, 0, 42, b"\0\0\0\0\0\0"))
            carrier.send(Pdu(Command.OUTBIND, 0, 43, b"x\0y\0"))  # refused: we do the calling
            carrier.send(Pdu(Command.ENQUIRE_LINK, 0, 44))
            await until(lambda: len(carrier.answers()) >= 3)
            assert carrier.answers() == [
                (0x80000000, Status.BAD_COMMAND, 41),
                (0x80000000, Status.BAD_COMMAND, 43),
                (0x80000015, 0, 44),
            ]
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


def test_only_an_answer_of_the_same_command_and_a_nack_are_answers():
    async def story():
        carrier = Stranger()
        async with carrier.bound() as client:
            asked = asyncio.ensure_future(client.submit(DRAFT))
            await until(lambda: any(pdu.command == Command.SUBMIT_SM for pdu in carrier.seen))
            number = carrier.seen[-1].sequence
            carrier.send(Pdu(0x80000005, 0, number, b"\0"))
            carrier.send(Pdu(0x80000004, 0, number + 1, id_body("another's")))
            carrier.send(Pdu(0x80000004, 0, number, id_body("ours")))
            assert await asked == (0, "ours")
            for status, told in ((Status.THROTTLED, Status.THROTTLED), (0, Status.SYSTEM_ERROR)):
                asked = asyncio.ensure_future(client.submit(DRAFT))
                await until(lambda last=number: carrier.seen[-1].sequence > last)
                number = carrier.seen[-1].sequence
                carrier.send(Pdu(Command.GENERIC_NACK, status, number))
                assert await asked == (told, "")

    asyncio.run(story())


def test_a_server_asks_a_silent_client_whether_it_is_there_and_lets_a_dead_one_go():
    async def story():
        carrier = Carrier(idle_s=0.3)
        async with linked(carrier):
            await until(
                lambda: any(s._wire._sequence % 1_000_000 >= 2 for s in carrier.server.sessions)
            )
            assert not carrier.left.is_set()  # it answered, twice
        carrier = Carrier(idle_s=0.3, answer_s=0.3)
        port = await carrier.server.start()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(Pdu(Command.BIND_RECEIVER, 0, 1, bind_body(Bind("us", "secret"))).to_bytes())
        await asyncio.wait_for(carrier.left.wait(), 15)
        writer.close()
        await carrier.server.stop()

    asyncio.run(story())


def test_a_server_refuses_what_comes_before_the_bind_and_a_second_bind_and_an_outbind():
    async def story():
        carrier, buffer, found = Carrier(), bytearray(), []
        reader, writer = await asyncio.open_connection("127.0.0.1", await carrier.server.start())
        bind = bind_body(Bind("us", "secret"))
        for pdu in (
            Pdu(Command.SUBMIT_SM, 0, 1, message_body(DRAFT)),
            Pdu(Command.BIND_TRANSMITTER, 0, 2, bind_body(Bind("us", "wrong"))),
            Pdu(Command.BIND_TRANSMITTER, 0, 3, bind),
            Pdu(Command.BIND_TRANSMITTER, 0, 4, bind),
            Pdu(Command.OUTBIND, 0, 5, b"x\0y\0"),
            Pdu(Command.SUBMIT_SM, 0, 6, b"\0"),
            Pdu(Command.UNBIND, 0, 7),
        ):
            writer.write(pdu.to_bytes())
        while data := await asyncio.wait_for(reader.read(4096), 15):
            buffer += data
        found = sorted((p.sequence, p.command, p.status) for p in cut(buffer))
        assert found == [
            (1, 0x80000004, Status.WRONG_BIND_STATE),
            (2, 0x80000002, Status.BAD_PASSWORD),
            (3, 0x80000002, 0),
            (4, 0x80000002, Status.ALREADY_BOUND),
            (5, 0x80000000, Status.BAD_COMMAND),
            (6, 0x80000004, Status.BAD_COMMAND_LENGTH),
            (7, 0x80000006, 0),
        ]
        writer.close()
        await carrier.server.stop()

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
