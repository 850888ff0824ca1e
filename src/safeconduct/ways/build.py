"""The last step of an import: segments and bans to `Roads`, the largest part that holds together."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import numpy as np

from safeconduct.ways.contract import Segments, contracted
from safeconduct.ways.drawn import Drawn
from safeconduct.ways.names import Names, NameTable
from safeconduct.ways.roads import Column, Roads, strongest
from safeconduct.ways.turns import Driven, Split, banned, split


class Named(Protocol):
    """A landmark, however it was found."""

    @property
    def kind(self) -> str: ...  # noqa: D102  the name says it
    @property
    def names(self) -> Names: ...  # noqa: D102  the name says it
    @property
    def lat_e7(self) -> int: ...  # noqa: D102  the name says it
    @property
    def lon_e7(self) -> int: ...  # noqa: D102  the name says it


def built(
    drawn: Drawn,
    marks: Sequence[Named],
    *,
    kinds: tuple[str, ...],
    mark_kinds: tuple[str, ...],
    apart: Collection[int] = (),
    vehicle: str = "car",
) -> Roads:
    """Return the junction graph of what is drawn: the part where all places reach all others.

    Args:
        drawn: ways, bans, and the nodes that stop or limit who passes.
        marks: what can be named beside the roads.
        kinds, mark_kinds: what the kind numbers mean.
        apart: kinds that are never joined with another kind.
        vehicle: one of `VEHICLES`, for whom the ways were drawn.

    Raises:
        WrongMap: no two junctions are joined in both directions.
    """
    segments = contracted(drawn, apart=apart)
    driven = Driven(segments)
    paths, left_out = banned(driven, drawn.bans)
    told = split(driven, paths)
    mark_name = np.array([drawn.names.number(mark.names) for mark in marks], dtype=np.int32)
    return Roads(
        **_graph(segments, told),
        mark_lat_e7=np.array([mark.lat_e7 for mark in marks], dtype=np.int32),
        mark_lon_e7=np.array([mark.lon_e7 for mark in marks], dtype=np.int32),
        mark_kind=np.array([mark_kinds.index(mark.kind) for mark in marks], dtype=np.int32),
        mark_name=mark_name,
        kinds=kinds,
        mark_kinds=mark_kinds,
        names=NameTable.of(drawn.names.told),
        vehicle=vehicle,
        counts={
            "turns_banned": len(paths),
            "bans_left_out": left_out,
            "blocked": len(drawn.blocked),
        },
    )


def _graph(segments: Segments, told: Split) -> dict[str, Any]:
    """Return the arrays of junctions, edges and segments; places come first, then their copies."""
    kept = strongest(told.tail, told.head, told.node)
    places = len(segments.node_ref)
    place_in = kept[:places]
    number = _numbers(segments, told, kept)
    edge_in = kept[told.tail] & kept[told.head]
    segment_in = place_in[segments.a] | place_in[segments.b]
    segment_in &= (segments.a != segments.b) | (segments.told["length_m"] > 0)
    edge_in &= segment_in[told.edge // 2]
    order = np.argsort(number[kept], kind="stable")
    node = told.node[kept][order]
    lat, lon = _where(segments, node)
    return {
        "junction_lat_e7": lat,
        "junction_lon_e7": lon,
        "junction_place": number[node].astype(np.int32),
        **_edges(segments, told, edge_in, number, segment_in),
        **_segments(segments, segment_in, np.where(place_in, number[:places], -1)),
    }


def _numbers(segments: Segments, told: Split, kept: Column) -> Column:
    """Return the new number of each junction: places by their node, copies by place; else -1."""
    is_copy = np.arange(len(told.node)) >= len(segments.node_ref)
    order = np.lexsort((np.arange(len(told.node)), segments.node_ref[told.node], is_copy, ~kept))
    number = np.full(len(told.node), -1, dtype=np.int64)
    number[order[: int(kept.sum())]] = np.arange(int(kept.sum()))
    return number


def _where(segments: Segments, node: Column) -> tuple[Column, Column]:
    """Return latitude and longitude of nodes that are ends of segments, 1e-7 degrees."""
    at = np.zeros(len(segments.node_ref), dtype=np.int64)
    at[segments.a] = segments.shape_at[:-1]
    at[segments.b] = segments.shape_at[1:] - 1
    return segments.lat_e7[at[node]], segments.lon_e7[at[node]]


def _edges(
    segments: Segments, told: Split, edge_in: Column, number: Column, segment_in: Column
) -> dict[str, Column]:
    """Return the edge arrays, sorted by tail, then head, then segment."""
    fresh = np.cumsum(segment_in) - 1
    tail, head = number[told.tail[edge_in]], number[told.head[edge_in]]
    edge = told.edge[edge_in]
    old, backward = edge // 2, edge % 2
    order = np.lexsort((backward, old, head, tail))
    return {
        "tail": tail[order].astype(np.int32),
        "head": head[order].astype(np.int32),
        "segment": fresh[old][order].astype(np.int32),
        "forward": backward[order] == 0,
        "time_s": segments.told["time_s"][old][order],
    }


def _segments(segments: Segments, segment_in: Column, place: Column) -> dict[str, Column]:
    told = {name: segments.told[name][segment_in] for name in segments.told}
    count = np.diff(segments.shape_at)
    owner_in = np.repeat(segment_in, count)
    return {
        "segment_from": place[segments.a][segment_in].astype(np.int32),
        "segment_to": place[segments.b][segment_in].astype(np.int32),
        "segment_length_m": told["length_m"],
        "segment_kind": told["kind"].astype(np.int32),
        "segment_name": told["name"].astype(np.int32),
        "segment_surface": told["surface"].astype(np.int8),
        "segment_weight_kg": told["weight_kg"].astype(np.int32),
        "segment_width_mm": told["width_mm"].astype(np.int32),
        "segment_height_mm": told["height_mm"].astype(np.int32),
        "segment_closed": told["closed"].astype(np.uint8),
        "segment_circle": told["circle"].astype(np.bool_),
        "segment_untold_bridges": told["untold_bridges"].astype(np.int32),
        "segment_untold_width_m": told["untold_width_m"],
        "segment_cover": np.zeros(int(segment_in.sum())),
        "shape_at": np.concatenate([[0], np.cumsum(count[segment_in])]).astype(np.int32),
        "shape_lat_e7": segments.lat_e7[owner_in],
        "shape_lon_e7": segments.lon_e7[owner_in],
    }
