"""The glass is broken by one supervisor's touch, opens once the members were told, and is reviewed."""

from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access import acts, client, glass, keyring, ownkeys
from safeconduct.access.rules import Duty, Proof, Purpose
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.pages import wordcode
from safeconduct.refusal import Refused

WHY = "he writes that he is hurt, and nobody of the case answers"


def broken(town, officer, room, *, reason=WHY):
    act = acts.break_glass(room, reason=reason)
    proof = town.touch(officer, act)
    return glass.break_glass(officer, compartment=room, reason=reason, proof=proof)[0]


def told(town, ref):
    return glass.was_told(town.worker("clocks"), glass=ref)


def review(town, officer, ref, *, duty=Duty.SUP, justified=True, words="I read what he read"):
    act = acts.review_glass(ref, duty, justified=justified, words=words)
    proof = town.touch(officer, act)
    glass.review(officer, glass=ref, duty=duty, justified=justified, words=words, proof=proof)


def opens(officer, room, purpose=Purpose.READ):
    try:
        keyring.open_fields(officer, purpose, [room], ["body"])
    except Refused:
        return False
    return True


def later(town, **much):
    clock.move(town.process.folder, world=NOON + timedelta(**much), speed=1.0)


@pytest.fixture
def case(fresh):
    town = fresh()
    operator, chief = town.person(Duty.OP), town.person(Duty.SUP)
    return town, operator, chief, client.create(operator)[0]


def test_nothing_opens_before_the_members_were_told_and_then_for_an_hour(case):
    town, _, chief, room = case
    assert not opens(chief, room)
    ref = broken(town, chief, room)
    assert not opens(chief, room)
    assert [(each.glass, each.person) for each in glass.to_tell(town.worker("clocks"))] == [
        (ref, chief.ref)
    ]
    until = told(town, ref)
    assert opens(chief, room)
    assert glass.to_tell(town.worker("clocks")) == []
    later(town, minutes=30)
    assert told(town, ref) == until  # said again, it lasts no longer
    later(town, minutes=59)
    assert opens(chief, room)
    later(town, minutes=61)
    assert not opens(chief, room)


def test_who_was_let_in_for_good_in_between_stays_and_a_second_glass_opens_after_the_first(case):
    town, operator, chief, room = case
    told(town, broken(town, chief, room))
    later(town, minutes=61)
    ref = broken(town, chief, room)
    told(town, ref)
    assert opens(chief, room)
    glass.end(chief, glass=ref)
    ref = broken(town, chief, room)
    town.lets_in(operator, chief, room, duty=Duty.SUP)
    told(town, ref)
    glass.end(chief, glass=ref)
    assert opens(chief, room)


def test_only_the_clocks_say_that_the_members_were_told(case):
    town, operator, chief, room = case
    ref = broken(town, chief, room)
    for name in ("web", "ingest", "send", "escort"):
        with pytest.raises(Refused, match="may not ask"):
            glass.was_told(town.worker(name), glass=ref)
        with pytest.raises(Refused, match="may not ask"):
            glass.to_tell(town.worker(name))
    assert not opens(chief, room)
    assert opens(operator, room)


def test_whoever_broke_the_glass_reads_and_neither_writes_nor_approves(case):
    town, _, chief, room = case
    told(town, broken(town, chief, room))
    assert opens(chief, room, Purpose.READ)
    assert not opens(chief, room, Purpose.WRITE)
    assert not opens(chief, room, Purpose.APPROVE)


def test_a_broken_glass_opens_texts_and_no_name(case):
    town, operator, chief, room = case
    for who, duty in ((operator, Duty.OP), (chief, Duty.SUP)):
        proof = town.touch(who, acts.own_key(who.ref, duty))
        ownkeys.make(who.login, words=wordcode.new_code(), duty=duty, proof=proof)
    told(town, broken(town, chief, room))
    assert opens(chief, room)
    sealed = ownkeys.seal(operator.login, compartment=room, keys={"row1": bytes(32)})
    assert [person for _, person, _ in sealed] == [operator.ref]
    copies = {row: box for row, _, box in sealed}
    assert ownkeys.read(operator.login, compartment=room, copies=copies) == {"row1": bytes(32)}
    with pytest.raises(Refused) as no:
        ownkeys.read(chief.login, compartment=room, copies=copies)
    assert no.value.refusal.code == "open.not_a_member"


def test_a_touch_for_another_case_other_words_or_another_person_breaks_nothing(case):
    town, operator, chief, room = case
    other = client.create(operator)[0]
    wrong = [
        (chief, acts.break_glass(other, reason=WHY)),
        (chief, acts.break_glass(room, reason="something else")),
        (town.person(Duty.SUP), acts.break_glass(room, reason=WHY)),
    ]
    for who, act in wrong:
        with pytest.raises(Refused):
            glass.break_glass(chief, compartment=room, reason=WHY, proof=town.touch(who, act))
    proof = town.touch(chief, acts.break_glass(room, reason=WHY))
    glass.break_glass(chief, compartment=room, reason=WHY, proof=proof)
    with pytest.raises(Refused):  # the same touch again
        glass.break_glass(chief, compartment=room, reason=WHY, proof=proof)
    assert len(glass.to_tell(town.worker("clocks"))) == 1


def test_no_other_duty_no_member_no_empty_reason_and_nothing_that_is_not_there(case):
    town, operator, chief, room = case
    for who in (operator, town.person(Duty.DPC), town.person(Duty.AUD), town.administrator()):
        with pytest.raises(Refused, match="not among your duties"):
            glass.break_glass(who, compartment=room, reason=WHY, proof=Proof("x", "x"))
    with pytest.raises(Refused, match="No reason"):
        glass.break_glass(chief, compartment=room, reason=" ", proof=Proof("x", "x"))
    for nothing in ("nothing", "programme", "roster", "campaign:x"):
        with pytest.raises(Refused, match="not let in"):
            broken(town, chief, nothing)
    town.lets_in(operator, chief, room, duty=Duty.SUP)
    with pytest.raises(Refused, match="let in here already"):
        broken(town, chief, room)


def test_another_supervisor_a_member_or_himself_ends_it_at_once_and_nobody_else(case):
    town, operator, chief, room = case
    second, outsider = town.person(Duty.SUP), town.person(Duty.OP)
    for who in (second, operator, chief):
        ref = broken(town, chief, room)
        told(town, ref)
        with pytest.raises(Refused, match="No glass"):
            glass.end(outsider, glass=ref)
        assert opens(chief, room)
        glass.end(who, glass=ref)
        glass.end(who, glass=ref)
        assert not opens(chief, room)


def test_ended_before_the_members_were_told_it_never_opens(case):
    town, operator, chief, room = case
    ref = broken(town, chief, room)
    glass.end(operator, glass=ref)
    assert told(town, ref) is None
    assert not opens(chief, room)


def test_without_a_review_in_a_day_he_only_reads_and_stops(case):
    town, _, chief, room = case
    second = town.person(Duty.SUP)
    own = client.create(chief)[0]
    ref = broken(town, chief, room)
    told(town, ref)
    glass.end(chief, glass=ref)  # ending it early ends no debt
    later(town, hours=23)
    assert opens(chief, own, Purpose.WRITE)
    later(town, hours=24, minutes=1)
    assert opens(chief, own, Purpose.READ)
    assert not opens(chief, own, Purpose.WRITE)
    with pytest.raises(Refused, match="only read and stop"):
        client.act_begin(chief.login, acts.spare(chief.ref, Duty.SUP))
    with pytest.raises(Refused, match="only read and stop"):
        client.join(chief, compartment=own, person=second.ref, duty=Duty.SUP, reason="x")
    town.process.kill()
    town.process.start()  # no restart forgives it
    assert not opens(chief, own, Purpose.WRITE)
    review(town, second, ref)
    assert opens(chief, own, Purpose.WRITE)


def test_another_reviews_it_once_a_supervisor_or_the_auditor_and_never_himself(case):
    town, operator, chief, room = case
    second, auditor = town.person(Duty.SUP), town.person(Duty.AUD)
    ref = broken(town, chief, room)
    act = acts.review_glass(ref, Duty.SUP, justified=True, words="mine")
    with pytest.raises(Refused, match="his own"):
        review(town, chief, ref, words="mine")
    with pytest.raises(Refused, match="does not review"):
        review(town, operator, ref, duty=Duty.OP)
    with pytest.raises(Refused, match="No reason"):
        review(town, second, ref, words=" ")
    with pytest.raises(Refused):  # signed as justified, sent as not
        glass.review(
            second, glass=ref, duty=Duty.SUP, justified=False, words="mine",
            proof=town.touch(second, act),
        )  # fmt: skip
    review(town, auditor, ref, duty=Duty.AUD, justified=False)
    with pytest.raises(Refused, match="reviewed already"):
        review(town, second, ref)


def test_the_duty_taken_away_closes_it_and_the_debt_stays(case):
    town, _, chief, room = case
    ref = broken(town, chief, room)
    told(town, ref)
    client.end_duty(town.administrator().login, person=chief.ref, duty=Duty.SUP, reason="x")
    assert not opens(chief, room)
    later(town, hours=25)
    with pytest.raises(Refused):
        client.act_begin(chief.login, acts.spare(chief.ref, Duty.SUP))


def test_the_fourth_in_a_day_is_refused_and_calls_a_supervisor(case):
    town, operator, chief, _ = case
    for _ in range(3):
        broken(town, chief, client.create(operator)[0])
    with pytest.raises(Refused, match="More was asked"):
        broken(town, chief, client.create(operator)[0])
    assert client.limits_met(town.worker("clocks"))[0] == 1


def test_the_keepers_log_says_who_broke_it_who_told_who_ended_and_who_reviewed(case):
    town, _, chief, room = case
    second = town.person(Duty.SUP)
    ref = broken(town, chief, room)
    told(town, ref)
    opens(chief, room)
    glass.end(second, glass=ref)
    review(town, second, ref, justified=False)
    said = [(e["who"], e["verb"]) for e in client.log(second.login, last=5)]
    assert said[::-1] == [
        (chief.ref, "broke the glass"),
        ("SYS:clocks", f"told of the glass {ref}"),
        (chief.ref, "opened READ"),
        (second.ref, f"ended the glass {ref}"),
        (second.ref, "reviewed the glass: not justified"),
    ]
