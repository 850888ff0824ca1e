"""Kills are counted as they are done: once for each life, and all that were asked for."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from safeconduct.exercise.kills import GAPS, VICTIMS, Kills, wish_for_gaps
from safeconduct.exercise.story import SHIPPED, read

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def family(tmp_path):
    """Return a way to start, or start anew, a process under a victim's name."""
    (tmp_path / "run").mkdir()
    born = []

    def start(name):
        born.append(process := subprocess.Popen(SLEEPS))
        (tmp_path / "run" / f"{name}.pid").write_text(str(process.pid))
        return process

    yield start
    for process in born:
        process.kill()
        process.wait()


def die_in(folder, *gaps):
    (folder / "gateways" / "smpp" / "spool").mkdir(parents=True, exist_ok=True)
    for gap in gaps:
        (folder / "gateways" / "smpp" / "spool" / f"killed-{gap}").touch()


def test_as_many_are_killed_as_was_asked_for_and_that_holds_only_with_every_gap(tmp_path, family):
    parts = [family(name) for name in VICTIMS]
    kills = Kills(tmp_path, count=4, seed=3, acts=20)
    for act in range(20):
        kills.perhaps(act)
    assert sorted(victim for _act, victim in kills.done) == sorted(VICTIMS)
    assert [part.wait(5) for part in parts] == [-9] * 4
    assert not kills.verdict().held
    die_in(tmp_path, *GAPS[:2])
    assert not kills.verdict().held
    assert GAPS[2] in kills.verdict().found
    die_in(tmp_path, GAPS[2])
    assert kills.verdict().held
    assert kills.gateway_died() == 1 + len(GAPS)
    assert kills.died_at(GAPS[0]) is not None
    assert kills.gateway_died(since=datetime.now(UTC) + timedelta(minutes=1)) == 0
    assert kills.gateway_died(since=datetime.now(UTC) - timedelta(minutes=1)) == 1 + len(GAPS)


def test_a_life_is_killed_once_and_what_was_missed_is_made_good_at_the_end(tmp_path, family):
    kills = Kills(tmp_path, count=5, seed=3, acts=4)  # all before act 3: two are the gateway
    dead, *_others = [family(name) for name in VICTIMS]
    for act in range(5):
        kills.perhaps(act)
    assert len(kills.done) == 4
    assert not kills.verdict().held
    assert os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet buried
    family(VICTIMS[0])
    kills.finish()
    assert len(kills.done) == 5


def test_what_was_never_alive_is_no_kill(tmp_path, monkeypatch):
    monkeypatch.setattr("safeconduct.exercise.kills.PATIENCE_S", 0.3)
    kills = Kills(tmp_path, count=2, seed=3, acts=4)
    for act in range(4):
        kills.perhaps(act)
    kills.finish()
    assert kills.done == []
    assert not kills.verdict().held


@pytest.mark.parametrize("name", ["story", "rivers", "duress", "ambush"])
def test_the_gaps_are_wished_for_where_the_exercise_comes_by(name):
    story = read(SHIPPED / f"{name}.toml")
    writes = name in {
        "story",
        "rivers",
    }  # the others borrow their cast, and its crowd hears nothing
    stops = writes * sum(len(phone.opts_out) for phone in story.phones)
    for seed in range(20):
        wish = dict(each.split(":") for each in wish_for_gaps(story, seed=seed).split(","))
        assert set(wish) == set(GAPS)
        assert int(wish["commit-answer"]) > stops  # a text of somebody who talks
        most = max(2, writes * sum(phone.count for phone in story.phones) // 2)
        assert 1 <= int(wish["claim-write"]) <= most
    assert wish_for_gaps(story, seed=1) == wish_for_gaps(story, seed=1)
