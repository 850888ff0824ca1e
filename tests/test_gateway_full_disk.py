"""What a gateway says to the carrier when it cannot store: come again, never thank you."""

import asyncio
import json

import pytest

from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.gateways.smpp import Inbound
from safeconduct.smpp.client import Client
from safeconduct.spool import carrier as carriers
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def carrier(tmp_path):
    made = Carrier(accounts={"us": "secret"}, record=tmp_path / "carrier.jsonl", habits=Habits())
    made.start()
    yield made
    made.stop()


def statuses(path):
    """The status of every deliver_sm_resp, read off the recorded octets."""
    told = (json.loads(line) for line in path.read_text().splitlines())
    raws = [bytes.fromhex(row["hex"]) for row in told if row["way"] == "in"]
    return [int.from_bytes(raw[8:12], "big") for raw in raws if raw[4:8] == b"\x80\x00\x00\x05"]


def test_a_full_disk_is_answered_come_again_and_every_text_is_taken_once_there_is_room(
    tmp_path, carrier
):
    table = f'server = "127.0.0.1:{carrier.port}"\nsystem_id = "us"\npassword = "secret"\n'
    made = programme(tmp_path, table=table)
    phone = Phone("+380501112233", carrier=carrier, programme="100")

    async def until(told):
        async with asyncio.timeout(60):
            while not told():
                await asyncio.sleep(0.05)

    async def story():
        edge = Edge(made.config())
        queue = edge.to_core.queue
        inbound = Inbound(edge, alphabet="gsm")
        client = Client(carriers.account(made.config()), deliver=inbound.on_deliver_sm)
        running = asyncio.ensure_future(client.run())
        (pages,) = queue._db.execute("PRAGMA page_count").fetchone()
        queue._db.execute(f"PRAGMA max_page_count={pages + 3}")
        for n in range(40):
            phone.say(f"text {n}")
        await until(lambda: 0x64 in statuses(carrier._record))
        thanked = statuses(carrier._record).count(0)
        assert thanked <= queue.waiting() < 40
        queue._db.execute("PRAGMA max_page_count=100000")
        await until(lambda: queue.waiting() == 40)
        await until(lambda: statuses(carrier._record).count(0) == 40)
        await client.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())
