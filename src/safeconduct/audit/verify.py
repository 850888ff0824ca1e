"""Proving a log without Django: `python -m safeconduct.audit.verify --data DIR`.

A log that was rewritten from its first entry on agrees with itself. Only a head that left the
house before shows it; without one this says that it cannot prove anything (docs/decisions/0021).
Exit code: 0 proved, 1 altered, 2 cannot be proved.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safeconduct import sealing
from safeconduct.audit.rules import Peaks, Told, grow, head_bytes

PROVED, ALTERED, UNPROVED = 0, 1, 2
_COLUMNS = "seq, at_us, who, verb, subject, digest, leaf"
# Fixed texts: log → its table.
_SELECT = {
    "core": f"SELECT {_COLUMNS} FROM audit_entry ORDER BY seq",  # noqa: S608
    "keeper": f"SELECT {_COLUMNS} FROM entry ORDER BY seq",  # noqa: S608
}
_FILES = {"core": "safeconduct.db", "keeper": "keeper-log.db"}
Row = tuple[Told, bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """A head as it left the house: size and root, and the leaf hashes since the one before."""

    log: str
    size: int
    root: bytes
    at_us: int
    key: bytes
    signature: bytes
    since: int
    leaves: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> "Head":
        """Read an exported head.

        Raises:
            ValueError: it is none, or its signature does not fit it.
        """
        try:
            told = json.loads(path.read_text())
            head = cls(
                told["log"],
                told["size"],
                bytes.fromhex(told["root"]),
                told["at_us"],
                bytes.fromhex(told["key"]),
                bytes.fromhex(told["signature"]),
                told["since"],
                tuple(map(bytes.fromhex, told["leaves"])),
            )
            signed = head_bytes(log=head.log, size=head.size, root=head.root, at_us=head.at_us)
            sealing.verify(head.key, signed, head.signature)
        except (KeyError, TypeError, ValueError, OSError) as wrong:
            raise ValueError(f"{path.name} is no head as it left the house") from wrong
        return head


@dataclass
class Verdict:
    """What was found out about one log.

    Attributes:
        first: number of the first altered or missing entry, None when none is named.
        said: sentences, for a person.
    """

    log: str
    code: int
    said: list[str]
    first: int | None = None


@dataclass
class Proof:
    """Heads of one log against its rows."""

    log: str
    heads: Sequence[Head]
    roots: dict[int, bytes] = field(init=False)
    exported: dict[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.roots = {head.size: head.root for head in self.heads}
        self.exported = {}
        peaks = Peaks()
        for head in self.heads:
            # Leaf hashes of a head count once, with all before them, they make its signed root.
            if head.since == peaks.size and head.since + len(head.leaves) == head.size:
                grown = grow(head.leaves, onto=peaks)
                if grown.root() == head.root:
                    self.exported.update(enumerate(head.leaves, start=head.since))
                    peaks = grown

    def judge(self, rows: Iterable[Row]) -> Verdict:
        """Walk the log once and name the first entry that is not what it was."""
        peaks, sure = Peaks(), 0
        for told, stored in rows:
            place = peaks.size
            if told.seq != place:
                return self._altered(place, f"entry {place} is missing")
            leaf = told.leaf(self.log)
            if leaf != stored or leaf != self.exported.get(place, leaf):
                return self._altered(place, f"entry {place} was altered")
            peaks = peaks.grown(leaf)
            if peaks.size in self.roots:
                if peaks.root() != self.roots[peaks.size]:
                    last = peaks.size - 1
                    return self._altered(sure, f"something in entries {sure} to {last} was altered")
                sure = peaks.size
        return self._walked(peaks.size)

    def _walked(self, size: int) -> Verdict:
        if not self.heads:
            said = f"{size} entries agree with each other, but no head of this log ever left"
            remedy = "it cannot be proved; export heads and keep them elsewhere"
            return Verdict(self.log, UNPROVED, [said, remedy])
        longest = max(self.roots)
        if size < longest:
            return self._altered(size, f"entries {size} to {longest - 1} are missing at the end")
        found = [f"{longest} entries are as they were when their head left"]
        if size > longest:
            found.append(f"{size - longest} later entries are not covered by a head yet")
        return Verdict(self.log, PROVED, found)

    def _altered(self, place: int, what: str) -> Verdict:
        return Verdict(self.log, ALTERED, [what], place)


def heads_in(folders: Iterable[Path], log: str) -> tuple[list[Head], list[str]]:
    """Return the good heads of one log, shortest first, and what is wrong with the others."""
    heads, wrong = [], []
    for path in sorted(p for folder in folders for p in folder.glob(f"{log}-*.json")):
        try:
            heads.append(Head.read(path))
        except ValueError as bad:
            wrong.append(str(bad))
    return sorted((h for h in heads if h.log == log), key=lambda head: head.size), wrong


def _row(values: tuple[Any, ...]) -> Row:
    seq, at_us, who, verb, subject, digest, leaf = values
    return Told(seq, at_us, who, verb, subject, bytes(digest)), bytes(leaf)


def rows_of_file(path: Path, log: str) -> Iterator[Row]:
    """Yield the log's rows from a SQLite file, which is not changed."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        yield from map(_row, db.execute(_SELECT[log]))


def rows_of_postgres(url: str, log: str) -> Iterator[Row]:
    """Yield the log's rows from a PostgreSQL server (needs psycopg)."""
    import psycopg  # noqa: PLC0415  an extra that one machine alone does not need

    with psycopg.connect(url) as db, db.cursor(name="verify") as cursor:
        cursor.execute(_SELECT[log])
        yield from map(_row, cursor)


def verify(
    data: Path, log: str, *, heads: Sequence[Path] = (), postgres: str = "", key: str = ""
) -> Verdict:
    """Prove one log of a data folder.

    Args:
        data: the data folder.
        log: "core" or "keeper".
        heads: folders with exported heads; `data`/heads when empty. Heads that were kept
            elsewhere prove more than those beside the log.
        postgres: where the core's log is, when not in a file.
        key: hex of the keeper's signing key, noted when the first head left.
    """
    found, wrong = heads_in(heads or [data / "heads"], log)
    signers = {head.key.hex() for head in found} | ({key} if key else set())
    if len(signers) > 1:
        wrong.append("heads were signed by different keys; keep to the one you noted")
    if wrong:
        return Verdict(log, ALTERED, wrong)
    path = data / _FILES[log]
    if not postgres and not path.exists():
        return Verdict(log, UNPROVED, [f"there is no {path.name} here"])
    try:
        rows = rows_of_postgres(postgres, log) if postgres else rows_of_file(path, log)
        verdict = Proof(log, found).judge(rows)
    except sqlite3.DatabaseError:
        return Verdict(log, ALTERED, [f"{path.name} cannot be read as the database it was"])
    verdict.said.extend(f"signed by {signer[:16]}; compare it with your note" for signer in signers)
    return verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove both logs, say what was found, return the worst code."""
    parser = argparse.ArgumentParser(prog="python -m safeconduct.audit.verify", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--heads", type=Path, action="append", default=[], help="repeatable")
    parser.add_argument("--postgres", default="", help="URL of the core's database")
    parser.add_argument("--key", default="", help="hex of the keeper's signing key")
    told = parser.parse_args(arguments)
    words = {PROVED: "proved", ALTERED: "ALTERED", UNPROVED: "cannot be proved"}
    codes = set()
    for log in ("core", "keeper"):
        postgres = told.postgres if log == "core" else ""
        verdict = verify(told.data, log, heads=told.heads, postgres=postgres, key=told.key)
        sys.stdout.write(f"{log}: {words[verdict.code]}: {'; '.join(verdict.said)}.\n")
        codes.add(verdict.code)
    return ALTERED if ALTERED in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
