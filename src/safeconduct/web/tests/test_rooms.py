import re
from pathlib import Path

import pytest

from safeconduct import clock
from safeconduct.access.queries import calls_for
from safeconduct.access.rules import Duty
from safeconduct.notices import actions as notices
from safeconduct.web.rooms import WORKERS
from safeconduct.web.worker import all_loops

SRC = Path(__file__).parents[2]


def test_no_rooms_loops_are_forgotten():
    there = {p.parent.name for p in SRC.glob("*/worker.py") if p.parent.name != "web"}
    assert {loops.__module__.split(".")[1] for loops in WORKERS} == there | {"web"}


def test_no_rooms_pages_are_forgotten():
    told = (SRC / "web/urls.py").read_text()
    there = {p.parent.name for p in SRC.glob("*/urls.py") if p.parent.name != "web"}
    assert there <= set(re.findall(r'include\("safeconduct\.(\w+)\.urls"\)', told))


@pytest.mark.django_db
def test_work_that_was_given_up_calls_a_supervisor_once(officer):
    supervisor = officer(Duty.SUP)
    at = clock.wall()
    notices.put_job("post.send", "m1", due_at=at)
    for attempt in range(notices.MAX_ATTEMPTS + 1):
        assert len(notices.claim_jobs(["post.send"], wall=at)) == int(
            attempt < notices.MAX_ATTEMPTS
        )
        at += notices.LEASE
    (call,) = [loop.step for loop in all_loops() if loop.name == "web.given_up"]
    assert calls_for(supervisor) == []
    call()
    call()
    assert len(calls_for(supervisor)) == 1


def test_every_loop_has_a_name_of_its_own_and_rests_between_steps():
    loops = all_loops()
    assert len({loop.name for loop in loops}) == len(loops)
    assert all(loop.every_s > 0 for loop in loops)


def test_in_an_idle_house_no_loop_says_that_it_must_look_again_soon(officer):
    officer(Duty.OP)
    steps = {loop.name: loop.step for loop in all_loops() if loop.woken_by}
    assert {"post.send", "escort.judge", "conversations.ingest"} <= set(steps)
    for name, step in steps.items():
        while step() is True:
            pass
        assert step() is False, name


def test_a_loop_that_waits_to_be_woken_looks_by_itself_within_seconds():
    woken = [loop for loop in all_loops() if loop.woken_by]
    assert all(loop.every_s < loop.at_latest_s <= 5.0 for loop in woken)
