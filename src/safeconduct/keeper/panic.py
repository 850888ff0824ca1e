"""The panic lock: the keys are shut in until whoever keeps the root and two people bring what they hold.

Every administrator and supervisor holds a printed unlock code. At the lock the wrapped KEK is sealed
once more, under a key that lies nowhere: any two people's codes make it (Shamir 1979, two of n, a
line through two points). So the root with the disk opens nothing, and a restart changes nothing.
"""

import base64
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

from safeconduct import sealing
from safeconduct.access import acts
from safeconduct.access.rules import Duty
from safeconduct.keeper import approvals
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.roots.root import Root
from safeconduct.keeper.store import Store
from safeconduct.refusal import Refusal, Refused

OPENERS = (Duty.ADM, Duty.SUP)
PEOPLE = 2
CODE_BYTES = 15  # 120 bits, 24 letters on paper: nobody guesses it, so no slow hash is needed
_PRIME = 2**521 - 1  # the first Mersenne prime over 2^256, so that every key is a number below it
_SHARE_BYTES = 66
_LINE = ("lock", "lock:slope")
_AAD = b"kek|shut|v1"
NOT_YOURS = Refusal(
    "unlock.not_yours",
    "Unlock codes are held by administrators and supervisors.",
    "Ask an administrator (ADM) for the duty.",
)


class NotTwo(RuntimeError):
    """The codes are not those of two different people; the message says what to bring."""


def _sealed_by(code: str) -> bytes:
    plain = "".join(code.split()).replace("-", "").upper()
    return sealing.hkdf(plain.encode(), b"unlock|v1")


def _name(person: str, x: int) -> bytes:
    return f"unlock|v1|{person}|{x}".encode()


class Panic:
    """Codes, and the lock."""

    def __init__(self, house: House) -> None:
        self._house = house

    def unlock_code(self, told: Told) -> dict[str, Any]:
        """Give a person his unlock code, once; an earlier one of his is void."""
        officer, duty = self._house.officer(told["login"]), Duty(told["duty"])
        if duty not in OPENERS:
            raise Refused(NOT_YOURS)
        approvals.touched(self._house, officer, acts.unlock_code(officer.ref, duty), told)
        plain = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
        code = "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
        x = secrets.randbelow(2**62) + 1
        key, slope = (int.from_bytes(part, "big") for part in self._line())
        share = (key + slope * x) % _PRIME
        box = sealing.seal(
            _sealed_by(code), share.to_bytes(_SHARE_BYTES, "big"), _name(officer.ref, x)
        )
        self._house.write_down(officer.ref, "unlock code", [officer.ref])
        with self._house.store.write() as db:
            row = (officer.ref, x, self._house.wall(), box)
            db.execute("INSERT OR REPLACE INTO unlock_code VALUES (?,?,?,?)", row)
        return {"code": code}

    def _line(self) -> list[bytes]:
        vault = self._house.vault
        if not vault.has(_LINE[0]):
            vault.add({name: sealing.new_key() for name in _LINE})
        return [vault.secret(name) for name in _LINE]

    def unlock_codes(self, told: Told) -> dict[str, Any]:
        """Tell when one's own code was made, 0 for none, and how many people hold one that counts."""
        officer = self._house.officer(told["login"])
        rows = _holders(self._house.store, world=int(self._house.now().timestamp()))
        return {"mine": rows.get(officer.ref, 0), "people": len(rows)}

    def lock(self, told: Told) -> dict[str, Any]:
        """Panic: end every login, shut the keys in, forget them. Anybody on the staff may do it.

        Where a file cannot be written the keys are forgotten all the same, and the failure is told:
        they are not shut in, and a restart opens them.
        """
        officer = self._house.officer(told["login"])
        try:
            self._shut_in(officer.ref)
        finally:  # whatever the disk does: a broken file leaves no key in memory
            self._house.vault.drop()
            self._house.opened.clear()
        return {}

    def _shut_in(self, who: str) -> None:
        store = self._house.store
        rows = _holders(store, world=int(self._house.now().timestamp()))
        key = self._line()[0] if len(rows) >= PEOPLE else None
        self._house.write_down(who, "locked", ["keeper"])
        with store.write() as db:
            db.execute("DELETE FROM login")
            if key is not None:
                _put_kek(db, sealing.seal(key, _kek(db), _AAD))
            marks = (("locked", self._house.wall()), ("shut", int(key is not None)))
            db.executemany("INSERT OR REPLACE INTO mark VALUES (?,?)", marks)


def _holders(store: Store, *, world: int) -> dict[str, int]:
    """Return person → wall second of his code, of all who hold one and the duty."""
    found = store.db.execute(
        "SELECT DISTINCT u.person, u.made FROM unlock_code u JOIN person p ON p.ref = u.person "
        "JOIN duty d ON d.person = u.person WHERE p.ended_at IS NULL "
        "AND d.duty IN ('ADM', 'SUP') AND (d.until IS NULL OR d.until > ?)",
        (world,),
    )
    return dict(found.fetchall())


def _kek(db: sqlite3.Connection) -> bytes:
    return bytes(db.execute("SELECT wrapped FROM secret WHERE name='kek'").fetchone()[0])


def _put_kek(db: sqlite3.Connection, wrapped: bytes) -> None:
    db.execute("UPDATE secret SET wrapped=? WHERE name='kek'", (wrapped,))


def unlock(store: Store, root: Root, codes: Iterable[str], *, world: int) -> list[str]:
    """Take the lock off; return whose codes opened it, none where nobody had any to give.

    The codes are used up by it. Without two people's codes, or with another root, nothing changes.

    Args:
        codes: as they were typed; spaces, dashes and small letters do not matter.
        world: world time in seconds, for duties that end.

    Raises:
        NotTwo: not two different people's living codes.
        NoRoot: the root does not open what the codes opened.
    """
    people: list[str] = []
    epoch, opened = store.kek() or (0, b"")
    if store.mark("shut"):
        shares = _shares(store, codes, world=world)
        if len(shares) < PEOPLE:
            raise NotTwo(
                "the lock takes the unlock codes of two different people, each an administrator or a "
                f"supervisor; {len(shares)} of those given holds. Bring the printed codes"
            )
        people = sorted(shares)[:PEOPLE]
        opened = _opened(opened, [shares[person] for person in people])
    if epoch:
        root.unseal(opened, epoch=epoch)
    # All in one: killed between the key and its mark, no code would open it again.
    with store.write() as db:
        _put_kek(db, opened)
        db.executemany("DELETE FROM unlock_code WHERE person=?", [(person,) for person in people])
        db.execute("DELETE FROM login")  # made while no number could be read
        db.execute("UPDATE mark SET value=0 WHERE name IN ('locked', 'shut')")
    return people


def _shares(store: Store, codes: Iterable[str], *, world: int) -> dict[str, tuple[int, int]]:
    """Return person → point of the line, for each code that is a living one."""
    rows = store.db.execute("SELECT person, x, box FROM unlock_code").fetchall()
    counts, found = _holders(store, world=world), {}
    for key in map(_sealed_by, codes):
        for person, x, box in rows:
            try:
                share = sealing.unseal(key, box, _name(person, x))
            except sealing.Tampered:
                continue
            if person in counts:
                found[person] = (x, int.from_bytes(share, "big"))
    return found


def _opened(shut: bytes, points: list[tuple[int, int]]) -> bytes:
    """Return the sealed KEK without the layer of the lock."""
    (x1, y1), (x2, y2) = points
    key = (y1 * x2 - y2 * x1) * pow(x2 - x1, -1, _PRIME) % _PRIME
    return sealing.unseal(key.to_bytes(sealing.KEY_BYTES, "big"), shut, _AAD)
