"""What the product takes of a machine is counted with all that it started and saw end."""

import subprocess
import sys
import time

import pytest

from safeconduct.exercise import costs

# It burns CPU in a child and then itself, and waits to be ended.
BURNS = """
import subprocess, sys, time
burn = "import time\\nwhile time.process_time() < {}: pass"
subprocess.run([sys.executable, "-c", burn.format(0.3)])
exec(burn.format(0.15))
print("burnt", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder whose supervisor and web run, both burning, beside one that is between two lives."""
    tmp_path = tmp_path_factory.mktemp("data")
    (tmp_path / "run").mkdir()
    started = {}
    for name in ("supervisor", "web"):
        process = subprocess.Popen([sys.executable, "-c", BURNS], stdout=subprocess.PIPE)
        started[name] = process
        (tmp_path / f"run/{name}.pid").write_text(str(process.pid))
    (tmp_path / "run/worker.pid").write_text("")
    for process in started.values():
        assert process.stdout.readline() == b"burnt\n"
    yield tmp_path
    for process in started.values():
        process.kill()
        process.communicate()


def test_cpu_is_that_of_each_part_and_of_the_children_it_saw_end(folder):
    told = costs.cpu(folder, not_ours_s=0.1)
    assert set(told["parts_s"]) == {"supervisor", "web", "ended"}
    assert 0.35 < told["parts_s"]["web"] < 2  # itself and its child
    assert 0.05 < told["parts_s"]["supervisor"] < 1  # itself alone
    assert told["parts_s"]["ended"] == pytest.approx(
        costs.cpu(folder)["parts_s"]["ended"] - 0.1, abs=0.11
    )
    assert told["sum_s"] == pytest.approx(sum(told["parts_s"].values()), abs=0.2)


def test_memory_is_that_of_the_fullest_moment_and_the_machine_is_measured_meanwhile(folder):
    watch = costs.Watch(folder)
    watch.start()
    end = time.monotonic() + 5
    while not watch.fullest and time.monotonic() < end:
        time.sleep(0.01)
    told = watch.stop()
    assert set(told["parts_mb"]) == {"supervisor", "web"}
    assert 2 < told["sum_of_pss_mb"] < 60
    assert 0.3 < watch.yardstick_ms() < 60
