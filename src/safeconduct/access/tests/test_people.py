"""Who is on the staff, with which duties."""

from datetime import timedelta
from typing import Any

import pytest
from conftest import NOON
from django.db import transaction

from safeconduct.access import actions, acts, client, queries
from safeconduct.access.models import HeldDuty, Person
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db


def test_an_administrator_adds_a_person_who_comes_in_by_a_link_that_works_once(
    staff, admin, touch, officer
):
    ref = new_ref()
    proof = touch(admin, acts.invite(ref, [Duty.OP], reason="night shift"))
    told: dict[str, Any] = {
        "person": ref,
        "name": "Operator 77",
        "language": "uk",
        "duties": [Duty.OP],
    }
    wrong: dict[str, Any] = {**told, "duties": [Duty.OP, Duty.SUP]}
    with pytest.raises(Refused), transaction.atomic():
        actions.create_person(admin, **wrong, reason="night shift", proof=proof, now=NOON)
    assert not Person.objects.filter(ref=ref).exists()
    invited = actions.create_person(admin, **told, reason="night shift", proof=proof, now=NOON)
    who = staff.enrol(invited.token, now=NOON)
    assert (who.name, who.language, who.duties) == ("Operator 77", "uk", {Duty.OP})
    with pytest.raises(Refused):
        queries.invitation(invited.token)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"name": "Anna Kovalenko"}, "no pseudonym"),
        ({"name": "Administrator 1"}, "taken"),
        ({"duties": [Duty.ADM, Duty.OP]}, "stands alone"),
        ({"duties": [Duty.OFF, Duty.PLG]}, "kept apart"),
        ({"reason": " "}, "No reason"),
        ({"person": "not a ref"}, "sent already"),
    ],
)
def test_a_person_is_refused_before_anybody_is_asked_for_a_touch(admin, changed, match):
    told: dict[str, Any] = {
        "person": new_ref(),
        "name": "Operator 78",
        "duties": [Duty.OP],
        "reason": "night",
    }
    actions.refuse_person(admin, **told)
    with pytest.raises(Refused, match=match):
        actions.refuse_person(admin, **(told | changed))


def test_only_an_administrator_adds_people(officer):
    told: dict[str, Any] = {
        "person": new_ref(),
        "name": "Operator 79",
        "duties": [Duty.OP],
        "reason": "night",
    }
    with pytest.raises(Refused, match="not among your duties"):
        actions.refuse_person(officer(Duty.SUP), **told)


def test_a_duty_is_given_for_a_time_and_ends_with_it(admin, officer, touch):
    who, until = officer(Duty.OP), NOON + timedelta(hours=12)
    proof = touch(admin, acts.grant(who.ref, Duty.VER, reason="one night", until=until))
    told: dict[str, Any] = {
        "person": who.ref,
        "duty": Duty.VER,
        "reason": "one night",
        "until": until,
    }
    actions.hold_duty(admin, **told, proof=proof, now=NOON)
    assert queries.duties_of(who.pk, now=NOON) == {Duty.OP, Duty.VER}
    assert queries.duties_of(who.pk, now=until) == {Duty.OP}
    with pytest.raises(Refused, match="already"):
        actions.refuse_duty(admin, person=who.ref, duty=Duty.VER, reason="again", now=NOON)
    later = until + timedelta(hours=1)
    again = until + timedelta(hours=13)
    proof = touch(admin, acts.grant(who.ref, Duty.VER, reason="another", until=again))
    told = {
        "person": who.ref,
        "duty": Duty.VER,
        "reason": "another",
        "until": again,
    }
    actions.hold_duty(admin, **told, proof=proof, now=later)
    assert Duty.VER in queries.duties_of(who.pk, now=later)


def test_an_ended_duty_is_gone_at_once_with_what_rested_on_it(staff, admin, officer):
    who, holder = officer(Duty.LEG, Duty.VER), officer(Duty.OP)
    room = actions.open_compartment(holder, duty=Duty.OP, reason="he walked in", now=NOON)
    staff.lets_in(holder, compartment=room, person=who.ref, duty=Duty.LEG)
    assert queries.member(who, room, now=NOON)
    held = HeldDuty.objects.get(person__ref=who.ref, duty="LEG")
    with pytest.raises(Refused, match="not among your duties"):
        actions.end_duty(holder, ref=held.ref, reason="because", now=NOON)
    actions.end_duty(admin, ref=held.ref, reason="leaves us", now=NOON)
    assert queries.duties_of(who.pk, now=NOON) == {Duty.VER}
    assert queries.compartments_of(who, now=NOON) == set()
    with pytest.raises(Refused):
        client.open_keys(who, purpose=Purpose.READ, compartments=[room], kinds=["body"])
    with pytest.raises(Absent):
        actions.end_duty(admin, ref=held.ref, reason="leaves us", now=NOON)


def test_the_first_administrator_is_made_once(admin):
    assert actions.first_administrator(now=NOON) is None
    assert Person.objects.filter(created_by__isnull=True).count() == 1
