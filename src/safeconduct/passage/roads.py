"""The programme's road graph: imported once from an extract, kept in the data folder, mapped.

Without one no passage is planned; the page says how to bring one in.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from weakref import WeakValueDictionary

from safeconduct.geo import Point
from safeconduct.log import get_logger
from safeconduct.programme import load as programme
from safeconduct.ways import gazetteer, learned, ready
from safeconduct.ways.extract import read_extract
from safeconduct.ways.gazetteer import Gazetteer
from safeconduct.ways.lexicon import learn
from safeconduct.ways.mapped import SUFFIX, load, save
from safeconduct.ways.naming import read_names
from safeconduct.ways.regions import Region, of_plain, plain, read_shapes, region_of
from safeconduct.ways.roads import Roads, WrongMap
from safeconduct.ways.stepwords import TABLES
from safeconduct.ways.terrain import Terrain
from safeconduct.ways.terrain import bring_in as _bring_in
from safeconduct.ways.tiles import NoTiles, make_tiles

logger = get_logger()
MOST_LEARNED = 50_000  # roads in one direction: a minute of a core, and half a gigabyte
REGIONS = "regions.json"  # beside the maps: they are of a country, not of one extract
SUFFIXES = (".osm.pbf", ".osm.gz", ".osm.bz2", ".osm")


def folder() -> Path:
    """Return where maps lie: `roads` in the data folder."""
    return Path(os.environ.get("SAFECONDUCT_DATA", "safeconduct-data")) / "roads"


def import_roads(
    path: Path,
    *,
    folder: Path,
    name: str = "",
    progress: Callable[[str], None] | None = None,
) -> str:
    """Read an extract, keep its graph and its names beside it, and return one sentence about them.

    Args:
        folder: `roads` in the data folder; made if it is not there.
        name: of the map; without one, the extract's own.
        progress: told a few words every now and then.

    Raises:
        WrongMap: the extract cannot be read, or has no roads that meet.
    """
    tell = progress or (lambda _words: None)
    roads = read_extract(path, progress=lambda *told: tell(_so_far(*told)))
    folder.mkdir(parents=True, exist_ok=True)
    name = name or _bare(path.name)
    (folder / f"{name}.pmtiles").unlink(missing_ok=True)  # of other roads
    names = read_names(path, progress=lambda stage, count: tell(f"{count} {stage}"))
    gazetteer.save(names, folder / f"{name}{gazetteer.SUFFIX}")
    save(roads, folder / f"{name}{SUFFIX}")
    return (
        f"Map {name}, version {roads.version}: {roads.junctions} junctions, "
        f"{roads.edges} roads in one direction, {names.things} names. {roads.attribution}."
    )


def import_tiles(
    path: Path,
    *,
    folder: Path,
    name: str = "",
    progress: Callable[[str], None] | None = None,
) -> str:
    """Keep the extract's tiles beside its graph, and return one sentence about them.

    Ways need no tiles: where none could be made, the sentence says why, and consoles draw the roads alone.
    """
    tell = progress or (lambda _words: None)
    target = folder / f"{name or _bare(path.name)}.pmtiles"
    try:
        size = make_tiles(path, target, progress=lambda stage, count: tell(f"{count} {stage}"))
    except NoTiles as wrong:
        return f"No tiles were made, so consoles draw the roads alone. {wrong}"
    return f"Tiles for the console's map: {size / 10**6:.1f} MB."


def learn_words(
    path: Path,
    *,
    folder: Path,
    name: str = "",
    progress: Callable[[str], None] | None = None,
) -> str:
    """Keep beside a map what can be told on it by car, in the programme's languages; return one sentence about it.

    Ways need none of it: where it is not kept, each process finds what it asks for.
    """
    tell = progress or (lambda _words: None)
    roads = load(folder / f"{name or _bare(path.name)}{SUFFIX}")
    if roads.edges > MOST_LEARNED:
        return f"What can be told is not kept of a map this large: {roads.edges} roads in one direction."
    languages = [code for code in programme.current().languages if code in TABLES]
    if all(learned.kept(roads, code, folder) is not None for code in languages):
        return "What can be told is kept already."
    learned.forget(folder)  # of other maps, or by other rules
    found = learn(roads, languages, progress=lambda share: tell(f"{share:.0%} of what can be told"))
    try:
        for code, told in found.items():
            learned.keep(roads, code, told, folder)
    except (OSError, ValueError) as wrong:
        return f"What can be told is not kept: {wrong}"
    return f"What can be told from each of {roads.edges} roads is kept in {', '.join(found)}."


def compile_searches(path: Path, *, folder: Path, name: str = "") -> str:
    """Keep the machine code of the searches of ways, so that no process that serves compiles; return one sentence."""
    languages = [code for code in programme.current().languages if code in TABLES]
    roads = load(folder / f"{name or _bare(path.name)}{SUFFIX}")
    ready.compile_searches(roads, languages[0] if languages else "en")
    return "The searches of ways are compiled."


def _so_far(stage: str, count: int, share: float | None) -> str:
    return f"{count} {stage}" + (f", {share:.0%} of the file" if share is not None else "")


def _bare(name: str) -> str:
    suffix = next((each for each in SUFFIXES if name.endswith(each)), "")
    return name.removesuffix(suffix) if suffix else Path(name).stem


# By content: what is known of a map's roads is kept by the map, and one imported again is the same.
_maps: WeakValueDictionary[str, Roads] = WeakValueDictionary()


@lru_cache(maxsize=1)
def _held(path: Path, _changed_ns: int) -> Roads:
    roads = load(path)
    return _maps.setdefault(roads.version, roads)


def current() -> tuple[str, Roads] | None:
    """Return name and graph of the map in use, None when there is none, or none that this program reads.

    Who is on the way is watched, held and stopped without a map; so no page fails for want of one.
    """
    try:
        return imported_last()
    except WrongMap:
        logger.warning("passage.wrong_map")
        return None


def imported_last() -> tuple[str, Roads] | None:
    """Return name and graph of the map imported last, or None when there is none.

    Raises:
        WrongMap: it is of another version, or damaged; the message says what to do.
    """
    maps = sorted(folder().glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
    if not maps:
        return None
    return maps[-1].stem, _held(maps[-1], maps[-1].stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _named(path: Path, _changed_ns: int) -> Gazetteer:
    return gazetteer.load(path)


def names() -> Gazetteer | None:
    """Return the names of the map in use, or None when it has none: it was imported before there were any."""
    held = current()
    path = folder() / f"{held[0]}{gazetteer.SUFFIX}" if held else None
    if path is None or not path.exists():
        return None
    return _named(path, path.stat().st_mtime_ns)


def import_regions(shapes: Path, *, folder: Path, country: str, pcodes: Path | None = None) -> str:
    """Keep the regions of a file beside the maps, and return one sentence about them.

    Raises:
        WrongRegions: a file cannot be used.
    """
    official = pcodes.read_text(encoding="utf-8-sig") if pcodes else ""
    found = read_shapes(shapes.read_text(encoding="utf-8-sig"), country=country, pcodes=official)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REGIONS).write_text(plain(found), encoding="utf-8")
    coded = sum(bool(region.pcode) for region in found)
    return f"{len(found)} regions of {country.upper()}, {coded} of them with a P-code."


@lru_cache(maxsize=1)
def _regions(path: Path, _changed_ns: int) -> tuple[Region, ...]:
    return tuple(of_plain(path.read_text(encoding="utf-8")))


def region_at(point: Point) -> Region | None:
    """Return the region that a place lies in, None in none or where no regions were brought in."""
    path = folder() / REGIONS
    return region_of(point, _regions(path, path.stat().st_mtime_ns)) if path.exists() else None


def middle(roads: Roads) -> Point:
    """Return the middle of a map: what a short plus code is short for, and a name is near to."""
    south, west, north, east = roads.bounds_deg()
    return Point((south + north) / 2, (west + east) / 2)


def terrain() -> Terrain:
    """Return the heights of the ground: the tiles in `terrain` beside the maps, none at first."""
    return Terrain(folder() / "terrain")


def import_tile(path: Path, *, folder: Path) -> str:
    """Keep a tile of heights for the ways of this programme; return one sentence about it.

    Args:
        folder: `roads` in the data folder.

    Raises:
        WrongTile: it is none; the message says why.
    """
    tile = _bring_in(path, folder=folder / "terrain")
    voids = int((~tile.known).sum())
    return (
        f"Heights {tile.name}: {len(tile.height_m)} rows of as many, {voids} of them not measured; "
        "what was not measured hides nobody."
    )
