"""The week has ended: the keeper turns the links' keys, and all that runs takes them without a restart."""

import json
import os
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from safeconduct import clock, sealing
from safeconduct.access import client, corekeys, workers
from safeconduct.access.models import Call
from safeconduct.cases import worker as cases
from safeconduct.command import family
from safeconduct.command.supervise import Family, Part
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Message
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.keeper import links
from safeconduct.keeper.links import TURNED, WEEK_S
from safeconduct.keeper.vault import RATCHETED
from safeconduct.notices import queries as notices
from safeconduct.spool import core_end, standing, stops
from safeconduct.spool.carried import Sealer
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.lanes import Sending
from safeconduct.spool.protocol import BEFORE, OURS
from safeconduct.web import rooms
from safeconduct.web.links import page
from tests import programme as product

# It says what it was told, a line a line, as long as it lives.
_TOLD = "import sys; out = open(sys.argv[1], 'a');\nfor line in sys.stdin: print(line.strip(), file=out, flush=True)"
_GATEWAYS = '[[gateway]]\nname = "smpp"\naddress = "127.0.0.1:7300"\n'


@contextmanager
def asleep(process):
    """The keeper is not there; its file may be changed."""
    process.stop()
    db = sqlite3.connect(process.folder / "keys.db")
    with db:
        yield db
    db.close()
    process.start()


def a_turn(alone, *, days_ago):
    """The keys were turned so many days ago, and once before that."""
    at = int(clock.wall().timestamp()) - days_ago * 24 * 3600
    with asleep(alone.process) as db:
        marks = [(TURNED, at), (links.BEFORE, at - WEEK_S)]
        db.executemany("INSERT OR REPLACE INTO mark VALUES (?,?)", marks)


_AGO = "UPDATE mark SET value=value-? WHERE name=?"


def a_week_later(process):
    with asleep(process) as db:
        for mark in (TURNED, RATCHETED):
            db.execute(_AGO, (WEEK_S, mark))


@pytest.fixture
def alone(keeper, tmp_path, monkeypatch, settings):
    """A keeper and a data folder of its own, whose gateway is enrolled."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "stamp").write_text("exercise")
    (folder / "gateways.toml").write_text(_GATEWAYS)
    process = type(keeper)(folder)
    monkeypatch.setenv("SAFECONDUCT_DATA", str(folder))
    settings.DATA = folder
    before = dict(workers._tokens)
    workers.take(process.tokens)
    house = family.House(folder, 8400, "exercise", process.tokens)
    family.enrol_gateways(house)
    with sqlite3.connect(folder / "keys.db") as db:
        db.execute(_AGO, (3 * WEEK_S, TURNED))  # the keys are none of this second's
    db.close()
    for lane in (reading._lane, reading._beside):
        lane.clear()
    yield SimpleNamespace(
        process=process, folder=folder, house=house, house_worker=family._linked(house)
    )
    for lane in (reading._lane, reading._beside):
        lane.clear()
    corekeys._held.pop(folder, None)
    workers.take(before)
    process.stop()


def gateway(alone):
    """What seals as a gateway that learned the core's key at this moment."""
    sender = Sealer(
        "smpp",
        to=sealing.box_public(corekeys.core_keys()[0]),
        sign=read_key(alone.folder / "gateways/smpp/keys/sign.key"),
        direction="in",
    )
    return Sending(core_end.incoming(alone.folder), sender)


def test_a_turn_reaches_the_link_that_runs_and_every_one_that_is_started_after_it(alone):
    told = alone.folder / "told"

    def lines():
        return [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []

    first = family.link_keys(alone.house)
    handing = family.Handing(alone.house, first)
    parts = Family(alone.folder, env={})
    parts.start((Part(family.LINK, ("-c", _TOLD, str(told)), 1, first),))
    try:
        assert product.until(lambda: lines() == [first])
        assert not handing.look(parts)
        a_week_later(alone.process)
        assert handing.look(parts)
        assert not handing.look(parts)
        assert product.until(lambda: len(lines()) == 2)
        second = lines()[1]
        assert second["keys"]["smpp"]["earlier"] == first["keys"]["smpp"]["present"]
        assert second["core"]["turned"] > first["core"]["turned"]
        parts._children[family.LINK].process.kill()
        assert product.until(lambda: parts.tend() or len(lines()) == 3)
        assert lines()[2] == second
    finally:
        parts.stop()


def test_a_locked_or_dead_keeper_is_asked_again_and_nobody_is_told_half(alone):
    handing = family.Handing(alone.house, family.link_keys(alone.house))
    parts = Family(alone.folder, env={})
    alone.process.kill()
    try:
        began = time.monotonic()
        assert not handing.look(parts)
        assert time.monotonic() - began < 20
    finally:
        alone.process.start()
    assert not handing.look(parts)


def stands(alone, *, days, speaks=OURS.speaks):
    """The gateway was linked so many days ago, and was of a release that speaks so."""
    at = clock.wall() - timedelta(days=days)
    stood = standing.Standing("smpp", speaks, "0.1", "", at, {})
    with closing(core_end.incoming(alone.folder)) as queue, queue.change() as change:
        change.set_note("standing:smpp", stood.to_bytes())


def test_no_key_is_turned_while_a_gateway_is_known_that_could_not_follow(alone):
    before = client.gateway_keys(alone.house_worker, "smpp").box_public
    stands(alone, days=0, speaks=BEFORE.speaks)
    family.hold_links(alone.house)
    a_week_later(alone.process)
    family.hold_links(alone.house)
    assert client.gateway_keys(alone.house_worker, "smpp").box_public == before
    stands(alone, days=0)
    family.hold_links(alone.house)
    a_week_later(alone.process)
    assert client.gateway_keys(alone.house_worker, "smpp").box_public != before


@pytest.fixture
def told(alone):
    """Return what an administrator is called about once the clocks have looked, and what Settings says."""

    def look():
        rooms._call_for_keys()
        rows = Call.objects.filter(duty="ADM", kind__startswith="gateway.", answered_at=None)
        kinds = list(rows.values_list("kind", flat=True))
        rows.update(answered_at=clock.now())
        return kinds, unescape(render_to_string("web/_links.html", {"links": page(alone.folder)}))

    return look


@pytest.mark.django_db
def test_before_a_gateway_falls_out_an_administrator_is_called_once_and_reads_what_to_do(
    alone, told
):
    a_turn(alone, days_ago=3)
    stands(alone, days=2)
    assert told()[0] == []
    stands(alone, days=4)  # away over one turn; the next comes in four days
    kinds, words = told()
    assert kinds == ["gateway.wanes"]
    assert "away since" in words
    assert "Start its machine and mend its line before" in words
    assert told()[0] == []
    stands(alone, days=0)
    kinds, words = told()
    assert kinds == []
    assert "away since" not in words
    stands(alone, days=4)
    assert told()[0] == ["gateway.wanes"]  # away again is told again
    stands(alone, days=11)  # over two turns
    kinds, words = told()
    assert kinds == ["gateway.out"]
    assert "what lay on it from before opens never more" in words
    stands(alone, days=0, speaks=BEFORE.speaks)  # called for once the week is over, not before
    kinds, words = told()
    assert kinds == []
    assert "the keys of all links stay as they are" in words


@pytest.mark.django_db
def test_one_that_was_enrolled_and_never_linked_is_told_of_too(alone, told):
    a_turn(alone, days_ago=3)
    enrolled = (clock.wall() - timedelta(days=5)).timestamp()
    os.utime(alone.folder / "link" / "smpp-sign.pub", (enrolled, enrolled))
    kinds, words = told()
    assert kinds == ["gateway.wanes"]
    assert "never linked since it was enrolled" in words


@pytest.mark.django_db
def test_texts_sealed_before_and_after_a_turn_are_taken_in_by_a_worker_that_runs(alone):
    before = gateway(alone)
    before.put("smpp:1", inbound("Здравствуйте").to_bytes())
    while reading._ingest():
        pass
    before.put("smpp:2", inbound("Вы там?").to_bytes())
    a_week_later(alone.process)
    gateway(alone).put("smpp:3", inbound("Ответьте").to_bytes())
    while reading._ingest():
        pass
    assert Message.objects.filter(direction="in").count() == 3
    assert reading._lane[0].queue.set_asides() == 0


@pytest.mark.django_db
def test_what_came_two_turns_too_late_is_set_aside_and_stands_before_a_supervisor(alone):
    late = gateway(alone)
    late.put("smpp:1", inbound("Здравствуйте").to_bytes())
    a_week_later(alone.process)
    a_week_later(alone.process)
    gateway(alone).put("smpp:2", inbound("Ответьте").to_bytes())
    while reading._ingest():
        pass
    assert Message.objects.filter(direction="in").count() == 1
    (row,) = reading._lane[0].queue.asides()
    assert "more than a week ago" in reading._lane[0].queue.whys()[row]
    reading._set_asides()
    assert [job.kind for job in notices.given_up()] == [reading.ASIDE]


@pytest.mark.django_db
def test_a_stops_reason_sealed_before_a_turn_opens_after_it_and_the_next_is_sealed_to_the_new(
    alone,
):
    cases._lay_key()
    waiting = stops.sealed_reason(alone.folder, "мины впереди")
    a_week_later(alone.process)
    cases._lay_key()
    fresh = stops.sealed_reason(alone.folder, "дождь")
    present, earlier = corekeys.core_keys()
    assert stops.opened_reason((present, earlier), waiting) == "мины впереди"
    assert stops.opened_reason((present,), fresh) == "дождь"
    with pytest.raises(sealing.Tampered):
        stops.opened_reason((present,), waiting)


def test_a_turn_costs_the_keepers_log_one_line_and_what_does_not_open_none(alone):
    corekeys.core_keys()

    def entries():
        return client.head()["size"]

    size = entries()
    for _ in range(50):
        corekeys.core_keys()
    assert entries() == size
