"""How a committed notice reaches the readers of this process: one thread follows, many listen.

A nudge is not a record. A reader that cannot keep up is dropped and reloads; one that comes back
names the last notice it heard. SQLite is followed by `PRAGMA data_version` on a connection of our
own, for it is silent about commits of its own connection; PostgreSQL by LISTEN with a poll beneath.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from safeconduct import log
from safeconduct.notices import waking
from safeconduct.notices.actions import CHANNEL
from safeconduct.spool.commits import SqliteFile

READER_HOLDS = 1_000
_WAIT_S = 0.5
_AFTER = (
    "SELECT id, topic, subject, audience FROM notices_notice WHERE id > %s ORDER BY id LIMIT 500"
)


@dataclass(frozen=True, slots=True)
class Nudge:
    """One notice as it is heard: a number, a topic, a ref, and who may hear it."""

    number: int
    topic: str
    ref: str
    to: str


@dataclass(slots=True, eq=False)
class Reader:
    """One open page. `full` is set when it fell behind; it then ends and reloads."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Nudge] = field(default_factory=lambda: asyncio.Queue(READER_HOLDS))
    full: bool = False

    def push(self, nudge: Nudge) -> None:
        """Take one nudge, in the reader's own loop."""
        try:
            self.queue.put_nowait(nudge)
        except asyncio.QueueFull:
            self.full = True


class Source(Protocol):
    """Where notices are read: waits for a commit, then reads by number."""

    def changed(self, *, wait_s: float) -> bool:
        """Return whether something may have been committed, within `wait_s` seconds."""

    def after(self, number: int) -> list[Nudge]:
        """Return the next notices after `number`."""

    def close(self) -> None:
        """Give the connection back."""


class _Sqlite:
    def __init__(self, path: str) -> None:
        self._file = SqliteFile(Path(path))
        self._version: object = None

    def changed(self, *, wait_s: float) -> bool:
        until = time.monotonic() + wait_s
        while True:
            version = self._file.read()
            if version != self._version:
                self._version = version
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(waking.LOOK_S)

    def after(self, number: int) -> list[Nudge]:
        return [Nudge(*row) for row in self._file.db.execute(_AFTER.replace("%s", "?"), [number])]

    def close(self) -> None:
        self._file.close()


class _Postgres:
    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper
        with wrapper.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._first = True

    def changed(self, *, wait_s: float) -> bool:
        if self._first:
            self._first = False
        else:  # a lost notification costs one wait, never a notice: the caller reads either way
            list(self._wrapper.connection.notifies(timeout=wait_s, stop_after=1))
        return True

    def after(self, number: int) -> list[Nudge]:
        with self._wrapper.cursor() as cursor:
            cursor.execute(_AFTER, [number])
            return [Nudge(*row) for row in cursor.fetchall()]

    def close(self) -> None:
        self._wrapper.close()


def open_source() -> Source:
    """Return a source with a connection of its own to the database in use."""
    if connection.vendor == "postgresql":
        return _Postgres(connections.create_connection("default"))
    return _Sqlite(str(connection.settings_dict["NAME"]))


class Tailer:
    """Follows the notices from the first reader on, and hands each to every reader."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._at = 0

    @contextmanager
    def reader(self, *, after: int) -> Iterator[Reader]:
        """Listen, from the running asyncio loop, until the block ends.

        Args:
            after: the last notice this page has seen; the first reader's sets where we begin.
        """
        here = Reader(asyncio.get_running_loop())
        with self._guard:
            self._readers.add(here)
            if self._thread is None or not self._thread.is_alive():
                self._at = after
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="tailer", daemon=True)
                self._thread.start()
        try:
            yield here
        finally:
            with self._guard:
                self._readers.discard(here)

    def stop(self) -> None:
        """End the thread and close its connection."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=_WAIT_S * 4)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001  a tailer that dies leaves every page stale
                log.get_logger().warning("tailer.failed", error=type(error).__name__)
                self._stop.wait(_WAIT_S)

    def _follow(self) -> None:
        source = open_source()
        try:
            while not self._stop.is_set():
                if source.changed(wait_s=_WAIT_S):
                    self._drain(source)
        finally:
            source.close()

    def _drain(self, source: Source) -> None:
        while batch := source.after(self._at):
            for nudge in batch:
                self._hand_out(nudge)
                self._at = nudge.number

    def _hand_out(self, nudge: Nudge) -> None:
        with self._guard:
            readers = tuple(self._readers)
        for reader in readers:
            try:
                reader.loop.call_soon_threadsafe(reader.push, nudge)
            except RuntimeError:  # its loop has closed; the page is gone
                with self._guard:
                    self._readers.discard(reader)


TAILER = Tailer()
