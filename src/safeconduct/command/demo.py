"""`safeconduct demo` and `exercise run`: a family in an exercise folder, and a player outside it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safeconduct import clock, log
from safeconduct.command import edges, family, folder, up, users
from safeconduct.command.supervise import Family, Stopped, tied_to
from safeconduct.command.trouble import Trouble
from safeconduct.conversations import scripts
from safeconduct.exercise import story as stories
from safeconduct.exercise.kills import wish_for_gaps
from safeconduct.geo import Point

PLAYED, STOPPED = 0, 130
WORLD = "world.json"
TEMPORARY = "beside/tmp"  # of supervisor and player; the judge searches it too


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person at the terminal asked for."""

    story: str
    data: Path
    port: int
    speed: float
    report: Path | None
    roads: Path | None
    headless: bool
    kills: int
    seed: int
    stay: bool
    users: str = ""
    player: str = "safeconduct.exercise.play"  # the tests' own also looks at the pages it presses


def _story(name: str) -> tuple[Path, stories.Story]:
    path = Path(name)
    if not path.suffix:
        path = stories.SHIPPED / f"{name}.toml"
    try:
        return path, stories.read(path)
    except stories.WrongStory as wrong:
        raise Trouble(str(wrong)) from None


def fresh(data: Path, world: Path, profile: Path, brought: Sequence[Path] = ()) -> None:
    """Begin anew: an exercise's folder is nobody's record, and only such a folder is removed.

    Args:
        data, world, profile: as the exercise wants them.
        brought: files of scripts.

    Raises:
        Trouble: an exercise runs there already, or somebody works in it.
    """
    if (data / clock.STAMP).exists() and clock.stamp_of(data) == "exercise":
        with folder.alone(data) as ours:
            if not ours:
                raise Trouble(
                    f"An exercise runs in {data} already. Stop it, or name another --data."
                )
        shutil.rmtree(data)
    if not data.exists() and (world / WORLD).exists():
        shutil.rmtree(world)  # what an earlier world wrote down would be judged as this one's
    folder.make(data, stamp="exercise", profile=profile)
    for script in brought:
        (data / scripts.FOLDER).mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(script, data / scripts.FOLDER / script.name)
    world.mkdir(mode=0o700, parents=True, exist_ok=True)


def _profile(path: Path, story: stories.Story) -> Path:
    beside = path.parent / story.profile
    return beside if beside.suffix and beside.exists() else Path(story.profile)


def _roads(wish: Wish, story: stories.Story, world: Path) -> dict[str, object]:
    """Bring in the fictional district, or the extract that was asked for, by the one importer."""
    extract, before_s = wish.roads, _cpu_of_ended_s()
    if extract is None:
        extract = world / "district.osm.pbf"
        argv = [sys.executable, "-m", "safeconduct.exercise.draw"]
        argv += ["--seed", str(story.district_seed), "--to", str(extract)]
        subprocess.run(argv, check=True, preexec_fn=users.becoming(users.outsider()))
    drawn_s = _cpu_of_ended_s() - before_s
    argv = [sys.executable, "-m", "safeconduct.command.main", "roads", "import"]
    argv += [str(extract), "--name", "district", "--data", str(wish.data)]
    first = users.becoming(users.outsider())
    if subprocess.run(argv, check=False, capture_output=True, preexec_fn=first).returncode:
        raise Trouble(f"{extract} could not be imported; try: safeconduct roads import {extract}")
    return {"extract": str(extract.absolute()), "drawn_cpu_s": drawn_s}


def _fence(wish: Wish, story: stories.Story) -> tuple[Point, ...]:
    """Return within what the pilot of an exercise may fly by his station: its district; () where he does not.

    Raises:
        Trouble: it is to be played elsewhere.
    """
    if not story.pilot:
        return ()
    if wish.roads is not None:
        raise Trouble(
            f"{story.key} is flown within the fictional district's fence: leave out --roads."
        )
    from safeconduct.exercise import district

    return district.corners()


def _cpu_of_ended_s() -> float:
    ended = os.times()
    return ended.children_user + ended.children_system


def run(wish: Wish) -> int:
    """Play one exercise; return 0 only if every expectation held."""
    path, story = _story(wish.story)
    data = wish.data.absolute()
    world = data.with_name(f"{data.name}-world")
    print(f"{story.title}\nExercise folder: {wish.data}. Everybody in it is invented.", flush=True)
    two = users.chosen(wish.users, data)
    fresh(data, world, _profile(path, story), story.scripts)
    (world / TEMPORARY).mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(world / TEMPORARY)
    with folder.alone(data):
        clock.move(data, world=story.starts, speed=1.0)
        port = wish.port or folder.free_port()
        house = family.House(data, port, "exercise", family.new_tokens(), users=two)
        names, fence = story.gateways or edges.ALL, _fence(wish, story)
        outside = edges.prepare(
            data, folder.free_port, names=names, fence=fence, station=story.station
        )
        if wish.kills:
            os.environ["SAFECONDUCT_KILL_AT"] = wish_for_gaps(story, seed=wish.seed)
            print(f"Kills: {wish.kills} and one in each gap, seed {wish.seed}", flush=True)
        stopped = Stopped()
        with users.living_in(data, two):
            log.configure(process="supervisor", file=data / "logs/supervisor.log")
            with up.running(house) as (parts, link):
                told = _world(wish, house, world, link) | outside | _roads(wish, story, world)
                stopped.starting = False
                return _played(wish, path, told, parts, lambda: stopped.asked)


def _world(wish: Wish, house: family.House, world: Path, link: str) -> dict[str, object]:
    return {
        "data": str(house.folder),
        "world": str(world),
        "console": house.origin,
        "link": link,
        "speed": wish.speed,
        "headless": wish.headless,
        "watched": wish.stay or not wish.headless,
        "kills": wish.kills,
        "seed": wish.seed,
        "report": str(wish.report.absolute()) if wish.report else "",
    }


def _played(
    wish: Wish, path: Path, told: dict[str, object], parts: Family, asked: Callable[[], bool]
) -> int:
    """Run the player beside the family until it ends, or until Ctrl-C."""
    (Path(str(told["data"])) / "run" / "supervisor.pid").write_text(str(os.getpid()))
    description = Path(str(told["world"])) / WORLD
    with users.as_root():
        description.write_text(json.dumps(told))
    argv = [sys.executable, "-m", wish.player]
    argv += ["--world", str(description), "--story", str(path)]
    # In a group of its own: Ctrl-C is for the supervisor, which ends the player.
    player = subprocess.Popen(argv, preexec_fn=tied_to(os.getpid(), users.outsider()))  # noqa: PLW1509  one thread
    if not wish.headless:
        print(f"The console: {told['console']}", flush=True)
    try:
        up.stay(parts, until=lambda: asked() or player.poll() is not None)
    finally:
        with users.as_root():
            player.terminate()
        code = player.wait()
    if code < 0 and asked():  # it was still playing; one that stays open tells how it went
        return STOPPED
    return PLAYED if code == 0 else 1
