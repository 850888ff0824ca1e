"""Reads an OpenStreetMap extract (.osm, .osm.gz, .osm.bz2, .osm.pbf) into `Roads`.

Ways are cut where roads meet, and what lies between two junctions becomes one segment. Speeds are
first defaults and were never calibrated. Roads closed to the public are left out; a road that OSM
marks one-way is driven one way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import osmium

from safeconduct.ways.build import built
from safeconduct.ways.drawn import Drawn, Piece
from safeconduct.ways.roads import Roads, WrongMap

SPEED_KM_H = {
    "motorway": 110, "trunk": 90, "primary": 80, "secondary": 70, "tertiary": 60,
    "unclassified": 50, "road": 40, "residential": 30, "living_street": 15, "track": 20,
    "service": 15, "motorway_link": 60, "trunk_link": 50, "primary_link": 50,
    "secondary_link": 45, "tertiary_link": 40,
}  # fmt: skip
KINDS = tuple(SPEED_KM_H)
CLOSED = {"private", "no"}
ONE_WAY = {"yes": 1, "1": 1, "true": 1, "-1": -1, "reverse": -1}
LANGUAGES = ("ru", "uk", "en", "fr", "sw")
TELL_EVERY = 5_000  # ways between two words about progress

# (key, value) → what it is called when it is said. Nothing the law protects is a meeting place:
# hospitals, schools and places of refuge are not read at all (AP I 12, 52).
MARKS = {
    ("amenity", "fuel"): "fuel", ("amenity", "place_of_worship"): "church",
    ("amenity", "parking"): "parking", ("highway", "rest_area"): "parking",
    ("landuse", "quarry"): "quarry", ("landuse", "farmyard"): "yard",
    ("man_made", "water_tower"): "water_tower", ("man_made", "mast"): "mast",
    ("man_made", "watermill"): "mill", ("historic", "wayside_cross"): "cross",
    ("historic", "memorial"): "memorial", ("highway", "bus_stop"): "bus_stop",
    ("railway", "level_crossing"): "crossing",
    ("place", "town"): "town", ("place", "village"): "village", ("place", "hamlet"): "village",
}  # fmt: skip
MARK_KINDS = (*dict.fromkeys(MARKS.values()), "bridge")

Progress = Callable[[str, int], None]
Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A landmark of the extract: kind, names by language, 1e-7 degrees."""

    kind: str
    names: dict[str, str]
    lat_e7: int
    lon_e7: int


@dataclass
class _Found:
    """What one reading of the file gathers."""

    ways: Drawn = field(default_factory=Drawn)
    marks: list[Mark] = field(default_factory=list)


def read_extract(path: Path, *, progress: Progress | None = None) -> Roads:
    """Return the road graph of an extract; `progress(stage, count)` is told as it goes.

    Raises:
        WrongMap: the file cannot be read, or has no road.
    """
    tell = progress or (lambda _stage, _count: None)
    if not path.is_file():
        raise WrongMap(f"There is no file {path.name}. Give the path of an .osm.pbf extract.")
    try:
        found = _read(path, tell)
    except RuntimeError as wrong:  # osmium's only error
        raise WrongMap(f"{path.name} cannot be read as OpenStreetMap data: {wrong}") from None
    if not found.ways:
        raise WrongMap(f"{path.name} has no road a car may use. Give another extract.")
    roads = built(found.ways, found.marks, kinds=KINDS, mark_kinds=MARK_KINDS)
    tell("junctions", roads.junctions)
    return roads


def _read(path: Path, tell: Progress) -> _Found:
    found = _Found()
    keys = {key for key, _value in MARKS} | {"highway", "bridge"}
    wanted = osmium.osm.NODE | osmium.osm.WAY
    reader = osmium.FileProcessor(str(path), wanted).with_locations()
    for thing in reader.with_filter(osmium.filter.KeyFilter(*sorted(keys))):
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Node):
            found.marks.extend(_mark_at(tags, thing.location))
        if not isinstance(thing, osmium.osm.Way):
            continue
        nodes = [node for node in thing.nodes if node.location.valid()]
        if len(nodes) <= 1:
            continue
        for piece in _road_of(tags, nodes):
            found.ways.add(piece)
        found.marks.extend(_mark_on(tags, nodes))
        if len(found.ways) % TELL_EVERY == 1:
            tell("roads", len(found.ways))
    tell("roads", len(found.ways))
    return found


def _road_of(tags: Tags, nodes: list[osmium.osm.NodeRef]) -> Iterator[Piece]:
    kind = tags.get("highway", "")
    closed = CLOSED & {tags.get(key) for key in ("access", "vehicle", "motor_vehicle")}
    if kind not in SPEED_KM_H or closed or tags.get("area") == "yes":
        return
    direction = _direction(tags, kind)
    yield Piece(
        refs=[node.ref for node in nodes],
        lat_e7=[node.location.y for node in nodes],
        lon_e7=[node.location.x for node in nodes],
        kind=KINDS.index(kind),
        speed_m_s=SPEED_KM_H[kind] / 3.6,
        ahead=direction >= 0,
        back=direction <= 0,
        names=names_of(tags),
    )


def _direction(tags: Tags, kind: str) -> int:
    """Return 1 for along the way only, -1 for against it only, 0 for both."""
    told = tags.get("oneway", "")
    if told in ONE_WAY:
        return ONE_WAY[told]
    implied = kind == "motorway" or tags.get("junction") in {"roundabout", "circular"}
    return 1 if implied and told != "no" else 0


def names_of(tags: Tags) -> dict[str, str]:
    """Return a thing's names by language; "" is the name as it stands on the map."""
    told = {"": tags.get("name", "")} | {code: tags.get(f"name:{code}", "") for code in LANGUAGES}
    return {code: name for code, name in told.items() if name}


def _kind_of(tags: Tags) -> str:
    return next((MARKS[pair] for pair in tags.items() if pair in MARKS), "")


def _mark_at(tags: Tags, where: osmium.osm.Location) -> Iterator[Mark]:
    if kind := _kind_of(tags):
        yield Mark(kind, names_of(tags), where.y, where.x)


def _mark_on(tags: Tags, nodes: list[osmium.osm.NodeRef]) -> Iterator[Mark]:
    bridge = tags.get("bridge", "no") != "no" and tags.get("highway") in SPEED_KM_H
    if kind := ("bridge" if bridge else _kind_of(tags)):
        names = {k.removeprefix("bridge:"): v for k, v in tags.items() if k.startswith("bridge:")}
        lat = sum(node.location.y for node in nodes) // len(nodes)
        lon = sum(node.location.x for node in nodes) // len(nodes)
        yield Mark(kind, names_of(names if bridge else tags), lat, lon)
