import asyncio
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest
from django.db import connection, transaction

from safeconduct.notices import actions
from safeconduct.notices.models import Notice
from safeconduct.notices.tail import READER_HOLDS, Nudge, Reader, Tailer, open_source

pytestmark = pytest.mark.usefixtures("committed")


@contextmanager
def another(work):
    """Run `work` in a thread with a connection of its own."""
    failed = []

    def run():
        try:
            work()
        except Exception as error:  # noqa: BLE001  told to the test, in its own thread
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield thread
    thread.join(timeout=20)
    assert not failed
    assert not thread.is_alive()


def heard_until(source, wanted, *, wait_s=10.0):
    """Follow as the tailer does, by cursor, until `wanted` refs were heard or time is over."""
    heard: list[str] = []
    at, until = 0, time.monotonic() + wait_s
    while not wanted <= set(heard) and time.monotonic() < until:
        if source.changed(wait_s=0.1):
            for nudge in source.after(at):
                heard.append(nudge.ref)
                at = nudge.number
    return heard


def test_two_open_transactions_and_the_slower_one_is_not_passed_by():
    opened, release = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            actions.emit("a.b", "slow")
            opened.set()
            assert release.wait(10)

    def fast():
        opened.wait(10)
        with transaction.atomic():
            actions.emit("a.b", "fast")

    source = open_source()
    try:
        with another(slow), another(fast):
            assert opened.wait(10)
            before = heard_until(source, {"fast"}, wait_s=1.0)
            release.set()
            after = heard_until(source, {"fast", "slow"})
    finally:
        source.close()
    assert before == []  # the second waits for the first: numbers are given in the order of commits
    assert sorted(after) == ["fast", "slow"]


def test_four_writers_lose_no_notice():
    source = open_source()

    def write(name):
        for number in range(25):
            with transaction.atomic():
                actions.emit("a.b", f"{name}-{number}")

    try:
        with (
            another(lambda: write("w1")),
            another(lambda: write("w2")),
            another(lambda: write("w3")),
            another(lambda: write("w4")),
        ):
            wanted = {f"w{w}-{n}" for w in range(1, 5) for n in range(25)}
            heard = heard_until(source, wanted, wait_s=30.0)
    finally:
        source.close()
    assert len(heard) == len(set(heard))
    assert set(heard) == wanted


def listen(tailer, work, *, count, readers=1):
    """Return what each of `readers` heard while `work` ran in another thread, and when last."""

    async def run():
        with ExitStack() as stack:
            queues = [stack.enter_context(tailer.reader(after=0)).queue for _ in range(readers)]
            thread = threading.Thread(target=work)
            thread.start()
            heard = [
                [(await asyncio.wait_for(queue.get(), 10)).ref for _ in range(count)]
                for queue in queues
            ]
            last = time.monotonic()
            await asyncio.to_thread(thread.join)
        return heard, last

    try:
        return asyncio.run(run())
    finally:
        tailer.stop()


def write_and_close(*refs):
    def work():
        for ref in refs:
            actions.emit("a.b", ref)
        connection.close()

    return work


def test_every_reader_of_a_process_hears_what_is_committed_in_order():
    heard, _last = listen(Tailer(), write_and_close("r1", "r2", "r3"), count=3, readers=5)
    assert heard == [["r1", "r2", "r3"]] * 5


def test_a_commit_is_heard_well_within_a_second():
    took = []
    for _ in range(3):  # a busy machine holds up one of them, a listener that sleeps each
        told = []

        def work(told=told):
            time.sleep(0.1)
            told.append(time.monotonic())
            write_and_close("r1")()

        _heard, last = listen(Tailer(), work, count=1)
        took.append(last - told[0])
    assert min(took) < 1.0


def test_a_tailer_that_lost_its_database_connection_goes_on_where_it_was(monkeypatch):
    tailer = Tailer()
    failures: list[int] = []
    real = tailer._drain

    def fails_once(source):
        if not failures:
            failures.append(1)
            raise OSError
        real(source)

    monkeypatch.setattr(tailer, "_drain", fails_once)
    assert listen(tailer, write_and_close("r1"), count=1)[0] == [["r1"]]
    assert failures


def test_a_reader_that_falls_behind_is_marked_and_costs_the_others_nothing():
    async def run():
        reader = Reader(asyncio.get_running_loop())
        for number in range(READER_HOLDS):
            reader.push(Nudge(number, "a.b", "r", ""))
        before = reader.full
        reader.push(Nudge(READER_HOLDS, "a.b", "r", ""))
        return before, reader.full, reader.queue.qsize()

    assert asyncio.run(run()) == (False, True, READER_HOLDS)


def test_what_was_rolled_back_is_never_heard():
    def work():
        with suppress(ZeroDivisionError), transaction.atomic():
            actions.emit("a.b", "undone")
            raise ZeroDivisionError
        write_and_close("kept")()

    assert listen(Tailer(), work, count=1)[0] == [["kept"]]
    assert list(Notice.objects.values_list("subject", flat=True)) == ["kept"]
