"""What may be said about claims, and which counts never mix."""

from datetime import date

import pytest

from safeconduct.situation import rules
from safeconduct.situation.rules import Counts, Party, Qualifier, Standing, Told

SUMY = Told(Counts.REFUSED_ORDER, Qualifier.EXACT, 300, 300, Party.OWN, "C", 4)
OPEN = date(2026, 3, 1)  # the first month that is not counted yet


def told(**other) -> Told:
    given = {name: getattr(SUMY, name) for name in Told.__slots__}
    return Told(**(given | other))


def test_one_ministrys_claim_stands_as_one_side_only():
    assert rules.may_code(SUMY) is None
    assert rules.standing(SUMY) is Standing.ONE_SIDE_ONLY


def test_a_word_without_a_number_enters_no_estimate():
    tens = told(qualifier=Qualifier.NO_NUMBER, low=None, high=None)
    assert rules.may_code(tens) is None
    assert rules.standing(tens) is Standing.IN_NO_ESTIMATE


def test_surrendered_as_the_press_says_it_enters_no_estimate():
    assert rules.standing(told(counts=Counts.UNSPECIFIED)) is Standing.IN_NO_ESTIMATE


def test_a_third_partys_count_is_one_origin():
    assert rules.standing(told(claimant_party=Party.THIRD)) is Standing.ONE_ORIGIN


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"reliability": "G"}, "claim.grade"),
        ({"credibility": 0}, "claim.grade"),
        ({"qualifier": Qualifier.NO_NUMBER}, "claim.number"),
        ({"low": None, "high": None}, "claim.number"),
        ({"qualifier": Qualifier.AT_LEAST}, "claim.at_least"),
        ({"low": 300, "high": 200}, "claim.range"),
    ],
)
def test_a_claim_coded_beyond_what_was_said_is_refused(other, code):
    refusal = rules.may_code(told(**other))
    assert refusal is not None
    assert refusal.code == code


def test_a_total_needs_another_person_than_the_one_who_entered_it():
    total = {"entered_by": "a", "entered": 7, "read": 7, "withdrawn": False}
    assert rules.may_confirm_earlier(**total, confirmer="b", confirmed=False) is None
    own = rules.may_confirm_earlier(**total, confirmer="a", confirmed=False)
    assert own is not None
    assert own.code == "earlier.own"
    again = rules.may_confirm_earlier(**total, confirmer="b", confirmed=True)
    assert again is not None
    assert again.code == "earlier.confirmed"


def test_whoever_reads_another_number_in_the_record_confirms_nothing_and_learns_none():
    other = rules.may_confirm_earlier(
        entered_by="a", confirmer="b", confirmed=False, withdrawn=False, read=8, entered=7
    )
    assert other is not None
    assert other.code == "earlier.differs"
    assert "7" not in str(other)


@pytest.mark.parametrize(
    ("doubted_by", "by", "withdrawn", "code"),
    [
        ("a", "b", False, None),
        ("a", "a", False, "earlier.own_doubt"),
        ("", "b", False, "earlier.not_doubted"),
        ("a", "b", True, "earlier.withdrawn"),
    ],
)
def test_a_total_that_counts_is_withdrawn_by_another_than_who_doubts_it(
    doubted_by, by, withdrawn, code
):
    refused = rules.may_withdraw_earlier(doubted_by=doubted_by, by=by, withdrawn=withdrawn)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("counts", "count", "month", "code"),
    [
        (Counts.EXCHANGED, 12, date(2026, 1, 1), "earlier.kind"),
        (Counts.CROSSED, -1, date(2026, 1, 1), "earlier.negative"),
        (Counts.CROSSED, 12, date(2026, 3, 1), "earlier.running"),
    ],
)
def test_an_earlier_total_that_is_not_ours_or_not_over_is_refused(counts, count, month, code):
    refusal = rules.may_enter_earlier(counts=counts, count=count, month=month, open_month=OPEN)
    assert refusal is not None
    assert refusal.code == code


def test_a_finished_month_of_our_own_may_be_entered():
    verdict = rules.may_enter_earlier(
        counts=Counts.CROSSED, count=12, month=date(2026, 2, 1), open_month=OPEN
    )
    assert verdict is None


def test_nothing_is_published_before_the_test_against_differences_exists():
    assert rules.publishable().code == "picture.not_public"
