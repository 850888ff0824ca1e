"""The vector tiles of the map in use, as a browser reads them: ranges of one file, and nothing is noted of them.

Which tiles are asked for tells what is planned: no log names them, and no browser may keep them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from safeconduct.passage.roads import current, folder

SUFFIX = ".pmtiles"
MOST_BYTES = 4 * 2**20  # of one answer; a tile has half a megabyte at most, a directory far less
_ONE_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})|bytes=-(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a file: the first, the last, of how many, and what they are."""

    first: int
    last: int
    of: int
    content: bytes


def version() -> str:
    """Return the version of the map whose tiles lie here, "" where there are none."""
    held = current()
    return held[1].version if held and _file(held[0]).is_file() else ""


def part(wanted: str, *, header: str) -> Part | int | None:
    """Return what a Range header asks for of the tiles of map version `wanted`.

    An answer may be shorter than what was asked for; it says so (RFC 9110, 15.3.7).

    Returns:
        The bytes; or how many there are, when the header asks for none of them or for the whole;
        or None when there are no such tiles.
    """
    held = current()
    if held is None or held[1].version != wanted:
        return None
    try:
        with _file(held[0]).open("rb") as file:
            size = file.seek(0, 2)
            asked = range_of(header, size=size)
            if asked is None:
                return size
            file.seek(asked[0])
            return Part(*asked, size, file.read(asked[1] - asked[0] + 1))
    except FileNotFoundError:
        return None


def range_of(header: str, *, size: int) -> tuple[int, int] | None:
    """Return first and last byte of one range of a file of `size` bytes, None if it has none of them."""
    found = _ONE_RANGE.fullmatch(header.strip())
    if found is None or not size:
        return None
    if found[3] is not None:
        first, last = max(0, size - int(found[3])), size - 1
    else:
        first, last = int(found[1]), min(size - 1, int(found[2] or size - 1))
    return (first, min(last, first + MOST_BYTES - 1)) if first <= last else None


def _file(name: str) -> Path:
    return folder() / f"{name}{SUFFIX}"
