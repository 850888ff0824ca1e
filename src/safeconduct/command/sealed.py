"""A sealed file: a tar in chunks, sealed to a key that lies elsewhere.

Each chunk is bound to its number and the last one marked, so that none is missing, moved or put in.
The public half carries a secret as well, without which no file can be made that opens: whoever finds
files alone can neither read one nor write another.
"""

import io
import math
import os
import shutil
import struct
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from safeconduct import sealing
from safeconduct.command.trouble import Trouble
from safeconduct.spool.keyfiles import read_key, write_key

_MAGIC = b"safeconduct copy 1\n"
_CHUNK_BYTES = 2**20
_MOST_BYTES = _CHUNK_BYTES + 2**12  # of a box: a chunk and its tag, or the encapsulated key
# What opening raises; the last three are tarfile's at a link into nothing, a path of a thousand folders,
# a time in no calendar: who had the public half could seal them.
_MALFORMED = (
    sealing.Tampered,
    tarfile.TarError,
    struct.error,
    ValueError,
    KeyError,
    RecursionError,
    OverflowError,
)
_LENGTH = struct.Struct(">I")


def make_key(*, private: Path, public: Path) -> str:
    """Write a pair of key files, both with the secret they share; return the pair's name."""
    secret, (half, other) = sealing.new_key(), sealing.new_box_keys()
    write_key(private, secret + half)
    write_key(public, secret + other)
    return name_of(secret)


def public_of(private: Path) -> bytes:
    """Return the public half of a private key file, as its own file has it."""
    secret, half = _parted(private)
    return secret + sealing.box_public(half)


def name_of(key: bytes) -> str:
    """Return by what a person tells one pair from another."""
    return sha256(b"copy key|" + key[: sealing.KEY_BYTES]).hexdigest()[:16]


def _parted(path: Path) -> tuple[bytes, bytes]:
    key = read_key(path)
    return key[: sealing.KEY_BYTES], key[sealing.KEY_BYTES :]


def _info(kind: str, secret: bytes) -> bytes:
    return f"copy|v1|{kind}|".encode() + secret


def pack(files: Iterable[tuple[Path, str]], *, kind: str, public: Path, into: BinaryIO) -> None:
    """Seal files into one, on disk when this returns.

    Args:
        files: path and the name it bears inside; a folder is taken with all in it.
        kind: what it is; a file of one kind does not open as another.
    """
    with (
        _Sealing(into, kind, public) as sealed,
        tarfile.open(fileobj=sealed, mode="w|", bufsize=_CHUNK_BYTES) as tar,
    ):
        for path, name in files:
            tar.add(path, name)


def unpack(copy: Path, *, kind: str, key: Path, into: Path) -> None:
    """Open a sealed file with the private key and lay out what is in it.

    Raises:
        Trouble: another key, or it is cut, changed or no sealed file of this kind.
    """
    with _readable(copy), copy.open("rb") as file:
        opened = _Opened(file, kind, key)
        with tarfile.open(fileobj=opened, mode="r|", bufsize=_CHUNK_BYTES) as tar:
            for each in tar:  # extractall(filter=) came with 3.11.4, and Debian 12 has 3.11.2
                _lay(tar, each, into)
        opened.ends()  # tar stops at its own end, and what fills it up may be a chunk of its own


def _lay(tar: tarfile.TarFile, told: tarfile.TarInfo, into: Path) -> None:
    """Lay out one file or folder, as ours alone. Raises: ValueError: we made no such."""
    name = PurePosixPath(told.name)
    leads_out = name.is_absolute() or ".." in name.parts
    if leads_out or not (told.isreg() or told.isdir()) or not math.isfinite(told.mtime):
        raise ValueError(f"{told.name} does not belong into a copy")
    place, content = into / name, tar.extractfile(told)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if content is None:
        place.mkdir(mode=0o700, exist_ok=True)
        return
    with content, place.open("wb") as file:
        shutil.copyfileobj(content, file)
    place.chmod(told.mode & 0o700)


@contextmanager
def _readable(copy: Path) -> Iterator[None]:
    try:
        yield
    except _MALFORMED:
        raise Trouble(
            f"{copy.name} does not open: another key, cut off, or changed. Take another copy."
        ) from None
    except OSError as failed:
        raise Trouble(f"{copy.name} cannot be laid out: {failed.strerror}.") from None


def _bound(number: int, *, last: bool) -> bytes:
    return sealing.address("copy", str(number), "last" if last else "more")


class _Sealing(io.RawIOBase):
    """Seals what is written into it, a chunk at a time."""

    def __init__(self, file: BinaryIO, kind: str, public: Path) -> None:
        self._file, self._key = file, sealing.new_key()
        self._number, self._waiting = 0, bytearray()
        secret, half = _parted(public)
        box = sealing.hpke_seal(half, self._key, info=_info(kind, secret))
        file.write(_MAGIC + _LENGTH.pack(len(box)) + box)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting += data
        while len(self._waiting) > _CHUNK_BYTES:
            self._put(bytes(self._waiting[:_CHUNK_BYTES]), last=False)
            del self._waiting[:_CHUNK_BYTES]
        return len(data)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        box = sealing.seal(self._key, chunk, _bound(self._number, last=last))
        self._file.write(_LENGTH.pack(len(box)) + box)
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
            self._file.flush()
            os.fsync(self._file.fileno())
        super().close()


class _Opened(io.RawIOBase):
    """Reads what `_Sealing` wrote. Raises: sealing.Tampered: another key, or a chunk is not its own."""

    def __init__(self, file: BinaryIO, kind: str, key: Path) -> None:
        self._file, self._number, self._ready, self._last = file, 0, b"", False
        if file.read(len(_MAGIC)) != _MAGIC:
            raise sealing.Tampered("this is no copy of ours")
        secret, half = _parted(key)
        self._key = sealing.hpke_open(half, self._box(), info=_info(kind, secret))

    def _box(self) -> bytes:
        (length,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
        if length > _MOST_BYTES:  # so that nobody makes us hold four gigabytes
            raise sealing.Tampered("a box longer than any that we write")
        return self._file.read(length)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._last and (size < 0 or len(self._ready) < size):
            self._ready += self._next()
        told = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(told) :]
        return told

    def ends(self) -> None:
        """Open what nobody asked for. Raises: sealing.Tampered: it is changed, or more lies behind it."""
        while not self._last:
            self._next()
        if self._file.read(1):
            raise sealing.Tampered("more than we wrote")

    def _next(self) -> bytes:
        box = self._box()
        try:
            chunk = sealing.unseal(self._key, box, _bound(self._number, last=False))
        except sealing.Tampered:
            chunk = sealing.unseal(self._key, box, _bound(self._number, last=True))
            self._last = True
        self._number += 1
        return chunk
