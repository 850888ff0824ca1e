"""Where a driver comes from one decision on, and what he may be told along it.

A *run* is where he drives when nothing is said: on along the road, as far as nobody could take it
otherwise; or by the main road, or straight on, where he is told to keep to that. What can be told
at each place of it is found by `sayable`. What could be taken two ways is told in no words at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

from safeconduct.ways.certain import MODES, Mode, main_road, onward, turned
from safeconduct.ways.passed import Passed
from safeconduct.ways.roads import Roads
from safeconduct.ways.sayable import Here, Sayable, sayable, sent_out, stopped
from safeconduct.ways.sight import VIEWS, Exit, Sight, sight
from safeconduct.ways.step import Step

T = TypeVar("T")
LONG = 80  # edges of one run
THROUGH_DEG = 46.0  # straight through a circle
THROUGH_APART_DEG: dict[Mode, float] = {"": 32.0, "main": 32.0, "straight": 22.0}  # all others


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


class Runs:
    """The runs of one map, found as they are asked for."""

    def __init__(self, seen: Sight) -> None:
        self.seen = seen
        self._found: dict[int, tuple[Run, ...]] = {}

    def of(self, edge: int) -> tuple[Run, ...]:
        """Return where he drives from an edge on, by each of the `MODES` that is not the first."""
        if edge not in self._found:
            self._found[edge] = self.look(edge)
        return self._found[edge]

    def look(self, edge: int) -> tuple[Run, ...]:
        """Return the same and keep nothing of it: few of all the things that may be told are asked for twice."""
        plain = run_from(self.seen, edge, mode=MODES[0], shortest=True)
        own = (mode for mode in MODES[1:] if self._driven(edge, mode) != plain.edges)
        told = (
            run_from(self.seen, edge, mode=mode, shortest=True, along=plain.edges) for mode in own
        )
        return (plain, *told)

    def _driven(self, edge: int, mode: Mode) -> tuple[int, ...]:
        """Return the edges of a run and nothing else: most are those of the plain one."""
        edges: list[int] = []
        if self.seen.in_circle(edge):
            return (edge,)
        following: int | None = edge
        while following is not None and following not in edges and len(edges) < LONG:
            edges.append(following)
            if exits := self.seen.exits(following):
                through = _through(self.seen, following, exits, mode)
                edges += through.driven if through else ()
                following = through.edge if through else None
            else:
                following = _onward(self.seen, following, mode)
        return tuple(edges)


@lru_cache(maxsize=4)  # one map is in use, by several vehicles, as in `places.landmarks`
def runs(roads: Roads) -> Runs:
    """Return the runs of a map."""
    return Runs(sight(roads))


@lru_cache(maxsize=1 << 17)
def _onward(seen: Sight, edge: int, mode: Mode) -> int | None:
    """Return the edge by which everybody goes on, whatever his view; None where some might not."""
    own = seen.look_of(edge)
    on = [onward(seen.arms(edge, view), own, mode=mode) for view in VIEWS]
    into = {arm.edge if arm else None for arm in on}
    return into.pop() if len(into) == 1 else None


@lru_cache(maxsize=1 << 12)
def _junction(seen: Sight, edge: int, mode: Mode) -> tuple[Sayable, ...]:
    """Return what may be said at the head of an edge, by each view.

    It is one for all views in which the same is remembered of it: what may be said in all of them.
    """
    own, found = seen.look_of(edge), []
    for view in VIEWS:
        arms = seen.arms(edge, view)
        on, main = onward(arms, own, mode=mode), main_road(arms, own) if mode == "main" else None
        found.append(sayable(Here(arms, on, own, *seen.marks_at(seen.head[edge]), main)))
    first, *others = found
    if any(each.beside != first.beside for each in others):
        return tuple(found)
    return (
        first._replace(
            turns=tuple(each for each in first.turns if all(each in o.turns for o in others)),
            stops=tuple(each for each in first.stops if all(each in o.stops for o in others)),
        ),
    )


class _Adds(NamedTuple):
    """Whether who keeps to something remembers another thing of a junction, or may be told more there."""

    other: bool
    more: bool


_ALL = _Adds(other=True, more=True)


@lru_cache(maxsize=1 << 12)
def _adds(seen: Sight, edge: int, mode: Mode) -> _Adds:
    """Return what a mode adds at the head of an edge to what everybody may be told there."""
    own, plain = _junction(seen, edge, mode), _junction(seen, edge, MODES[0])
    if [each.beside for each in own] != [each.beside for each in plain]:
        return _ALL
    return _Adds(
        other=False,
        more=any(
            set(a.turns) - set(b.turns) or set(a.stops) - set(b.stops)
            for a, b in zip(own, plain, strict=True)
        ),
    )


def run_from(
    seen: Sight, edge: int, *, mode: Mode, waits: bool = False, shortest: bool = False,
    along: Sequence[int] = (),
) -> Run:  # fmt: skip
    """Return where he comes from `edge` on when nothing is said, and what he may be told there.

    It is what is the same in every view: one who looks less far into a road may see it otherwise.

    Args:
        mode: what he was told to keep to.
        waits: he has driven `edge` and waits at its head.
        shortest: nothing longer is asked for than what says the same at once.
        along: the run of one who keeps to nothing; what is said on it needs no other word.
    """
    walk = _Walk(seen, mode, shortest=shortest, along=along)
    if seen.in_circle(edge):
        return walk.within(edge, waits=waits)
    following: int | None = edge
    while following is not None and following not in walk.edges and len(walk.edges) < LONG:
        walk.drive(following, measured=bool(walk.edges) or not waits)
        exits = seen.exits(following)
        if exits:
            following = walk.through(following, exits)
        elif seen.may_lead_round(following):
            break
        else:
            walk.go_past(following)
            following = _onward(seen, following, mode)
    return Run(tuple(walk.edges), tuple(walk.turns), tuple(walk.stops))


class _Walk:
    """One who drives on, what he has passed, and what he may be told; see `run_from`.

    Attributes:
        views: what he has passed: one for all, or one of each where they differ.
        same: he has passed nothing else than on the run `along`.
    """

    def __init__(self, seen: Sight, mode: Mode, *, shortest: bool, along: Sequence[int]) -> None:
        self.seen, self.mode, self.shortest, self.along = seen, mode, shortest, along
        self.edges: list[int] = []
        self.turns: list[Turn] = []
        self.stops: list[Stop] = []
        self.views = [Passed(mode, shortest=shortest)]
        self.same = bool(along)

    def drive(self, edge: int, *, measured: bool) -> None:
        """Go on along an edge; its metres count where it is `measured`."""
        at = len(self.edges)
        self.edges.append(edge)
        self.same = self.same and at < len(self.along) and self.along[at] == edge
        for passed in self.views if measured else ():
            passed.drive(self.seen.length_m[edge], self.seen.beside(edge))

    def through(self, edge: int, exits: Sequence[Exit]) -> int | None:
        """Go through a circle, each exit of which can be told; return the edge behind it, None without one."""
        at, passed = len(self.edges) - 1, self.views[0]
        if not self.same:
            self.turns += [
                Turn(at, out.driven, out.edge, step) for out, step in sent_out(exits, passed)
            ]
        self.views = [Passed(self.mode, circles=passed.circles + 1, shortest=self.shortest)]
        through = _through(self.seen, edge, exits, self.mode)
        self.edges += through.driven if through else ()
        return through.edge if through else None

    def within(self, edge: int, *, waits: bool) -> Run:
        """Return what he may be told who sets out inside a circle; to one who waits there, nothing."""
        told = () if waits else sent_out(self.seen.exits_from(edge), self.views[0])
        return Run((edge,), tuple(Turn(0, o.driven[1:], o.edge, step) for o, step in told), ())

    def go_past(self, edge: int) -> None:
        """Note what he may be told at the head of an edge, and remember what lies there."""
        here, at = _junction(self.seen, edge, self.mode), len(self.edges) - 1
        if len(here) > len(self.views):
            self.views = [self.views[0].copy() for _each in here]
        here = here if len(here) == len(self.views) else here * len(self.views)
        both = list(zip(here, self.views, strict=True))
        told = _adds(self.seen, edge, self.mode) if self.same else _ALL
        if told.more:
            self.turns += [Turn(at, (), into, step) for into, step in _turns_in(both)]
            self.stops += [Stop(at, step) for step in _stops_in(both)]
        self.same = self.same and not told.other
        for there, passed in both:
            passed.go_past(there.beside)


_Both = Sequence[tuple[Sayable, Passed]]


def _turns_in(both: _Both) -> Sequence[tuple[int, Step]]:
    return _in_all(
        [[(into, step) for into, say in there.turns for step in say.steps(passed)]
         for there, passed in both]
    )  # fmt: skip


def _stops_in(both: _Both) -> Sequence[Step]:
    return _in_all(
        [[step for say in there.stops for step in stopped(say, passed)] for there, passed in both]
    )


def _in_all(told: Sequence[list[T]]) -> Sequence[T]:
    """Return what is told in every view."""
    first, *others = told
    return [each for each in first if all(each in other for other in others)] if others else first


def _through(seen: Sight, edge: int, exits: Sequence[Exit], mode: Mode) -> Exit | None:
    """Return the exit that goes straight on through a circle to everybody, None without one."""
    arriving = seen.arriving(edge)
    off = sorted((abs(turned(arriving, seen.leaving(out.edge))), n) for n, out in enumerate(exits))
    clear = off[0][0] <= THROUGH_DEG
    clear = clear and (len(off) == 1 or off[1][0] >= off[0][0] + THROUGH_APART_DEG[mode])
    return exits[off[0][1]] if clear else None
