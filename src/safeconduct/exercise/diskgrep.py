"""Searches a whole data folder for what must not be readable there, in the forms it could take.

A search that finds nothing proves something only if it would have found it: `search` first plants
every form of every secret in a file of its own, and finds them all again.
"""

import contextlib
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from safeconduct.exercise import forms
from safeconduct.geo import Point

MOST_UNPACKED = 64 * 2**20  # bytes of one compressed stream that are looked at
MAPS = "roads"  # the map holds every crossing of the country, so a place at one is no find there
_BEGINS = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # gzip, zlib
_EITHER = 32 + zlib.MAX_WBITS  # zlib's word for "gzip or zlib, see its head"
_AT_ONCE = 4096  # bytes given to the unpacker
_CLOCK = rb"(?<!\d\d:\d\d:)"  # 09:53:43.4123 is no latitude; a database holds ten thousand such
_LEAST = 8  # bytes that a stream must give before it is taken for one


@dataclass(frozen=True, slots=True)
class Found:
    """A secret that lies readable: which one (by its key), in which form, in which file."""

    secret: str
    form: str
    file: str


@dataclass(frozen=True, slots=True)
class Needle:
    """Bytes to look for; a place is not looked for on the map."""

    secret: str
    form: str
    raw: bytes
    is_place: bool = False

    def lies_in(self, raw: bytes) -> bool:
        """Return whether they stand there, and as no second of a time of day."""
        if self.form != forms.DEGREES or self.raw not in raw:
            return self.raw in raw
        return re.search(_CLOCK + re.escape(self.raw), raw) is not None


def search(
    folder: Path,
    secrets: Mapping[str, str],
    *,
    places: Mapping[str, Point] | None = None,
    leave_out: Iterable[str] = (),
) -> list[Found]:
    """Return every place under `folder` where a secret can be read.

    Args:
        folder: the data folder, all of it: databases, WAL, spool, logs, backups, temporary files.
        secrets: name → text or number; forms under 5 bytes are left out.
        places: name → where; not looked for on the map.
        leave_out: file names that are not the product's.

    Raises:
        RuntimeError: the search does not find what it planted itself.
    """
    needles = needles_of(secrets, places or {})
    missed = _not_found_again(needles)
    if missed:
        raise RuntimeError(
            f"the search does not find what it planted ({missed[0].form}); its verdict is worthless"
        )
    left_out, found = set(leave_out), set[Found]()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in left_out:
            on_map = MAPS in path.relative_to(folder).parts
            found |= _hits(path, [n for n in needles if not (on_map and n.is_place)])
    return sorted(found, key=lambda each: (each.file, each.secret, each.form))


def needles_of(secrets: Mapping[str, str], places: Mapping[str, Point]) -> list[Needle]:
    """Return everything that is looked for."""
    texts = [(key, forms.of_text(secret), False) for key, secret in secrets.items()]
    points = [(key, forms.of_place(place), True) for key, place in places.items()]
    return [
        Needle(key, form, raw, is_place)
        for key, table, is_place in (*texts, *points)
        for form, needles in table.items()
        for raw in needles
    ]


def _hits(path: Path, needles: list[Needle]) -> set[Found]:
    try:
        return {
            Found(needle.secret, needle.form, path.name)
            for raw in _readable(path)
            for needle in needles
            if needle.lies_in(raw)
        }
    except FileNotFoundError:
        return set()  # a WAL that was folded away while we looked


def _readable(path: Path) -> Iterator[bytes]:
    """Yield the file's bytes, and what each compressed stream in them holds, wherever it begins."""
    raw = path.read_bytes()
    yield raw
    for mark in _BEGINS:
        at = raw.find(mark)
        while at >= 0:
            yield from _unpacked(memoryview(raw)[at:])
            at = raw.find(mark, at + 1)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def _unpacked(raw: memoryview) -> Iterator[bytes]:
    unpacker, out = zlib.decompressobj(_EITHER), bytearray()
    while raw and not unpacker.eof and len(out) < MOST_UNPACKED:
        before, part = unpacker.copy(), raw[:_AT_ONCE]
        try:
            out += unpacker.decompress(part, MOST_UNPACKED)
        except zlib.error:
            out += _until_it_breaks(before, part)
            break
        raw = raw[_AT_ONCE:]
    if len(out) >= _LEAST:
        yield bytes(out)


def _until_it_breaks(unpacker: "zlib._Decompress", part: memoryview) -> bytes:
    """Return what comes before the fault: overwritten or cut off, its beginning is readable."""
    out = bytearray()
    with contextlib.suppress(zlib.error):
        for at in range(len(part)):
            out += unpacker.decompress(part[at : at + 1], MOST_UNPACKED)
    return bytes(out)


def _not_found_again(needles: list[Needle]) -> list[Needle]:
    """Plant everything, each in bytes of its own, and return what the search does not see."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "planted")
        missed = []
        for needle in needles:
            path.write_bytes(b"\x00noise" + needle.raw + b"noise\xff")
            if not _hits(path, [needle]):
                missed.append(needle)
        return missed
