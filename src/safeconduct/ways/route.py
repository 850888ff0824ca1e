"""Ways over the roads: to all places by one weight, and all that no other beats. Never "no way".

A front is exact in ticks of 0.1 s and grains of 0.001 of hazard (`search`); what is told of a way is
summed from what was not rounded. A danger deletes no road: the least exposed way is always there, with
what it rests on. Mined ground is entered only where no other road leads on, and then as seldom as
possible; such a way says so, and its approval is refused elsewhere, in words.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from safeconduct.ways.danger import Danger, Priced
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.search import (
    Answers,
    NoRoad,
    Settled,
    front,
    front_in_cover,
    grains,
    graph_of,
    settled,
    ticks,
)

MINED_S = 1e12  # added to a mined edge: more than any way takes, so mines come last
LEAST = 1e9  # seconds a unit of hazard costs when only hazard counts; time still breaks ties
WITHIN = (1.15, 1.30)  # of the fastest time: the planner sees the least exposed within each
SHARES = {"fastest": 1.0, "within15": WITHIN[0], "within30": WITHIN[1], "least": 1e9}


@dataclass(frozen=True, slots=True)
class Way:
    """One way over the roads.

    Attributes:
        junctions: the places it passes, copies told by their place.
        edges: the directed edges in order; empty when start and end are one junction.
        time_s: by the default speeds.
        hazard: Σ hazard under the dangers it was priced with.
        mined: it enters mined ground.
    """

    junctions: tuple[int, ...]
    edges: tuple[int, ...]
    time_s: float
    length_m: float
    hazard: float
    mined: bool

    @property
    def probability(self) -> float:
        """Return P = 1 − exp(−Σ hazard): the model's figure, a judgement, never "safe"."""
        return -math.expm1(-self.hazard)


class Web:
    """The roads under one price, ready to search. Parallel roads are told apart: edges are searched."""

    def __init__(self, roads: Roads, priced: Priced) -> None:
        self.roads, self.priced = roads, priced
        self.hazard = priced.per_segment()[roads.segment]
        self.mined = priced.mined[roads.segment]
        self.time_s = roads.time_s + np.where(self.mined, MINED_S, 0.0)

    def tree(self, start: int, *, hazard_s: float, reverse: bool = False) -> "Tree":
        """Return the best ways from junction `start` to every place (to its place, when `reverse`).

        Args:
            start: a junction.
            hazard_s: seconds that a unit of hazard costs; of equal ways the faster is taken.
            reverse: look against the edges.
        """
        graph, roads = graph_of(self.roads), self.roads
        cost = self.time_s + hazard_s * self.hazard
        begun = roads.junctions_at(start) if reverse else (start,)
        net = graph.against if reverse else graph.along
        return Tree(self, begun, settled(net, cost, self.time_s, starts=begun), reverse)


@dataclass(frozen=True, slots=True)
class Tree:
    """Best ways between one junction and all others under one weight, as each one's last edge."""

    web: Web
    begun: tuple[int, ...]
    settled: Settled
    reverse: bool

    def way(self, end: int) -> Way:
        """Return the way from the start to `end` (from `end` to the start, when reverse).

        Raises:
            NoRoad: none leads there.
        """
        roads, via, edges = self.web.roads, self.settled.via, list[int]()
        copies = roads.junctions_at(end)
        here = copies[0] if self.reverse else min(copies, key=self.settled.first.__getitem__)
        beside = roads.head if self.reverse else roads.tail
        while here not in self.begun:
            if via[here] < 0:
                raise NoRoad("No road leads there on this map for this vehicle.")
            edges.append(int(via[here]))
            here = int(beside[edges[-1]])
        if self.reverse:
            return way_of(self.web, edges, start=copies[0])
        return way_of(self.web, edges[::-1], start=int(roads.junction_place[here]))


def way_of(web: Web, edges: Sequence[int], *, start: int) -> Way:
    """Return the way along `edges`, priced as `web` is; `start` is its first junction."""
    roads, along = web.roads, np.asarray(edges, dtype=np.int64)
    return Way(
        junctions=(start, *roads.junction_place[roads.head[along]].tolist()),
        edges=tuple(along.tolist()),
        time_s=float(roads.time_s[along].sum()),
        length_m=float(roads.segment_length_m[roads.segment[along]].sum()),
        hazard=float(web.hazard[along].sum()),
        mined=bool(web.mined[along].any()),
    )


@dataclass(frozen=True, eq=False)
class Front:
    """The ways from one place to another that no other beats, soonest first; never empty."""

    web: Web
    start: int
    answers: Answers

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.answers.at) - 1

    def __iter__(self) -> Iterator[Way]:
        """Return the ways, soonest first."""
        return map(self.way, range(len(self)))

    def way(self, number: int) -> Way:
        """Return one of them."""
        at = self.answers.at
        edges = self.answers.edges[at[number] : at[number + 1]]
        return way_of(self.web, edges.tolist(), start=self.start)

    @cached_property
    def time_s(self) -> Floats:
        """Return the time of each way, seconds, from what was not rounded."""
        return self._sums(self.web.roads.time_s)

    @cached_property
    def hazard(self) -> Floats:
        """Return the hazard of each way, from what was not rounded."""
        return self._sums(self.web.hazard)

    def _sums(self, per_edge: Floats) -> Floats:
        upto = np.concatenate([[0.0], np.cumsum(per_edge[self.answers.edges])])
        sums: Floats = np.diff(upto[self.answers.at])
        return sums

    def least_within(self, share: float) -> int:
        """Return the number of the least exposed way that takes at most `share` of the least time."""
        in_time = np.flatnonzero(self.time_s <= self.time_s.min() * share + 1e-6)
        order = np.lexsort((self.time_s[in_time], self.hazard[in_time]))
        return int(in_time[order[0]])


def front_between(web: Web, start: int, end: int) -> Front:
    """Return every way from `start` to `end` that no other beats in time and exposure.

    Raises:
        NoRoad: none leads there; on a map of ours some always does.
    """
    time, hazard = ticks(web.roads.time_s, web.mined), grains(web.hazard, web.mined)
    ends, place = web.roads.junctions_at(end), int(web.roads.junction_place[start])
    return Front(web, place, front(graph_of(web.roads), time, hazard, start=start, ends=ends))


def in_the_open_s(roads: Roads, covered: Floats) -> Floats:
    """Return seconds per edge that lie in no cover, from the share of each segment that is covered.

    A share is from 0 to 1; the map's own is `Roads.segment_cover`.
    """
    return roads.time_s * (1.0 - covered[roads.segment])


def three_costs(web: Web, open_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Return per edge the whole numbers of which a search knows: ticks, grains, ticks in the open."""
    time, hazard = ticks(web.roads.time_s, web.mined), grains(web.hazard, web.mined)
    return time, hazard, ticks(open_s, web.mined)


def front_in_cover_between(
    web: Web, start: int, end: int, *, open_s: Floats, share: float = WITHIN[-1]
) -> Front:
    """Return ways in time, exposure and time in the open: each way has one within a factor of 1.05.

    Args:
        web: the roads under one price.
        start, end: junctions.
        open_s: per edge, see `in_the_open_s`.
        share: of the least time, what a way may take; one that stands for others up to 1.05 more.

    Raises:
        NoRoad: none leads there.
    """
    three, ends = three_costs(web, open_s), web.roads.junctions_at(end)
    found = front_in_cover(graph_of(web.roads), three, start=start, ends=ends, share=share)
    return Front(web, int(web.roads.junction_place[start]), found)


def ways_between(web: Web, start: int, end: int) -> dict[str, Way]:
    """Return the planner's choices off the exact front: "fastest", "within15", "within30", "least".

    The two in the middle are the least exposed that take at most so much more than the fastest.
    """
    found = front_between(web, start, end)
    return {name: found.way(found.least_within(share)) for name, share in SHARES.items()}


def open_time_s(roads: Roads, way: Way) -> float:
    """Return how long a way leads neither through woods nor between houses, as the map tells them."""
    along = np.asarray(way.edges, dtype=np.int64)
    return float(in_the_open_s(roads, roads.segment_cover)[along].sum())


def most_covered_between(web: Web, start: int, end: int, *, most_hazard: float) -> Way:
    """Return the way that is least in the open of those within 30 % of the least time, and a limit.

    It may be exceeded by a twentieth in each of the three; see `front_in_cover_between`.

    Args:
        most_hazard: where no way lies within it, the least exposed is returned.

    Raises:
        NoRoad: none leads there.
    """
    open_s = in_the_open_s(web.roads, web.roads.segment_cover)
    found: list[Way] = [*front_in_cover_between(web, start, end, open_s=open_s)]
    within = [way for way in found if way.hazard <= most_hazard and not way.mined]
    if not within:
        return min(found, key=lambda way: (way.mined, way.hazard, way.time_s))
    return min(within, key=lambda way: (round(open_time_s(web.roads, way)), way.time_s))


def made_of(web: Web, way: Way) -> list[tuple[Danger, float]]:
    """Return which reports a way's hazard rests on, and each one's share of it, the most first.

    Shares are of 1 and add up to it; a way without hazard rests on none.
    """
    segments = web.roads.segment[np.asarray(way.edges, dtype=np.int64)]
    along = np.bincount(segments, minlength=web.roads.segments).astype(np.float64)
    each = np.asarray(web.priced.hazard.T @ along, dtype=np.float64).ravel()
    shares = each / each.sum() if each.sum() > 0 else each
    told = [
        (danger, float(share)) for danger, share in zip(web.priced.dangers, shares, strict=True)
    ]
    return sorted((entry for entry in told if entry[1] > 0), key=lambda entry: -entry[1])


def line_of(roads: Roads, way: Way) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the way's shape, latitudes and longitudes in 1e-7 degrees, from start to end."""
    start = way.junctions[0]
    lats = [roads.junction_lat_e7[start : start + 1]]
    lons = [roads.junction_lon_e7[start : start + 1]]
    for edge in way.edges:
        lat, lon = roads.shape(int(roads.segment[edge]))
        if not roads.forward[edge]:
            lat, lon = lat[::-1], lon[::-1]
        lats.append(lat[1:])
        lons.append(lon[1:])
    return np.concatenate(lats), np.concatenate(lons)


def snap(roads: Roads, *, lat_deg: float, lon_deg: float) -> tuple[int, float]:
    """Return the junction nearest to a place, and how far off it lies in metres."""
    lat, lon = roads.junction_lat_e7[: roads.places], roads.junction_lon_e7[: roads.places]
    return _nearest(lat, lon, lat_deg=lat_deg, lon_deg=lon_deg)


def _nearest(
    lat_e7: npt.NDArray[np.int32] | Floats,
    lon_e7: npt.NDArray[np.int32] | Floats,
    *,
    lat_deg: float,
    lon_deg: float,
) -> tuple[int, float]:
    flat = metres(lat_e7, lon_e7, at_lat_deg=lat_deg)
    here = metres(np.array([lat_deg * E7]), np.array([lon_deg * E7]), at_lat_deg=lat_deg)
    squared = ((flat - here) ** 2).sum(axis=1)
    at = int(squared.argmin())
    return at, float(math.sqrt(squared[at]))
