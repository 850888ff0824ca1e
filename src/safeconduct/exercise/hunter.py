"""Those who hunt him, in an exercise: a vehicle that drives by the roads to where he is now.

The product learns of it as of any other: by a person who sees it and reports it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from safeconduct.exercise.vehicle import Vehicle
from safeconduct.geo import Point, distance_m, length_m
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Way, Web, line_of, snap
from safeconduct.ways.search import NoRoad

LOOKS_EACH = timedelta(seconds=10)  # world time between two looks at where he is


class Hunter(Vehicle):
    """One vehicle after another one.

    Args:
        web: the roads, priced by nothing but time.
        start: where it sets out.
        him: returns where he is at a world instant.
    """

    def __init__(
        self,
        web: Web,
        *,
        start: Point,
        him: Callable[[datetime], Point],
        speed_m_s: float = 14.0,
    ) -> None:
        super().__init__([start, start], speed_m_s=speed_m_s)
        self._web, self._him = web, him
        self._ahead = [
            (0.0, _at(web.roads, start))
        ]  # junctions on its line, and how far along each is
        self._looks_at: datetime | None = None

    def where(self, now: datetime) -> Point:
        """Return where it is, having turned toward him at the next junction when it last looked."""
        here = super().where(now)
        if self.moving and (self._looks_at is None or now >= self._looks_at):
            self._looks_at = now + LOOKS_EACH
            self._turn_toward(self._him(now), here)
        return here

    def _turn_toward(self, him: Point, here: Point) -> None:
        """Drive on to the junction before it, and from there by the soonest road to him."""
        along_m, junction = next(
            (each for each in self._ahead if each[0] >= self.along_m), self._ahead[-1]
        )
        way = soonest(self._web, junction, _at(self._web.roads, him))
        if way is None:
            return
        rest = [here, *_between(self.line, self.along_m, along_m)]
        self.obey({"does": "go", "line": [*rest, *_points(self._web.roads, way)]})
        lengths = self._web.roads.segment_length_m[self._web.roads.segment[list(way.edges)]]
        gone = [length_m(rest), *lengths.tolist()]
        self._ahead = list(zip(accumulate(gone), way.junctions, strict=True))


def _between(line: Sequence[Point], after_m: float, until_m: float) -> list[Point]:
    """Return the corners of a line that lie between two distances along it."""
    along = accumulate((distance_m(a, b) for a, b in pairwise(line)), initial=0.0)
    return [point for point, at_m in zip(line, along, strict=True) if after_m < at_m <= until_m + 1]


def soonest(web: Web, start: int, end: int) -> Way | None:
    """Return the soonest way by road between two junctions; None where they are one, or none leads."""
    if start == end:
        return None
    try:
        return web.tree(start, hazard_s=0.0).way(end)
    except NoRoad:
        return None


def _points(roads: Roads, way: Way) -> list[Point]:
    lats, lons = line_of(roads, way)
    pairs = zip(lats.tolist(), lons.tolist(), strict=True)
    return [Point(lat / E7, lon / E7) for lat, lon in pairs]


def _at(roads: Roads, place: Point) -> int:
    return snap(roads, lat_deg=place.lat_deg, lon_deg=place.lon_deg)[0]
