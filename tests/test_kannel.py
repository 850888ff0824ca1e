"""Kannel, Debian's, bound to our small server: texts, receipts and what people write, both ways.

It judges our codec as another author's client: what it refuses or misreads is our fault.
"""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from safeconduct.bench.peer_kannel import ACCOUNT, ASK, is_here, kannel
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket
HIM = "+380501112233"


@pytest.fixture
def carrier(tmp_path):
    if not is_here():
        pytest.fail(ASK, pytrace=False)
    habits = Habits(receipt_s=(0.0, 0.05), throttled=0.2, seed=5)
    made = Carrier(accounts=dict([ACCOUNT]), record=tmp_path / "pdus", habits=habits)
    made.start()
    yield made
    made.stop()


def until(told):
    end = time.monotonic() + 60
    while not told():
        assert time.monotonic() < end
        time.sleep(0.05)


def called(made, path):
    """What Kannel called this path with, read as its own operator would."""
    parts = [urlsplit(each) for each in made.callbacks.paths]
    return [parse_qs(each.query, encoding="latin-1") for each in parts if each.path == path]


def test_kannel_sends_by_our_server_is_told_what_arrived_and_hears_who_writes(tmp_path, carrier):
    phone = Phone(HIM, carrier=carrier, programme="100")
    long = "Здравствуйте, нас тут двое, готовы выйти. Куда идти, когда лучше? Сидим дома за рекой."
    with kannel(tmp_path, smsc=carrier.port, port=free_port) as made:
        for text in ("Short {one} €", long, "Plain words. " * 20):
            assert made.send(iter([HIM]), text) == 1
        until(lambda: len(phone.texts()) == 3)
        assert sorted(phone.texts()) == sorted(["Short {one} €", long, "Plain words. " * 20])
        until(lambda: len(called(made, "/dlr")) == 3)
        assert {told["stat"][0] for told in called(made, "/dlr")} == {"1"}  # delivered
        phone.say("Нас двое")
        phone.say("we are {two}")
        until(lambda: len(called(made, "/mo")) == 2)
        until(lambda: carrier.owed() == 0)
        texts = {told["coding"][0]: told["text"][0] for told in called(made, "/mo")}
        assert texts["2"].encode("latin-1").decode("utf-16-be") == "Нас двое"
        assert texts["0"] == "we are {two}"
        assert {told["from"][0] for told in called(made, "/mo")} == {HIM}
