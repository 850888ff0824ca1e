"""The keeper's own log: every read, grant and destruction, written before it happens.

Same form as the core's journal (audit/rules.py), in a file of its own, so that who rewrites one
does not hold the other. An entry without its effect may stand after a crash, never the reverse.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from safeconduct.audit.rules import Peaks, Told, grow, instant, micros
from safeconduct.traces import open_sqlite

LOG = "keeper"
_LOOKED_AT = 200_000  # newest entries in which a grave one is looked for
_SHOWN = 50
_FORCED_SHOWN = 500  # a right number was typed at each: nobody floods these
SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, wall INTEGER NOT NULL, who TEXT NOT NULL,
    verb TEXT NOT NULL, subject TEXT NOT NULL, digest BLOB NOT NULL, leaf BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tree (
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, peaks BLOB NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS entry_update BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
CREATE TRIGGER IF NOT EXISTS entry_delete BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
"""


def entry(row: tuple[int, int, str, str, str]) -> dict[str, Any]:
    """Return one entry as it goes over the socket: seq, at (ISO 8601), who, verb, subject."""
    seq, at_us, who, verb, subject = row
    at = instant(at_us).isoformat()
    return {"seq": seq, "at": at, "who": who, "verb": verb, "subject": subject}


class Journal:
    """The open log."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self.db = open_sqlite(
            path,
            pragmas={"journal_mode": "wal", "synchronous": 2},
            isolation_level=None,
            check_same_thread=False,
        )
        self.db.executescript(SCHEMA)
        row = self.db.execute("SELECT size, peaks FROM tree").fetchone()
        self.peaks = Peaks.from_bytes(*row) if row else Peaks()

    def write(
        self,
        who: str,
        verb: str,
        subjects: Iterable[str],
        *,
        now: datetime,
        wall: int,
        digest: bytes = b"",
    ) -> None:
        """Write one entry for each subject, all in one transaction, on disk when this returns."""
        at_us, rows = micros(now), []
        for seq, subject in enumerate(subjects, start=self.peaks.size):
            leaf = Told(seq, at_us, who, verb, subject, digest).leaf(LOG)
            rows.append((seq, at_us, wall, who, verb, subject, digest, leaf))
        peaks = grow((row[-1] for row in rows), onto=self.peaks)
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self.db.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", rows)
            self.db.execute(
                "INSERT OR REPLACE INTO tree VALUES (1,?,?)", (peaks.size, peaks.to_bytes())
            )
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        self.peaks = peaks

    def since(self, wall: int, verb: str) -> Iterator[tuple[str, str, str, int]]:
        """Yield who, verb, subject and wall second of entries that begin so, newest first."""
        # Newest first and stop: without an index, which every opening would pay for.
        found = self.db.execute("SELECT who, verb, subject, wall FROM entry ORDER BY seq DESC")
        for who, said, subject, at in found:
            if at < wall:
                return
            if said.startswith(verb):
                yield who, said, subject, at

    def latest(self, *, last: int, subject: str) -> list[tuple[int, int, str, str, str]]:
        """Return seq, at_us, who, verb and subject, newest first."""
        found = self.db.execute(
            "SELECT seq, at_us, who, verb, subject FROM entry "
            "WHERE ?1 = '' OR subject = ?1 OR who = ?1 ORDER BY seq DESC LIMIT ?2",
            (subject, last),
        )
        return found.fetchall()

    def grave(self, since: int) -> list[tuple[int, int, str, str, str]]:
        """Return whatever supervisors are called about since a wall second, as `entry` takes.

        Who signed in under force is counted by itself, so that nothing else pushes him off.
        """
        held = "verb LIKE 'signed in %, under force'"
        other = f"(verb LIKE 'met %' OR verb LIKE '% force%') AND NOT {held}"
        return sorted(
            [
                *self._newest(held, since, _FORCED_SHOWN),
                *self._newest(other, since, _SHOWN),
            ],
            reverse=True,
        )

    def _newest(self, which: str, since: int, most: int) -> list[tuple[int, int, str, str, str]]:
        found = self.db.execute(
            "SELECT seq, at_us, who, verb, subject FROM entry "  # noqa: S608  our own words
            f"WHERE seq > ? AND wall >= ? AND {which} "
            "ORDER BY seq DESC LIMIT ?",
            (self.peaks.size - _LOOKED_AT, since, most),
        )
        return found.fetchall()

    def leaves(self, since: int) -> list[bytes]:
        """Return the leaf hashes from entry `since` on."""
        found = self.db.execute("SELECT leaf FROM entry WHERE seq >= ? ORDER BY seq", (since,))
        return [leaf for (leaf,) in found]

    def close(self) -> None:
        """Close the file."""
        self.db.close()
