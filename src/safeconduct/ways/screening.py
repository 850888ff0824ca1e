"""Whether the ground hides a place: from the ground about it, and from where dangers are reported.

Shown beside a place and ranked with the rest, never taken off its hazard: bare ground of 30 or 90 m
knows no house and no tree, and a drone looks down on it. So nobody reads "not overlooked" here.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from safeconduct.geo import Point, distance_m, local_m
from safeconduct.ways.danger import WATCHERS, Danger
from safeconduct.ways.terrain import Relief, Terrain
from safeconduct.ways.viewshed import SEEN, UNKNOWN, lines, viewshed

ABOUT_M = 1_500.0  # the ground about a place from which somebody on foot might watch it
WATCHED_M = 5_000.0  # a report further off is not asked; beyond it a man is not made out
LOOKING = frozenset({"checkpoint", "hunters", WATCHERS})  # the other dangers have no eyes
MOST_SEEN = 0.25  # of the ground about it that may see a place which terrain screens. A judgement.


class Screening(StrEnum):
    """What terrain does for a place; the words are what people read."""

    SCREENS = "terrain screens it"
    DOES_NOT = "terrain does not screen it"
    NOT_KNOWN = "not known here"


def screening(terrain: Terrain | None, place: Point, dangers: Sequence[Danger]) -> Screening:
    """Return what terrain does for a place.

    It screens where no reported danger within 5 km has a line of sight, and at most a quarter of
    the ground within 1.5 km sees it. What was not measured might see it: when that decides, it is
    not known.
    """
    near = terrain.relief(place, radius_m=ABOUT_M) if terrain else None
    if terrain is None or near is None:
        return Screening.NOT_KNOWN
    about = _about(near)
    if about is Screening.DOES_NOT:
        return about
    watchers = [
        point
        for danger in dangers
        if danger.kind in LOOKING
        and distance_m(point := Point(danger.lat_deg, danger.lon_deg), place) <= WATCHED_M
    ]
    wide = terrain.relief(place, radius_m=WATCHED_M) if watchers else None
    watched = _watched(wide, place, watchers) if wide else Screening.SCREENS
    return max(about, watched, key=DOUBT.index)


DOUBT = (Screening.SCREENS, Screening.NOT_KNOWN, Screening.DOES_NOT)


def _about(relief: Relief) -> Screening:
    states = viewshed(relief)
    rows, columns = (side // 2 for side in states.shape)
    down, right = np.ogrid[-rows : rows + 1, -columns : columns + 1]
    disc = np.hypot(down * relief.north_m, right * relief.east_m) <= ABOUT_M
    seen, doubtful = (float((states[disc] == state).mean()) for state in (SEEN, UNKNOWN))
    if seen > MOST_SEEN:
        return Screening.DOES_NOT
    return Screening.SCREENS if seen + doubtful <= MOST_SEEN else Screening.NOT_KNOWN


def _watched(relief: Relief, place: Point, watchers: Sequence[Point]) -> Screening:
    rows, columns = (side // 2 for side in relief.height_m.shape)
    cells = []
    for watcher in watchers:
        east, north = local_m(watcher, origin=place)
        down = round(-north / relief.north_m)
        right = round(east / relief.east_m)
        cells.append((min(max(down, -rows), rows), min(max(right, -columns), columns)))
    states = lines(relief, [cell for cell in cells if cell != (0, 0)])
    if (states == SEEN).any() or (0, 0) in cells:
        return Screening.DOES_NOT
    return Screening.NOT_KNOWN if (states == UNKNOWN).any() else Screening.SCREENS
