"""Who cannot be written to now sleeps until he can be; he wakes it himself, and nobody loses it meanwhile."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.post.rules import Opening, WindowKind, open_until
from safeconduct.post.windows import opens_next
from safeconduct.refusal import Refused

LOCK = timedelta(minutes=15)
ZONES = ("UTC", "Europe/Kyiv", "Europe/Moscow", "America/St_Johns", "Australia/Lord_Howe")


@given(
    st.sampled_from(ZONES),
    st.integers(0, 1439),
    st.integers(1, 1438),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 5), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis wants bounds without a zone
)
def test_the_next_opening_comes_within_a_day_and_is_open_then(zone, begins, length, now):
    past = now - timedelta(days=9)
    window = Opening(WindowKind.DAILY, past, None, zone, begins, (begins + length) % 1440)
    at = opens_next([window], now=now)
    assert now < at <= now + timedelta(hours=26)  # a day, and what a zone's clock is put back
    his = at.astimezone(ZoneInfo(zone))
    was_skipped = his.hour * 60 + his.minute != begins  # in spring: the clock has no such minute
    assert was_skipped or open_until(window, now=at)


def test_an_ended_window_and_that_of_the_way_open_never():
    ended = Opening(WindowKind.DAILY, NOON, NOON + timedelta(hours=1), "UTC", 0, 60)
    way = Opening(WindowKind.WAY, NOON + timedelta(hours=1), None)
    once = Opening(WindowKind.ONCE, NOON + timedelta(hours=3), NOON + timedelta(hours=4))
    assert opens_next([ended, way], now=NOON) is None
    assert opens_next([ended, way, once], now=NOON) == NOON + timedelta(hours=3)


@pytest.fixture
def held(writes, officer, takes):
    """Return (officer, conversation): he may be written to from 22:30 to 23:30 of UTC."""
    operator, row = officer(Duty.OP), writes("Здравствуйте")
    takes(operator)
    told = {"zone": "UTC", "begins": time(22, 30), "ends": time(23, 30)}
    actions.set_window(operator, ref=row.ref, now=NOON, **told)
    return operator, row


def snoozes(operator, row, *, now):
    return actions.snooze(operator, ref=row.ref, reply_after_stop=timedelta(days=1), now=now)


def wakes(worker, *, now):
    return actions.wake(worker(Purpose.CLOCKS), lock_for=LOCK, wall=now, now=now)


def test_it_sleeps_until_his_window_stays_its_holders_and_wakes_with_a_new_lock(
    held, worker, client_of
):
    (operator, row), later = held, NOON + timedelta(hours=2)
    opens = NOON.replace(hour=22, minute=30)
    assert snoozes(operator, row, now=later) == opens
    assert "data-asleep" in client_of(operator).get("/conversations/").content.decode()
    clocks = worker(Purpose.CLOCKS)
    assert not actions.free_overdue(clocks, wall=later + timedelta(hours=5), now=later)
    assert not wakes(worker, now=opens - timedelta(seconds=1))
    assert wakes(worker, now=opens)
    row.refresh_from_db()
    assert (row.holder, row.asleep_until) == (operator.ref, None)
    assert row.locked_until == opens + LOCK
    assert actions.free_overdue(clocks, wall=opens + 2 * LOCK, now=opens)


def test_who_writes_wakes_it_at_once(held, worker, writes):
    (operator, row), later = held, NOON + timedelta(hours=2)
    snoozes(operator, row, now=later)
    writes("Вы там?", now=later + timedelta(minutes=5))
    assert wakes(worker, now=later + timedelta(minutes=5))
    (line,) = queries.own_for(operator, Purpose.TRIAGE).lines
    assert line.conversation.asleep_until is None
    assert line.conversation.locked_until == later + timedelta(minutes=5) + LOCK


def test_nobody_sleeps_over_one_who_can_be_written_to_is_on_the_way_or_told_no_hours(
    held, writes, officer, takes
):
    (operator, row), later = held, NOON + timedelta(hours=2)
    other = officer(Duty.OP)
    told_none = writes("Здравствуйте", sender="+380501110007")
    takes(other)
    for who, which, at, says in (
        (operator, row, NOON, "can be written to now"),
        (other, told_none, NOON + timedelta(hours=30), "told no hours"),
        (operator, row, later, ""),
    ):
        if says:
            with pytest.raises(Refused, match=says):
                snoozes(who, which, now=at)
    actions.set_context(row.person_ref, "in_passage")
    with pytest.raises(Refused, match="on the way"):
        snoozes(operator, row, now=later)


def test_who_gives_it_back_leaves_nothing_asleep_in_the_queue(held):
    (operator, row), later = held, NOON + timedelta(hours=2)
    snoozes(operator, row, now=later)
    actions.release(operator, ref=row.ref, now=later)
    row.refresh_from_db()
    assert row.asleep_until is None
    assert len(queries.queue_for(operator, Purpose.TRIAGE)) == 1
