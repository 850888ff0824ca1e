"""Sums as a line of an offer names them: whole numbers of minor units, read and written without a rest."""

from dataclasses import replace
from importlib import import_module  # noqa: TID251  no import statement can name 0004

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.pledges import money
from safeconduct.pledges.tests.conftest import REWARD, STANDARD
from safeconduct.refusal import Refused

ITEMS = REWARD.items
LAID = import_module("safeconduct.pledges.migrations.0004_books_kept")


@given(st.integers(1, 10**13))
def test_a_sum_is_written_and_read_back_as_it_was(minor):
    assert money.sums_in(money.told(minor, "USD")) == [minor]


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 10**9), st.integers(-9, 10**9))
def test_what_is_ordered_is_something_and_never_above_what_is_owed(paid, owed, ordered, amount):
    refused = money.may_order(amount, owed=owed, paid=paid, ordered=ordered, currency="USD")
    assert (refused is None) == (amount > 0 and paid + ordered + amount <= owed)


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        (("right to apply for citizenship",), 1_000_000),
        (("USD 10,000", "10 000 dollars more"), 1_000_000),
        (("USD 10,001",), 1_000_000),
        (("USD 100",), 1_000_000),
        (("USD 10,000", "USD 5,000 a year later"), 1_000_000),
        (("двадцать тысяч долларов",), None),
    ],
)
def test_an_offer_names_its_one_sum_in_one_line_and_promises_no_money_beside_it(items, amount):
    assert money.names_one_sum(items, amount, "USD")
    assert money.names_one_sum(ITEMS, REWARD.amount, "USD") is None
    assert money.names_one_sum(STANDARD.items, None, "") is None


@pytest.mark.parametrize(
    ("line", "currency", "stands"),
    [
        ("USD 10,000", "USD", True),
        ("$10,000", "USD", True),
        ("US$ 10,000", "USD", True),
        ("10 000 €", "EUR", True),
        ("10 000 грн.", "UAH", True),
        ("CHF 10,000", "CHF", True),  # in no table: its code is its name
        ("USD 10,000", "UAH", False),
        ("USD 10,000", "", False),
        ("10,000", "USD", False),
        ("10,000", "", False),
        ("C$10,000", "USD", False),
        ("CHF 10,000", "USD", False),
        ("USD 10,000 (paid in UAH)", "USD", False),
    ],
)
def test_the_line_of_a_sum_names_the_currency_it_is_paid_in_and_no_other(line, currency, stands):
    wrong = money.names_one_sum((line, "safe haven"), 1_000_000, currency)
    assert (wrong is None) == stands
    assert stands or wrong.code == "offer.currency_not_named"


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["UAH", ""])
def test_dollars_that_would_be_paid_in_another_currency_are_not_even_proposed(proposed, currency):
    with pytest.raises(Refused, match="names another"):
        proposed(replace(REWARD, currency=currency))


def test_only_the_line_that_names_the_sum_is_money():
    assert [money.owed(ITEMS, REWARD.amount, item) for item in ITEMS] == [1_000_000, None, None]
    assert money.owed(("a sum in words", "haven"), 500, "a sum in words") == 500
    assert money.owed(STANDARD.items, None, "television") is None


def test_what_the_database_was_laid_with_is_what_the_rules_say_today():
    assert tuple((move, *way) for move, way in money.WAYS.items()) == LAID.WAYS


@given(st.lists(st.sampled_from([*ITEMS, "1,50", "10 000.00 $", "ten"])), st.integers(1, 200))
def test_the_line_that_was_carried_over_as_money_is_the_one_that_is_paid(items, amount):
    for each in (amount, REWARD.amount):
        assert LAID.sum_item(items, each) == money.sum_item(items, each)
