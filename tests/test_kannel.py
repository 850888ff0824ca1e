"""Kannel, Debian's, bound to our small server: texts, receipts and what people write, both ways.

It judges our codec as another author's client: what it refuses or misreads is our fault.
"""

import asyncio
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from safeconduct.bench.peer_kannel import ACCOUNT, ASK, is_here, kannel
from safeconduct.envelope import InboundText, Receipt
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.gateways import http_sms
from safeconduct.gateways.tests.test_http_sms import HOOK, Line
from safeconduct.spool.tests.test_link import running
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


def test_our_gateway_and_kannel_understand_each_other_by_post_in_both_directions(tmp_path, carrier):
    line, phone = Line(tmp_path / "line", "kannel", 1), Phone(HIM, carrier=carrier, programme="100")
    service = f'post-url = "http://127.0.0.1:{line.port}/in/{HOOK}"\nsend-sender = true\nomit-empty = true'
    told = {"a1": "Short {one} €", "a2": "Здравствуйте, " * 9, "a3": "[plain] ~" * 20}

    def story(known):
        for attempt, text in told.items():
            line.sends(attempt, text, to=HIM)
        until(lambda: all(known(f"told:{each}:DELIVRD") for each in told))
        # Kannel tells us of a text by the receipt of one part; another part may be throttled still.
        until(lambda: len(phone.texts()) == len(told))
        for text in ("Нас двое", "we are {two} €", "Нас двое"):
            phone.say(text)
        until(lambda: known("http_sms:3"))

    async def play():
        hook = http_sms.Hook(line.edge, line.made.config())
        server = http_sms.http.Server(hook.serve, refused=http_sms.Answer(400))
        async with await server.listen(("127.0.0.1", line.port)), running(hook.saying.works.run()):
            await asyncio.to_thread(story, line.edge.to_core.queue.knows)

    with kannel(tmp_path, smsc=carrier.port, port=free_port, service=service) as made:
        path = line.made.folder / "gateway.toml"
        lines = path.read_text().replace(
            "127.0.0.1:1/send", f"127.0.0.1:{made.http}/cgi-bin/sendsms"
        )
        lines = lines.replace('"AC1"', '"bench"').replace('"token"', '"bench"')
        path.write_text(lines.replace("https://sms.example", f"http://127.0.0.1:{line.port}"))
        asyncio.run(play())
    assert sorted(phone.texts()) == sorted(told.values())
    assert {each: line.outcomes()[each][:2] for each in told} == {n: ("SENT", [n]) for n in told}
    assert [each.stat for each in line.of(Receipt)] == ["DELIVRD"] * 3
    assert sorted(line.texts()) == sorted(["Нас двое", "we are {two} €", "Нас двое"])
    assert {each.sender for each in line.of(InboundText)} == {HIM}
