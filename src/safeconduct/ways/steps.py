"""What can be told to a driver: from one decision on, where he may be sent so that he errs nowhere.

A *run* is where he drives when nothing is said: on along the road, as far as nobody could take it
otherwise. Along it each turning can be told, or it cannot: by a count, where every road before it
on that side is a turning to everybody or to nobody; by what stands there, where nothing like it
stood before; by a distance, where a man wrong by a fifth meets no other; as the end of the road, a
fork, an exit of a circle. What could be taken two ways is told in no words at all.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from safeconduct.ways.certain import (
    LEFT,
    ON_DEG,
    RIGHT,
    SHARP_DEG,
    TURN_DEG,
    is_end,
    is_none,
    is_turning,
    may_be_end,
    may_be_fork,
    may_go_on,
    onward,
    parts,
    side_of,
    turned,
)
from safeconduct.ways.roads import Roads
from safeconduct.ways.sight import AT_M, MAYBE_M, VIEWS, Arm, Exit, Kinds, Sight, sight

ROADS = frozenset({2, 3})  # what looks like a road, and no lane or track
_KINDS = {1: ("access", frozenset({1})), 0: ("track", frozenset({0}))}
MOST_COUNT = 5  # turnings that a man in fear counts
COUNT_M = 1500.0  # further than this a count alone is not trusted: its distance is said with it
SHORT_M = 170.0  # a fifth of it is no more than a man sees
LEAST_M = 100.0  # nearer than this nobody measures
EARLY = 0.64  # of what is said: who is wrong by a fifth begins to look before four fifths of it
SAID_M = ((1000.0, 50), (5000.0, 100), (math.inf, 1000))
LONG = 80  # edges of one run


class Step(NamedTuple):
    """One thing he is told.

    Attributes:
        kind: "start", "count", "road", "access" and "track" (a count of those alone), "distance", "mark", "beyond", "end", "fork", "sharp" (back), "circle"; the same
            after "place" where he is to stop; "here" where he is there already.
        side: "left", "right", "" for none; of a start the compass word.
        number: which turning on that side, which exit.
        length_m: since the last decision.
        mark: kind of landmark, "" for none.
        main: he follows the main road until there.
        past: how many circles he passes straight on before; number and length begin behind them.
    """

    kind: str
    side: str = ""
    number: int = 0
    length_m: float = 0.0
    mark: str = ""
    main: bool = False
    past: int = 0


class Turn(NamedTuple):
    """Where a step leads: the edge he is on after it, with the edges driven in between."""

    run: int
    via: tuple[int, ...]
    edge: int
    step: Step


class Stop(NamedTuple):
    """Where he may be told to stop: at the head of this edge of the run."""

    run: int
    step: Step


@dataclass(frozen=True, slots=True)
class Run:
    """Where a driver comes from one edge on: its edges, and what he may be told along them."""

    edges: tuple[int, ...]
    turns: tuple[Turn, ...]
    stops: tuple[Stop, ...]


class _Here(NamedTuple):
    """A junction as he comes to it.

    Attributes:
        on: the road by which everybody goes on, None where some might not.
        own: what the road looks like by which he comes.
        near, maybe: landmarks that stand there, and those that may seem to.
    """

    arms: Sequence[Arm]
    on: Arm | None
    own: int
    near: Kinds
    maybe: Kinds


class _Road(NamedTuple):
    """A road beside him that he has passed.

    Attributes:
        turning: it was a turning to everybody.
        shut: it only led in.
        vague: its angle makes it a turning to some.
        marks: what may have stood there.
    """

    at_m: float
    turning: bool
    look: int
    shut: bool
    vague: bool
    marks: Kinds


@dataclass(slots=True)
class _Passed:
    """What he has passed since the last decision or circle: roads by side, landmarks, how far."""

    main: bool
    circles: int = 0
    length_m: float = 0.0
    roads: dict[str, list["_Road"]] = field(default_factory=lambda: {LEFT: [], RIGHT: []})
    marks: list[tuple[str, float]] = field(default_factory=list)
    forks: bool = False
    ends: bool = False
    back: set[str] = field(default_factory=set)


def said_m(length_m: float) -> int:
    """Return the metres that are said of a length: never more than there are, so that he looks early.

    In fifties, from a kilometre on in hundreds, from five kilometres on in thousands.
    """
    step = next(step for most, step in SAID_M if length_m < most)
    return max(int(length_m // step) * step, step)


class Runs:
    """The runs of one map, found as they are asked for."""

    def __init__(self, seen: Sight) -> None:
        self.seen = seen
        self._found: dict[int, tuple[Run, ...]] = {}

    def of(self, edge: int) -> tuple[Run, ...]:
        """Return where he drives from an edge on: when nothing is said, and by the main road."""
        if edge not in self._found:
            plain, main = (
                alike([run_from(self.seen, edge, main=main, view=view) for view in VIEWS])
                for main in (False, True)
            )
            self._found[edge] = (plain, main) if main.edges != plain.edges else (plain,)
        return self._found[edge]


@lru_cache(maxsize=2)  # one map is in use, and a test's
def runs(roads: Roads) -> Runs:
    """Return the runs of a map."""
    return Runs(sight(roads))


def alike(seen: Sequence[Run]) -> Run:
    """Return what is the same in each of several views of one run."""
    first, *others = seen
    same = [
        all(own == other for other in more)
        for own, *more in zip(*(r.edges for r in seen), strict=False)
    ]
    common = same.index(False) if False in same else len(same)
    turns = set(first.turns).intersection(*(run.turns for run in others))
    stops = set(first.stops).intersection(*(run.stops for run in others))
    return Run(
        first.edges[:common],
        tuple(turn for turn in first.turns if turn in turns and turn.run < common),
        tuple(stop for stop in first.stops if stop in stops and stop.run < common),
    )


def run_from(seen: Sight, edge: int, *, main: bool, view: int, waits: bool = False) -> Run:
    """Return where he comes from `edge` on when nothing is said, and what he may be told there.

    Args:
        waits: he has driven `edge` and waits at its head.
    """
    edges: list[int] = []
    turns: list[Turn] = []
    stops: list[Stop] = []
    passed = _Passed(main)
    following: int | None = None if seen.in_circle(edge) else edge
    while following is not None and following not in edges and len(edges) < LONG:
        edges.append(following)
        at = len(edges) - 1
        if at or not waits:
            _drive(seen, following, passed)
        exits = seen.exits(following)
        if exits:
            turns += _sent_out(exits, at, passed)
            through = _through(seen, following, exits)
            edges += through.driven if through else ()
            passed = _Passed(main, circles=passed.circles + 1)
            following = through.edge if through else None
            continue
        here = _here(seen, following, main=main, view=view)
        turns += [Turn(at, (), into, step) for into, step in _turnings(here, passed)]
        stops += [Stop(at, step) for step in _stoppings(here, passed)]
        _pass(here, passed)
        following = here.on.edge if here.on else None
    return Run(tuple(edges), tuple(turns), tuple(stops))


def _here(seen: Sight, edge: int, *, main: bool, view: int) -> _Here:
    arms, own = seen.arms(edge, view), seen.look_of(edge)
    return _Here(arms, onward(arms, own, main=main), own, *seen.marks_at(seen.head[edge]))


def _sent_out(exits: Sequence[Exit], at: int, passed: _Passed) -> Iterator[Turn]:
    for number, out in enumerate(exits, start=1):
        yield Turn(at, out.driven, out.edge, _step("circle", passed, number=number))


def _through(seen: Sight, edge: int, exits: Sequence[Exit]) -> Exit | None:
    """Return the exit that goes straight on through a circle to everybody, None without one."""
    arriving = seen.arriving(edge)
    off = sorted((abs(turned(arriving, seen.leaving(out.edge))), n) for n, out in enumerate(exits))
    wide, apart = ON_DEG[1]
    clear = off[0][0] <= wide and (len(off) == 1 or off[1][0] >= off[0][0] + apart)
    return exits[off[0][1]] if clear else None


def _drive(seen: Sight, edge: int, passed: _Passed) -> None:
    passed.marks += [(kind, passed.length_m + along) for kind, along in seen.beside(edge)]
    passed.length_m += seen.length_m[edge]


def _pass(here: _Here, passed: _Passed) -> None:
    """Remember what lies beside him at a junction that he passes."""
    low, high = TURN_DEG
    for arm in here.arms:
        if arm is here.on:
            continue
        if not is_none(arm):
            turning, vague = is_turning(arm, here.own), not low <= abs(arm.angle) <= high
            told = _Road(passed.length_m, turning, arm.look, arm.edge < 0, vague, here.maybe)
            passed.roads[side_of(arm.angle)].append(told)
        if abs(arm.angle) > SHARP_DEG[0] - 25:
            passed.back.add(side_of(arm.angle))
    passed.ends = passed.ends or may_be_end(here.arms)
    passed.forks = passed.forks or may_be_fork(here.arms)


def _turnings(here: _Here, passed: _Passed) -> Iterator[tuple[int, Step]]:
    """Yield each edge he may be sent into at a junction, with each way to say it."""
    low, high = TURN_DEG
    for arm in here.arms:
        side = side_of(arm.angle)
        if arm is here.on or arm.edge < 0:
            continue
        if SHARP_DEG[0] <= abs(arm.angle) <= SHARP_DEG[1]:
            yield from ((arm.edge, step) for step in _sharp(side, here.arms, passed))
        if low <= abs(arm.angle) <= high and _alone(here, side):
            yield from ((arm.edge, step) for step in _into(arm, here, passed))
    if here.on is None:
        yield from _forked(here.arms, passed)


def _alone(here: _Here, side: str) -> bool:
    """Return whether one road at most leads off on a side, whoever looks."""
    off = (arm for arm in here.arms if arm is not here.on and not is_none(arm))
    return sum(side_of(arm.angle) == side for arm in off) <= 1


def _into(arm: Arm, here: _Here, passed: _Passed) -> Iterator[Step]:
    """Yield each way to send him into one turning."""
    side = side_of(arm.angle)
    if here.on is None and is_end(here.arms) and not passed.ends:
        yield _step("end", passed, side=side)
    if here.on is None and may_go_on(arm, here.arms, here.own):
        return
    if is_turning(arm, here.own):
        yield from _counted(side, passed)
    kind, looks = _KINDS.get(arm.look, ("road", ROADS))
    yield from _lesser(kind, looks, side, passed)
    yield from _measured(side, passed)
    yield from _marked(side, here.near, passed)


def _step(kind: str, passed: _Passed, *, side: str = "", number: int = 0, mark: str = "") -> Step:
    return Step(kind, side, number, passed.length_m, mark, passed.main, passed.circles)


def _counted(side: str, passed: _Passed) -> Iterator[Step]:
    before = passed.roads[side]
    if all(road.turning for road in before) and len(before) < MOST_COUNT:
        yield _step("count", passed, side=side, number=len(before) + 1)
    bridges = [m for kind, m in passed.marks if kind == "bridge" and m < passed.length_m - AT_M]
    if not bridges:
        return
    over = min(bridges)
    apart = all(abs(road.at_m - over) > AT_M + 10 for road in before)
    after = [road.turning for road in before if road.at_m > over]
    if apart and all(after) and len(after) < MOST_COUNT:
        yield _step("beyond", passed, side=side, number=len(after) + 1, mark="bridge")


def _sharp(side: str, arms: Sequence[Arm], passed: _Passed) -> Iterator[Step]:
    """Yield the first road that leads back on a side, where none before it could be taken for it."""
    here = [a for a in arms if side_of(a.angle) == side and abs(a.angle) > SHARP_DEG[0] - 25]
    if side not in passed.back and len(here) == 1:
        yield _step("sharp", passed, side=side)


def _lesser(kind: str, looks: Collection[int], side: str, passed: _Passed) -> Iterator[Step]:
    """Yield the count of roads of one look, where nothing before it could be taken for one.

    A road from a lane everybody can tell; a lane from a track not everybody.
    """
    roads = looks == ROADS
    before = [road for road in passed.roads[side] if (road.look in ROADS) == roads]
    sure = all(road.look in looks and not road.shut and not road.vague for road in before)
    if sure and len(before) < MOST_COUNT:
        yield _step(kind, passed, side=side, number=len(before) + 1)


def _measured(side: str, passed: _Passed) -> Iterator[Step]:
    alone = all(road.at_m < EARLY * said_m(passed.length_m) for road in passed.roads[side])
    if alone and passed.length_m >= LEAST_M:
        yield _step("distance", passed, side=side)


def _marked(side: str, near: Kinds, passed: _Passed) -> Iterator[Step]:
    for kind in sorted(near):
        if _is_first(kind, passed) and not any(kind in road.marks for road in passed.roads[side]):
            yield _step("mark", passed, side=side, mark=kind)


def _is_first(kind: str, passed: _Passed, within_m: float = MAYBE_M) -> bool:
    """Return whether he has seen no such landmark before, but within so many metres of here."""
    here = passed.length_m
    return all(k != kind or here - m <= within_m for k, m in passed.marks)


def _forked(arms: Sequence[Arm], passed: _Passed) -> Iterator[tuple[int, Step]]:
    """Yield both roads of a fork, where nothing before it could be taken for one."""
    both = None if passed.forks else parts(arms)
    for side, arm in zip((LEFT, RIGHT), both or (), strict=False):
        yield arm.edge, _step("fork", passed, side=side)


def _stoppings(here: _Here, passed: _Passed) -> Iterator[Step]:
    """Yield each way to say that he is to stop at a junction."""
    yield from (step._replace(kind=f"place {step.kind}") for step in _stops(here, passed))


def _stops(here: _Here, passed: _Passed) -> Iterator[Step]:
    for kind in sorted(here.near):
        if _is_first(kind, passed, AT_M):
            yield _step("mark", passed, mark=kind)
    if is_end(here.arms) and not passed.ends:
        yield _step("end", passed)
    if passed.length_m <= SHORT_M:
        yield _step("distance", passed)
    for side in (LEFT, RIGHT):
        same = [a for a in here.arms if side_of(a.angle) == side and not is_none(a)]
        plain = len(same) == 1 and is_turning(same[0], here.own)
        if plain and not may_go_on(same[0], here.arms, here.own):
            yield from (step for step in _counted(side, passed) if step.kind == "count")
            yield from _measured(side, passed)
