"""Whoever is forced to sign in says so by the number he types, and nobody sees that he said it.

A person may keep two numbers of four digits. He types one of them at each sign-in, beside his passkey
or time code: his own, or the one for force. After the second he comes in as ever, and nothing opens:
he is let in nowhere, whatever else is asked meets the limit that anybody may meet, and a supervisor
is called. It stays so, whatever he types next, until two colleagues make him a new key: under blows
his own number is worth no more than the other.
"""

import hmac
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from safeconduct.access import acts, staff
from safeconduct.access.rules import Duty, Method
from safeconduct.keeper import approvals
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.devices import Devices
from safeconduct.keeper.house import DRILL, FORCED, FREE, House, Told
from safeconduct.refusal import Refusal, Refused, insist

DRILL_S = 600  # within which the number for force, once typed, is a drill
# What a forced login is answered as any other: who he is, to go, to lock, and what his own page draws.
_AS_EVER = frozenset(
    {
        "whoami",
        "logout",
        "own_state",
        "own_open",
        "own_shut",
        "lock",
        "let_in",
        "devices",
        "unlock_codes",
        "act_begin",
        "drill",
    }
)
_NO_PERSONS_WORDS = frozenset({"programme"})  # drafts of offers and texts: they open as ever, too
WRONG = Refusal(
    "number.wrong", "The number does not hold.", "Type your own number; wait 15 minutes after five."
)
_VERBS = {FREE: "", FORCED: ", under force", DRILL: ", a drill of force"}


def answered_as_ever(told: Told) -> bool:
    """Return whether one who is forced gets the answer to this call that anybody would get."""
    if told["op"] == "open":
        return frozenset(told["compartments"]) <= _NO_PERSONS_WORDS
    return told["op"] in _AS_EVER


@dataclass(frozen=True, slots=True)
class Judged:
    """What a number says: how he stands from now on, and whether that calls a supervisor."""

    force: int
    calls: bool

    def verb(self, method: Method) -> str:
        """Return what the log says of this sign-in."""
        return f"signed in by {method}{_VERBS[self.force]}"


class Force:
    """The numbers, and what was said by them."""

    def __init__(self, house: House, devices: Devices, alarms: Alarms) -> None:
        self._house, self._devices, self._alarms = house, devices, alarms

    def drill(self, told: Told) -> dict[str, Any]:
        """Tell a drill: the number for force, typed once within ten minutes, is one. Until when (wall).

        Whoever has no numbers is told the same: no page shows who keeps any.
        """
        officer = self._house.officer(told["login"])
        held = self._row(officer.ref)[1] == FORCED  # and no drill that was told before
        when = " while under force" if held else ""
        self._house.write_down(officer.ref, f"told a drill of force{when}", [officer.ref])
        until = self._house.wall() + DRILL_S
        with self._house.store.write() as db:
            db.execute("UPDATE person SET drill=? WHERE ref=?", (until, officer.ref))
        return {"until": until}

    def set_numbers(self, told: Told) -> dict[str, Any]:
        """Take two numbers of one's own, on a touch; earlier ones are void."""
        officer, pair = self._house.officer(told["login"]), [str(told["own"]), str(told["force"])]
        insist(staff.two_numbers(*pair))
        act = acts.numbers(officer.ref, Duty(told["duty"]))
        approvals.touched(self._house, officer, act, told)
        self._house.write_down(officer.ref, "numbers set", [officer.ref])
        box = self._house.vault.wrap(f"numbers|v1|{officer.ref}", json.dumps(pair).encode())
        with self._house.store.write() as db:
            db.execute("UPDATE person SET numbers=? WHERE ref=?", (box, officer.ref))
        return {}

    def as_before(self, person: str) -> Judged:
        """Judge a sign-in at which no number is typed: with a link for a new key."""
        return Judged(self._row(person)[1], calls=False)

    def by_key(self, person: str, number: str) -> Judged:
        """Judge the number typed beside a right passkey. Behind the panic lock no number can be read.

        Raises:
            Refused: it is neither of his, or five were wrong within a quarter of an hour.
        """
        if self._house.vault.locked:
            return self.as_before(person)
        self._devices.may_try_number(person)
        judged = self._judge(person, number)
        if judged is None:
            self._devices.number_was_wrong(person)
            raise Refused(WRONG)
        return judged

    def by_code(self, person: str, number: str) -> Judged | None:
        """Judge the number typed beside a right time code; None is a wrong one."""
        return self._judge(person, number)

    def _judge(self, person: str, number: str) -> Judged | None:
        box, before, drill = self._row(person)
        if box is None:
            return Judged(before, calls=False)
        pair = json.loads(self._house.vault.unwrap(f"numbers|v1|{person}", box))
        own, force = (hmac.compare_digest(each.encode(), number.encode()) for each in pair)
        if not own | force:
            return None
        if before == FORCED:
            return Judged(FORCED, calls=force)
        said = DRILL if drill > self._house.wall() else FORCED
        return Judged(said if force else FREE, calls=force)

    def note(self, db: sqlite3.Connection, person: str, judged: Judged) -> None:
        """Write it down in the transaction of the sign-in: the same statements whatever was said."""
        row = (judged.force, int(not judged.calls), person)
        db.execute("UPDATE person SET force=?, drill=drill*? WHERE ref=?", row)
        self._alarms.forced(db, calls=judged.calls)

    def _row(self, person: str) -> tuple[bytes | None, int, int]:
        row = self._house.store.db.execute(
            "SELECT numbers, force, drill FROM person WHERE ref=?", (person,)
        ).fetchone()
        return row or (None, FREE, 0)
