"""What maps draw: the roads of a window, the same for every passage, and one passage's own layer."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from safeconduct.passage.disclosing import Sight
from safeconduct.passage.outlook import Outlook, Request
from safeconduct.passage.plan import Content
from safeconduct.passage.roads import current
from safeconduct.ways.danger import Danger
from safeconduct.ways.roads import ATTRIBUTION, E7, Column, Roads

# Of these a view is given first that holds too much for a browser to draw as lines.
CLASSES = ("motorway", "trunk", "primary", "secondary")
MAIN = frozenset(CLASSES)
MOST_POINTS = 150_000  # of one answer: 3.3 MB; 120 000 were drawn in 0.6 s
OLD_SHARE = 0.5  # a report that counts half or less is drawn as old

Feature = dict[str, Any]
Window = tuple[float, float, float, float]


def roads_in(window: Window) -> Feature:
    """Return the roads within south, west, north, east (degrees) as two lines of many parts.

    Of a window that holds too much for a browser, the wider roads alone: a country is shown by its motorways.
    """
    held = current()
    if held is None:
        return {"type": "FeatureCollection", "features": [], "attribution": ATTRIBUTION}
    return _roads_in(held[1].version, window)


def bounds(roads: Roads) -> list[list[float]]:
    """Return the map's corners, south-west and north-east, degrees."""
    south, west, north, east = roads.bounds_deg()
    return [[south, west], [north, east]]


def bounds_now() -> list[list[float]]:
    """Return the corners of the map in use, of the whole world where there is none: what is shown at first."""
    held = current()
    return bounds(held[1]) if held else [[-60.0, -180.0], [70.0, 180.0]]


@lru_cache(maxsize=16)
def _roads_in(_version: str, window: Window) -> Feature:
    held = current()
    roads = held[1] if held else None
    lines: dict[str, list[list[list[float]]]] = {"main": [], "side": []}
    if roads is not None:
        for segment in _drawable(roads, _within(roads, window), most=MOST_POINTS):
            lat, lon = roads.shape(segment)
            line = [[x / E7, y / E7] for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
            main = roads.kinds[roads.segment_kind[segment]] in MAIN
            lines["main" if main else "side"].append(line)
    features = [
        feature(kind, "MultiLineString", parts) for kind, parts in reversed(lines.items()) if parts
    ]
    return {"type": "FeatureCollection", "features": features, "attribution": ATTRIBUTION}


def _within(roads: Roads, window: Window) -> Column:
    south, west, north, east = (round(edge * E7) for edge in window)
    lat, lon = roads.shape_lat_e7, roads.shape_lon_e7
    inside = (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east)
    owner = np.repeat(np.arange(roads.segments), np.diff(roads.shape_at))
    return np.unique(owner[inside])


def _drawable(roads: Roads, segments: Column, *, most: int) -> list[int]:
    """Return these segments, or as many as have `most` points: the widest roads first, of one class the longest."""
    points = np.diff(roads.shape_at)[segments]
    if int(points.sum()) > most:
        ranks = [CLASSES.index(kind) if kind in MAIN else len(CLASSES) for kind in roads.kinds]
        rank = np.array(ranks)[roads.segment_kind[segments]]
        order = np.lexsort((-roads.segment_length_m[segments], rank))
        segments = np.sort(segments[order[np.cumsum(points[order]) <= most]])
    return segments.tolist()  # type: ignore[no-any-return]  # int64 → list of int


def feature(kind: str, geometry: str, coordinates: object, **more: object) -> Feature:
    """Return one feature; its `kind` says how it is drawn."""
    return {
        "type": "Feature",
        "properties": {"kind": kind, **more},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _at(pair: Sequence[int]) -> list[float]:
    return [pair[1] / E7, pair[0] / E7]


def plan_layer(content: Content, *, labels: dict[str, str], seen: Sight) -> Iterator[Feature]:
    """Yield what of a plan its reader may see: its ways below the places that he may know."""
    if seen.whole:
        yield from _ways(content, labels=labels)
    for letter, place in sorted(content["places"].items()):
        if letter in seen.places:
            at = _at([place["lat_e7"], place["lon_e7"]])
            yield feature("place", "Point", at, letter=letter)
    if seen.whole:
        yield feature("start", "Point", _at(content["start_e7"]), label=labels["start"])


def _ways(content: Content, *, labels: dict[str, str]) -> Iterator[Feature]:
    """Yield ways that were not chosen first, so that the chosen ones lie above."""
    chosen = content["ways"]["A"]["choice"]
    for other in content["figures"]:
        if other["name"] != chosen:
            yield feature("other", "LineString", [_at(pair) for pair in other["line_e7"]])
    for letter, way in sorted(content["ways"].items(), reverse=True):
        line = [_at(pair) for pair in way["line_e7"]]
        kind = "way" if letter == "A" else "other"
        yield feature(kind, "LineString", line, letter=letter)
        for hold in way["holds"]:
            at = _at([hold["lat_e7"], hold["lon_e7"]])
            yield feature("hold", "Point", at, label=labels["hold"] if letter == "A" else "")


def danger_layer(
    dangers: Sequence[Danger], *, now: datetime, labels: dict[str, str]
) -> Iterator[Feature]:
    """Yield reports with their age in words; old ones are drawn as old."""
    for danger in dangers:
        minutes = round((now - danger.seen_at).total_seconds() / 60)
        age = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004  2 h
        yield feature(
            "danger",
            "Point",
            [danger.lon_deg, danger.lat_deg],
            radius_m=round(danger.radius_m),
            label=labels.get(danger.kind, danger.kind),
            age=age,
            old=danger.share(now) <= OLD_SHARE,
        )


def draft_layer(
    request: Request, outlook: Outlook | None, *, names: dict[int, str], labels: dict[str, str]
) -> Iterator[Feature]:
    """Yield where each side starts, and the places to choose from."""
    yield feature(
        "start", "Point", _at([request.his_lat_e7, request.his_lon_e7]), label=labels["start"]
    )
    team = [request.team_lat_e7, request.team_lon_e7]
    yield feature("checkpoint", "Point", _at(team), label=labels["team"])
    if request.drone_lat_e7 is not None and request.drone_lon_e7 is not None:
        base = [request.drone_lat_e7, request.drone_lon_e7]
        yield feature("aircraft", "Point", _at(base), label=labels["drone"])
    for place in outlook.ranking.choices if outlook else ():
        at = [place.point.lon_deg, place.point.lat_deg]
        yield feature("candidate", "Point", at, label=names.get(place.junction, ""))
