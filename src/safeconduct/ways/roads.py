"""A road graph as arrays, and its one file. Numpy only; degrees WGS 84 as integers of 1e-7.

A *segment* is a road between two junctions with its shape; an *edge* is a segment driven in one
direction. Edges are sorted by tail, so `indptr[j]:indptr[j + 1]` are those that leave junction j.
A *place* is where roads meet. Where a turn is banned it has several junctions: the first, from
which every road leads on, and *copies* for who came by a road from which not all may be taken
(`ways/turns.py`). Places have the numbers from 0 to `places - 1`, copies those after. A way to a
place may end at any junction of it (`junctions_at`); a way from it begins at the first.
Only the largest part in which every place reaches every other is kept: a road cut by the rim
of the extract would look like "no way" where there is one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.names import NameTable

VERSION = 4
ATTRIBUTION = "© OpenStreetMap contributors"
E7 = 10**7
CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "kk"})
VEHICLES = ("foot", "car", "lorry", "tracked")
SURFACES = ("", "paved", "gravel", "earth", "mud")  # "" is not told; by how fast one may go
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980, as in safeconduct.geo

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]


class WrongMap(ValueError):
    """A map file cannot be used; the message says why and what to do."""


ARRAYS = (
    "junction_lat_e7", "junction_lon_e7", "junction_place", "tail", "head", "segment", "forward",
    "time_s", "segment_from", "segment_to", "segment_length_m", "segment_kind", "segment_name",
    "segment_surface", "segment_weight_kg", "segment_width_mm", "segment_height_mm",
    "segment_closed", "segment_circle", "segment_untold_bridges", "segment_untold_width_m",
    "segment_cover", "shape_at", "shape_lat_e7", "shape_lon_e7", "mark_lat_e7", "mark_lon_e7",
    "mark_kind", "mark_name",
)  # fmt: skip


class Meeting(NamedTuple):
    """Every end of a road at every place: those at place p are `at[p]:at[p + 1]`.

    Roads that only lead in, that leave the map, or that are closed to this vehicle are there too:
    whoever counts turnings sees them on the ground.

    Attributes:
        at: where each place's ends begin.
        segment: the road; a loop is there twice.
        heading_deg: away from the place, degrees from north.
        outward: the road's shape begins here.
    """

    at: npt.NDArray[np.int64]
    segment: npt.NDArray[np.int64]
    heading_deg: Floats
    outward: Flags


@dataclass(frozen=True, eq=False)
class Roads:
    """One map; two are compared by their digests.

    Attributes:
        junction_lat_e7, junction_lon_e7: where junctions lie.
        junction_place: the place a junction belongs to; its own number for a place.
        tail, head, segment, forward, time_s: per edge; `forward` is along the segment's shape.
        segment_from, segment_to: places at the ends of its shape; -1 where it leaves this part.
        segment_length_m, segment_kind, segment_name: per segment; indices into `kinds`, `names`.
        segment_surface: an index into `SURFACES`.
        segment_weight_kg, segment_width_mm, segment_height_mm: the most that may pass; 0 is "not
            told", and lets all pass.
        segment_closed: bit n is set when `VEHICLES[n]` may not use it.
        segment_circle: it is a piece of a circle that is signed as one (OSM: junction=roundabout).
        segment_untold_bridges: bridges on it whose weight nobody told.
        segment_untold_width_m: metres of it whose width nobody told.
        segment_cover: the share of it that lies in woods or between houses, 0 to 1; see `knows_cover`.
        shape_at, shape_lat_e7, shape_lon_e7: shape of segment s at `shape_at[s]:shape_at[s + 1]`.
        mark_lat_e7, mark_lon_e7, mark_kind, mark_name: landmarks that can be said, and villages.
        kinds, mark_kinds: what the kind numbers mean.
        names: every name by language, {"": as on the map, "ru": …}; number 0 is "no name".
        vehicle: one of `VEHICLES`: whose edges and times these are.
        attribution: who must be named wherever the map is shown.
        afoot: the footpaths and roads of the same extract for who walks, if it was read for them.
        part_of: digest of the map that these are one vehicle's part of; empty for the map itself.
        beside: the folder that its file lies in, where what is found of it is kept; None without one.
        counts: of the import: turns banned, bans left out, nodes blocked, woods and built grounds.
    """

    junction_lat_e7: Ints
    junction_lon_e7: Ints
    junction_place: Ints
    tail: Ints
    head: Ints
    segment: Ints
    forward: Flags
    time_s: Floats
    segment_from: Ints
    segment_to: Ints
    segment_length_m: Floats
    segment_kind: Ints
    segment_name: Ints
    segment_surface: npt.NDArray[np.int8]
    segment_weight_kg: Ints
    segment_width_mm: Ints
    segment_height_mm: Ints
    segment_closed: npt.NDArray[np.uint8]
    segment_circle: Flags
    segment_untold_bridges: Ints
    segment_untold_width_m: Floats
    segment_cover: Floats
    shape_at: Ints
    shape_lat_e7: Ints
    shape_lon_e7: Ints
    mark_lat_e7: Ints
    mark_lon_e7: Ints
    mark_kind: Ints
    mark_name: Ints
    kinds: tuple[str, ...]
    mark_kinds: tuple[str, ...]
    names: NameTable
    vehicle: str = "car"
    attribution: str = ATTRIBUTION
    counts: Mapping[str, int] = field(default_factory=dict)
    afoot: "Roads | None" = None
    part_of: bytes = b""
    beside: Path | None = None

    @property
    def junctions(self) -> int:
        """Return how many junctions there are, copies and all."""
        return len(self.junction_lat_e7)

    @cached_property
    def places(self) -> int:
        """Return how many places there are: junctions without their copies."""
        return int((self.junction_place == np.arange(self.junctions)).sum())

    @cached_property
    def _copies(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for copy in range(self.places, self.junctions):
            found.setdefault(int(self.junction_place[copy]), []).append(copy)
        return found

    def junctions_at(self, junction: int) -> tuple[int, ...]:
        """Return all junctions of the place that `junction` belongs to, the place itself first."""
        place = int(self.junction_place[junction])
        return (place, *self._copies.get(place, ()))

    @property
    def knows_cover(self) -> bool:
        """Return whether the extract told of any wood or built ground: else all of it counts as open."""
        return self.counts.get("covers", 0) > 0

    @property
    def edges(self) -> int:
        """Return how many directed edges there are."""
        return len(self.tail)

    @property
    def segments(self) -> int:
        """Return how many segments there are."""
        return len(self.segment_length_m)

    @cached_property
    def indptr(self) -> npt.NDArray[np.int64]:
        """Return where each junction's leaving edges begin."""
        return np.searchsorted(self.tail, np.arange(self.junctions + 1)).astype(np.int64)

    @cached_property
    def place_key(self) -> npt.NDArray[np.int64]:
        """Return, per place, what it is known by on every map of the same extract."""
        lat = self.junction_lat_e7[: self.places].astype(np.int64)
        return (lat << 32) + self.junction_lon_e7[: self.places]

    @cached_property
    def ways_out(self) -> npt.NDArray[np.int64]:
        """Return, per junction, how many different places a road leads on to."""
        onward = self.junction_place[self.tail] != self.junction_place[self.head]
        ends = np.column_stack([self.tail, self.junction_place[self.head]])[onward]
        pairs = np.unique(ends, axis=0)
        return np.bincount(pairs[:, 0], minlength=self.junctions)

    @cached_property
    def headings_deg(self) -> tuple[Floats, Floats]:
        """Return, per edge, the heading at its start and that at its end, degrees from north."""
        first, last = self.shape_at[self.segment], self.shape_at[self.segment + 1] - 1
        step = np.where(self.forward, 1, -1)
        start, end = np.where(self.forward, first, last), np.where(self.forward, last, first)
        return self._heading(start, start + step), self._heading(end - step, end)

    @cached_property
    def meeting(self) -> "Meeting":
        """Return what meets at each place, whether or not it may be driven from there."""
        begins, ends = self.shape_at[:-1], self.shape_at[1:] - 1
        place = np.concatenate([self.segment_from, self.segment_to])
        segment = np.tile(np.arange(self.segments, dtype=np.int64), 2)
        heading = np.concatenate([
            self._heading(begins, begins + 1), self._heading(ends, ends - 1)
        ])  # fmt: skip
        order = np.lexsort((segment, place))
        order = order[place[order] >= 0]
        return Meeting(
            np.searchsorted(place[order], np.arange(self.places + 1)),
            segment[order],
            heading[order],
            order < self.segments,
        )

    def _heading(self, one: npt.NDArray[Any], other: npt.NDArray[Any]) -> Floats:
        """Return the heading from one point of the shapes to another, on a plane about the first."""
        lat, lon = self.shape_lat_e7.astype(np.float64), self.shape_lon_e7.astype(np.float64)
        east = (lon[other] - lon[one]) * np.cos(np.radians(lat[one] / E7))
        heading: Floats = np.degrees(np.arctan2(east, lat[other] - lat[one])) % 360
        return heading

    def arrays(self) -> dict[str, Column]:
        """Return every array by name, the names' bytes among them: with `words` all there is."""
        told = {name: np.ascontiguousarray(getattr(self, name)) for name in ARRAYS}
        return told | {"name_at": self.names.at, "name_blob": self.names.blob}

    def words(self) -> dict[str, Any]:
        """Return what is no array, as JSON has it."""
        return {
            "kinds": list(self.kinds),
            "mark_kinds": list(self.mark_kinds),
            "vehicle": self.vehicle,
            "attribution": self.attribution,
            "counts": dict(self.counts),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, Column], words: Mapping[str, Any]) -> "Roads":
        """Return the map that `arrays` and `words` were taken from.

        Raises:
            KeyError: something is missing.
        """
        own: dict[str, Any] = {name: arrays[name] for name in ARRAYS}
        return cls(
            **own,
            names=NameTable(arrays["name_at"], arrays["name_blob"]),
            kinds=tuple(words["kinds"]),
            mark_kinds=tuple(words["mark_kinds"]),
            vehicle=words["vehicle"],
            attribution=words["attribution"],
            counts=words["counts"],
        )

    @cached_property
    def digest(self) -> bytes:
        """Return sha256 of the content: the map's version, the same wherever it was imported."""
        told = hashlib.sha256(f"roads {VERSION}\n".encode())
        for name, array in self.arrays().items():
            told.update(f"{name} {array.dtype.str} {len(array)}\n".encode())
            told.update(array.data)
        told.update(json.dumps(self.words(), ensure_ascii=False, sort_keys=True).encode())
        told.update(self.afoot.digest if self.afoot else b"")
        return told.digest()

    @property
    def version(self) -> str:
        """Return the first 12 hex digits of the map's digest, for people to compare."""
        return (self.part_of or self.digest).hex()[:12]

    def shape(self, segment: int) -> tuple[Ints, Ints]:
        """Return latitudes and longitudes (1e-7 degrees) along one segment."""
        here = slice(int(self.shape_at[segment]), int(self.shape_at[segment + 1]))
        return self.shape_lat_e7[here], self.shape_lon_e7[here]

    def name(self, number: int, language: str) -> str:
        """Return name `number` in `language`, else in its own script as far as the map has one."""
        told = self.names[number]
        latin = "" if language in CYRILLIC else told.get("en", "")
        return told.get(language) or latin or told.get("", "")

    def bounds_deg(self) -> tuple[float, float, float, float]:
        """Return south, west, north, east of all junctions, degrees."""
        lat, lon = self.junction_lat_e7 / E7, self.junction_lon_e7 / E7
        return float(lat.min()), float(lon.min()), float(lat.max()), float(lon.max())


def metres(
    lat_e7: npt.NDArray[Any], lon_e7: npt.NDArray[Any], *, at_lat_deg: float
) -> npt.NDArray[np.float64]:
    """Return columns east, north in metres on a plane about `at_lat_deg` (equirectangular)."""
    scale = np.radians(1) * EARTH_RADIUS_M / E7
    east = lon_e7.astype(np.float64) * scale * np.cos(np.radians(at_lat_deg))
    return np.column_stack([east, lat_e7.astype(np.float64) * scale])


def strongest(tail: Column, head: Column, place: Column) -> Flags:
    """Return which junctions are in the largest part where each place reaches each, as flags.

    Beside the junctions that reach each other, all others of their places from which one comes to
    them: there one sets off, though none may arrive unless restricted in how he goes on.

    Raises:
        WrongMap: no two junctions are joined in both directions.
    """
    _count, part = scipy.sparse.csgraph.connected_components(
        _joins(tail, head, len(place)), directed=True, connection="strong"
    )
    sizes = np.bincount(part, minlength=1)
    if sizes.max() <= 1:
        raise WrongMap("No two junctions of this extract are joined both ways. Give a larger one.")
    inside = part == sizes.argmax()
    place_in = np.zeros(len(place), dtype=np.bool_)
    place_in[place[inside]] = True
    near = place_in[place]
    among = near[tail] & near[head]
    leads_in = scipy.sparse.csgraph.breadth_first_order(
        _joins(head[among], tail[among], len(place)),
        int(inside.argmax()),
        return_predecessors=False,
    )
    kept: Flags = np.zeros(len(place), dtype=np.bool_)
    kept[leads_in] = True
    return kept


def _joins(tail: Column, head: Column, junctions: int) -> "scipy.sparse.csr_matrix":
    one = np.ones(len(tail), dtype=np.int8)
    joined = scipy.sparse.coo_matrix((one, (tail, head)), shape=(junctions, junctions))
    return scipy.sparse.csr_matrix(joined)
