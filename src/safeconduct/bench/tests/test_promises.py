"""The bench counts what the tests of the rules count, and a worse rule shows in its figures."""

from safeconduct.bench import promises
from safeconduct.pledges.tests.judging import Tally, tricked


def test_a_row_that_leaves_misses_its_target_and_a_false_hold_counts_against_two_in_a_hundred():
    said = Tally(evasions=10, leave=1, refusable=4, refusable_leave=1, innocent=50, false_holds=1)
    told = {figure.metric: figure.met for figure in promises._of("held out", "ru", said)}
    assert told == {
        "ru, held out: refused outright, and leave": False,
        "ru, held out: refused outright, and wait for a token": True,
        "ru, held out: all evasions, and leave": False,
        "ru, held out: innocent, and held": True,
    }


def test_the_same_seed_tries_the_same_trick():
    row = {"text": "Амнистия всем", "classes": ["amnesty"], "language": "ru"}
    assert tricked(row, "a") == tricked(row, "a")
    assert len({tricked(row, str(n)) for n in range(20)}) > 3
