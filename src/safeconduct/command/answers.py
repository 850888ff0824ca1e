"""What the map answers on the command line: for people as lines, for programs as JSON, on paper as a page.

P is the model's figure: a judgement about the reports that were given, at one hour. Nothing here calls
a way or a place safe.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np

from safeconduct.command.asking import Asked, Map
from safeconduct.geo import Point, distance_m
from safeconduct.passage import roads as maps
from safeconduct.ways import country, sheet
from safeconduct.ways.coordinates import decimal, mgrs
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.places import MeetingPlace, candidates, rank
from safeconduct.ways.profiles import PROFILES, for_vehicle, not_told
from safeconduct.ways.roads import E7, WrongMap
from safeconduct.ways.route import SHARES, Way, Web, front_between, line_of, made_of

FORM = 1  # of the JSON; a change that is no addition counts it up
HEAVY = {"lorry", "tracked"}  # vehicles that a bridge or a lane may not bear
LIMIT_S = 24 * 3600  # neither side's driving time is limited on the command line
CAUTION = (
    "P is the model's figure under the reports given, a judgement at one hour. "
    "No way and no place is called safe."
)
# The planner's four choices, as they are called on his page.
CHOICES = {
    "fastest": "fastest", "within15": "least exposed within +15 % time",
    "within30": "least exposed within +30 % time", "least": "least exposed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer in its three forms; the page is made when it is asked for."""

    told: dict[str, Any]
    lines: list[str]
    page: Callable[[], str]


def _map_told(held: Map) -> dict[str, Any]:
    return {
        "name": held.name, "version": held.roads.version, "attribution": held.roads.attribution,
    }  # fmt: skip


def info(held: Map) -> tuple[dict[str, Any], list[str]]:
    """Return what the map holds."""
    roads = held.roads
    south, west, north, east = (round(edge, 5) for edge in roads.bounds_deg())
    length_m = np.bincount(
        roads.segment_kind, weights=roads.segment_length_m, minlength=len(roads.kinds)
    )
    kinds = {
        kind: round(float(m) / 1000, 1) for kind, m in zip(roads.kinds, length_m, strict=True) if m
    }
    vehicles, counts = _vehicles(held), dict(sorted(roads.counts.items()))
    marks = Counter(roads.mark_kinds[kind] for kind in roads.mark_kind.tolist())
    told = {
        "form": FORM, "map": _map_told(held), "junctions": roads.junctions, "edges": roads.edges,
        "segments": roads.segments, "bounds": [south, west, north, east], "km": kinds,
        "vehicles": vehicles, "counts": counts,
        "landmarks": dict(sorted(marks.items())), "names": held.names.things if held.names else 0,
    }  # fmt: skip
    lines = [
        f"Map {held.name}, version {roads.version}",
        f"{roads.junctions} junctions, {roads.segments} roads between them, "
        f"{roads.edges} in one direction, {sum(kinds.values()):.0f} km",
        f"From {south}, {west} to {north}, {east}",
        "Kilometres: " + ", ".join(f"{kind} {km:g}" for kind, km in kinds.items()),
        "Places open to: " + ", ".join(f"{who} {n}" for who, n in vehicles.items()),
        "Landmarks: " + (", ".join(f"{kind} {n}" for kind, n in sorted(marks.items())) or "none"),
        f"{told['names']} names" + ("" if held.names else ": import the extract again for them"),
        "Left out: roads closed to the public, and what does not join the largest part by roads in "
        "both directions."
        + "".join(f" {name.replace('_', ' ').capitalize()}: {n}." for name, n in counts.items()),
        f"{roads.attribution}.",
    ]
    return told, lines


def _vehicles(held: Map) -> dict[str, int]:
    """Return how many junctions each vehicle, or who walks, has before it; 0 where the map has none."""
    told = {}
    for name, profile in PROFILES.items():
        try:
            told[name] = for_vehicle(held.roads, profile).places
        except WrongMap:
            told[name] = 0
    return told


def found(held: Map, text: str, *, limit: int) -> tuple[dict[str, Any], list[str]]:
    """Return what a name may mean."""
    names = held.names.search(text, near=held.middle, limit=limit) if held.names else []
    told = {
        "form": FORM, "map": _map_told(held),
        "found": [
            {
                "name": each.name, "kind": each.kind, "within": each.within, "how": each.how,
                "lat": round(each.point.lat_deg, 7), "lon": round(each.point.lon_deg, 7),
                "mgrs": mgrs(each.point), **_region(each.point),
            }
            for each in names
        ],
    }  # fmt: skip
    lines = [
        f"{decimal(each.point)}  {each.name}, {each.kind}"
        + (f", {each.within}" if each.within else "")
        + (
            f", {region.name('en')} ({region.code})"
            if (region := maps.region_at(each.point))
            else ""
        )
        + ("" if each.how == "exact" else f" ({each.how})")
        for each in names
    ]
    return told, lines or [f"The map {held.name} has no such name."]


def _region(point: Point) -> dict[str, str]:
    """Return where a place lies by the operator's shapes; nothing without them, or in none of them."""
    region = maps.region_at(point)
    return {"region": region.code, "pcode": region.pcode} if region else {}


def _web(held: Map, asked: Asked) -> Web:
    return Web(held.roads, price(held.roads, asked.dangers, at=asked.at))


def route(held: Map, asked: Asked) -> Answer:
    """Return the ways between two places that a planner is shown, soonest first."""
    web = _web(held, asked)
    across = country.is_far(held.roads, distance_m(asked.one.point, asked.other.point))
    found = _across(held, web, asked) if across else _front(web, asked)
    ways = {name: _least_within(found, share) for name, share in SHARES.items()}
    told = {
        **_asked_told(held, asked, "from", "to"),
        "front": [{"time_s": round(way.time_s), "hazard": round(way.hazard, 6)} for way in found],
        "exact": not across,
        "ways": [_way_told(web, name, way) for name, way in ways.items()],
    }
    rows = [["Way", "Minutes", "km", "P"]]
    rows += [
        [CHOICES[name], f"{way.time_s / 60:.0f}", f"{way.length_m / 1000:.1f}", _p(way)]
        for name, way in ways.items()
    ]
    prose = [
        *_prose(held, asked, "From", "to"),
        _rests_on(web, ways["least"]),
        _how_many(len(found), across=across),
        *_not_told(web, ways),
    ]
    legend = "The whole line is the least exposed way, the broken ones are the others."
    said = sheet.Sheet(f"Ways on the map {held.name}", [*prose, legend], rows)
    lines = [_line("way" if name == "least" else "other", web, way) for name, way in ways.items()]
    return Answer(told, [*prose, *_table(rows)], lambda: _page(held, asked, said, lines=lines))


def _front(web: Web, asked: Asked) -> list[Way]:
    return list(front_between(web, asked.one.junction, asked.other.junction))


def _across(held: Map, web: Web, asked: Asked) -> list[Way]:
    beside = maps.folder() / f"{held.name}.{web.roads.vehicle}.far"
    return country.ways_across(web, asked.one.junction, asked.other.junction, beside=beside)


def _least_within(found: Sequence[Way], share: float) -> Way:
    in_time = min(way.time_s for way in found) * share + 1e-6
    return min((w for w in found if w.time_s <= in_time), key=lambda w: (w.hazard, w.time_s))


def _how_many(count: int, *, across: bool) -> str:
    if across:
        return (
            f"So far apart, ways are sought at {len(country.PRICES_S)} prices of danger: {count} are told, "
            "and there may be others between them."
        )
    return f"Of the ways that no other beats in time and danger there are {count}."


def _p(way: Way) -> str:
    return f"{way.probability:.3f}" + (", mined" if way.mined else "")


def _way_told(web: Web, name: str, way: Way) -> dict[str, Any]:
    lat, lon = line_of(web.roads, way)
    line = np.column_stack([lat, lon]) / E7
    untold = not_told(web.roads, way.edges)
    return {
        "choice": name, "time_s": round(way.time_s), "length_m": round(way.length_m),
        "hazard": round(way.hazard, 6), "p": round(way.probability, 6), "mined": way.mined,
        "untold_bridges": untold.bridges, "untold_width_m": round(untold.width_m),
        "line": line.round(7).tolist(),
    }  # fmt: skip


def _rests_on(web: Web, way: Way) -> str:
    """Say what the figure of the least exposed way rests on."""
    named = [f"{danger.kind} {danger.ref} ({share:.0%})" for danger, share in made_of(web, way)]
    return f"P of the least exposed way rests on: {', '.join(named) or 'no report that was given'}."


def _not_told(web: Web, ways: dict[str, Way]) -> list[str]:
    """Say what somebody should ask before a heavy vehicle takes the least exposed way."""
    if web.roads.vehicle not in HEAVY:
        return []
    untold = not_told(web.roads, ways["least"].edges)
    return [
        f"The map does not tell the weight of {untold.bridges} bridges of the least exposed way, nor "
        f"the width of {untold.width_m / 1000:.1f} km of it: ask before it is driven."
    ]


def places(held: Map, asked: Asked, *, limit: int) -> Answer:
    """Return where the two may meet: what no other place beats in every respect, soonest for him first."""
    web = _web(held, asked)
    ranking = rank(
        candidates(web, his=asked.one.junction, team=asked.other.junction),
        his_limit_s=LIMIT_S,
        team_limit_s=LIMIT_S,
    )
    choices = ranking.choices[:limit]
    told = {
        **_asked_told(held, asked, "his", "team"),
        "places": [
            {**_place_told(held, each), "despite": ranking.despite.get(each.junction, "")}
            for each in choices
        ],
        "left_out": dict(Counter(each.why for each in ranking.left_out)),
    }
    rows = [["Place", "Coordinates", "He, min", "P", "Unit, min", "Ways on", "But"]]
    rows += [
        [
            f"{chr(65 + n) if n < 26 else n} {_called(held, place)}", decimal(place.point),  # noqa: PLR2004  letters
            f"{place.his_s / 60:.0f}", f"{-np.expm1(-place.hazard):.3f}", f"{place.team_s / 60:.0f}",
            str(place.ways_out), ranking.despite.get(place.junction, ""),
        ]
        for n, place in enumerate(choices)
    ]  # fmt: skip
    prose = _prose(held, asked, "He starts at", "and the unit at")
    if not choices:
        prose.append("No junction with a landmark and two ways out lies within reach of both.")
    spots = [
        sheet.Spot(rows[n + 1][0].split()[0], *_e7(place.point.lat_deg, place.point.lon_deg))
        for n, place in enumerate(choices)
    ]
    said = sheet.Sheet(f"Places to meet on the map {held.name}", prose, rows)
    return Answer(told, [*prose, *_table(rows)], lambda: _page(held, asked, said, spots=spots))


def _called(held: Map, place: MeetingPlace) -> str:
    names = [held.roads.name(n, "") for n in (place.landmark.name, place.landmark.village) if n]
    return ", ".join([place.landmark.kind, *names])


def _place_told(held: Map, place: MeetingPlace) -> dict[str, Any]:
    return {
        "landmark": place.landmark.kind, "name": held.roads.name(place.landmark.name, ""),
        "village": held.roads.name(place.landmark.village, ""),
        "lat": round(place.point.lat_deg, 7), "lon": round(place.point.lon_deg, 7),
        "mgrs": mgrs(place.point), "his_s": round(place.his_s), "team_s": round(place.team_s),
        "hazard": round(place.hazard, 6), "p": round(float(-np.expm1(-place.hazard)), 6),
        "ways_out": place.ways_out,
    }  # fmt: skip


def _asked_told(held: Map, asked: Asked, one: str, other: str) -> dict[str, Any]:
    return {
        "form": FORM, "map": _map_told(held), one: asked.one.told(), other: asked.other.told(),
        "vehicle": held.roads.vehicle, "reports": len(asked.dangers), "priced_at": asked.at.isoformat(timespec="seconds"),
    }  # fmt: skip


def _prose(held: Map, asked: Asked, one: str, other: str) -> list[str]:
    return [
        f"{one} {asked.one.words()} {other} {asked.other.words()}.",
        f"Map {held.name}, version {held.roads.version}; by {held.roads.vehicle}; {len(asked.dangers)} reports, priced at "
        f"{asked.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. {CAUTION}",
    ]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()
        for row in rows
    ]


def _e7(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    return round(lat_deg * E7), round(lon_deg * E7)


def _line(kind: str, web: Web, way: Way) -> sheet.Line:
    lat, lon = line_of(web.roads, way)
    return sheet.Line(kind, lat.tolist(), lon.tolist())


def _page(
    held: Map,
    asked: Asked,
    said: sheet.Sheet,
    *,
    lines: Sequence[sheet.Line] = (),
    spots: Sequence[sheet.Spot] = (),
) -> str:
    ends = [
        sheet.Spot(end.name or end.text, *_e7(end.point.lat_deg, end.point.lon_deg))
        for end in (asked.one, asked.other)
    ]
    svg = sheet.drawn(held.roads, lines, [*map(_reported, asked.dangers), *ends, *spots])
    return sheet.page(said, svg, attribution=held.roads.attribution)


def _reported(danger: Danger) -> sheet.Spot:
    return sheet.Spot(danger.kind, *_e7(danger.lat_deg, danger.lon_deg), danger.radius_m)
