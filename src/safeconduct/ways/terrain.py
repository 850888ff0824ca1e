"""Heights of the ground from SRTM tiles, and which of them nobody measured.

A tile is one degree square, 1201 × 1201 or 3601 × 3601 heights in metres, signed 16 bit, high byte
first, the northernmost row first; it is named for its south-west corner (N50E011.hgt). Where the
radar saw nothing it says -32768: such a cell is filled from its neighbours so that nothing breaks,
and marked, because what nobody measured hides nobody. It is bare ground: no house, no tree.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safeconduct.geo import EARTH_RADIUS_M, Point

SIDES = (1201, 3601)  # of SRTM3 and SRTM1: about 90 m and 30 m
VOID = -32768
LOWEST_M, HIGHEST_M = -500, 9_000  # the shore of the Dead Sea lies at -430, Everest at 8,849
_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})")
_METRES_A_DEGREE = float(np.radians(1)) * EARTH_RADIUS_M

Heights = npt.NDArray[np.float32]
Known = npt.NDArray[np.bool_]


class WrongTile(ValueError):
    """A file is no tile of heights; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class Tile:
    """One square degree. Rows run from north to south, columns from west to east.

    Attributes:
        south_deg, west_deg: its corner.
        height_m: voids are filled.
        known: False where a void was filled.
    """

    south_deg: int
    west_deg: int
    height_m: Heights
    known: Known

    @property
    def steps(self) -> int:
        """Return into how many steps it cuts a degree: 1200 or 3600."""
        return len(self.height_m) - 1

    @property
    def name(self) -> str:
        """Return what the file of this tile is called, without its ending."""
        return name_of(self.south_deg, self.west_deg)


@dataclass(frozen=True, eq=False)
class Relief:
    """The heights about a place, the place's own cell in the middle. Rows run from north to south.

    Attributes:
        north_m, east_m: from one row and one column to the next.
        known: False where nothing was measured, or no tile lies.
    """

    height_m: Heights
    known: Known
    north_m: float
    east_m: float


def name_of(south_deg: int, west_deg: int) -> str:
    """Return what the tile with this south-west corner is called."""
    north, east = "S" if south_deg < 0 else "N", "W" if west_deg < 0 else "E"
    return f"{north}{abs(south_deg):02d}{east}{abs(west_deg):03d}"


def read_tile(path: Path) -> Tile:
    """Read a .hgt file, or the .zip that holds one.

    Raises:
        WrongTile: the name tells no place, the size is none of the two, or the archive is damaged.
    """
    told = _NAME.match(path.name.upper())
    if told is None:
        raise WrongTile(f"{path.name} names no place. A tile is called like N50E011.hgt; "
                        "give it its own name back.")  # fmt: skip
    south = int(told[2]) * (-1 if told[1] == "S" else 1)
    west = int(told[4]) * (-1 if told[3] == "W" else 1)
    try:
        content = (
            _unpacked(path) if path.suffix.lower() == ".zip" else _sized(path.stat().st_size, path)
        )
    except (OSError, zipfile.BadZipFile, StopIteration) as wrong:
        raise WrongTile(f"{path.name} cannot be read as a tile ({type(wrong).__name__}). "
                        "Fetch it again.") from None  # fmt: skip
    side = round((len(content) / 2) ** 0.5)
    raw = np.frombuffer(content, dtype=">i2").reshape(side, side)
    known = (raw >= LOWEST_M) & (raw <= HIGHEST_M)
    return Tile(south, west, filled(raw.astype(np.float32), known), known)


def _sized(size: int, path: Path) -> bytes:
    _insist_on_size(size, path.name)
    return path.read_bytes()


def _unpacked(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        inner = next(e for e in archive.infolist() if e.filename.lower().endswith(".hgt"))
        _insist_on_size(inner.file_size, path.name)
        return archive.read(inner)


def _insist_on_size(size: int, name: str) -> None:
    if size not in {2 * side * side for side in SIDES}:
        raise WrongTile(f"{name} holds {size} bytes; a tile of heights has 1201 or 3601 rows of "
                        "as many, two bytes each. Fetch it again.")  # fmt: skip


def filled(height_m: Heights, known: Known) -> Heights:
    """Return the heights with each void on the line between its known neighbours.

    Along its row and along its column, and the mean of the two; 0 where neither knows a height.
    """
    if known.all():
        return height_m
    told, count = np.zeros_like(height_m), np.zeros(height_m.shape, dtype=np.int8)
    for line, of_line, seen in ((told, height_m, known), (told.T, height_m.T, known.T)):
        counted = count if line is told else count.T
        for n in np.flatnonzero(~seen.all(axis=1) & seen.any(axis=1)).tolist():
            void, here = np.flatnonzero(~seen[n]), np.flatnonzero(seen[n])
            line[n, void] += np.interp(void, here, of_line[n, here])
            counted[n, void] += 1
    mean = told / np.maximum(count, 1)
    return np.where(known, height_m, mean).astype(np.float32)


class Terrain:
    """The tiles of one folder. A tile is read when somebody first asks for its ground."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.name.upper()[:7]: path for path in sorted(tiles_in(folder))}

    @property
    def names(self) -> tuple[str, ...]:
        """Return which tiles there are, N50E011 and so on."""
        return tuple(sorted(self._paths))

    @property
    def mark(self) -> tuple[tuple[str, int], ...]:
        """Return what differs whenever a tile comes, goes or is another one."""
        return tuple((n, self._paths[n].stat().st_mtime_ns) for n in self.names)

    def tile(self, south_deg: int, west_deg: int) -> Tile | None:
        """Return one tile, None where there is none."""
        path = self._paths.get(name_of(south_deg, west_deg))
        return _held(path, path.stat().st_mtime_ns) if path else None

    def relief(self, about: Point, *, radius_m: float) -> Relief | None:
        """Return the heights within `radius_m` of a place, over as many tiles as that takes.

        None where no tile holds the place itself. The grid is that of the place's own tile; what
        another tile says is taken from its nearest cell.
        """
        here = self.tile(int(np.floor(about.lat_deg)), int(np.floor(about.lon_deg)))
        if here is None:
            return None
        north_m = _METRES_A_DEGREE / here.steps
        east_m = north_m * float(np.cos(np.radians(about.lat_deg)))
        rows, columns = (int(np.ceil(radius_m / step)) for step in (north_m, east_m))
        row, column = round(about.lat_deg * here.steps), round(about.lon_deg * here.steps)
        lat = (row + np.arange(rows, -rows - 1, -1)) / here.steps
        lon = (column + np.arange(-columns, columns + 1)) / here.steps
        height = np.zeros((len(lat), len(lon)), dtype=np.float32)
        known = np.zeros(height.shape, dtype=np.bool_)
        for tile in self._about(lat, lon):
            _lay(tile, lat, lon, height, known)
        return Relief(height, known, north_m, east_m)

    def _about(self, lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> Iterator[Tile]:
        for south in range(int(np.floor(lat[-1])), int(np.floor(lat[0])) + 1):
            for west in range(int(np.floor(lon[0])), int(np.floor(lon[-1])) + 1):
                tile = self.tile(south, (west + 180) % 360 - 180)
                if tile is not None:
                    yield tile


def _lay(
    tile: Tile,
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    height: Heights,
    known: Known,
) -> None:
    """Copy what one tile knows into a grid; two tiles share their rim, and the known one counts."""
    row = np.rint((tile.south_deg + 1 - lat) * tile.steps).astype(np.int64)
    east = (lon - tile.west_deg + 180) % 360 - 180  # across the antimeridian too
    column = np.rint(east * tile.steps).astype(np.int64)
    rows = np.flatnonzero((row >= 0) & (row <= tile.steps))
    columns = np.flatnonzero((column >= 0) & (column <= tile.steps))
    into, of = np.ix_(rows, columns), np.ix_(row[rows], column[columns])
    fresh = ~known[into]
    height[into] = np.where(fresh, tile.height_m[of], height[into])
    known[into] |= tile.known[of]


@lru_cache(maxsize=4)  # a tile of 3601 takes 65 MB
def _held(path: Path, _changed_ns: int) -> Tile:
    return read_tile(path)


def tiles_in(folder: Path) -> Iterator[Path]:
    """Yield the tiles of a folder; none where it is not there."""
    for path in folder.glob("*"):
        if path.name.lower().endswith((".hgt", ".hgt.zip")) and _NAME.match(path.name.upper()):
            yield path


def bring_in(path: Path, *, folder: Path) -> Tile:
    """Check a tile and keep it in `folder`, unpacked, in place of an older one; return it.

    Raises:
        WrongTile: see `read_tile`.
    """
    tile = read_tile(path)
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{tile.name}.hgt"
    fresh = folder / f"{kept.name}.new"
    fresh.write_bytes(_unpacked(path) if path.suffix.lower() == ".zip" else path.read_bytes())
    fresh.replace(kept)
    (folder / f"{kept.name}.zip").unlink(missing_ok=True)
    return tile
