"""What is compiled is kept where it is told, and a full or broken disk costs time and stops nothing."""

import fcntl
import os
import subprocess
import sys

import pytest

from safeconduct.ways import compiled  # noqa: TID253  what is tested

LOOK = """
import resource, sys
if sys.argv[1] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
import numpy as np
from safeconduct.ways import compiled
heap = np.zeros((4, 3))
compiled.push(heap, 0, 2.0, 0.0, 7)
compiled.push(heap, 1, 1.0, 0.0, 8)
assert heap[0, 2] == 8
print("compiled" if sum(compiled.push.stats.cache_misses.values()) else "kept")
"""


@pytest.fixture
def looks(tmp_path):
    """Look for a way in a process of its own, and say whether it had to compile."""

    def look(disk="room", kept=tmp_path / "kept"):
        env = {**os.environ, "NUMBA_CACHE_DIR": str(kept), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", LOOK, disk], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return look


def test_a_second_start_compiles_nothing_and_a_full_disk_stops_no_search(looks, tmp_path):
    assert looks("full") == "compiled"
    assert looks() == "compiled"
    assert looks() == looks("full") == "kept"
    for file in (tmp_path / "kept").rglob("*.nbc"):
        file.write_bytes(b"torn")
    assert looks("full") == "compiled"


def test_of_two_who_start_together_one_compiles_and_the_other_waits_for_it(tmp_path):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    both = [
        subprocess.Popen([sys.executable, "-c", LOOK, "room"], env=env, stdout=subprocess.PIPE)
        for _each in range(2)
    ]
    assert sorted(each.communicate()[0].strip() for each in both) == [b"compiled", b"kept"]


def test_whoever_holds_the_turn_for_ever_costs_time_and_stops_no_search(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "PATIENCE_S", 0.1)
    with (tmp_path / "compiling").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with compiled._in_turn(str(tmp_path)):
            pass
