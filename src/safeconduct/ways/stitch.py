"""A country made of copies of one map: real roads locally, synthetic as a whole. For benchmarks.

Copies stand side by side in rows and are joined by straight roads across each border. A copy in
another latitude is drawn narrower or wider, so that its metres stay what they were.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Column, Roads

LINKS = 12  # roads across each border
GAP_DEG = 0.01  # between two copies, about a kilometre
LINK_M_S = 70 / 3.6
LINK_KIND = "secondary"


class _Grid(NamedTuple):
    """Which copy stands where: `column` and `row` per copy, and the tile's size in degrees."""

    column: Column
    row: Column
    high_deg: float
    wide_deg: float


def stitched(roads: Roads, *, junctions: int) -> Roads:
    """Return at least `junctions` junctions: as many copies as that takes, in a square or so.

    Edges of a copy are those of `roads`, so it holds together wherever `roads` does.
    """
    copies = -(-junctions // roads.junctions)
    side = int(np.ceil(np.sqrt(copies)))
    south, west, north, east = roads.bounds_deg()
    numbers = np.arange(copies)
    grid = _Grid(numbers % side, numbers // side, north - south + GAP_DEG, east - west + GAP_DEG)
    whole = _tiled(roads, grid)
    return _linked(whole, _links(roads, grid))


def _tiled(roads: Roads, grid: _Grid) -> Roads:
    """Return the copies side by side, not joined; places come first, then all copies of them."""
    copies, places = len(grid.row), roads.places
    inner = np.arange(roads.junctions)
    number = np.where(
        inner < places,
        np.arange(copies)[:, None] * places + inner,
        copies * places
        + np.arange(copies)[:, None] * (roads.junctions - places)
        + (inner - places),
    )
    lat, lon = _moved(roads, grid, roads.junction_lat_e7, roads.junction_lon_e7)
    order = np.argsort(number.ravel())
    shape_lat, shape_lon = _moved(roads, grid, roads.shape_lat_e7, roads.shape_lon_e7)
    mark_lat, mark_lon = _moved(roads, grid, roads.mark_lat_e7, roads.mark_lon_e7)
    along = int(roads.shape_at[-1]) * np.arange(copies)[:, None]
    each: dict[str, Any] = {name: np.tile(getattr(roads, name), copies) for name in _SAME}
    segment = roads.segment + roads.segments * np.arange(copies)[:, None]
    return replace(
        roads,
        **each,
        junction_lat_e7=lat.ravel()[order],
        junction_lon_e7=lon.ravel()[order],
        junction_place=number[:, roads.junction_place].ravel()[order].astype(np.int32),
        tail=number[:, roads.tail].ravel().astype(np.int32),
        head=number[:, roads.head].ravel().astype(np.int32),
        segment=segment.ravel().astype(np.int32),
        segment_from=_places(number, roads.segment_from),
        segment_to=_places(number, roads.segment_to),
        shape_at=np.append((roads.shape_at[:-1] + along).ravel(), roads.shape_at[-1] * copies)
        .astype(np.int32),
        shape_lat_e7=shape_lat.ravel(),
        shape_lon_e7=shape_lon.ravel(),
        mark_lat_e7=mark_lat.ravel(),
        mark_lon_e7=mark_lon.ravel(),
        afoot=None,
    )  # fmt: skip


_SAME = (
    "forward", "time_s", "segment_length_m", "segment_kind", "segment_name", "segment_surface",
    "segment_weight_kg", "segment_width_mm", "segment_height_mm", "segment_closed",
    "segment_circle", "segment_untold_bridges", "segment_untold_width_m", "segment_cover", "mark_kind",
    "mark_name",
)  # fmt: skip


def _places(number: Column, ends: Column) -> Column:
    placed = np.where(ends >= 0, number[:, ends], -1)
    return placed.ravel().astype(np.int32)


def _moved(roads: Roads, grid: _Grid, lat_e7: Column, lon_e7: Column) -> tuple[Column, Column]:
    """Return the points of every copy, one row each: moved, and as wide in metres as before."""
    south, west, _north, _east = roads.bounds_deg()
    north_deg = grid.row[:, None] * grid.high_deg
    wider = np.cos(np.radians(south)) / np.cos(np.radians(south + north_deg))
    lon = west + ((lon_e7 / E7 - west) + grid.column[:, None] * grid.wide_deg) * wider
    lat = lat_e7 / E7 + north_deg
    return np.rint(lat * E7).astype(np.int32), np.rint(lon * E7).astype(np.int32)


def _links(roads: Roads, grid: _Grid) -> Column:
    """Return pairs of places to join: each copy's eastern rim with its neighbour's western, and so on."""
    south, west, north, east = roads.bounds_deg()
    share = (np.arange(LINKS) + 0.5) / LINKS
    lats, lons = south + share * (north - south), west + share * (east - west)
    rims = {
        "east": _nearest(roads, lats, np.full(LINKS, east)),
        "west": _nearest(roads, lats, np.full(LINKS, west)),
        "north": _nearest(roads, np.full(LINKS, north), lons),
        "south": _nearest(roads, np.full(LINKS, south), lons),
    }
    at = {(int(c), int(r)): n for n, (c, r) in enumerate(zip(grid.column, grid.row, strict=True))}
    pairs = []
    for (column, row), here in at.items():
        for there, one, other in (
            (at.get((column + 1, row)), "east", "west"),
            (at.get((column, row + 1)), "north", "south"),
        ):
            if there is not None:
                ends = rims[one] + here * roads.places, rims[other] + there * roads.places
                pairs.append(np.unique(np.column_stack(ends), axis=0))
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), dtype=np.int64)


def _nearest(roads: Roads, lat_deg: Column, lon_deg: Column) -> Column:
    lat, lon = (
        roads.junction_lat_e7[: roads.places] / E7,
        roads.junction_lon_e7[: roads.places] / E7,
    )
    narrow = np.cos(np.radians(lat.mean()))
    north = lat[:, None] - lat_deg
    nearest: Column = (north**2 + ((lon[:, None] - lon_deg) * narrow) ** 2).argmin(axis=0)
    return nearest


def _linked(whole: Roads, pairs: Column) -> Roads:
    """Return the whole with a straight road between each pair, driven both ways."""
    a, b = pairs[:, 0], pairs[:, 1]
    lat, lon = whole.junction_lat_e7, whole.junction_lon_e7
    north = np.radians((lat[b] - lat[a].astype(np.float64)) / E7)
    east = np.radians((lon[b] - lon[a].astype(np.float64)) / E7)
    length_m = EARTH_RADIUS_M * np.hypot(north, east * np.cos(np.radians(lat[a] / E7)))
    fresh = whole.segments + np.arange(len(pairs))
    tail, head = np.concatenate([whole.tail, a, b]), np.concatenate([whole.head, b, a])
    segment = np.concatenate([whole.segment, fresh, fresh])
    order = np.lexsort((segment, head, tail))
    forward = np.concatenate([whole.forward, np.ones_like(a, bool), np.zeros_like(a, bool)])
    time_s = np.concatenate([whole.time_s, np.tile(length_m / LINK_M_S, 2)])
    ends_at = whole.shape_at[-1] + 2 * np.arange(1, len(pairs) + 1)
    told: dict[str, Any] = {
        "segment_from": a, "segment_to": b, "segment_length_m": length_m,
        "segment_kind": np.full(len(pairs), whole.kinds.index(LINK_KIND)),
        "segment_untold_width_m": length_m, "shape_at": ends_at,
        "shape_lat_e7": lat[pairs].ravel(), "shape_lon_e7": lon[pairs].ravel(),
    }  # fmt: skip
    of_segments = [name for name in _SAME if name.startswith("segment_")]
    nothing = {name: np.zeros(len(pairs)) for name in of_segments}
    added: dict[str, Any] = {
        name: np.concatenate([getattr(whole, name), extra.astype(getattr(whole, name).dtype)])
        for name, extra in (nothing | told).items()
    }
    return replace(
        whole,
        **added,
        tail=tail[order].astype(np.int32),
        head=head[order].astype(np.int32),
        segment=segment[order].astype(np.int32),
        forward=forward[order],
        time_s=time_s[order],
    )
