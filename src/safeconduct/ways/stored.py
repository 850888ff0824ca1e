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
from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Floats, Ints, Roads
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
        nearest_m: per danger, how near the way comes to it; infinite beyond its reach.
        mined: it enters mined ground.
    """

    hazard: Floats
    nearest_m: Floats
    mined: bool

    @property
    def probability(self) -> float:
        """Return P = 1 − exp(−Σ hazard): the model's figure, a judgement, never "safe"."""
        return -math.expm1(-float(self.hazard.sum()))


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


def cost_along(
    line: Line, dangers: Sequence[Danger], *, at: datetime, drive: Drive | None = None
) -> Cost:
    """Return what a stored way costs under `dangers`; see `Danger.share` for the two times."""
    hazard, nearest = np.zeros(len(dangers)), nearest_m(line, dangers)
    near = np.flatnonzero(np.isfinite(nearest))
    there = [dangers[n] for n in near.tolist()]
    if there:
        stretches = _about(line, there)
        spread = np.array([each.spot.spread_m for each in there])[:, None]
        metres = stretches.under(spread)
        metres[stretches.nearest_m() > CUT_SPREADS * spread] = 0.0
        pace = np.diff(line.at_s) / np.maximum(_lengths(line), 1e-9)
        watched = np.array([each.kind == WATCHERS for each in there])[:, None]
        harm = np.where(watched, metres * pace, metres).sum(axis=1)
        hazard[near] = harm * np.array([each.counted(at, drive) for each in there])
    mined = any(
        each.kind == MINES and far <= each.wall_m
        for each, far in zip(dangers, nearest.tolist(), strict=True)
    )
    return Cost(hazard, nearest, mined)


def nearest_m(line: Line, dangers: Sequence[Danger], *, beyond_m: float = 0.0) -> Floats:
    """Return how near a stored way comes to each danger, metres; infinite beyond its reach.

    Args:
        beyond_m: metres that are looked at beyond the reach of each.
    """
    nearest = np.full(len(dangers), np.inf)
    if not dangers or len(line.lat_e7) < 2:  # noqa: PLR2004  a line
        return nearest
    reach = beyond_m + np.array(
        [max(CUT_SPREADS * each.spot.spread_m, each.wall_m) for each in dangers]
    )
    near = _reached(line, dangers, reach)
    if len(near):
        away = _about(line, [dangers[n] for n in near.tolist()]).nearest_m().min(axis=1)
        nearest[near] = np.where(away <= reach[near], away, np.inf)
    return nearest


def _reached(line: Line, dangers: Sequence[Danger], reach_m: Floats) -> Indices:
    """Return which dangers may reach the line, by the box about it: a few of many."""
    lat = np.array([each.lat_deg for each in dangers]) * E7
    lon = np.array([each.lon_deg for each in dangers]) * E7
    up = reach_m / _E7_M
    aside = up / np.cos(np.radians(np.minimum(np.abs(lat) / E7 + up / E7, 89.0)))
    inside = (lat + up >= line.lat_e7.min()) & (lat - up <= line.lat_e7.max())
    inside &= (lon + aside >= line.lon_e7.min()) & (lon - aside <= line.lon_e7.max())
    return np.flatnonzero(inside)


def _about(line: Line, dangers: Sequence[Danger]) -> Stretches:
    """Return the line's stretches about each danger, each on the plane at its own latitude."""
    lat = np.array([each.lat_deg for each in dangers])[:, None]
    lon = np.array([each.lon_deg for each in dangers])[:, None]
    north = (line.lat_e7[None, :] - lat * E7) * _E7_M
    east = (line.lon_e7[None, :] - lon * E7) * _E7_M * np.cos(np.radians(lat))
    points = np.stack([east, north], axis=-1)
    return Stretches(points[:, :-1], points[:, 1:])


def _lengths(line: Line) -> Floats:
    north = np.diff(line.lat_e7.astype(np.float64))
    middle = math.radians(float(line.lat_e7.mean()) / E7)
    east = np.diff(line.lon_e7.astype(np.float64)) * math.cos(middle)
    lengths: Floats = np.hypot(north, east) * _E7_M
    return lengths
