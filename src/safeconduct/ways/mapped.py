"""The map's one file: arrays that the operating system maps, so that processes share its pages.

    8 bytes  "roads" and what ends a line wrongly copied as text
    8 bytes  the length of the header
    header   JSON: version, digest, words, and for every array its type, length and place
    arrays   each at a multiple of 64 bytes, the car's and then the walker's

Nothing is unpacked and nothing is read until it is used, but for the digest, which reads all of it
once, page by page.
"""

import json
import mmap
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from safeconduct.ways.roads import ARRAYS, VERSION, Roads, WrongMap

MAGIC = b"roads\r\n\x1a"
SUFFIX = ".roads"
ALIGNED = 64  # bytes: a cache line, and more than any type of ours asks for
AGAIN = "Import the extract again."
# What a header that somebody changed may come to, before its digest is even asked for.
_NOT_AS_TOLD = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError,
    MemoryError,
)  # fmt: skip


def save(roads: Roads, path: Path) -> None:
    """Write one map file; it is complete or absent, never half."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        _write(roads, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _write(roads: Roads, file: BinaryIO) -> None:
    parts = {"": roads} | ({"foot/": roads.afoot} if roads.afoot else {})
    arrays = {f"{part}{name}": array for part, one in parts.items()
              for name, array in one.arrays().items()}  # fmt: skip
    at, told = 0, {}
    for name, array in arrays.items():
        told[name] = [array.dtype.str, len(array), at]
        at += -(-array.nbytes // ALIGNED) * ALIGNED
    header = {
        "version": VERSION,
        "digest": roads.digest.hex(),
        "words": {part: one.words() for part, one in parts.items()},
        "arrays": told,
        "bytes": at,
    }
    written = json.dumps(header, ensure_ascii=False).encode()
    written += b" " * (-(len(written) + 16) % ALIGNED)
    file.write(MAGIC + len(written).to_bytes(8, "little") + written)
    for array in arrays.values():
        file.write(np.ascontiguousarray(array).data)
        file.write(bytes(-array.nbytes % ALIGNED))


def load(path: Path) -> Roads:
    """Map one file and check that it is what it says.

    What is written into an array stays with the process that wrote it and never reaches the file.

    Raises:
        WrongMap: another version, a damaged file, or none of ours.
    """
    try:
        with path.open("rb") as file:
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as wrong:  # ValueError: an empty file cannot be mapped
        raise WrongMap(f"{path.name} cannot be read ({wrong}). {AGAIN}") from None
    header, begin = _header(held, path.name)
    if header.get("version") != VERSION:
        raise WrongMap(f"{path.name} has map version {header.get('version')}, this program reads "
                       f"{VERSION}. {AGAIN}")  # fmt: skip
    roads = _whole(held, header, begin, beside=path.parent)
    if roads is None:
        raise WrongMap(f"{path.name} is damaged: its digest differs. {AGAIN}")
    return roads


def _whole(held: mmap.mmap, header: dict[str, Any], begin: int, *, beside: Path) -> Roads | None:
    """Return the map, or None when the file is not as long or not what its header says."""
    try:
        roads = replace(_roads(held, header, begin), beside=beside)
        whole = len(held) == begin + header["bytes"] and roads.digest.hex() == header["digest"]
    except _NOT_AS_TOLD:
        return None
    return roads if whole else None


def _header(held: mmap.mmap, name: str) -> tuple[dict[str, Any], int]:
    begin = 16 + int.from_bytes(held[8:16], "little")
    try:
        header = dict(json.loads(held[16:begin])) if held[:8] == MAGIC else {}
    except _NOT_AS_TOLD:
        header = {}
    if not header:
        raise WrongMap(f"{name} is no map file of ours. {AGAIN}")
    return header, begin


def _roads(held: mmap.mmap, header: dict[str, Any], begin: int) -> Roads:
    parts = {
        part: Roads.of(_arrays(held, header["arrays"], begin, part=part), words)
        for part, words in header["words"].items()
    }
    return replace(parts[""], afoot=parts.get("foot/"))


def _arrays(
    held: mmap.mmap, told: dict[str, list[Any]], begin: int, *, part: str
) -> dict[str, Any]:
    found = {}
    for name in (*ARRAYS, "name_at", "name_blob"):
        kind, count, at = told[f"{part}{name}"]
        found[name] = np.frombuffer(held, dtype=kind, count=count, offset=begin + at)
    return found
