"""Proving a log without Django: `python -m safeconduct.audit.verify --data DIR`.

A log that was rewritten from its first entry on agrees with itself. Only a head that left the
house before shows it. Heads that lie beside the log find what was altered; they prove nothing,
because whoever cuts off the log cuts them off too (docs/decisions/0021).
Exit code: 0 proved, 1 altered, 3 cannot be proved, 4 proved but for what a restore lost.
"""

import argparse
import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safeconduct import apart
from safeconduct.audit.exported import Branch, Head, branches_in, heads_in
from safeconduct.audit.rules import Peaks, Told, grow, instant
from safeconduct.traces import open_sqlite

PROVED, ALTERED, UNPROVED, RESTORED = 0, 1, 3, 4  # 2 is a command that was given wrongly
INBOXES = "inboxes.toml"
_COLUMNS = "seq, at_us, who, verb, subject, digest, leaf"
# Fixed texts: log → its table.
_SELECT = {
    "core": f"SELECT {_COLUMNS} FROM audit_entry ORDER BY seq",  # noqa: S608  our own words
    "keeper": f"SELECT {_COLUMNS} FROM entry ORDER BY seq",  # noqa: S608  our own words
}
_FILES = {"core": "safeconduct.db", "keeper": "keeper-log.db"}
Row = tuple[Told, bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one log.

    Attributes:
        first: number of the first altered or missing entry, None when none is named.
        said: sentences, for a person.
        cut: nothing was altered, and its end is missing.
    """

    log: str
    code: int
    said: list[str]
    first: int | None = None
    cut: bool = False


@dataclass
class Proof:
    """Heads of one log, and the branches it took after restores, against its rows."""

    log: str
    heads: Sequence[Head]
    branches: Sequence[Branch] = ()
    exported: dict[int, bytes] = field(default_factory=dict)

    def judge(self, rows: Iterable[Row]) -> Verdict:
        """Walk the log once and name the first entry that is not what it was."""
        roots, details = self._roots(), self._by_start()
        peaks, sure = Peaks(), 0
        for told, stored in rows:
            place = peaks.size
            if told.seq != place:
                return self._altered(place, f"entry {place} is missing")
            self._learn(details.pop(place, ()), peaks)
            leaf = told.leaf(self.log)
            if leaf != stored or leaf != self.exported.get(place, leaf):
                return self._altered(place, f"entry {place} was altered")
            peaks = peaks.grown(leaf)
            if peaks.size in roots:
                if roots[peaks.size] != {peaks.root()}:
                    last = peaks.size - 1
                    return self._altered(sure, f"something in entries {sure} to {last} was altered")
                sure = peaks.size
        return self._walked(peaks.size, sure)

    def _holds(self, head: Head) -> bool:
        """Return whether a head speaks of this log still, and not of entries a restore lost."""
        later = [each.size for each in self.branches if each.branch > head.branch]
        return head.size <= min(later, default=head.size)

    def _roots(self) -> dict[int, set[bytes]]:
        roots: dict[int, set[bytes]] = {}
        for head in filter(self._holds, self.heads):
            roots.setdefault(head.size, set()).add(head.root)
        for branch in self.branches:
            if all(
                branch.size <= each.size for each in self.branches if each.branch > branch.branch
            ):
                roots.setdefault(branch.size, set()).add(branch.root)
        return roots

    def _by_start(self) -> dict[int, list[Head]]:
        details: dict[int, list[Head]] = {}
        for head in filter(self._holds, self.heads):
            if head.leaves and head.since + len(head.leaves) == head.size:
                details.setdefault(head.since, []).append(head)
        return details

    def _learn(self, heads: Iterable[Head], peaks: Peaks) -> None:
        """Take in leaf hashes that, behind all that was proved so far, make a signed root."""
        for head in heads:
            if grow(head.leaves, onto=peaks).root() == head.root:
                self.exported.update(enumerate(head.leaves, start=head.since))

    def _walked(self, size: int, sure: int) -> Verdict:
        if not self.heads:
            said = f"{size} entries agree with each other, but no head of this log ever left"
            remedy = "it cannot be proved; export heads and keep them elsewhere"
            return Verdict(self.log, UNPROVED, [said, remedy])
        longest = max(self._roots(), default=0)
        if size < longest:
            missing = f"entries {size} to {longest - 1} are missing at the end"
            return replace(self._altered(size, missing), cut=True)
        if known := {h.branch for h in self.heads} - {0, *(b.branch for b in self.branches)}:
            said = f"heads speak of restore {max(known)}, whose signed statement is not here"
            return Verdict(self.log, UNPROVED, [said, "bring the file branch-*.json with them"])
        found = [f"{sure} entries are as they were when their head left"]
        if size > sure:
            found.append(f"{size - sure} later entries are not covered by a head yet")
        lost = [self._lost(branch) for branch in self.branches]
        return Verdict(self.log, RESTORED if lost else PROVED, [*found, *lost])

    def _lost(self, branch: Branch) -> str:
        earlier = [head.size for head in self.heads if head.branch < branch.branch]
        end = max([branch.lost, branch.size, *earlier])
        at = f"{instant(branch.at_us):%Y-%m-%d %H:%M} UTC"
        return (
            f"restored from a copy at {at}: entries {branch.size} to {end - 1} of before are lost, "
            "and others have their numbers now"
            if end > branch.size
            else f"restored from a copy at {at}; no signed entry was lost"
        )

    def _altered(self, place: int, what: str) -> Verdict:
        return Verdict(self.log, ALTERED, [what], place)


def _row(values: tuple[Any, ...]) -> Row:
    seq, at_us, who, verb, subject, digest, leaf = values
    return Told(seq, at_us, who, verb, subject, bytes(digest)), bytes(leaf)


def rows_of_file(path: Path, log: str) -> Iterator[Row]:
    """Yield the log's rows from a SQLite file, which is not changed."""
    with closing(open_sqlite(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        yield from map(_row, db.execute(_SELECT[log]))


def rows_of_postgres(url: str, log: str) -> Iterator[Row]:
    """Yield the log's rows from a PostgreSQL server (needs psycopg)."""
    import psycopg  # noqa: PLC0415  an extra that one machine alone does not need

    with psycopg.connect(url) as db, db.cursor(name="verify") as cursor:
        cursor.execute(_SELECT[log])
        yield from map(_row, cursor)


def inboxes(data: Path) -> list[dict[str, str]]:
    """Return where this programme's heads are sent: tables with name and folder or url.

    Raises:
        ValueError: inboxes.toml cannot be read.
    """
    path = data / INBOXES
    found = tomllib.loads(path.read_text()).get("inbox", []) if path.exists() else []
    if any(not _is_inbox(each) for each in found):
        raise ValueError(
            f"{INBOXES}: each [[inbox]] has a name of letters, digits and -, and a folder or a url"
        )
    return [{name: str(value) for name, value in each.items()} for each in found]


def _is_inbox(told: dict[str, str]) -> bool:
    named = re.fullmatch(r"[A-Za-z0-9-]{1,40}", str(told.get("name", "")))
    return bool(named and (told.get("folder") or told.get("url")))


def _kept_elsewhere(data: Path) -> list[Path]:
    told = [each for each in inboxes(data) if "folder" in each]
    return [path for each in told if (path := Path(each["folder"])).is_dir()]


def verify(
    data: Path,
    log: str,
    *,
    heads: Sequence[Path] = (),
    lines: Sequence[str] = (),
    postgres: str = "",
    key: str = "",
) -> Verdict:
    """Prove one log of a data folder.

    Args:
        data: the data folder.
        log: "core" or "keeper".
        heads: folders with heads that were kept elsewhere; without any, the folders of
            inboxes.toml. Heads in `data`/heads help to name an entry, and prove nothing alone.
        lines: heads scanned or typed in from paper.
        postgres: where the core's log is, when not in a file.
        key: hex of the keeper's signing key, noted when the first head left.
    """
    elsewhere = list(heads) or _kept_elsewhere(data)
    folders = list(dict.fromkeys([*elsewhere, data / "heads"]))
    found, wrong = heads_in(folders, log)
    branches, bad = branches_in(folders, log)
    try:
        paper = [head for head in map(Head.typed, lines) if head.log.partition(".")[0] == log]
    except ValueError as slip:
        return Verdict(log, UNPROVED, [str(slip)])
    signers = {head.key.hex() for head in [*found, *paper]} | {each.key.hex() for each in branches}
    signers |= {key}
    if len(signers - {""}) > 1:
        wrong.append("heads were signed by different keys; keep to the one you noted")
    if wrong or bad:
        return Verdict(log, ALTERED, [*wrong, *bad])
    verdict = _judged(data, postgres, Proof(log, [*found, *paper], branches))
    if verdict.code in {PROVED, RESTORED} and not paper and not heads_in(elsewhere, log)[0]:
        only = (
            "only heads beside it were asked, which go when it is cut off: bring others (--heads)"
        )
        verdict = replace(verdict, code=UNPROVED, said=[*verdict.said, only])
    told = [f"signed by {each[:16]}; compare it with your note" for each in signers - {""}]
    return replace(verdict, said=[*verdict.said, *told])


def _judged(data: Path, postgres: str, proof: Proof) -> Verdict:
    folder = apart.of_keeper(data) if proof.log == "keeper" else data
    path = folder / _FILES[proof.log]
    if not postgres and not path.exists():
        return Verdict(proof.log, UNPROVED, [f"there is no {path.name} here"])
    try:
        return proof.judge(
            rows_of_postgres(postgres, proof.log) if postgres else rows_of_file(path, proof.log)
        )
    except sqlite3.DatabaseError:
        said = f"{path.name} cannot be read as the database it was"
        return Verdict(proof.log, ALTERED, [said])


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove both logs, say what was found, return the worst code."""
    parser = argparse.ArgumentParser(prog="python -m safeconduct.audit.verify", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--heads", type=Path, action="append", default=[], help="repeatable")
    parser.add_argument("--head", action="append", default=[], help="a line from paper; repeatable")
    parser.add_argument("--postgres", default="", help="URL of the core's database")
    parser.add_argument("--key", default="", help="hex of the keeper's signing key")
    told = parser.parse_args(arguments)
    words = {
        PROVED: "proved",
        ALTERED: "ALTERED",
        UNPROVED: "cannot be proved",
        RESTORED: "proved, but for what a restore lost",
    }
    codes = []
    for log in ("core", "keeper"):
        postgres = told.postgres if log == "core" else ""
        verdict = verify(
            told.data, log, heads=told.heads, lines=told.head, postgres=postgres, key=told.key
        )
        sys.stdout.write(f"{log}: {words[verdict.code]}: {'; '.join(verdict.said)}.\n")
        codes.append(verdict.code)
    return next(code for code in (ALTERED, UNPROVED, RESTORED, PROVED) if code in codes)


if __name__ == "__main__":
    sys.exit(main())
