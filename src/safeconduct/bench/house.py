"""A throwaway exercise folder for one benchmark, and somebody to sit at its console."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from safeconduct import clock, log
from safeconduct.command import family, folder, up
from safeconduct.command.supervise import Family


@contextmanager
def exercise() -> Iterator[family.House]:
    """Make a data folder, stamped exercise, under the system's temporary folder; remove it after.

    TMPDIR names another place; on a memory disk a commit costs nothing and the figures say little.
    """
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as place:
        data = Path(place) / "data"
        folder.make(data, stamp="exercise", profile=None)
        clock.move(data, world=clock.wall(), speed=1.0)
        log.configure(process="bench", file=data / "logs/bench.log")
        yield family.House(data, folder.free_port(), "exercise", family.new_tokens())


@contextmanager
def keeper_alone(house: family.House, *, rates: Iterable[str]) -> Iterator[None]:
    """Run the keeper and nothing else, with limits raised as `rates` says ("join=100000")."""
    env = up.prepare(house)
    keeper = family.keeper(house)
    raised = tuple(word for rate in rates for word in ("--rate", rate))
    parts = Family(house.folder, env=env)
    try:
        parts.start((replace(keeper, argv=(*keeper.argv, *raised)),))
        yield
    finally:
        parts.stop()
