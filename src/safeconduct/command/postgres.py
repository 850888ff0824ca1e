"""PostgreSQL, seen from the command: a dump of one moment, and bringing it into an empty database.

A database that is being restored carries a mark, a schema of its own, from before the first table to
after the last check. So what was begun and killed is told from what people work in, which is refused.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING

from safeconduct.command.trouble import Trouble

if TYPE_CHECKING:
    import psycopg

_MARK = "safeconduct_restoring_"
_DRILL = "safeconduct_drill"  # a database that lives as long as one drill


def here() -> bool:
    """Return whether the core's tables are in PostgreSQL."""
    return bool(os.environ.get("SAFECONDUCT_POSTGRES"))


def _place() -> tuple[str, str, str]:
    """Return host, name and user of the core's database, as the settings read them."""
    told = os.environ
    name = told.get("SAFECONDUCT_POSTGRES_DB", "safeconduct")
    return told["SAFECONDUCT_POSTGRES"], name, told.get("SAFECONDUCT_POSTGRES_USER", "postgres")


def url() -> str:
    """Return where the core's log is for `audit.verify`, "" when it is in a file."""
    if not here():
        return ""
    host, name, user = _place()
    return f"host={host} dbname={name} user={user}"


@contextmanager
def _open() -> Iterator["psycopg.Connection"]:
    import psycopg

    try:
        with psycopg.connect(url(), autocommit=True) as db:
            yield db
    except psycopg.Error as failed:
        said = (str(failed).strip().splitlines() or [type(failed).__name__])[0]
        raise Trouble(f"PostgreSQL does not serve us: {said}.") from None


def tables() -> str:
    """Return where the core's tables are, as a data folder remembers it: no host, which may move."""
    return f"PostgreSQL, database {_place()[1]}" if here() else "a file in the folder"


def size() -> int:
    """Return how many bytes the core's database takes."""
    with _open() as db:
        row = db.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def dump(to: Path) -> None:
    """Write all tables as of one moment. Raises: Trouble: see `_run`."""
    host, name, user = _place()
    argv = ["pg_dump", "--format=custom", "--no-owner", "--host", host, "--username", user]
    _run([*argv, "--file", str(to), name])


def begin(mark: str) -> None:
    """Mark an empty database as being restored; one that this restore left half is emptied.

    Raises:
        Trouble: there is something in it that this restore did not begin.
    """
    if not _marked(mark):
        with _open() as db:
            if db.execute("SELECT 1 FROM pg_tables WHERE schemaname='public'").fetchone():
                raise Trouble(
                    f"The database {_place()[1]} is not empty. Make a new one (createdb), and name "
                    "it with SAFECONDUCT_POSTGRES_DB."
                )
            db.execute(f"CREATE SCHEMA {_MARK}{mark}")
    _empty()


def _marked(mark: str) -> bool:
    if not set(mark) <= set(hexdigits):
        raise ValueError("the mark of a restore is hex")
    with _open() as db:
        found = db.execute("SELECT 1 FROM pg_namespace WHERE nspname=%s", (_MARK + mark,))
        return found.fetchone() is not None


def _empty() -> None:
    with _open() as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")


def load(dump_file: Path) -> None:
    """Bring a dump into the marked database, whole or not at all. Raises: Trouble: see `_run`."""
    host, name, user = _place()
    at = ["--host", host, "--username", user, "--dbname", name]
    argv = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner"]
    _run([*argv, *at, "--schema=public", str(dump_file)])


def end(mark: str) -> None:
    """Take the mark away: what stands in the database is whole."""
    with _open() as db:
        db.execute(f"DROP SCHEMA IF EXISTS {_MARK}{mark}")


def give_up(mark: str) -> None:
    """Empty the database again, where it is this restore's."""
    if _marked(mark):
        _empty()
        end(mark)


@contextmanager
def lent() -> Iterator[None]:
    """Let a database of its own stand in for the core's, and drop it afterwards."""
    import psycopg
    from psycopg import sql

    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_DRILL))
    before, home = os.environ.get("SAFECONDUCT_POSTGRES_DB"), url()
    with _open() as db:
        db.execute(drop)
        db.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_DRILL)))
    os.environ["SAFECONDUCT_POSTGRES_DB"] = _DRILL
    try:
        yield
    finally:
        os.environ.pop("SAFECONDUCT_POSTGRES_DB")
        if before is not None:
            os.environ["SAFECONDUCT_POSTGRES_DB"] = before
        with psycopg.connect(home, autocommit=True) as db:
            db.execute(drop)


def _run(argv: list[str]) -> None:
    """Run a command of PostgreSQL's. Raises: Trouble: it is not here, or it failed."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Trouble(
            f"{argv[0]} is not installed here. Install PostgreSQL's client, of the server's version."
        ) from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Trouble(f"{argv[0]} failed: {said}.")
