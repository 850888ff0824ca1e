"""Where a driver comes from one decision on, and what he may be told along it.

A *run* is where he drives when nothing is said: on along the road, as far as nobody could take it
otherwise; or by the main road, or straight on, where he is told to keep to that. What can be told
at each place of it is found by `sayable`. What could be taken two ways is told in no words at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from safeconduct.ways.certain import MODES, Mode, main_road, onward, turned
from safeconduct.ways.passed import Passed
from safeconduct.ways.roads import Roads
from safeconduct.ways.sayable import (
    Here,
    go_past,
    sent_out,
    stoppings,
    turnings,
)
from safeconduct.ways.sight import VIEWS, Arm, Exit, Sight, sight
from safeconduct.ways.step import Step

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
        plain = self._run(edge, MODES[0])
        own = (mode for mode in MODES[1:] if self._driven(edge, mode) != plain.edges)
        return (plain, *(self._run(edge, mode) for mode in own))

    def _run(self, edge: int, mode: Mode) -> Run:
        return alike([run_from(self.seen, edge, mode=mode, view=view) for view in VIEWS])

    def _driven(self, edge: int, mode: Mode) -> tuple[int, ...]:
        """Return the edges of a run and nothing else: most are those of the plain one."""
        seen = [_edges_from(self.seen, edge, mode=mode, view=view) for view in VIEWS]
        return tuple(one for one, *_others in _together(seen))


@lru_cache(maxsize=4)  # one map is in use, by several vehicles, as in `places.landmarks`
def runs(roads: Roads) -> Runs:
    """Return the runs of a map."""
    return Runs(sight(roads))


def alike(seen: Sequence[Run]) -> Run:
    """Return what is the same in each of several views of one run."""
    first, *others = seen
    common = len(list(_together([run.edges for run in seen])))
    turns = set(first.turns).intersection(*(run.turns for run in others))
    stops = set(first.stops).intersection(*(run.stops for run in others))
    return Run(
        first.edges[:common],
        tuple(turn for turn in first.turns if turn in turns and turn.run < common),
        tuple(stop for stop in first.stops if stop in stops and stop.run < common),
    )


def _together(seen: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Yield what stands at the same place in all of them, up to where they differ."""
    return takewhile(lambda each: len(set(each)) == 1, zip(*seen, strict=False))


def _edges_from(seen: Sight, edge: int, *, mode: Mode, view: int) -> list[int]:
    edges: list[int] = []
    following: int | None = None if seen.in_circle(edge) else edge
    while following is not None and following not in edges and len(edges) < LONG:
        edges.append(following)
        if exits := seen.exits(following):
            through = _through(seen, following, exits, mode)
            edges += through.driven if through else ()
            following = through.edge if through else None
        else:
            on = _onward(seen, following, mode, view)
            following = on.edge if on else None
    return edges


@lru_cache(maxsize=1 << 17)
def _onward(seen: Sight, edge: int, mode: Mode, view: int) -> Arm | None:
    return onward(seen.arms(edge, view), seen.look_of(edge), mode=mode)


def run_from(seen: Sight, edge: int, *, mode: Mode, view: int, waits: bool = False) -> Run:
    """Return where he comes from `edge` on when nothing is said, and what he may be told there.

    Args:
        mode: what he was told to keep to.
        waits: he has driven `edge` and waits at its head.
    """
    edges: list[int] = []
    turns: list[Turn] = []
    stops: list[Stop] = []
    passed = Passed(mode)
    following: int | None = None if seen.in_circle(edge) else edge
    while following is not None and following not in edges and len(edges) < LONG:
        edges.append(following)
        at = len(edges) - 1
        if at or not waits:
            passed.drive(seen.length_m[following], seen.beside(following))
        exits = seen.exits(following)
        if exits:
            turns += [Turn(at, out.driven, out.edge, step) for out, step in sent_out(exits, passed)]
            through = _through(seen, following, exits, mode)
            edges += through.driven if through else ()
            passed = Passed(mode, circles=passed.circles + 1)
            following = through.edge if through else None
            continue
        if seen.may_lead_round(following):
            break
        arms, own = seen.arms(following, view), seen.look_of(following)
        on = _onward(seen, following, mode, view)
        main = main_road(arms, own) if mode == "main" else None
        here = Here(arms, on, own, *seen.marks_at(seen.head[following]), main)
        turns += [Turn(at, (), into, step) for into, step in turnings(here, passed)]
        stops += [Stop(at, step) for step in stoppings(here, passed)]
        go_past(here, passed)
        following = on.edge if on else None
    return Run(tuple(edges), tuple(turns), tuple(stops))


def _through(seen: Sight, edge: int, exits: Sequence[Exit], mode: Mode) -> Exit | None:
    """Return the exit that goes straight on through a circle to everybody, None without one."""
    arriving = seen.arriving(edge)
    off = sorted((abs(turned(arriving, seen.leaving(out.edge))), n) for n, out in enumerate(exits))
    clear = off[0][0] <= THROUGH_DEG
    clear = clear and (len(off) == 1 or off[1][0] >= off[0][0] + THROUGH_APART_DEG[mode])
    return exits[off[0][1]] if clear else None
