"""Browsers a person came in from, and wrong codes counted apart for each of them.

A device is a random secret in a browser's cookie, hashed here. A login counts only beside the device
it was made in. Wrong codes from a device he came in from before are counted there; all others
are counted elsewhere, so a stranger who knows a pseudonym shuts out strangers and nobody else.
Passkeys are never counted: nobody guesses one. Wrong numbers beside a right passkey are counted by
themselves, so that whoever lacks the key shuts nobody out.
"""

import secrets
import sqlite3

from safeconduct import sealing
from safeconduct.keeper.house import House
from safeconduct.refusal import Refusal, Refused

KEPT_S = 90 * 24 * 3600  # a device that was not used so long is a stranger again
_MOST = 10  # devices of one person; the one unused longest goes
_STRANGER = b""
_BY_KEY = b"key"  # numbers tried by whoever holds his passkey: no stranger adds to them
_QUARTER_S, _DAY_S = 900, 24 * 3600
TRIES = 5  # wrong codes for one person from one device in a quarter of an hour
# From devices he never came in from. 20 a day: three of a million codes hold at any moment, so a
# year of guessing at one person finds one in fifty times. 30 for all people: nobody guesses at many.
STRANGE_A_DAY, STRANGE_ALL = 20, 30
TOO_MANY = Refusal(
    "code.too_many", "There were too many wrong codes.", "Wait 15 minutes, or use your passkey."
)

TOO_MANY_NUMBERS = Refusal(
    "number.too_many",
    "There were too many wrong numbers.",
    "Wait 15 minutes; if you forgot it, ask two colleagues (ADM, SUP) for a new key.",
)


class Devices:
    """The tables of devices and of wrong codes; a restart forgives nothing."""

    def __init__(self, house: House) -> None:
        self._house = house

    def keep(self, db: sqlite3.Connection, person: str, device: str) -> str:
        """Remember, in the caller's transaction, that he came in from here; return its secret.

        A secret that was not given out here is answered by a new one: nobody plants his own.
        """
        wall, mark = self._house.wall(), sealing.token_hash(device)
        if not db.execute("SELECT 1 FROM device WHERE hash=?", (mark,)).fetchone():
            device = secrets.token_urlsafe(32)
            mark = sealing.token_hash(device)
        db.execute("DELETE FROM device WHERE seen < ?", (wall - KEPT_S,))
        db.execute(
            "INSERT INTO device VALUES (?1,?2,?3,?3) "
            "ON CONFLICT (person, hash) DO UPDATE SET seen=?3",
            (person, mark, wall),
        )
        db.execute(
            "DELETE FROM device WHERE person=?1 AND hash NOT IN "
            "(SELECT hash FROM device WHERE person=?1 ORDER BY seen DESC, hash=?2 DESC LIMIT ?3)",
            (person, mark, _MOST),
        )
        return device

    def of(self, person: str) -> list[tuple[bytes, int, int]]:
        """Return hash, first and last use (wall seconds) of his devices, newest first."""
        found = self._house.store.db.execute(
            "SELECT hash, since, seen FROM device WHERE person=? AND seen >= ? ORDER BY seen DESC",
            (person, self._house.wall() - KEPT_S),
        )
        return found.fetchall()

    def forget(self, person: str, *, but: bytes) -> None:
        """Make all his devices but one strangers again."""
        with self._house.store.write() as db:
            db.execute("DELETE FROM device WHERE person=? AND hash<>?", (person, but))

    def may_try(self, person: str, device: str) -> None:
        """Return if one more code may be tried for this person from this device.

        Raises:
            Refused: too many were wrong.
        """
        meter, wall = self._meter(person, device), self._house.wall()
        full = self._wrong("person=? AND device=?", person, meter, since=wall - _QUARTER_S) >= TRIES
        if meter == _STRANGER:
            full |= self._wrong("person=? AND device=x''", person, since=wall - _DAY_S) >= (
                STRANGE_A_DAY
            )
            full |= self._wrong("device=x''", since=wall - _QUARTER_S) >= STRANGE_ALL
        if full:
            raise Refused(TOO_MANY)

    def was_wrong(self, person: str, device: str) -> None:
        """Count one wrong code."""
        self._count(person, self._meter(person, device))

    def _count(self, person: str, meter: bytes) -> None:
        wall = self._house.wall()
        with self._house.store.write() as db:
            db.execute("DELETE FROM wrong WHERE at < ?", (wall - _DAY_S,))
            db.execute("INSERT INTO wrong VALUES (?,?,?)", (person, meter, wall))

    def may_try_number(self, person: str) -> None:
        """Return if one more number may be tried beside a right passkey of this person.

        Raises:
            Refused: too many were wrong.
        """
        wall = self._house.wall()
        quick = self._wrong("person=? AND device=?", person, _BY_KEY, since=wall - _QUARTER_S)
        slow = self._wrong("person=? AND device=?", person, _BY_KEY, since=wall - _DAY_S)
        if quick >= TRIES or slow >= STRANGE_A_DAY:
            raise Refused(TOO_MANY_NUMBERS)

    def number_was_wrong(self, person: str) -> None:
        """Count one wrong number beside a right passkey."""
        self._count(person, _BY_KEY)

    def _meter(self, person: str, device: str) -> bytes:
        mark = sealing.token_hash(device)
        known = (each for each, _, _ in self.of(person))
        return mark if mark in known else _STRANGER

    def _wrong(self, where: str, *of: str | bytes, since: int) -> int:
        counted = self._house.store.db.execute(
            f"SELECT COUNT(*) FROM wrong WHERE {where} AND at > ?",  # noqa: S608  our own words
            (*of, since),
        ).fetchone()
        return int(counted[0])
