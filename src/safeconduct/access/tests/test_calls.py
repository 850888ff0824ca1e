"""The pager: who is called, who is called next, and what is shown when nobody can hear."""

from datetime import timedelta
from typing import Any

import pytest
from conftest import NOON
from django.db import IntegrityError, connection, transaction

from safeconduct import clock, sealing
from safeconduct.access import actions, client, keyring, queries
from safeconduct.access import worker as worker_loops
from safeconduct.access.models import Call, Person, Shift
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.refusal import Refused
from safeconduct.spool import certificates, core_end

pytestmark = pytest.mark.django_db
LIMIT = timedelta(seconds=120)
NUMBER = "+380441234567"
A_DAY = 200  # compartments one person may open: keeper/policy.py, Rates.case


@pytest.fixture
def chief(officer):
    return officer(Duty.SUP)


@pytest.fixture
def pager(tmp_path, settings):
    """A folder in which a pager's gateway is enrolled; returns the lane to it."""
    settings.DATA = tmp_path
    public = sealing.new_box_keys()[1]
    certificates.found(tmp_path, box_public=public)
    certificates.enrol(tmp_path, queries.PAGER, box_public=public)
    return worker_loops._lane(tmp_path)


def put_on(chief, who, *, duty=Duty.DPC, place=1, handle=""):
    return actions.add_shift(
        chief,
        person=who.ref,
        duty=duty,
        begins_at=NOON,
        ends_at=NOON + timedelta(hours=12),
        place=place,
        handle=handle,
        now=NOON,
    )


def called_at(now):
    actions.escalate_calls(now=now, wall=clock.wall(), unanswered=LIMIT)
    call = Call.objects.get()
    return call.shift.person.ref if call.shift else None


def test_the_first_is_called_then_the_second_then_the_supervisor_then_again(chief, officer):
    first, second = officer(Duty.DPC), officer(Duty.DPC)
    put_on(chief, second, place=2)
    put_on(chief, first, place=1)
    put_on(chief, chief, duty=Duty.SUP)
    actions.page(Duty.DPC, "escort.stopped", now=NOON)
    assert called_at(NOON) == first.ref
    assert called_at(NOON + LIMIT / 2) == first.ref
    assert called_at(NOON + LIMIT) == second.ref
    assert called_at(NOON + LIMIT * 2) == chief.ref
    assert called_at(NOON + LIMIT * 3) == first.ref
    said = list(Entry.objects.filter(verb__startswith="call.").values_list("verb", flat=True))
    assert said == ["call.made.DPC"] + ["call.passed_on.DPC"] * 4


def test_an_answered_call_calls_nobody_any_more(chief, officer):
    first, second, medic = officer(Duty.DPC), officer(Duty.DPC), officer(Duty.MED)
    put_on(chief, first)
    ref = actions.page(Duty.DPC, "escort.stopped", now=NOON)
    called_at(NOON)
    assert [(c.ref, c.mine) for c in queries.calls_for(first)] == [(ref, True)]
    assert [(c.ref, c.mine) for c in queries.calls_for(second)] == [(ref, False)]
    assert queries.calls_for(medic) == []
    with pytest.raises(Absent):
        actions.acknowledge(medic, ref=ref, now=NOON)
    actions.acknowledge(first, ref=ref, now=NOON)
    actions.acknowledge(second, ref=ref, now=NOON)
    call = Call.objects.get()
    assert call.answered_by == Person.objects.get(ref=first.ref)
    assert call.answered_at == NOON
    assert actions.escalate_calls(now=NOON + LIMIT * 9, wall=clock.wall(), unanswered=LIMIT) == 0
    assert queries.calls_for(first) == []


def test_one_cause_has_one_open_call_and_may_call_again_once_answered(chief, officer):
    first = officer(Duty.DPC)
    ref = actions.page(Duty.DPC, "escort.stopped", now=NOON)
    assert actions.page(Duty.DPC, "escort.stopped", now=NOON) == ref
    assert actions.page(Duty.DPC, "escort.silent", now=NOON) != ref
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(duty="DPC", kind="escort.stopped", made_at=NOON)
    actions.acknowledge(first, ref=ref, now=NOON)
    assert actions.page(Duty.DPC, "escort.stopped", now=NOON) != ref


def test_that_nobody_can_hear_is_shown_on_every_page(chief, officer, client_of):
    who = officer(Duty.DPC)
    here: dict[str, Any] = {"now": NOON, "wall": clock.wall()}
    assert queries.nobody_hears(**here)
    assert 'data-kind="access.unheard"' in client_of(chief).get("/").content.decode()
    put_on(chief, who)
    assert not queries.nobody_hears(**here)
    away: dict[str, Any] = {"now": NOON, "wall": clock.wall() + timedelta(minutes=11)}
    assert queries.nobody_hears(**away)  # a sound in an empty room
    actions.page(Duty.DPC, "escort.stopped", now=NOON)
    actions.escalate_calls(**away, unanswered=LIMIT)
    assert queries.nobody_hears(**here)  # one call went unheard, though somebody is back
    (shown,) = queries.calls_for(who)
    assert not shown.heard


def test_a_call_unheard_is_tried_again_when_somebody_comes_on_duty(chief, officer):
    actions.page(Duty.DPC, "escort.stopped", now=NOON)
    assert called_at(NOON) is None
    who = officer(Duty.DPC)
    put_on(chief, who)
    assert called_at(NOON + LIMIT) == who.ref


def test_a_number_is_sealed_and_may_be_called_while_nobody_sits_there(chief, officer, pager):
    ref = put_on(chief, officer(Duty.DPC), handle=NUMBER)
    assert NUMBER.encode() not in bytes(Shift.objects.get(ref=ref).handle)
    hour_later = clock.wall() + timedelta(hours=1)
    reachable = queries.reachable(Duty.DPC, now=NOON, wall=hour_later)
    assert [shift.ref for shift in reachable] == [ref]


def test_without_a_pager_gateway_a_number_is_no_way_to_call_anybody(chief, officer):
    put_on(chief, officer(Duty.DPC), handle=NUMBER)
    assert queries.reachable(Duty.DPC, now=NOON, wall=clock.wall()) == []
    assert queries.nobody_hears(now=NOON, wall=clock.wall())


def test_a_pager_that_was_struck_out_calls_nobody_until_one_stands_in_its_place(
    chief, officer, pager, tmp_path, monkeypatch
):
    monkeypatch.setattr(worker_loops.clock, "now", lambda: NOON)  # the session's world goes on
    who, hour_later = officer(Duty.DPC), clock.wall() + timedelta(hours=1)
    put_on(chief, who, handle=NUMBER)
    assert core_end.strike_out(tmp_path, queries.PAGER)
    assert queries.reachable(Duty.DPC, now=NOON, wall=hour_later) == []
    certificates.enrol(tmp_path, "second", box_public=sealing.new_box_keys()[1])
    (tmp_path / "stamp").write_text("exercise")
    (tmp_path / "gateways.toml").write_text(
        '[[gateway]]\nname = "second"\naddress = "127.0.0.1:7300"\ninstead_of = ["pager"]\n'
    )
    assert len(queries.reachable(Duty.DPC, now=NOON, wall=hour_later)) == 1
    actions.page(Duty.DPC, "escort.stopped", now=NOON)
    assert called_at(NOON) == who.ref
    assert worker_loops._pages()
    assert pager.queue.waiting() == 0
    assert core_end.outgoing(tmp_path, "second").waiting() == 1


def test_the_message_says_nothing_and_is_spooled_once(chief, officer, pager, worker, monkeypatch):
    monkeypatch.setattr(worker_loops.clock, "now", lambda: NOON)  # the session's world goes on
    who = officer(Duty.DPC, language="uk")
    shift = put_on(chief, who, handle=NUMBER)
    call = actions.page(Duty.DPC, "escort.stopped", now=NOON)
    assert called_at(NOON) == who.ref
    steps = {loop.name: loop.step for loop in worker_loops.loops()}
    assert not steps["access.calls"]()
    assert steps["access.pages"]()
    assert not steps["access.pages"]()
    assert pager.queue.waiting() == 1
    told = queries.pager_of(worker(Purpose.SEND), call=call, shift=shift)
    assert told == (NUMBER, "uk")
    assert worker_loops.page_text("en") == "Safeconduct: please look at the console."
    actions.acknowledge(who, ref=call, now=NOON)
    assert queries.pager_of(worker(Purpose.SEND), call=call, shift=shift) is None


def test_the_roster_is_kept_by_few_and_only_with_duties_held(chief, officer):
    who = officer(Duty.OP)
    with pytest.raises(Refused, match="does not hold"):
        put_on(chief, who)
    with pytest.raises(Refused, match="not among your duties"):
        put_on(who, who, duty=Duty.OP)
    with pytest.raises(Refused, match="no telephone number"):
        put_on(chief, who, duty=Duty.OP, handle="0441234567")
    ref = put_on(chief, who, duty=Duty.OP)
    assert [s.ref for s in queries.shifts(now=NOON, wall=clock.wall())] == [ref]
    actions.end_shift(chief, ref=ref, now=NOON)
    assert queries.shifts(now=NOON, wall=clock.wall()) == []
    with pytest.raises(Absent):
        actions.end_shift(chief, ref=ref, now=NOON)


def test_a_limit_of_the_keeper_that_was_met_calls_a_supervisor_within_a_minute_and_once(
    officer, worker
):
    loop = next(loop for loop in worker_loops.loops() if loop.name == "access.limits")
    assert loop.every_s <= 30
    loop.step()  # whatever other tests have met
    Call.objects.all().delete()
    greedy, ingest = officer(Duty.OP), worker(Purpose.INGEST)
    made = client.create(ingest, count=A_DAY + 1)
    client.join_many(ingest, made, person=greedy.ref, duty=Duty.OP, reason="a test")
    assert not loop.step()
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.open_fields(greedy, Purpose.READ, made, ["body"])
    assert loop.step()
    assert [(call.duty, call.kind) for call in Call.objects.all()] == [("SUP", "keeper.noted")]
    assert not loop.step()
    assert Call.objects.count() == 1


def test_the_keeper_hears_of_a_call_only_once_it_stands_in_the_database(worker, monkeypatch):
    clocks, ask, told = worker(Purpose.CLOCKS), client.limits_met, []

    def meet(who, *, called=0):
        if not called:
            met, _ = ask(who)
            return met + 1, met  # something grave, of which nobody was called yet
        told.append((called, connection.savepoint_ids, Call.objects.count()))
        return ask(who)

    monkeypatch.setattr(client, "limits_met", meet)
    assert actions.call_about_limits(clocks, now=NOON)
    ((_, open_still, calls),) = told
    assert open_still == []
    assert calls == 1
