"""A shift is handed over whole: nobody is without an answerer, and each reads what he is let into."""

from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access import letting
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.actions.shift import WHY
from safeconduct.conversations.models import Conversation
from safeconduct.pledges import actions as promises
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.tests.conftest import REWARD, in_force, proposed
from safeconduct.post import actions as post
from safeconduct.refusal import Refused

__all__ = ["in_force", "proposed"]  # fixtures
pytestmark = pytest.mark.usefixtures("time_stands")


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def shift(writes, officer, takes, now):
    """Return (giver, taker, two conversations of the giver)."""
    giver, taker, rows = officer(Duty.OP), officer(Duty.OP), []
    for number in (1, 2):
        rows.append(writes("Завтра нас перебросят", sender=f"+38050111000{number}", now=now))
        takes(giver, now=now)
    return giver, taker, rows


@pytest.fixture
def gives(touch, now):
    """Return `gives(giver, taker, rows)`: the first signature, over exactly these."""

    def give(giver, taker, rows):
        act = letting.act_over(
            [row.compartment for row in rows], person=taker.ref, duties=[Duty.OP], reason=WHY,
            until=None, duty=Duty.OP,
        )  # fmt: skip
        return actions.hand_over(
            giver, to=taker.ref, refs=[row.ref for row in rows], duty=Duty.OP,
            proof=touch(giver, act), now=now,
        )  # fmt: skip

    return give


def test_both_sign_and_until_the_second_did_the_first_answers(
    shift, gives, answers, client_of, now
):
    giver, taker, rows = shift
    before = client_of(taker).get(f"/conversations/{rows[0].ref}/").status_code
    made = gives(giver, taker, rows)
    url = f"/conversations/hand-over/{made.ref}/"
    assert (before, client_of(taker).get(f"/conversations/{rows[0].ref}/").status_code) == (
        404,
        200,
    )
    assert answers(giver, rows[0], "Слышим вас.", now=now)
    assert client_of(taker).post(f"{url}take/").status_code == 303
    assert set(Conversation.objects.values_list("holder", flat=True)) == {taker.ref}
    assert answers(taker, rows[1], "Мы на смене.", now=now)
    page, his = (client_of(who).get(url).content.decode() for who in (taker, giver))
    for said in (giver.name, taker.name, "Слышим вас.", "Мы на смене."):
        assert said in page
    assert "Мы на смене." not in his
    assert "2 more are closed to you." in his
    with pytest.raises(Refused, match="signed by both"):
        actions.take_over(taker, ref=made.ref, now=now)


def test_the_page_says_what_is_open_who_waits_what_is_wrong_and_signs_what_it_showed(
    shift, gives, client_of, answers, in_force
):
    (giver, taker, rows), now = shift, clock.now()
    version = in_force(REWARD, now=now)
    answers(giver, rows[1], "Читайте:", offers=[version.ref], now=now)
    him = rows[1].person_ref
    (line, *_rest) = pledges.ledger_for(giver, Purpose.READ, person_ref=him, now=now)
    promises.accept(giver, ref=line.pledge.ref, due_at=now + timedelta(days=9), now=now)
    post.hold(giver, person_ref=him, kind="freeze", now=now)
    page = client_of(giver).get(f"/conversations/hand-over/?to={taker.ref}").content.decode()
    assert page.count('data-kind="conversations.left"') == 2
    assert "named a time" in page
    assert "writing to him is frozen" in page
    assert "Vehicle handed over, " in page
    assert "data-challenge" in page


def test_what_he_no_longer_holds_is_not_signed_away(shift, gives, now):
    giver, taker, rows = shift
    actions.release(giver, ref=rows[1].ref, now=now)
    with pytest.raises(Refused, match="not what the page showed"):
        gives(giver, taker, rows)
    assert not queries.hand_overs_of(giver)


def test_who_takes_it_back_lets_the_other_out_of_what_he_did_not_know(
    shift, gives, staff, client_of, now
):
    giver, taker, rows = shift
    staff.lets_in(giver, duty=Duty.OP, compartment=rows[0].compartment, person=taker.ref)
    made = gives(giver, taker, rows)
    with pytest.raises(Refused, match="The other of the two"):
        actions.take_back(taker, ref=made.ref, now=now)
    with pytest.raises(Refused, match="handed over already"):
        gives(giver, taker, rows)
    actions.take_back(giver, ref=made.ref, now=now)
    seen = [client_of(taker).get(f"/conversations/{row.ref}/").status_code for row in rows]
    assert seen == [200, 404]
    assert {row.holder for row in Conversation.objects.all()} == {giver.ref}


def test_what_falls_back_to_the_queue_meanwhile_is_anybodys_to_take(
    shift, gives, worker, takes, officer
):
    (giver, taker, rows), now = shift, clock.now()
    gives(giver, taker, rows)
    late = now + timedelta(hours=1)
    assert actions.free_overdue(worker(Purpose.CLOCKS), wall=late, now=late)
    assert taker.ref not in access.members_of(rows[0].compartment, now=late)
    third = officer(Duty.OP)
    assert takes(third, now=late).ref in {row.ref for row in rows}


def test_whose_shift_fell_back_to_the_queue_hands_over_again_and_who_took_one_of_it_keeps_it(
    shift, gives, worker, takes
):
    (giver, taker, rows), now = shift, clock.now()
    first = gives(giver, taker, rows)
    late = now + timedelta(hours=1)
    assert actions.free_overdue(worker(Purpose.CLOCKS), wall=late, now=late)
    mine, his = takes(giver, now=late), takes(taker, now=late)
    second = gives(giver, taker, [mine])
    assert queries.hand_overs_of(giver) == queries.hand_overs_of(taker) == [second]
    actions.take_back(giver, ref=second.ref, now=late)
    assert access.member(taker, his.compartment)
    assert not access.member(taker, mine.compartment)
    with pytest.raises(Absent):
        actions.take_over(taker, ref=first.ref, now=late)


def test_nobody_but_the_two_sees_a_hand_over_and_none_goes_to_oneself_or_a_verifier(
    shift, gives, officer, now
):
    giver, taker, rows = shift
    for other in (giver, officer(Duty.VER)):
        with pytest.raises(Refused, match="Nobody was chosen"):
            gives(giver, other, rows)
    made = gives(giver, taker, rows)
    with pytest.raises(Absent):
        queries.hand_over_for(officer(Duty.OP), Purpose.READ, ref=made.ref)


def test_who_is_let_in_nowhere_is_told_of_no_hand_over_that_waits_and_of_nothing_he_holds(
    shift, gives
):
    giver, taker, rows = shift
    held = {row.ref for row in queries.held_by(giver)}
    made = gives(giver, taker, rows)
    assert held == {row.ref for row in rows}
    for who in (giver, taker):
        forced = replace(who, let_in=frozenset())
        assert queries.hand_overs_of(who) == [made]
        assert queries.hand_over_for(who, Purpose.READ, ref=made.ref) == made
        assert queries.hand_overs_of(forced) == queries.held_by(forced) == []
        with pytest.raises(Absent):
            queries.hand_over_for(forced, Purpose.READ, ref=made.ref)


@pytest.mark.parametrize("taken", [True, False])
def test_who_is_let_in_nowhere_opens_no_hand_over_that_is_over_unless_he_gave_all_of_it_away(
    shift, gives, now, taken
):
    giver, taker, rows = shift
    made = gives(giver, taker, rows)
    if taken:
        actions.take_over(taker, ref=made.ref, now=now)
    else:
        actions.take_back(giver, ref=made.ref, now=now)
    answers_now = taker if taken else giver
    assert queries.hand_over_for(answers_now, Purpose.READ, ref=made.ref) == made
    forced = replace(answers_now, let_in=frozenset())
    with pytest.raises(Absent):
        queries.hand_over_for(forced, Purpose.READ, ref=made.ref)
    if taken:
        assert queries.hand_over_for(giver, Purpose.READ, ref=made.ref) == made
