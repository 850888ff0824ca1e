"""Custody of one man alone in the tables: who lets people out or erases, for the keeper undoes nothing."""

import pytest
from conftest import NOON
from django.db import DatabaseError, transaction
from tests import forms

from safeconduct.access import actions as access
from safeconduct.access.models import HeldDuty, OwnCopy
from safeconduct.access.rules import Absent, Duty
from safeconduct.audit import queries as audit
from safeconduct.cases import actions as cases
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING
from safeconduct.custody import actions, queries
from safeconduct.custody.models import Clock, Core, Document
from safeconduct.custody.tests.test_actions import READ, follow
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.tests.conftest import STANDARD
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db


def test_card_and_bureau_clocks_start_with_secured_and_not_before(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "CONTACT")
    follow(crew)
    assert not Clock.objects.exists()
    crew.goes("SECURED")
    crew.wait(minutes=1)
    follow(crew)
    starts = dict(Clock.objects.values_list("kind", "started_at"))
    assert starts == {"card": NOON, "bureau": NOON, "transit": NOON}


@pytest.mark.parametrize("lane", ["MEDICAL", "CHILD"])
def test_the_clocks_start_with_hospital_or_childrens_lane_when_those_come_first(crew, lane):
    crew.opened()
    crew.goes(*TO_MOVING, "CONTACT", lane)
    follow(crew)
    own = {"MEDICAL": "sick", "CHILD": "child"}[lane]
    assert set(Clock.objects.values_list("kind", flat=True)) == {"card", "bureau", own}


def test_a_notice_is_proved_by_the_digest_of_its_day_after_a_reader_was_let_out(held):
    follow(held)
    leaves = held["LEG"]
    document = Document.objects.get(kind="bureau_notice")
    sent = actions.send_document(held["RCP"], case=held.ref, ref=document.ref, now=held.now)
    document.refresh_from_db()
    before = bytes(document.body)
    access.leave(held["RCP"], compartment=held.compartment, person=leaves.ref, now=held.now)
    assert held["DPO"]
    actions.share_names(held["RCP"], case=held.ref, now=held.now)
    document.refresh_from_db()
    assert bytes(document.body) != before
    assert bytes(document.digest) == sent
    assert actions.split_core(held["DPO"], ref=held.ref, now=held.now) == 1
    entries = audit.latest(ref=held.ref)
    assert sent in {bytes(e.digest) for e in entries if e.verb == "custody.sent.bureau_notice"}


def settled_walk_in(held):
    """Take him to the end, with one notice sent; what he is owed stands under his case's own ref."""
    held.walked_in()
    held.brings("capture_card")
    follow(held)
    document = Document.objects.get(kind="bureau_notice")
    actions.send_document(held["RCP"], case=held.ref, ref=document.ref, now=held.now)
    held.goes("OUTCOME_CHOSEN", "RELEASED", "AFTERCARE", "SETTLED")
    while held.open_debts():
        held.brings(*sorted(held.open_debts() - {"no_fire_kept"} or {"no_fire_ended"}))


def test_what_law_keeps_outlives_the_person_and_cannot_be_deleted(held, touch, standard):
    settled_walk_in(held)
    with pytest.raises(Refused):
        cases.propose_purge(held["DPO"], ref=held.ref, profile=PROFILE, now=held.now)
    with pytest.raises(Refused, match="before you were let in"):
        actions.split_core(held["DPO"], ref=held.ref, now=held.now)
    actions.share_names(held["RCP"], case=held.ref, now=held.now)
    assert actions.split_core(held["DPO"], ref=held.ref, now=held.now) == 1
    ref = cases.propose_purge(held["DPO"], ref=held.ref, profile=PROFILE, now=held.now)
    proposal = held.case().proposals.get(ref=ref)
    held.says_yes(held["DPO"], Duty.DPO, proposal)
    assert len(pledges.open_of(held.ref)) == len(STANDARD.items)
    held.says_yes(held["AUD"], Duty.AUD, proposal)
    assert not pledges.open_of(held.ref)
    follow(held)
    assert held.case().state == "PURGED"
    assert not Clock.objects.exists()
    assert not Document.objects.exists()
    assert Core.objects.get().kind == "bureau_notice"
    for reader in ("DPO", "LEG"):
        (kept,) = queries.core_for(held[reader], READ, ref=held.ref)
        assert kept[0] == "bureau_notice"
        assert kept[1]["kind"] == "bureau_notice"
    for stranger in ("RCP", "SUP"):
        with pytest.raises(Absent):
            queries.core_for(held[stranger], READ, ref=held.ref)
    with pytest.raises(DatabaseError), transaction.atomic():
        Core.objects.all().delete()


def test_who_comes_later_reads_what_law_keeps_by_a_reader_who_is_still_there(held, officer, staff):
    follow(held)
    document = Document.objects.get(kind="bureau_notice")
    actions.send_document(held["RCP"], case=held.ref, ref=document.ref, now=held.now)
    assert held["DPO"]
    actions.share_names(held["RCP"], case=held.ref, now=held.now)
    actions.split_core(held["DPO"], ref=held.ref, now=held.now)
    leaves, told = held["LEG"], {"ref": held.ref, "now": held.now}
    before = bytes(Core.objects.get().body)
    later = officer(Duty.LEG, now=held.now)
    with pytest.raises(Refused, match="before you were let in"):
        queries.core_for(later, READ, ref=held.ref)
    (duty,) = HeldDuty.objects.filter(person__ref=leaves.ref, ended_at=None)
    access.end_duty(staff.administrator(now=NOON), ref=duty.ref, reason="left", now=held.now)
    assert queries.core_to_share(held["DPO"], **told) == 1
    actions.share_core(held["DPO"], **told)
    assert queries.core_to_share(held["DPO"], **told) == 0
    assert bytes(Core.objects.get().body) != before
    assert queries.core_for(later, READ, ref=held.ref) == queries.core_for(
        held["DPO"], READ, ref=held.ref
    )
    assert not OwnCopy.objects.filter(person=leaves.ref, row=Core.objects.get().ref).exists()


@pytest.mark.usefixtures("at_noon")
def test_no_form_about_his_case_breaks_or_changes_anything_that_it_refuses(held, client_of):
    there = dict.fromkeys(forms.HELD, held.ref)
    browsers = {url: client_of(held[duty]) for url, duty in forms.about(there)}
    wrong = forms.attack(browsers)
    assert not wrong, "\n".join(wrong)
