"""Which clocks run, when they ring, and what an interview must say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.custody import rules
from safeconduct.documents import agency
from safeconduct.programme import load

START = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = load.current().limits_s


def test_the_card_is_due_at_once_warns_on_day_three_and_breaks_on_day_seven():
    marks = rules.marks("card", started_at=START, limits_s=LIMITS)
    rungs = [rules.rung(marks, now=START + timedelta(days=days)) for days in (0, 2, 3, 6, 7, 99)]
    assert rungs == [1, 1, 2, 2, 3, 3]


def test_the_bureau_is_told_within_twenty_four_hours():
    marks = rules.marks("bureau", started_at=START, limits_s=LIMITS)
    assert rules.rung(marks, now=START + timedelta(hours=23)) == 0
    assert rules.rung(marks, now=START + timedelta(hours=24)) == 3


def test_a_child_is_due_with_child_protection_within_a_day_and_at_the_latest_within_two():
    marks = rules.marks("child", started_at=START, limits_s=LIMITS)
    rungs = [rules.rung(marks, now=START + timedelta(hours=hours)) for hours in (23, 24, 47, 48)]
    assert rungs == [0, 2, 2, 3]


def test_aftercare_looks_after_7_30_90_180_and_365_days():
    days = [
        (rules.marks(kind, started_at=START, limits_s=LIMITS).due_at - START).days
        for kind in rules.CHECK_INS
    ]
    assert days == [7, 30, 90, 180, 365]


def test_letters_are_due_after_the_shortest_month_and_no_target_puts_them_off_beyond_the_longest():
    for target in (LIMITS["letters_target"], 10**9):
        limits = {**LIMITS, "letters_target": target}
        marks = rules.marks("letters", started_at=START, limits_s=limits)
        rungs = [rules.rung(marks, now=START + timedelta(days=days)) for days in (27, 28, 31)]
        assert rungs == ([0, 2, 3] if target < 10**9 else [0, 0, 3])


def test_that_he_wants_no_letters_is_a_full_answer_and_a_count_is_small_and_whole():
    assert rules.may_count({"none": "yes", "cards_handed": "3"}) is None
    assert rules.counted({"cards_sent": " 4 "})["cards_sent"] == 4
    for wrong in ("-1", "1000", "0001", "2.5", "٣", "²", "many", "9" * 5000):
        assert rules.may_count({"letters_sent": wrong}).code == "custody.no_count"
    assert rules.may_count({"none": "yes", "cards_sent": "1"}).code == "custody.none_and_some"


def test_fewer_forms_than_two_letters_and_four_cards_are_no_offer():
    told = {"held": True, "forms": True}
    assert rules.may_offer_letters({Duty.MED}, **told) is None
    assert rules.may_offer_letters({Duty.LEG}, **told).code == "custody.not_your_duty"
    assert rules.may_offer_letters({Duty.RCP}, held=False, forms=True).code == "custody.not_held"
    assert rules.may_offer_letters({Duty.RCP}, held=True, forms=False).code == "custody.no_forms"


@given(st.sampled_from(rules.KINDS), st.integers(0, 400), st.integers(0, 400))
def test_time_never_unrings_a_clock(kind, earlier, later):
    marks = rules.marks(kind, started_at=START, limits_s=LIMITS)
    first, second = sorted((earlier, later))
    assert rules.rung(marks, now=START + timedelta(days=first)) <= rules.rung(
        marks, now=START + timedelta(days=second)
    )


def test_every_clock_calls_somebody_at_every_rung():
    assert set(rules.CALLED) == set(rules.KINDS)


def test_an_interview_is_private_or_it_is_none():
    told = {"alone": "yes", "choice": "stay"}
    assert rules.interview(told, child=False) is None
    assert rules.interview({**told, "alone": ""}, child=False).code == "custody.not_alone"


def test_nobody_is_exchanged_without_a_check_of_what_awaits_him():
    for choice in ("exchange", "third_country", "asylum"):
        told = {"alone": "yes", "choice": choice}
        assert rules.interview(told, child=False).code == "custody.no_check"
        checked = {**told, "non_refoulement": "heard alone, no risk named"}
        assert rules.interview(checked, child=False) is None
    assert rules.interview({"alone": "yes", "choice": "stay"}, child=False) is None


def test_he_who_does_not_choose_was_heard_and_is_not_released_by_it():
    for word in rules.NOT_CHOSEN:
        assert rules.interview({"alone": "yes", "choice": word}, child=False) is None
        assert rules.released_as(word, word).code == "custody.changed_mind"
    assert rules.interview({"alone": "yes", "choice": "x"}, child=False).code == "custody.no_choice"


@pytest.mark.parametrize("choice", rules.CHOICES)
def test_a_release_against_what_he_says_today_is_refused(choice):
    assert rules.released_as(choice, choice) is None
    other = next(each for each in rules.CHOICES if each != choice)
    assert rules.released_as(choice, other).code == "custody.changed_mind"


def test_his_power_and_family_are_told_by_a_decision_and_the_bureau_in_any_case():
    for kind in rules.NOTICES:
        assert rules.may_send(kind, "", dead=True).code == "custody.undecided"
        assert rules.may_send(kind, "wait", dead=True) is not None
        assert rules.may_send(kind, "send", dead=False) is None
    for kind in {*rules.BUREAU_KINDS, rules.TRANSFER, rules.WEEKLY}:
        assert rules.may_send(kind, "", dead=True) is None
        assert (rules.may_send(kind, "", dead=False) is None) == (kind != rules.DEATH)


def test_his_no_is_anybodys_to_write_down_and_no_decision_stands_against_it():
    said = {"before": "no", "alone": False}
    for duty in ("RCP", "LEG", "MED", "PLG"):
        assert rules.may_wish("no", duties={Duty(duty)}, **said) is None
    assert rules.may_wish("law", duties={Duty.LEG}, **said).code == "custody.said_no"
    assert rules.may_wish("law", before="", alone=False, duties={Duty.LEG}) is None
    assert rules.hears({Duty.LEG}, before="") == ["no", "law"]


def test_every_word_to_the_bureau_may_go_on_to_the_agency():
    for about in {*rules.BUREAU_KINDS, rules.WEEKLY, rules.TRANSFER}:
        sent = agency.Sent(about, START, confirmed=False, told={"names": "refused"})
        assert about in agency.exported("C-1234", [sent], onward={}, now=START).decode()
