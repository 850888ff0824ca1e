"""What a driver sees of the roads: how the arms of a junction lie to him, what stands there.

All that meets at a junction is seen, also a road that only leads in. How a road lies depends on how
far into it one looks: one *view* takes in its first 25 m, the other 35.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.danger import samples
from safeconduct.ways.places import VILLAGES
from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Floats, Roads, metres

SEEN_M = (25.0, 35.0)  # of a road that leaves a junction: what gives it its direction, by view
# Where two roads part by more than the first, everybody sees on which hand each of them lies; nobody
# looks further in who would see them part by more than the second.
PLAIN_DEG, SURELY_DEG = 20.0, 40.0
FAR_M = (110.0, 120.0)  # so far in one looks, by view
VIEWS = range(len(SEEN_M))
AT_M, MAYBE_M = 50.0, 160.0  # a landmark within the first is at a junction, beyond the other not
BESIDE_M = 115.0  # a landmark nearer than this to the road is seen in passing
CIRCLE_M = 600.0  # round about a circle that is signed as one
# What is as long, as round and turns no sharper somebody could take for a circle without a sign.
MAYBE_CIRCLE_M, MOST_PIECES, SHARP_DEG = (42.0, 285.0), 16, 115.0
MAYBE_ROUND = 0.66  # nearest over farthest from the middle: a square has 0.71, a triangle 0.5
# What a driver can tell apart by its look: marked, paved, access road, unpaved.
_LOOKS = {"track": 0, "service": 1, "living_street": 1, "residential": 2, "unclassified": 2,
          "road": 2}  # fmt: skip
MARKED = 3
Kinds = frozenset[str]
_NONE: Kinds = frozenset()


class Arm(NamedTuple):
    """One road at a junction, as one who comes there sees it.

    Attributes:
        edge: the edge that enters it, -1 where it only leads in.
        angle: of turning into it, degrees, -180 to 180, left negative.
        look: 3 marked, 2 paved, 1 access road, 0 track.
        apart_m: from the next road on its right that he may enter: infinite where they part by
            `PLAIN_DEG`, else the metres between them, as far in as he looks or the shorter leads;
            0 where their order is another one there.
    """

    edge: int
    angle: float
    look: int
    apart_m: float = math.inf


class Exit(NamedTuple):
    """A road out of a circle: the edges of the circle before it, and the edge that leaves."""

    driven: tuple[int, ...]
    edge: int


class _End(NamedTuple):
    """Where a segment begins or ends at a place: which one, drawn outwards or not, how it lies."""

    segment: int
    outward: bool
    heading: float


class _Round(NamedTuple):
    """What a circle may be: how long around, how round, how sharply it may turn."""

    least_m: float
    around_m: float
    least_round: float
    sharp_deg: float


class Sight:
    """What is seen of one map; made once for it."""

    def __init__(self, roads: Roads) -> None:
        self.roads = roads
        looks = np.array([_LOOKS.get(kind, MARKED) for kind in roads.kinds], dtype=np.int64)
        self.look: list[int] = looks[roads.segment_kind].tolist()
        self.segment: list[int] = roads.segment.tolist()
        self.forward: list[bool] = roads.forward.tolist()
        self.head: list[int] = roads.head.tolist()
        self.place: list[int] = roads.junction_place.tolist()
        self.length_m: list[float] = roads.segment_length_m[roads.segment].tolist()
        self._headings = [_headings(roads, seen_m) for seen_m in SEEN_M]
        told = zip(roads.tail.tolist(), self.segment, self.forward, strict=True)
        self._edge = {each: edge for edge, each in enumerate(told)}
        self._ends = [_ends(roads, *each) for each in self._headings]
        self._seen: dict[tuple[int, int], list[Arm]] = {}
        self._exits: dict[int, Sequence[Exit]] = {}
        self._may_lead_round: dict[int, bool] = {}
        signed = roads.segment_circle.tolist()
        one_way = _one_way(self)
        pieces = [alone and signed[at] for alone, at in zip(one_way, self.segment, strict=True)]
        self._ring = _rings(self, pieces, _Round(0.0, CIRCLE_M, 0.0, 180.0))
        round_ones = _rings(self, one_way, _Round(*MAYBE_CIRCLE_M, MAYBE_ROUND, SHARP_DEG))
        broken = {self.driven(edge) for edge, piece in enumerate(pieces) if piece}
        self._maybe_ring = (round_ones.keys() | broken) - self._ring.keys()
        self._near, self._maybe, self._beside = _marks(roads)

    def leaving(self, edge: int) -> float:
        """Return the heading in which an edge sets out, degrees from north."""
        ahead, back = self._headings[0]
        return float((ahead if self.forward[edge] else back)[self.segment[edge]] % 360)

    def arriving(self, edge: int, view: int = 0) -> float:
        """Return the heading in which an edge comes to its end, degrees from north."""
        ahead, back = self._headings[view]
        return float((back if self.forward[edge] else ahead)[self.segment[edge]] + 180) % 360

    def arms(self, edge: int, view: int = 0) -> list[Arm]:
        """Return the other roads at the head of `edge`, leftmost first."""
        if (edge, view) not in self._seen:
            arriving, head = self.arriving(edge, view), self.head[edge]
            own = self.segment[edge], not self.forward[edge]
            others = (end for end in self._ends[view][self.place[head]] if end[:2] != own)
            arms = (
                self._arm(head, end, (end.heading - arriving + 180) % 360 - 180) for end in others
            )
            self._seen[edge, view] = self._parted(sorted(arms, key=lambda arm: arm.angle), view)
        return self._seen[edge, view]

    def _parted(self, arms: list[Arm], view: int) -> list[Arm]:
        """Return the arms with the metres between each that he may enter and the next of those."""
        for one, other in pairwise([n for n, arm in enumerate(arms) if arm.edge >= 0]):
            angle = arms[other].angle - arms[one].angle
            if angle < SURELY_DEG:
                apart_m = self.apart_m(arms[one].edge, arms[other].edge, view)
                if apart_m == 0.0 or angle < PLAIN_DEG:
                    arms[one] = arms[one]._replace(apart_m=apart_m)
        return arms

    def apart_m(self, left: int, right: int, view: int) -> float:
        """Return how far two roads lie apart further in, 0 where the first lies on the right there."""
        reach = min(FAR_M[view], self.length_m[left], self.length_m[right])
        (x, y), (u, v) = (self._far(edge, reach) for edge in (left, right))
        return math.hypot(x - u, y - v) if x * v < y * u else 0.0

    def _far(self, edge: int, reach_m: float) -> tuple[float, float]:
        """Return metres east and north from where an edge begins to so far in."""
        lat, lon = self.roads.shape(self.segment[edge])
        flat = metres(lat - lat[0], lon - lon[0], at_lat_deg=float(lat[0]) / E7)
        line = flat if self.forward[edge] else flat[::-1]
        along = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
        east, north = (float(np.interp(reach_m, along, line[:, n] - line[0, n])) for n in (0, 1))
        return east, north

    def round_about(self, junction: int, view: int = 0) -> list[Arm]:
        """Return the roads by which one may leave a junction; their angles are headings, 0 to 360."""
        ends = self._ends[view][self.place[junction]]
        arms = [self._arm(junction, end, end.heading % 360) for end in ends]
        return sorted((arm for arm in arms if arm.edge >= 0), key=lambda arm: arm.angle)

    def _arm(self, junction: int, end: _End, angle: float) -> Arm:
        edge = self._edge.get((junction, end.segment, end.outward), -1)
        return Arm(edge, angle, self.look[end.segment])

    def look_of(self, edge: int) -> int:
        """Return what an edge's road looks like."""
        return self.look[self.segment[edge]]

    def driven(self, edge: int) -> tuple[int, bool]:
        """Return the road and the direction in which an edge is driven."""
        return self.segment[edge], self.forward[edge]

    def in_circle(self, edge: int) -> bool:
        """Return whether an edge is a piece of a circle."""
        return self.driven(edge) in self._ring

    def may_lead_round(self, edge: int) -> bool:
        """Return whether somebody could take what `edge` leads into for a circle."""
        if edge not in self._may_lead_round:
            self._may_lead_round[edge] = self._leads_round(edge)
        return self._may_lead_round[edge]

    def _leads_round(self, edge: int) -> bool:
        into = (arm.edge for arm in self.arms(edge) if arm.edge >= 0)
        outside = self.driven(edge) not in self._maybe_ring
        return outside and any(self.driven(each) in self._maybe_ring for each in into)

    def exits(self, edge: int) -> Sequence[Exit]:
        """Return the exits, in order, of the circle that `edge` leads into; none without one."""
        if edge not in self._exits:
            self._exits[edge] = self._exits_of(edge)
        return self._exits[edge]

    def _exits_of(self, edge: int) -> Sequence[Exit]:
        entry = next(
            (a.edge for a in self.arms(edge) if a.edge >= 0 and self.in_circle(a.edge)), None
        )
        if entry is None or self.in_circle(edge):
            return ()
        return [
            out for out in self.exits_from(entry) if self.segment[out.edge] != self.segment[edge]
        ]

    def exits_from(self, entry: int) -> Sequence[Exit]:
        """Return the exits of a circle, in order, from its piece `entry` on, which is driven first."""
        found: list[Exit] = []
        driven: list[int] = []
        following: int | None = entry
        while following is not None:
            driven.append(following)
            here = [arm.edge for arm in self.arms(following) if arm.edge >= 0]
            found += [Exit(tuple(driven), out) for out in here if not self.in_circle(out)]
            onward = self._ring[self.driven(following)]
            around = onward == self.driven(entry)
            following = (
                None if around else next((e for e in here if self.driven(e) == onward), None)
            )
        return found

    def marks_at(self, junction: int) -> tuple[Kinds, Kinds]:
        """Return which kinds of landmark stand at a junction, and which may seem to."""
        place = self.place[junction]
        return self._near.get(place, _NONE), self._maybe.get(place, _NONE)

    def beside(self, edge: int) -> Iterator[tuple[str, float, float]]:
        """Yield landmarks beside an edge: the kind, how many metres along it, how many from it."""
        for kind, along, off in self._beside.get(self.segment[edge], ()):
            yield kind, along if self.forward[edge] else self.length_m[edge] - along, off


@lru_cache(maxsize=4)  # one map is in use, by several vehicles, as in `places.landmarks`
def sight(roads: Roads) -> Sight:
    """Return what is seen of a map."""
    return Sight(roads)


def _headings(roads: Roads, seen_m: float) -> tuple[Floats, Floats]:
    """Return per segment the heading of its first metres, and from its end that of its last."""
    first, last = roads.shape_at[:-1].astype(np.int64), roads.shape_at[1:].astype(np.int64) - 1
    lat = roads.shape_lat_e7.astype(np.float64)
    scale = np.radians(1) * EARTH_RADIUS_M / E7
    narrow = np.repeat(np.cos(np.radians(lat[first] / E7)), np.diff(roads.shape_at))
    east, north = roads.shape_lon_e7 * scale * narrow, lat * scale
    step = np.hypot(np.diff(east), np.diff(north))
    step[last[:-1]] = 1.0  # between two segments, so that no two points lie equally far along
    along = np.concatenate([[0.0], np.cumsum(step)])
    reach = np.minimum(seen_m, along[last] - along[first])

    def heading(start: npt.NDArray[np.int64], at: Floats) -> Floats:
        by_east = np.interp(at, along, east) - east[start]
        told: Floats = np.degrees(np.arctan2(by_east, np.interp(at, along, north) - north[start]))
        return told

    return heading(first, along[first] + reach), heading(last, along[last] - reach)


def _ends(roads: Roads, ahead: Floats, back: Floats) -> list[list[_End]]:
    """Return per place the roads that begin or end there, whether or not they may be driven."""
    met = roads.meeting
    heading = np.where(met.outward, ahead[met.segment], back[met.segment]).tolist()
    told = [*map(_End, met.segment.tolist(), met.outward.tolist(), heading)]
    at = met.at.tolist()
    return [told[begin:end] for begin, end in pairwise(at)]


def _one_way(seen: Sight) -> list[bool]:
    """Return of each edge whether its road is driven in its direction alone."""
    told = set(zip(seen.segment, seen.forward, strict=True))
    return [(segment, not forward) not in told for segment, forward in zip(
        seen.segment, seen.forward, strict=True)]  # fmt: skip


def _rings(
    seen: Sight, pieces: Sequence[bool], limits: _Round
) -> dict[tuple[int, bool], tuple[int, bool]]:
    """Return for each piece of a circle, as it is driven, the one that follows it.

    Args:
        pieces: of each edge whether it may be one.
    """
    found: dict[tuple[int, bool], tuple[int, bool]] = {}
    for edge, piece in enumerate(pieces):
        if not piece or seen.length_m[edge] >= limits.around_m:
            continue
        for hand in (-1, 1):
            known = seen.driven(edge) in found
            ring = [] if known else _ring_from(seen, edge, pieces, hand, limits)
            if ring and _is_round(seen.roads, ring, limits):
                driven = [seen.driven(each) for each in ring]
                found |= dict(zip(driven, driven[1:] + driven[:1], strict=True))
    return found


def _ring_from(
    seen: Sight, edge: int, pieces: Sequence[bool], hand: int, limits: _Round
) -> list[int]:
    """Return the edges back to `edge` by the next such road on one hand, none if too far."""
    ring, length = [edge], seen.length_m[edge]
    known = {seen.driven(edge)}
    while len(ring) <= MOST_PIECES and length <= limits.around_m:
        arms = (a for a in seen.arms(ring[-1]) if a.edge >= 0 and pieces[a.edge])
        onward = [arm for arm in arms if abs(arm.angle) <= limits.sharp_deg]
        if not onward:
            return []
        following = max(onward, key=lambda arm: hand * arm.angle).edge
        if seen.driven(following) == seen.driven(edge):
            return ring
        if seen.driven(following) in known:
            return []
        known.add(seen.driven(following))
        ring.append(following)
        length += seen.length_m[following]
    return []


def _is_round(roads: Roads, ring: Sequence[int], limits: _Round) -> bool:
    lats, lons = [], []
    for edge in ring:
        lat, lon = roads.shape(int(roads.segment[edge]))
        turned = 1 if roads.forward[edge] else -1
        lats.append(lat[::turned][:-1])
        lons.append(lon[::turned][:-1])
    lat, lon = np.concatenate(lats), np.concatenate(lons)
    flat = metres(lat - lat[0], lon - lon[0], at_lat_deg=float(lat[0]) / E7)
    by = np.roll(flat, -1, axis=0)
    around = float(np.hypot(*(by - flat).T).sum())
    sides = np.concatenate([flat + (by - flat) * share for share in (0.0, 0.25, 0.5, 0.75)])
    away = np.hypot(*(sides - sides.mean(axis=0)).T)
    fits = limits.least_m <= around <= limits.around_m
    return fits and float(away.min()) >= limits.least_round * float(away.max())


def _marks(
    roads: Roads,
) -> tuple[dict[int, Kinds], dict[int, Kinds], dict[int, list[tuple[str, float, float]]]]:
    """Return the kinds at each junction, those that may seem so, and those beside each segment."""
    villages = [n for n, kind in enumerate(roads.mark_kinds) if kind in VILLAGES]
    marks = np.flatnonzero(~np.isin(roads.mark_kind, villages))
    near: dict[int, Kinds] = {}
    maybe: dict[int, Kinds] = {}
    beside: dict[int, list[tuple[str, float, float]]] = {}
    if not len(marks):
        return near, maybe, beside
    middle = float(roads.junction_lat_e7.mean()) / E7
    at = metres(roads.mark_lat_e7[marks], roads.mark_lon_e7[marks], at_lat_deg=middle)
    lat_e7, lon_e7 = roads.junction_lat_e7[: roads.places], roads.junction_lon_e7[: roads.places]
    flat = metres(lat_e7, lon_e7, at_lat_deg=middle)
    kinds = [roads.mark_kinds[n] for n in roads.mark_kind[marks].tolist()]
    tree = scipy.spatial.cKDTree(flat)
    for reach, told in ((AT_M, near), (MAYBE_M, maybe)):
        for kind, junctions in zip(kinds, tree.query_ball_point(at, reach), strict=True):
            for junction in junctions:
                told[junction] = told.get(junction, _NONE) | {kind}
    segment, lat, lon, length = samples(roads, step_m=20.0)
    run = np.cumsum(length) - length / 2
    begin = run[np.searchsorted(segment, np.arange(roads.segments))]
    points = scipy.spatial.cKDTree(metres(lat, lon, at_lat_deg=middle))
    for kind, spot, passed in zip(kinds, at, points.query_ball_point(at, BESIDE_M), strict=True):
        for one in set(segment[passed].tolist()):
            own = [p for p in passed if segment[p] == one]
            best = min(own, key=lambda p: float(((points.data[p] - spot) ** 2).sum()))
            off = float(np.hypot(*(points.data[best] - spot)))
            beside.setdefault(one, []).append((kind, float(run[best] - begin[one]), off))
    return near, maybe, beside
