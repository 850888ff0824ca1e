"""Sums as a line of an offer names them: whole numbers of minor units, read and written without a rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.pledges import money
from safeconduct.pledges.tests.conftest import REWARD, STANDARD

ITEMS = REWARD.items


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
    assert money.names_one_sum(items, amount)
    assert money.names_one_sum(ITEMS, REWARD.amount) is None
    assert money.names_one_sum(STANDARD.items, None) is None


def test_only_the_line_that_names_the_sum_is_money():
    assert [money.owed(ITEMS, REWARD.amount, item) for item in ITEMS] == [1_000_000, None, None]
    assert money.owed(("a sum in words", "haven"), 500, "a sum in words") == 500
    assert money.owed(STANDARD.items, None, "television") is None
