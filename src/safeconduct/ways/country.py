"""Ways across a country: by the hierarchy (`far`), at a few prices of danger, where an exact front takes long.

Each is the best way there is at its price; a front has others between them. Mined ground comes last here too.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from safeconduct.ways.far import MOST_MS, Weighed, far
from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Way, Web, way_of
from safeconduct.ways.search import NoRoad

MANY = 500_000  # junctions of a country
FAR_M = (
    100_000.0  # as the crow flies; nearer pairs have exact fronts within seconds (decisions/0116)
)
PRICES_S = (0.0, 600.0, 6_000.0, 60_000.0, 600_000.0)  # that a unit of hazard counts
MINED_S = 1_000_000.0  # an edge on mined ground: eleven days, more than any way round it


def is_far(roads: Roads, straight_m: float) -> bool:
    """Return whether two places so far apart on this map are asked of the hierarchy."""
    return roads.junctions > MANY and straight_m > FAR_M


def ways_across(web: Web, start: int, end: int, *, beside: Path | None = None) -> list[Way]:
    """Return the best way at each price that none of the others beats, soonest first.

    Args:
        beside: the folder in which the map's order is kept; see `far.far`.

    Raises:
        NoRoad: none leads there.
    """
    order, weighed = far(web.roads, beside=beside), None
    found: list[Way] = []
    for hazard_s in PRICES_S:
        price = priced(web, hazard_s)
        if weighed is None:
            weighed = order.weighed(price)
        else:
            weighed.again(price)
        found.append(_way(web, weighed, start, end))
    return unbeaten(found)


def priced(web: Web, hazard_s: float) -> Floats:
    """Return seconds per edge at a price; what is dearer than an edge can be is cut to the dearest."""
    price = web.roads.time_s + hazard_s * web.hazard + np.where(web.mined, MINED_S, 0.0)
    cut: Floats = np.minimum(price, MOST_MS / 1000)
    return cut


def _way(web: Web, weighed: Weighed, start: int, end: int) -> Way:
    told = weighed.way(start, end)
    if told is None:
        raise NoRoad("No road leads there on this map for this vehicle.")
    return way_of(web, told[1], start=int(web.roads.junction_place[start]))


def unbeaten(ways: Sequence[Way]) -> list[Way]:
    """Return the ways that none of the others beats in time and hazard, soonest first, each once."""
    left: list[Way] = []
    for way in sorted(ways, key=lambda way: (way.mined, way.time_s, way.hazard)):
        if not left or (way.hazard < left[-1].hazard and way.mined <= left[0].mined):
            left.append(way)
    return left
