"""How promises were kept, whom a passed date calls, and that each can be shown as it was made."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.pledges import actions, kept, queries, totals
from safeconduct.pledges.kept import Group, Kept, Standing
from safeconduct.pledges.models import Pledge
from safeconduct.pledges.rules import State
from safeconduct.pledges.tests.conftest import NOON, REWARD

DUE = NOON + timedelta(days=10)
DAY = timedelta(days=1)


@given(st.lists(st.integers(-10_000, 200_000), min_size=1))
def test_however_the_clock_goes_each_day_rings_what_it_owes_and_nothing_twice(minutes):
    rung, heard = 0, []
    for minute in minutes:
        now = DUE + timedelta(minutes=minute)
        if (owed := kept.rings(DUE, now=now)) > rung:
            heard.append(owed)
            rung = owed
    assert heard == sorted(set(heard))
    assert rung == kept.rings(DUE, now=DUE + timedelta(minutes=max(minutes)))


def test_a_keeper_is_called_at_once_and_the_next_day_then_a_supervisor_until_it_is_settled():
    days = (0.0, 0.1, 1.1, 3.1, 9.9, 10.1, 17.1)
    rings = [kept.rings(DUE, now=DUE + timedelta(days=day)) for day in days]
    assert rings == [0, 1, 2, 3, 3, 4, 5]
    assert [kept.called(ring) for ring in (1, 2, 3, 4)] == [Duty.PLG, Duty.PLG, Duty.SUP, Duty.SUP]


def test_what_is_owed_again_calls_its_keeper_first_and_before_its_date_changes_nothing():
    again = DUE + 30 * DAY
    days = (0.0, 0.1, 1.1, 3.1, 10.1)
    rings = [kept.rings(DUE, again_at=again, now=again + timedelta(days=day)) for day in days]
    assert rings == [0, 1, 2, 3, 4]
    later = DUE + 4 * DAY
    assert kept.rings(DUE, again_at=NOON, now=later) == kept.rings(DUE, now=later) == 3


def states(**marks):
    return st.builds(
        Standing,
        state=st.sampled_from(State),
        due_at=st.sampled_from([DUE, DUE + DAY]),
        fulfilled_at=st.none(),
        postponed=st.booleans(),
        failed_at=st.sampled_from([None, DUE]),
        **marks,
    )


@given(st.lists(st.tuples(st.sampled_from([Group(1, "a", "q"), Group(2, "b", "q")]), states())))
def test_groups_hold_each_promise_once_and_add_up_to_the_whole(rows):
    now = DUE + DAY / 2
    by = kept.by_group(rows, now=now)
    whole = kept.kept((standing for _group, standing in rows), now=now)
    sums = Counter()
    for one in by.values():
        sums.update({name: getattr(one, name) for name in Kept.__slots__})
    assert all(sums[name] == getattr(whole, name) for name in Kept.__slots__)


def test_what_failed_counts_as_failed_though_it_was_made_good():
    good = Standing(State.FULFILLED, DUE, DUE + DAY, False, failed_at=DUE)
    told = kept.kept([good, Standing(State.FULFILLED, DUE, NOON, False)], now=DUE)
    assert (told.fulfilled, told.failed, told.made_good, told.late) == (1, 1, 1, 1)


def test_a_rate_stands_in_tens_and_of_few_there_is_none():
    counts = dict.fromkeys(Kept.__slots__, 0)
    bands = {n: Kept(**counts | {"fulfilled": n, "failed": 10 - n}).band for n in (0, 8, 10)}
    assert bands == {0: "0–9 %", 8: "80–89 %", 10: "90–100 %"}
    assert Kept(**counts | {"fulfilled": 9}).band == ""


@pytest.fixture
def owed(in_force, person):
    """Return a keeper of pledges and a promise that he keeps, accepted for DUE."""
    keeper, row = person(in_force(REWARD), nth=1)
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    return keeper, row


def calls():
    return sorted(Call.objects.filter(kind="pledges.overdue").values_list("duty", flat=True))


def test_a_date_that_passes_calls_and_neither_restart_nor_clock_nor_row_takes_it_back(owed, worker):
    keeper, row = owed
    clocks = worker(Purpose.CLOCKS)
    assert not actions.ring(clocks, now=DUE)
    assert actions.ring(clocks, now=DUE + timedelta(minutes=1))
    assert calls() == ["PLG"]
    for again in (DUE + timedelta(minutes=2), DUE - DAY):  # a restart; a clock that went back
        assert not actions.ring(clocks, now=again)
    assert actions.ring(clocks, now=DUE + 4 * DAY)
    assert calls() == ["PLG", "SUP"]
    for silent in ({"rung": 0}, {"rung": None}, {"due_at": DUE + 90 * DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pledge.objects.filter(pk=row.pk).update(**silent)
    actions.fulfil(keeper, ref=row.ref, receipt_ref="R-1", now=DUE + 4 * DAY)
    assert not actions.ring(clocks, now=DUE + 90 * DAY)


def test_what_is_due_is_seen_by_who_is_let_in_and_by_nobody_else(owed, officer):
    keeper, row = owed
    assert queries.due_for(keeper, now=DUE - 3 * DAY) == []
    assert queries.due_for(keeper, now=DUE - DAY) == [row]
    assert queries.due_for(officer(Duty.PLG), now=DUE - DAY) == []


def test_any_promise_is_shown_as_it_was_made_by_one_query(owed, officer, client_of):
    keeper, row = owed
    with CaptureQueriesContext(
        connection,
    ) as asked:
        told = queries.reproduced(row.ref)
    assert len(asked) == 1
    assert (told.text, told.language, told.version) == (REWARD.texts["ru"], "ru", 1)
    assert (told.authority, told.channel, told.shown_at) == (REWARD.authority, "smpp", NOON)
    page = client_of(keeper).get(f"/pledges/promises/{row.ref}/").content.decode()
    for shown in (REWARD.texts["ru"], REWARD.authority, "smpp", told.digest):
        assert shown in page
    with pytest.raises(Absent):
        queries.reproduced_for(officer(Duty.PLG), ref=row.ref)


def test_a_quarter_stands_there_once_it_is_over_and_shows_no_small_count(owed, client_of):
    keeper, _row = owed
    assert totals.by_quarter(now=DUE + 20 * DAY) == []
    (told,) = totals.by_quarter(now=DUE + 60 * DAY)
    assert told.group == Group(1, REWARD.authority, "2026 Q4")
    assert {str(cell) for _name, cell in told.cells} == {"<10"}
    assert told.rate == ""
    assert "No quarter is over" in client_of(keeper).get("/pledges/kept/").content.decode()
