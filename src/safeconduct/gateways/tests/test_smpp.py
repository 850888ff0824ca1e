"""The carrier's gateway in one process with both ends of the link; the carrier is a simulator's."""

import asyncio
from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.envelope import InboundText, OutboundText, SendResult, kind_of
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.gateways import smpp
from safeconduct.smpp import receipts
from safeconduct.smpp.codec import (
    Address,
    Command,
    Message,
    Pdu,
    Status,
    message_body,
)
from safeconduct.spool import config, core_end
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import NOON, programme

pytestmark = pytest.mark.enable_socket
DAY = timedelta(days=1)
HIM = "+380501112233"
TABLE = 'server = "127.0.0.1:{port}"\nsystem_id = "us"\npassword = "secret"\nsegments_per_s = 50\n'


def delivered(text):
    message = Message(Address.of(HIM), Address.of("100"), coding=8, short=text.encode("utf-16-be"))
    return Pdu(Command.DELIVER_SM, 0, 1, message_body(message))


def test_a_text_is_sealed_on_disk_before_it_is_answered_and_a_broken_one_is_refused(tmp_path):
    made = programme(tmp_path, name="smpp", table=TABLE.format(port=1))
    edge = Edge(made.config())
    inbound = smpp.Inbound(edge, alphabet="gsm")
    broken = Pdu(Command.DELIVER_SM, 0, 2, b"\0")
    statuses = asyncio.run(inbound.on_deliver_sm([delivered("Нас двое"), broken]))
    assert statuses[0] == Status.OK
    assert statuses[1] != Status.OK
    (item,) = Edge(made.config()).to_core.queue.take()
    assert "Нас двое".encode() not in item.body
    assert "Нас двое".encode("utf-16-be") not in item.body


class Core:
    """The core's end of the link: what landed, by kind, and the lane to the gateway."""

    def __init__(self, made):
        self.made, self.came = made, []
        self.lane = core_end.sending_to(made.data, "smpp")
        self._inbox = core_end.receiving(made.data, keys=made.core_keys)

    def dialler(self):
        peer = config.peers(self.made.data, stamp="exercise")[0]
        return Dialler(self.made.data, peer, handed=self.made.handed())

    def kinds(self):
        for one in self._inbox.take():
            self.came.append(one.content)
            self._inbox.done(one)
        return set(map(kind_of, self.came))

    def one(self, kind):
        (found,) = [each for each in self.came if kind_of(each) == kind.__name__]
        return kind.from_bytes(found)


async def running(core, *, until):
    """Run gateway and dialler until everything in `until` has landed."""
    tasks = [
        asyncio.ensure_future(work) for work in (smpp.run(core.made.config()), core.dialler().run())
    ]
    try:
        async with asyncio.timeout(30):
            while not until <= core.kinds():
                await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def carrier(tmp_path):
    habits = Habits(throttled=0.0)
    made = Carrier(accounts={"us": "secret"}, record=tmp_path / "pdus", habits=habits)
    made.start()
    yield made
    made.stop()


def test_what_he_writes_comes_in_and_what_is_sent_reaches_him_once(tmp_path, carrier):
    core = Core(programme(tmp_path, name="smpp", table=TABLE.format(port=carrier.port)))
    phone = Phone(HIM, carrier=carrier, programme="100")
    phone.say("Нас двое")
    text = OutboundText("a1", "smpp", "100", HIM, "Ждём вас", clock.wall() + DAY)
    core.lane.put("a1", text.to_bytes())
    asyncio.run(running(core, until={"InboundText", "SendResult", "Receipt"}))
    assert phone.texts() == ["Ждём вас"]
    came, result = core.one(InboundText), core.one(SendResult)
    assert (came.sender, came.text) == (HIM, "Нас двое")
    assert (result.attempt, result.outcome) == ("a1", "SENT")


def receipt_for(carrier_id):
    message = receipts.write(
        carrier_id,
        "DELIVRD",
        source=Address.of(HIM),
        destination=Address.of("100"),
        at="3105041200",
    )
    return Pdu(Command.DELIVER_SM, 0, 1, message_body(message))


def test_a_receipt_that_writes_the_id_in_another_base_names_the_id_of_the_answer(tmp_path):
    made = programme(tmp_path, name="smpp", table=TABLE.format(port=1))
    for base, expected in (("text", "42"), ("decimal", "42"), ("hex", "66")):
        edge = Edge(made.config())
        inbound = smpp.Inbound(edge, alphabet="gsm", receipt_ids=base)
        thing = inbound._thing(inbound._read(receipt_for("42")), 1, NOON, iter([]))
        assert (thing.carrier_id, thing.stat) == (expected, "DELIVRD")
    answered = receipts.canonical("0000002A", base="hex")
    assert answered == receipts.canonical("42", base="decimal")


def test_a_carrier_that_throttles_for_a_while_burns_no_attempt_and_the_text_leaves_once(
    tmp_path, carrier
):
    carrier._habits = Habits(throttled=0.6)  # the first of its draws is below, the second above
    core = Core(programme(tmp_path, name="smpp", table=TABLE.format(port=carrier.port)))
    phone = Phone(HIM, carrier=carrier, programme="100")
    text = OutboundText("a1", "smpp", "100", HIM, "Ждём вас", clock.wall() + DAY)
    core.lane.put("a1", text.to_bytes())
    asyncio.run(running(core, until={"SendResult", "Receipt"}))
    assert phone.texts() == ["Ждём вас"]
    assert core.one(SendResult).outcome == "SENT"
    assert "8000000400000058" in (tmp_path / "pdus").read_text()
