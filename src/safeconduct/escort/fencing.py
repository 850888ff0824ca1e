"""The fence of one passage's drone, by its plan: wide, convex, and of few corners. Pure.

It goes into the memory of an autopilot, which whoever picks it up can read. So it draws neither his way nor where he
is met: it is the whole ground of the plan and a margin, and no corridor.
"""

import math
from collections.abc import Iterable, Sequence

from safeconduct.escort.rules import area_around
from safeconduct.geo import Point, local_m, moved

SIDES = (
    16  # far below what an autopilot stores; a ring of many corners would follow the outermost way
)


def fence_around(lines: Iterable[Sequence[Point]], *, margin_m: float) -> list[Point]:
    """Return the ring of `SIDES` sides that lies at least nine tenths of `margin_m` beyond all lines.

    Raises:
        ValueError: there is no point to lie round.
    """
    ring = area_around(lines, margin_m=margin_m)
    origin, step = ring[0], math.tau / SIDES
    flat = [local_m(point, origin=origin) for point in ring]
    turns = [number * step for number in range(SIDES)]
    reach = [max(x * math.cos(turn) + y * math.sin(turn) for x, y in flat) for turn in turns]
    corners = []
    for one, two in zip(range(SIDES), [*range(1, SIDES), 0], strict=True):  # where two sides meet
        x = (
            reach[one] * math.sin(turns[one] + step) - reach[two] * math.sin(turns[one])
        ) / math.sin(step)
        y = (
            reach[two] * math.cos(turns[one]) - reach[one] * math.cos(turns[one] + step)
        ) / math.sin(step)
        corners.append(moved(origin, east_m=x, north_m=y))
    return corners
