"""Both our sides against what another author wrote, in Rust, in a process of its own."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import IO, cast

import pytest
from tests.ports import free_port

from safeconduct.smpp import receipts
from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import Address, Message, read_message
from safeconduct.smpp.segments import read
from safeconduct.smpp.sending import SENT, Bucket, send_text
from safeconduct.smpp.server import Server

pytestmark = pytest.mark.enable_socket


class Others:
    """The other process, line by line."""

    def __init__(self, name, port):
        self.port = port
        path = Path(__file__).with_name(name)
        self.process = subprocess.Popen(
            [sys.executable, str(path), str(self.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.orders = cast(IO[str], self.process.stdin)
        self.events = cast(IO[str], self.process.stdout)

    async def next(self, event):
        while True:
            line = await asyncio.wait_for(asyncio.to_thread(self.events.readline), 10)
            told = json.loads(line)
            if told["event"] == event:
                return told

    def deliver(self, number, text):
        told = {"number": number, "body": text.encode("utf-16-be").hex(), "coding": 8}
        self.orders.write(json.dumps(told) + "\n")
        self.orders.flush()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.orders.close()
        self.events.close()


TEXT = "Идите к мосту, когда увидите наш знак. Мы вас ждём и проводим до самого места."


async def send_and_compare(client, others):
    draft = Message(Address.of("100"), Address.of("+380501112233"), registered=1)
    done = await send_text(client, draft, TEXT, reference=9, bucket=Bucket(50))
    assert (done.outcome, done.carrier_ids) == (SENT, ["theirs-1", "theirs-2"])
    parts = [await others.next("submit") for _ in range(2)]
    bodies = [bytes.fromhex(part["body"]) for part in parts]
    assert {part["to"] for part in parts} == {"380501112233"}
    assert [body[:6] for body in bodies] == [bytes((5, 0, 3, 9, 2, n)) for n in (1, 2)]
    assert b"".join(body[6:] for body in bodies).decode("utf-16-be") == TEXT


async def talk(others, came):
    async def deliver(batch):
        came.extend(read_message(pdu) for pdu in batch)
        return [0] * len(batch)

    await others.next("listens")
    client = Client(Account("127.0.0.1", others.port, "us", "secret"), deliver=deliver)
    running = asyncio.ensure_future(client.run())
    async with asyncio.timeout(20):
        assert (await others.next("bound"))["system_id"] == "us"
        await client.bound()
        await send_and_compare(client, others)
        others.deliver("380501112233", "Понял вас")
        while len(came) < 3:
            await asyncio.sleep(0.02)
        await client.stop()
        await others.next("unbound")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_texts_receipts_and_unbind_work_with_another_authors_carrier():
    others = Others("others_server.py", free_port())
    came: list[Message] = []
    try:
        asyncio.run(talk(others, came))
    finally:
        others.end()
    told = [receipts.read(message) for message in came if receipts.is_receipt(message)]
    reports = [report for report in told if report is not None]
    assert len(reports) == len(told)
    assert sorted((r.carrier_id, r.stat, r.forms_differ) for r in reports) == [
        ("theirs-1", "DELIVRD", False),
        ("theirs-2", "DELIVRD", False),
    ]
    (text,) = (message for message in came if not receipts.is_receipt(message))
    assert read(text).text == "Понял вас"
    assert str(text.source) == "+380501112233"


async def be_its_carrier(others, server, taken):
    await others.next("bound")
    answers = [await others.next("answered") for _ in range(2)]
    assert [(told["status"], told["message_id"]) for told in answers] == [(0, "id1"), (0, "id2")]
    (session,) = server.sessions
    receipt = receipts.write(
        "id1", "DELIVRD", source=taken[0].destination, destination=taken[0].source, at="3105041200"
    )
    assert await session.deliver(receipt) == 0
    told = await others.next("deliver")
    assert (told["of"], told["tlvs"]) == ("380501112233", {"001e": b"id1\0".hex(), "0427": "02"})
    assert bytes.fromhex(told["body"]).startswith(b"id:id1 sub:001")
    others.orders.close()
    await others.next("unbound")


def test_another_authors_client_binds_sends_and_is_delivered_to_by_our_server():
    taken: list[Message] = []

    async def submit(_session, message):
        taken.append(message)
        return 0, f"id{len(taken)}"

    async def story():
        server = Server(accounts={"us": "secret"}, submit=submit)
        others = Others("others_client.py", await server.start())
        try:
            async with asyncio.timeout(20):
                await be_its_carrier(others, server, taken)
        finally:
            others.end()
            await server.stop()

    asyncio.run(story())
    assert [read(message).text for message in taken] == ["plain", "Да"]
    assert [message.tlvs for message in taken] == [(), ((0x0204, b"\0\7"),)]
