"""The simulated carrier and its phones, bound to by a plain client."""

import asyncio
import json
import re
import threading
from contextlib import contextmanager

import pytest

from safeconduct.exercise.phones import Answer, Phone, crowd
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.smpp import receipts
from safeconduct.smpp.alphabet import decode
from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import Address, Message, Status, read_message
from safeconduct.smpp.segments import placed
from safeconduct.smpp.sending import SENT, Bucket, send_text

pytestmark = pytest.mark.enable_socket
HIM = "+380501112233"


@pytest.fixture
def carrier(tmp_path):
    made = Carrier(
        accounts={"us": "secret"},
        record=tmp_path / "carrier.jsonl",
        habits=Habits(receipt_s=(0.0, 0.05), throttled=0.0),
    )
    made.start()
    yield made
    made.stop()


class Programme:
    """A client in a thread of its own, that stores what comes and may refuse to."""

    def __init__(self, port):
        self.came: list[Message] = []
        self.refuses = False
        self.loop = asyncio.new_event_loop()
        self.client = Client(
            Account("127.0.0.1", port, "us", "secret", answer_s=3.0), deliver=self.deliver
        )
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    async def deliver(self, batch):
        if self.refuses:
            return [Status.TEMPORARY] * len(batch)
        self.came.extend(read_message(pdu) for pdu in batch)
        return [0] * len(batch)

    def call(self, work, within_s=10.0):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within_s)

    def send(self, number, text):
        draft = Message(Address.of("100"), Address.of(number), registered=1)
        return self.call(send_text(self.client, draft, text, reference=5, bucket=Bucket(100)))

    def until(self, told, within_s=10.0):
        async def wait():
            async with asyncio.timeout(within_s):
                while not told():
                    await asyncio.sleep(0.02)

        self.call(wait(), within_s + 1)

    def texts(self):
        people = [message for message in self.came if not receipts.is_receipt(message)]
        return [decode(placed(message)[1], coding=message.coding) for message in people]

    def stats(self):
        told = [receipts.read(m) for m in self.came if receipts.is_receipt(m)]
        return [report.stat for report in told if report]


@contextmanager
def programme(carrier):
    made = Programme(carrier.port)
    made.thread.start()
    running = asyncio.run_coroutine_threadsafe(made.client.run(), made.loop)
    made.call(made.client.bound())
    try:
        yield made
    finally:
        made.call(made.client.stop())
        running.result(5)
        made.loop.call_soon_threadsafe(made.loop.stop)
        made.thread.join()
        made.loop.close()


def test_a_long_text_reaches_a_handset_whole_and_each_part_has_its_receipt(carrier):
    phone = Phone(HIM, carrier=carrier, programme="100")
    with programme(carrier) as us:
        done = us.send(HIM, "Слово " * 30)
        assert (done.outcome, len(done.carrier_ids)) == (SENT, 3)
        assert phone.hear(re.compile("Слово"), patience_s=5)
        assert phone.texts() == ["Слово " * 30]
        us.until(lambda: us.stats() == ["DELIVRD"] * 3)


def test_a_number_that_nobody_has_is_told_as_undelivered(carrier):
    with programme(carrier) as us:
        assert us.send("+380500000000", "hello").outcome == SENT
        us.until(lambda: us.stats() == ["UNDELIV"])


def test_what_was_not_taken_comes_again_in_the_same_session_and_after_the_next_bind(carrier):
    phone = Phone(HIM, carrier=carrier, programme="100")
    with programme(carrier) as us:
        us.refuses = True
        phone.say("one")
        us.until(lambda: carrier_saw(carrier, Status.TEMPORARY) >= 2)
        assert carrier.owed() == 1
        carrier.drop_links()
        us.refuses = False
        us.until(lambda: us.texts() == ["one"])
        us.until(lambda: carrier_saw(carrier, Status.OK) == 1)
    assert carrier.owed() == 0


def carrier_saw(carrier, status):
    """How many deliver_sm_resp with this status were recorded."""
    rows = [json.loads(line) for line in carrier._record.read_text().splitlines()]
    raws = [bytes.fromhex(row["hex"]) for row in rows if row["way"] == "in"]
    return sum(raw[4:12] == b"\x80\x00\x00\x05" + status.to_bytes(4, "big") for raw in raws)


def test_phones_of_a_crowd_have_numbers_in_a_row_and_the_first_ones_opt_out(carrier):
    phones = crowd("+380670000008", 4, carrier=carrier, programme="100", opts_out=("СТОП",))
    assert [p.number for p in phones] == [f"+3806700000{n:02d}" for n in (8, 9, 10, 11)]
    with programme(carrier) as us:
        for phone in phones:
            us.send(phone.number, "news")
        us.until(lambda: us.texts() == ["СТОП"])
        assert all(phone.texts() == ["news"] for phone in phones)


def test_a_phone_hears_only_what_is_later_than_what_it_heard(carrier):
    phone = Phone(
        HIM, carrier=carrier, programme="100", answers=(Answer(re.compile("two"), "yes"),)
    )
    with programme(carrier) as us:
        us.send(HIM, "word 1")
        us.send(HIM, "word two")
        heard = [phone.hear(re.compile(r"word (?P<n>\w+)"), patience_s=5) for _ in range(2)]
        assert [match and match.group("n") for match in heard] == ["1", "two"]
        assert phone.hear(re.compile("word"), patience_s=0.1) is None
        us.until(lambda: us.texts() == ["yes"])


def test_two_carriers_with_one_seed_throttle_the_same_submissions(tmp_path):
    def statuses(name):
        habits = Habits(throttled=0.3, seed=5, receipt_s=(0.0, 0.0))
        made = Carrier(accounts={"us": "secret"}, record=tmp_path / name, habits=habits)
        made.start()
        try:
            with programme(made) as us:
                draft = Message(Address.of("100"), Address.of(HIM))
                return [us.call(us.client.submit(draft))[0] for _ in range(30)]
        finally:
            made.stop()

    first = statuses("a.jsonl")
    assert first == statuses("b.jsonl")
    assert set(first) == {Status.OK, Status.THROTTLED}
