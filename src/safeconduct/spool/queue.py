"""A durable first-in first-out queue in one SQLite file. What `put` returned for survives kill -9.

It refuses to lose in silence: a full disk raises `SpoolFull`, and nothing of that call is kept.
Rows carry opaque bytes under a key; the second `put` of a key changes nothing. What is stored together
has a row for each key, and its bytes lie with the last. The reader moves a cursor; what lies behind it
is emptied, its keys stay for a while so that a repeat is still known.
Several processes may share a file; within one process several threads may share a `Queue`.
"""

import asyncio
import contextlib
import hashlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from safeconduct.spool.commits import SqliteFile
from safeconduct.traces import open_sqlite

KEYS_KEPT = 200_000  # emptied rows whose key is still known: two days at a campaign's 1/s average
QUARANTINED = 20  # of one sender, refused at the link; one is enough to look into
WIPE_EVERY_S = 1.0
# No room, an error of the disk, or a file system that was set read-only because of one.
_TAKES_NOTHING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
_PRIMARY = 0xFF  # of an extended result code (sqlite.org/rescode.html)
_ASKED = 500  # keys in one statement; SQLite takes 999 at least (sqlite.org/limits.html §9)
LOOK_S = 0.02  # how often one looks whether a file changed, and no text waits longer
LATEST_S = 1.0  # after which one looks into it all the same: what was emptied is to be wiped
_PATIENCE_S = 20  # for another process's transaction; as the database's own (web/settings.py)
# Keys of what was refused are "<sender>/<hash>"; 0 comes right after the stroke.
_OF_SENDER = "id < 0 AND key >= ?1 || '/' AND key < ?1 || '0'"
_LAST = 2**63 - 1  # the highest number of a row
_TAKE = "SELECT id, key, body FROM item WHERE id > ? AND id <= ? AND length(body) > 0 ORDER BY id LIMIT ?"
_APPEND = "INSERT INTO item (key, body) VALUES (?, ?)"
_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aside (id INTEGER PRIMARY KEY, key TEXT NOT NULL, body BLOB NOT NULL, why TEXT NOT NULL);
"""


class SpoolFull(OSError):
    """The disk under the spool is full or failing: nothing was stored, so nothing may be acknowledged."""

    def __init__(self) -> None:
        super().__init__(
            "The spool's disk is full or failing, so nothing was taken in. "
            "Free space on it, or mend it; senders will come again by themselves."
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One stored row. `id` rises in the order of commits and is never used twice."""

    id: int
    key: str
    body: bytes


class Change:
    """One transaction on a queue: rows, the cursor and small notes that change together."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.emptied = False  # rows lost their bytes

    def knows(self, key: str) -> bool:
        """Return whether a row with this key was ever put (and not yet forgotten)."""
        return self._db.execute("SELECT 1 FROM item WHERE key = ?", (key,)).fetchone() is not None

    def known(self, keys: Iterable[str]) -> set[str]:
        """Return which of these keys were ever put (and not yet forgotten)."""
        return self._which("SELECT key FROM item WHERE key IN", keys)

    def _which(self, sql: str, values: Iterable[str]) -> set[str]:
        asked, found = list(values), set[str]()
        for at in range(0, len(asked), _ASKED):
            some = asked[at : at + _ASKED]
            rows = self._db.execute(f"{sql} ({','.join('?' * len(some))})", some)
            found.update(value for (value,) in rows)
        return found

    def put(self, key: str, body: bytes) -> bool:
        """Append a row; return False, changing nothing, when the key is known."""
        if self.knows(key):
            return False
        self.put_fresh([(key, body)])
        return True

    def put_fresh(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Append rows whose keys are known to be new, in their order."""
        self._db.executemany(_APPEND, rows)

    def put_together(self, keys: Sequence[str], body: bytes) -> None:
        """Append a row for each key, all known to be new; the bytes of all lie with the last."""
        self.put_fresh([*((key, b"") for key in keys[:-1]), (keys[-1], body)])

    def acknowledge(self, upto: int) -> None:
        """Move the cursor to row `upto`; rows behind it lose their bytes."""
        before = _position(self._db)
        if upto <= before:
            return
        self._db.execute("UPDATE cursor SET position = ?", (upto,))
        self._db.execute(
            "UPDATE item SET body = x'' WHERE id > ? AND id <= ? AND length(body) > 0",
            (before, upto),
        )
        self._db.execute("DELETE FROM item WHERE id <= ?", (upto - KEYS_KEPT,))
        self.emptied = True

    def set_aside(self, item: Item, *, why: str) -> None:
        """Keep a row that cannot be used where a person finds it; the cursor is not moved.

        Args:
            item: the row.
            why: the kind of fault, and, behind a colon, words.
        """
        self._db.execute(
            "INSERT OR REPLACE INTO aside VALUES (?, ?, ?, ?)", (item.id, item.key, item.body, why)
        )

    def quarantine(self, sender: str, body: bytes, *, why: str) -> bool:
        """Keep bytes that may not come in where a person finds them; return whether they are new.

        They get a number below zero, so that no row of the queue is ever taken for one. Of one
        sender so many are kept, and no more: whoever sends rubbish fills no disk.
        """
        key = f"{sender}/{hashlib.sha256(body).hexdigest()[:16]}"
        kept, there = self._db.execute(
            f"SELECT count(*), coalesce(sum(key = ?2), 0) FROM aside WHERE {_OF_SENDER}",  # noqa: S608  ours
            (sender, key),
        ).fetchone()
        if there or kept >= QUARANTINED:
            return False
        (lowest,) = self._db.execute("SELECT coalesce(min(id), 0) FROM aside").fetchone()
        self._db.execute(
            "INSERT INTO aside VALUES (?, ?, ?, ?)", (min(lowest, 0) - 1, key, body, why)
        )
        return True

    def forget_quarantined(self, sender: str) -> None:
        """Drop what was refused of one sender; a person has looked into it."""
        self._db.execute(f"DELETE FROM aside WHERE {_OF_SENDER}", (sender,))  # noqa: S608  ours
        self.emptied = True

    def forget_aside(self, row: int) -> None:
        """Drop a row that was set aside; it is stored where it belongs."""
        self._db.execute("DELETE FROM aside WHERE id = ?", (row,))
        self.emptied = True

    def holding(self, row: int) -> Item | None:
        """Return the row that holds the bytes of this one: itself, or the last of those stored together."""
        found = self._db.execute(
            "SELECT id, key, body FROM item WHERE id >= ? AND length(body) > 0 ORDER BY id LIMIT 1",
            (row,),
        ).fetchone()
        return None if found is None else Item(*found)

    def note(self, name: str) -> bytes | None:
        """Return a small value kept beside the rows, or None."""
        row = self._db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def notes(self, prefix: str) -> dict[str, bytes]:
        """Return every note whose name begins with `prefix`, by name."""
        rows = self._db.execute(
            "SELECT name, value FROM note WHERE name >= ? AND name < ? ORDER BY name",
            (prefix, prefix + "\U0010ffff"),
        )
        return {name: bytes(value) for name, value in rows}

    def noted(self, names: Iterable[str]) -> set[str]:
        """Return which of these notes are kept."""
        return self._which("SELECT name FROM note WHERE name IN", names)

    def set_notes(self, names: Iterable[str], value: bytes) -> None:
        """Keep the same small value under many names."""
        rows = ((name, value) for name in names)
        self._db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", rows)

    def drop_notes(self, names: Iterable[str]) -> None:
        """Remove many notes."""
        self._db.executemany("DELETE FROM note WHERE name = ?", ((name,) for name in names))

    def set_note(self, name: str, value: bytes | None) -> None:
        """Keep a small value beside the rows; None removes it."""
        if value is None:
            self._db.execute("DELETE FROM note WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))


def _position(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT position FROM cursor").fetchone()[0])


class Queue:
    """See the module's words. Open it by path; the file and its folder are made when missing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._lock = threading.Lock()
        self._wipe_at = 0.0
        self._unwiped = True  # an earlier life may have left emptied bytes in the journal
        with _telling_full():
            self._db = open_sqlite(
                path,
                pragmas={"journal_mode": "wal", "synchronous": 2},
                timeout=_PATIENCE_S,
                isolation_level=None,
                check_same_thread=False,
            )
            self._db.executescript(_TABLES)
        path.chmod(0o600)
        self._commits = SqliteFile(path)

    def version(self) -> object:
        """Return what differs once anybody has committed to the file: a few bytes read, and no wait."""
        try:
            return self._commits.read()
        except sqlite3.Error:
            return object()  # equal to nothing: whoever asks looks for himself

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """Open one transaction; all of it is on disk when the block ends, or none of it.

        Raises:
            SpoolFull: the disk is full; nothing changed.
        """
        with self._lock, _telling_full():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                change = Change(self._db)
                yield change
                self._db.execute("COMMIT")
                self._unwiped = self._unwiped or change.emptied
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def put(self, key: str, body: bytes) -> bool:
        """Append one row durably; return False, changing nothing, when the key is known.

        Raises:
            SpoolFull: the disk is full; nothing was stored.
        """
        return self.put_many([(key, body)]) == 1

    def put_many(self, rows: Iterable[tuple[str, bytes]]) -> int:
        """Append rows in one transaction; return how many were new."""
        with self.change() as change:
            return sum(change.put(key, body) for key, body in rows)

    def take(self, *, limit: int = 100, after: int | None = None, upto: int = _LAST) -> list[Item]:
        """Return the oldest bytes beyond the cursor (or beyond row `after`); they stay stored.

        Args:
            limit: how many at most; what was stored together is one.
            after: a row.
            upto: no row later than this.
        """
        with self._lock:
            start = _position(self._db) if after is None else after
            rows = self._db.execute(_TAKE, (start, upto, limit)).fetchall()
            if not rows and self._unwiped and time.monotonic() > self._wipe_at:
                self._wipe()
        return [Item(*row) for row in rows]

    def position(self) -> int:
        """Return the row of the cursor."""
        with self._lock:
            return _position(self._db)

    def _wipe(self) -> None:
        """Write the journal back and cut it off: emptied bytes live on in it until then."""
        self._wipe_at = time.monotonic() + WIPE_EVERY_S
        self._db.execute(
            "PRAGMA busy_timeout=0"
        )  # whoever else is at it, an idle look waits for none
        with contextlib.suppress(sqlite3.OperationalError):
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._unwiped = bool(busy)
        self._db.execute(f"PRAGMA busy_timeout={_PATIENCE_S * 1000}")

    def acknowledge(self, upto: int) -> None:
        """Say that every row up to `upto` is done with: the cursor moves, their bytes go."""
        with self.change() as change:
            change.acknowledge(upto)

    def knows(self, key: str) -> bool:
        """Return whether a row with this key was ever put (and not yet forgotten)."""
        with self._lock:
            return Change(self._db).knows(key)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Return which of these keys were ever put (and not yet forgotten)."""
        with self._lock:
            return Change(self._db).known(keys)

    def is_done(self, key: str) -> bool:
        """Return whether the row put under this key lies behind the cursor."""
        with self._lock:
            row = self._db.execute("SELECT id FROM item WHERE key = ?", (key,)).fetchone()
            return row is None or row[0] <= _position(self._db)

    def waiting(self) -> int:
        """Return how many rows lie beyond the cursor."""
        with self._lock:
            return int(
                self._db.execute(
                    "SELECT count(*) FROM item WHERE id > (SELECT position FROM cursor)"
                ).fetchone()[0]
            )

    def set_asides(self) -> int:
        """Return how many rows were set aside for a person."""
        with self._lock:
            found = self._db.execute("SELECT count(*) FROM aside WHERE id > 0")
            return int(found.fetchone()[0])

    def asides(self) -> list[int]:
        """Return the numbers of the rows that were set aside for a person, oldest first."""
        return list(self.whys())

    def whys(self) -> dict[int, str]:
        """Return why each row was set aside for a person, by number, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT id, why FROM aside WHERE id > 0 ORDER BY id")
            return dict(rows.fetchall())

    def kinds_aside(self) -> dict[str, int]:
        """Return how many rows were set aside for a person, by the kind of fault."""
        return dict(Counter(why.partition(":")[0] for why in self.whys().values()))

    def quarantined(self) -> list[tuple[str, bytes]]:
        """Return key and bytes of what was refused at the link, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT key, body FROM aside WHERE id < 0 ORDER BY id DESC")
            return [(key, bytes(body)) for key, body in rows]

    def aside(self, row: int) -> Item | None:
        """Return one row that was set aside."""
        with self._lock:
            found = self._db.execute("SELECT id, key, body FROM aside WHERE id = ?", (row,))
            kept = found.fetchone()
        return None if kept is None else Item(kept[0], kept[1], bytes(kept[2]))

    def note(self, name: str) -> bytes | None:
        """Return a note without changing anything."""
        with self._lock:
            return Change(self._db).note(name)

    def notes(self, prefix: str) -> dict[str, bytes]:
        """Return every note whose name begins with `prefix`."""
        with self._lock:
            return Change(self._db).notes(prefix)

    def close(self) -> None:
        """Close the file; what was committed stays."""
        with self._lock:
            self._commits.close()
            self._db.close()


async def stirred(queue: Queue, *, seen: object, at_latest_s: float = LATEST_S) -> None:
    """Wait until somebody has committed since the queue's version was `seen`, or so long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + at_latest_s
    while True:
        await asyncio.sleep(LOOK_S)
        if queue.version() != seen or loop.time() >= end:
            return


@contextlib.contextmanager
def _telling_full() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY in _TAKES_NOTHING:
            raise SpoolFull from error
        raise
