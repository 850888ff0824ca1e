"""A way that was stored, priced anew under the reports of now: its line is enough, no map and no graph.

Fifty open cases are priced within a second of a report (docs/decisions/0117); the same figure comes
out as on the map, for `C` is a matter of geometry alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from safeconduct.ways.danger import MINES, WATCHERS, Danger, Drive
from safeconduct.ways.exposure import CUT_SPREADS, Indices, Stretches
from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Flags, Floats, Ints, Roads
from safeconduct.ways.route import Way, line_of

_E7_M = math.radians(1) * EARTH_RADIUS_M / E7


@dataclass(frozen=True, slots=True)
class Line:
    """A stored way.

    Attributes:
        lat_e7, lon_e7: its shape, 1e-7 degrees.
        at_s: when each point of it is reached, seconds from the start.
    """

    lat_e7: Ints
    lon_e7: Ints
    at_s: Floats


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stored way costs.

    Attributes:
        hazard: per danger, in the order they were given.
        mined: per danger, whether the way enters its mined ground.
    """

    hazard: Floats
    mined: Flags


def probability(hazard: float) -> float:
    """Return P = 1 − exp(−Σ hazard): the model's figure, a judgement, never "safe"."""
    return -math.expm1(-hazard)


def seconds_along(roads: Roads, way: Way) -> Floats:
    """Return when each point of `route.line_of` is reached, seconds from the start."""
    parts = [np.zeros(1)]
    for edge in way.edges:
        lat, lon = roads.shape(int(roads.segment[edge]))
        north = np.diff(lat.astype(np.float64))
        east = np.diff(lon.astype(np.float64)) * math.cos(math.radians(float(lat[0]) / E7))
        length = np.hypot(north, east) if roads.forward[edge] else np.hypot(north, east)[::-1]
        share = np.cumsum(length) / max(float(length.sum()), 1e-9)
        parts.append(parts[-1][-1] + share * float(roads.time_s[edge]))
    return np.concatenate(parts)


def line_from(roads: Roads, way: Way) -> Line:
    """Return a way as it is stored."""
    return Line(*line_of(roads, way), seconds_along(roads, way))


class Strewn:
    """Many dangers as arrays, made once to price many stored ways with."""

    def __init__(self, dangers: Sequence[Danger]) -> None:
        self.dangers = tuple(dangers)
        spots = [each.spot for each in self.dangers]
        self.lat_e7 = np.array([spot.lat_deg * E7 for spot in spots])
        self.lon_e7 = np.array([spot.lon_deg * E7 for spot in spots])
        self.spread_m = np.array([spot.spread_m for spot in spots])
        self.wall_m = np.array([each.wall_m for each in self.dangers])
        self.mines = np.array([each.kind == MINES for each in self.dangers], dtype=np.bool_)
        self.watchers = np.array([each.kind == WATCHERS for each in self.dangers], dtype=np.bool_)
        self.reach_m = np.maximum(CUT_SPREADS * self.spread_m, np.where(self.mines, self.wall_m, 0))
        self._east_m = np.cos(np.radians(self.lat_e7 / E7)) * _E7_M
        self._counted: dict[tuple[datetime, Drive | None], Floats] = {}

    def counted(self, at: datetime, drive: Drive | None) -> Floats:
        """Return the rates that are priced; see `Danger.counted`."""
        told = self._counted.get((at, drive))
        if told is None:
            told = np.array([each.counted(at, drive) for each in self.dangers])
            self._counted[at, drive] = told
        return told

    def cost(self, line: Line, *, at: datetime, drive: Drive | None = None) -> Cost:
        """Return what a stored way costs; see `Danger.share` for the two times."""
        which, stretch, stretches = self._beside(line, self.reach_m)
        spread, away = self.spread_m[which], stretches.nearest_m()
        metres = np.where(away <= CUT_SPREADS * spread, stretches.under(spread), 0.0)
        pace = np.diff(line.at_s) / np.maximum(_lengths(line), 1e-9)
        harm = np.where(self.watchers[which], metres * pace[stretch], metres)
        many = len(self.dangers)
        hazard = np.bincount(which, harm, many) * self.counted(at, drive)
        inside = which[self.mines[which] & (away <= self.wall_m[which])]
        return Cost(hazard, np.bincount(inside, minlength=many) > 0)

    def nearest_m(self, line: Line, *, beyond_m: float = 0.0) -> Floats:
        """Return how near a stored way comes to each danger, metres; infinite beyond its reach.

        Args:
            beyond_m: metres that are looked at beyond the reach of each.
        """
        reach, nearest = self.reach_m + beyond_m, np.full(len(self.dangers), np.inf)
        which, _stretch, stretches = self._beside(line, reach)
        np.minimum.at(nearest, which, stretches.nearest_m())
        nearest[nearest > reach] = np.inf
        return nearest

    def _beside(self, line: Line, reach_m: Floats) -> tuple[Indices, Indices, Stretches]:
        """Return which dangers may reach which stretches, each pair on the plane about the danger.

        Pairs are a few of all: a stretch whose middle lies farther off than the reach and half its
        own length is beyond it.
        """
        lat, lon = line.lat_e7.astype(np.float64), line.lon_e7.astype(np.float64)
        boxed = self._boxed(line, reach_m)
        north = ((lat[:-1] + lat[1:]) / 2 - self.lat_e7[boxed, None]) * _E7_M
        east = ((lon[:-1] + lon[1:]) / 2 - self.lon_e7[boxed, None]) * self._east_m[boxed, None]
        # a hundredth more, for lengths are measured at the line's own latitude
        least = reach_m[boxed, None] + 0.51 * _lengths(line)
        row, stretch = np.nonzero(north**2 + east**2 <= least**2)
        which = boxed[row]
        ends = [
            np.column_stack(
                [
                    (lon[stretch + end] - self.lon_e7[which]) * self._east_m[which],
                    (lat[stretch + end] - self.lat_e7[which]) * _E7_M,
                ]
            )
            for end in (0, 1)
        ]
        return which, stretch, Stretches(*ends)

    def _boxed(self, line: Line, reach_m: Floats) -> Indices:
        """Return which dangers may reach the box about a line."""
        if len(line.lat_e7) < 2:  # noqa: PLR2004  a line
            return np.zeros(0, dtype=np.int64)
        up, aside = reach_m / _E7_M, 1.01 * reach_m / self._east_m
        inside = (self.lat_e7 + up >= line.lat_e7.min()) & (self.lat_e7 - up <= line.lat_e7.max())
        inside &= (self.lon_e7 + aside >= line.lon_e7.min()) & (
            self.lon_e7 - aside <= line.lon_e7.max()
        )
        return np.flatnonzero(inside)


def _lengths(line: Line) -> Floats:
    north = np.diff(line.lat_e7.astype(np.float64))
    middle = math.radians(float(line.lat_e7.mean()) / E7)
    east = np.diff(line.lon_e7.astype(np.float64)) * math.cos(middle)
    lengths: Floats = np.hypot(north, east) * _E7_M
    return lengths
