"""Stops that could not be written where they belong: kept on a file whose space is there already.

Abort, freeze, opt-out and "he is here" never wait. When the database, the audit or the keeper
fails, the stop lands here, is in force from that moment for every process of this host, and is
entered where it belongs when that can be written again. The slots are written at the first start,
so a full disk has nothing to say. Free text is sealed to the core's public key, refs are opaque.
"""

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from safeconduct import sealing

SLOT_BYTES = 4096  # one page of the disk: a slot is written whole or not at all
SLOTS = 256  # a night's stops of a programme many times ours; entered ones make room
REASON_BYTES = 400  # sealed and in hex, with all else, it still fits its slot
_FILE = "stops.spool"
_PUBLIC = "stops.key"
_INFO = b"stops|v1"
_HEAD = struct.Struct(">II")  # length, crc32; length 0 is a free slot
_in_memory: list["Stop"] = []  # the last resort, when even this file cannot be written


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop, in force.

    Attributes:
        kind: whose it is: "case", "fact", "optout", "freeze", "panic".
        ref: what it stops, an opaque ref.
        what: the state, the kind of hold, or "" where `kind` says all.
        by: ref of the person who did it.
        at: world time.
        reason: sealed to the core, hex; "" when none was given or no key was there.
        before: the version it saw, 0 when nothing could be read.
    """

    key: str
    kind: str
    ref: str
    what: str
    by: str
    at: str
    reason: str = ""
    before: int = 0

    @property
    def when(self) -> datetime:
        """Return `at` as a time."""
        return datetime.fromisoformat(self.at)


def prepare(folder: Path, *, public: bytes = b"") -> None:
    """Reserve the space, once, and lay down the key to which reasons are sealed."""
    path = folder / _FILE
    if not path.exists() or path.stat().st_size < SLOTS * SLOT_BYTES:
        with path.open("ab") as file:
            missing = SLOTS * SLOT_BYTES - path.stat().st_size
            # Random bytes behind a free head: a file system that packs zeros would reserve nothing.
            for _ in range(missing // SLOT_BYTES):
                file.write(_HEAD.pack(0, 0) + os.urandom(SLOT_BYTES - _HEAD.size))
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o600)
    if public:
        _lay(folder / _PUBLIC, public)


def _lay(path: Path, public: bytes) -> None:
    """Write the key whole or not at all; a stop may be sealed to it at this moment."""
    if not path.exists() or path.read_bytes() != public:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(public)
        fresh.replace(path)


def sealed_reason(folder: Path, text: str) -> str:
    """Return `text` sealed to the core; "" when there is none, or no key lies here yet."""
    try:
        public = (folder / _PUBLIC).read_bytes()
        return (
            sealing.hpke_seal(public, text.encode()[:REASON_BYTES], info=_INFO).hex()
            if text
            else ""
        )
    except (OSError, ValueError):
        return ""


def opened_reason(keys: Sequence[bytes], sealed: str) -> str:
    """Return what `sealed_reason` sealed, with whichever of the core's private keys opens it.

    Raises:
        sealing.Tampered: another key, or changed.
    """
    for private in keys:
        with suppress(sealing.Tampered):
            return sealing.hpke_open(private, bytes.fromhex(sealed), info=_INFO).decode(
                errors="replace"
            )
    raise sealing.Tampered("a stop's reason opens with none of the keys held here")


def put(folder: Path, stop: Stop) -> bool:
    """Put a stop in force. Never raises: a stop that no disk takes holds in this process.

    Returns:
        Whether it is on disk.
    """
    _in_memory.append(stop)
    _to_disk(folder)
    return stop not in _in_memory


def _to_disk(folder: Path) -> None:
    """Write what is in memory alone, as far as the file takes it; another try comes by itself."""
    try:
        with _locked(folder) as file:
            free = (slot for slot in range(SLOTS) if _read(file, slot) is None)
            for stop, slot in zip(list(_in_memory), free, strict=False):
                _write(file, slot, json.dumps(asdict(stop)).encode())
                _in_memory.remove(stop)
    except (OSError, ValueError):
        return


def in_force(folder: Path) -> list[Stop]:
    """Return every stop that was not entered yet, oldest first. Never raises."""
    if _in_memory:
        _to_disk(folder)
    found = list(_in_memory)
    try:
        with _locked(folder) as file:
            found += [stop for slot in range(SLOTS) if (stop := _read(file, slot))]
    except OSError:
        pass
    return sorted(found, key=lambda stop: stop.at)


def entered(folder: Path, key: str) -> None:
    """Take down a stop that is now written where it belongs. Doing it twice does no harm."""
    _in_memory[:] = [stop for stop in _in_memory if stop.key != key]
    if not (folder / _FILE).exists():
        return
    with _locked(folder) as file:
        for slot in range(SLOTS):
            stop = _read(file, slot)
            if stop is not None and stop.key == key:
                _write(file, slot, b"")


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    number = os.open(folder / _FILE, os.O_RDWR)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield number
    finally:
        os.close(number)


def _read(file: int, slot: int) -> Stop | None:
    head = os.pread(file, SLOT_BYTES, slot * SLOT_BYTES)
    if len(head) < SLOT_BYTES:
        return None
    length, crc = _HEAD.unpack_from(head)
    raw = head[_HEAD.size : _HEAD.size + length]
    if not 0 < length <= SLOT_BYTES - _HEAD.size or zlib.crc32(raw) != crc:
        return None
    return Stop(**json.loads(raw))


def _write(file: int, slot: int, raw: bytes) -> None:
    body = _HEAD.pack(len(raw), zlib.crc32(raw)) + raw
    if len(body) > SLOT_BYTES:
        raise ValueError("a stop longer than its slot")
    os.pwrite(file, body.ljust(SLOT_BYTES, b"\0"), slot * SLOT_BYTES)
    os.fsync(file)


def is_ready(folder: Path) -> bool:
    """Return whether space and key are there."""
    return (folder / _FILE).exists() and (folder / _PUBLIC).exists()
