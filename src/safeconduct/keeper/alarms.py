"""Limits met, boxes changed and people under force: written down, and kept until a supervisor was called.

The keeper has no way out of its own; whoever asks it does not matter for what is on record.
"""

import re
import sqlite3
from typing import Any

from safeconduct import sealing
from safeconduct.access.rules import Duty
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.journal import entry

_TOLD_FOR_S = 7 * 24 * 3600
_AGAIN_S = 60  # one meter is written down at most so often: the log is no door for a flood
_HEAD_S = 3600  # a log that was set back stays so until people mend it
# Until a supervisor has read of somebody under force, he is called anew: the first may be that very man.
_AGAIN_UNREAD_S = 300
_HIT, _TOLD, _UNREAD = "limits met", "limits told", "force unread"
_COLUMN = re.compile(r"[a-z]+\.[A-Za-z]+\.[a-z_]+")


class Alarms:
    """How often something grave was met, and up to where somebody was called."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._noted: dict[str, int] = {}

    def note(self, who: str, meter: str) -> None:
        """Write down that a limit was met: who asked, and which meter stood at its end."""
        self._note(meter, who, f"met the limit of {meter}", who)

    def changed(self, told: Told) -> dict[str, Any]:
        """Write down that a box was changed or moved; whoever asks can do no more than call."""
        who, column = self._house.who(told), str(told["column"])
        compartment = str(told["compartment"])
        sealing.address(compartment)  # a ref, and no words of whoever asks
        if not _COLUMN.fullmatch(column):
            raise ValueError("a column is room.Model.field")
        # By who asks alone: columns can be invented.
        self._note(f"changed|{who.ref}", who.ref, f"met a changed box of {column}", compartment)
        return {}

    def forged(self, told: Told) -> dict[str, Any]:
        """Write down that somebody's yes stands in the tables and was not signed here."""
        who, subject = self._house.who(told), str(told["subject"])
        sealing.address(subject)  # a ref, and no words of whoever asks
        self._note(f"forged|{who.ref}", who.ref, "met a yes that was not signed", subject)
        return {}

    def head_refused(self, code: str) -> None:
        """Write down that the core's log did not follow the head signed last; it is tried again and again."""
        self._note(
            "head", "SYS:clocks", f"met a head that does not follow, {code}", "core", _HEAD_S
        )

    def _note(self, meter: str, who: str, verb: str, subject: str, again_s: int = _AGAIN_S) -> None:
        wall = self._house.wall()
        if wall - self._noted.get(meter, 0) < again_s:
            return
        # Counted first: a crash between calls once too often, never not at all.
        self._house.store.set_mark(_HIT, self._house.store.mark(_HIT) + 1)
        self._house.write_down(who, verb, [subject])
        self._noted[meter] = wall

    def forced(self, db: sqlite3.Connection, *, calls: bool) -> None:
        """Count a sign-in in its own transaction; the same statements whether it calls or not."""
        store = self._house.store
        met, unread = store.mark(_HIT) + calls, store.mark(_UNREAD)
        marks = ((_HIT, met), (_UNREAD, self._house.wall() if calls else unread))
        db.executemany("INSERT OR REPLACE INTO mark VALUES (?,?)", marks)

    def noted(self, told: Told) -> dict[str, Any]:
        """Tell what supervisors were called about in the last week, newest first (SUP, AUD)."""
        officer = self._house.officer(told["login"])
        self._house.insist_on(officer, Duty.AUD, Duty.SUP)
        rows = self._house.journal.grave(self._house.wall() - _TOLD_FOR_S)
        if Duty.SUP in officer.duties and self._house.store.mark(_UNREAD):
            self._house.store.set_mark(_UNREAD, 0)
        return {"entries": [entry(row) for row in rows]}

    def _call_anew(self) -> None:
        store, wall = self._house.store, self._house.wall()
        if store.mark(_UNREAD) and wall - store.mark(_UNREAD) >= _AGAIN_UNREAD_S:
            with store.write() as db:
                self.forced(db, calls=True)

    def alarms(self, told: Told) -> dict[str, Any]:
        """Tell the clocks how often a call is due, and take up to where one went out."""
        self._house.worker(told, "clocks")
        self._call_anew()
        store, called = self._house.store, int(told["called"])
        if store.mark(_TOLD) < called <= store.mark(_HIT):
            store.set_mark(_TOLD, called)
        return {"met": store.mark(_HIT), "called": store.mark(_TOLD)}
