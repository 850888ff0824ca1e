"""The two clocks. World time for rules, one source for all processes; wall time for protocols.

World time is real time, unless the data folder is stamped `exercise`: then `clock.json` in it
says at which wall instant which world instant was, and how fast the world runs. A folder stamped
`real` has no such file, and one that appears there is refused rather than believed.
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

STAMP = "stamp"
_FILE = "clock.json"
FILES = frozenset({STAMP, _FILE})  # what tells the time: every process of a folder reads them
_STARTED_WALL = datetime.now(UTC)
_STARTED_MONOTONIC = time.monotonic()


class NoExercise(RuntimeError):
    """World time was asked to move in a folder that is not stamped `exercise`."""


@dataclass(frozen=True, slots=True)
class World:
    """At `wall` it was `world`, and the world runs `speed` times as fast since."""

    wall: datetime
    world: datetime
    speed: float

    def at(self, wall: datetime) -> datetime:
        """Return the world instant of a wall instant."""
        return self.world + (wall - self.wall) * self.speed


_cached: tuple[tuple[int, ...], World] | None = None


def wall() -> datetime:
    """Return real UTC that never steps back within a process: logins, leases, TOTP."""
    return _STARTED_WALL + timedelta(seconds=time.monotonic() - _STARTED_MONOTONIC)


def data_folder() -> Path | None:
    """Return the data folder named by SAFECONDUCT_DATA, or None."""
    named = os.environ.get("SAFECONDUCT_DATA")
    return Path(named) if named else None


def stamp_of(folder: Path) -> str:
    """Return "exercise" or "real"; an unstamped folder counts as real."""
    mark = folder / STAMP
    return mark.read_text().strip() if mark.exists() else "real"


def now() -> datetime:
    """Return world time, aware UTC. Only workers, views and commands read it."""
    folder = data_folder()
    world = _world(folder) if folder else None
    return world.at(wall()) if world else wall()


def speed() -> float:
    """Return how many seconds of world time go by in a second of real time."""
    folder = data_folder()
    world = _world(folder) if folder else None
    return world.speed if world else 1.0


def _world(folder: Path) -> World | None:
    global _cached  # noqa: PLW0603  one small cache, so that a rule's `now` costs one stat
    path = folder / _FILE
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    # Of two files written within one tick of the disk (4 ms) the time is the same, the inode is not.
    changed = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    if _cached is None or _cached[0] != changed:
        if stamp_of(folder) != "exercise":
            raise NoExercise(
                f"{_FILE} lies in a data folder that is not stamped exercise. Remove the file."
            )
        told = json.loads(path.read_text())
        _cached = (
            changed,
            World(
                datetime.fromisoformat(told["wall"]),
                datetime.fromisoformat(told["world"]),
                told["speed"],
            ),
        )
    return _cached[1]


def move(
    folder: Path,
    *,
    world: datetime | None = None,
    forward: timedelta = timedelta(0),
    speed: float,
) -> None:
    """Let the world run `speed` times real time from here on, for all processes.

    Args:
        world: set it to this instant; without one it goes on from where it is, plus `forward`.

    Raises:
        NoExercise: the folder is not stamped `exercise`.
        ValueError: time would run backwards.
    """
    if stamp_of(folder) != "exercise":
        raise NoExercise("World time moves only in a data folder stamped exercise.")
    before = _world(folder)
    here = wall()
    now_is = before.at(here) if before is not None else None
    fresh_world = world or (now_is or here) + forward
    if speed <= 0 or forward < timedelta(0) or (now_is is not None and fresh_world < now_is):
        raise ValueError(
            "world time never runs backwards; give a later instant and a speed above 0"
        )
    told = {"wall": here.isoformat(), "world": fresh_world.isoformat(), "speed": speed}
    fresh = folder / f"{_FILE}.new"
    fresh.write_text(json.dumps(told))
    fresh.chmod(0o644)  # the keeper may be another user; strangers are kept out by the folder
    fresh.replace(folder / _FILE)
