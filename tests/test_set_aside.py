"""One thing that cannot be taken in: those behind it arrive, somebody is called, nothing is lost."""

import re
from dataclasses import field, fields, make_dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import count

import pytest

from safeconduct import envelope
from safeconduct.access.queries import calls_for
from safeconduct.access.rules import Duty
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.envelope import Carried, InboundText, Receipt
from safeconduct.post.models import Orphan
from safeconduct.spool import core_end
from safeconduct.spool.lanes import CHAIN, TRIES
from safeconduct.web.rooms import _call_for_given_up as call
from tests.spooled import Gateway

NO_FORM = b"\xff\x00 these bytes are no form of ours"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_keys = count(1)


@pytest.fixture(scope="session")
def _far_end(data_folder, keeper):
    return Gateway(data_folder, keeper)


@pytest.fixture
def gateway(_far_end, data_folder, db):
    """The gateway, its chain unbroken so far and nothing waiting; lanes are opened anew."""
    _cleared(data_folder)
    yield _far_end
    _cleared(data_folder)


def _cleared(data):
    """Take away what others left in this process's spool: rows, what was set aside, a broken chain."""
    queue = core_end.incoming(data)
    rows, left = queue.asides(), queue.take(limit=10_000)
    with queue.change() as change:
        for row in rows:
            change.forget_aside(row)
        if left:
            change.acknowledge(left[-1].id)
        change.set_note("opened:smpp", change.note(CHAIN))
    queue.close()
    reading._lane.clear()
    reading._beside.clear()


def brings(gateway, text):
    gateway.brings(f"smpp:aside{next(_keys)}", inbound(text))


def brings_what_breaks(gateway):
    gateway._to_core.put(f"smpp:broken{next(_keys)}", NO_FORM)


def of_the_next_release(text):
    """A text as a gateway of the next release brings it: with a field more."""
    return inbound(text).to_bytes().replace(b'{"arrival"', b'{"a_mood":"afraid","arrival"')


def upgraded(monkeypatch):
    """The core's process is started anew, of a release that knows the field."""
    known = [(each.name, each.type, field(default=each.default)) for each in fields(InboundText)]
    mood = ("a_mood", str, field(default=""))
    later = make_dataclass("InboundText", [*known, mood], bases=(Carried,), frozen=True)
    monkeypatch.setitem(envelope.KINDS, "InboundText", later)
    monkeypatch.setattr(reading, "InboundText", later)
    reading._lane.clear()
    reading._beside.clear()


def fails(times):
    for _ in range(times):
        with pytest.raises(ValueError):  # noqa: PT011  whatever it is that these bytes are not
            taken_in()  # a slow machine comes to it by a later step


def taken_in():
    while reading._ingest():
        pass


def given_up(browser):
    told = browser.get("/settings/").content.decode()
    return re.findall(r'data-kind="notices.job" data-ref="(\d+)"', told)


def test_what_always_fails_blocks_nobody_and_calls_a_supervisor(gateway, officer, client_of):
    supervisor = officer(Duty.SUP)
    browser = client_of(supervisor)
    brings_what_breaks(gateway)
    brings(gateway, "Здравствуйте")
    fails(TRIES - 1)
    assert Conversation.objects.exists()  # the text behind it has not waited for its tries
    assert reading._lane[0].queue.waiting() == 2
    taken_in()
    assert Message.objects.filter(direction="in").count() == 1
    assert given_up(browser) == calls_for(supervisor) == []
    for _ in range(2):  # once for each cause, however often the loop looks
        reading._set_asides()
        call()
    assert len(given_up(browser)) == len(calls_for(supervisor)) == 1


def test_tried_again_in_vain_it_is_kept_and_stands_before_him_again(gateway, officer, client_of):
    browser = client_of(officer(Duty.SUP))
    brings_what_breaks(gateway)
    fails(TRIES - 1)
    taken_in()
    reading._set_asides()
    (number,) = given_up(browser)
    assert browser.post(f"/settings/jobs/{number}/again/").status_code == 303
    assert given_up(browser) == []
    reading._set_asides()
    assert given_up(browser) == [number]
    (row,) = reading._beside[0].queue.asides()
    assert reading._beside[0].again(row).content == NO_FORM


def test_bytes_that_do_not_open_come_in_once_they_do_and_all_of_them_on_one_press(
    gateway, officer, client_of, data_folder
):
    browser = client_of(officer(Duty.SUP))
    known = data_folder / "link" / "smpp-sign.pub"
    struck = known.read_bytes()
    queue = core_end.incoming(data_folder)
    known.unlink()  # the gateway was struck out, and by mistake
    reading._lane.clear()
    brings(gateway, "Здравствуйте")
    brings(gateway, "Вы там?")
    taken_in()
    assert queue.set_asides() == 2
    reading._set_asides()
    assert len(given_up(browser)) == 2
    known.write_bytes(struck)
    reading._lane.clear()
    reading._beside.clear()
    browser.post(f"/settings/jobs/{given_up(browser)[0]}/again/")
    reading._set_asides()
    reading._set_asides()
    assert Message.objects.filter(direction="in").count() == 2
    assert (given_up(browser), queue.set_asides()) == ([], 0)
    queue.close()


def test_one_that_fails_takes_none_of_those_beside_it_with_it(gateway, data_folder):
    receipts = [Receipt("smpp", n, f"c{n}", "+380501112233", "DELIVRD", NOON) for n in range(4)]
    for n, receipt in enumerate(receipts):
        if n == 2:
            brings_what_breaks(gateway)
        gateway.brings(f"smpp:beside{n}", receipt)
    fails(1)
    assert Orphan.objects.count() == 2
    fails(TRIES - 2)
    taken_in()
    assert Orphan.objects.count() == 4
    queue = core_end.incoming(data_folder)
    assert (queue.set_asides(), queue.waiting()) == (1, 0)
    queue.close()


def test_without_a_keeper_nothing_is_set_aside_and_all_of_it_waits(gateway, keeper):
    brings(gateway, "Здравствуйте")
    reading._receiving(reading._lane)
    keeper.kill()
    try:
        for _ in range(TRIES + 1):
            with pytest.raises(reading.client.KeeperAway):
                reading._ingest()
    finally:
        keeper.start()
    assert reading._lane[0].queue.set_asides() == 0
    assert reading._lane[0].queue.waiting() == 1
    taken_in()
    assert Message.objects.filter(direction="in").count() == 1


def test_a_text_of_a_newer_gateway_waits_calls_a_supervisor_and_comes_in_by_itself_after_the_upgrade(
    gateway, officer, client_of, monkeypatch
):
    supervisor = officer(Duty.SUP)
    browser = client_of(supervisor)
    gateway._to_core.put(f"smpp:next{next(_keys)}", of_the_next_release("Мне страшно"))
    brings(gateway, "Здравствуйте")
    taken_in()
    assert Message.objects.filter(direction="in").count() == 1
    reading._set_asides()
    call()
    assert len(given_up(browser)) == len(calls_for(supervisor)) == 1
    assert "Bring the core up to the gateways’ release" in page(browser)
    reading._lane.clear()  # started anew, and of the same release still
    taken_in()
    assert Message.objects.filter(direction="in").count() == 1
    upgraded(monkeypatch)
    taken_in()
    reading._set_asides()
    assert Message.objects.filter(direction="in").count() == 2
    assert given_up(browser) == []
    assert reading._lane[0].queue.set_asides() == 0
    taken_in()
    assert Message.objects.filter(direction="in").count() == 2


def page(browser):
    return unescape(browser.get("/settings/").content.decode()).replace("'", "’")
