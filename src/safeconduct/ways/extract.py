"""Reads an OpenStreetMap extract (.osm, .osm.gz, .osm.bz2, .osm.pbf) into `Roads`.

One reading serves who drives and who walks. Ways are cut where roads meet, and what lies between
two junctions becomes one segment. Speeds are first defaults and were never calibrated. Roads closed
to the public are left out; a road that OSM marks one-way is driven one way; a turn that OSM forbids
is not taken. The extract must tell nodes before ways before relations, as all published ones do.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import osmium

from safeconduct.ways import tags as said
from safeconduct.ways.beside import cut_beside
from safeconduct.ways.build import built
from safeconduct.ways.cover import Ring, covered, read_cover
from safeconduct.ways.drawn import NOTHING_TOLD, Ban, Drawn, Piece
from safeconduct.ways.profiles import CAR_SURFACE_KM_H
from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Roads, WrongMap
from safeconduct.ways.tags import FERRY, KINDS, SPEED_KM_H, Tags

UNREADABLE = (RuntimeError, osmium.InvalidLocationError)  # all that osmium raises of a file
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

# What is being read, how many of it so far, and the share of the file, where it can be known.
Progress = Callable[[str, int, float | None], None]


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

    driven: Drawn = field(default_factory=Drawn)
    walked: Drawn = field(default_factory=Drawn)
    marks: list[Mark] = field(default_factory=list)
    not_read: int = 0  # turns banned at some hours, to some vehicles, or in another way not ours


def read_extract(path: Path, *, progress: Progress | None = None) -> Roads:
    """Return the road graph of an extract, for cars, and with its footpaths as `afoot`.

    Args:
        path: the extract.
        progress: told the stage, how many so far, and the share of the file, if it can be known.

    Raises:
        WrongMap: the file cannot be read, or has no road.
    """
    tell = progress or (lambda _stage, _count, _share: None)
    if not path.is_file():
        raise WrongMap(f"There is no file {path.name}. Give the path of an .osm.pbf extract.")
    try:
        found = _read(path, tell)
        areas = read_cover(path)
    except UNREADABLE as wrong:
        raise WrongMap(f"{path.name} cannot be read as OpenStreetMap data: {wrong}") from None
    if not found.driven:
        raise WrongMap(f"{path.name} has no road a car may use. Give another extract.")
    roads = _with_cover(_whole(found, tell), areas)
    tell("junctions", roads.junctions, None)
    return roads


def _whole(found: _Found, tell: Progress) -> Roads:
    """Return the roads of who drives, with those of who walks where any hold together."""

    def part(drawn: Drawn, vehicle: str) -> Roads:
        cut_beside(drawn, found.marks)
        return built(
            drawn, found.marks, kinds=KINDS, mark_kinds=MARK_KINDS,
            apart={KINDS.index(FERRY)}, vehicle=vehicle,
        )  # fmt: skip

    roads = part(found.driven, "car")
    found.driven = Drawn()  # so that both are never held at once
    tell("roads joined", roads.segments, None)
    try:
        afoot = part(found.walked, "foot")
    except WrongMap:
        afoot = None
    left_out = roads.counts["bans_left_out"] + found.not_read
    return replace(roads, afoot=afoot, counts={**roads.counts, "bans_left_out": left_out})


def _with_cover(roads: Roads, areas: list[list[Ring]]) -> Roads:
    """Return the roads, and the footpaths beside them, with what of them lies in cover."""
    afoot = _with_cover(roads.afoot, areas) if roads.afoot else None
    counts = {**roads.counts, "covers": len(areas)}
    return replace(roads, segment_cover=covered(roads, areas), counts=counts, afoot=afoot)


def _read(path: Path, tell: Progress) -> _Found:
    found = _Found()
    things = osmium.osm.NODE | osmium.osm.WAY
    keys = {key for key, _value in MARKS} | {"highway", "bridge", "barrier", "route"}
    wanted = osmium.filter.KeyFilter(*sorted(keys))
    wanted.enable_for(things)
    turns = osmium.filter.TagFilter(("type", "restriction"))
    turns.enable_for(osmium.osm.RELATION)
    reader = osmium.FileProcessor(str(path), things | osmium.osm.RELATION).with_locations()
    reader.with_filter(wanted).with_filter(turns)
    for seen, thing in enumerate(reader, start=1):
        tags = dict(thing.tags)
        if isinstance(thing, osmium.osm.Node):
            _read_node(found, tags, thing)
        elif isinstance(thing, osmium.osm.Way):
            _read_way(found, tags, thing)
        elif isinstance(thing, osmium.osm.Relation):
            _read_relation(found, tags, thing)
        if seen % TELL_EVERY == 0:
            tell("roads" if found.driven else "points", len(found.driven) or seen, share_read(path))
    tell("roads", len(found.driven), 1.0)
    return found


def share_read(path: Path) -> float | None:
    """Return how much of a file this process has read, where the system tells it."""
    try:
        for link in Path("/proc/self/fd").iterdir():
            if link.exists() and link.samefile(path):
                told = Path("/proc/self/fdinfo", link.name).read_text()
                return int(told.split("pos:")[1].split()[0]) / path.stat().st_size
    except (OSError, ValueError, IndexError):
        return None
    return None


def _read_node(found: _Found, tags: Tags, node: Any) -> None:
    found.marks.extend(_mark_at(tags, node.location))
    if "barrier" not in tags:
        return
    if said.stops(tags, "foot"):
        found.walked.blocked.add(node.id)
    if said.stops(tags, "car"):
        found.driven.blocked.add(node.id)
    elif (facts := said.facts_of(tags)) != NOTHING_TOLD:
        found.driven.limits[node.id] = facts


def _read_way(found: _Found, tags: Tags, way: Any) -> None:
    nodes = [node for node in way.nodes if node.location.valid()]
    if len(nodes) <= 1:
        return
    kind = said.kind_of(tags)
    if said.drives(tags, kind):
        found.driven.add(_piece(way.id, tags, nodes, kind, on_foot=False))
    if said.walks(tags, kind):
        found.walked.add(_piece(way.id, tags, nodes, kind, on_foot=True))
    found.marks.extend(_mark_on(tags, nodes))


def _piece(number: int, tags: Tags, nodes: list[Any], kind: str, *, on_foot: bool) -> Piece:
    lat, lon = [node.location.y for node in nodes], [node.location.x for node in nodes]
    way_round = 0 if on_foot else said.direction(tags, kind)
    facts = said.facts_of(tags)
    if kind == FERRY:
        speed_m_s = _ferry_m_s(tags, lat, lon)
    elif on_foot:
        speed_m_s = (said.STEPS_KM_H if kind == "steps" else said.WALK_KM_H) / 3.6
    else:
        speed_m_s = min(SPEED_KM_H[kind], CAR_SURFACE_KM_H[facts.surface]) / 3.6
    return Piece(
        [node.ref for node in nodes], lat, lon, KINDS.index(kind), speed_m_s,
        way_round >= 0, way_round <= 0, names_of(tags), number, facts,
    )  # fmt: skip


def _ferry_m_s(tags: Tags, lat_e7: list[int], lon_e7: list[int]) -> float:
    """Return a ferry's speed by its timetable, else a slow one's; waiting is not counted."""
    narrow = math.cos(math.radians(lat_e7[0] / E7))
    degrees = sum(
        math.hypot(lat_e7[n] - lat_e7[n - 1], (lon_e7[n] - lon_e7[n - 1]) * narrow) / E7
        for n in range(1, len(lat_e7))
    )
    length_m, took_s = (
        math.radians(degrees) * EARTH_RADIUS_M,
        said.duration_s(tags.get("duration", "")),
    )
    return length_m / took_s if took_s and length_m else said.FERRY_KM_H / 3.6


def _read_relation(found: _Found, tags: Tags, relation: Any) -> None:
    """Keep a ban on turning; one for some hours or some vehicles alone is counted and left out."""
    told = tags.get("restriction", "")
    excepted = {"motorcar", "motor_vehicle", "vehicle"} & set(tags.get("except", "").split(";"))
    if not told.startswith(("no_", "only_")) or excepted:
        found.not_read += 1
        return
    by_role: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for member in relation.members:
        by_role.get(member.role, []).append((member.type, member.ref))
    nodes = [ref for kind, ref in by_role["via"] if kind == "n"]
    ways = tuple(ref for kind, ref in by_role["via"] if kind == "w")
    if (len(nodes), bool(ways)) not in {(1, False), (0, True)} or not by_role["from"]:
        found.not_read += 1
        return
    found.driven.bans.extend(
        Ban(start, end, nodes[0] if nodes else 0, ways, told.startswith("only_"))
        for _, start in by_role["from"] for _, end in by_role["to"]
    )  # fmt: skip


def names_of(tags: Tags) -> dict[str, str]:
    """Return a thing's names by language; "" is the name as it stands on the map."""
    told = {"": tags.get("name", "")} | {code: tags.get(f"name:{code}", "") for code in LANGUAGES}
    return {code: name for code, name in told.items() if name}


def _mark_kind(tags: Tags) -> str:
    return next((MARKS[pair] for pair in tags.items() if pair in MARKS), "")


def _mark_at(tags: Tags, where: osmium.osm.Location) -> Iterator[Mark]:
    if kind := _mark_kind(tags):
        yield Mark(kind, names_of(tags), where.y, where.x)


def _mark_on(tags: Tags, nodes: list[osmium.osm.NodeRef]) -> Iterator[Mark]:
    bridge = tags.get("bridge", "no") != "no" and tags.get("highway") in SPEED_KM_H
    if kind := ("bridge" if bridge else _mark_kind(tags)):
        names = {k.removeprefix("bridge:"): v for k, v in tags.items() if k.startswith("bridge:")}
        lat = sum(node.location.y for node in nodes) // len(nodes)
        lon = sum(node.location.x for node in nodes) // len(nodes)
        yield Mark(kind, names_of(names if bridge else tags), lat, lon)
