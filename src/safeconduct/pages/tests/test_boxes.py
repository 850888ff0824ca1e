"""Boxes on the gateway's disk: twice is once, unused ones lapse, and the disk alone opens nothing."""

import pytest

from safeconduct import sealing
from safeconduct.pages import wordcode
from safeconduct.pages.boxes import Boxes
from safeconduct.spool.queue import Queue

TODAY = 740_000


@pytest.fixture
def boxes(tmp_path):
    queue = Queue(tmp_path / "from-core.db")
    yield Boxes(queue)
    queue.close()


@pytest.fixture
def owner(boxes):
    made = wordcode.owner_of(wordcode.new_code(), salt=boxes.salt)
    boxes.make(made, today=TODAY)
    return made


def put(boxes, owner, text, attempt, *, today=TODAY):
    return boxes.put(owner.handle, attempt=attempt, at="now", text=text, today=today)


def test_an_answer_that_comes_twice_lies_there_once_and_is_fresh_once(boxes, owner):
    assert put(boxes, owner, "one", "a1")
    assert put(boxes, owner, "one", "a1")
    assert put(boxes, owner, "two", "a2")
    first, again = boxes.answers(owner, today=TODAY), boxes.answers(owner, today=TODAY)
    assert [(one.text, one.fresh) for one in first] == [("two", True), ("one", True)]
    assert [one.fresh for one in again] == [False, False]


def test_a_box_nobody_uses_lapses_with_all_that_is_in_it(boxes, owner):
    put(boxes, owner, "one", "a1")
    assert boxes.expire(before=TODAY) == 0
    assert boxes.expire(before=TODAY + 1) == 1
    assert boxes.answers(owner, today=TODAY) == []
    assert not put(boxes, owner, "late", "a2")


def test_an_answer_laid_late_waits_as_long_as_one_laid_at_once(boxes, owner):
    put(boxes, owner, "late", "a1", today=TODAY + 30)
    assert boxes.expire(before=TODAY + 30) == 0
    assert [one.text for one in boxes.answers(owner, today=TODAY + 30)] == ["late"]
    assert boxes.expire(before=TODAY + 31) == 1


def test_whoever_has_the_disk_and_the_salt_has_no_key(boxes, owner):
    put(boxes, owner, "come at noon", "a1")
    notes = boxes._queue.notes("")
    assert not [
        raw for raw in notes.values() if b"come at noon" in raw or owner.private[:32] in raw
    ]
    [(name, raw)] = [pair for pair in notes.items() if pair[0].startswith("answer:")]
    assert owner.handle.removeprefix("web:") not in name
    wrong = wordcode.owner_of(wordcode.new_code(), salt=boxes.salt)
    with pytest.raises(sealing.Tampered):
        sealing.hpke_open(
            wrong.private, raw[5:], info=sealing.address("contact", *name.split(":")[1:])
        )


def test_the_salt_outlives_the_process(tmp_path):
    first = Queue(tmp_path / "one.db")
    salt = Boxes(first).salt
    first.close()
    second = Queue(tmp_path / "one.db")
    assert Boxes(second).salt == salt
    second.close()
