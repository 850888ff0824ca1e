"""Yards, quarries, bridges and car parks that lie beside a road and not at a junction: places to meet.

A driver is told to stop where the landmark stands. So the road is cut across from it, and the cut is
a junction like any other, at which nothing turns off: ways end there, places are ranked there, and
what burns there is a point of the map.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.drawn import Drawn
from safeconduct.ways.roads import E7, Floats, metres

# A vehicle can stand there, or behind it, and nobody wonders at one that does.
STOPS = frozenset({"fuel", "parking", "quarry", "yard", "bridge", "church", "mill", "water_tower"})
OFF_M = (
    45.0  # from the road: a little less than what is seen as standing at a junction (sight.AT_M)
)
AT_M = 50.0  # a landmark nearer than this to a junction is that junction's
SAME_M = 3.0  # a cut nearer than this to a drawn point is that point
ALIKE_M = 60.0  # two cuts of one road nearer than this are one
STEP_M = 20.0  # between the points of a road that are looked at
FIRST_REF = np.iinfo(np.int64).min // 2  # refs that no extract uses, nor a block (`contract`)
_TWO = 2  # a node where more ends meet is a junction

Numbers = npt.NDArray[np.int64]


class Beside(Protocol):
    """A landmark, however it was found."""

    @property
    def kind(self) -> str: ...  # noqa: D102  the name says it
    @property
    def lat_e7(self) -> int: ...  # noqa: D102  the name says it
    @property
    def lon_e7(self) -> int: ...  # noqa: D102  the name says it


class Foot(NamedTuple):
    """Where a road is cut: behind which drawn point, at which share of the way to the next."""

    after: int
    share: float


def cut_beside(drawn: Drawn, marks: Sequence[Beside]) -> None:
    """Cut the roads across from landmarks beside them; those at a junction need none."""
    stops = [mark for mark in marks if mark.kind in STOPS]
    if not stops or not len(drawn):
        return
    ref, lat, lon = drawn.points
    at_lat = float(lat.mean()) / E7
    flat = metres(lat, lon, at_lat_deg=at_lat)
    spots = metres(
        np.array([mark.lat_e7 for mark in stops]),
        np.array([mark.lon_e7 for mark in stops]),
        at_lat_deg=at_lat,
    )
    met = flat[_met(ref, drawn.at)]
    alone = np.ones(len(spots), dtype=np.bool_)
    if len(met):
        alone = scipy.spatial.cKDTree(met).query(spots)[0] > AT_M
    feet = _feet(flat, drawn.at, spots[alone])
    _cut(drawn, flat, feet)


def _met(ref: Numbers, at: Numbers) -> Numbers:
    """Return one drawn point of each node at which three ends of roads meet, or more."""
    ends = np.full(len(ref), _TWO)
    ends[at[:-1]] = ends[at[1:] - 1] = 1
    _node, first, of = np.unique(ref, return_index=True, return_inverse=True)
    many: Numbers = first[np.bincount(of, ends) > _TWO]
    return many


def _feet(flat: Floats, at: Numbers, spots: Floats) -> list[Foot]:
    """Return the point of a road that is nearest to each spot, for spots that have one near."""
    steps = np.setdiff1d(np.arange(len(flat) - 1), at[1:-1] - 1)
    begin, along = flat[steps], flat[steps + 1] - flat[steps]
    parts = np.maximum(np.ceil(np.hypot(*along.T) / STEP_M), 1).astype(np.int64)
    of = np.repeat(np.arange(len(steps)), parts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    points = begin[of] + along[of] * ((number + 0.5) / parts[of])[:, None]
    away, nearest = scipy.spatial.cKDTree(points).query(spots, distance_upper_bound=OFF_M + STEP_M)
    found: dict[tuple[int, float], Foot] = {}
    for spot, point in zip(spots[np.isfinite(away)], nearest[np.isfinite(away)], strict=True):
        step = of[point]
        squared = max(float((along[step] ** 2).sum()), 1e-9)
        share = float(np.clip((spot - begin[step]) @ along[step] / squared, 0.0, 1.0))
        if float(np.hypot(*(begin[step] + share * along[step] - spot))) <= OFF_M:
            found[int(steps[step]), share] = Foot(int(steps[step]), share)
    return sorted(found.values())


def _cut(drawn: Drawn, flat: Floats, feet: Sequence[Foot]) -> None:
    """Cut at each of these, in their order along the ways, but for those that lie close to the last."""
    ref, lat, lon = drawn.points
    before: list[int] = []
    put: list[tuple[int, int, int]] = []
    last: Floats | None = None
    for after, share in feet:
        step = flat[after + 1] - flat[after]
        here, length = flat[after] + share * step, float(np.hypot(*step))
        if last is not None and float(np.hypot(*(here - last))) < ALIKE_M:
            continue
        last = here
        if min(share, 1 - share) * length < SAME_M:
            drawn.kept.add(int(ref[after + round(share)]))
            continue
        own = FIRST_REF + len(put)
        before.append(after + 1)
        north, east = (
            round(float(c[after]) + share * (float(c[after + 1]) - float(c[after])))
            for c in (lat, lon)
        )
        put.append((own, north, east))
        drawn.kept.add(own)
    if put:
        drawn.put_in(before, *zip(*put, strict=True))
