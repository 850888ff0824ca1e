"""Roads as they are drawn: whole ways in columns, before they are cut where roads meet.

Columns of numbers, not objects: a country has tens of millions of points.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from safeconduct.ways.names import Names

_NO_NAME: Names = {}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a road is made of and what it lets pass; 0 is "not told".

    Attributes:
        surface: an index into `roads.SURFACES`.
        weight_kg, width_mm, height_mm: the most that may pass.
        closed: bit n is set when `roads.VEHICLES[n]` may not use it.
        bridge: it is one, so that its weight matters.
        circle: it is a piece of a circle, and signed as one.
    """

    surface: int = 0
    weight_kg: int = 0
    width_mm: int = 0
    height_mm: int = 0
    closed: int = 0
    bridge: bool = False
    circle: bool = False


NOTHING_TOLD = Facts()


@dataclass(frozen=True, slots=True)
class Piece:
    """One way as drawn; 1e-7 degrees, `ahead` and `back` may be driven; `way` is its number."""

    refs: Sequence[int]
    lat_e7: Sequence[int]
    lon_e7: Sequence[int]
    kind: int
    speed_m_s: float
    ahead: bool
    back: bool
    names: Names
    way: int = 0
    facts: Facts = NOTHING_TOLD


@dataclass(frozen=True, slots=True)
class Ban:
    """A turn that may not be taken, from one way into another.

    Attributes:
        via: the node where they meet; 0 when ways lie between.
        via_ways: the ways between, in any order.
        only: `to_way` is the one turn that *may* be taken.
    """

    from_way: int
    to_way: int
    via: int = 0
    via_ways: tuple[int, ...] = ()
    only: bool = False


class NameList:
    """Numbers for names; 0 is "no name"."""

    def __init__(self) -> None:
        self.told: list[Names] = [_NO_NAME]
        self._known: dict[tuple[tuple[str, str], ...], int] = {(): 0}

    def number(self, names: Names) -> int:
        """Return the number of these names, a new one if they are new."""
        key = tuple(sorted(names.items()))
        if key not in self._known:
            self._known[key] = len(self.told)
            self.told.append(dict(names))
        return self._known[key]


_OF_A_WAY = {
    "way": "q", "kind": "b", "speed_m_s": "d", "ahead": "b", "back": "b", "name": "i",
    "surface": "b", "weight_kg": "i", "width_mm": "i", "height_mm": "i", "closed": "B",
    "bridge": "b", "circle": "b",
}  # fmt: skip


@dataclass
class Drawn:
    """Every way of an extract, in columns, and what its nodes say of them.

    Attributes:
        blocked: nodes that nothing passes, a bollard or a block.
        limits: what else a node lets pass: a gate 2 m wide.
        bans: turns that may not be taken.
        kept: nodes that stay junctions though nothing turns off there (`ways/beside.py`).
    """

    names: NameList = field(default_factory=NameList)
    blocked: set[int] = field(default_factory=set)
    limits: dict[int, Facts] = field(default_factory=dict)
    bans: list[Ban] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    _ref: "array[int]" = field(default_factory=lambda: array("q"))
    _lat: "array[int]" = field(default_factory=lambda: array("i"))
    _lon: "array[int]" = field(default_factory=lambda: array("i"))
    _at: "array[int]" = field(default_factory=lambda: array("q", [0]))
    _columns: "dict[str, array[Any]]" = field(
        default_factory=lambda: {name: array(code) for name, code in _OF_A_WAY.items()}
    )

    def __len__(self) -> int:
        return len(self._at) - 1

    def add(self, piece: Piece) -> None:
        """Take one way of two points or more."""
        self._ref.extend(piece.refs)
        self._lat.extend(piece.lat_e7)
        self._lon.extend(piece.lon_e7)
        self._at.append(len(self._ref))
        facts = piece.facts
        row = (
            piece.way, piece.kind, piece.speed_m_s, piece.ahead, piece.back,
            self.names.number(piece.names), facts.surface, facts.weight_kg, facts.width_mm,
            facts.height_mm, facts.closed, facts.bridge, facts.circle,
        )  # fmt: skip
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)

    def put_in(
        self,
        before: Sequence[int],
        refs: Sequence[int],
        lat_e7: Sequence[int],
        lon_e7: Sequence[int],
    ) -> None:
        """Put points into ways, each before the point of that number; the numbers do not fall.

        None is the number of a way's first point.
        """
        self._ref, self._lat, self._lon = (
            array(column.typecode, np.insert(np.asarray(column), before, more).tobytes())
            for column, more in ((self._ref, refs), (self._lat, lat_e7), (self._lon, lon_e7))
        )
        self._at = array("q", (self.at + np.searchsorted(np.asarray(before), self.at)).tobytes())

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what is told of a way: its number, kind, speed, directions, name and `Facts`."""
        return tuple(_OF_A_WAY)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one value per way, of one of `columns`."""
        return np.asarray(self._columns[name])

    @property
    def at(self) -> npt.NDArray[np.int64]:
        """Return where each way's points begin, and after the last where they end."""
        return np.asarray(self._at)

    @property
    def points(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return node, latitude and longitude (1e-7 degrees) of all points, way by way."""
        return np.asarray(self._ref), np.asarray(self._lat), np.asarray(self._lon)
