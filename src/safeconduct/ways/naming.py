"""Reads the names of an OpenStreetMap extract: settlements, landmarks that can be said, streets.

Every language that the extract carries is kept, and the older and other names: whoever writes may
know a street by the name it had. Nothing the law protects is read: as `extract` does not.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
import scipy

from safeconduct.ways.extract import MARKS, UNREADABLE
from safeconduct.ways.gazetteer import SETTLEMENTS, STREET, Gazetteer, Thing, gathered
from safeconduct.ways.roads import WrongMap, metres

_PLACE_KINDS = {
    **{name: name for name in SETTLEMENTS},
    "quarter": "suburb", "neighbourhood": "suburb", "borough": "suburb",
    "isolated_dwelling": "hamlet", "farm": "hamlet", "allotments": "hamlet",
}  # fmt: skip
# In order of rank: settlements, then landmarks, then streets.
_LANDMARKS = (*dict.fromkeys(kind for kind in MARKS.values() if kind not in SETTLEMENTS), "bridge")
KINDS = (*SETTLEMENTS, *_LANDMARKS, STREET)
_OTHER_NAMES = {"alt_name": "alt", "old_name": "old", "int_name": "int", "loc_name": "loc"}
_LANGUAGE = re.compile(r"name:([a-z]{2,3})")
NEAR_M = 10_000.0  # a thing further from any settlement than this lies in none
TELL_EVERY = 5_000
Tags = Mapping[str, str]


def read_names(path: Path, *, progress: Callable[[str, int], None] | None = None) -> Gazetteer:
    """Return the names of an extract.

    Raises:
        WrongMap: the file cannot be read.
    """
    tell = progress or (lambda _stage, _count: None)
    try:
        things, streets = _read(path, tell)
    except UNREADABLE as wrong:
        raise WrongMap(f"{path.name} cannot be read as OpenStreetMap data: {wrong}") from None
    settled = [number for number, thing in enumerate(things) if thing.kind in SETTLEMENTS]
    places = [things[number] for number in settled]
    things.extend(_streets(streets, places))
    within = _nearest(places, things)
    tell("names", len(things))
    numbers = [
        -1 if at < 0 or thing.kind in SETTLEMENTS else settled[at]
        for at, thing in zip(within, things, strict=True)
    ]
    return gathered(things, numbers, kinds=KINDS)


def _read(path: Path, tell: Callable[[str, int], None]) -> tuple[list[Thing], list[Thing]]:
    things: list[Thing] = []
    streets: list[Thing] = []
    keys = sorted({key for key, _value in MARKS} | {"place", "highway"})
    wanted = osmium.osm.NODE | osmium.osm.WAY
    reader = osmium.FileProcessor(str(path), wanted).with_locations()
    for thing in reader.with_filter(osmium.filter.KeyFilter(*keys)):
        tags = {tag.k: tag.v for tag in thing.tags}
        if (where := _where(thing)) is None:
            continue
        things.extend(_named(tags, where))
        names = every_name(tags)
        if names and "highway" in tags and isinstance(thing, osmium.osm.Way):
            streets.append(Thing(STREET, names, *where))
        if (len(things) + len(streets)) % TELL_EVERY == 1:
            tell("names", len(things) + len(streets))
    return things, streets


def _named(tags: Tags, where: tuple[int, int]) -> Iterator[Thing]:
    """Yield a settlement or landmark that has a name, and a bridge by the name it has itself."""
    if (names := every_name(tags)) and (kind := _kind_of(tags)):
        yield Thing(kind, names, *where)
    crossing = {k.removeprefix("bridge:"): v for k, v in tags.items() if k.startswith("bridge:")}
    if names := every_name(crossing):
        yield Thing("bridge", names, *where)


def _where(thing: object) -> tuple[int, int] | None:
    """Return the place of a node, or of the middle node of a way; None without one."""
    if isinstance(thing, osmium.osm.Node):
        return thing.location.y, thing.location.x
    if not isinstance(thing, osmium.osm.Way):
        return None
    nodes = [node for node in thing.nodes if node.location.valid()]
    if not nodes:
        return None
    middle = nodes[len(nodes) // 2].location
    return middle.y, middle.x


def every_name(tags: Tags) -> dict[str, str]:
    """Return a thing's names: "" as on the map, by language, and "alt", "old" … for the others."""
    found = {"": tags["name"]} if "name" in tags else {}
    for key, value in tags.items():
        if told := _LANGUAGE.fullmatch(key):
            found[told[1]] = value
        elif key in _OTHER_NAMES:
            found[_OTHER_NAMES[key]] = value
    return found


def _kind_of(tags: Tags) -> str:
    if place := _PLACE_KINDS.get(tags.get("place", "")):
        return place
    return next((MARKS[pair] for pair in tags.items() if pair in MARKS), "")


def _streets(pieces: Sequence[Thing], places: Sequence[Thing]) -> Iterator[Thing]:
    """Join the pieces of a street in one settlement: its middle piece tells where it is."""
    joined: dict[tuple[tuple[tuple[str, str], ...], int], list[Thing]] = defaultdict(list)
    for piece, at in zip(pieces, _nearest(places, pieces), strict=True):
        joined[tuple(sorted(piece.names.items())), at].append(piece)
    for same in joined.values():
        lat = sum(piece.lat_e7 for piece in same) / len(same)
        lon = sum(piece.lon_e7 for piece in same) / len(same)
        yield min(same, key=lambda p: abs(p.lat_e7 - lat) + abs(p.lon_e7 - lon))


def _nearest(places: Sequence[Thing], things: Sequence[Thing]) -> list[int]:
    """Return, per thing, the number of the settlement nearest to it, -1 where none is near."""
    if not places or not things:
        return [-1] * len(things)
    middle_deg = sum(place.lat_e7 for place in places) / len(places) / 1e7
    flat = [
        metres(
            np.array([each.lat_e7 for each in some]),
            np.array([each.lon_e7 for each in some]),
            at_lat_deg=middle_deg,
        )
        for some in (places, things)
    ]
    distance, nearest = scipy.spatial.cKDTree(flat[0]).query(flat[1])
    return [int(n) if d <= NEAR_M else -1 for n, d in zip(nearest, distance, strict=True)]
