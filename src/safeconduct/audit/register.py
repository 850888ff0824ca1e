"""The register: what no restore may bring back, in a file outside the database. No Django.

Erased compartments, numbers that said stop, places and signs that were told or burned. Each line
is written in the transaction of its act (`actions.remember`) and stands in DATA/register.jsonl
from its commit on; it is copied with the heads. It holds refs, keyed hashes and sealed bytes:
whoever has it alone learns how many and when. Each line carries the hash of the one before.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from safeconduct.envelope import canonical

FILE = "register.jsonl"
KINDS = ("erased", "optout", "place", "sign", "burned")
_END_BYTES = 16_384  # more than any line takes
_FIRST = hashlib.sha256(b"register|v1").hexdigest()


class Torn(ValueError):
    """The lines do not follow each other, or two copies tell different things."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the file stands beside its table.

    Attributes:
        lines: of the table.
        waiting: how many of them the file lacks: a restore would bring back what they end.
        code: "unwritten", the file takes nothing; "torn", it has other lines; "" for neither.
    """

    lines: int
    waiting: int
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `value`: canonical JSON of plain words and hex."""

    seq: int
    at_us: int
    kind: str
    value: str

    @property
    def told(self) -> dict[str, str]:
        """Return the value as words."""
        told: dict[str, str] = json.loads(self.value)
        return told

    def written(self, before: str) -> str:
        """Return the line of the file, after the one whose hash is `before`."""
        plain: dict[str, Any] = {"seq": self.seq, "at_us": self.at_us, "kind": self.kind}
        return canonical({**plain, "value": self.value, "prev": before}).decode()


def _hash(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()


def _parse(text: str) -> tuple[list[Line], str]:
    """Return the lines and the hash of the last; a last line cut by a power cut does not count."""
    lines: list[Line] = []
    before = _FIRST
    for written in text.split("\n")[:-1]:
        lines.append(_line(written, seq=len(lines), before=before))
        before = _hash(written)
    return lines, before


def _line(written: str, *, seq: int, before: str) -> Line:
    line = _told(written)
    if json.loads(written).get("prev") != before or line.seq != seq:
        raise Torn(f"line {seq} of a register does not follow the one before")
    return line


def _told(written: str) -> Line:
    try:
        told = json.loads(written)
        return Line(told["seq"], told["at_us"], told["kind"], told["value"])
    except (ValueError, KeyError, TypeError):
        raise Torn("a line of the register is none") from None


def read(path: Path) -> list[Line]:
    """Return the lines of a register, [] where there is no such file.

    Raises:
        Torn: a line was altered or is missing.
    """
    return _parse(path.read_text(encoding="utf-8"))[0] if path.exists() else []


def longest(copies: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the longest of several copies of one register.

    Raises:
        Torn: one of them is not the beginning of the longest: they tell different things.
    """
    most = list(sorted(copies, key=len)[-1]) if copies else []
    if any(list(copy) != most[: len(copy)] for copy in copies):
        raise Torn("two registers tell different things; name the one that is true")
    return most


def write(folder: Path, lines_since: Callable[[int], list[Line]]) -> int:
    """Append what is not in the folder's file yet; return how many lines.

    Only the end of the file is read, since this runs after every act; `read` proves all of it.

    Raises:
        Torn: the file has more lines than it should, or its last one is another.
    """
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last, before, end = _last(file)
        file.seek(end)
        file.truncate()
        fresh = lines_since(0 if last is None else last.seq)
        if last is not None and fresh[:1] != [last]:
            raise Torn(
                "the register has lines that the tables do not know: an older copy was restored"
            )
        fresh = fresh if last is None else fresh[1:]
        for line in fresh:
            written = line.written(before)
            file.write(written.encode() + b"\n")
            before = _hash(written)
        file.flush()
        os.fsync(file.fileno())
    return len(fresh)


def standing(folder: Path, *, lines: int) -> Standing:
    """Return how the folder's file stands beside a table of so many lines; it is not changed."""
    try:
        with (folder / FILE).open("r+b") as file:  # as it is written, so a lost permission shows
            last, _before, _end = _last(file)
    except FileNotFoundError:
        return Standing(lines, lines, "")
    except OSError:
        return Standing(lines, lines, "unwritten")
    except Torn:
        return Standing(lines, lines, "torn")
    has = 0 if last is None else last.seq + 1
    return Standing(lines, max(0, lines - has), "torn" if has > lines else "")


def _last(file: BinaryIO) -> tuple[Line | None, str, int]:
    """Return the last whole line, its hash, and where it ends; a power cut may leave more."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_BYTES))
    whole, newline, _cut = file.read().rpartition(b"\n")
    if not newline:
        if size > _END_BYTES:
            raise Torn("the end of the register is no line")
        return None, _FIRST, 0
    written = whole.rpartition(b"\n")[2].decode()
    return _told(written), _hash(written), size - len(_cut)
