"""Which of a road lies in cover: woods on the map, and ground that is built on. Read from an extract.

A landuse is drawn by hand and coarse: a wood may have been felled, a house burned down, and a road
along the rim of a wood is seen from one side. It is a respect beside time and danger, and takes
nothing off the hazard. What the map does not tell counts as open.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from safeconduct.ways.danger import samples
from safeconduct.ways.roads import Column, Floats, Roads

WOODS = (("landuse", "forest"), ("natural", "wood"))
BUILT = tuple(
    ("landuse", kind) for kind in ("residential", "commercial", "industrial", "retail", "farmyard")
)
STEP_M = 25.0  # between two points of a road that are asked

Ring = npt.NDArray[np.int64]  # columns lat, lon; 1e-7 degrees; the first point again at its end


def read_cover(path: Path) -> list[list[Ring]]:
    """Return each wood and each built ground of an extract: its rings, outer and inner.

    Raises:
        RuntimeError, osmium.InvalidLocationError: the file cannot be read.
    """
    wanted = osmium.filter.TagFilter(*WOODS, *BUILT)
    reader = osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted)
    return [[*_rings(thing)] for thing in reader if isinstance(thing, osmium.osm.Area)]


def _rings(area: Any) -> Iterator[Ring]:
    for outer in area.outer_rings():
        for ring in (outer, *area.inner_rings(outer)):
            points = [(node.y, node.x) for node in ring if node.location.valid()]
            yield np.array(points, dtype=np.int64).reshape(-1, 2)


def covered(roads: Roads, areas: list[list[Ring]]) -> Floats:
    """Return, per segment, which share of it lies in one of these areas, from 0 to 1."""
    segment, lat, lon, length = samples(roads, step_m=STEP_M)
    order = np.argsort(lat, kind="stable")
    lat, lon = lat[order], lon[order]
    hidden = np.zeros(len(lat), dtype=np.bool_)
    for rings in areas:
        first = int(np.searchsorted(lat, min((ring[:, 0].min() for ring in rings), default=0)))
        last = int(np.searchsorted(lat, max((ring[:, 0].max() for ring in rings), default=0)))
        if first < last:
            hidden[first:last] |= _inside(rings, lat[first:last], lon[first:last])
    told = np.zeros(len(lat))
    told[order] = hidden
    many = roads.segments
    whole = np.bincount(segment, length, many)
    share: Floats = np.bincount(segment, told * length, many) / np.where(whole > 0, whole, 1.0)
    return np.clip(share, 0.0, 1.0)


def _inside(rings: list[Ring], lat: Column, lon: Column) -> npt.NDArray[np.bool_]:
    """Return which points, sorted by latitude, have an odd number of borders to the east of them."""
    inside = np.zeros(len(lat), dtype=np.bool_)
    for ring in rings:
        low, high = np.minimum(ring[:-1], ring[1:]), np.maximum(ring[:-1], ring[1:])
        begin = np.searchsorted(lat, low[:, 0], side="right").tolist()
        end = np.searchsorted(lat, high[:, 0], side="right").tolist()
        for n, (first, last) in enumerate(zip(begin, end, strict=True)):
            if first < last:
                (south, west), (north, east) = ring[n], ring[n + 1]
                cross = west + (lat[first:last] - south) / (north - south) * (east - west)
                inside[first:last] ^= lon[first:last] < cross
    return inside
