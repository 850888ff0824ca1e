"""A new passkey for somebody who is on the staff already: a spare by himself, a lost one by two others.

An administrator alone makes nobody a key: he would become that person, and approve in his place.
"""

import hashlib
from typing import Any

from safeconduct.access import acts
from safeconduct.access.rules import Duty
from safeconduct.access.staff import RECOVERY_LIVES, may_recover
from safeconduct.keeper import approvals
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.signin import SignIn
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.sealing import to_bytes

SPARE_S = 900  # he goes to the other browser, or plugs in the other key
LINK_S = 24 * 3600
_PEOPLE = 2
_RECOVERERS = frozenset({Duty.ADM, Duty.SUP})
NOT_TWO = Refusal(
    "recover.two",
    "A new key for a colleague takes two others' yes to exactly this, of the last 24 hours.",
    "Ask another administrator (ADM) or supervisor (SUP); if a yes is older, stop it and ask anew.",
)
USED = Refusal("recover.used", "These yeses have made a link already.", "Begin anew if it is lost.")
NOT_HERE = Refusal("recover.nobody", "Nobody of this ref has a key here.", "Invite him instead.")


class Recovery:
    """One-time links for people whom the keeper knows."""

    def __init__(self, house: House, signin: SignIn) -> None:
        self._house, self._signin = house, signin

    def spare(self, told: Told) -> dict[str, Any]:
        """Give a link for one more passkey of one's own, on a touch of a living one."""
        officer = self._house.officer(told["login"])
        act = acts.spare(officer.ref, Duty(told["duty"]))
        approvals.touched(self._house, officer, act, told)
        return {"invite": self._signin.write_invite(officer.ref, (), officer.ref, SPARE_S)}

    def recover(self, told: Told) -> dict[str, Any]:
        """End a person's keys, code, numbers, devices and logins, and give one link for a new passkey.

        It ends what he said of force, too. He keeps his duties and what he was let into; one who was ended
        comes back without either. Each yes makes one link.
        """
        officer, person = self._house.officer(told["login"]), str(told["person"])
        self._house.insist_on(officer, *_RECOVERERS)
        insist(may_recover(officer.ref, person=person))
        self._insist_known(person)
        digest = acts.recover(person, Duty.ADM, reason=str(told["reason"])).digest
        yeses = [each for each in told["yeses"] if self._counts(each, person, digest)]
        people = {approvals.signed(self._house, each)["person"] for each in yeses}
        if len(people) < _PEOPLE or officer.ref not in people:
            raise Refused(NOT_TWO)
        self._spend(yeses)
        self._house.write_down(" and ".join(sorted(people)), "recovered", [person], digest=digest)
        with self._house.store.write() as db:
            for table in ("passkey", "login", "device", "invite", "unlock_code"):
                db.execute(f"DELETE FROM {table} WHERE person=?", (person,))  # noqa: S608  our names
            db.execute(
                "UPDATE person SET totp=NULL, totp_new=NULL, numbers=NULL, force=0, drill=0, "
                "ended_at=NULL WHERE ref=?",
                (person,),
            )
        self._house.shut(person)
        return {"invite": self._signin.write_invite(person, (), officer.ref, LINK_S)}

    def _insist_known(self, person: str) -> None:
        if not self._house.store.db.execute(
            "SELECT 1 FROM person p WHERE ref=? AND (ended_at IS NULL "
            "OR EXISTS (SELECT 1 FROM passkey k WHERE k.person = p.ref))",
            (person,),
        ).fetchone():
            raise Refused(NOT_HERE)

    def _counts(self, each: Told, person: str, digest: bytes) -> bool:
        """Return whether a yes is to this, fresh, and of another who still holds the duty."""
        yes = approvals.signed(self._house, each)
        by, at = str(yes["person"]), int(yes["at"])
        return (
            (yes["verb"], yes["subject"], yes["digest"]) == (acts.RECOVER, person, digest.hex())
            and by != person
            and self._house.wall() - at < RECOVERY_LIVES.total_seconds()
            and Duty(yes["duty"]) in _RECOVERERS & self._house.duties(by)
        )

    def _spend(self, yeses: list[Told]) -> None:
        until = self._house.wall() + int(RECOVERY_LIVES.total_seconds())
        marks = [hashlib.sha256(b"recover|" + to_bytes(each["told"])).digest() for each in yeses]
        with self._house.store.write() as db:
            for mark in marks:
                if db.execute("SELECT 1 FROM spent WHERE nonce=?", (mark,)).fetchone():
                    raise Refused(USED)
                db.execute("INSERT INTO spent VALUES (?,?)", (mark, until))
