"""Searches a whole data folder for what must not be readable there, in the forms it could take.

A search that finds nothing proves something only if it would have found it: `search` first plants
one secret in a file of its own, in every form, and finds them all again.
"""

import base64
import gzip
import json
import quopri
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHUNK = 1 << 20
SHORTEST = 5  # characters; shorter secrets are found by chance in any megabyte


@dataclass(frozen=True, slots=True)
class Found:
    """A secret that lies readable: which one (by its key), in which form, in which file."""

    secret: str
    form: str
    file: str


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """Yield what of `raw` is surely in a base64 text that holds it at offset 0, 1 or 2."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        start, end = (0, 2, 3)[shift], len(raw) + shift
        yield coded[start : (end * 4) // 3 - 1]


def forms(secret: str) -> dict[str, list[bytes]]:
    """Return every form of a secret that is searched for, by name."""
    raw = secret.encode()
    utf16 = secret.encode("utf-16-be")
    found = {
        "utf-8": [raw],
        "utf-16-le": [secret.encode("utf-16-le")],
        "ucs-2": [utf16],
        "hex": [raw.hex().encode(), raw.hex().upper().encode(), utf16.hex().encode()],
        "base64": [*_base64_cores(raw), *_base64_cores(utf16)],
        "percent": [quote(secret).encode()],
        "json": [json.dumps(secret)[1:-1].encode()],
        "quoted-printable": [quopri.encodestring(raw)],
    }
    digits = secret.lstrip("+")
    if digits.isdigit():
        pairs = digits + "f" * (len(digits) % 2)
        swapped = "".join(b + a for a, b in zip(pairs[::2], pairs[1::2], strict=True))
        found["digits"] = [
            digits.encode(),
            b" ".join(digits[i : i + 3].encode() for i in range(0, len(digits), 3)),
        ]
        found["nibble-swapped"] = [bytes.fromhex(swapped)]
    return {name: [n for n in needles if len(n) >= SHORTEST] for name, needles in found.items()}


def _readable(path: Path) -> Iterator[bytes]:
    """Yield the file's bytes, and what it holds if it is compressed."""
    raw = path.read_bytes()
    yield raw
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            yield unpack(raw)
        except (OSError, EOFError, zlib.error):
            continue


def _hits(path: Path, needles: list[tuple[str, str, bytes]]) -> Iterator[Found]:
    for raw in _readable(path):
        for key, form, needle in needles:
            if needle in raw:
                yield Found(key, form, path.name)


def _needles(secrets: dict[str, str]) -> list[tuple[str, str, bytes]]:
    return [
        (key, form, needle)
        for key, secret in secrets.items()
        if len(secret) >= SHORTEST
        for form, needles in forms(secret).items()
        for needle in needles
    ]


def _would_find(secrets: dict[str, str]) -> bool:
    """Plant each form of each secret and look whether the search sees it."""
    with tempfile.TemporaryDirectory() as place:
        for key, form, needle in _needles(secrets):
            path = Path(place, "planted")
            path.write_bytes(b"\x00noise" + needle + b"noise\xff")
            if not any(
                f.secret == key and f.form == form for f in _hits(path, [(key, form, needle)])
            ):
                return False
    return True


def search(folder: Path, secrets: dict[str, str], *, leave_out: Iterable[str] = ()) -> list[Found]:
    """Return every place under `folder` where a secret can be read.

    Args:
        folder: the data folder, all of it: databases, WAL, spool, logs.
        secrets: name → text; texts shorter than 5 characters are left out.
        leave_out: file names that are not the product's.

    Raises:
        RuntimeError: the search does not find what it planted itself.
    """
    if not _would_find(secrets):
        raise RuntimeError(
            "the search does not find what it planted; its verdict would be worthless"
        )
    needles = _needles(secrets)
    found: list[Found] = []
    for path in sorted(
        p for p in folder.rglob("*") if p.is_file() and p.name not in set(leave_out)
    ):
        try:
            found += _hits(path, needles)
        except FileNotFoundError:
            continue  # a WAL that was folded away while we looked
    return found
