"""Two clocks: the world's, which an exercise may move, and the wall's, which nobody moves."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from safeconduct import clock

START = datetime(2026, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFECONDUCT_DATA", str(tmp_path))
    return tmp_path


def stamped(folder, stamp: str) -> None:
    (folder / clock.STAMP).write_text(f"{stamp}\n")


def test_without_an_exercise_the_world_is_the_wall(folder):
    stamped(folder, "real")
    assert abs(clock.now() - clock.wall()) < timedelta(seconds=1)


def test_an_exercise_sets_and_speeds_the_world(folder):
    stamped(folder, "exercise")
    clock.move(folder, world=START, speed=3600)
    first = clock.now()
    assert first >= START
    clock.move(folder, forward=timedelta(days=3), speed=1)
    assert clock.now() - START >= timedelta(days=3)


def test_two_moves_within_one_tick_of_the_disk_are_both_seen(folder):
    stamped(folder, "exercise")
    clock.move(folder, world=START, speed=1)
    clock.now()
    path, other = folder / "clock.json", folder / "clock.other"
    other.write_text(path.read_text().replace(f"{START:%Y-%m-%d}", "2026-03-09"))
    written = path.stat().st_mtime_ns
    os.utime(other, ns=(written, written))
    other.replace(path)  # as another process moves it
    assert clock.now() - START >= timedelta(days=8)


def test_a_real_folder_never_moves_the_world(folder):
    stamped(folder, "real")
    with pytest.raises(clock.NoExercise, match="exercise"):
        clock.move(folder, world=START, speed=1)


def test_a_clock_smuggled_into_a_real_folder_is_refused_and_not_believed(folder):
    stamped(folder, "exercise")
    clock.move(folder, world=START, speed=1)
    (folder / clock.STAMP).unlink()
    stamped(folder, "real")
    told = (folder / "clock.json").read_text()
    (folder / "clock.json").write_text(told + " ")
    with pytest.raises(clock.NoExercise, match="Remove the file"):
        clock.now()


def test_the_world_never_runs_backwards(folder):
    stamped(folder, "exercise")
    clock.move(folder, world=START, speed=1)
    with pytest.raises(ValueError, match="backwards"):
        clock.move(folder, world=START - timedelta(hours=1), speed=1)
    with pytest.raises(ValueError, match="backwards"):
        clock.move(folder, world=START + timedelta(days=1), speed=0)
    with pytest.raises(ValueError, match="backwards"):
        clock.move(folder, forward=timedelta(seconds=-1), speed=1)


def test_the_wall_never_steps_back():
    instants = [clock.wall() for _ in range(1000)]
    assert instants == sorted(instants)
    assert instants[0].tzinfo is UTC
