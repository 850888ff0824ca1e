"""Twenty hands at one moment: what counts once counts once, and nobody's yes is lost."""

from datetime import timedelta
from functools import partial

import pytest
from conftest import NOON

from safeconduct.access import actions, client, queries
from safeconduct.access.keyring import new_compartment
from safeconduct.access.models import Approval, HeldDuty, Membership, Person, Subject
from safeconduct.access.rules import Act, Duty, Purpose, digest_of
from safeconduct.access.tests.racing import HANDS, YES, at_once

pytestmark = pytest.mark.usefixtures("committed")
PEOPLE = 4
DIGEST = digest_of({"place": 1})
ACT = Act("passage.approve", "plan", DIGEST, Duty.DPC)


@pytest.fixture
def four(committed, officer):
    """Four commanders, and a text that they may say yes to."""
    found = [officer(Duty.DPC) for _ in range(PEOPLE)]
    actions.put_subject("plan", verb=ACT.verb, digest=DIGEST, author=None, now=NOON)
    return found


def test_of_twenty_yeses_of_four_people_each_persons_first_is_counted_and_no_other(four, touch):
    clicks = [(who, touch(who, ACT)) for who in four for _ in range(HANDS // PEOPLE)]
    said = at_once([partial(actions.approve, who, ACT, proof, now=NOON) for who, proof in clicks])
    assert sorted(said).count(YES) == PEOPLE, said
    assert set(said) == {YES, "approve.twice"}
    by = [who.ref for (who, _), each in zip(clicks, said, strict=True) if each == YES]
    assert sorted(by) == sorted(who.ref for who in four)
    assert len(queries.approvals_of("plan", DIGEST, verb=ACT.verb)) == PEOPLE


def test_where_the_rules_are_walked_round_the_database_alone_refuses_the_nineteen(four, touch):
    yes = client.act(four[0], ACT, touch(four[0], ACT), now=NOON)
    subject = Subject.objects.get(ref="plan")
    row = {"subject": subject, "digest": DIGEST, "duty": "DPC", "given_at": NOON}
    row |= {"told": yes.told, "signature": yes.signature}
    row["person"] = Person.objects.get(ref=four[0].ref)
    said = at_once([partial(Approval.objects.create, **row)] * HANDS)
    assert sorted(said) == ["IntegrityError"] * (HANDS - 1) + [YES]
    assert Approval.objects.count() == 1


def test_a_text_taken_down_while_four_say_yes_is_up_for_nobody_after_it(four, touch):
    clicks = [(who, touch(who, ACT)) for who in four]
    yeses = [partial(actions.approve, who, ACT, proof, now=NOON) for who, proof in clicks]
    said = at_once([*yeses, partial(close, now=NOON)])
    assert set(said) <= {YES, "approve.changed", "approve.not_open", "Absent"}, said
    assert said[-1] == YES
    assert Approval.objects.count() == said[:-1].count(YES)
    assert queries.approvals_of("plan", DIGEST, verb=ACT.verb) == ()


def close(*, now):
    actions.close_subject("plan", verb=ACT.verb, now=now)


def test_somebody_let_in_twenty_times_at_once_is_a_member_once(officer, worker):
    who, clocks = officer(Duty.OP), worker(Purpose.CLOCKS)
    compartment = new_compartment(clocks, now=NOON)
    join = partial(
        actions.join, clocks, compartment=compartment, person=who.ref, duty=Duty.OP,
        reason="race", until=NOON + timedelta(days=1), now=NOON,
    )  # fmt: skip
    assert at_once([join] * HANDS) == [YES] * HANDS  # the others find it done
    assert Membership.objects.filter(compartment=compartment).count() == 1


def test_where_a_duty_is_written_twenty_times_at_once_the_database_keeps_one(officer):
    person = Person.objects.get(ref=officer(Duty.OP).ref)
    row = {"person": person, "duty": "SUP", "since": NOON}
    said = at_once([partial(HeldDuty.objects.create, **row)] * HANDS)
    assert sorted(said) == ["IntegrityError"] * (HANDS - 1) + [YES]
    assert queries.duties_of(person.pk, now=NOON) == {Duty.OP, Duty.SUP}
