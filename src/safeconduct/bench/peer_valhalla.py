"""Valhalla in a virtual environment of its own: its tiles from our extract, its ways for our pairs.

Nothing of it is installed beside the product. It lies in the folder that SAFECONDUCT_VALHALLA names,
and is made there if it is not; without that in a temporary one, half a gigabyte each time.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safeconduct.bench.figure import CannotMeasure

WHAT = "pyvalhalla-weekly==3.5.1.post1.dev248"  # the last of its kind for this Python
KEEP = "SAFECONDUCT_VALHALLA"
_PATIENCE_S = 1_800
_CONFIGURES = """
import json, sys
from valhalla import get_config
json.dump(get_config(tile_extract="", tile_dir=sys.argv[1]), sys.stdout)
"""
# Runs there, with nothing of ours: reads what is asked, writes what was found.
_ASKS = """
import json, sys, time
from valhalla import Actor, get_config

told = json.load(sys.stdin)
config = get_config(tile_extract="", tile_dir=told["tiles"], verbose=False)
config["service_limits"]["max_exclude_polygons_length"] = 10**7
actor = Actor(config)
NO_WAY = {"No path could be found for input", "No suitable edges near location"}


def asked(a, b, **more):
    places = [{"lat": lat, "lon": lon} for lat, lon in (a, b)]
    start = time.process_time()
    try:
        found = actor.route({"locations": places, "costing": "auto", "directions_type": "none", **more})
    except RuntimeError as no:  # its only error: what is no "no way" is ours to hear of
        if str(no) not in NO_WAY:
            raise
        return {"ms": 1000 * (time.process_time() - start), "lines": []}
    trips = [found["trip"], *(each["trip"] for each in found.get("alternates", []))]
    lines = [decoded(trip["legs"][0]["shape"]) for trip in trips]
    return {"ms": 1000 * (time.process_time() - start), "lines": lines}


def decoded(text):
    points, at, values = [], 0, [0, 0]
    while at < len(text):
        for axis in (0, 1):
            shift = told_so_far = 0
            while True:
                byte = ord(text[at]) - 63
                at += 1
                told_so_far |= (byte & 31) << shift
                shift += 5
                if byte < 32:
                    break
            values[axis] += ~(told_so_far >> 1) if told_so_far & 1 else told_so_far >> 1
        points.append([values[0], values[1]])
    return points


json.dump(
    [
        {
            "fastest": asked(a, b),
            "others": asked(a, b, alternates=2),
            "excluding": asked(a, b, exclude_polygons=told["rings"]),
        }
        for a, b in told["pairs"]
    ],
    sys.stdout,
)
"""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What it answered to one question: lines of (latitude, longitude), 1e-6 degrees; none, no way."""

    ms: float
    lines: list[list[list[int]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What it found between two places: its fastest way, up to three, and one outside the rings."""

    fastest: Asked
    others: Asked
    excluding: Asked


def ways(
    extract: Path, pairs: Sequence[tuple[Place, Place]], rings: Sequence[Sequence[Place]]
) -> list[Answer]:
    """Return its ways between places (degrees) by car.

    Args:
        extract: of OpenStreetMap, .osm.pbf.
        rings: which it is to keep out of, corners in degrees.

    Raises:
        CannotMeasure: it cannot be installed, or reads no such extract.
    """
    kept, extract = os.environ.get(KEEP, ""), extract.resolve()
    if kept:
        return _ways(Path(kept).resolve(), extract, pairs, rings)
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as folder:
        return _ways(Path(folder), extract, pairs, rings)


def _ways(
    folder: Path,
    extract: Path,
    pairs: Sequence[tuple[Place, Place]],
    rings: Sequence[Sequence[Place]],
) -> list[Answer]:
    python = _installed(folder)
    tiles = _tiles(folder, python, extract)
    told = {
        "tiles": str(tiles),
        "pairs": pairs,
        "rings": [[[lon, lat] for lat, lon in ring] for ring in rings],
    }
    answers = json.loads(_run([str(python), "-c", _ASKS], given=json.dumps(told)))
    return [Answer(**{key: Asked(**each) for key, each in one.items()}) for one in answers]


def _installed(folder: Path) -> Path:
    python = folder / "venv/bin/python"
    if not python.exists():
        sys.stderr.write(f"installing {WHAT} in a virtual environment of its own …\n")
        venv.create(folder / "venv", with_pip=True)
        _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", WHAT])
    return python


def _tiles(folder: Path, python: Path, extract: Path) -> Path:
    tiles, done = folder / f"tiles-{extract.name}", folder / f"built-{extract.name}"
    if not done.exists():
        tiles.mkdir(exist_ok=True)
        config = folder / f"{extract.name}.json"
        config.write_text(_run([str(python), "-c", _CONFIGURES, str(tiles)]))
        built = [str(python), "-m", "valhalla", "valhalla_build_tiles"]
        _run([*built, "-c", str(config), str(extract)])
        done.touch()
    return tiles


def _run(argv: list[str], *, given: str = "") -> str:
    here = Path(argv[0]).parent  # its programs look for one another on the path
    env = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"}
    env.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(  # noqa: S603  our own lines, in its own environment
            argv,
            input=given,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
            cwd=here.parents[1],  # its builder leaves notes where it stands
            env=env,
        )
    except (OSError, subprocess.SubprocessError) as wrong:
        said = (getattr(wrong, "stderr", "") or "").strip().splitlines()
        why = said[-1] if said else type(wrong).__name__
        raise CannotMeasure(f"Valhalla could not be asked: {why}") from None
    return done.stdout
