"""Breaking the glass: a supervisor opens for an hour what nobody let him into.

He is a member only once the clocks have told the members and the duties that watch; no page that lies
can open it before. Another reviews it within a day, or he does nothing here but read and stop. All
terms run in world time, in this file, where no page and no worker can move them.
"""

from typing import Any

from safeconduct.access import acts
from safeconduct.access.rules import Duty
from safeconduct.access.staff import GLASS_OPEN, REVIEW_WITHIN, may_break, may_review
from safeconduct.keeper import approvals, policy
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.compartments import NOT_A_MEMBER
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.meters import OVER_RATE
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

_DAY_S = 24 * 3600
BY_GLASS = "glass:"  # who let him in, in the table of members: only what was broken
NO_GLASS = Refusal("glass.none", "No glass of this ref was broken.", "Open the page again.")
REVIEWED = Refusal("glass.reviewed", "This was reviewed already.", "Open the page again.")


class Glass:
    """What was broken, by whom, until when, and whether another has looked at it."""

    def __init__(self, house: House, alarms: Alarms) -> None:
        self._house, self._alarms = house, alarms

    def break_glass(self, told: Told) -> dict[str, Any]:
        """Write down that a supervisor breaks the glass; it opens when the members were told."""
        officer, ref = self._house.officer(told["login"]), str(told["compartment"])
        reason, inside = str(told["reason"]), self._inside(officer.ref, ref)
        insist(may_break(officer, member=inside, reason=reason))
        if policy.named(ref) or not self._there(ref):
            raise Refused(NOT_A_MEMBER)
        self._limit(officer.ref)
        act = acts.break_glass(ref, reason=reason)
        approvals.touched(self._house, officer, act, told)
        self._house.write_down(officer.ref, "broke the glass", [ref], digest=act.digest)
        glass, asked = new_ref(), self._now()
        due = asked + int(REVIEW_WITHIN.total_seconds())
        with self._house.store.write() as db:
            db.execute(
                "INSERT INTO glass VALUES (?,?,?,?,?,NULL,NULL,NULL)",
                (glass, ref, officer.ref, asked, due),
            )
        return {"glass": glass, "asked": asked}

    def glasses(self, told: Told) -> dict[str, Any]:
        """Tell the clocks what was broken and not told to the members yet."""
        self._house.worker(told, "clocks")
        rows = self._house.store.db.execute(
            "SELECT ref, compartment, person, asked FROM glass WHERE until IS NULL AND ended IS NULL"
        )
        names = ("glass", "compartment", "person", "asked")
        return {"glasses": [dict(zip(names, row, strict=True)) for row in rows]}

    def glass_told(self, told: Told) -> dict[str, Any]:
        """Open it for an hour: the clocks have told the members, the supervisors and the auditor."""
        self._house.worker(told, "clocks")
        ref, person, compartment, until, ended, _ = self._row(told)
        if until is not None or ended is not None:
            return {"until": until}
        since = self._now()
        until = since + int(GLASS_OPEN.total_seconds())
        self._house.write_down("SYS:clocks", f"told of the glass {ref}", [compartment])
        with self._house.store.write() as db:
            db.execute("UPDATE glass SET until=? WHERE ref=?", (until, ref))
            db.execute(
                # What he was let into beside it, for good or for longer, is not made an hour of.
                "INSERT INTO member VALUES (?,?,?,?,?,?) "
                "ON CONFLICT (person, compartment, duty) DO UPDATE SET "
                "granted_by=excluded.granted_by, since=excluded.since, until=excluded.until "
                "WHERE until <= excluded.since OR granted_by LIKE 'glass:%'",
                (compartment, person, Duty.SUP, BY_GLASS + ref, since, until),
            )
        return {"until": until}

    def end_glass(self, told: Told) -> dict[str, Any]:
        """Close it at once: himself, another supervisor, a member, the clocks. Twice is once."""
        who = self._house.who(told)
        ref, person, compartment, _, ended, _ = self._row(told)
        free = who.ref in {person, "SYS:clocks"} or Duty.SUP in getattr(who, "duties", ())
        if not free and not self._inside(who.ref, compartment):
            raise Refused(NO_GLASS)
        if ended is None:
            self._house.write_down(who.ref, f"ended the glass {ref}", [compartment])
            with self._house.store.write() as db:
                db.execute("UPDATE glass SET ended=? WHERE ref=?", (self._now(), ref))
                db.execute("DELETE FROM member WHERE granted_by=?", (BY_GLASS + ref,))
        return {}

    def review_glass(self, told: Told) -> dict[str, Any]:
        """Take another's signed word on it, once; it ends what its breaker owes."""
        officer, duty = self._house.officer(told["login"]), Duty(told["duty"])
        ref, person, _, _, _, reviewed = self._row(told)
        justified, words = bool(told["justified"]), str(told["words"])
        insist(may_review(officer.ref, breaker=person, duty=duty, words=words))
        if reviewed is not None:
            raise Refused(REVIEWED)
        act = acts.review_glass(ref, duty, justified=justified, words=words)
        approvals.touched(self._house, officer, act, told)
        verdict = "justified" if justified else "not justified"
        self._house.write_down(
            officer.ref, f"reviewed the glass: {verdict}", [ref], digest=act.digest
        )
        with self._house.store.write() as db:
            db.execute("UPDATE glass SET reviewed=? WHERE ref=?", (self._now(), ref))
        return {}

    def _now(self) -> int:
        return int(self._house.now().timestamp())

    def _row(self, told: Told) -> tuple[str, str, str, int | None, int | None, int | None]:
        row = self._house.store.db.execute(
            "SELECT ref, person, compartment, until, ended, reviewed FROM glass WHERE ref=?",
            (str(told["glass"]),),
        ).fetchone()
        if row is None:
            raise Refused(NO_GLASS)
        found: tuple[str, str, str, int | None, int | None, int | None] = row
        return found

    def _there(self, ref: str) -> bool:
        found = self._house.store.db.execute("SELECT 1 FROM compartment WHERE ref=?", (ref,))
        return found.fetchone() is not None

    def _inside(self, person: str, ref: str) -> bool:
        found = self._house.store.db.execute(
            "SELECT 1 FROM member m JOIN duty d ON d.person = m.person AND d.duty = m.duty "
            "WHERE m.compartment=? AND m.person=? AND (m.until IS NULL OR m.until > ?)",
            (ref, person, self._now()),
        )
        return found.fetchone() is not None

    def _limit(self, person: str) -> None:
        since = self._now() - _DAY_S
        (broken,) = self._house.store.db.execute(
            "SELECT count(*) FROM glass WHERE person=? AND asked > ?", (person, since)
        ).fetchone()
        if broken >= self._house.rates.glass:
            self._alarms.note(person, f"{person}|glass")
            raise Refused(OVER_RATE)
