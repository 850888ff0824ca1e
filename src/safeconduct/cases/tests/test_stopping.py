"""A stop takes one person and nothing first, and no failure of ours keeps it from being in force."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.tables import closed

from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty
from safeconduct.cases import actions, queries
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Evidence, Owed
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING, TO_READY, company, crew, db, house
from safeconduct.post import actions as post
from safeconduct.refusal import Refused
from safeconduct.spool import stops

__all__ = ["company", "crew", "db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
READ = queries.Purpose.READ


@pytest.fixture(autouse=True)
def room_for_stops(data_folder):
    stops.prepare(data_folder)
    yield
    for stop in stops.in_force(data_folder):
        stops.entered(data_folder, stop.key)


def test_one_person_stops_and_gives_no_reason(crew):
    crew.opened()
    crew.goes(*TO_MOVING)
    stopped = actions.stop(crew["PIL"], ref=crew.ref, to="ABORTED", now=crew.now)
    assert not stopped.spooled
    assert crew.case().state == "ABORTED"
    assert Owed.objects.get(case__ref=crew.ref, kind="abort_reason").done_at is None


def test_a_reason_given_with_the_stop_is_not_owed_any_more(crew):
    crew.opened()
    crew.goes(*TO_MOVING)
    actions.stop(crew["PIL"], ref=crew.ref, to="ABORTED", now=crew.now, reason="drone lost")
    assert Owed.objects.get(case__ref=crew.ref, kind="abort_reason").done_at == crew.now


def test_stopping_twice_is_stopping_once(crew):
    crew.opened()
    crew.goes(*TO_MOVING)
    for who in ("PIL", "RCV"):
        actions.stop(crew[who], ref=crew.ref, to="ABORTED", now=crew.now)
    assert crew.case().steps.filter(target="ABORTED").count() == 1


def test_a_stop_that_is_nobodys_duty_is_refused_before_any_table_is_read(crew, officer):
    crew.opened()
    crew.goes(*TO_MOVING)
    with pytest.raises(Refused):
        actions.stop(officer(Duty.PLG), ref=crew.ref, to="ABORTED", now=crew.now)
    with pytest.raises(Absent):
        actions.stop(crew["PIL"], ref="nothing", to="ABORTED", now=crew.now)


def test_an_unwritable_journal_does_not_hold_a_stop_and_gets_its_line_later(
    crew, no_journal, data_folder
):
    break_it, mend_it = no_journal
    crew.opened()
    crew.goes(*TO_MOVING)
    break_it()
    stopped = actions.stop(crew["FCO"], ref=crew.ref, to="ABORTED", now=crew.now)
    assert stopped.spooled
    assert crew.case().state == "ABORTED"
    assert [stop.ref for stop in stops.in_force(data_folder)] == [crew.ref]
    mend_it()
    assert actions.enter_stops(crew.clocks, now=crew.wait(minutes=2))
    assert stops.in_force(data_folder) == []
    assert not actions.enter_stops(crew.clocks, now=crew.now)


def test_a_full_disk_does_not_hold_a_stop(crew, data_folder):
    crew.opened()
    crew.goes(*TO_MOVING)
    operator, pilot = crew["OP"], crew["PIL"]
    with closed("cases_step"):
        stopped = actions.stop(operator, ref=crew.ref, to="ABORTED", now=crew.now)
        assert stopped.spooled
        assert crew.case().state == "MOVING"  # no table takes it …
        assert queries.state_of(operator, READ, ref=crew.ref) == "ABORTED"  # … and it is in force
        with pytest.raises(Refused) as refused:
            actions.advance(pilot, ref=crew.ref, to="SIGHTED", profile=PROFILE, now=crew.now)
        assert refused.value.refusal.code == "case.stopping"
    at = crew.now
    assert actions.enter_stops(crew.clocks, now=crew.wait(minutes=3))
    assert crew.case().state == "ABORTED"
    assert crew.case().entered_at == at


def test_a_dead_keeper_does_not_hold_a_stop_even_with_a_reason(crew, keeper):
    crew.opened()
    crew.goes(*TO_MOVING)
    pilot = crew["PIL"]
    keeper.kill()
    try:
        stopped = actions.stop(
            pilot, ref=crew.ref, to="ABORTED", now=crew.now, reason="mines ahead"
        )
    finally:
        keeper.start()
    assert stopped.state == "ABORTED"
    assert crew.case().state == "ABORTED"
    assert not Evidence.objects.filter(kind="abort_reason").exists()
    assert Owed.objects.get(case__ref=crew.ref, kind="abort_reason").done_at is None


def test_the_panic_lock_does_not_hold_a_stop_even_with_a_reason(crew, lock_keeper):
    crew.opened()
    crew.goes(*TO_MOVING)
    pilot = crew["PIL"]
    lock_keeper()
    stopped = actions.stop(pilot, ref=crew.ref, to="ABORTED", now=crew.now, reason="mines ahead")
    assert stopped.state == "ABORTED"
    assert crew.case().state == "ABORTED"


def test_the_panic_lock_does_not_hold_a_freeze(crew, lock_keeper):
    crew.opened()
    crew.goes(*TO_MOVING)
    chief = crew["SUP"]
    lock_keeper()
    actions.stop(chief, ref=crew.ref, to="DURESS", now=crew.now)
    assert queries.state_of(chief, READ, ref=crew.ref) == "DURESS"


def test_a_freeze_holds_his_texts_and_his_case_though_nothing_else_of_it_can_be_written(crew):
    crew.opened()
    crew.goes(*TO_READY)
    crew.brings_all("PLANNED")
    with closed("audit_entry"):
        assert not actions.set_fact(crew["OP"], ref=crew.ref, fact="frozen", now=crew.now)
    assert not crew.case().frozen
    assert queries.is_frozen(crew.case())
    subject, digest = crew.paper("PLANNED")
    with pytest.raises(Refused) as refused:
        actions.advance(
            crew["DPC"], ref=crew.ref, to="PLANNED", profile=PROFILE, now=crew.now,
            subject=subject, digest=digest,
        )  # fmt: skip
    assert refused.value.refusal.code == "case.second_reading"
    assert post.enter_spooled_stops()
    assert queries.is_frozen(crew.case())
    while actions.enter_stops(crew.clocks, now=crew.now):
        pass
    assert crew.case().frozen


def test_who_freezes_though_it_cannot_be_written_reads_that_it_is_in_force(crew, client_of):
    crew.opened()
    browser, url = client_of(crew["OP"]), f"/cases/{crew.ref}/fact/"
    with closed("audit_entry"):
        answer = browser.post(url, {"fact": "frozen"})
    assert (answer.status_code, queries.is_frozen(crew.case())) == (200, True)
    assert "The stop is in force" in answer.content.decode()
    again = browser.post(url, {"fact": "frozen"})
    assert (again.status_code, crew.case().frozen) == (303, True)


def test_what_cannot_be_written_and_is_no_freeze_is_not_said_to_be_in_force(crew):
    crew.opened()
    with closed("audit_entry"), pytest.raises(DatabaseError), transaction.atomic():
        actions.set_fact(crew["MED"], ref=crew.ref, fact="medical", now=crew.now)
    assert not crew.case().medical


def test_the_spool_takes_a_stop_where_it_can_write_nothing_at_all(tmp_path):
    nowhere = tmp_path / "gone"
    stop = stops.Stop("k1", "case", "c1", "ABORTED", "p1", "2026-03-01T12:00:00+00:00")
    assert not stops.put(nowhere, stop)
    assert stop in stops.in_force(nowhere)
    nowhere.mkdir()
    stops.prepare(nowhere)  # the disk is back: the next look at the stops writes it down
    assert stops.in_force(nowhere) == [stop]
    assert b"ABORTED" in (nowhere / "stops.spool").read_bytes()
    stops.entered(nowhere, "k1")
    assert stop not in stops.in_force(nowhere)


def test_a_torn_slot_is_a_free_slot_and_a_reason_is_read_by_the_core_alone(tmp_path):
    private, public = stops.sealing.new_box_keys()
    stops.prepare(tmp_path, public=public)
    size = (tmp_path / "stops.spool").stat().st_size
    reason = stops.sealed_reason(tmp_path, "мины впереди " * 40)
    stop = stops.Stop("k1", "case", "c1", "ABORTED", "p1", "2026-03-01T12:00:00+00:00", reason)
    assert stops.put(tmp_path, stop)
    raw = bytearray((tmp_path / "stops.spool").read_bytes())
    assert len(raw) == size
    assert "мины".encode() not in raw
    assert stops.opened_reason((private,), reason).startswith("мины впереди")
    raw[20] ^= 1
    (tmp_path / "stops.spool").write_bytes(raw)
    assert stops.in_force(tmp_path) == []


# ---- the clocks ----


def test_silence_calls_a_person_and_sends_him_nothing(crew):
    crew.opened()
    crew.goes(*TO_READY)
    actions.agree_check_in(crew["OP"], ref=crew.ref, by=crew.now_plus(hours=2), now=crew.now)
    crew.wait(hours=5)
    assert not actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    crew.wait(hours=2)
    assert actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert crew.case().state == "LOST_CONTACT"
    assert messages_sent() == 0


def test_the_clocks_go_on_when_a_man_who_is_sought_misses_his_check_in(crew):
    crew.opened()
    crew.goes(*TO_READY)
    actions.agree_check_in(crew["OP"], ref=crew.ref, by=crew.now_plus(hours=2), now=crew.now)
    crew.goes("PLANNED", "AGREED", "MOVING", "MISSING")
    crew.wait(hours=9)
    assert not actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert crew.case().state == "MISSING"  # only two people end a search
    assert actions.call_about(crew.clocks, profile=PROFILE, now=crew.now)


def messages_sent() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM post_message")
        return cursor.fetchone()[0]


def test_an_approval_of_a_plan_lapses_after_six_hours_and_what_he_was_told_burns(crew):
    crew.opened()
    crew.goes(*TO_READY, "PLANNED", "AGREED")
    crew.wait(hours=5, minutes=59)
    assert not actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    crew.wait(minutes=2)
    assert actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert crew.case().state == "READY"
    assert Evidence.objects.filter(case__ref=crew.ref, kind="told_burned").exists()


def test_no_word_for_thirty_minutes_after_an_abort_on_the_way_makes_him_missing(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "ABORTED")
    crew.wait(minutes=31)
    assert actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert crew.case().state == "MISSING"


def test_a_word_that_he_is_safe_keeps_the_search_away(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "ABORTED")
    crew.brings("he_is_safe")
    crew.wait(minutes=31)
    assert not actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert crew.case().state == "ABORTED"


def test_what_is_overdue_calls_a_person_once(crew):
    crew.opened()
    crew.goes("DECLINED")
    assert not actions.call_about(crew.clocks, profile=PROFILE, now=crew.now)
    crew.wait(hours=2)
    assert actions.call_about(crew.clocks, profile=PROFILE, now=crew.now)
    assert not actions.call_about(crew.clocks, profile=PROFILE, now=crew.now)


@pytest.mark.parametrize("state", ["ENQUIRY", "STANDBY", "DURESS", "DECLINED", "LOST_CONTACT"])
def test_he_is_here_from_far_off_the_way(crew, state):
    crew.opened()
    path = {"STANDBY": TO_READY[:3], "LOST_CONTACT": ("LOST_CONTACT",)}.get(state, (state,))
    crew.goes(*(path if state != "ENQUIRY" else ()))
    assert state in MACHINE.living
    actions.stop(crew["RCP"], ref=crew.ref, to="CONTACT", now=crew.now)
    assert crew.case().state == "CONTACT"


# ---- what time alone takes down ----


def test_a_yes_too_old_is_joined_by_no_other_and_is_taken_down(crew):
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    proposal = crew.propose("STANDBY")
    crew.says_yes(crew["VER"], Duty.VER, proposal)
    crew.wait(days=7)
    with pytest.raises(Refused, match="too long ago"):
        crew.says_yes(crew.another("VER"), Duty.VER, proposal)
    assert actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert not actions.clock_steps(crew.clocks, profile=PROFILE, now=crew.now)
    assert staff.waiting_for(crew.another("VER"), now=crew.now) == []
    again = crew.propose("STANDBY")
    assert again.ref != proposal.ref
    for number in (0, 1):
        crew.says_yes(crew.another("VER", number), Duty.VER, again)
    assert crew.case().state == "STANDBY"
