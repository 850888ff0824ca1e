"""A flood of strangers: whom the programme knows is heard, and nobody behind it is lost."""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import count

import pytest

from safeconduct import clock, sealing
from safeconduct.access import client, workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.tests.conftest import NOON, inbound
from safeconduct.envelope import SendResult
from safeconduct.post import actions as post
from safeconduct.post import queries
from safeconduct.post import worker as sending
from safeconduct.post.models import Result
from safeconduct.spool import core_end
from safeconduct.spool.carried import Sealer
from safeconduct.spool.certificates import write_key
from safeconduct.spool.form import Mark
from tests.test_set_aside import _far_end, gateway, given_up  # noqa: F401  the same gateway

MIN = timedelta(minutes=15)
_keys = count(1)
_numbers = {}


def brings(gateway, text, sender):
    gateway.brings(f"smpp:flood{next(_keys)}", inbound(text, sender=sender))


def taken_in():
    while reading._ingest():
        pass


def number_of(row):
    return _numbers[row.pk]


def started_anew(keeper, *arguments):
    keeper.kill()
    keeper.arguments = arguments
    keeper.start()


def grow_older(keeper, rows, *, by_s):
    with closing(sqlite3.connect(keeper.folder / "keys.db", timeout=20)) as db, db:
        told = "UPDATE compartment SET made_at = made_at - ? WHERE ref = ?"
        db.executemany(told, [(by_s, row.compartment) for row in rows])


def the_day_is_over(keeper):
    """What was opened counts no more."""
    started_anew(keeper, *keeper.arguments[:-2])


def texts_of(row):
    return Message.objects.filter(conversation=row, direction="in").count()


@pytest.fixture
def yesterday(gateway, officer, keeper):
    """A man an operator talks with, and two strangers, all of yesterday; the keeper opens one of each."""
    rows = []
    for n in range(3):
        brings(gateway, "Здравствуйте", f"+38050111220{n}")
        taken_in()
        rows.append(Conversation.objects.latest("pk"))
        _numbers[rows[-1].pk] = f"+38050111220{n}"
    taken = actions.take_next(officer(Duty.OP), lock_for=MIN, wall=NOON, now=NOON)
    before = keeper.arguments
    started_anew(keeper, *before, "--rate", "worker=1")
    grow_older(keeper, rows, by_s=90_000)
    yield taken, *[row for row in rows if row != taken]
    grow_older(keeper, rows, by_s=-90_000)  # so that nothing of it counts in another test
    started_anew(keeper, *before)


class Other:
    """A second gateway, "smpp9", that brings one thing."""

    def __init__(self, data):
        self.data = data
        private, public = sealing.new_sign_keys()
        write_key(data / "link" / "smpp9-sign.pub", public)
        core_box = client.gateway_keys(workers.me(Purpose.INGEST), "core").box_public
        self._sealer = Sealer("smpp9", to=core_box, sign=private, direction="in")

    def brings(self, thing):
        queue = core_end.incoming(self.data)
        queue.put("smpp9/1", self._sealer.seal("smpp9:1", thing.to_bytes(), mark=Mark()))
        queue.close()

    def strike_out(self):
        assert core_end.strike_out(self.data, "smpp9")


@pytest.fixture
def other_gateway(data_folder):
    made = Other(data_folder)
    for lane in (reading._lane, reading._behind):  # opened anew, they know it
        lane.clear()
    yield made
    for left in (data_folder / "link").glob("smpp9-*"):
        left.unlink()
    reading._behind.clear()


@pytest.fixture
def supervisor(officer, client_of):
    return client_of(officer(Duty.SUP))


def test_the_known_and_the_new_are_heard_past_a_stranger_over_the_rate_who_comes_in_later(
    yesterday,
    gateway,
    keeper,
    officer,
    client_of,
):
    known, first, late = yesterday
    for row in (first, late, known):
        brings(gateway, "Вы там?", number_of(row))
    brings(gateway, "Хочу сдаться", "+380501112209")
    while reading._texts_first(reading._backlog_of(reading._lane[0])):  # a batch is cut by time
        pass
    assert [texts_of(row) for row in (first, late, known)] == [2, 1, 2]
    assert Conversation.objects.count() == 4
    taken_in()
    lane = reading._lane[0]
    assert (lane.queue.waiting(), len(lane.waiting())) == (0, 1)
    reading._set_asides()
    page = client_of(officer(Duty.SUP)).get("/settings/").content.decode()
    assert "these wait" in page
    assert 'data-kind="notices.job"' not in page
    reading._waiting()
    assert texts_of(late) == 1
    the_day_is_over(keeper)
    reading._waiting()
    assert (texts_of(late), lane.waiting()) == (2, [])


def test_whoever_was_erased_since_takes_nobodys_place_after_a_restart(yesterday, gateway, keeper):
    _known, first, _late = yesterday
    grow_older(keeper, yesterday, by_s=-90_000)  # or the restart below would count them themselves
    brings(gateway, "Здравствуйте", "+380501112210")
    taken_in()
    erased = Conversation.objects.latest("pk").compartment
    with closing(sqlite3.connect(keeper.folder / "keys.db", timeout=20)) as db, db:
        gone = db.execute("DELETE FROM compartment WHERE ref = ?", (erased,))  # as a closure does
        assert gone.rowcount == 1
    started_anew(keeper, *keeper.arguments)
    grow_older(keeper, yesterday, by_s=90_000)
    brings(gateway, "Вы там?", number_of(first))
    taken_in()
    assert texts_of(first) == 2


def test_one_that_waits_and_whose_gateway_is_struck_out_keeps_the_next_from_nothing(
    yesterday,
    gateway,
    other_gateway,
    keeper,
    supervisor,
):
    _known, first, late = yesterday
    brings(gateway, "Вы там?", number_of(first))
    other_gateway.brings(inbound("Это я", sender=number_of(late)))
    brings(gateway, "Вы там?", number_of(late))
    taken_in()
    lane = reading._receiving(reading._behind)
    struck, _next = lane.waiting()
    the_day_is_over(keeper)
    other_gateway.strike_out()
    reading._waiting()
    assert (texts_of(late), lane.waiting()) == (2, [])
    reading._set_asides()
    assert (len(given_up(supervisor)), lane.queue.asides()) == (1, [struck])


@pytest.mark.parametrize("batch_s", [60.0, 0.0], ids=["before its turn", "in its turn"])
def test_a_stop_that_waits_for_the_rate_is_in_force_at_once(
    yesterday,
    gateway,
    monkeypatch,
    batch_s,
):
    monkeypatch.setattr(reading, "BATCH_S", batch_s)  # at 0 s one thing is read before its turn
    _known, first, late = yesterday
    brings(gateway, "Вы там?", number_of(first))
    brings(gateway, "STOP", number_of(late))
    taken_in()
    assert (texts_of(late), queries.stopped_at(late.person_ref) is not None) == (1, True)


def test_what_leaves_to_the_known_passes_by_what_the_rate_holds_back(yesterday, gateway, keeper):
    known, first, late = yesterday
    while sending._send():
        pass
    assert (
        not sending._send()
    )  # he alone is left: the step does not fail, so the next word finds it awake
    assert {text.recipient for text in gateway.texts()} == {number_of(known), number_of(first)}
    the_day_is_over(keeper)
    sending._send()
    assert [text.recipient for text in gateway.texts()] == [number_of(late)]


def test_whom_the_programme_knows_and_what_became_of_its_texts_wait_for_no_flood_of_strangers(
    gateway,
    monkeypatch,
):
    monkeypatch.setattr(
        reading, "BATCH_S", 60.0
    )  # a batch is cut by its number, however slow we are
    brings(gateway, "Вы там?", "+380671112233")
    taken_in()
    known = Conversation.objects.get()
    (claim,) = post.claim_live(
        limit=9, now=clock.now(), wall=clock.wall(), reply_after_stop=timedelta(hours=24)
    )
    for n in range(3 * reading.BATCH):
        brings(gateway, "Готов сдаться", f"+3805011{n:05d}")
    told = SendResult(claim.attempt, "smpp", "SENT", ["c1"], 0, clock.wall())
    gateway.brings("smpp:told", told)
    brings(gateway, "Я выхожу", "+380671112233")
    assert reading._ingest()
    assert texts_of(known) == 2
    assert Result.objects.filter(attempt__ref=claim.attempt, outcome="SENT").exists()
    assert Conversation.objects.count() < 3 * reading.BATCH  # others may write between two steps
    taken_in()
    assert Conversation.objects.count() == 3 * reading.BATCH + 1
    assert reading._lane[0].queue.waiting() == 0


def test_a_stranger_who_writes_otherwise_waits_for_no_wave_and_none_of_the_wave_is_left_out(
    gateway,
    monkeypatch,
):
    monkeypatch.setattr(reading, "BATCH_S", 60.0)  # as above
    many = 2 * reading.BATCH
    for n in range(many):
        brings(gateway, f"Готов сдаться прямо сейчас, куда ехать? {n}", f"+3805012{n:05d}")
    brings(gateway, "Нас двое, второй ранен в ногу. Сидим без воды.", "+380671112244")
    assert reading._texts_first(reading._backlog_of(reading._receiving(reading._lane)))
    reasons = Conversation.objects.values_list("reasons", flat=True)
    assert len(reasons) == reading.BATCH
    assert sum("hurt" in each for each in reasons) == 1
    others = Conversation.objects.filter(wave="")  # what lies in the spool tells it of the first
    assert [each.reasons for each in others] == [["hurt"]]
    taken_in()
    assert Conversation.objects.count() == many + 1
    assert reading._lane[0].queue.waiting() == 0
