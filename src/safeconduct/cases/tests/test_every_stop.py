"""All 68 stopping steps, and what of ours may have failed meanwhile.

The case is put where each stop starts by a correction, which may lead from anywhere to anywhere;
the stop itself is the real one. Each is undone before the next, so that one world serves them all.
"""

from contextlib import contextmanager

import pytest
from django.db import transaction
from tests.tables import closed

from safeconduct.access.rules import Duty
from safeconduct.audit import queries as journal
from safeconduct.cases import actions, queries
from safeconduct.cases.actions.taking import take
from safeconduct.cases.machine import MACHINE
from safeconduct.refusal import Refused
from safeconduct.spool import stops

pytestmark = pytest.mark.django_db
READ = queries.Purpose.READ
STOPS = [way for way in MACHINE.transitions.values() if way.target in MACHINE.stopping]
# A full disk takes no row anywhere; these are the tables that a stop writes.
WRITTEN = (
    *("cases_step", "cases_owed", "cases_evidence", "audit_entry", "notices_notice"),
    *("notices_job", "post_hold"),
)


@pytest.fixture
def crew(crew, data_folder):
    """One case, and one person for each duty that may stop anything."""
    stops.prepare(data_folder)
    crew.opened()
    for duty in sorted({duty for way in STOPS for duty in way.staff}):
        crew.another(duty, 0)
    return crew


@pytest.fixture
def at_every_stop(crew, data_folder, subtests):
    """Return a function that lets a check run before every stop, with somebody who may take it."""

    def run(check, *, duties=slice(1)):
        for way in STOPS:
            for duty in way.staff[duties]:
                with subtests.test(step=way.pair, by=duty), standing(crew, way.source, data_folder):
                    check(way.target, crew[duty])

    return run


@contextmanager
def standing(crew, state, data_folder):
    """Put the case into `state` while the block runs, and undo whatever came of it."""
    try:
        with transaction.atomic():
            case = queries.case_to_stop(ref=crew.ref)
            if state != case.state:
                take(case, to=state, by="x", now=crew.now, people=["a", "b"], kind="correction")
            yield
            transaction.set_rollback(True)
    finally:
        for stop in stops.in_force(data_folder):
            stops.entered(data_folder, stop.key)


def in_force(crew) -> str:
    return queries.state_of(crew.clocks, READ, ref=crew.ref)


def test_there_are_68_stopping_steps_and_each_has_its_people():
    assert len(STOPS) == 68
    assert all(way.staff for way in STOPS)


def test_every_stop_takes_one_person_of_any_of_its_duties_and_no_reason(crew, at_every_stop):
    def stops_at_once(to, who):
        assert not actions.stop(who, ref=crew.ref, to=to, now=crew.now).spooled
        assert crew.case().state == to
        assert crew.case().steps.latest("seq").by == who.ref

    at_every_stop(stops_at_once, duties=slice(None))


def test_no_stop_waits_for_the_keeper(crew, at_every_stop, keeper):
    def stops_without_it(to, who):
        actions.stop(who, ref=crew.ref, to=to, now=crew.now)
        assert in_force(crew) == crew.case().state == to

    keeper.kill()
    try:
        at_every_stop(stops_without_it)
    finally:
        keeper.start()


def test_no_stop_waits_for_the_journal(crew, at_every_stop):
    def stops_without_it(to, who):
        with closed("audit_entry"):
            assert actions.stop(who, ref=crew.ref, to=to, now=crew.now).spooled
            assert in_force(crew) == crew.case().state == to
        comes_to_stand_where_it_belongs(crew, to)

    at_every_stop(stops_without_it)


def test_no_stop_waits_for_room_on_the_disk(crew, at_every_stop):
    def stops_without_it(to, who):
        before = crew.case().state
        with closed(*WRITTEN):
            assert actions.stop(who, ref=crew.ref, to=to, now=crew.now).spooled
            assert crew.case().state == before  # no table takes it …
            assert in_force(crew) == to  # … and it is in force
        comes_to_stand_where_it_belongs(crew, to)

    at_every_stop(stops_without_it)


def comes_to_stand_where_it_belongs(crew, to):
    lines = journal.head().size
    assert actions.enter_stops(crew.clocks, now=crew.now_plus(minutes=1))
    assert crew.case().state == to
    assert queries.stopped_in_spool(crew.ref) == ""
    assert journal.head().size > lines


@contextmanager
def away(keeper):
    keeper.kill()
    try:
        yield
    finally:
        keeper.start()


@pytest.mark.parametrize("failing", ["keeper", "journal", "disk"])
def test_whose_duty_it_is_not_stops_nothing_whatever_has_failed(crew, officer, keeper, failing):
    stranger = officer(Duty.PLG)
    broken = {"keeper": away(keeper), "journal": closed("audit_entry"), "disk": closed(*WRITTEN)}
    with broken[failing]:
        for to in sorted(MACHINE.stopping):
            with pytest.raises(Refused):
                actions.stop(stranger, ref=crew.ref, to=to, now=crew.now)
    assert in_force(crew) == "ENQUIRY"
