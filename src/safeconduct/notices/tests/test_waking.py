import threading

import pytest
from django.db import connection, transaction

from safeconduct.clock import wall
from safeconduct.notices import actions, waking
from safeconduct.notices.models import Job
from safeconduct.spool import core_end

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def elsewhere():
    """Return how to do work as another process does: on a connection of its own."""

    def do(work):
        thread = threading.Thread(target=lambda: (work(), connection.close()))
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()

    return do


@pytest.fixture
def waiting(tmp_path):
    """Return a waker that has looked once, and the bells of the database and of the spool."""
    bells = {waking.DATABASE: threading.Event(), core_end.IN: threading.Event()}
    core_end.incoming(tmp_path).close()
    waker = waking.Waker({name: [bell] for name, bell in bells.items()}, data=tmp_path)
    waker.look()
    for bell in bells.values():
        bell.clear()
    yield waker, bells
    waker.run(stopped())


def rang_for_nothing(bell):
    """Return whether the database's bell rang; a PostgreSQL tells of its other databases as well."""
    return bell.is_set() and connection.vendor == "sqlite"


def stopped():
    stop = threading.Event()
    stop.set()
    return stop


def test_what_another_process_commits_rings_and_its_silence_does_not(waiting, elsewhere):
    waker, bells = waiting
    waker.look()
    assert not rang_for_nothing(bells[waking.DATABASE])
    elsewhere(lambda: actions.put_job("a.b", "1", due_at=wall()))
    waker.look()
    assert bells[waking.DATABASE].is_set()


def test_what_is_written_and_not_committed_yet_rings_when_it_is(waiting, elsewhere):
    waker, bells = waiting

    def write():
        with transaction.atomic():
            actions.put_job("a.b", "1", due_at=wall())
            waker.look()
            bells[waking.DATABASE].clear()

    elsewhere(write)
    waker.look()
    assert bells[waking.DATABASE].is_set()
    assert Job.objects.count() == 1


def test_a_look_that_finds_nothing_wakes_nobody(waiting, elsewhere):
    waker, bells = waiting
    elsewhere(lambda: actions.claim_jobs(["a.b"], wall=wall()))
    waker.look()
    assert not rang_for_nothing(bells[waking.DATABASE])


def test_a_thing_in_the_spool_rings_for_whoever_reads_it_alone(waiting, tmp_path):
    waker, bells = waiting
    lane = core_end.incoming(tmp_path)
    lane.put("key", b"body")
    waker.look()
    assert bells[core_end.IN].is_set()
    assert not rang_for_nothing(bells[waking.DATABASE])
    lane.close()


def test_what_cannot_be_looked_at_rings_every_time_until_it_can(tmp_path):
    bell = threading.Event()
    waker = waking.Waker({core_end.IN: [bell]}, data=tmp_path)
    for _look in range(3):  # no such file yet: better woken for nothing than not woken
        bell.clear()
        waker.look()
        assert bell.is_set()
    core_end.incoming(tmp_path).close()
    waker.look()
    bell.clear()
    waker.look()
    assert not bell.is_set()
    waker.run(stopped())


def test_whoever_waits_is_let_go_when_the_process_stops(waiting):
    waker, bells = waiting
    stop = threading.Event()
    thread = threading.Thread(target=waker.run, args=(stop,))
    thread.start()
    stop.set()
    assert all(bell.wait(10) for bell in bells.values())
    thread.join(timeout=10)
    assert not thread.is_alive()
