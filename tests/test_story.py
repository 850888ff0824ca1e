"""The built-in story, played whole: by `just test-story`, and with kills by `just test-kills`."""

import json
import subprocess

import pytest

from safeconduct.exercise.kills import GAPS
from safeconduct.exercise.strangers import outside, reader
from safeconduct.exercise.wiretap import recorded
from tests import programme as running

pytestmark = pytest.mark.story

SPEED = "60"
SEED = 5  # of the kills; `safeconduct demo --kills 10 --seed N` plays any other
TO = {"tap-aircraft": 1, "tap-vehicle": 2}  # system ids of the exercise's machines
MOST_MB = 700  # sum of PSS of the product's own processes


@pytest.fixture
def played(tmp_path):
    """Return a way to play it, which gives the report."""

    def play(*more):
        report = tmp_path / "demo.json"
        words = ["demo", "--headless", "--speed", SPEED, "--report", str(report)]
        words += ["--data", str(tmp_path / "data"), *more]
        done = subprocess.run(
            running.command(*words),
            env=running.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return json.loads(report.read_text())

    return play


def test_the_whole_way_is_gone_once_in_little_memory(played, tmp_path):
    told = played()
    insist_on_requests_alone(tmp_path)
    assert len(told["steps"]) == 9
    assert all(step["held"] and step["evidence"] for step in told["steps"])
    assert told["memory"]["sum_of_pss_mb"] < MOST_MB
    assert (
        told["cpu"]["sum_s"] > told["cpu"]["yardstick_ms"] / 1000
    )  # told, never a bound: it is noisy


def insist_on_requests_alone(folder):
    """What each aircraft and tracker received, read by another author's library."""
    logs = {each.stem: each for each in folder.rglob("*.jsonl") if each.stem in TO}
    assert set(logs) == set(TO)
    for name, log in logs.items():
        with reader(to=TO[name]) as other:
            read = other.read(recorded(log))
        assert read
        assert outside(read) == []


@pytest.mark.kills
def test_it_is_gone_all_the_same_with_ten_kills_and_one_in_each_gap(played):
    told = played("--kills", "10", "--seed", str(SEED))
    assert len(told["kills"]["done"]) == 10
    assert told["kills"]["gaps"] == sorted(GAPS)
