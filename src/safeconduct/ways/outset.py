"""By which word a man sets out: one of the eight winds, under which he takes one road and no other."""

from safeconduct.ways.certain import FORK_APART_M, LEFT, RIGHT, turned
from safeconduct.ways.roads import Roads
from safeconduct.ways.sight import PLAIN_DEG, VIEWS, Sight, sight
from safeconduct.ways.step import Step

COMPASS = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
)  # fmt: skip
OFF_DEG, APART_DEG = 40.0, 30.0  # how far off a compass word may be; how much further all others


def begun(roads: Roads, edge: int) -> tuple[Step, ...] | None:
    """Return the compass word under which he takes `edge` and no other, None without one.

    Where two roads lead that way, it says which of them; where one road alone is there, nothing.
    """
    seen, tail = sight(roads), int(roads.tail[edge])
    views = [seen.round_about(tail, view) for view in VIEWS]
    if len(views[0]) == 1:
        return ()
    ours = next(arm.angle for arm in views[0] if arm.edge == edge)
    for beside in (0, 1):
        for points in (2, 1):
            number = round(ours / 45 / points) * points % 8
            sides = {_hand(edge, seen, view, number * 45, beside) for view in VIEWS}
            if len(sides) == 1 and None not in sides:
                return (Step("start", COMPASS[number], mark=str(sides.pop())),)
    return None


def _hand(edge: int, seen: Sight, view: int, said_deg: float, beside: int) -> str | None:
    """Return on which hand a road lies of the one `beside` it under a heading, "" where none is.

    None where the heading means this road, or these two, not to everybody.
    """
    around = seen.round_about(int(seen.roads.tail[edge]), view)
    off = sorted((_apart(arm.angle, said_deg), arm.edge) for arm in around)
    meant, others = off[: beside + 1], off[beside + 1 :]
    clear = edge in {each for _off, each in meant} and meant[-1][0] <= OFF_DEG
    if not clear or (others and others[0][0] < meant[-1][0] + APART_DEG):
        return None
    if not beside:
        return ""
    other = next(each for _off, each in meant if each != edge)
    angle = turned(*(next(a.angle for a in around if a.edge == each) for each in (edge, other)))
    left, right = (edge, other) if angle > 0 else (other, edge)
    apart_m = seen.apart_m(left, right, view)
    if apart_m < FORK_APART_M and (abs(angle) < PLAIN_DEG or apart_m == 0.0):
        return None
    return LEFT if edge == left else RIGHT


def _apart(one: float, other: float) -> float:
    return abs(turned(other, one))
