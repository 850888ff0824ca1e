"""Custody of one man alone in the tables: who lets people out or erases, for the keeper undoes nothing."""

import pytest
from conftest import NOON
from django.db import DatabaseError, transaction
from tests import forms

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access import queries as staff
from safeconduct.access.models import HeldDuty, OwnCopy
from safeconduct.access.rules import Absent, Duty
from safeconduct.audit import queries as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import lane
from safeconduct.cases import queries as case_queries
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING
from safeconduct.custody import actions, queries
from safeconduct.custody.models import Clock, Core, Document, Letters
from safeconduct.custody.tests.conftest import carded
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
    assert starts == dict.fromkeys(("card", "bureau", "letters", "transit"), NOON)


@pytest.mark.parametrize("lane", ["MEDICAL", "CHILD"])
def test_the_clocks_start_with_hospital_or_childrens_lane_when_those_come_first(crew, lane):
    crew.opened()
    crew.goes(*TO_MOVING, "CONTACT", lane)
    follow(crew)
    own = {"MEDICAL": {"sick", "bureau_move"}, "CHILD": {"child"}}[lane]
    running = set(Clock.objects.values_list("kind", flat=True))
    assert running == {"card", "bureau", "letters", *own}


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
    actions.offer_letters(
        held["RCP"], ref=held.ref, content={"offered": "yes", "none": "yes"}, now=held.now
    )
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
    assert not Letters.objects.exists()
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


def outside(held):
    """Let out whoever a child's case is closed to; return who of those is still inside."""
    while cases.narrow(held.clocks, now=held.now):
        pass
    inside = staff.members_of(held.compartment, now=held.now)
    return {person for person, duties in inside.items() if not duties & lane.READS}


def test_a_childs_case_is_open_to_child_protection_and_the_few_and_closed_to_who_talked_with_him(
    held, officer
):
    carded(held)
    assert held["CPO"]
    inside = staff.members_of(held.compartment, now=held.now)
    assert {Duty.OP, Duty.VER, Duty.CPO} <= {duty for each in inside.values() for duty in each}
    assert not cases.narrow(held.clocks, now=held.now)
    held.brings("no_fire_ended")
    cases.set_fact(held["RCP"], ref=held.ref, fact="child", now=held.now)
    talker, his = held["OP"], OwnCopy.objects.filter(compartment=held.compartment)
    with transaction.atomic():  # as if what names him had been written before any of the few came
        his.exclude(person=held["RCP"].ref).delete()
        his.update(person=talker.ref)
        assert outside(held) == {talker.ref}, "nothing is lost: he stays until it is shared"
        his.update(person=held["RCP"].ref)
    assert outside(held) == set()
    with pytest.raises(Absent):
        case_queries.case_for(talker, READ, ref=held.ref)
    with pytest.raises(Refused):
        keyring.open_fields(talker, READ, [held.compartment], ["body"])
    assert queries.who_he_is(held["RCP"], ref=held.ref)["name"] == "Кузьмінов"
    told = {"ref": held.ref, "reason": "he knows him", "now": held.now}
    with pytest.raises(Refused, match="may be a child"):
        cases.to_let_in(held["RCP"], person=talker.ref, **told)
    later = officer(Duty.CPO, now=held.now)
    assert cases.to_let_in(held["RCP"], person=later.ref, **told).duties == (Duty.CPO,)
    case = case_queries.case_for(held["RCP"], READ, ref=held.ref)
    assert not lane.in_lane(case.state, child=False), "two who lift the fact open it again"
