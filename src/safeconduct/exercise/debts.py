"""What a carrier owes, on disk: it is killed and comes back, and owes what was not acknowledged.

One SQLite file. Telephones write into it from a process of their own, as air does not die with a
carrier; the carrier reads it, and strikes out what was answered with status 0. Its kills are of
processes, not of machines: a commit is in the kernel's hands, which is enough to outlive one.
"""

import threading
from collections.abc import Iterable
from pathlib import Path

from safeconduct import clock
from safeconduct.smpp.codec import Command, Message, Pdu, message_body, read_message
from safeconduct.traces import open_sqlite

_TABLES = """
CREATE TABLE IF NOT EXISTS debt (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
    due REAL NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS debt_due ON debt (account, due, id);
"""
_DUE = "SELECT id, body FROM debt WHERE account = ? AND due <= ?"


class Debts:
    """The file. Any process and any thread may owe; one carrier at a time pays."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        pragmas: dict[str, int | str] = {"journal_mode": "wal", "synchronous": 1}
        self._db = open_sqlite(
            path, pragmas=pragmas, timeout=20, isolation_level=None, check_same_thread=False
        )
        self._db.executescript(_TABLES)

    def next_life(self) -> int:
        """Return how many carriers have lived off this file, this one included."""
        with self._lock:
            life = int(self._db.execute("PRAGMA user_version").fetchone()[0]) + 1
            self._db.execute(f"PRAGMA user_version={life}")
        return life

    def owe(self, account: str, messages: Iterable[Message], *, after_s: float = 0.0) -> None:
        """Owe some messages from `after_s` seconds on, in this order; all of them or none."""
        due = clock.wall().timestamp() + after_s
        rows = [(account, due, message_body(message)) for message in messages]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO debt (account, due, body) VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def due(self, account: str, *, but: Iterable[int]) -> tuple[int, Message] | None:
        """Return the number and the message of the oldest debt that is due, of those not in `but`."""
        under_way = ",".join(str(int(each)) for each in but)
        asked = f"{_DUE} AND id NOT IN ({under_way}) ORDER BY due, id LIMIT 1"
        with self._lock:
            row = self._db.execute(asked, (account, clock.wall().timestamp())).fetchone()
        if row is None:
            return None
        return row[0], read_message(Pdu(Command.DELIVER_SM, 0, 0, bytes(row[1])))

    def paid(self, debt: int) -> None:
        """Strike out one that was answered."""
        with self._lock:
            self._db.execute("DELETE FROM debt WHERE id = ?", (debt,))

    def count(self, account: str) -> int:
        """Return how many an account has still to take, those that are not due among them."""
        with self._lock:
            found = self._db.execute("SELECT count(*) FROM debt WHERE account = ?", (account,))
            return int(found.fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class OwedOnDisk:
    """What one account has still to take, as `smsc.Owed`, kept in the file."""

    def __init__(self, debts: Debts, account: str) -> None:
        self._debts, self._account = debts, account
        self._numbers: dict[int, int] = {}  # id() of a message under way -> its debt

    @property
    def under_way(self) -> int:
        """Return how many were given out and not settled."""
        return len(self._numbers)

    def add(self, messages: Iterable[Message], *, after_s: float = 0.0) -> None:
        """Owe some more, from `after_s` seconds on."""
        self._debts.owe(self._account, messages, after_s=after_s)

    def next(self, *, window: int) -> Message | None:
        """Give out the oldest that is due, if the window has room."""
        if len(self._numbers) >= window:
            return None
        found = self._debts.due(self._account, but=self._numbers.values())
        if found is None:
            return None
        debt, message = found
        self._numbers[id(message)] = debt
        return message

    def settle(self, message: Message, *, taken: bool) -> None:
        """Strike it out when it was taken; else it is owed still."""
        debt = self._numbers.pop(id(message))
        if taken:
            self._debts.paid(debt)

    def count(self) -> int:
        """Return how many are not yet answered with 0."""
        return self._debts.count(self._account)
