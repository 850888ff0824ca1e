"""The fence that an aircraft of the exercise holds, as its autopilot judges by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.geo import Point, distance_m, inside

INCLUSION, EXCLUSION, CIRCLE_IN, CIRCLE_OUT = 5001, 5002, 5003, 5004
FEWEST = 3  # corners of a polygon


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a mission, a fence or the rally points, as it came."""

    command: int
    params: tuple[float, float, float, float]
    lat_e7: int
    lon_e7: int
    height_m: float
    frame: int

    @property
    def point(self) -> Point:
        """Return its place."""
        return Point(self.lat_e7 / 1e7, self.lon_e7 / 1e7)


class KeepOut:
    """A fence, taken from its items. Without items it holds everything."""

    def __init__(self, items: Sequence[Item] = ()) -> None:
        """Take its items.

        Raises:
            ValueError: they are no fence.
        """
        self.items = tuple(items)
        self._in, self._out = self._rings(INCLUSION), self._rings(EXCLUSION)

    def _rings(self, command: int) -> list[list[Point]]:
        """Return the polygons of a kind: each item tells how many corners its own has."""
        corners = [item for item in self.items if item.command == command]
        rings = []
        while corners:
            count = int(corners[0].params[0])
            if not FEWEST <= count <= len(corners):
                raise ValueError("a polygon of the fence has lost corners")
            rings.append([item.point for item in corners[:count]])
            corners = corners[count:]
        return rings

    def holds(self, point: Point) -> bool:
        """Return whether a place lies in every inclusion and in no exclusion."""
        kept = all(inside(point, ring) for ring in self._in)
        barred = any(inside(point, ring) for ring in self._out)
        return kept and not barred and all(_allows(item, point) for item in self.items)


def _allows(item: Item, point: Point) -> bool:
    if item.command not in {CIRCLE_IN, CIRCLE_OUT}:
        return True
    within = distance_m(item.point, point) <= item.params[0]
    return within == (item.command == CIRCLE_IN)
