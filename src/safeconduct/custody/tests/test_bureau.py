"""What the bureau is told after his capture: each move, each stay in hospital, his death (GC III 122)."""

import json
from datetime import timedelta

import pytest

from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases.tests.walking import TO_MOVING, db, house
from safeconduct.custody import actions, printing, queries, rules
from safeconduct.custody.models import Clock, Document
from safeconduct.custody.tests.conftest import carded
from safeconduct.custody.tests.test_actions import follow, held, rings
from safeconduct.documents import sheets
from safeconduct.refusal import Refused

__all__ = ["db", "held", "house"]  # fixtures
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def sent(crew, kind):
    """Send what waits of this kind; return what was sealed as it left."""
    document = Document.objects.get(case__ref=crew.ref, kind=kind, sent_at=None)
    actions.send_document(crew["RCP"], case=crew.ref, ref=document.ref, now=crew.now)
    follow(crew)
    assert not Document.objects.filter(case__ref=crew.ref, kind=kind, sent_at=None).exists(), "once"
    return queries.notice_for(crew["RCP"], crew.case(), ref=document.ref)[0]


def told_of_his_capture(crew):
    """Register him, and tell the bureau of it, a day before anything else happens."""
    carded(crew)
    follow(crew)
    sent(crew, "bureau_notice")
    crew.wait(days=1)


def died(crew):
    """Record his death, and that its certificate was written."""
    crew.goes("DECEASED")
    told = {"died_at": "2026-03-02 04:00", "died_where": "hospital 4", "cause": "unknown"}
    actions.certify_death(crew["MED"], ref=crew.ref, content=told, now=crew.now)
    follow(crew)


def test_a_death_is_told_to_the_bureau_within_a_day_though_it_was_told_of_his_capture(held):
    told_of_his_capture(held)
    died(held)
    assert rules.DEATH in held.open_debts()
    assert "bureau_notice" not in held.open_debts(), "that was done once and for all"
    notice, clock = Document.objects.get(kind=rules.DEATH), Clock.objects.get(kind=rules.DIED)
    assert notice.due_at == clock.due_at == held.now + DAY
    held.brings("bureau_notice", rules.DEATH)
    held.wait(days=2)
    rings(held)
    clock.refresh_from_db()
    assert (clock.rung, clock.done_at) == (3, None), "no word on record stops it, but the notice"
    left = sent(held, rules.DEATH)
    assert (left["kind"], left["cause"], left["name"]) == (rules.DEATH, "unknown", "Кузьмінов")
    clock.refresh_from_db()
    assert clock.done_at == held.now
    file = json.loads(printing.agency_of(held["RCP"], ref=held.ref, now=held.now))
    assert file["notices"][-1]["died"]["died_where"] == "hospital 4"


def test_the_debt_of_a_notice_of_death_ends_when_it_was_sent(held):
    died(held)
    held.wait(hours=1)
    sent(held, rules.DEATH)
    assert rules.DEATH not in held.open_debts()
    assert "bureau_notice" in held.open_debts(), "of his capture the bureau was never told"


def test_who_dies_before_anybody_secured_him_is_told_of_as_well(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "CONTACT", "DECEASED")
    follow(crew)
    assert crew.case().custody_since is None
    his = Clock.objects.filter(case__ref=crew.ref)
    assert set(his.values_list("kind", flat=True)) == {rules.DIED}
    crew.wait(hours=1)
    sent(crew, rules.DEATH)
    assert not his.filter(done_at=None).exists()


def test_the_death_of_a_living_man_is_told_to_nobody(held):
    died(held)
    document = Document.objects.get(kind=rules.DEATH)
    held.wait(hours=1)
    ref = cases.propose_correction(held["RCP"], ref=held.ref, why="another man", now=held.now)
    proposal = held.case().proposals.get(ref=ref)
    held.says_yes(held["LEG"], Duty.LEG, proposal)
    held.says_yes(held["SUP"], Duty.SUP, proposal)
    assert held.case().state == "IN_CUSTODY"
    with pytest.raises(Refused, match="No death"):
        actions.send_document(held["RCP"], case=held.ref, ref=document.ref, now=held.now)
    follow(held)
    assert Clock.objects.get(kind=rules.DIED).done_at == held.now
    assert not Document.objects.filter(kind=rules.DEATH).exists()


def test_each_move_and_each_stay_in_hospital_is_told_to_the_bureau_within_a_day(held):
    told_of_his_capture(held)
    assert not Clock.objects.filter(kind=rules.MOVED_ON).exists()
    moved = held.now
    actions.record_move(held["RCP"], ref=held.ref, why="move", now=moved)
    held.wait(hours=2)
    held.goes("MEDICAL")
    follow(held)
    due = Clock.objects.filter(kind=rules.MOVED_ON).order_by("due_at")
    assert [clock.due_at for clock in due] == [moved + DAY, held.now + DAY]
    assert Document.objects.get(kind=rules.TRANSFER).due_at == moved + DAY, "by the first of them"
    held.wait(days=2)
    rings(held)
    assert {clock.rung for clock in due.all()} == {3}
    left = sent(held, rules.TRANSFER)
    assert [why for why, _at in sheets.moves_of(left)] == ["move", "hospital"]
    assert not due.filter(done_at=None).exists()
    held.wait(hours=1)
    actions.record_move(held["MED"], ref=held.ref, why="sick", now=held.now)
    follow(held)
    assert not due.filter(done_at=None).exists(), "sick where he is: the bureau's weekly word"
    actions.record_move(held["MED"], ref=held.ref, why="hospital", now=held.now)
    held.wait(hours=1)
    follow(held)
    again = sheets.moves_of(sent(held, rules.TRANSFER))
    assert [why for why, _at in again] == ["hospital"], "and nothing twice"
    file = json.loads(printing.agency_of(held["RCP"], ref=held.ref, now=held.now))
    assert [each["why"] for each in file["notices"][1]["moves"]] == ["move", "hospital"]
    assert [each["why"] for each in file["notices"][2]["moves"]] == ["hospital"]


def test_what_is_sealed_as_it_left_is_what_its_sheet_shows_and_no_more(held):
    carded(held, taken_on="12.02, Куп’янськ")
    assert "taken_on" in queries.who_he_is(held["RCP"], ref=held.ref)
    follow(held)
    left = sent(held, "bureau_notice")
    shown = {key for key, _text in sheets.notice(held.ref, left).rows} | {"kind"}
    assert set(left) <= shown
    assert {"name", "birth_date"} <= set(left)
    assert not {"taken_on", "state"} & set(left)
    held.goes("MEDICAL")
    follow(held)
    assert queries.notice_for(held["RCP"], held.case(), ref=told(held))[0] == left, "as it left"


def told(crew):
    return Document.objects.get(case__ref=crew.ref, kind="bureau_notice").ref
