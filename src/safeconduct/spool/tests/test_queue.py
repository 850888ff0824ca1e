import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from typing import IO, cast

import pytest

from safeconduct.spool import queue as queues
from safeconduct.spool.queue import Queue, SpoolFull, stirred


def test_rows_come_out_in_the_order_they_went_in_and_stay_until_acknowledged(tmp_path):
    queue = Queue(tmp_path / "q.db")
    queue.put_many((str(n), b"%d" % n) for n in range(10))
    first = queue.take(limit=3)
    assert [item.body for item in first] == [b"0", b"1", b"2"]
    assert queue.take(limit=3) == first
    queue.acknowledge(first[-1].id)
    assert [item.body for item in queue.take(limit=2)] == [b"3", b"4"]
    assert queue.waiting() == 7


def test_a_key_is_stored_once_even_after_it_was_acknowledged(tmp_path):
    queue = Queue(tmp_path / "q.db")
    assert queue.put("a", b"1")
    assert not queue.put("a", b"2")
    queue.acknowledge(queue.take()[0].id)
    assert not queue.put("a", b"3")
    assert queue.take() == []


def test_acknowledged_bytes_are_gone_from_the_file(tmp_path):
    queue = Queue(tmp_path / "q.db")
    queue.put_many((str(n), b"needle-in-the-file" * 200) for n in range(30))
    assert any(b"needle" in path.read_bytes() for path in tmp_path.iterdir())
    queue.acknowledge(30)
    assert queue.take() == []  # an idle look; the process goes on
    assert all(b"needle" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_transaction_that_raises_leaves_rows_notes_and_cursor_alone(tmp_path):
    queue = Queue(tmp_path / "q.db")
    queue.put("a", b"1")

    def spoil():
        with queue.change() as change:
            change.put("b", b"2")
            change.set_note("n", b"x")
            change.acknowledge(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spoil()
    assert [item.key for item in queue.take()] == ["a"]
    assert queue.note("n") is None


def test_a_full_disk_is_said_plainly_and_nothing_is_half_stored(tmp_path):
    queue = Queue(tmp_path / "q.db")
    queue._db.execute("PRAGMA max_page_count=24")
    stored = []

    def fill():
        for n in range(10_000):
            new = queue.put_many([(f"{n}a", bytes(900)), (f"{n}b", bytes(900))])
            stored.extend([new])

    with pytest.raises(SpoolFull, match="Free space"):
        fill()
    assert queue.waiting() == sum(stored) > 10
    queue._db.execute("PRAGMA max_page_count=4096")
    assert queue.put("after", b"room again")


def test_a_disk_that_was_set_read_only_takes_nothing_and_loses_nothing(tmp_path):
    queue = Queue(tmp_path / "q.db")
    queue.put("a", b"before")
    queue._db.execute("PRAGMA query_only=1")
    with pytest.raises(SpoolFull, match="mend it"):
        queue.put("b", b"after")
    queue._db.execute("PRAGMA query_only=0")
    assert queue.put("b", b"after")
    assert queue.waiting() == 2


def test_a_queue_that_cannot_even_be_made_says_so(tmp_path):
    (tmp_path / "q.db").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Queue(tmp_path / "q.db")


HERE = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
WRITER = """
import sys
from pathlib import Path
from safeconduct.spool.queue import Queue
queue = Queue(Path(sys.argv[1]))
n = int(sys.argv[2])
while True:
    queue.put(str(n), str(n).encode())
    print(n, flush=True)
    n += 1
"""


def test_every_put_that_returned_survives_kill_9(tmp_path):
    path, n = tmp_path / "q.db", 0
    for after_rows in (1, 7, 40):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(n)],
            stdout=subprocess.PIPE,
            text=True,
            env=HERE,
        )
        told = cast(IO[str], process.stdout)
        said = [int(told.readline()) for _ in range(after_rows)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(line) for line in told.read().splitlines() if line]
        process.wait()
        told.close()
        keys = {item.key for item in Queue(path).take(limit=10_000)}
        assert {str(number) for number in said} <= keys
        n = said[-1] + 2


def test_a_queue_tells_a_commit_of_anybody_by_its_version_and_a_look_by_nothing(tmp_path):
    ours, theirs = Queue(tmp_path / "q.db"), Queue(tmp_path / "q.db")
    ours.take()
    theirs.take()  # the first look of each wipes what an earlier life may have left
    before = ours.version()
    assert ours.take() == theirs.take() == []
    assert ours.version() == before
    theirs.put("a", b"1")
    there = ours.version()
    assert there != before
    ours.acknowledge(1)
    assert ours.version() != there


def test_who_waits_for_a_queue_is_woken_by_a_commit_and_else_looks_by_himself(tmp_path):
    ours, theirs = Queue(tmp_path / "q.db"), Queue(tmp_path / "q.db")

    async def waits(at_latest_s):
        loop = asyncio.get_running_loop()
        began = loop.time()
        await stirred(ours, seen=ours.version(), at_latest_s=at_latest_s)
        return loop.time() - began

    async def woken():
        asyncio.get_running_loop().call_later(0.05, theirs.put, "a", b"1")
        return await waits(20)

    assert 0.02 <= asyncio.run(woken()) < 10
    assert 0.1 <= asyncio.run(waits(0.1)) < 10
    ours.close()  # its version can be read no more: nobody waits for it, and nobody spins
    assert queues.LOOK_S <= asyncio.run(waits(20)) < 10
