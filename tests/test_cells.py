"""A count that may leave a room says no more than tens, alone, added, and over all days of looking."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.cells import HIDDEN, NOTHING, Cell, by_month, open_month, total

BEGUN = datetime(2026, 1, 20, 9, tzinfo=UTC)
MONTHS = [datetime(2026, month, 9, tzinfo=UTC) for month in range(2, 6)]
small, any_count = st.integers(0, 9), st.integers(0, 60)


@given(small)
def test_a_small_count_reads_the_same_whatever_it_is(count):
    cell = Cell.of("crossed", count)
    assert str(cell) == HIDDEN
    assert vars_of(cell) == vars_of(Cell.of("crossed", 0))  # not even inside


@given(any_count)
def test_a_count_lies_within_its_range(count):
    assert count in range_of(Cell.of("crossed", count))


@given(st.lists(any_count, min_size=1))
def test_a_sum_lies_within_its_range_and_is_what_its_rounded_months_are(counts):
    whole = total("crossed", counts)
    assert sum(counts) in range_of(whole)
    again = total("crossed", [count // 10 * 10 for count in counts])
    assert str(whole) == str(again)


def test_counts_of_two_kinds_are_never_added():
    with pytest.raises(TypeError, match="never added"):
        Cell.of("application", 40) + Cell.of("crossed", 40)


def test_what_was_not_counted_yet_is_no_none():
    assert str(total("crossed", [])) == NOTHING
    assert str(total("crossed", [0])) == HIDDEN


@given(st.lists(any_count, min_size=4, max_size=4), st.integers(0, 3), small, small)
def test_who_looks_every_day_tells_no_small_month_from_another(counts, which, one, other):
    looks = []
    for few in (one, other):
        months = [*counts[:which], few, *counts[which + 1 :]]
        looks.append([look(months, BEGUN + timedelta(days=n)) for n in range(200)])
    assert looks[0] == looks[1]


@given(st.lists(any_count, min_size=4, max_size=4))
def test_a_look_shows_all_months_that_have_been_over_for_fourteen_days_and_no_other(counts):
    assert look(counts, datetime(2026, 3, 14, 23, tzinfo=UTC)) == str(total("crossed", [0]))
    assert look(counts, datetime(2026, 3, 15, tzinfo=UTC)) == str(total("crossed", [0, counts[0]]))
    assert look(counts, datetime(2026, 6, 15, tzinfo=UTC)) == str(total("crossed", [0, *counts]))


def look(counts, now):
    """Return what stands on the page at `now` of so many in each of MONTHS, none before."""
    firsts = [month for month, count in zip(MONTHS, counts, strict=True) for _ in range(count)]
    come = [at for at in firsts if at <= now]
    return str(total("crossed", by_month(come, since=BEGUN, now=now)))


def range_of(cell):
    text = str(cell).replace(",", "")
    if text.startswith("<"):
        return range(int(text[1:]))
    low, high = map(int, text.split("–"))
    return range(low, high + 1)


def vars_of(cell):
    return [getattr(cell, name) for name in type(cell).__slots__]


def test_the_first_month_not_counted_is_the_one_that_was_not_over_fourteen_days_ago():
    assert open_month(datetime(2026, 3, 14, 23, tzinfo=UTC)).month == 2
    assert open_month(datetime(2026, 3, 15, 0, tzinfo=UTC)).month == 3
