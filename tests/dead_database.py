"""A database that says nothing any more, for who asks in this thread while a block runs.

What is dead is what the console opens, as it opens it anew for every request: the file holds
garbage, or its folder is gone, or nothing may be written to it. On PostgreSQL no server answers.
The one that was there comes back untouched, with the transaction it was in.
"""

from contextlib import contextmanager

import pytest
from django.db import connection, connections


@contextmanager
def opened_anew(path):
    """Have this thread open another database, and not the one that it has open."""
    alive, other = connections["default"], connections.create_connection("default")
    there = {"NAME": str(path)} if connection.vendor == "sqlite" else {"HOST": str(path.parent)}
    other.settings_dict = {**alive.settings_dict, **there}
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = alive


def garbage(tmp_path):
    broken = tmp_path / "safeconduct.db"
    broken.write_bytes(b"no database at all, but a file of its size. " * 400)
    return opened_anew(broken)  # PostgreSQL: no socket lies beside it


def taken_away(tmp_path):
    return opened_anew(tmp_path / "gone" / "safeconduct.db")


@contextmanager
def read_only(_tmp_path):
    """Let everything be read and nothing be written, as on a disk that was mounted so after a fault."""
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL the server's disk is another machine's")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only=ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only=OFF")
