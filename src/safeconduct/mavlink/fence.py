"""Our copy of an aircraft's fence and rally points: what lies inside, and what is uploaded. Pure.

Metres and degrees WGS 84. A copy counts once it was read back from the aircraft and is the same.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safeconduct.geo import Point, distance_m, inside

INCLUSION, EXCLUSION, CIRCLE_IN, CIRCLE_OUT, RALLY_POINT = 5001, 5002, 5003, 5004, 5100
CORNERS = (3, 70)  # of one polygon: fewer are none; ArduPilot's storage ends near 70 (proposed)
WIDEST_M = 50_000.0  # a circle wider than that keeps nobody in (proposed)
_E7 = 10_000_000


@dataclass(frozen=True, slots=True)
class Circle:
    """A round part of a fence."""

    middle: Point
    radius_m: float


@dataclass(frozen=True, slots=True)
class Item:
    """One mission item of a fence or of rally points, as the wire has it.

    Attributes:
        command: 5001 to 5004 or 5100.
        first: corners of its polygon, or metres of its circle; 0 for a rally point.
        alt_m: metres above home, of a rally point.
    """

    command: int
    first: float
    lat_e7: int
    lon_e7: int
    alt_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Fence:
    """Where an aircraft may be: in every inclusion, and in no exclusion.

    Raises:
        ValueError: it keeps nobody in, or a part of it is no shape.
    """

    inclusions: Sequence[Sequence[Point]] = ()
    exclusions: Sequence[Sequence[Point]] = ()
    circles_in: Sequence[Circle] = ()
    circles_out: Sequence[Circle] = ()

    def __post_init__(self) -> None:
        if not self.inclusions and not self.circles_in:
            raise ValueError("a fence that keeps nobody in is none; draw where it may fly")
        least, most = CORNERS
        if not all(least <= len(ring) <= most for ring in (*self.inclusions, *self.exclusions)):
            raise ValueError(f"a polygon of a fence has {least} to {most} corners")
        if not all(
            0 < circle.radius_m <= WIDEST_M for circle in (*self.circles_in, *self.circles_out)
        ):
            raise ValueError(
                f"a circle of a fence is wider than nothing and up to {WIDEST_M:.0f} m"
            )

    def holds(self, point: Point) -> bool:
        """Return whether a place lies inside. ArduPilot asks for every inclusion, not for one."""
        kept = all(inside(point, ring) for ring in self.inclusions) and all(
            distance_m(point, circle.middle) <= circle.radius_m for circle in self.circles_in
        )
        barred = any(inside(point, ring) for ring in self.exclusions) or any(
            distance_m(point, circle.middle) <= circle.radius_m for circle in self.circles_out
        )
        return kept and not barred

    def holds_way(self, start: Point, end: Point, *, step_m: float = 5.0) -> bool:
        """Return whether the straight way between two places lies inside, looked at each `step_m`."""
        steps = max(1, int(distance_m(start, end) / step_m) + 1)
        east, north = end.lon_deg - start.lon_deg, end.lat_deg - start.lat_deg
        return all(
            self.holds(Point(start.lat_deg + north * n / steps, start.lon_deg + east * n / steps))
            for n in range(steps + 1)
        )

    def items(self) -> list[Item]:
        """Return what is uploaded, in order."""
        return [
            *(item for ring in self.inclusions for item in _corners(INCLUSION, ring)),
            *(item for ring in self.exclusions for item in _corners(EXCLUSION, ring)),
            *(_round(CIRCLE_IN, circle) for circle in self.circles_in),
            *(_round(CIRCLE_OUT, circle) for circle in self.circles_out),
        ]


def typed(ring: Sequence[Point]) -> str:
    """Return a ring as a pilot types it, to a metre: "51.00000,34.00000;51.00000,34.10000;…"."""
    return ";".join(f"{corner.lat_deg:.5f},{corner.lon_deg:.5f}" for corner in ring)


def ring_of(text: str) -> tuple[Point, ...]:
    """Read a ring that `typed` wrote.

    Raises:
        ValueError: it is none.
    """
    pairs = [corner.split(",") for corner in text.split(";")]
    if not CORNERS[0] <= len(pairs) <= CORNERS[1]:
        raise ValueError("a polygon has other corners than that")
    ring = tuple(Point(float(lat), float(lon)) for lat, lon in pairs)
    if not all(math.isfinite(corner.lat_deg + corner.lon_deg) for corner in ring):
        raise ValueError("a corner is no number")
    return ring


def rally(points: Sequence[tuple[Point, float]]) -> list[Item]:
    """Return rally points, each a place and metres above home, as they are uploaded."""
    return [Item(RALLY_POINT, 0.0, *_e7(point), alt_m) for point, alt_m in points]


def differs(sent: Sequence[Item], read: Sequence[Item]) -> str:
    """Return in what the fence read back is another than the one sent, "" if it is the same.

    Degrees must be equal to the digit: the wire has integers. Radii may differ by a centimetre.
    """
    if len(sent) != len(read):
        return f"{len(sent)} items were sent and {len(read)} came back"
    for number, (ours, theirs) in enumerate(zip(sent, read, strict=True), start=1):
        same = (ours.command, ours.lat_e7, ours.lon_e7) == (
            theirs.command, theirs.lat_e7, theirs.lon_e7,
        )  # fmt: skip
        near = max(abs(ours.first - theirs.first), abs(ours.alt_m - theirs.alt_m))
        if not same or not near <= 0.01:  # noqa: PLR2004  a centimetre; NaN is not the same
            return f"item {number} came back as another"
    return ""


def _corners(command: int, ring: Sequence[Point]) -> Iterator[Item]:
    return (Item(command, float(len(ring)), *_e7(point)) for point in ring)


def _round(command: int, circle: Circle) -> Item:
    return Item(command, circle.radius_m, *_e7(circle.middle))


def _e7(point: Point) -> tuple[int, int]:
    return round(point.lat_deg * _E7), round(point.lon_deg * _E7)
