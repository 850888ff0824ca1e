"""A road graph as arrays, and its one file. Numpy only; degrees WGS 84 as integers of 1e-7.

A *segment* is a road between two junctions with its shape; an *edge* is a segment driven in one
direction. Edges are sorted by tail, so `indptr[j]:indptr[j + 1]` are those that leave junction j.
Only the largest part in which every junction reaches every other is kept: a road cut by the rim
of the extract would look like "no way" where there is one.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

VERSION = 1
ATTRIBUTION = "© OpenStreetMap contributors"
E7 = 10**7
CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "kk"})
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980, as in safeconduct.geo

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class WrongMap(ValueError):
    """A map file cannot be used; the message says why and what to do."""


ARRAYS = (
    "junction_lat_e7", "junction_lon_e7", "tail", "head", "segment", "forward", "time_s",
    "segment_length_m", "segment_kind", "segment_name", "shape_at", "shape_lat_e7",
    "shape_lon_e7", "mark_lat_e7", "mark_lon_e7", "mark_kind", "mark_name",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Roads:
    """One map; two are compared by their digests.

    Attributes:
        junction_lat_e7, junction_lon_e7: where junctions lie.
        tail, head, segment, forward, time_s: per edge; `forward` is along the segment's shape.
        segment_length_m, segment_kind, segment_name: per segment; indices into `kinds`, `names`.
        shape_at, shape_lat_e7, shape_lon_e7: shape of segment s at `shape_at[s]:shape_at[s + 1]`.
        mark_lat_e7, mark_lon_e7, mark_kind, mark_name: landmarks that can be said, and villages.
        kinds, mark_kinds: what the kind numbers mean.
        names: every name by language, {"": as on the map, "ru": …}; number 0 is "no name".
        attribution: who must be named wherever the map is shown.
    """

    junction_lat_e7: Ints
    junction_lon_e7: Ints
    tail: Ints
    head: Ints
    segment: Ints
    forward: Flags
    time_s: Floats
    segment_length_m: Floats
    segment_kind: Ints
    segment_name: Ints
    shape_at: Ints
    shape_lat_e7: Ints
    shape_lon_e7: Ints
    mark_lat_e7: Ints
    mark_lon_e7: Ints
    mark_kind: Ints
    mark_name: Ints
    kinds: tuple[str, ...]
    mark_kinds: tuple[str, ...]
    names: tuple[dict[str, str], ...]
    attribution: str = ATTRIBUTION

    @property
    def junctions(self) -> int:
        """Return how many junctions there are."""
        return len(self.junction_lat_e7)

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
    def ways_out(self) -> npt.NDArray[np.int64]:
        """Return, per junction, how many different junctions a road leads on to."""
        pairs = np.unique(np.column_stack([self.tail, self.head]), axis=0)
        return np.bincount(pairs[:, 0], minlength=self.junctions)

    @cached_property
    def headings_deg(self) -> tuple[Floats, Floats]:
        """Return, per edge, the heading at its start and that at its end, degrees from north."""
        first, last = self.shape_at[self.segment], self.shape_at[self.segment + 1] - 1
        step = np.where(self.forward, 1, -1)
        start, end = np.where(self.forward, first, last), np.where(self.forward, last, first)
        return self._heading(start, start + step), self._heading(end - step, end)

    def _heading(self, one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> Floats:
        """Return the heading from one point of the shapes to another, on a plane about the first."""
        lat, lon = self.shape_lat_e7.astype(np.float64), self.shape_lon_e7.astype(np.float64)
        east = (lon[other] - lon[one]) * np.cos(np.radians(lat[one] / E7))
        heading: Floats = np.degrees(np.arctan2(east, lat[other] - lat[one])) % 360
        return heading

    @cached_property
    def digest(self) -> bytes:
        """Return sha256 of the content: the map's version, the same wherever it was imported."""
        told = hashlib.sha256(f"roads {VERSION}\n".encode())
        for name in ARRAYS:
            array = np.ascontiguousarray(getattr(self, name))
            told.update(f"{name} {array.dtype.str} {len(array)}\n".encode())
            told.update(array.tobytes())
        told.update(json.dumps(self._words(), ensure_ascii=False, sort_keys=True).encode())
        return told.digest()

    @property
    def version(self) -> str:
        """Return the first 12 hex digits of the digest, for people to compare."""
        return self.digest.hex()[:12]

    def _words(self) -> dict[str, Any]:
        return {
            "kinds": list(self.kinds),
            "mark_kinds": list(self.mark_kinds),
            "names": list(self.names),
            "attribution": self.attribution,
        }

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


def save(roads: Roads, path: Path) -> None:
    """Write one map file; it is complete or absent, never half."""
    told = {"version": VERSION, "digest": roads.digest.hex(), **roads._words()}  # noqa: SLF001  the file is this module's other half
    words = np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8)
    buffer = BytesIO()
    arrays: dict[str, Any] = {name: getattr(roads, name) for name in ARRAYS}
    np.savez_compressed(buffer, words=words, **arrays)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(buffer.getvalue())
    fresh.replace(path)


def load(path: Path) -> Roads:
    """Read one map file and check that it is what it says.

    Raises:
        WrongMap: another version, a damaged file, or none of ours.
    """
    try:
        with np.load(path, allow_pickle=False) as told:
            words = json.loads(told["words"].tobytes())
            arrays = {name: told[name] for name in ARRAYS}
    except (KeyError, ValueError, OSError, EOFError) as wrong:
        raise WrongMap(f"{path.name} is no map file of ours ({type(wrong).__name__}). "
                       "Import the extract again.") from None  # fmt: skip
    if words["version"] != VERSION:
        raise WrongMap(f"{path.name} has map version {words['version']}, this program reads "
                       f"{VERSION}. Import the extract again.")  # fmt: skip
    roads = Roads(
        **arrays,
        kinds=tuple(words["kinds"]),
        mark_kinds=tuple(words["mark_kinds"]),
        names=tuple(words["names"]),
        attribution=words["attribution"],
    )
    if roads.digest.hex() != words["digest"]:
        raise WrongMap(f"{path.name} is damaged: its digest differs. Import the extract again.")
    return roads


def metres(
    lat_e7: npt.NDArray[Any], lon_e7: npt.NDArray[Any], *, at_lat_deg: float
) -> npt.NDArray[np.float64]:
    """Return columns east, north in metres on a plane about `at_lat_deg` (equirectangular)."""
    scale = np.radians(1) * EARTH_RADIUS_M / E7
    east = lon_e7.astype(np.float64) * scale * np.cos(np.radians(at_lat_deg))
    return np.column_stack([east, lat_e7.astype(np.float64) * scale])
