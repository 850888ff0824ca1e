"""How much of a road lies in a danger's reach: metres under a gaussian, exact for each stretch.

The roads of a map are laid out once, and a danger's column of `C` is made once for its place and
spread: neither its age nor its rate nor any other report touches it, nor a graph. Pure.
"""

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Floats, Ints, Roads, metres

CUT_SPREADS = 3.5  # exp(−3.5² / 2) is 0.002 of the rate at the centre
CELL_E7 = 100_000  # 0.01 degrees, about a kilometre from south to north
ACROSS = 360 * E7 // CELL_E7 + 2  # cells from west to east, and one to spare
LONG_M = 1_000.0  # stretches longer than this are few, and looked at every time
MOST_KEPT = 4_096  # columns of one map that are kept

Indices = npt.NDArray[np.int64]
_E7_M = math.radians(1) * EARTH_RADIUS_M / E7


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a danger reaches: the middle and the gaussian's spread about it, metres."""

    lat_deg: float
    lon_deg: float
    spread_m: float


@dataclass(frozen=True, slots=True)
class Column:
    """One column of C: which segments a danger reaches, and their metres under the gaussian."""

    segment: Indices
    metres: Floats


@dataclass(frozen=True, slots=True)
class Stretches:
    """Straight stretches about a danger, on a plane whose origin it is; metres, east and north.

    Each is told by its two ends, one row a stretch, east and north.
    """

    start: Floats
    end: Floats

    def nearest_m(self) -> Floats:
        """Return how near each stretch comes to the origin."""
        along = self.end - self.start
        squared = np.maximum((along**2).sum(axis=-1), 1e-12)
        share = np.clip(-(self.start * along).sum(axis=-1) / squared, 0.0, 1.0)
        nearest = self.start + share[..., None] * along
        away: Floats = np.hypot(nearest[..., 0], nearest[..., 1])
        return away

    def under(self, spread_m: float | Floats) -> Floats:
        """Return ∫ exp(−d² / 2 spread²) ds along each stretch, metres: in closed form, by erf."""
        along = self.end - self.start
        length = np.hypot(along[..., 0], along[..., 1])
        unit = along / np.maximum(length, 1e-9)[..., None]
        first, last = (self.start * unit).sum(axis=-1), (self.end * unit).sum(axis=-1)
        aside = np.maximum((self.start**2).sum(axis=-1) - first**2, 0.0)
        scale = spread_m * np.sqrt(2)
        between = scipy.special.erf(last / scale) - scipy.special.erf(first / scale)
        whole = spread_m * np.sqrt(np.pi / 2)
        under: Floats = np.exp(-aside / (2 * spread_m**2)) * whole * between
        return under


def about(spot: Spot, lat_e7: Ints, lon_e7: Ints) -> Floats:
    """Return points as metres east and north of a spot, on a plane at its own latitude."""
    here = metres(
        np.array([spot.lat_deg * E7]), np.array([spot.lon_deg * E7]), at_lat_deg=spot.lat_deg
    )
    return metres(lat_e7, lon_e7, at_lat_deg=spot.lat_deg) - here


class Ground:
    """The stretches of one map, sorted into cells, and the columns that were made on it.

    It holds the map's shapes and not the map, so that it goes when the map goes.
    """

    def __init__(self, roads: Roads) -> None:
        self._at, self._lat, self._lon = roads.shape_at, roads.shape_lat_e7, roads.shape_lon_e7
        self.columns: dict[Spot, Column] = {}
        owner = np.repeat(np.arange(roads.segments), np.diff(self._at))
        first = np.flatnonzero(owner[1:] == owner[:-1])
        lat, lon = self._lat.astype(np.int64), self._lon.astype(np.int64)
        north, east = lat[first + 1] - lat[first], lon[first + 1] - lon[first]
        long = _E7_M * np.hypot(north, east * np.cos(np.radians(lat[first] / E7))) > LONG_M
        self._long = first[long]
        first, north, east = (each[~long] for each in (first, north, east))
        cell = _row(lat[first] + north // 2) * ACROSS + _column(lon[first] + east // 2)
        order = np.argsort(cell, kind="stable")
        # shape points at which stretches begin, sorted by the cell in which their middle lies
        self._first, self._cell = first[order], cell[order]

    def near(self, spot: Spot, *, reach_m: float) -> tuple[Indices, Stretches]:
        """Return the stretches of which some part lies within `reach_m`, and their segments."""
        found = np.concatenate([*self._in_cells(spot, reach_m + LONG_M / 2), self._long])
        there = Stretches(
            about(spot, self._lat[found], self._lon[found]),
            about(spot, self._lat[found + 1], self._lon[found + 1]),
        )
        within = there.nearest_m() <= reach_m
        segment = np.searchsorted(self._at, found[within], side="right") - 1
        return segment, Stretches(there.start[within], there.end[within])

    def _in_cells(self, spot: Spot, reach_m: float) -> list[Indices]:
        lat, lon = round(spot.lat_deg * E7), round(spot.lon_deg * E7)
        up = reach_m / _E7_M
        highest = min(abs(spot.lat_deg) + up / E7, 89.0)
        aside = up / math.cos(math.radians(highest))
        rows = np.arange(int(_row(lat - up)), int(_row(lat + up)) + 1) * ACROSS
        begin = np.searchsorted(self._cell, rows + _column(lon - aside), side="left")
        end = np.searchsorted(self._cell, rows + _column(lon + aside), side="right")
        return [self._first[a:b] for a, b in zip(begin, end, strict=True)]

    def column(self, spot: Spot) -> Column:
        """Return one column of C, cut at 3.5 spreads; it is made once for a place and a spread."""
        made = self.columns.get(spot)
        if made is None:
            segment, stretches = self.near(spot, reach_m=CUT_SPREADS * spot.spread_m)
            which, place = np.unique(segment, return_inverse=True)
            summed = np.bincount(place, stretches.under(spot.spread_m), len(which))
            made = Column(which, summed.astype(np.float64))
            while len(self.columns) >= MOST_KEPT:
                self.columns.pop(next(iter(self.columns)))
            self.columns[spot] = made
        return made

    def within(self, spot: Spot, *, reach_m: float) -> Indices:
        """Return the segments that come within `reach_m` of a spot."""
        return np.unique(self.near(spot, reach_m=reach_m)[0])


def _row(lat_e7: npt.ArrayLike) -> Indices:
    return np.asarray(np.floor_divide(lat_e7, CELL_E7)).astype(np.int64) + 90 * E7 // CELL_E7


def _column(lon_e7: npt.ArrayLike) -> Indices:
    return np.asarray(np.floor_divide(lon_e7, CELL_E7)).astype(np.int64) + 180 * E7 // CELL_E7


_GROUNDS: "WeakKeyDictionary[Roads, Ground]" = WeakKeyDictionary()


def ground_of(roads: Roads) -> Ground:
    """Return the ground of a map, laid out once and kept as long as the map is held."""
    found = _GROUNDS.get(roads)
    if found is None:
        found = _GROUNDS[roads] = Ground(roads)
    return found
