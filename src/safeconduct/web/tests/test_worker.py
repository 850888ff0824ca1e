import threading
import time
from itertools import pairwise

import pytest
from django.db import connection, transaction

from safeconduct import clock
from safeconduct.notices import actions, queries
from safeconduct.notices.loops import SOON, Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.web import worker


def until(condition, *, wait_s=10.0):
    end = time.monotonic() + wait_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def running(*loops):
    """Start loops as the process does, without its heart; return how to stop them."""
    stop = threading.Event()
    runners = [worker.Runner(loop, stop=stop) for loop in loops]
    for runner in runners:
        runner.start()

    def end():
        stop.set()
        for runner in runners:
            runner.join(until=time.monotonic() + 5)

    return runners, end


def end_of(runner, end):
    """Stop a loop that may be waiting to be woken: the waker rings when the process stops."""
    threading.Timer(0.05, runner.bell.set).start()
    end()


def test_a_step_that_found_something_is_taken_again_at_once():
    taken = []

    def step():
        taken.append(time.monotonic())
        return len(taken) < 20

    _runners, end = running(Loop("t.step", step, every_s=60))
    assert until(lambda: len(taken) == 20)
    end()
    assert taken[-1] - taken[0] < 5


def test_a_step_that_raises_is_tried_again_later_and_the_others_go_on():
    failed, went_on = [], []

    def fails():
        failed.append(time.monotonic())
        raise ValueError

    def works():
        went_on.append(1)
        return False

    _runners, end = running(Loop("t.fails", fails, 0.01), Loop("t.works", works, 0.01))
    assert until(lambda: len(failed) == 2 and len(went_on) > 5)
    end()
    assert failed[1] - failed[0] >= 0.4  # it backs off; idle it would have waited 10 ms


def test_patience_grows_with_every_failure_and_has_an_end():
    runner = worker.Runner(Loop("t.x", lambda: False, 1.0), stop=threading.Event())
    waits = [runner._pause_s(failed) for failed in range(10)]
    assert waits[0] == 1.0
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == 30.0


def test_a_loop_that_can_be_woken_rests_until_it_is():
    taken = []
    loop = Loop("t.woken", lambda: bool(taken.append(time.monotonic())), 0.01, ("t",), 60.0)
    (runner,), end = running(loop)
    assert until(lambda: len(taken) == 1)
    time.sleep(0.2)
    assert len(taken) == 1
    runner.bell.set()
    assert until(lambda: len(taken) == 2)
    end_of(runner, end)


def test_a_wake_up_that_is_missed_costs_a_while_and_nothing_else():
    taken = []
    loop = Loop("t.deaf", lambda: bool(taken.append(time.monotonic())), 0.01, ("t",), 0.2)
    (runner,), end = running(loop)
    assert until(lambda: len(taken) == 3)  # nobody rings here at all
    end_of(runner, end)
    assert all(0.19 <= later - sooner < 5 for sooner, later in pairwise(taken))


def test_what_is_committed_while_a_step_runs_wakes_the_next():
    taken = []

    def step():
        taken.append(1)
        if len(taken) == 1:
            runners[0].bell.set()  # as the waker does, when the step has looked already
        return False

    stop = threading.Event()
    runners = [worker.Runner(Loop("t.during", step, 0.01, ("t",), 60.0), stop=stop)]
    runners[0].start()
    assert until(lambda: len(taken) == 2)
    end_of(runners[0], stop.set)


def test_a_loop_that_time_alone_moves_waits_for_no_wake_up():
    taken = []

    def step():
        taken.append(1)
        return SOON

    (runner,), end = running(Loop("t.soon", step, 0.01, ("t",), 60.0))
    assert until(lambda: len(taken) > 3)
    end_of(runner, end)


@pytest.mark.usefixtures("committed")
def test_a_job_is_taken_when_it_is_owed_though_the_loop_would_look_in_a_minute_only():
    stop, done = threading.Event(), []

    def step():
        jobs = actions.claim_jobs(["t.job"], wall=clock.wall())
        for job in jobs:
            with transaction.atomic():
                actions.finish_job(job, job.token)
            done.append((job.ref, time.monotonic()))
        return bool(jobs)

    loops = [Loop("t.jobs", step, 0.01, (DATABASE,), 60.0)]
    thread = threading.Thread(target=worker.run, args=(loops,), kwargs={"stop": stop})
    thread.start()
    assert until(lambda: queries.last_beat() is not None)
    time.sleep(0.3)
    owed = time.monotonic()
    actions.put_job("t.job", "1", due_at=clock.wall())
    assert until(lambda: done)
    stop.set()
    thread.join(timeout=20)
    assert not thread.is_alive()  # nobody waits out his minute
    assert done[0][0] == "1"
    assert done[0][1] - owed < 20  # s: a busy machine, and far from a minute
    connection.close()


def test_a_step_that_hangs_is_seen(monkeypatch):
    monkeypatch.setattr(worker, "HANGS_AFTER_S", 0.05)
    going = threading.Event()

    def step():
        going.wait(20)
        return False

    (runner,), end = running(Loop("t.hangs", step, 0.01))
    assert until(runner.hangs)
    going.set()
    assert until(lambda: not runner.hangs())
    end()


@pytest.mark.usefixtures("committed")
def test_the_process_beats_while_it_runs_and_stops_when_told():
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run, args=([Loop("t.x", lambda: False, 0.05)],), kwargs={"stop": stop}
    )
    thread.start()
    assert until(lambda: queries.last_beat() is not None)
    stop.set()
    thread.join(timeout=20)
    assert not thread.is_alive()
    connection.close()


@pytest.mark.usefixtures("committed")
def test_while_a_step_hangs_there_is_no_beat_so_that_the_page_can_say_so(monkeypatch):
    monkeypatch.setattr(worker, "HANGS_AFTER_S", 0.05)
    monkeypatch.setattr(worker, "BEAT_EVERY_S", 0.1)
    stop, begun, going = threading.Event(), threading.Event(), threading.Event()

    def hangs():
        begun.set()
        going.wait(20)
        return False

    thread = threading.Thread(
        target=worker.run, args=([Loop("t.hangs", hangs, 1)],), kwargs={"stop": stop}
    )
    thread.start()
    assert until(lambda: queries.last_beat() is not None)
    assert begun.wait(10)
    time.sleep(0.3)
    silent = queries.last_beat()
    time.sleep(0.4)
    assert queries.last_beat() == silent
    going.set()
    assert until(lambda: queries.last_beat() != silent)
    stop.set()
    thread.join(timeout=20)
    connection.close()


@pytest.mark.usefixtures("committed")
def test_a_loop_keeps_its_connection_until_it_breaks_and_then_takes_another():
    seen, broken = [], []

    def step():
        if len(seen) == 3 and not broken:
            broken.append(True)
            connection.connection.close()  # under its feet: as a server that throws us out
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seen.append(connection.connection)
        return False

    (runner,), end = running(Loop("t.keeps", step, every_s=0.01))
    assert until(lambda: len(seen) >= 5)
    end_of(runner, end)
    assert broken
    assert seen[0] is seen[1] is seen[2]
    assert seen[3] is not seen[0]
    assert seen[3] is seen[4]
