"""The keeper's own file, keys.db: wrapped keys, members, duties, passkeys, logins. No content.

Rollback journal and `secure_delete`, because a destroyed key must leave the file: SQLite
overwrites what is deleted only if told to (sqlite.org, pragma secure_delete).
A row is written in one transaction or not at all, whenever the process is killed.
A compartment's `epoch` is the one it was made in; all that is wrapped is wrapped under the present one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.traces import open_sqlite

SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (
    name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS core_tree (
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, peaks BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS compartment (
    ref TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (ref TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closure (
    ref TEXT PRIMARY KEY, roots TEXT NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS root (
    since INTEGER PRIMARY KEY, kind TEXT NOT NULL, told TEXT NOT NULL, ended INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS member (
    compartment TEXT NOT NULL, person TEXT NOT NULL, duty TEXT NOT NULL, granted_by TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER, PRIMARY KEY (person, compartment, duty)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_of ON member (compartment);
CREATE TABLE IF NOT EXISTS person (
    ref TEXT PRIMARY KEY, since INTEGER NOT NULL, ended_at INTEGER, totp BLOB, totp_new BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0, numbers BLOB, force INTEGER NOT NULL DEFAULT 0,
    drill INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS duty (
    person TEXT NOT NULL, duty TEXT NOT NULL, granted_by TEXT NOT NULL, since INTEGER NOT NULL,
    until INTEGER, PRIMARY KEY (person, duty)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkey (
    id BLOB PRIMARY KEY, person TEXT NOT NULL, public_key BLOB NOT NULL, count INTEGER NOT NULL,
    attestation BLOB NOT NULL, since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invite (
    hash BLOB PRIMARY KEY, person TEXT NOT NULL, duties TEXT NOT NULL, granted_by TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS login (
    hash BLOB PRIMARY KEY, person TEXT NOT NULL, method TEXT NOT NULL, started INTEGER NOT NULL,
    seen INTEGER NOT NULL, device BLOB NOT NULL DEFAULT x''
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (
    person TEXT NOT NULL, hash BLOB NOT NULL, since INTEGER NOT NULL, seen INTEGER NOT NULL,
    PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wrong (person TEXT NOT NULL, device BLOB NOT NULL, at INTEGER NOT NULL)
    STRICT;
CREATE TABLE IF NOT EXISTS unlock_code (
    person TEXT PRIMARY KEY, x INTEGER NOT NULL UNIQUE, made INTEGER NOT NULL, box BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS glass (
    ref TEXT PRIMARY KEY, compartment TEXT NOT NULL, person TEXT NOT NULL, asked INTEGER NOT NULL,
    due INTEGER NOT NULL, until INTEGER, ended INTEGER, reviewed INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS glass_of ON glass (person);
CREATE TABLE IF NOT EXISTS own_key (
    person TEXT PRIMARY KEY, public BLOB NOT NULL, made INTEGER NOT NULL, wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (nonce BLOB PRIMARY KEY, until INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
"""


class Store:
    """The open file. One caller at a time; the server keeps it so."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self.db = open_sqlite(
            path,
            pragmas={"journal_mode": "delete", "synchronous": 2},
            isolation_level=None,
            check_same_thread=False,
        )
        self.db.executescript(SCHEMA)
        self._add("login", "device", "BLOB NOT NULL DEFAULT x''")
        self._add("person", "numbers", "BLOB")
        self._add("person", "force", "INTEGER NOT NULL DEFAULT 0")
        self._add("person", "drill", "INTEGER NOT NULL DEFAULT 0")

    def _add(self, table: str, column: str, kind: str) -> None:
        """Bring a column to a file that was made before there was one."""
        columns = {row[1] for row in self.db.execute(f"PRAGMA table_info({table})")}
        if column not in columns:
            self.db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run the body in one transaction: all of it, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def kek(self) -> tuple[int, bytes] | None:
        """Return epoch and sealed KEK, None before the first start."""
        row = self.db.execute("SELECT epoch, wrapped FROM secret WHERE name='kek'").fetchone()
        return (int(row[0]), row[1]) if row else None

    def root(self) -> tuple[str, str] | None:
        """Return kind of the present root and what finds it again (JSON), None while none is noted."""
        row = self.db.execute("SELECT kind, told FROM root ORDER BY since DESC LIMIT 1").fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def mark(self, name: str) -> int:
        """Return a remembered number, 0 when there is none."""
        row = self.db.execute("SELECT value FROM mark WHERE name=?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def set_mark(self, name: str, value: int) -> None:
        """Remember a number."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO mark VALUES (?,?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        self.db.close()
