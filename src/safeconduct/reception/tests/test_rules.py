"""What reception may write down, and when he may be handed on."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.cases.machine import MACHINE
from safeconduct.documents.labels import CARD_LABELS, CARD_TITLE, HEALTH_WORDS
from safeconduct.reception import rules
from safeconduct.reception.labels import ALOUD

FOUR = {
    "names": "Ivanov Ivan",
    "rank": "private",
    "birth_date": "1998-07-03",
    "service_number": "1",
}


def test_refused_and_unknown_are_full_answers_and_a_blank_is_none():
    assert rules.four_items(FOUR) is None
    for word in (rules.REFUSED, rules.UNKNOWN):
        assert rules.four_items(dict.fromkeys(rules.FOUR, word)) is None
    for item in rules.FOUR:
        assert rules.four_items({**FOUR, item: " "}).code == "reception.blank"


def test_a_date_of_birth_is_a_date_or_unknown():
    assert rules.four_items({**FOUR, "birth_date": "3 July"}).code == "reception.no_date"


def test_of_a_date_of_birth_as_much_is_taken_as_he_knows():
    for known in ("1998-07-03", "1998-07", "1998"):
        assert rules.four_items({**FOUR, "birth_date": known}) is None
        assert rules.card({"birth_date": known, "health": "good"}) is None
    for wrong in ("1998-13", "98", "0000", "1998-02-30", "1998-7", "about 17", "٢٠٠٨"):
        assert rules.four_items({**FOUR, "birth_date": wrong}).code == "reception.no_date"


def test_in_doubt_he_is_a_child_by_the_latest_day_that_fits():
    on = date(2026, 6, 15)
    for known in ("2008", "2008-06", "2008-06-16", "2010"):
        assert rules.may_be_child(known, on=on)
    for known in ("2007", "2008-05", "2008-06-15", "refused", "unknown", ""):
        assert not rules.may_be_child(known, on=on)


def test_his_health_too_may_be_refused_or_unknown_and_nothing_else():
    for word in (rules.REFUSED, rules.UNKNOWN):
        assert rules.card(dict.fromkeys(rules.CARD, word)) is None
    assert rules.card({"health": "fine"}).code == "reception.no_health"


@pytest.mark.parametrize(
    "paper",
    [
        *("паспорт РФ", "Посвідчення особи", "військовий квиток", "военный билет"),
        *("удостоверение", "identity card", "ID card", "carte d’identité", "kitambulisho"),
    ],
)
def test_an_identity_paper_is_never_taken_from_him(paper):
    assert rules.item("effect", paper).code == "reception.identity_paper"
    for his in ("ring", "билет на поезд", "letter", "bank card", "carte postale"):
        assert rules.item("effect", his) is None


def test_the_card_has_no_field_for_how_he_was_taken():
    assert rules.card({"name": "Ivanov", "health": "good"}) is None
    for field in ("how", "circumstances", "surrendered", "voluntarily", "remarks"):
        assert rules.card({"name": "Ivanov", "health": "good", field: "x"}).code == (
            "reception.no_field"
        )


def test_every_language_of_his_papers_has_every_label():
    assert {len(labels) for labels in CARD_LABELS.values()} == {14}
    assert set(CARD_LABELS) == set(CARD_TITLE) == set(ALOUD)
    assert set(HEALTH_WORDS) == set(rules.HEALTH)
    for words in HEALTH_WORDS.values():
        assert set(words) == set(CARD_LABELS)


@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_the_handover_waits_exactly_while_somebody_is_not_accounted_for(expected, seen, accounted):
    refused = rules.may_hand_over(
        "SECURED", {"contact": seen}, expected=expected, accounted=accounted
    )
    assert (refused is None) == (expected <= seen <= expected + accounted)


def test_nobody_is_handed_over_uncounted_or_unsearched():
    assert rules.may_hand_over("SECURED", {}, expected=1, accounted=0).code == (
        "reception.not_counted"
    )
    assert rules.may_hand_over("CONTACT", {"contact": 1}, expected=1, accounted=0).code == (
        "reception.not_secured"
    )
    left = {"expected": 1, "accounted": 0, "owed": ["handover_signed"]}
    assert rules.may_hand_over("RELEASED", {"contact": 1}, **left) is None, "it stays owed"


@pytest.mark.parametrize("gate", rules.GATES)
def test_another_number_at_any_gate_is_noticed_there(gate):
    assert rules.differs({gate: 2}, expected=1, accounted=0) == gate
    assert rules.differs({gate: 1}, expected=1, accounted=0) == ""


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("1500", True),
        ("12.50", True),
        ("0", False),
        ("-3", False),
        ("12.505", False),
        ("much", False),
    ],
)
def test_money_is_counted_to_the_penny(text, good):
    assert (rules.amount(text) is None) == good


def test_papers_are_written_in_every_state_in_which_he_is_in_our_hands_and_in_no_other():
    groups = {"arrival", "custody"}
    for state in MACHINE.states:
        in_hand = MACHINE.group(state) in groups or state in {"WALK_IN", "MEDICAL", "CHILD"}
        assert (rules.may_write(state) is None) == in_hand, state
