"""The roads as one sees them from the wheel: bearings, circles, what stands beside them.

A reading of its own of the road graph, shared with nobody who composes words for the road.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from safeconduct.ways.roads import E7, Roads

AHEAD_M = 30.0  # how far into a road he looks to see where it goes
FAR_M = 120.0  # and how far to tell it from one beside it
MOST_ARMS, ROUND_DEG = 16, 110.0  # of one circle; no driver turns sharper in one without a sign
LEAST_M, CIRCLE_M, SIGNED_M = 50.0, 270.0, 650.0  # round about one without a sign, and with one
ROUND = 0.75  # nearest over farthest from its middle: a square has 0.71, a triangle 0.5
STEP_M = 5.0
VILLAGES = ("town", "village")
_ORDER = {"track": 0, "service": 1, "living_street": 1, "residential": 2, "unclassified": 2,
          "road": 2}  # fmt: skip
Spot = tuple[float, float]  # metres east and north of the first junction


@dataclass(frozen=True, slots=True)
class Mouth:
    """The mouth of a road at a junction: its edge inwards (-1: no entry), bearing, width.

    `away` when the road is drawn from here, else to here.
    """

    segment: int
    edge: int
    away: bool
    bearing: float
    width: int


def bearing(one: Spot, other: Spot) -> float:
    """Return the direction from one spot to another, degrees from north."""
    return math.degrees(math.atan2(other[0] - one[0], other[1] - one[1])) % 360


def turned(come: float, go: float) -> float:
    """Return by how much one turns from a bearing into another, left negative."""
    return (go - come + 540) % 360 - 180


class Streets:
    """One map as its drivers know it."""

    def __init__(self, roads: Roads) -> None:
        self.roads = roads
        self._north0, self._east0 = int(roads.junction_lat_e7[0]), int(roads.junction_lon_e7[0])
        self._lines: dict[int, list[Spot]] = {}
        self._circles: dict[int, tuple[int, ...]] = {}
        self._passed: dict[int, list[tuple[str, float, float]]] = {}

    def spot(self, lat_e7: int, lon_e7: int) -> Spot:
        """Return a place of the map in metres."""
        narrow = math.cos(math.radians(lat_e7 / E7))
        return ((lon_e7 - self._east0) / E7 * 111_195 * narrow,
                (lat_e7 - self._north0) / E7 * 111_195)  # fmt: skip

    def line(self, edge: int) -> list[Spot]:
        """Return the course of an edge as it is driven."""
        if edge not in self._lines:
            lat, lon = self.roads.shape(int(self.roads.segment[edge]))
            spots = [self.spot(a, b) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)]
            self._lines[edge] = spots if self.roads.forward[edge] else spots[::-1]
        return self._lines[edge]

    def coming(self, edge: int) -> float:
        """Return the direction in which he comes to the end of an edge."""
        return (_into(self.line(edge)[::-1]) + 180) % 360

    @cached_property
    def _mouths(self) -> dict[int, list[tuple[int, bool, float]]]:
        """Return per place the roads there: segment, drawn from here or to here, bearing."""
        roads, found = self.roads, defaultdict(list)
        ends = zip(roads.segment_from.tolist(), roads.segment_to.tolist(), strict=True)
        for segment, (begin, end) in enumerate(ends):
            lat, lon = roads.shape(segment)
            line = [self.spot(a, b) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)]
            found[begin].append((segment, True, _into(line)))
            found[end].append((segment, False, _into(line[::-1])))
        return found

    @cached_property
    def _edges(self) -> dict[tuple[int, int, bool], int]:
        roads = self.roads
        told = zip(roads.tail.tolist(), roads.segment.tolist(), roads.forward.tolist(), strict=True)
        return {each: edge for edge, each in enumerate(told)}

    def mouths(self, junction: int) -> list[Mouth]:
        """Return all roads that meet where a junction is, as he may enter them from it."""
        return [
            Mouth(segment, self._edges.get((junction, segment, away), -1), away, towards,
                  self._width(segment))
            for segment, away, towards in self._mouths[int(self.roads.junction_place[junction])]
        ]  # fmt: skip

    def width(self, edge: int) -> int:
        """Return how wide a road looks: 3 with lines on it, 2 paved, 1 a lane, 0 a track."""
        return self._width(int(self.roads.segment[edge]))

    def _width(self, segment: int) -> int:
        return _ORDER.get(self.roads.kinds[self.roads.segment_kind[segment]], 3)

    def apart(self, one: Mouth, other: Mouth) -> tuple[float, bool]:
        """Return how far two roads lie apart, as far in as he sees, and whether the first is the left one."""
        lines = self.line(one.edge), self.line(other.edge)
        far_m = min(FAR_M, self._long(one.edge), self._long(other.edge))
        here, there = (point_along(line, far_m) for line in lines)
        ways = (bearing(line[0], spot) for line, spot in zip(lines, (here, there), strict=True))
        return math.dist(here, there), turned(*ways) > 0

    def circle(self, edge: int) -> tuple[int, ...]:
        """Return the edges of the circle of which `edge` is a piece, from it on; none if of none."""
        if edge not in self._circles:
            one_way = self._one_way(edge)
            rings = (self._round(edge, hand) for hand in (-1, 1) if one_way)
            self._circles[edge] = next((ring for ring in rings if ring), ())
        return self._circles[edge]

    def _signed(self, edge: int) -> bool:
        """Return whether a road is a piece of a circle that a sign says is one."""
        return bool(self.roads.segment_circle[self.roads.segment[edge]])

    def _one_way(self, edge: int) -> bool:
        segment, forward = int(self.roads.segment[edge]), bool(self.roads.forward[edge])
        return (segment, not forward) not in self._driven

    @cached_property
    def _driven(self) -> set[tuple[int, bool]]:
        return {(segment, forward) for _tail, segment, forward in self._edges}

    def same(self, one: int, other: int) -> bool:
        """Return whether two edges are one road driven in one direction."""
        roads = self.roads
        return bool(roads.segment[one] == roads.segment[other]
                    and roads.forward[one] == roads.forward[other])  # fmt: skip

    def _long(self, edge: int) -> float:
        return float(self.roads.segment_length_m[self.roads.segment[edge]])

    def _round(self, first: int, hand: int) -> tuple[int, ...]:
        """Return the round ring that he drives who keeps to one hand wherever one-way roads part."""
        ring, long_m, signed = [first], self._long(first), self._signed(first)
        most_m, sharp_deg = (SIGNED_M, 180.0) if signed else (CIRCLE_M, ROUND_DEG)
        while long_m <= most_m and len(ring) <= MOST_ARMS:
            coming = self.coming(ring[-1])
            ways = [
                (hand * turned(coming, mouth.bearing), mouth.edge)
                for mouth in self.mouths(int(self.roads.head[ring[-1]]))
                if mouth.edge >= 0
                and self._one_way(mouth.edge)
                and self._signed(mouth.edge) == signed
                and abs(turned(coming, mouth.bearing)) <= sharp_deg
            ]
            if not ways:
                return ()
            _angle, following = max(ways)
            if self.same(following, first):
                return tuple(ring) if signed or (long_m >= LEAST_M and self._is_round(ring)) else ()
            if any(self.same(following, piece) for piece in ring):
                return ()
            ring.append(following)
            long_m += self._long(following)
        return ()

    def _is_round(self, ring: Sequence[int]) -> bool:
        spots = [
            point_along(self.line(edge), STEP_M * n)
            for edge in ring
            for n in range(int(self._long(edge) // STEP_M) + 1)
        ]
        middle = (
            sum(east for east, _north in spots) / len(spots),
            sum(north for _east, north in spots) / len(spots),
        )
        away = [math.dist(middle, spot) for spot in spots]
        return min(away) >= ROUND * max(away)

    @cached_property
    def marks(self) -> dict[tuple[int, int], list[tuple[str, Spot]]]:
        """Return landmarks by squares of 200 m."""
        roads, found = self.roads, defaultdict(list)
        told = zip(roads.mark_kind.tolist(), roads.mark_lat_e7.tolist(),
                   roads.mark_lon_e7.tolist(), strict=True)  # fmt: skip
        for kind, lat, lon in told:
            if roads.mark_kinds[kind] not in VILLAGES:
                spot = self.spot(lat, lon)
                found[int(spot[0] // 200), int(spot[1] // 200)].append(
                    (roads.mark_kinds[kind], spot)
                )
        return found

    def near(self, spot: Spot, *, within_m: float) -> set[str]:
        """Return the kinds of landmark that are seen from a spot."""
        x, y = int(spot[0] // 200), int(spot[1] // 200)
        return {
            kind
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for kind, at in self.marks.get((x + dx, y + dy), ())
            if math.dist(spot, at) <= within_m
        }

    def passed(self, edge: int) -> list[tuple[str, float, float]]:
        """Return each landmark beside an edge: its kind, metres along the edge, metres off."""
        if edge not in self._passed:
            self._passed[edge] = sorted(self._beside(edge), key=lambda each: each[1])
        return self._passed[edge]

    def _beside(self, edge: int) -> list[tuple[str, float, float]]:
        line = self.line(edge)
        squares = {(int(x // 200) + i, int(y // 200) + j) for x, y in _points(line)
                   for i in (-1, 0, 1) for j in (-1, 0, 1)}  # fmt: skip
        found = []
        for square in squares:
            for kind, at in self.marks.get(square, ()):
                along, off = _nearest(line, at)
                if off <= 100:  # noqa: PLR2004  further off nothing is beside the road
                    found.append((kind, along, off))
        return found


def _points(line: list[Spot]) -> list[Spot]:
    """Return points of a line no more than 100 m apart."""
    found = []
    for one, other in pairwise(line):
        parts = max(1, math.ceil(math.dist(one, other) / 100))
        for n in range(parts + 1):
            share = n / parts
            found.append(
                (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
            )
    return found


def _nearest(line: list[Spot], at: Spot) -> tuple[float, float]:
    """Return how far along a line the point nearest to `at` lies, and how far off it is."""
    best, run = (0.0, math.inf), 0.0
    for one, other in pairwise(line):
        long_m = math.dist(one, other)
        if long_m == 0:
            continue
        dx, dy = (other[0] - one[0]) / long_m, (other[1] - one[1]) / long_m
        on = min(max((at[0] - one[0]) * dx + (at[1] - one[1]) * dy, 0.0), long_m)
        off = math.dist(at, (one[0] + dx * on, one[1] + dy * on))
        best = min(best, (run + on, off), key=lambda each: each[1])
        run += long_m
    return best


def _into(line: list[Spot]) -> float:
    """Return the bearing from the first point of a line to where it is 30 m on."""
    return bearing(line[0], point_along(line, AHEAD_M))


def point_along(line: list[Spot], metres: float) -> Spot:
    """Return the spot so many metres along a line, its end when it is shorter."""
    for one, other in pairwise(line):
        long_m = math.dist(one, other)
        if metres <= long_m and long_m > 0:
            share = metres / long_m
            return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
        metres -= long_m
    return line[-1]


@lru_cache(maxsize=4)
def streets(roads: Roads) -> Streets:
    """Return a map as its drivers know it."""
    return Streets(roads)
