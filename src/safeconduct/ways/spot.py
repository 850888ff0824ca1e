"""A point on a road, between its junctions: where a place snaps to, and what leads on from there.

A man who stands halfway along a road of four kilometres is at neither of its ends. Pure: the
searches begin with `leading_on` and end with `leading_in`, each a part of one edge.
"""

from dataclasses import dataclass

import numpy as np

from safeconduct.ways.roads import E7, Column, Flags, Roads, metres

FIRST_LOOK_DEG = 0.02  # of latitude, about 2 km: doubled until a road is surely the nearest


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of a segment.

    Attributes:
        along: 0 at the beginning of the segment's shape, 1 at its end, by length.
        off_m: how far the place that was asked for lies from it.
    """

    segment: int
    along: float
    lat_e7: int
    lon_e7: int
    off_m: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an edge, between a spot and one of its junctions.

    Attributes:
        junction: where it leads, or comes from; a copy where the turn from it is not free.
    """

    edge: int
    junction: int
    time_s: float
    length_m: float


def snapped(roads: Roads, *, lat_deg: float, lon_deg: float) -> Spot:
    """Return the point nearest to a place on any road that this vehicle may use."""
    owner, lat, lon = _steps(roads)
    reach = FIRST_LOOK_DEG
    while True:
        near = np.abs(lat[0] / E7 - lat_deg) <= reach
        near |= np.abs(lat[1] / E7 - lat_deg) <= reach
        if near.all() or _within(lat[:, near], lon[:, near], lat_deg, lon_deg, reach):
            break
        reach *= 2
    at = np.flatnonzero(near)
    share, squared = _nearest(lat[:, near], lon[:, near], lat_deg, lon_deg)
    best = int(squared.argmin())
    step = int(at[best])
    here = [float(ends[0, step] + share[best] * (float(ends[1, step]) - ends[0, step]))
            for ends in (lat, lon)]  # fmt: skip
    segment = int(owner[step])
    return Spot(
        segment,
        _along(roads, segment, step - int(np.searchsorted(owner, segment)), float(share[best])),
        round(here[0]),
        round(here[1]),
        float(np.sqrt(squared[best])),
    )


def _steps(roads: Roads) -> tuple[Column, Column, Column]:
    """Return the straight pieces of all roads in use: owner, and latitudes and longitudes of both ends."""
    count = np.diff(roads.shape_at)
    owner = np.repeat(np.arange(roads.segments), count)
    inside = (owner[1:] == owner[:-1]) & _used(roads)[owner[:-1]]
    lat, lon = roads.shape_lat_e7, roads.shape_lon_e7
    return (
        owner[:-1][inside],
        np.stack([lat[:-1][inside], lat[1:][inside]]),
        np.stack([lon[:-1][inside], lon[1:][inside]]),
    )


def _used(roads: Roads) -> Flags:
    used: Flags = np.zeros(roads.segments, dtype=np.bool_)
    used[roads.segment] = True
    return used


def _within(lat: Column, lon: Column, lat_deg: float, lon_deg: float, reach_deg: float) -> bool:
    """Return whether the nearest of these pieces is nearer than any that was not looked at."""
    if lat.shape[1] == 0:
        return False
    _share, squared = _nearest(lat, lon, lat_deg, lon_deg)
    return float(np.sqrt(squared.min())) < reach_deg * 111_000


def _nearest(lat: Column, lon: Column, lat_deg: float, lon_deg: float) -> tuple[Column, Column]:
    """Return, per straight piece, the share along it that is nearest, and the distance squared, m²."""
    here = metres(np.array([lat_deg * E7]), np.array([lon_deg * E7]), at_lat_deg=lat_deg)
    begin = metres(lat[0], lon[0], at_lat_deg=lat_deg) - here
    step = metres(lat[1], lon[1], at_lat_deg=lat_deg) - here - begin
    length = (step**2).sum(axis=1)
    share = np.clip(-(begin * step).sum(axis=1) / np.where(length > 0, length, 1), 0, 1)
    return share, ((begin + share[:, None] * step) ** 2).sum(axis=1)


def _along(roads: Roads, segment: int, step: int, share: float) -> float:
    """Return how far along its segment a point of one of its straight pieces lies, 0 to 1."""
    lat, lon = roads.shape(segment)
    flat = metres(lat, lon, at_lat_deg=float(lat[0]) / E7)
    lengths = np.hypot(*np.diff(flat, axis=0).T)
    whole = float(lengths.sum())
    return (float(lengths[:step].sum()) + share * float(lengths[step])) / whole if whole else 0.0


def leading_on(roads: Roads, spot: Spot) -> list[Part]:
    """Return what may be driven from a spot: to one end of its road, to the other, or to both."""
    parts = []
    for edge in _edges(roads, spot.segment):
        if int(roads.junction_place[roads.tail[edge]]) == int(roads.tail[edge]):
            left = 1 - spot.along if roads.forward[edge] else spot.along
            parts.append(_part(roads, edge, int(roads.head[edge]), left))
    return parts


def leading_in(roads: Roads, spot: Spot) -> list[Part]:
    """Return what may be driven to a spot, from each junction that its road leaves."""
    parts = []
    for edge in _edges(roads, spot.segment):
        driven = spot.along if roads.forward[edge] else 1 - spot.along
        parts.append(_part(roads, edge, int(roads.tail[edge]), driven))
    return parts


def straight(roads: Roads, start: Spot, end: Spot) -> Part | None:
    """Return the part of one road from a spot to another on it, or None if it may not be driven."""
    for edge in _edges(roads, start.segment) if start.segment == end.segment else ():
        ahead = end.along - start.along
        if (ahead >= 0) == bool(roads.forward[edge]) or ahead == 0:
            return _part(roads, edge, int(roads.head[edge]), abs(ahead))
    return None


def _edges(roads: Roads, segment: int) -> list[int]:
    found: list[int] = np.flatnonzero(roads.segment == segment).tolist()
    return found


def _part(roads: Roads, edge: int, junction: int, share: float) -> Part:
    length_m = float(roads.segment_length_m[roads.segment[edge]])
    return Part(edge, junction, float(roads.time_s[edge]) * share, length_m * share)
