"""What may be said at a place: every way to send him into a road, and to have him stop.

A count is said where each road before it on that side is a turning to everybody or to nobody; a
landmark, the end of the road, a fork where nothing that looks like one lies before. Where something
does, he may be told to look only behind a landmark, or after a distance: then nothing may lie where
a man wrong by a fifth would begin to look.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

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
    Passed,
    Road,
    first_of,
    frames,
    nth_of,
    said_m,
    step_of,
)
from safeconduct.ways.sight import AT_M, BESIDE_M, MAYBE_M, Arm, Exit, Kinds
from safeconduct.ways.step import Step

ROADS = frozenset({2, 3})  # what looks like a road, and no lane or track
_KINDS = {1: ("access", frozenset({1})), 0: ("track", frozenset({0}))}


BACK_DEG, OUTER_DEG = 165.0, 155.0  # such a road leads back; one so far off is the outer one
BEARS_DEG = (35.0, 60.0)  # between these one may say that he bears or that he turns


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


def sent_out(exits: Sequence[Exit], passed: Passed) -> Iterator[tuple[Exit, Step]]:
    """Yield each exit of a circle with what sends him out by it."""
    for number, out in enumerate(exits, start=1):
        yield out, step_of("circle", passed, number=number)


def go_past(here: Here, passed: Passed) -> None:
    """Remember what lies beside him at a junction that he passes."""
    at_m = passed.length_m
    for arm in here.arms:
        if arm is not here.on:
            _go_past(arm, here, passed)
    passed.choices += sum(arm.edge >= 0 for arm in here.arms) > 1
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
        if arm is here.on or arm is here.main or arm.edge < 0:
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
        yield from first_of("end", passed, passed.ends, side=side)
    if here.on is None and may_go_on(arm, here.arms, here.own):
        return
    if is_turning(arm, here.own):
        yield from _counted(side, passed)
    kind, looks = _KINDS.get(arm.look, ("road", ROADS))
    yield from _lesser(kind, looks, side, passed)
    yield from _measured(side, passed)
    yield from _marked(side, here.near, passed)


def _counted(side: str, passed: Passed) -> Iterator[Step]:
    before = [(road.at_m, road.turning) for road in passed.roads[side]]
    yield from nth_of("count", passed, before, side=side)


def _sharp(side: str, arms: Sequence[Arm], passed: Passed) -> Iterator[Step]:
    """Yield the first road that leads back on a side, where none before it could be taken for it."""
    here = [arm for arm in arms if _may_lead_back(arm, side)]
    if len(here) == 1:
        yield from first_of("sharp", passed, passed.back[side], side=side)


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
    yield from nth_of(kind, passed, before, side=side)


def _measured(side: str, passed: Passed) -> Iterator[Step]:
    alone = all(road.at_m < EARLY * said_m(passed.length_m) for road in passed.roads[side])
    if alone and passed.length_m >= LEAST_M:
        yield step_of("distance", passed, side=side)


def _marked(side: str, near: Kinds, passed: Passed) -> Iterator[Step]:
    for kind in sorted(near):
        roads = [road.at_m for road in passed.roads[side] if kind in road.marks]
        seen = _seen(kind, passed, MAYBE_M)
        yield from first_of("mark", passed, sorted((*roads, *seen)), side=side, mark=kind)


def _seen(kind: str, passed: Passed, within_m: float) -> list[float]:
    """Return where he has seen such a landmark before, but within so many metres of here."""
    here = passed.length_m
    return sorted(at for each, at, _off in passed.marks if each == kind and here - at > within_m)


def _forked(arms: Sequence[Arm], passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield both roads of a fork, where nothing before it could be taken for one."""
    for side, arm in zip((LEFT, RIGHT), parts(arms) or (), strict=False):
        yield from ((arm.edge, s) for s in first_of("fork", passed, passed.forks, side=side))


def _plain_ways(here: Here) -> list[Arm]:
    """Return the roads that lead on to everybody, leftmost first."""
    return [arm for arm in here.arms if arm.edge >= 0 and arm.look >= min(here.own, PAVED)]


def _next(here: Here, passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield the outer roads of the first place where anybody has a choice, or of a later one."""
    ways, plain = [arm for arm in here.arms if arm.edge >= 0], _plain_ways(here)
    if len(plain) < 2 or any(abs(arm.angle) > BACK_DEG for arm in ways):  # noqa: PLR2004  no choice
        return
    before = passed.met if passed.choices else []  # at the first choice nothing is counted
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
                yield from ((arm.edge, s) for s in nth_of(kind, passed, before, side=side))


def _onto(here: Here, passed: Passed) -> Iterator[tuple[int, Step]]:
    """Yield the first road that leads on from a lane or a track, or the first of those from a road."""
    other = here.own not in ROADS
    fit = [arm for arm in here.arms if (arm.look in ROADS) == other]
    if len(fit) == 1 and fit[0].edge >= 0 and abs(fit[0].angle) <= TURN_DEG[1]:
        kind = _KINDS.get(fit[0].look, ("road", ROADS))[0]
        for step in first_of("onto", passed, passed.looks[other], mark=kind):
            yield fit[0].edge, step


def stoppings(here: Here, passed: Passed) -> Iterator[Step]:
    """Yield each way to say that he is to stop at a junction."""
    yield from (step._replace(kind=f"place {step.kind}") for step in _stops(here, passed))


def _stops(here: Here, passed: Passed) -> Iterator[Step]:
    for kind in sorted(here.near):
        yield from _stop_at(kind, passed)
    if len(_plain_ways(here)) > 1:
        yield from nth_of("next", passed, passed.met, side="")
    if is_end(here.arms):
        yield from first_of("end", passed, passed.ends)
    if passed.length_m <= SHORT_M:
        yield step_of("distance", passed)
    for side in (LEFT, RIGHT):
        same = [a for a in here.arms if side_of(a.angle) == side and not is_none(a)]
        plain = len(same) == 1 and same[0] not in (here.on, here.main)
        plain = plain and is_turning(same[0], here.own)
        if plain and not may_go_on(same[0], here.arms, here.own):
            yield from _counted(side, passed)
            yield from _measured(side, passed)


def _stop_at(mark: str, passed: Passed) -> Iterator[Step]:
    # from a junction behind it he still sees it, and would stop there
    seen = [at_m + BESIDE_M for at_m in _seen(mark, passed, AT_M)]
    for frame in frames(passed, seen, max(seen, default=-1.0), before_m=AT_M + 10):
        if not frame.beyond:
            yield step_of("mark", passed, frame, mark=mark)
