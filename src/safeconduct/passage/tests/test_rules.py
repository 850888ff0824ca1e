import math
from datetime import timedelta
from typing import Any

import pytest
from conftest import NOON
from hypothesis import assume, given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty, Given
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.rules import burns
from safeconduct.geo import Point, moved
from safeconduct.passage import rules
from safeconduct.passage.rules import Fact, Limits, ReadBack, State
from safeconduct.refusal import Refusal

LIMITS = Limits(timedelta(hours=6), timedelta(minutes=30), timedelta(minutes=10))
people = st.sampled_from(["ann", "ben", "cid", "dan"])
duties = st.sampled_from(list(Duty))
HERE = Point(43.5, 33.9)


def yeses(of):
    return st.lists(st.builds(Given, people, of, st.just(NOON)), max_size=6)


@given(yeses(duties), people)
def test_a_plan_opens_only_with_two_others_than_its_planner_a_commander_among_them(given_, planner):
    others = {g.person for g in given_ if g.duty in rules.APPROVERS and g.person != planner}
    commander = any(g.duty is Duty.DPC and g.person in others for g in given_)
    opened = rules.state_after(given_, planner=planner) is State.OPEN
    assert opened == (len(others) >= 2 and commander)


@given(st.permutations([Duty.DPC, Duty.LEG]))
def test_two_different_approvers_open_it_in_either_order(order):
    told = [Given(f"p{n}", duty, NOON) for n, duty in enumerate(order)]
    assert rules.state_after(told[:1], planner="me") is State.ONE_OF_TWO
    assert rules.state_after(told, planner="me") is State.OPEN


ages = st.integers(-60, 4000).map(lambda s: timedelta(seconds=s))
read_backs = st.lists(
    st.builds(lambda p, d, a: ReadBack(p, d, NOON - a), people, st.sampled_from(rules.GOERS), ages),
    max_size=7,
)


@given(read_backs)
def test_go_opens_only_with_three_different_peoples_read_backs_of_the_last_half_hour(said):
    verdict = rules.may_give_go(
        State.AGREED, read_backs=said, approved_at=NOON - timedelta(hours=1), starts_at=NOON,
        now=NOON, limits=LIMITS,
    )  # fmt: skip
    if verdict is None:
        young = [r for r in said if timedelta() <= NOON - r.at <= LIMITS.read_back]
        for duty in rules.GOERS:
            assert any(r.duty is duty for r in young)
        assert len({r.person for r in young}) >= 3


def test_go_opens_when_all_three_are_fresh_and_each_thing_alone_closes_it():
    said = [ReadBack(str(duty), duty, NOON) for duty in rules.GOERS]
    fine: dict[str, Any] = {
        "read_backs": said, "approved_at": NOON - timedelta(hours=1), "starts_at": NOON,
        "now": NOON, "limits": LIMITS,
    }  # fmt: skip
    assert rules.may_give_go(State.AGREED, **fine) is None
    for state, change, code in (
        (State.OPEN, {}, "passage.wrong_state"),
        (State.AGREED, {"approved_at": NOON - timedelta(hours=7)}, "passage.lapsed"),
        (State.AGREED, {"starts_at": NOON + timedelta(minutes=11)}, "passage.start_window"),
        (State.AGREED, {"starts_at": NOON - timedelta(minutes=11)}, "passage.start_window"),
        (State.AGREED, {"read_backs": said[:2]}, "passage.read_backs"),
    ):
        refused = rules.may_give_go(state, **(fine | change))
        assert isinstance(refused, Refusal)
        assert refused.code == code


@given(yeses(st.sampled_from(rules.GOERS)), ages)
def test_nobody_sets_off_without_three_peoples_go_of_the_last_half_hour(given_, age):
    given_ = [Given(g.person, g.duty, NOON - age) for g in given_]
    if rules.all_went(given_, now=NOON, limit=LIMITS.read_back):
        assert age <= LIMITS.read_back
        assert len({g.person for g in given_}) >= 3
        assert {g.duty for g in given_} == set(rules.GOERS)


@pytest.mark.parametrize("case_state", sorted(MACHINE.states))
@pytest.mark.parametrize("state", sorted(rules.TOLD))
def test_what_he_was_told_burns_on_every_exit_but_contact(state, case_state):
    ended = rules.ending(state, case_state=case_state, gone=False)
    if case_state in rules.CASE_MAY_BE[state]:
        assert ended is None
    elif case_state in rules.ARRIVED:
        assert ended is State.CLOSED
    else:
        assert ended is State.BURNED


@pytest.mark.parametrize(
    "to", ["ABORTED", "DECLINED", "DURESS", "MISSING", "LOST_CONTACT", "READY"]
)
def test_the_plan_and_the_case_agree_on_what_burns(to):
    for source in ("PLANNED", "AGREED", "MOVING"):
        if (source, to) in MACHINE.transitions:
            assert burns(MACHINE.transitions[source, to])
            assert rules.ending(State.AGREED, case_state=to, gone=True) is State.BURNED


@pytest.mark.parametrize("case_state", sorted(MACHINE.states))
def test_a_plan_he_was_never_told_closes_and_burns_nothing(case_state):
    ended = rules.ending(State.DRAFT, case_state=case_state, gone=False)
    assert ended in {None, State.CLOSED}


@given(st.floats(0, 2000), st.floats(0, 6.2))
def test_two_places_nearer_than_500_metres_are_one(away_m, heading):
    there = moved(HERE, east_m=away_m * math.cos(heading), north_m=away_m * math.sin(heading))
    assume(abs(away_m - rules.APART_M) > 2)
    refused = rules.may_propose("READY", [HERE, there], mined=False, p_milli=10, most_p_milli=150)
    assert (refused is None) == (away_m > rules.APART_M)


def test_mined_ground_and_a_figure_above_the_limit_are_refused_in_words():
    far = moved(HERE, east_m=2000, north_m=0)
    for most in (80, 150, 300):
        limit = {"mined": False, "most_p_milli": most}
        assert rules.may_propose("READY", [HERE, far], p_milli=most, **limit) is None
        refused = rules.may_propose("READY", [HERE, far], p_milli=most + 1, **limit)
        assert refused is not None
        assert str(most / 1000) in refused.why
    for state, mined, milli, code in (
        ("READY", True, 0, "passage.mined"),
        ("READY", False, 151, "passage.exposed"),
        ("STANDBY", False, 0, "passage.not_ready"),
    ):
        refused = rules.may_propose(
            state, [HERE, far], mined=mined, p_milli=milli, most_p_milli=150
        )
        assert refused is not None
        assert refused.code == code


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A ромашка", ("A", "ромашка")), ("а  Ромашка!", ("A", "ромашка")),
        ("В ромашка", ("B", "ромашка")), ("б: ромашка", ("B", "ромашка")),
        ("b ромашка", ("B", "ромашка")), ("да ромашка", ("", "")), ("", ("", "")),
        ("Аромашка", ("", "")),
    ],
)  # fmt: skip
def test_his_letter_is_read_from_either_alphabet_and_from_the_first_word_alone(text, answer):
    assert rules.answer_of(text) == answer


WORDS = {Fact.PLACE: ["мост, Лозна"], Fact.TIME: ["03:50"], Fact.SIGN: ["белая ткань"]}


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("A ромашка", set()), ("буду в 03:50", {Fact.TIME}), ("в 03.50 у мост Лозна", {Fact.TIME, Fact.PLACE}),
        ("Белая  ткань, мост, Лозна", {Fact.SIGN, Fact.PLACE}), ("код 103:501", set()),
    ],
)  # fmt: skip
def test_place_time_and_sign_are_found_in_either_direction(text, facts):
    assert rules.facts_in(text, WORDS) == facts


@given(st.sets(st.sampled_from(list(Fact)), min_size=2))
def test_an_answer_that_says_two_of_them_is_no_yes(facts):
    fine: dict[str, Any] = {"letter": "A", "word_fits": True, "accepts": True}
    assert rules.may_agree(State.OFFERED, **fine, facts=set()) is None
    refused = rules.may_agree(State.OFFERED, **fine, facts=facts)
    assert refused is not None
    assert refused.code == "passage.said_together"
