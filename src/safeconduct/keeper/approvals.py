"""Acts: a passkey's yes to one verb on one digest, and what is granted by such a yes."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from safeconduct import sealing
from safeconduct.access import acts, yeses
from safeconduct.access.answers import Yes
from safeconduct.access.rules import Act, Duty, Officer, may_grant
from safeconduct.envelope import canonical
from safeconduct.keeper import passkeys
from safeconduct.keeper.house import House, Told
from safeconduct.refs import is_ref
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.sealing import text, to_bytes

ACT_LIVES_S = 600  # long enough to read a plan once more; then the question is put anew
_HELD = ("duty", "member", "login", "invite")  # ends at once, and can be given again
_KEYS = ("passkey", "device", "unlock_code", "own_key")  # once deleted nothing brings them back
_NOT_ENDED = Refusal(
    "person.not_ended", "This person has not been ended.", "End him first; then delete his keys."
)
_NOT_HELD = Refusal(
    "act.not_held", "The keeper does not know you in this duty.", "Ask an administrator (ADM)."
)


def challenge_of(officer: Officer, act: Act, nonce: bytes) -> bytes:
    """Return what the passkey signs: sha256 of the canonical act with person and nonce."""
    told = {"act": act.canonical().decode(), "person": officer.ref, "nonce": nonce.hex()}
    return hashlib.sha256(canonical(told)).digest()


def _act(told: Told) -> Act:
    return Act(
        str(told["verb"]), str(told["subject"]), bytes.fromhex(told["digest"]), Duty(told["duty"])
    )


def _context(officer: Officer, act: Act) -> bytes:
    return officer.ref.encode() + b"|" + act.canonical()


def touched(house: House, officer: Officer, act: Act, told: Told) -> None:
    """Return if the officer's passkey said yes to `act`, in a duty he holds, and once.

    Raises:
        Refused: another's key, another act, too late, used before, not his duty, or he owes a review.
    """
    if act.duty not in house.duties(officer.ref):
        raise Refused(_NOT_HELD)
    house.insist_reviewed(officer.ref)
    nonce = to_bytes(told["nonce"])
    signer = passkeys.verify(house, told["assertion"], challenge=challenge_of(officer, act, nonce))
    if signer != officer.ref:
        raise Refused(passkeys.NOT_HIS)
    house.spend(nonce, "act", _context(officer, act))


def signed(house: House, each: Told) -> dict[str, Any]:
    """Return what a yes says that we signed; see `yeses.sign`.

    Raises:
        Refused: it was not signed here.
    """
    yes = Yes(to_bytes(each["told"]), to_bytes(each["signature"]))
    try:
        return yeses.facts(yes, key=sealing.sign_public(house.vault.secret("sign")))
    except sealing.Tampered:
        raise Refused(Refusal("yes.not_ours", "A yes was not signed here.")) from None


class Approvals:
    """Yeses, and the table of duties."""

    def __init__(self, house: House) -> None:
        self._house = house

    def act_begin(self, told: Told) -> dict[str, Any]:
        """Give the challenge for one act."""
        officer, act = self._house.officer(told["login"]), _act(told)
        if act.duty not in officer.duties:
            raise Refused(_NOT_HELD)
        self._house.insist_reviewed(officer.ref)
        nonce, until = self._house.mint("act", _context(officer, act), lives_s=ACT_LIVES_S)
        return {
            "nonce": text(nonce),
            "challenge": text(challenge_of(officer, act, nonce)),
            "credentials": [text(i) for i in passkeys.ids_of(self._house, officer.ref)],
            "rp_id": self._house.rp_id,
            "until": until,
        }

    def act_finish(self, told: Told) -> dict[str, Any]:
        """Verify the passkey's answer, write it down, and sign that it was given."""
        officer, act = self._house.officer(told["login"]), _act(told)
        touched(self._house, officer, act, told)
        self._house.write_down(officer.ref, "yes", [act.subject], digest=act.digest)
        yes = yeses.sign(
            self._house.vault.secret("sign"),
            act,
            person=officer.ref,
            given_us=int(told["given_us"]),
            at=self._house.wall(),
            nonce=str(told["nonce"]),
        )
        return {"told": text(yes.told), "signature": text(yes.signature)}

    def grant(self, told: Told) -> dict[str, Any]:
        """Give a duty, on an administrator's passkey; never to himself."""
        officer = self._house.officer(told["login"])
        person, duty = str(told["person"]), Duty(told["duty"])
        if not is_ref(person):
            raise Refused(Refusal("keeper.not_a_ref", "That is no ref of a person."))
        until = told["until"]
        limit = None if until is None else datetime.fromtimestamp(until, UTC)
        act = acts.grant(person, duty, reason=str(told["reason"]), until=limit)
        beside = self._house.duties(person)
        insist(may_grant(officer, person=person, duty=duty, beside=beside))
        touched(self._house, officer, act, told)
        self._house.write_down(officer.ref, f"granted {duty}", [person], digest=act.digest)
        row = (person, duty, officer.ref, int(self._house.now().timestamp()), until)
        with self._house.store.write() as db:
            db.execute("INSERT OR REPLACE INTO duty VALUES (?,?,?,?,?)", row)
        return {}

    def end_duty(self, told: Told) -> dict[str, Any]:
        """Take a duty away; the memberships held in it end with it."""
        officer = self._house.officer(told["login"])
        person, duty = str(told["person"]), Duty(told["duty"])
        if officer.ref != person:
            self._house.insist_on(officer, Duty.ADM, Duty.SUP)
        self._house.write_down(
            officer.ref, f"ended {duty}", [person], digest=bytes.fromhex(told["reason"])
        )
        with self._house.store.write() as db:
            db.execute("DELETE FROM duty WHERE person=? AND duty=?", (person, duty))
            db.execute("DELETE FROM member WHERE person=? AND duty=?", (person, duty))
        return {}

    def end_person(self, told: Told) -> dict[str, Any]:
        """End a person's logins, duties and memberships, and let him in no more: at once, untouched.

        His keys stay, so that a stolen login makes no name unreadable for ever: two colleagues who
        recover him bring him back, without a duty.
        """
        officer, person = self._house.officer(told["login"]), str(told["person"])
        self._house.insist_on(officer, Duty.ADM, Duty.SUP)
        self._house.write_down(officer.ref, "ended", [person])
        with self._house.store.write() as db:
            for table in _HELD:
                db.execute(f"DELETE FROM {table} WHERE person=?", (person,))  # noqa: S608  our names
            db.execute("UPDATE person SET ended_at=? WHERE ref=?", (self._house.wall(), person))
        self._house.shut(person)
        return {}

    def forget_person(self, told: Told) -> dict[str, Any]:
        """Delete the keys and codes of a person who was ended, for ever; on a touch."""
        officer, person = self._house.officer(told["login"]), str(told["person"])
        self._house.insist_on(officer, Duty.ADM, Duty.SUP)
        if not self._house.store.db.execute(
            "SELECT 1 FROM person WHERE ref=? AND ended_at IS NOT NULL", (person,)
        ).fetchone():
            raise Refused(_NOT_ENDED)
        act = acts.forget(person, Duty(told["duty"]))
        touched(self._house, officer, act, told)
        self._house.write_down(officer.ref, "forgot", [person], digest=act.digest)
        with self._house.store.write() as db:
            for table in _KEYS:
                db.execute(f"DELETE FROM {table} WHERE person=?", (person,))  # noqa: S608  our names
            db.execute(
                "UPDATE person SET totp=NULL, totp_new=NULL, numbers=NULL WHERE ref=?", (person,)
            )
        return {}

    def people(self, told: Told) -> dict[str, Any]:
        """Tell who holds which duty, by the keeper's own table."""
        officer = self._house.officer(told["login"])
        self._house.insist_on(officer, Duty.ADM, Duty.SUP, Duty.AUD)
        rows = self._house.store.db.execute("SELECT ref FROM person WHERE ended_at IS NULL")
        refs = [ref for (ref,) in rows]
        return {"people": {ref: sorted(self._house.duties(ref)) for ref in refs}}
