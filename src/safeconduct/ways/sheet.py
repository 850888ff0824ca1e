"""A printable page with a map: one HTML file, its drawing inside it, nothing asked of anybody. Pure.

Roads, ways and places as SVG over metres about the middle, a bar of round length, the attribution.
By day dark on white, on a dark screen the other way round, and printed always by day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from safeconduct.ways.roads import E7, Floats, Roads, metres

WIDE, HIGH = 1000, 700  # units of the drawing
MARGIN = 0.08  # of the window, on each side of what it must hold
LEAST_WIDE_M = 1_000.0
MAIN = frozenset({"motorway", "trunk", "primary", "secondary"})
BARS_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1d1a; --quiet: #5f635c; --side: #c9c8bf;
  --main: #8d8c84; --way: #0b5cad; --other: #6b6f68; --danger: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #161816; --ink: #ecece6; --quiet: #a4a79f;
  --side: #3b3e3a; --main: #6d716a; --way: #7db7f5; --other: #8f938b; --danger: #ff8a80; } }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #333; --side: #bbb;
  --main: #777; --way: #000; --other: #555; --danger: #000; } @page { margin: 12mm; } }
body { margin: 1rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; } p.quiet, figcaption { color: var(--quiet); }
svg { width: 100%; height: auto; border: 1px solid var(--main); background: var(--paper); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .5rem;
  border-bottom: 1px solid var(--side); vertical-align: top; }
.side, .main, .way, .other { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.side { stroke: var(--side); stroke-width: 1.2; } .main { stroke: var(--main); stroke-width: 2.4; }
.way { stroke: var(--way); stroke-width: 5; } .other { stroke: var(--other); stroke-width: 3;
  stroke-dasharray: 9 7; }
.danger { fill: none; stroke: var(--danger); stroke-width: 2; stroke-dasharray: 4 4; }
.spot { fill: var(--paper); stroke: var(--ink); stroke-width: 2.5; }
text { fill: var(--ink); font: 600 17px system-ui, sans-serif; paint-order: stroke;
  stroke: var(--paper); stroke-width: 4; }
.bar { stroke: var(--ink); stroke-width: 3; }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One way on the map: `kind` is "way" or "other"; 1e-7 degrees."""

    kind: str
    lat_e7: Sequence[int]
    lon_e7: Sequence[int]


@dataclass(frozen=True, slots=True)
class Spot:
    """One place on the map with what stands beside it; with a radius, a reported danger."""

    label: str
    lat_e7: int
    lon_e7: int
    radius_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page says: a heading, lines of prose, a table whose first row is its head."""

    title: str
    lines: Sequence[str]
    table: Sequence[Sequence[str]]
    language: str = "en"


class _Window:
    """From 1e-7 degrees to units of the drawing: a plane about its middle, north up."""

    def __init__(self, lines: Sequence[Line], spots: Sequence[Spot]) -> None:
        lat = np.array([*(y for line in lines for y in line.lat_e7), *(s.lat_e7 for s in spots)])
        lon = np.array([*(x for line in lines for x in line.lon_e7), *(s.lon_e7 for s in spots)])
        self.at_deg = float(lat.min() + lat.max()) / 2 / E7
        flat = metres(lat, lon, at_lat_deg=self.at_deg)
        low, high = flat.min(axis=0), flat.max(axis=0)
        wide, tall = np.maximum(high - low, LEAST_WIDE_M) * (1 + 2 * MARGIN)
        self.m_per_unit = max(wide / WIDE, tall / HIGH)
        self.west, self.south = (low + high) / 2 - np.array([WIDE, HIGH]) / 2 * self.m_per_unit

    def units(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> Floats:
        """Return columns x, y in units of the drawing."""
        flat = metres(np.asarray(lat_e7), np.asarray(lon_e7), at_lat_deg=self.at_deg)
        x = (flat[:, 0] - self.west) / self.m_per_unit
        y = HIGH - (flat[:, 1] - self.south) / self.m_per_unit
        return np.column_stack([x, y])

    def path(self, lat_e7: Sequence[int], lon_e7: Sequence[int]) -> str:
        """Return a line as an SVG path."""
        pairs = " ".join(f"{x:.1f},{y:.1f}" for x, y in self.units(lat_e7, lon_e7).tolist())
        return f"M{pairs}"


def drawn(roads: Roads, lines: Sequence[Line], spots: Sequence[Spot]) -> str:
    """Return the map as SVG: the roads of the window that holds all lines and spots.

    Raises:
        ValueError: there is neither a line nor a spot, so nowhere to look.
    """
    if not (lines or spots):
        raise ValueError("a map is drawn of something: give a line or a spot")
    window = _Window(lines, spots)
    parts = [*_roads(roads, window)]
    for kind in ("other", "way"):  # the chosen one lies above
        parts += [
            f'<path class="{kind}" d="{window.path(line.lat_e7, line.lon_e7)}"/>'
            for line in lines
            if line.kind == kind
        ]
    for spot in spots:
        parts += _spot(spot, window)
    parts += _bar(window)
    label = escape("; ".join(spot.label for spot in spots if not spot.radius_m), quote=True)
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _roads(roads: Roads, window: _Window) -> list[str]:
    """Draw the roads that have a point in the window, main ones above."""
    at = window.units(roads.shape_lat_e7, roads.shape_lon_e7)  # type: ignore[arg-type]  # arrays are sequences to numpy
    inside = (at[:, 0] >= 0) & (at[:, 0] <= WIDE) & (at[:, 1] >= 0) & (at[:, 1] <= HIGH)
    owner = np.repeat(np.arange(roads.segments), np.diff(roads.shape_at))
    told: dict[str, list[str]] = {"side": [], "main": []}
    for segment in np.unique(owner[inside]).tolist():
        here = slice(int(roads.shape_at[segment]), int(roads.shape_at[segment + 1]))
        kind = "main" if roads.kinds[roads.segment_kind[segment]] in MAIN else "side"
        told[kind].append("M" + " ".join(f"{x:.0f},{y:.0f}" for x, y in at[here].tolist()))
    return [f'<path class="{kind}" d="{"".join(d)}"/>' for kind, d in told.items() if d]


def _spot(spot: Spot, window: _Window) -> list[str]:
    ((x, y),) = window.units([spot.lat_e7], [spot.lon_e7]).tolist()
    label = f'<text x="{x + 12:.0f}" y="{y - 9:.0f}">{escape(spot.label)}</text>'
    if spot.radius_m:
        radius = spot.radius_m / window.m_per_unit
        return [f'<circle class="danger" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>', label]
    return [f'<circle class="spot" cx="{x:.1f}" cy="{y:.1f}" r="7"/>', label]


def _bar(window: _Window) -> list[str]:
    """Draw the longest round length that takes at most a quarter of the width."""
    length_m = max((b for b in BARS_M if b / window.m_per_unit <= WIDE / 4), default=BARS_M[0])
    end, y = 24 + length_m / window.m_per_unit, HIGH - 24
    told = f"{length_m} m" if length_m < 1_000 else f"{length_m // 1_000} km"  # noqa: PLR2004  a kilometre
    return [
        f'<line class="bar" x1="24" y1="{y}" x2="{end:.1f}" y2="{y}"/>',
        f'<text x="24" y="{y - 10}">{told}</text>',
    ]


def page(sheet: Sheet, svg: str, *, attribution: str) -> str:
    """Return the whole page; every word of it is escaped, and it names no other file or host."""
    head, *rows = sheet.table or [()]
    lines = "".join(f"<p>{escape(line)}</p>" for line in sheet.lines)
    titles = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>" if head else ""
    return (
        f'<!doctype html>\n<html lang="{escape(sheet.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(sheet.title)}</h1>{lines}<figure>{svg}"
        f"<figcaption>{escape(attribution)}</figcaption></figure>{table}</body></html>\n"
    )
