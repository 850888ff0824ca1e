"""What ends a loop's wait: one thread looks whether anything was committed, the loops wait for it.

A wake-up is not a record. A loop that misses one looks by itself a little later, and one woken for
nothing finds nothing. Looking costs a read of a few bytes of shared memory (SQLite) or one short
question (PostgreSQL), where a step costs a transaction.
"""

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from safeconduct import log
from safeconduct.spool import core_end
from safeconduct.spool.commits import SqliteFile

DATABASE = "database"
LOOK_S = 0.02  # as the tailer's: platform.md, commit to client p50 24 ms


class Mark(Protocol):
    """What tells whether others committed: equal twice, nothing was committed between."""

    def read(self) -> object:
        """Return the mark as it stands now."""

    def close(self) -> None:
        """Give the connection back."""


class _Postgres:
    """A whole PostgreSQL, by which transactions a reader would see: it changes as one ends."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper
        wrapper.inc_thread_sharing()  # whoever opened it, the waker's thread reads and closes it

    def read(self) -> object:
        with self._wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            return cursor.fetchone()[0]

    def close(self) -> None:
        self._wrapper.close()


def open_mark(source: str, *, data: Path) -> Mark:
    """Open what is looked at for `source`: the database in use, or a file of the incoming spool."""
    if source != DATABASE:
        return SqliteFile(core_end.incoming_path(data, source))
    if connection.vendor == "postgresql":
        return _Postgres(connections.create_connection("default"))
    return SqliteFile(Path(connection.settings_dict["NAME"]))


class Waker:
    """Looks at the sources and rings whoever waits for one of them."""

    def __init__(self, waiting: Mapping[str, list[threading.Event]], *, data: Path) -> None:
        self._waiting, self._data = waiting, data
        self._marks: dict[str, Mark] = {}
        self._seen: dict[str, object] = {}

    def look(self) -> None:
        """Look once at every source; ring for each that changed, or that cannot be looked at."""
        for source, bells in self._waiting.items():
            if self._changed(source):
                for bell in bells:
                    bell.set()

    def _changed(self, source: str) -> bool:
        before = self._seen.get(source)
        try:
            if source not in self._marks:
                self._marks[source] = open_mark(source, data=self._data)
            self._seen[source] = self._marks[source].read()
        except Exception as fault:  # noqa: BLE001  whatever it is, the loops look for themselves
            self._lose(source, fault)
            return True
        return self._seen[source] != before

    def _lose(self, source: str, fault: Exception) -> None:
        if self._seen.pop(source, None) is not None:  # said once, not fifty times a second
            log.get_logger().warning("waker.failed", error=type(fault).__name__)
        mark = self._marks.pop(source, None)
        if mark is not None:
            with contextlib.suppress(Exception):
                mark.close()

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop, then let everybody go."""
        while not stop.wait(LOOK_S):
            self.look()
        for bells in self._waiting.values():
            for bell in bells:
                bell.set()
        for mark in self._marks.values():
            mark.close()
