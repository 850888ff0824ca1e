from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.spool.queue import Queue
from safeconduct.spool.seen import KEPT, Seen


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path / "q.db")


def full():
    raise OSError("the disk is full")


def comes(seen, queue, *octets, batch=1, disk=lambda: None):
    with queue.change() as change:
        marks = seen.within(change, batch, octets)
        disk()
    seen.stored()
    return marks


def test_equal_octets_in_one_life_are_two_things(queue):
    seen = Seen(queue)
    assert comes(seen, queue, b"a", b"a") == [False, False]
    assert comes(seen, queue, b"a", batch=2) == [False]


@pytest.mark.parametrize("restarted", [False, True])
def test_each_thing_of_an_earlier_life_marks_one_and_no_second(queue, restarted):
    seen = Seen(queue)
    comes(seen, queue, b"a", b"b", b"a")
    seen.new_life()
    seen = Seen(queue) if restarted else seen
    assert comes(seen, queue, b"a", b"c", b"a", b"a") == [True, False, True, False]
    # In a third life those may come again that came in either of the two before.
    seen.new_life()
    marks = comes(seen, queue, *[b"a"] * 4, b"b", b"b", b"c")
    assert marks == [True, True, True, False, True, False, True]


def test_what_was_surely_answered_is_no_redelivery(queue):
    seen = Seen(queue)
    comes(seen, queue, b"a", batch=1)
    comes(seen, queue, b"b", batch=2)
    seen.answered(1)
    seen.new_life()
    said = b"the octets of a whole text"  # of one letter chance makes one in ten marks hold it
    assert comes(seen, queue, b"a", b"b", said) == [False, True, False]
    assert said not in b"".join(queue.notes("seen:").values())


def test_a_mark_that_was_not_stored_is_still_owed(queue):
    seen = Seen(queue)
    comes(seen, queue, b"a")
    seen.new_life()
    with pytest.raises(OSError, match="full"):
        comes(seen, queue, b"a", disk=full)
    assert comes(seen, queue, b"a") == [True]


def test_after_a_day_it_is_forgotten(queue, monkeypatch):
    seen, wall = Seen(queue), clock.wall()
    comes(seen, queue, b"a")
    seen.new_life()
    monkeypatch.setattr(clock, "wall", lambda: wall + KEPT + timedelta(minutes=1))
    seen.answered(0)
    seen.new_life()
    assert comes(seen, queue, b"a") == [False]
