"""The tables of a test run: migrated once, copied by every process of it that needs a database; and closed.

The copies are of SQLite alone. Where they lie stands in SAFECONDUCT_TABLES, for the processes that a test starts.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases

ROOT = Path(__file__).parent.parent
TOLD = "SAFECONDUCT_TABLES"


@contextmanager
def in_turn(tables: Path) -> Iterator[None]:
    """Let one process at a time look for the tables and make them."""
    with tables.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lay_out(shared: Path) -> None:
    """Give this process its test database: a copy, or the one of which the others take theirs.

    Args:
        shared: a folder of this run's processes, where none of them told of another place.
    """
    if connection.vendor != "sqlite":
        setup_databases(verbosity=0, interactive=False, serialized_aliases=())
        return
    tables = Path(os.environ.setdefault(TOLD, str(shared / "tables.db")))
    with in_turn(tables):
        if tables.exists():
            _use_copy(tables)
        else:
            setup_databases(verbosity=0, interactive=False, serialized_aliases=())
            fresh = tables.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(fresh)])
            fresh.replace(tables)


def _use_copy(tables: Path) -> None:
    name = str(connection.settings_dict["TEST"]["NAME"])
    connection.close()
    for left in ("-wal", "-shm"):  # by a run that was killed; it would be taken for this one's
        Path(name + left).unlink(missing_ok=True)
    shutil.copy(tables, name)
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def take_away() -> None:
    """Let go of this process's test database."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        connection.close()
        Path(name).unlink()
    else:
        connection.creation.destroy_test_db(name, verbosity=0)


@contextmanager
def another(env: dict[str, str], folder: Path) -> Iterator[None]:
    """Have a migrated database for processes with this environment, until the block ends.

    Args:
        env: takes the name of the database, where it is a server's.
        folder: their data folder, where it is a file in it.
    """
    if connection.vendor == "sqlite":
        shutil.copy(os.environ[TOLD], folder / "safeconduct.db")
        yield
        return
    env["SAFECONDUCT_POSTGRES_DB"] = name = f"race_{secrets.token_hex(4)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    told = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    done = subprocess.run(told, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _closed(table: str) -> tuple[list[str], str]:
    """Return the statements by which a table takes no row any more, and the one that mends it."""
    if connection.vendor == "sqlite":
        make = [
            f"CREATE TRIGGER closed_{table} BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ]
        return make, f"DROP TRIGGER closed_{table}"
    make = [
        f"CREATE FUNCTION closed_{table}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$",
        f"CREATE TRIGGER closed_{table} BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION closed_{table}()",
    ]
    return make, f"DROP TRIGGER closed_{table} ON {table}; DROP FUNCTION closed_{table}()"


@contextmanager
def closed(*tables: str) -> Iterator[None]:
    """Let these tables take no row, as a full disk or a fault in them would, while the block runs."""
    told = [_closed(table) for table in tables]

    def run(statements: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)

    run(sql for make, _mend in told for sql in make)
    try:
        yield
    finally:
        run(mend for _make, mend in told)
