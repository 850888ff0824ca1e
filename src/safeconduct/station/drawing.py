"""The way, him and the drone as one small picture: lines and circles of a known scale, no map tiles. Pure."""

import math
from collections.abc import Sequence
from html import escape

from safeconduct.geo import Point, local_m
from safeconduct.mavlink.fence import ring_of
from safeconduct.station.seen import Seen

SIZE, EDGE = 480, 24  # units of the picture


def picture(seen: Seen, *, sentence: str) -> str:
    """Return the picture as SVG; `sentence` says the same to who cannot see it."""
    coming = [each.point for each in seen.contacts]
    points = [*seen.line, *([seen.place.point] if seen.place else []), *coming]
    origin = points[0]
    metres = [local_m(point, origin=origin) for point in points]
    east, north = [x for x, _ in metres], [y for _, y in metres]
    span = max(max(east) - min(east), max(north) - min(north), 200.0)
    scale = (SIZE - 2 * EDGE) / span
    middle = (max(east) + min(east)) / 2, (max(north) + min(north)) / 2

    def at(point: Point) -> tuple[float, float]:
        x, y = local_m(point, origin=origin)
        return SIZE / 2 + (x - middle[0]) * scale, SIZE / 2 - (y - middle[1]) * scale

    parts = [_line("area", [*map(at, seen.area)], closed=True)] if seen.area else []
    if seen.fence:
        parts.append(_line("fence", [*map(at, ring_of(seen.fence))], closed=True))
    parts.append(_line("way", [*map(at, seen.line)]))
    x, y = at(seen.line[-1])
    parts.append(f'<rect class="end" x="{x - 5:.0f}" y="{y - 5:.0f}" width="10" height="10"/>')
    if seen.place is not None:
        x, y = at(seen.place.point)
        radius = min(float(SIZE), max(6.0, seen.place.radius_m * scale))
        parts.append(f'<circle class="unsure" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        parts.append(f'<circle class="he" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    if seen.aircraft is not None:
        x, y = at(seen.aircraft.point)
        parts.append(f'<path class="drone" d="M{x:.1f} {y - 9:.1f}l8 14h-16z"/>')
    for x, y in map(at, coming):
        parts.append(f'<path class="coming" d="M{x - 7:.1f} {y - 7:.1f}l14 14m0-14l-14 14"/>')
    bar_m = _round(span / 4)
    parts.append(
        f'<path class="scale" d="M{EDGE} {SIZE - 8}h{bar_m * scale:.1f}"/>'
        f'<text x="{EDGE}" y="{SIZE - 12}">{bar_m:g} m</text>'
    )
    return (
        f'<svg class="picture" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{escape(sentence)}">'
        f"{''.join(parts)}</svg>"
    )


def _line(kind: str, points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    told = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{told}{"z" if closed else ""}"/>'


def _round(metres: float) -> float:
    """Return the nearest smaller 1, 2 or 5 times a power of ten."""
    power = math.pow(10, math.floor(math.log10(metres)))
    return next(step * power for step in (5, 2, 1) if step * power <= metres)
