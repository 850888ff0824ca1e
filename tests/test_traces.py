"""What is deleted in a SQLite file of ours leaves it, whichever build of SQLite opened it."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from safeconduct import traces
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.store import Store
from safeconduct.notices.waking import SqliteFile
from safeconduct.spool.queue import Queue

SRC = Path(traces.__file__).parent


class Recorded(sqlite3.Connection):
    """A connection of SQLite that remembers what it was told."""

    told: list[str]

    def execute(self, sql, *given):
        self.__dict__.setdefault("told", []).append(sql)
        return super().execute(sql, *given)


class Heedless(sqlite3.Connection):
    """A build that takes a pragma and does not do it."""

    ignores = ""

    def execute(self, sql, *given):
        return super().execute("SELECT 1" if sql.startswith(self.ignores) else sql, *given)


def test_every_sqlite_file_of_ours_is_opened_in_one_place():
    opens = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "sqlite3.connect"
    }
    assert opens == {"traces.py"}


def test_each_connection_is_told_and_asked_back(tmp_path):
    with closing(traces.open_sqlite(tmp_path / "file", factory=Recorded)) as db:
        assert set(db.told) >= {
            "PRAGMA secure_delete=1", "PRAGMA secure_delete",
            "PRAGMA temp_store=2", "PRAGMA temp_store",
        }  # fmt: skip


@pytest.mark.parametrize("name", ["secure_delete", "temp_store"])
def test_a_build_that_does_not_do_it_is_refused(tmp_path, name):
    build = type("Build", (Heedless,), {"ignores": f"PRAGMA {name}="})
    with closing(sqlite3.connect(tmp_path / "file")) as db:
        db.execute("PRAGMA secure_delete=OFF")
    if name == "secure_delete":
        build.execute = _forgets  # some builds begin with it, so it is turned off instead
    with pytest.raises(traces.LeavesTraces, match=name):
        traces.open_sqlite(tmp_path / "file", factory=build)


def _forgets(self, sql, *given):
    return sqlite3.Connection.execute(self, sql.replace("delete=1", "delete=OFF"), *given)


def test_spool_keys_keepers_log_and_the_waker_overwrite_what_they_delete(tmp_path):
    opened = [
        Queue(tmp_path / "spool")._db,
        Store(tmp_path / "keys.db").db,
        Journal(tmp_path / "keeper-log.db").db,
        SqliteFile(tmp_path / "keys.db").db,
    ]
    for db in opened:
        with closing(db):
            assert db.execute("PRAGMA secure_delete").fetchone() == (1,)
            assert db.execute("PRAGMA temp_store").fetchone() == (2,)


def test_what_waits_and_what_is_logged_outlives_a_power_cut(tmp_path):
    for db, mode in (
        (Queue(tmp_path / "spool")._db, "wal"),
        (Store(tmp_path / "keys.db").db, "delete"),
        (Journal(tmp_path / "keeper-log.db").db, "wal"),
    ):
        with closing(db):
            assert db.execute("PRAGMA journal_mode").fetchone() == (mode,)
            assert db.execute("PRAGMA synchronous").fetchone() == (2,)
