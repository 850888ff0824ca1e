"""Two authorities promise two sums for one vehicle: the second waits until somebody says which binds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.access.tests.forging import write
from safeconduct.pledges import actions, clash, contradicting, queries
from safeconduct.pledges.clash import Promised, Thing, reasons, same_thing
from safeconduct.pledges.models import Ruling
from safeconduct.pledges.tests.conftest import NOON, REWARD
from safeconduct.refusal import Refused

DAYS = [None, *(NOON + timedelta(days=n) for n in range(4))]
RIVAL = replace(
    REWARD,
    name="Vehicle, the other ministry's",
    authority="Ministry order 9",
    items=("USD 5,000", *REWARD.items[1:]),
    amount=500_000,
)


@st.composite
def promised(draw):
    starts = draw(st.sampled_from(DAYS[1:]))
    ends = draw(st.sampled_from([day for day in DAYS if day is None or day > starts]))
    amount = draw(st.sampled_from([None, 500_000, 1_000_000]))
    return Promised(
        offer=draw(st.integers(1, 3)),
        authority=draw(st.sampled_from(["Ministry 5", "ministry  5", "Міністерство 5", "Staff"])),
        given_for=draw(st.sampled_from(["", *Thing])),
        items=draw(st.sampled_from([(), ("haven",), ("Haven",), ("haven", "papers")])),
        amount=amount,
        currency="" if amount is None else draw(st.sampled_from(["USD", "EUR"])),
        starts_at=starts,
        expires_at=ends,
    )


def days_of(one):
    return {n for n in range(5) if one.starts_at <= NOON + timedelta(days=n, hours=1)
            and (one.expires_at is None or NOON + timedelta(days=n, hours=1) < one.expires_at)}  # fmt: skip


@given(promised(), promised())
def test_who_could_be_promised_two_different_things_for_one_is_told_so_both_ways_round(one, other):
    found = reasons(one, other)
    assert bool(found) == bool(reasons(other, one))
    differ = (one.amount, one.currency) != (other.amount, other.currency) or {
        item.casefold() for item in one.items
    } != {item.casefold() for item in other.items}
    apart = (
        one.offer == other.offer
        or one.authority.casefold().split() == other.authority.casefold().split()
        or not same_thing(one.given_for, other.given_for)
        or not days_of(one) & days_of(other)
    )
    if apart:
        assert not found
    elif one.amount == other.amount is None or (one.amount and other.amount):
        assert bool(found) == differ or {one.items, other.items} & {()}
    else:
        assert found


@given(st.sampled_from(["", *Thing]), st.sampled_from(["", *Thing]))
def test_a_thing_is_the_same_as_itself_and_as_what_holds_it(one, other):
    assert same_thing(one, one)
    assert same_thing(one, other) == same_thing(other, one)
    assert same_thing(Thing.ANYTHING, one) == (one is not Thing.HIMSELF)
    assert not same_thing(Thing.TANK, Thing.LORRY)
    assert same_thing(Thing.TANK, Thing.VEHICLE)


@pytest.fixture
def says_yes(officer, touch):
    """Return `says_yes(ref, duty)`: another of that duty approves a version."""

    def say(ref, duty):
        who = officer(duty)
        version = queries.version_for(who, Purpose.APPROVE, ref=ref)
        proof = touch(who, queries.act_for(who, version))
        return actions.approve(who, ref=ref, proof=proof, now=NOON)

    return say


@pytest.fixture
def ruled(officer, touch):
    """Return `ruled(ref, other, binds)`: a lawyer writes down and signs which of two binds."""

    def sign(ref, other, binds):
        lawyer = officer(Duty.LEG)
        made = actions.rule(lawyer, ref=ref, other=other, binds=binds, why="Act 7229", now=NOON)
        row = contradicting.ruling_for(lawyer, ref=made)
        proof = touch(lawyer, contradicting.act_for(row))
        return actions.sign_ruling(lawyer, ref=made, proof=proof, now=NOON)

    return sign


def live():
    return {row.ref for row in queries.live(now=NOON)}


def test_the_second_ministry_waits_until_a_lawyer_signs_and_who_was_promised_keeps_it(
    in_force, proposed, person, says_yes, ruled
):
    first = in_force(REWARD)
    keeper, pledge = person(first)
    actions.accept(keeper, ref=pledge.ref, due_at=NOON + timedelta(days=9), now=NOON)
    _author, ref = proposed(RIVAL)
    says_yes(ref, Duty.LEG)
    with pytest.raises(
        Refused, match=r"O-\d+ v1, Ministry order 77 \(another sum: 5,000 USD, and 10,000 USD"
    ):
        says_yes(ref, Duty.SUP)
    assert live() == {first.ref}
    ruled(ref, first.ref, ref)
    assert live() == {first.ref}  # it binds once it is in force, and until then nothing is missing
    says_yes(ref, Duty.SUP)
    assert live() == {ref}
    assert [row.ref for row in queries.open_of(pledge.person_ref)] == [pledge.ref]
    assert actions.order(keeper, ref=pledge.ref, amount=REWARD.amount, now=NOON)


@pytest.mark.parametrize("way", ["withdrawn", "the other binds", "both"])
def test_a_clash_ends_with_one_of_the_two_or_by_a_signed_word_that_it_is_none(
    in_force, proposed, *, officer, says_yes, ruled, way
):
    first = in_force(REWARD)
    _author, ref = proposed(RIVAL)
    says_yes(ref, Duty.LEG)
    if way == "withdrawn":
        actions.withdraw(officer(Duty.OFF), ref=first.ref, now=NOON)
        says_yes(ref, Duty.SUP)
        assert live() == {ref}
    elif way == "both":
        ruled(ref, first.ref, "both")
        says_yes(ref, Duty.SUP)
        assert live() == {ref, first.ref}
    else:
        ruled(ref, first.ref, first.ref)
        with pytest.raises(Refused, match="no longer waits"):
            says_yes(ref, Duty.SUP)
        assert live() == {first.ref}


def test_two_that_wait_stop_one_another_and_a_ruling_that_nobody_signed_stops_nothing(
    proposed, officer, says_yes
):
    refs = [proposed(draft)[1] for draft in (REWARD, RIVAL)]
    for ref in refs:
        says_yes(ref, Duty.LEG)
        with pytest.raises(Refused, match="promises otherwise"):
            says_yes(ref, Duty.SUP)
    with pytest.raises(Refused, match="not among your duties"):
        actions.rule(officer(Duty.OFF), ref=refs[0], other=refs[1], binds="both", why="x", now=NOON)
    lawyer = officer(Duty.LEG)
    for wrong in ({"why": " "}, {"binds": "neither"}, {"other": refs[0]}):
        told = {"ref": refs[0], "other": refs[1], "binds": "both", "why": "w"} | wrong
        with pytest.raises(Refused):
            actions.rule(lawyer, now=NOON, **told)
    made = actions.rule(lawyer, ref=refs[0], other=refs[1], binds="both", why="w", now=NOON)
    with pytest.raises(Refused, match="promises otherwise"):
        says_yes(refs[0], Duty.SUP)
    with pytest.raises(Absent):
        contradicting.ruling_for(officer(Duty.SUP), ref=made)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ruling.objects.filter(ref=made).update(why="otherwise")


def test_a_signed_ruling_that_was_changed_in_the_table_is_none(in_force, proposed, says_yes, ruled):
    first = in_force(REWARD)
    _author, ref = proposed(RIVAL)
    says_yes(ref, Duty.LEG)
    made = ruled(ref, first.ref, "both").ref
    write("UPDATE pledges_ruling SET why = 'otherwise' WHERE ref = %s", made)
    with pytest.raises(Refused, match="promises otherwise"):
        says_yes(ref, Duty.SUP)


def test_every_thing_has_a_name():
    assert set(clash.NAMES) == set(Thing)
