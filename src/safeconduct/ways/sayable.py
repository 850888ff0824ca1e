"""What may be said at a place: every way to send him into a road, and to have him stop.

A count is said where each road before it on that side is a turning to everybody or to nobody; a
landmark, the end of the road, a fork where nothing that looks like one lies before. Where something
does, he may be told to look only behind a landmark, or after a distance: then nothing may lie where
a man wrong by a fifth would begin to look.
"""

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from safeconduct.ways.certain import (
    FORK_APART_DEG,
    LEFT,
    PAVED,
    RIGHT,
    SHARP_DEG,
    TURN_DEG,
    Mode,
    is_end,
    is_none,
    is_turning,
    may_be_end,
    may_be_fork,
    may_go_on,
    parts,
    side_of,
)
from safeconduct.ways.sight import AT_M, MAYBE_M, Arm, Exit, Kinds
from safeconduct.ways.step import Step

ROADS = frozenset({2, 3})  # what looks like a road, and no lane or track
_KINDS = {1: ("access", frozenset({1})), 0: ("track", frozenset({0}))}
MOST_COUNT = 5  # turnings that a man in fear counts
COUNT_M = 1500.0  # further than this a count alone is not trusted: its distance is said with it
SHORT_M = 170.0  # a fifth of it is no more than a man sees
LEAST_M = 100.0  # nearer than this nobody measures
EARLY = 0.64  # of what is said: who is wrong by a fifth begins to look before four fifths of it
KM, FAR_KM = 1000.0, 5000.0
# How near a landmark stands that everybody sees who passes it; how far from it a road must lie so
# that nobody asks whether that is behind it.
_SURE_M = {"bridge": (25.0, 60.0)}
_SURE_ELSE_M = (55.0, 130.0)


BACK_DEG, OUTER_DEG = 165.0, 155.0  # such a road leads back; one so far off is the outer one
BEARS_DEG = (35.0, 60.0)  # between these one may say that he bears or that he turns


class Here(NamedTuple):
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


class Road(NamedTuple):
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


def _by_side() -> dict[str, list[float]]:
    return {LEFT: [], RIGHT: []}


@dataclass(slots=True)
class Passed:
    """What he has passed since the last decision or circle, and how many metres from it.

    Attributes:
        marks: kind, metres, metres from the road; `first` of each kind.
        forks, ends, back: where somebody could think that the road parts, or ends, or that a road
            leads back on a side.
        met: where somebody could think that he has a choice, and whether everybody does.
        looks: where something leads on that looks like a road, or like none.
    """

    mode: Mode
    circles: int = 0
    length_m: float = 0.0
    roads: dict[str, list[Road]] = field(default_factory=lambda: {LEFT: [], RIGHT: []})
    marks: list[tuple[str, float, float]] = field(default_factory=list)
    first: dict[str, tuple[float, float]] = field(default_factory=dict)
    forks: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    back: dict[str, list[float]] = field(default_factory=_by_side)
    met: list[tuple[float, bool]] = field(default_factory=list)
    looks: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    anchors: list[tuple[str, float]] = field(default_factory=list)

    def drive(self, length_m: float, marks: Iterable[tuple[str, float, float]]) -> None:
        """Go on so many metres, with what stands beside them: kind, metres along, metres off."""
        for kind, along, off in marks:
            at = self.length_m + along, off
            self.marks.append((kind, *at))
            self.first[kind] = min(self.first.get(kind, at), at)
        self.length_m += length_m
        self.anchors = list(_anchors(self)) if self.first else []


class _Frame(NamedTuple):
    """From where on he looks: behind a landmark, after a distance, at once; `from_m` is passed."""

    from_m: float = -1.0
    beyond: str = ""
    after_m: int = 0


def said_m(length_m: float) -> int:
    """Return the metres that are said of a length: never more than there are, so that he looks early.

    In fifties, from a kilometre on in hundreds, from five kilometres on in thousands.
    """
    step = 50 if length_m < KM else 100 if length_m < FAR_KM else 1000
    return max(int(length_m // step) * step, step)


def sent_out(exits: Sequence[Exit], passed: Passed) -> Iterator[tuple[Exit, Step]]:
    """Yield each exit of a circle with what sends him out by it."""
    for number, out in enumerate(exits, start=1):
        yield out, _step("circle", passed, number=number)


def go_past(here: Here, passed: Passed) -> None:
    """Remember what lies beside him at a junction that he passes."""
    at_m = passed.length_m
    for arm in here.arms:
        if arm is not here.on:
            _go_past(arm, here, passed)
    if len(here.arms) > 1:
        passed.met.append((at_m, len(_plain_ways(here)) > 1))
    for looks in {arm.look in ROADS for arm in here.arms}:
        passed.looks[looks].append(at_m)
    for judged, kept in (
        (may_be_end(here.arms), passed.ends),
        (may_be_fork(here.arms), passed.forks),
    ):
        if judged:
            kept.append(at_m)


def _go_past(arm: Arm, here: Here, passed: Passed) -> None:
    low, high = TURN_DEG
    side, at_m = side_of(arm.angle), passed.length_m
    if not is_none(arm):
        turning, vague = is_turning(arm, here.own), not low <= abs(arm.angle) <= high
        passed.roads[side].append(Road(at_m, turning, arm.look, arm.edge < 0, vague, here.maybe))
    for hand in (LEFT, RIGHT):
        if _may_lead_back(arm, hand):
            passed.back[hand].append(at_m)


def _may_lead_back(arm: Arm, side: str) -> bool:
    """Return whether somebody could see a road lead back on a side; straight back is either."""
    either = abs(arm.angle) > BACK_DEG
    return abs(arm.angle) > SHARP_DEG[0] - 25 and (either or side_of(arm.angle) == side)


def turnings(here: Here, passed: Passed) -> Iterator[tuple[int, Step]]:
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
    yield from _forked(here.arms, passed)
    yield from _onto(here, passed)
    yield from _next(here, passed)


def _alone(here: Here, side: str) -> bool:
    """Return whether one road at most leads off on a side, whoever looks."""
    off = (arm for arm in here.arms if arm is not here.on and not is_none(arm))
    return sum(side_of(arm.angle) == side for arm in off) <= 1


def _into(arm: Arm, here: Here, passed: Passed) -> Iterator[Step]:
    """Yield each way to send him into one turning."""
    side = side_of(arm.angle)
    if here.on is None and is_end(here.arms):
        yield from _first("end", passed, passed.ends, side=side)
    if here.on is None and may_go_on(arm, here.arms, here.own):
        return
    if is_turning(arm, here.own):
        yield from _counted(side, passed)
    kind, looks = _KINDS.get(arm.look, ("road", ROADS))
    yield from _lesser(kind, looks, side, passed)
    yield from _measured(side, passed)
    yield from _marked(side, here.near, passed)


def _step(
    kind: str, passed: Passed, frame: "_Frame | None" = None, *, side: str = "", number: int = 0,
    mark: str = "",
) -> Step:  # fmt: skip
    from_there = frame or _Frame()
    return Step(
        kind, side, number, passed.length_m, mark, passed.mode, passed.circles,
        from_there.beyond, from_there.after_m,
    )  # fmt: skip


def _frames(
    passed: Passed, confusing: Sequence[float], least_m: float, *, before_m: float = 0.0
) -> Iterator[_Frame]:
    """Yield from where on he may be told to look, so that all know which of the confusing are past.

    Args:
        confusing: metres at which something lies that is counted, or could be; in order.
        least_m: nothing is to be told that has him look before it.
        before_m: so far before this place he must look already.
    """
    if least_m < 0:
        yield _Frame()
    for kind, at_m in passed.anchors:
        if at_m < least_m:
            continue
        _sure, apart_m = _SURE_M.get(kind, _SURE_ELSE_M)
        if all(abs(each - at_m) > apart_m for each in (*confusing, passed.length_m)):
            yield _Frame(at_m, beyond=kind)
    if passed.length_m - before_m < LEAST_M:
        return
    for before, first in pairwise(
        (max(least_m, 0.0), *confusing[bisect(confusing, least_m) :], passed.length_m - before_m)
    ):
        away = said_m(first)
        if away >= LEAST_M and before < EARLY * away:
            yield _Frame(before, after_m=away)


def _anchors(passed: Passed) -> Iterator[tuple[str, float]]:
    """Yield landmarks that nobody passes unseen, the first of their kind, and where they stand."""
    for kind, (at_m, off_m) in sorted(passed.first.items()):
        sure_m, _apart = _SURE_M.get(kind, _SURE_ELSE_M)
        if off_m <= sure_m and at_m < passed.length_m:
            yield kind, at_m


def _first(
    kind: str, passed: Passed, confusing: Sequence[float], *, side: str = "", mark: str = ""
) -> Iterator[Step]:
    """Yield what names the first of a kind, where nothing before could be taken for it."""
    for frame in _frames(passed, confusing, max(confusing, default=-1.0)):
        yield _step(kind, passed, frame, side=side, mark=mark)


def _nth(
    kind: str, passed: Passed, before: Sequence[tuple[float, bool]], *, side: str
) -> Iterator[Step]:
    """Yield what names a count; of each before it: where, and whether all count it."""
    places = [at_m for at_m, _sure in before]
    unsure = next((at_m for at_m, sure in reversed(before) if not sure), -1.0)
    many = places[-MOST_COUNT] if len(places) >= MOST_COUNT else -1.0
    for frame in _frames(passed, places, max(unsure, many)):
        counted = len(places) - bisect(places, frame.from_m)
        if counted or not frame.after_m or kind != "count":  # "distance" says the same
            yield _step(kind, passed, frame, side=side, number=counted + 1)


def _counted(side: str, passed: Passed) -> Iterator[Step]:
    before = [(road.at_m, road.turning) for road in passed.roads[side]]
    yield from _nth("count", passed, before, side=side)


def _sharp(side: str, arms: Sequence[Arm], passed: Passed) -> Iterator[Step]:
    """Yield the first road that leads back on a side, where none before it could be taken for it."""
    here = [arm for arm in arms if _may_lead_back(arm, side)]
    if len(here) == 1:
        yield from _first("sharp", passed, passed.back[side], side=side)


def _lesser(kind: str, looks: Collection[int], side: str, passed: Passed) -> Iterator[Step]:
    """Yield the count of roads of one look, where nothing before it could be taken for one.

    A road from a lane everybody can tell; a lane from a track not everybody.
    """
    roads = looks == ROADS
    before = [
        (road.at_m, road.look in looks and not road.shut and not road.vague)
        for road in passed.roads[side]
        if (road.look in ROADS) == roads
    ]
    yield from _nth(kind, passed, before, side=side)


def _measured(side: str, passed: Passed) -> Iterator[Step]:
    alone = all(road.at_m < EARLY * said_m(passed.length_m) for road in passed.roads[side])
    if alone and passed.length_m >= LEAST_M:
        yield _step("distance", passed, side=side)


def _marked(side: str, near: Kinds, passed: Passed) -> Iterator[Step]:
    for kind in sorted(near):
        roads = [road.at_m for road in passed.roads[side] if kind in road.marks]
        seen = _seen(kind, passed, MAYBE_M)
        yield from _first("mark", passed, sorted((*roads, *seen)), side=side, mark=kind)


def _seen(kind: str, passed: Passed, within_m: float) -> list[float]:
    """Return where he has seen such a landmark before, but within so many metres of here."""
    here = passed.length_m
    return sorted(at for each, at, _off in passed.marks if each == kind and here - at > within_m)


def _forked(arms: Sequence[Arm], passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield both roads of a fork, where nothing before it could be taken for one."""
    for side, arm in zip((LEFT, RIGHT), parts(arms) or (), strict=False):
        yield from ((arm.edge, s) for s in _first("fork", passed, passed.forks, side=side))


def _plain_ways(here: Here) -> list[Arm]:
    """Return the roads that lead on to everybody, leftmost first."""
    return [arm for arm in here.arms if arm.edge >= 0 and arm.look >= min(here.own, PAVED)]


def _next(here: Here, passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield the outer roads of the first place where anybody has a choice, or of a later one."""
    ways = [arm for arm in here.arms if arm.edge >= 0]
    plain = ways == _plain_ways(here) and all(abs(arm.angle) <= BACK_DEG for arm in ways)
    if len(ways) < 2 or not plain:  # noqa: PLR2004  else there is no choice
        return
    for side, arm, beside in ((LEFT, ways[0], ways[1]), (RIGHT, ways[-1], ways[-2])):
        if abs(arm.angle - beside.angle) < FORK_APART_DEG or abs(arm.angle) > OUTER_DEG:
            continue
        leads = side_of(arm.angle) == side
        for kind, fits in (("next", abs(arm.angle) <= BEARS_DEG[1] or not leads),
                           ("next turn", leads and abs(arm.angle) >= BEARS_DEG[0])):  # fmt: skip
            if fits:
                yield from ((arm.edge, s) for s in _nth(kind, passed, passed.met, side=side))


def _onto(here: Here, passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield the first road that leads on from a lane or a track, or the first of those from a road."""
    other = here.own not in ROADS
    fit = [arm for arm in here.arms if (arm.look in ROADS) == other]
    if len(fit) == 1 and fit[0].edge >= 0 and abs(fit[0].angle) <= TURN_DEG[1]:
        kind = _KINDS.get(fit[0].look, ("road", ROADS))[0]
        for step in _first("onto", passed, passed.looks[other], mark=kind):
            yield fit[0].edge, step


def stoppings(here: Here, passed: Passed) -> Iterator[Step]:
    """Yield each way to say that he is to stop at a junction."""
    yield from (step._replace(kind=f"place {step.kind}") for step in _stops(here, passed))


def _stops(here: Here, passed: Passed) -> Iterator[Step]:
    for kind in sorted(here.near):
        yield from _stop_at(kind, passed)
    if len(_plain_ways(here)) > 1:
        yield from _nth("next", passed, passed.met, side="")
    if is_end(here.arms):
        yield from _first("end", passed, passed.ends)
    if passed.length_m <= SHORT_M:
        yield _step("distance", passed)
    for side in (LEFT, RIGHT):
        same = [a for a in here.arms if side_of(a.angle) == side and not is_none(a)]
        plain = len(same) == 1 and same[0] is not here.on and is_turning(same[0], here.own)
        if plain and not may_go_on(same[0], here.arms, here.own):
            yield from _counted(side, passed)
            yield from _measured(side, passed)


def _stop_at(mark: str, passed: Passed) -> Iterator[Step]:
    seen = _seen(mark, passed, AT_M)
    for frame in _frames(passed, seen, max(seen, default=-1.0), before_m=AT_M + 10):
        if not frame.beyond:
            yield _step("mark", passed, frame, mark=mark)
