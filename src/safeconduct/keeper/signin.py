"""Invites, passkeys, time codes and logins. A login proof is random, hashed here, and ends."""

import json
import secrets
from collections.abc import Iterable
from typing import Any

import pyotp

from safeconduct import sealing
from safeconduct.access import acts
from safeconduct.access.rules import Duty, Method, may_grant, may_hold
from safeconduct.access.staff import LONGEST
from safeconduct.keeper import approvals, passkeys
from safeconduct.keeper.devices import Devices
from safeconduct.keeper.force import Force, Judged
from safeconduct.keeper.house import House, Told
from safeconduct.refs import is_ref
from safeconduct.refusal import Refusal, Refused, insist

INVITE_S = 24 * 3600
FIRST_INVITE_S = 24 * 3600
_STEP_S = 30  # RFC 6238
NO_INVITE = Refusal(
    "invite.not_valid", "This invite is used up, over, or none of ours.", "Ask for a new one."
)
KNOWN = Refusal(
    "invite.known",
    "This person has made a key already.",
    "A spare one he makes himself; for a lost one ask two colleagues (ADM, SUP).",
)
WRONG_CODE = Refusal("code.wrong", "The code does not hold.", "Wait for the next one.")
NOT_A_REF = Refusal("keeper.not_a_ref", "That is no ref of a person.")


class SignIn:
    """Who people are."""

    def __init__(self, house: House, devices: Devices, force: Force) -> None:
        self._house, self._devices, self._force = house, devices, force

    def first_invite(self, told: Told) -> dict[str, Any]:
        """Invite the first administrator; once anybody has enrolled, never again."""
        if self._house.store.db.execute("SELECT 1 FROM person").fetchone():
            raise Refused(
                Refusal(
                    "invite.not_first",
                    "There are people here already.",
                    "Ask an administrator (ADM) for an invite.",
                )
            )
        with self._house.store.write() as db:
            db.execute("DELETE FROM invite")
        duties = frozenset({Duty.ADM})
        return {"invite": self.write_invite(told["person"], duties, "SYS:keeper", FIRST_INVITE_S)}

    def invite(self, told: Told) -> dict[str, Any]:
        """Invite somebody who was never here, on an administrator's passkey."""
        officer = self._house.officer(told["login"])
        duties = frozenset(map(Duty, told["duties"]))
        act = acts.invite(told["person"], duties, reason=told["reason"])
        held = self._house.duties(told["person"])
        for duty in sorted(duties):
            insist(may_grant(officer, person=told["person"], duty=duty, beside=held | duties))
        if self._known(told["person"]):
            raise Refused(KNOWN)
        approvals.touched(self._house, officer, act, told)
        invite = self.write_invite(told["person"], duties, officer.ref, INVITE_S)
        return {"invite": invite}

    def write_invite(self, person: str, duties: Iterable[Duty], by: str, lives_s: int) -> str:
        """Return the secret of a new one-time link; an earlier one of the same person is void.

        Raises:
            Refused: that is no ref of a person.
        """
        if not is_ref(person):
            raise Refused(NOT_A_REF)
        token = secrets.token_urlsafe(32)
        self._house.write_down(by, "invited", [person])
        row = (person, json.dumps(sorted(duties)), by, self._house.wall() + lives_s)
        with self._house.store.write() as db:
            db.execute("DELETE FROM invite WHERE person=?", (person,))
            db.execute("INSERT INTO invite VALUES (?,?,?,?,?)", (sealing.token_hash(token), *row))
        return token

    def _known(self, person: str) -> bool:
        found = self._house.store.db.execute("SELECT 1 FROM person WHERE ref=?", (person,))
        return found.fetchone() is not None

    def _invited(self, token: str) -> tuple[bytes, str, frozenset[Duty], str]:
        digest = sealing.token_hash(token)
        row = self._house.store.db.execute(
            "SELECT person, duties, granted_by FROM invite WHERE hash=? AND until > ?",
            (digest, self._house.wall()),
        ).fetchone()
        if row is None:
            raise Refused(NO_INVITE)
        return digest, row[0], frozenset(map(Duty, json.loads(row[1]))), row[2]

    def enrol_begin(self, told: Told) -> dict[str, Any]:
        """Give the options for a new passkey to whoever holds an invite."""
        digest, person, _, _ = self._invited(told["invite"])
        name = str(told["name"])
        options = passkeys.creation_options(self._house, person=person, name=name, context=digest)
        return {"options": options, "person": person}

    def enrol_finish(self, told: Told) -> dict[str, Any]:
        """Register the passkey, give the invited duties, use the invite up, sign in."""
        digest, person, duties, by = self._invited(told["invite"])
        key = passkeys.verify_creation(self._house, told["credential"], context=digest)
        held = self._house.duties(person)
        for duty in duties:
            insist(may_hold(duty, beside=held | duties))
        wall, world = self._house.wall(), int(self._house.now().timestamp())
        self._house.write_down(by, "enrolled", [person])
        with self._house.store.write() as db:
            db.execute("INSERT OR IGNORE INTO person (ref, since) VALUES (?,?)", (person, wall))
            key_id, public, count, attestation = key
            row = (key_id, person, public, count, attestation, wall)
            db.execute("INSERT INTO passkey VALUES (?,?,?,?,?,?)", row)
            db.executemany(
                "INSERT OR IGNORE INTO duty VALUES (?,?,?,?,NULL)",
                [(person, duty, by, world) for duty in duties],
            )
            db.execute("DELETE FROM invite WHERE hash=?", (digest,))
        judged = self._force.as_before(person)
        return self._sign_in(person, Method.PASSKEY, told["device"], judged)

    def login_begin(self, told: Told) -> dict[str, Any]:
        """Give the options for signing in; an unknown person's look like a known one's without."""
        return {"options": passkeys.request_options(self._house, person=str(told["person"]))}

    def login_finish(self, told: Told) -> dict[str, Any]:
        """Sign in by passkey, and by the number where he has one."""
        person = passkeys.verify_login(self._house, told["assertion"])
        judged = self._force.by_key(person, str(told["number"]))
        return self._sign_in(person, Method.PASSKEY, told["device"], judged)

    def _sign_in(self, person: str, method: Method, device: str, judged: Judged) -> dict[str, Any]:
        token, wall = secrets.token_urlsafe(32), self._house.wall()
        self._house.shut(person)
        self._house.write_down(person, judged.verb(method), [person])
        with self._house.store.write() as db:
            self._force.note(db, person, judged)
            device = self._devices.keep(db, person, device)
            db.execute("DELETE FROM login WHERE person=?", (person,))
            marks = (sealing.token_hash(token), sealing.token_hash(device))
            row = (marks[0], person, method, wall, wall, marks[1])
            db.execute("INSERT INTO login VALUES (?,?,?,?,?,?)", row)
        return {**self._told(person, method, wall), "login": f"{token}.{device}"}

    def _told(self, person: str, method: Method, started: int) -> dict[str, Any]:
        until = started + int(LONGEST.total_seconds())
        duties = sorted(self._house.duties(person))
        return {"person": person, "duties": duties, "method": method, "until": until}

    def whoami(self, told: Told) -> dict[str, Any]:
        """Tell who a login proof is."""
        officer = self._house.officer(told["login"])
        row = self._house.store.db.execute(
            "SELECT started FROM login WHERE person=?", (officer.ref,)
        ).fetchone()
        return self._told(officer.ref, officer.method, row[0])

    def logout(self, told: Told) -> dict[str, Any]:
        """End one login."""
        digest = sealing.token_hash(str(told["login"]).partition(".")[0])
        with self._house.store.write() as db:
            found = db.execute("DELETE FROM login WHERE hash=? RETURNING person", (digest,))
            people = [person for (person,) in found.fetchall()]
        for person in people:
            self._house.shut(person)
        return {}

    def devices(self, told: Told) -> dict[str, Any]:
        """Tell from which devices one came in, and forget all but this one if told so."""
        officer = self._house.officer(told["login"])
        here = sealing.token_hash(officer.login.partition(".")[2])
        if told["forget"]:
            self._house.write_down(officer.ref, "forgot devices", [officer.ref])
            self._devices.forget(officer.ref, but=here)
        rows = self._devices.of(officer.ref)
        return {"devices": [{"since": s, "seen": t, "here": h == here} for h, s, t in rows]}

    def end_logins(self, told: Told) -> dict[str, Any]:
        """End another person's logins."""
        officer = self._house.officer(told["login"])
        if officer.ref != told["person"]:
            self._house.insist_on(officer, Duty.ADM, Duty.SUP, Duty.DPC, Duty.VER)
        self._house.write_down(officer.ref, "ended logins", [told["person"]])
        with self._house.store.write() as db:
            db.execute("DELETE FROM login WHERE person=?", (told["person"],))
        self._house.shut(str(told["person"]))
        return {}

    # --- time codes: they let one work, and never approve ---

    def totp_begin(self, told: Told) -> dict[str, Any]:
        """Make a new secret; it counts once a code of it was seen."""
        officer = self._house.officer(told["login"])
        secret = pyotp.random_base32()
        box = self._house.vault.wrap(f"totp|v1|{officer.ref}", secret.encode())
        with self._house.store.write() as db:
            db.execute("UPDATE person SET totp_new=? WHERE ref=?", (box, officer.ref))
        uri = pyotp.TOTP(secret).provisioning_uri(name=str(told["name"]), issuer_name="safeconduct")
        return {"uri": uri}

    def totp_finish(self, told: Told) -> dict[str, Any]:
        """Take the new secret into use."""
        officer = self._house.officer(told["login"])
        device = officer.login.partition(".")[2]
        step = self._step(officer.ref, "totp_new", str(told["code"]), device)
        self._house.write_down(officer.ref, "time code enrolled", [officer.ref])
        with self._house.store.write() as db:
            db.execute(
                "UPDATE person SET totp=totp_new, totp_new=NULL, totp_step=? WHERE ref=?",
                (step, officer.ref),
            )
        return {}

    def login_code(self, told: Told) -> dict[str, Any]:
        """Sign in by a time code, each of which counts once."""
        person, device = str(told["person"]), str(told["device"])
        step = self._step(person, "totp", str(told["code"]), device)
        judged = self._force.by_code(person, str(told["number"]))
        if judged is None:
            self._devices.was_wrong(person, device)
            raise Refused(WRONG_CODE)
        with self._house.store.write() as db:
            db.execute("UPDATE person SET totp_step=? WHERE ref=?", (step, person))
        return self._sign_in(person, Method.TOTP, told["device"], judged)

    def _step(self, person: str, column: str, code: str, device: str) -> int:
        """Return the time step a right, unused code belongs to."""
        self._devices.may_try(person, device)
        row = self._house.store.db.execute(
            "SELECT totp, totp_new, totp_step FROM person WHERE ref=? AND ended_at IS NULL",
            (person,),
        ).fetchone()
        box, last = (row[0 if column == "totp" else 1], row[2]) if row else (None, 0)
        secret = self._house.vault.unwrap(f"totp|v1|{person}", box).decode() if box else None
        here = self._house.wall() // _STEP_S
        for step in (here - 1, here, here + 1):
            # at() takes the counter's time; a clock may be one step off (RFC 6238 §5.2)
            if secret and step > last and pyotp.TOTP(secret).at(step * _STEP_S) == code:
                return step
        self._devices.was_wrong(person, device)
        raise Refused(WRONG_CODE)
