"""An extract brought in as `safeconduct roads import` brings it in: roads, names and tiles, with what it takes.

Each import runs in a process of its own, so that its memory is its own; tippecanoe's, a child's, is
added to it. Beside it stands osmium alone, reading the same file with the places of its nodes.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from safeconduct.bench.figure import Figure

LIMIT_S, LIMIT_MB = 30.0, 500.0  # the programme's own: on two cores, with tiles
OTHERS = ("krems.osm.gz", "moscow.osm.gz")  # measured too when they lie beside the extract


def run(*, quick: bool, extract: Path) -> Iterable[Figure]:
    """Yield seconds and megabytes of each import; `quick` leaves out the other extracts."""
    beside = [] if quick else [extract.with_name(name) for name in OTHERS]
    for path in [extract, *(path for path in beside if path.is_file())]:
        yield from _figures(path)


def _figures(path: Path) -> Iterator[Figure]:
    bare, ours = _measured("bare", path), _measured("all", path)
    roads = _measured("roads", path)
    name = path.name.split(".")[0]
    yield Figure(
        bench="ways",
        metric=f"import of {name} with names and tiles",
        value=ours["seconds"],
        unit="s",
        against=f"the limit of {LIMIT_S:.0f} s; it took {ours['core_s']:.1f} s of cores, roads "
        f"alone {roads['core_s']:.1f}, osmium alone {bare['core_s']:.1f}",
        ratio=ours["seconds"] / LIMIT_S,
        target="<= 1",
    )
    yield Figure(
        bench="ways",
        metric=f"its memory, with tippecanoe's ({ours['junctions']:.0f} junctions)",
        value=ours["megabytes"],
        unit="MB",
        against=f"the limit of {LIMIT_MB:.0f} MB; roads alone {roads['megabytes']:.0f} MB, osmium "
        f"alone {bare['megabytes']:.0f} MB",
        ratio=ours["megabytes"] / LIMIT_MB,
        target="<= 1",
    )


def _measured(what: str, path: Path) -> dict[str, float]:
    """Return what one process of its own took."""
    told = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", "safeconduct.bench.ways_import", what, str(path)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def _bare(path: Path) -> int:
    import osmium

    things = osmium.osm.NODE | osmium.osm.WAY
    reader = osmium.FileProcessor(str(path), things).with_locations()
    return sum(1 for _way in reader.with_filter(osmium.filter.KeyFilter("highway")))


def _roads(path: Path) -> int:
    from safeconduct.ways.extract import read_extract
    from safeconduct.ways.mapped import save

    roads = read_extract(path)
    with tempfile.TemporaryDirectory() as folder:
        save(roads, Path(folder) / "map.roads")
    return roads.junctions


def _all(path: Path) -> int:
    from safeconduct.passage import roads
    from safeconduct.ways.mapped import load

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        roads.import_roads(path, folder=folder, name="map")
        told = roads.import_tiles(path, folder=folder, name="map")
        if not (folder / "map.pmtiles").is_file():
            raise SystemExit(told)
        return load(folder / "map.roads").junctions


WHAT = {"bare": _bare, "roads": _roads, "all": _all}


def main() -> None:
    """Do one thing in this process, and print what it took; Linux counts memory in kilobytes."""
    what, path = sys.argv[1], Path(sys.argv[2])
    begun = time.monotonic()
    junctions = WHAT[what](path)
    took_s = time.monotonic() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({
        "seconds": took_s,
        "core_s": sum(each.ru_utime + each.ru_stime for each in used),
        "megabytes": sum(each.ru_maxrss for each in used) / 1024,
        "junctions": junctions,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
