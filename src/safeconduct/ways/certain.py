"""What everybody sees alike at a junction, and what one driver might see otherwise.

The angles are wide on purpose: a driver is wrong by some degrees, and one man's bend is another's
turning. Between "to everybody" and "to nobody" nothing is told. The limits are ours, tuned on one
map against a simulated driver; they were never measured on people.
"""

from collections.abc import Sequence
from typing import Literal

from safeconduct.ways.sight import Arm

LEFT, RIGHT = "left", "right"
Mode = Literal[
    "", "main", "straight"
]  # what he keeps to: nothing was said, the main road, straight on
MODES: tuple[Mode, ...] = ("", "main", "straight")
# A road goes on within the first angle, if every other lies the second further off.
ON_DEG = ((32.0, 28.0), (46.0, 40.0), (57.0, 62.0))
TURN_DEG = (47.0, 147.0)  # a turning to everybody
NEVER_DEG = (25.0, 170.0)  # outside of these a turning to nobody
SHARP_DEG = (150.0, 173.0)  # a road that leads back
TWO = 2  # roads of a fork
FORK_DEG = (36.0, 118.0)  # both within these, or both `AHEAD_DEG` at most
FORK_APART_M = 9.5  # roads that lie so far from each other further in are told apart
AHEAD_DEG, END_DEG = 45.0, 60.0  # ahead to everybody; ahead to nobody
BEND_DEG = 74.0  # a road that bends further is no bend to anybody
MAYBE_DEG = 8.0  # what one may be wrong about an angle
MAIN_DEG = 140.0  # how far a main road may bend and be followed: a hairpin
PAVED = 2
STRAIGHT_DEG, STRAIGHT_APART_DEG = (
    46.0,
    22.0,
)  # of one told to go straight on: all others lie further off


def side_of(angle: float) -> str:
    """Return the hand on which a road of that angle lies."""
    return LEFT if angle < 0 else RIGHT


def is_turning(arm: Arm, own: int) -> bool:
    """Return whether everybody takes a road for a turning, who drives on one that looks as `own`."""
    low, high = TURN_DEG
    plain = arm.look >= PAVED or arm.look >= own
    return arm.edge >= 0 and low <= abs(arm.angle) <= high and plain


def is_none(arm: Arm) -> bool:
    """Return whether nobody takes a road for a turning."""
    low, high = NEVER_DEG
    return not low <= abs(arm.angle) <= high


def onward(arms: Sequence[Arm], own: int, *, mode: Mode) -> Arm | None:
    """Return the road by which everybody goes on when nothing is said, None where some might not.

    Args:
        own: what the road looks like by which he comes.
        mode: what he was told to keep to.
    """
    open_ones = [arm for arm in arms if arm.edge >= 0]
    if len(open_ones) == 1:  # into all others he may not drive
        return open_ones[0]
    if mode == "main":
        main = main_road(arms, own)
        return main if main and own >= PAVED and abs(main.angle) <= MAIN_DEG else None
    return _straightest(open_ones) if mode == "straight" else _straight(open_ones, own)


def main_road(arms: Sequence[Arm], own: int) -> Arm | None:
    """Return the one road that looks no less than his own: who keeps to the main road may go on by it."""
    same = [arm for arm in arms if arm.edge >= 0 and arm.look >= own]
    return same[0] if len(same) == 1 else None


def _straightest(open_ones: list[Arm]) -> Arm | None:
    """Return the road that goes straight on to everybody who was told so, whatever it looks like."""
    off = sorted(open_ones, key=lambda arm: abs(arm.angle))
    clear = len(off) > 1 and abs(off[0].angle) <= STRAIGHT_DEG
    apart = clear and abs(off[1].angle) - abs(off[0].angle) >= STRAIGHT_APART_DEG
    return off[0] if apart else None


def _straight(open_ones: list[Arm], own: int) -> Arm | None:
    best = min(open_ones, key=lambda arm: abs(arm.angle), default=None)
    apart = next((more for most, more in ON_DEG if best and abs(best.angle) <= most), None)
    if best is None or apart is None:
        return None
    for arm in open_ones:
        near = abs(arm.angle) < abs(best.angle) + apart
        leads_off = best.look < own <= arm.look and abs(arm.angle) <= MAIN_DEG
        if arm is not best and (near or leads_off):
            return None
    return best


def may_go_on(arm: Arm, arms: Sequence[Arm], own: int) -> bool:
    """Return whether somebody takes a turning for a bend of the road, where it goes nowhere else."""
    others = [a for a in arms if a.edge >= 0 and a is not arm]
    return abs(arm.angle) <= BEND_DEG and all(
        abs(arm.angle) <= abs(a.angle) + MAYBE_DEG + (BEND_DEG / 2 if a.look < own else 0.0)
        for a in others
    )


def is_end(arms: Sequence[Arm]) -> bool:
    """Return whether the road ends here to everybody: nothing goes on, whoever wants to.

    One road alone, however sharply it turns off, is a bend.
    """
    return len(arms) != 1 and all(abs(arm.angle) >= END_DEG for arm in arms)


def may_be_end(arms: Sequence[Arm]) -> bool:
    """Return whether somebody could think that the road ends here."""
    return all(abs(arm.angle) >= AHEAD_DEG - 3 for arm in arms)


def may_be_fork(arms: Sequence[Arm]) -> bool:
    """Return whether somebody could take a place for a fork."""
    ways = sorted(abs(arm.angle) for arm in arms if arm.edge >= 0)
    if len(ways) < TWO:
        return False
    two_ahead = ways[1] <= AHEAD_DEG + 2 * MAYBE_DEG and (
        len(ways) == TWO or ways[2] > AHEAD_DEG - 7
    )
    least, most = ways[0], ways[-1]
    return two_ahead or (
        len(ways) == TWO
        and FORK_DEG[0] - 3 * MAYBE_DEG <= least
        and most <= FORK_DEG[1] + 2 * MAYBE_DEG
    )


def parts(arms: Sequence[Arm]) -> tuple[Arm, Arm] | None:
    """Return both roads of a place where a road parts in two to everybody, None elsewhere.

    Others may turn off there, if nobody could think that they lie ahead.
    """
    ways = [arm for arm in arms if arm.edge >= 0]
    ahead = [arm for arm in ways if abs(arm.angle) <= AHEAD_DEG]
    turns_off = all(abs(arm.angle) >= END_DEG for arm in ways if arm not in ahead)
    wide = len(ways) == TWO and all(FORK_DEG[0] <= abs(arm.angle) <= FORK_DEG[1] for arm in ways)
    two = ahead if len(ahead) == TWO and (turns_off or len(ways) == TWO) else ways if wide else []
    return (two[0], two[1]) if two and told_apart(two[0]) else None


def told_apart(left: Arm) -> bool:
    """Return whether everybody can say which is the left one of a road and the next on its right."""
    return left.apart_m >= FORK_APART_M


def turned(arriving: float, leaving: float) -> float:
    """Return the turn from one heading into another, -180 to 180 degrees, left negative."""
    return (leaving - arriving + 180) % 360 - 180
