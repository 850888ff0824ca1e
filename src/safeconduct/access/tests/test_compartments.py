"""Who is let in where."""

from datetime import timedelta
from typing import Any

import pytest
from conftest import NOON

from safeconduct.access import actions, client, queries
from safeconduct.access.models import Membership
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db


def test_who_is_let_in_opens_and_who_leaves_does_not(staff, officer):
    holder, verifier = officer(Duty.OP), officer(Duty.VER)
    room = actions.open_compartment(holder, duty=Duty.OP, reason="he walked in", now=NOON)
    opens: dict[str, Any] = {"purpose": Purpose.READ, "compartments": [room], "kinds": ["body"]}
    assert client.open_keys(holder, **opens).keys
    with pytest.raises(Refused):
        client.open_keys(verifier, **opens)
    told: dict[str, Any] = {
        "compartment": room,
        "person": verifier.ref,
        "reason": "grades it",
    }
    staff.lets_in(holder, **told, duty=Duty.VER)
    before = list(Membership.objects.values_list("ref", "ended_at"))
    staff.lets_in(holder, **told, duty=Duty.VER)
    assert list(Membership.objects.values_list("ref", "ended_at")) == before
    assert client.open_keys(verifier, **opens).keys
    assert queries.members_of(room, now=NOON) == {
        holder.ref: {Duty.OP},
        verifier.ref: {Duty.VER},
    }
    actions.leave(holder, compartment=room, person=verifier.ref, now=NOON)
    assert not queries.member(verifier, room)
    with pytest.raises(Refused):
        client.open_keys(verifier, **opens)


def test_nobody_lets_himself_in_or_others_into_what_is_not_his(staff, officer):
    holder, curious, friend = officer(Duty.OP), officer(Duty.VER), officer(Duty.LEG)
    room = actions.open_compartment(holder, duty=Duty.OP, reason="he walked in", now=NOON)
    told: dict[str, Any] = {"compartment": room, "reason": "curious", "until": None, "now": NOON}
    with pytest.raises(Refused, match="himself"):
        actions.join(curious, **told, person=curious.ref, duty=Duty.VER)
    with pytest.raises(Refused, match="not a member"):
        staff.lets_in(curious, **told, person=friend.ref, duty=Duty.LEG)
    with pytest.raises(Refused, match="not a member"):
        actions.leave(curious, compartment=room, person=holder.ref, now=NOON)
    with pytest.raises(Absent):
        staff.lets_in(holder, **told, person="nobody", duty=Duty.VER)
    with pytest.raises(Absent):
        actions.leave(holder, compartment=room, person="nobody", now=NOON)
    assert list(queries.members_of(room, now=NOON)) == [holder.ref]


def test_a_term_runs_out_by_itself(staff, officer):
    holder, verifier = officer(Duty.OP), officer(Duty.VER)
    room = actions.open_compartment(holder, duty=Duty.OP, reason="he walked in", now=NOON)
    until = NOON + timedelta(hours=1)
    told: dict[str, Any] = {
        "compartment": room,
        "person": verifier.ref,
        "duty": Duty.VER,
        "reason": "one hour",
    }
    staff.lets_in(holder, **told, until=until)
    assert queries.member(verifier, room, now=NOON)
    assert not queries.member(verifier, room, now=until)
    staff.lets_in(holder, **told, now=until)
    assert queries.member(verifier, room, now=until)


def test_an_administrator_opens_no_compartment(admin):
    with pytest.raises(Refused):
        actions.open_compartment(admin, duty=Duty.ADM, reason="curious", now=NOON)
