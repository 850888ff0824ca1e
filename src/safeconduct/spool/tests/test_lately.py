"""Equal octets are told for a minute or two, whoever sends them, and a flood takes little memory."""

import pytest

from safeconduct.spool import lately
from safeconduct.spool.lately import FORGETS_S, Lately


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def comes(seen, *octets):
    marks = seen.among(octets)
    seen.came(octets)
    return marks


def test_what_is_equal_to_something_that_came_lately_is_told(clock):
    seen = Lately(clock)
    assert comes(seen, b"a", b"b") == [False, False]
    clock.now += FORGETS_S - 1
    assert comes(seen, b"b", b"c", b"a") == [True, False, True]


def test_of_two_equal_ones_of_one_batch_the_later_is_told(clock):
    assert comes(Lately(clock), b"a", b"a", b"b") == [False, True, False]


@pytest.mark.parametrize(("after_s", "told"), [(0.5, True), (0.99, True), (2.1, False), (9, False)])
def test_after_a_minute_and_before_two_it_is_forgotten(clock, after_s, told):
    seen = Lately(clock)
    comes(seen, b"a")
    clock.now += after_s * FORGETS_S
    assert comes(seen, b"a") == [told]


def test_what_was_not_stored_is_no_first_one(clock):
    seen = Lately(clock)
    seen.among([b"a"])  # and the disk was full
    assert comes(seen, b"a") == [False]


def test_a_flood_is_remembered_for_a_shorter_while_in_no_more_memory(clock, monkeypatch):
    monkeypatch.setattr(lately, "MOST", 100)
    seen = Lately(clock)
    for n in range(1000):
        comes(seen, str(n).encode())
    assert len(seen._newer) + len(seen._older) <= 200
    assert comes(seen, b"999", b"0") == [True, False]
