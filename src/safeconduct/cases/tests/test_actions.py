"""A case on its way, with real people, a real keeper and the real database."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import DatabaseError, IntegrityError, connection, transaction

from safeconduct.access import acts, closing, keyring
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.cases import actions, certificates, queries
from safeconduct.cases.models import BurnedPlace, Case, Evidence, Owed, Step
from safeconduct.cases.tests.rolling import gives_a_list, no_list_stands
from safeconduct.cases.tests.walking import (
    PROFILE,
    TO_CUSTODY,
    TO_MOVING,
    TO_READY,
    company,
    crew,
    db,
    house,
)
from safeconduct.geo import Point, moved
from safeconduct.refusal import Refused

__all__ = ["company", "crew", "db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
FARM = Point(51.2, 34.8)


def test_the_whole_way_from_the_first_word_to_custody(crew):
    crew.opened()
    crew.goes(*TO_CUSTODY)
    case = crew.case()
    assert case.state == "IN_CUSTODY"
    assert [s.target for s in case.steps.order_by("seq")] == ["ENQUIRY", *TO_CUSTODY]
    assert case.custody_since == NOON


def test_a_step_without_its_evidence_is_refused_and_says_who_brings_it(crew):
    crew.opened()
    with pytest.raises(Refused, match="OP") as refused:
        actions.advance(crew["OP"], ref=crew.ref, to="APPLIED", profile=PROFILE, now=crew.now)
    assert refused.value.refusal.code == "case.missing"
    crew.goes("APPLIED")
    assert crew.case().state == "APPLIED"


def test_one_person_alone_verifies_nobody_and_a_second_click_is_no_second_person(crew):
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    proposal = crew.propose("STANDBY")
    first = crew["VER"]
    crew.says_yes(first, Duty.VER, proposal)
    with pytest.raises(Refused):
        crew.says_yes(first, Duty.VER, proposal)
    assert crew.case().state == "VERIFYING"
    crew.says_yes(crew.another("VER"), Duty.VER, proposal)
    assert crew.case().state == "STANDBY"


def test_another_step_voids_what_was_put_up(crew):
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    proposal = crew.propose("STANDBY")
    crew.goes("DECLINED")
    with pytest.raises(Absent):
        crew.says_yes(crew["VER"], Duty.VER, proposal)


def test_who_was_not_let_in_finds_no_case(crew, officer):
    crew.opened()
    stranger = officer(Duty.OP)
    with pytest.raises(Absent):
        queries.case_for(stranger, Purpose.READ, ref=crew.ref)
    with pytest.raises(Absent):
        actions.record_evidence(crew.ref, kind="language_noted", by=stranger, at=NOON)


# ---- what the database refuses although nobody asked the rules ----


def test_the_database_lets_no_state_change_without_its_step(crew):
    crew.opened()
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.filter(ref=crew.ref).update(state="MOVING", version=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.create(
            person_ref="x", compartment="c", state="READY", ordinary="READY",
            entered_at=NOON, opened_at=NOON, opened_by="x",
        )  # fmt: skip


def test_the_database_knows_no_step_off_the_way_and_no_go_with_two(crew):
    crew.opened()
    for pair, approvals in (("ENQUIRY>MOVING", 3), ("AGREED>MOVING", 2), ("VERIFYING>STANDBY", 1)):
        with pytest.raises(IntegrityError, match="step_is_of_the_machine"), transaction.atomic():
            written(crew, pair, approvals=approvals, people=["a", "b", "c"])


def test_without_two_yeses_the_database_takes_one_correction_alone_the_erasure_after_a_restore(
    crew,
):
    crew.opened()
    for pair, by, people in (
        ("ENQUIRY>PURGED", crew["DPO"].ref, []),
        ("ENQUIRY>READY", "SYS:restore", []),
        ("ENQUIRY>PURGED", "SYS:restore", ["PER:first", "PER:second"]),
    ):
        with pytest.raises(IntegrityError, match="step_is_of_the_machine"), transaction.atomic():
            written(crew, pair, approvals=0, people=people, kind="correction", by=by)
    person = crew.case().person_ref
    assert actions.erase_again(crew.compartment, now=crew.now)
    (step,) = crew.case().steps.all()
    assert (step.target, step.kind, step.by) == ("PURGED", "correction", "SYS:restore")
    assert (step.people, step.approvals) == ([], 0)  # a record names nobody who was not there
    assert crew.case().person_ref == "" != person


def written(crew, pair, *, approvals, people, kind="step", by="x"):
    """Write a step past every rule, as only a fault of ours could."""
    case, (source, target) = crew.case(), pair.split(">")
    return Step.objects.create(
        case=case,
        seq=case.version + 1,
        kind=kind,
        source=source,
        target=target,
        pair=pair,
        at=NOON,
        by=by,
        people=people,
        approvals=approvals,
    )


@pytest.mark.parametrize(
    "people",
    [["a", "b"], ["a", "b", "a"], ["a", "b", ""], []],
    ids=["two", "one twice", "one without a name", "nobody"],
)
def test_the_database_counts_the_people_of_a_step_not_a_number_that_was_typed(crew, people):
    crew.opened()
    crew.goes(*TO_READY, "PLANNED", "AGREED")
    with pytest.raises(DatabaseError, match="different people"), transaction.atomic():
        written(crew, "AGREED>MOVING", approvals=3, people=people)
    assert written(crew, "AGREED>MOVING", approvals=3, people=["a", "b", "c"]).pk


def test_a_correction_has_two_different_people_in_the_database_too(crew):
    crew.opened()
    crew.goes("APPLIED")
    back = {"kind": "correction", "approvals": 2}
    with pytest.raises(DatabaseError, match="different people"), transaction.atomic():
        written(crew, "APPLIED>ENQUIRY", people=["a", "a"], **back)
    assert written(crew, "APPLIED>ENQUIRY", people=["a", "b"], **back).pk


def test_steps_evidence_and_dates_never_change(crew):
    crew.opened()
    crew.goes("DECLINED")
    crew.brings("his_no")
    for change in (
        lambda: Step.objects.update(by="other"),
        lambda: Step.objects.all().delete(),
        lambda: Evidence.objects.update(kind="identity_b"),
        lambda: Evidence.objects.all().delete(),
        lambda: Owed.objects.update(due_at=NOON + timedelta(days=9)),
        lambda: Case.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# ---- what is owed ----


def test_what_is_owed_is_closed_by_its_evidence_and_by_nothing_else(crew):
    crew.opened()
    crew.goes("DECLINED")
    owed = Owed.objects.get(case__ref=crew.ref, kind="his_no")
    assert owed.due_at == NOON + timedelta(hours=1)
    crew.brings("he_came_again")
    owed.refresh_from_db()
    assert owed.done_at is None
    crew.brings("his_no")
    owed.refresh_from_db()
    assert owed.done_at == NOON


def test_whoever_recorded_the_no_under_force_does_not_review_it(crew):
    crew.opened()
    crew.goes("DURESS")
    actions.stop(crew["SUP"], ref=crew.ref, to="DECLINED", now=NOON)
    with pytest.raises(Refused, match="second supervisor"):
        actions.record_evidence(crew.ref, kind="force_review_second", by=crew["SUP"], at=NOON)
    actions.record_evidence(crew.ref, kind="force_review_second", by=crew.another("SUP"), at=NOON)


# ---- what burns ----


def tell(crew):
    actions.tell(
        crew["PLN"],
        ref=crew.ref,
        places=[FARM],
        radius_m=500,
        signs=["white_cloth"],
        challenge="river",
        now=NOON,
    )


def test_a_place_he_was_told_is_never_used_again_and_burns_with_500_metres_around_it(crew):
    crew.opened()
    crew.goes(*TO_READY)
    near, far = moved(FARM, east_m=480, north_m=0), moved(FARM, east_m=520, north_m=0)
    planner = crew["PLN"]
    assert not actions.is_burned(planner, FARM, radius_m=500)
    tell(crew)
    crew.goes("PLANNED", "AGREED")
    assert actions.is_burned(planner, FARM, radius_m=500)  # told once, used up for ever
    assert not actions.is_burned(planner, near, radius_m=500)
    crew.goes("ABORTED")
    assert actions.is_burned(planner, near, radius_m=500)
    assert not actions.is_burned(planner, far, radius_m=500)
    assert actions.was_told(planner, ref=crew.ref, what="sign", value="white_cloth")
    assert not actions.was_told(planner, ref=crew.ref, what="sign", value="lamp_twice")
    assert Owed.objects.get(case__ref=crew.ref, kind="told_burned").done_at == NOON


def test_contact_burns_nothing(crew):
    crew.opened()
    crew.goes(*TO_READY)
    tell(crew)
    crew.goes("PLANNED", "AGREED", "MOVING", "CONTACT")
    assert BurnedPlace.objects.get().burned_at is None


def test_the_burned_list_is_deleted_by_nobody_and_unburned_by_nobody(crew):
    crew.opened()
    tell(crew)
    BurnedPlace.objects.update(burned_at=NOON)
    for change in (
        lambda: BurnedPlace.objects.all().delete(),
        lambda: BurnedPlace.objects.update(burned_at=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_no_coordinate_stands_in_the_burned_list(crew):
    crew.opened()
    tell(crew)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_burnedplace")
        row = cursor.fetchone()
    raw = b"".join(str(v).encode() if not isinstance(v, bytes) else v for v in row)
    assert b"512000000" not in raw


# ---- suspected force ----


def test_force_is_hidden_from_those_who_may_not_know_and_their_refusal_says_nothing(crew):
    crew.opened()
    crew.goes(*TO_READY)
    operator, supervisor = crew["OP"], crew["SUP"]
    actions.stop(operator, ref=crew.ref, to="DURESS", now=NOON)
    read = Purpose.READ
    assert queries.state_of(operator, read, ref=crew.ref) == "READY"
    assert queries.state_of(supervisor, read, ref=crew.ref) == "DURESS"
    with pytest.raises(Refused) as refused:
        actions.advance(operator, ref=crew.ref, to="STANDBY", profile=PROFILE, now=NOON)
    assert refused.value.refusal.code == "case.second_reading"
    shown = queries.steps_of(crew.case(), duties=operator.duties)
    assert "DURESS" not in {step.target for step in shown}


def test_a_freeze_shows_as_a_second_reading_and_is_lifted_by_two(crew, touch):
    crew.opened()
    crew.goes(*TO_READY)
    crew.brings_all("PLANNED")
    actions.set_fact(crew["OP"], ref=crew.ref, fact="frozen", now=NOON)
    subject, digest = crew.paper("PLANNED")
    plan = {"ref": crew.ref, "to": "PLANNED", "profile": PROFILE, "now": NOON}
    with pytest.raises(Refused) as refused:
        actions.advance(crew["DPC"], **plan, subject=subject, digest=digest)
    assert refused.value.refusal.code == "case.second_reading"
    actions.lift_fact(crew["SUP"], ref=crew.ref, fact="frozen", now=NOON)
    proposal = queries.proposals_of(crew.case()).get()
    crew.says_yes(crew["SUP"], Duty.SUP, proposal)
    assert crew.case().frozen
    crew.says_yes(crew["VER"], Duty.VER, proposal)
    assert not crew.case().frozen
    actions.advance(crew["DPC"], **plan, subject=subject, digest=digest)
    assert crew.case().state == "PLANNED"


# ---- GO ----


def test_go_waits_for_three_people_and_for_read_backs_not_older_than_thirty_minutes(crew):
    crew.opened()
    crew.goes(*TO_READY, "PLANNED", "AGREED")
    crew.brings_all("MOVING")
    crew.wait(minutes=31)
    crew.brings("plan_valid", "no_fire_again", "drone_on_station", "unit_on_station")
    subject, digest = crew.paper("MOVING")
    go = {"ref": crew.ref, "to": "MOVING", "profile": PROFILE, "subject": subject}
    with pytest.raises(Refused, match="run out of date"):
        actions.advance(crew["DPC"], **go, digest=digest, now=crew.now)
    crew.brings("read_back_dpc", "read_back_fco", "read_back_rcv")
    with pytest.raises(Refused) as refused:
        actions.advance(crew["DPC"], **go, digest=b"another".ljust(32), now=crew.now)
    assert refused.value.refusal.code == "case.approvals"
    actions.advance(crew["DPC"], **go, digest=digest, now=crew.now)
    assert crew.case().state == "MOVING"


# ---- purging ----


def test_what_is_purged_is_gone_and_the_burned_list_stays(crew, touch):
    crew.opened()
    crew.goes(*TO_MOVING)
    tell(crew)
    roll = gives_a_list(crew)
    crew.goes("ABORTED", "DECLINED")
    crew.brings("his_no", note="I want to go home")
    row, note = Evidence.objects.filter(kind="his_no").values_list("ref", "note").get()
    crew.brings("abort_reason", "abort_order", "turn_back_text", "no_fire_ended", "near_miss")
    dpo, auditor = crew["DPO"], crew["AUD"]
    for early in (True, False):
        if early:
            with pytest.raises(Refused):
                actions.propose_purge(dpo, ref=crew.ref, profile=PROFILE, now=crew.now)
            crew.wait(days=31)
    ref = actions.propose_purge(dpo, ref=crew.ref, profile=PROFILE, now=crew.now)
    proposal = queries.Proposal.objects.get(ref=ref)
    crew.says_yes(dpo, Duty.DPO, proposal)
    assert crew.case().state == "DECLINED"
    assert staff.members_of(crew.compartment, now=crew.now)
    crew.says_yes(auditor, Duty.AUD, proposal)
    case = crew.case()
    assert (case.state, case.person_ref, case.compartment) == ("PURGED", "", "")
    assert (Evidence.objects.filter(case=case).exists(), no_list_stands(case, roll)) == (
        False,
        True,
    )
    assert BurnedPlace.objects.get().case_ref == ""
    assert actions.is_burned(crew["PLN"], FARM, radius_m=500)
    assert not staff.members_of(crew.compartment, now=crew.now)  # nobody is let into anything
    ring = keyring.open_fields(crew.clocks, Purpose.CLOCKS, [crew.compartment], ["body"])
    assert ring.gone(crew.compartment)
    with pytest.raises(Refused, match="erased"):
        ring.open(note, field="cases.Evidence.note", compartment=crew.compartment, ref=row)
    certifies_only_what_a_file_can_prove(crew, dpo)


def certifies_only_what_a_file_can_prove(crew, dpo):
    (row,) = certificates.rows_for(dpo)
    digest = acts.destroy_digest(crew.compartment, [f"voice:{crew.ref}"])
    assert (row.ref, row.facts.subject) == (crew.ref, digest.hex())
    assert row.facts.claims == (closing.CLAIMS["file"],)


# ---- corrections ----


def test_a_state_recorded_in_error_goes_back_by_two_people_and_both_entries_stay(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "MISSING")
    owed = crew.open_debts()
    with pytest.raises(Refused, match="No reason"):
        actions.propose_correction(crew["DPC"], ref=crew.ref, why=" ", now=crew.now)
    ref = actions.propose_correction(crew["DPC"], ref=crew.ref, why="wrong case", now=crew.now)
    proposal = crew.case().proposals.get(ref=ref)
    crew.says_yes(crew["DPC"], Duty.DPC, proposal)
    assert crew.case().state == "MISSING"
    crew.says_yes(crew["SUP"], Duty.SUP, proposal)
    assert crew.case().state == "MOVING"
    kinds = list(crew.case().steps.order_by("seq").values_list("pair", "kind"))
    assert kinds[-2:] == [("MOVING>MISSING", "step"), ("MISSING>MOVING", "correction")]
    assert crew.open_debts() == owed


def test_an_operator_alone_corrects_nothing(crew):
    crew.opened()
    crew.goes("APPLIED")
    with pytest.raises(Refused, match="not among your duties"):
        actions.propose_correction(crew["OP"], ref=crew.ref, why="typed wrongly", now=crew.now)
