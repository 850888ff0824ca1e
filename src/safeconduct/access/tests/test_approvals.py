"""Four eyes, by the rules, by the keeper and by the database."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access import actions, ageing, client, queries
from safeconduct.access.ageing import Age, Ages
from safeconduct.access.models import Approval, Call, HeldDuty, Membership, Person, Subject
from safeconduct.access.rules import Act, Duty, Given, Proof, digest_of
from safeconduct.audit.models import Entry
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
PLAN = digest_of({"place": 501234567, "at": 1_795_000_000})
OTHER = digest_of({"place": 501234568, "at": 1_795_000_000})
VERB = "passage.approve"


@pytest.fixture
def plan(officer):
    """A plan put up by its planner; returns (ref, planner)."""
    planner, ref = officer(Duty.PLN), new_ref()
    actions.put_subject(
        ref,
        verb=VERB,
        digest=PLAN,
        author=planner.ref,
        now=NOON,
        title="A plan waits",
        url="/passage/",
        duties=[Duty.DPC, Duty.LEG],
    )
    return ref, planner


def act_for(ref, duty, digest=PLAN):
    return Act(VERB, ref, digest, duty)


def test_two_others_approve_a_plan_and_each_yes_is_in_the_journal(plan, officer, touch):
    ref, _ = plan
    given_: tuple[Given, ...] = ()
    for who, duty in [(officer(Duty.DPC), Duty.DPC), (officer(Duty.LEG), Duty.LEG)]:
        act = act_for(ref, duty)
        given_ = actions.approve(who, act, touch(who, act), now=NOON)
        entry = Entry.objects.latest("seq")
        assert (entry.who, entry.verb, entry.subject) == (who.ref, f"{VERB}.approved", ref)
        assert bytes(entry.digest) == PLAN
    assert [each.duty for each in given_] == [Duty.DPC, Duty.LEG]
    assert len(queries.yeses_of(ref, PLAN, verb=VERB)) == 2


def test_the_planner_cannot_approve_his_own_plan(officer, touch):
    planner, ref = officer(Duty.PLN, Duty.DPC), new_ref()
    actions.put_subject(ref, verb=VERB, digest=PLAN, author=planner.ref, now=NOON)
    act = act_for(ref, Duty.DPC)
    with pytest.raises(Refused, match="you wrote it"):
        actions.approve(planner, act, touch(planner, act), now=NOON)
    other = officer(Duty.DPC)
    assert len(actions.approve(other, act, touch(other, act), now=NOON)) == 1


def test_a_touch_counts_once_and_for_its_own_act_and_person_only(plan, officer, touch):
    ref, _ = plan
    one, two = officer(Duty.DPC), officer(Duty.DPC)
    act = act_for(ref, Duty.DPC)
    proof = touch(one, act)
    with pytest.raises(Refused):
        actions.approve(two, act, proof, now=NOON)
    actions.put_subject("elsewhere", verb=VERB, digest=PLAN, author=None, now=NOON)
    with pytest.raises(Refused):
        actions.approve(one, Act(VERB, "elsewhere", PLAN, Duty.DPC), proof, now=NOON)
    with pytest.raises(Refused):
        actions.approve(one, act, Proof("made-up", proof.assertion), now=NOON)
    assert len(actions.approve(one, act, proof, now=NOON)) == 1
    actions.put_subject(ref, verb=VERB, digest=OTHER, author=None, now=NOON)
    actions.put_subject(ref, verb=VERB, digest=PLAN, author=None, now=NOON)
    with pytest.raises(Refused):
        actions.approve(one, act, proof, now=NOON)
    assert queries.approvals_of(ref, PLAN) == ()


def test_a_changed_plan_has_no_approvals_and_neither_has_one_changed_back(plan, officer, touch):
    ref, planner = plan
    approver = officer(Duty.DPC)
    act = act_for(ref, Duty.DPC)
    actions.approve(approver, act, touch(approver, act), now=NOON)
    actions.put_subject(ref, verb=VERB, digest=OTHER, author=planner.ref, now=NOON)
    assert queries.approvals_of(ref, PLAN) == queries.approvals_of(ref, OTHER) == ()
    with pytest.raises(Refused, match="not what stands there now"):
        actions.approve(approver, act, touch(approver, act), now=NOON)
    actions.put_subject(ref, verb=VERB, digest=PLAN, author=planner.ref, now=NOON)
    assert queries.approvals_of(ref, PLAN) == ()
    assert len(actions.approve(approver, act, touch(approver, act), now=NOON)) == 1


def test_putting_up_the_same_text_again_keeps_what_was_given(plan, officer, touch):
    ref, planner = plan
    approver = officer(Duty.DPC)
    act = act_for(ref, Duty.DPC)
    actions.approve(approver, act, touch(approver, act), now=NOON)
    actions.put_subject(ref, verb=VERB, digest=PLAN, author=planner.ref, now=NOON)
    assert len(queries.approvals_of(ref, PLAN, verb=VERB)) == 1
    assert queries.approvals_of(ref, PLAN, verb="passage.go") == ()


def test_what_was_taken_down_takes_no_yes(plan, officer, touch):
    ref, _ = plan
    approver = officer(Duty.DPC)
    act = act_for(ref, Duty.DPC)
    actions.close_subject(ref, verb=VERB, now=NOON)
    assert queries.subject_of(act) is None
    with pytest.raises(Refused, match="not what stands there now"):
        actions.approve(approver, act, touch(approver, act), now=NOON)


def test_the_keeper_away_means_no_approval_and_nothing_is_written(plan, officer, touch, keeper):
    ref, _ = plan
    approver = officer(Duty.DPC)
    act = act_for(ref, Duty.DPC)
    proof = touch(approver, act)
    keeper.kill()
    try:
        with pytest.raises(client.KeeperAway):
            actions.approve(approver, act, proof, now=NOON)
        assert queries.approvals_of(ref, PLAN) == ()
    finally:
        keeper.start()
    assert len(actions.approve(approver, act, proof, now=NOON)) == 1


# ---- the same by the database, for whoever walks round the rules ----


@pytest.fixture
def insert(touch):
    """Return what writes a row with the keeper's true word for it, past every rule of ours."""

    def write(ref, who, digest=PLAN, duty="DPC"):
        act = act_for(ref, Duty.DPC, digest)
        yes = client.act(who, act, touch(who, act), now=NOON)
        subject = Subject.objects.filter(ref=ref).latest("pk")
        with transaction.atomic():
            return Approval.objects.create(
                subject=subject,
                digest=digest,
                person=Person.objects.get(ref=who.ref),
                duty=duty,
                given_at=NOON,
                told=yes.told,
                signature=yes.signature,
            )

    return write


def test_the_database_refuses_the_author_a_second_yes_and_a_stale_digest(plan, officer, insert):
    ref, _ = plan
    author, approver = officer(Duty.DPC), officer(Duty.DPC)
    actions.put_subject(ref, verb=VERB, digest=OTHER, author=author.ref, now=NOON)
    with pytest.raises(IntegrityError, match="author"):
        insert(ref, author, OTHER)
    with pytest.raises(IntegrityError, match="not the one that stands"):
        insert(ref, approver, PLAN)
    with pytest.raises(IntegrityError, match="not held"):
        insert(ref, approver, OTHER, "LEG")
    insert(ref, approver, OTHER)
    with pytest.raises(IntegrityError):
        insert(ref, approver, OTHER)
    actions.close_subject(ref, verb=VERB, now=NOON)
    with pytest.raises(IntegrityError, match="not the one that stands"):
        insert(ref, officer(Duty.DPC), OTHER)


def test_update_walks_round_no_rule(plan, officer, insert):
    ref, planner = plan
    approval = insert(ref, officer(Duty.DPC))
    rows = Approval.objects.filter(pk=approval.pk)
    thief = Person.objects.get(ref=planner.ref)
    tries = [
        lambda: rows.update(digest=OTHER),
        lambda: rows.update(person=thief),
        lambda: rows.update(given_at=NOON + timedelta(days=1)),
        lambda: Subject.objects.filter(ref=ref).update(digest=OTHER),
        lambda: Subject.objects.filter(ref=ref).update(author=None),
        lambda: HeldDuty.objects.filter(person=thief).update(duty="DPC"),
        lambda: HeldDuty.objects.filter(person=thief).update(until=NOON + timedelta(days=9)),
    ]
    for attempt in tries:
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            attempt()
    actions.close_subject(ref, verb=VERB, now=NOON)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Subject.objects.filter(ref=ref).update(closed_at=None)


def test_the_database_keeps_administrators_out_of_everything_else(admin, officer):
    person = Person.objects.get(ref=admin.ref)
    with pytest.raises(IntegrityError, match="administrator"), transaction.atomic():
        HeldDuty.objects.create(person=person, duty="OP", since=NOON)
    with pytest.raises(IntegrityError, match="administrator"), transaction.atomic():
        Membership.objects.create(
            person=person, compartment="c", duty="OP", granted_by="x", since=NOON
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldDuty.objects.create(person=person, duty="AUD", since=NOON, granted_by=person)


AGES = Ages(waits=timedelta(days=1), old=timedelta(days=7))


def called(now):
    """Return whether anybody is called at `now`, and for which duties calls are open."""
    rang = actions.call_about_ages(ages=AGES, now=now)
    return rang, sorted(Call.objects.filter(answered_at=None).values_list("duty", "kind"))


def test_what_waits_too_long_for_a_yes_calls_whose_it_is_and_then_a_supervisor(plan, officer):
    ref, _ = plan
    assert called(NOON + timedelta(hours=23)) == (False, [])
    whose = [("DPC", "approval.waits"), ("LEG", "approval.waits")]
    assert called(NOON + timedelta(days=1)) == (True, whose)
    assert called(NOON + timedelta(days=1)) == (False, whose), "a restart rings nothing twice"
    assert called(NOON) == (False, whose), "a clock that goes back takes no ring back"
    assert called(NOON + timedelta(days=2)) == (True, [*whose, ("SUP", "approval.old")])
    for duty, his in ((Duty.LEG, True), (Duty.SUP, False)):  # whom it calls in the end has no say
        assert [(a.ref, b) for a, b in queries.ageing_for(officer(duty), now=NOON)] == [(ref, his)]
    assert queries.ageing_for(officer(Duty.MED), now=NOON) == []
    actions.close_subject(ref, verb=VERB, now=NOON)
    assert queries.ageing_for(officer(Duty.LEG), now=NOON) == []
    assert not called(NOON + timedelta(days=30))[0]


def test_a_yes_that_grows_old_is_due_before_what_it_waits_for_would_be():
    age, long = Age(NOON, NOON + timedelta(hours=1)), Ages(timedelta(days=9), timedelta(days=7))
    end = NOON + timedelta(days=7, hours=1)
    assert ageing.due_at(age, long) == ageing.old_at(age, long) == end
    assert ageing.rung(age, long, now=end - timedelta(seconds=1)) == 0
    assert ageing.rung(age, long, now=end) == ageing.ESCALATES
    assert ageing.due_at(age, AGES) == NOON + timedelta(days=1)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
def test_there_is_always_one_open_text_and_it_is_the_last_one(changes):
    with transaction.atomic():
        for each in changes:
            actions.put_subject("s", verb="v", digest=digest_of({"x": each}), author=None, now=NOON)
        (row,) = Subject.objects.filter(ref="s", closed_at=None)
        assert bytes(row.digest) == digest_of({"x": changes[-1]})
        transaction.set_rollback(True)
