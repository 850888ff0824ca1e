"""What may be said at a place: every way to send him into a road, and to have him stop.

A count is said where each road before it on that side is a turning to everybody or to nobody; a
landmark, the end of the road, a fork where nothing that looks like one lies before. Where something
does, he may be told to look only behind a landmark, or after a distance: then nothing may lie where
a man wrong by a fifth would begin to look.

What may be said at a junction (`sayable`) is found once, whatever he has passed; the words of a `Say`
are made from what he has.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from safeconduct.ways.certain import (
    LEFT,
    PAVED,
    RIGHT,
    SHARP_DEG,
    TURN_DEG,
    is_end,
    is_none,
    is_turning,
    may_be_end,
    may_be_fork,
    may_go_on,
    parts,
    side_of,
    told_apart,
)
from safeconduct.ways.passed import (
    EARLY,
    LEAST_M,
    SHORT_M,
    Beside,
    Passed,
    first_of,
    frames,
    nth_of,
    said_m,
    step_of,
)
from safeconduct.ways.sight import AT_M, MAYBE_M, Arm, Exit, Kinds
from safeconduct.ways.step import Step

ROADS = frozenset({2, 3})  # what looks like a road, and no lane or track
_KINDS = {1: ("access", frozenset({1})), 0: ("track", frozenset({0}))}


BACK_DEG, OUTER_DEG = 165.0, 155.0  # such a road leads back; one so far off is the outer one
INEXACT_M = 25.0  # where along a road a landmark stands: it is looked for every 20 m
BEARS_DEG = (35.0, 60.0)  # between these one may say that he bears or that he turns


class Say(NamedTuple):
    """One way to say something: what makes the steps from what he has passed, and of which side or kind."""

    tell: Callable[..., Iterator[Step]]
    of: tuple[Any, ...] = ()

    def steps(self, passed: Passed) -> Iterator[Step]:
        """Yield each step that says it, from where he comes."""
        return self.tell(passed, *self.of)


class Here(NamedTuple):
    """A junction as he comes to it.

    Attributes:
        on: the road by which everybody goes on, None where some might not.
        main: the road by which some might go on who were told to keep to the main road.
        own: what the road looks like by which he comes.
        near, maybe: landmarks that stand there, and those that may seem to.
    """

    arms: Sequence[Arm]
    on: Arm | None
    own: int
    near: Kinds
    maybe: Kinds
    main: Arm | None = None


class Sayable(NamedTuple):
    """What may be said at a junction, whatever he has passed, and what he remembers of it.

    Attributes:
        turns: each edge he may be sent into, with a way to say it.
        stops: the ways to say that he is to stop there.
    """

    turns: tuple[tuple[int, Say], ...]
    stops: tuple[Say, ...]
    beside: Beside


def sayable(here: Here) -> Sayable:
    """Return what may be said at a junction."""
    return Sayable(tuple(_turnings(here)), tuple(_stops(here)), _beside(here))


def sent_out(exits: Sequence[Exit], passed: Passed) -> Iterator[tuple[Exit, Step]]:
    """Yield each exit of a circle with what sends him out by it."""
    for number, out in enumerate(exits, start=1):
        yield out, step_of("circle", passed, number=number)


def _beside(here: Here) -> Beside:
    (low, high), passed = TURN_DEG, [arm for arm in here.arms if arm is not here.on]
    met = len(_plain_ways(here)) > 1 if len(here.arms) > 1 else None
    return Beside(
        roads=tuple(
            (
                side_of(arm.angle),
                (
                    is_turning(arm, here.own), arm.look, arm.edge < 0,
                    not low <= abs(arm.angle) <= high, here.maybe,
                ),
            )
            for arm in passed
            if not is_none(arm)
        ),
        back=tuple(hand for arm in passed for hand in (LEFT, RIGHT) if _may_lead_back(arm, hand)),
        choice=sum(arm.edge >= 0 for arm in here.arms) > 1,
        met=met,
        looks=frozenset(arm.look in ROADS for arm in here.arms),
        end=may_be_end(here.arms),
        fork=may_be_fork(here.arms),
    )  # fmt: skip


def _may_lead_back(arm: Arm, side: str) -> bool:
    """Return whether somebody could see a road lead back on a side; straight back is either."""
    either = abs(arm.angle) > BACK_DEG
    return abs(arm.angle) > SHARP_DEG[0] - 25 and (either or side_of(arm.angle) == side)


# ---- into which road ----


def _turnings(here: Here) -> Iterator[tuple[int, Say]]:
    """Yield each edge he may be sent into at a junction, with each way to say it."""
    low, high = TURN_DEG
    for arm in here.arms:
        side = side_of(arm.angle)
        if arm is here.on or arm is here.main or arm.edge < 0:
            continue
        if SHARP_DEG[0] <= abs(arm.angle) <= SHARP_DEG[1]:
            yield from ((arm.edge, say) for say in _sharp(side, here.arms))
        if low <= abs(arm.angle) <= high and _alone(here, side):
            yield from ((arm.edge, say) for say in _into(arm, here))
    yield from _forked(here.arms)
    yield from _onto(here)
    yield from _next(here)


def _alone(here: Here, side: str) -> bool:
    """Return whether one road at most leads off on a side, whoever looks."""
    off = (arm for arm in here.arms if arm is not here.on and not is_none(arm))
    return sum(side_of(arm.angle) == side for arm in off) <= 1


def _into(arm: Arm, here: Here) -> Iterator[Say]:
    """Yield each way to send him into one turning."""
    side = side_of(arm.angle)
    if here.on is None and is_end(here.arms):
        yield Say(_at_end, (side,))
    if here.on is None and may_go_on(arm, here.arms, here.own):
        return
    if is_turning(arm, here.own):
        yield Say(_counted, (side,))
    yield Say(_lesser, (*_KINDS.get(arm.look, ("road", ROADS)), side))
    yield Say(_measured, (side,))
    for kind in sorted(here.near):
        yield Say(_marked, (side, kind))


def _at_end(passed: Passed, side: str = "") -> Iterator[Step]:
    yield from first_of("end", passed, passed.ends, side=side)


def _counted(passed: Passed, side: str) -> Iterator[Step]:
    before = [(road.at_m, road.turning) for road in passed.roads[side]]
    yield from nth_of("count", passed, before, side=side)


def _sharp(side: str, arms: Sequence[Arm]) -> Iterator[Say]:
    """Yield the first road that leads back on a side, where none before it could be taken for it."""
    here = [arm for arm in arms if _may_lead_back(arm, side)]
    if len(here) == 1:
        yield Say(_first_back, (side,))


def _first_back(passed: Passed, side: str) -> Iterator[Step]:
    yield from first_of("sharp", passed, passed.back[side], side=side)


def _lesser(passed: Passed, kind: str, looks: frozenset[int], side: str) -> Iterator[Step]:
    """Yield the count of roads of one look, where nothing before it could be taken for one.

    A road from a lane everybody can tell; a lane from a track not everybody.
    """
    roads = looks == ROADS
    before = [
        (road.at_m, road.look in looks and not road.shut and not road.vague)
        for road in passed.roads[side]
        if (road.look in ROADS) == roads
    ]
    yield from nth_of(kind, passed, before, side=side)


def _measured(passed: Passed, side: str) -> Iterator[Step]:
    if passed.length_m < LEAST_M:
        return
    early_m = EARLY * said_m(passed.length_m)
    if all(road.at_m < early_m for road in passed.roads[side]):
        yield step_of("distance", passed, side=side)


def _marked(passed: Passed, side: str, kind: str) -> Iterator[Step]:
    roads = [road.at_m for road in passed.roads[side] if kind in road.marks]
    seen = _seen(kind, passed, MAYBE_M)
    yield from first_of("mark", passed, sorted((*roads, *seen)), side=side, mark=kind)


def _seen(kind: str, passed: Passed, within_m: float) -> list[float]:
    """Return where he has seen such a landmark before, but within so many metres of here."""
    here = passed.length_m
    return sorted(at for each, at, _off in passed.marks if each == kind and here - at > within_m)


def _forked(arms: Sequence[Arm]) -> Iterator[tuple[int, Say]]:
    """Yield both roads of a fork, where nothing before it could be taken for one."""
    for side, arm in zip((LEFT, RIGHT), parts(arms) or (), strict=False):
        yield arm.edge, Say(_first_fork, (side,))


def _first_fork(passed: Passed, side: str) -> Iterator[Step]:
    yield from first_of("fork", passed, passed.forks, side=side)


def _plain_ways(here: Here) -> list[Arm]:
    """Return the roads that lead on to everybody, leftmost first."""
    return [arm for arm in here.arms if arm.edge >= 0 and arm.look >= min(here.own, PAVED)]


def _next(here: Here) -> Iterator[tuple[int, Say]]:
    """Yield the outer roads of the first place where anybody has a choice, or of a later one."""
    ways, plain = [arm for arm in here.arms if arm.edge >= 0], _plain_ways(here)
    if len(plain) < 2 or any(abs(arm.angle) > BACK_DEG for arm in ways):  # noqa: PLR2004  no choice
        return
    for side, pair, same in (
        (LEFT, ways[:2], ways[:2] == plain[:2]), (RIGHT, ways[-2:], ways[-2:] == plain[-2:])
    ):  # fmt: skip
        arm = pair[0 if side == LEFT else 1]
        if not same or not told_apart(pair[0]) or abs(arm.angle) > OUTER_DEG:
            continue
        leads = side_of(arm.angle) == side
        for kind, fits in (("next", abs(arm.angle) <= BEARS_DEG[1] or not leads),
                           ("next turn", leads and abs(arm.angle) >= BEARS_DEG[0])):  # fmt: skip
            if fits:
                yield arm.edge, Say(_choice, (kind, side))


def _choice(passed: Passed, kind: str, side: str) -> Iterator[Step]:
    before = passed.met if passed.choices else []  # at the first choice nothing is counted
    yield from nth_of(kind, passed, before, side=side)


def _onto(here: Here) -> Iterator[tuple[int, Say]]:
    """Yield the first road that leads on from a lane or a track, or the first of those from a road."""
    other = here.own not in ROADS
    fit = [arm for arm in here.arms if (arm.look in ROADS) == other]
    if len(fit) == 1 and fit[0].edge >= 0 and abs(fit[0].angle) <= TURN_DEG[1]:
        kind = _KINDS.get(fit[0].look, ("road", ROADS))[0]
        yield fit[0].edge, Say(_first_onto, (other, kind))


def _first_onto(passed: Passed, other: bool, kind: str) -> Iterator[Step]:
    yield from first_of("onto", passed, passed.looks[other], mark=kind)


# ---- where to stop ----


def _stops(here: Here) -> Iterator[Say]:
    """Yield each way to say that he is to stop at a junction."""
    for kind in sorted(here.near):
        yield Say(_stop_at, (kind,))
    if len(_plain_ways(here)) > 1:
        yield Say(_met)
    if is_end(here.arms):
        yield Say(_at_end)
    yield Say(_near)
    for side in (LEFT, RIGHT):
        same = [a for a in here.arms if side_of(a.angle) == side and not is_none(a)]
        plain = len(same) == 1 and same[0] not in (here.on, here.main)
        if plain and not may_go_on(same[0], here.arms, here.own):
            yield from _stop_beside(same[0], here.own, side)


def _stop_beside(arm: Arm, own: int, side: str) -> Iterator[Say]:
    """Yield each way to have him stop where one road leads off on a side."""
    if is_turning(arm, own):
        yield Say(_counted, (side,))
        yield Say(_measured, (side,))
    if arm.edge >= 0 and TURN_DEG[0] <= abs(arm.angle) <= TURN_DEG[1]:
        yield Say(_lesser, (*_KINDS.get(arm.look, ("road", ROADS)), side))


def stopped(say: Say, passed: Passed) -> Iterator[Step]:
    """Yield each step that tells him to stop, by one way to say it."""
    return (Step(_place(step[0]), *step[1:]) for step in say.steps(passed))


@cache
def _place(kind: str) -> str:
    return f"place {kind}"


def _met(passed: Passed) -> Iterator[Step]:
    yield from nth_of("next", passed, passed.met, side="")


def _near(passed: Passed) -> Iterator[Step]:
    if passed.length_m <= SHORT_M:
        yield step_of("distance", passed)


def _stop_at(passed: Passed, mark: str) -> Iterator[Step]:
    # one that is seen from the next road also is told there once more: only its metres are inexact
    seen = [at_m + INEXACT_M for at_m in _seen(mark, passed, AT_M)]
    least_m, shortest = max(seen, default=-1.0), passed.shortest
    for frame in frames(passed, seen, least_m, before_m=AT_M + 10, shortest=shortest):
        if not frame.beyond:
            yield step_of("mark", passed, frame, mark=mark)
