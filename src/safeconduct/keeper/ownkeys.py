"""Own keys: what names a person is sealed to each of those who may read it, to a key of his own.

The private half lies in keys.db wrapped twice: by the owner's six words, and by the KEK. So the root
and the disk open nothing without his words, and his words nothing without us. Once he has brought
them it stays in our memory until he shuts it, his login ends, or `LASTS_S` are over.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from safeconduct import sealing
from safeconduct.access import acts
from safeconduct.access.rules import Duty, Officer
from safeconduct.keeper import approvals, policy
from safeconduct.keeper.compartments import NOT_A_MEMBER, NOT_FOR_THIS, Compartments
from safeconduct.keeper.house import House, OpenKey, Told
from safeconduct.refusal import Refusal, Refused
from safeconduct.sealing import text, to_bytes

LASTS_S = 900
# Nobody needs to be in a case for its erasure to be possible: he holds a copy, and opens it once let in.
_STANDBY = Duty.DPO
_MOST_AT_ONCE = 1_000
NONE = Refusal(
    "own.none",
    "You have no key of your own, and what names a person opens with one.",
    "Make yours on the page My logins, then ask a colleague of the case to share it with you.",
)
SHUT = Refusal(
    "own.shut", "What names a person is shut.", "Open it with your six words, then try again."
)
WRONG = Refusal(
    "own.wrong", "These are not your six words.", "Read them once more from your paper."
)
NOBODY = Refusal(
    "own.nobody",
    "Nobody who may read this has a key of his own yet, so it would be written for nobody.",
    "Make yours on the page My logins, then write it down again.",
)


class OwnKeys:
    """Made, opened for a while, and used for what its owner may read."""

    def __init__(self, house: House, compartments: Compartments) -> None:
        self._house, self._compartments = house, compartments

    def own_make(self, told: Told) -> dict[str, Any]:
        """Make a person's key on his passkey's touch; an earlier one is gone, with what only it opened."""
        officer = self._house.officer(told["login"])
        act = acts.own_key(officer.ref, Duty(told["duty"]))
        approvals.touched(self._house, officer, act, told)
        private, public = sealing.new_box_keys()
        inner = sealing.seal(to_bytes(told["secret"]), private, _name(officer.ref))
        box = self._house.vault.wrap(f"own|v1|{officer.ref}", inner)
        self._house.write_down(officer.ref, "own key", [officer.ref])
        row = (officer.ref, public, self._house.wall(), box)
        with self._house.store.write() as db:
            db.execute("INSERT OR REPLACE INTO own_key VALUES (?,?,?,?)", row)
        self._hold(officer, private)
        return {}

    def own_state(self, told: Told) -> dict[str, Any]:
        """Tell when one's key was made, and until when it is open; wall seconds, 0 for neither."""
        officer = self._house.officer(told["login"])
        row = self._house.store.db.execute(
            "SELECT made FROM own_key WHERE person=?", (officer.ref,)
        ).fetchone()
        held = self._held(officer)
        return {"made": row[0] if row else 0, "until": held.until if held else 0}

    def own_open(self, told: Told) -> dict[str, Any]:
        """Take one's key into memory, by what one's words make."""
        officer = self._house.officer(told["login"])
        row = self._house.store.db.execute(
            "SELECT wrapped FROM own_key WHERE person=?", (officer.ref,)
        ).fetchone()
        if row is None:
            raise Refused(NONE)
        inner = self._house.vault.unwrap(f"own|v1|{officer.ref}", row[0])
        try:
            private = sealing.unseal(to_bytes(told["secret"]), inner, _name(officer.ref))
        except sealing.Tampered:
            self._house.write_down(officer.ref, "own key: wrong words", [officer.ref])
            raise Refused(WRONG) from None
        self._house.write_down(officer.ref, "own key opened", [officer.ref])
        self._hold(officer, private)
        return {}

    def own_shut(self, told: Told) -> dict[str, Any]:
        """Forget one's key until it is opened again."""
        self._house.shut(self._house.officer(told["login"]).ref)
        return {}

    def own_seal(self, told: Told) -> dict[str, Any]:
        """Seal rows' keys of one compartment to everybody who may read them and has a key.

        Whoever may read may write for others; he needs no key of his own for it.
        """
        officer, ref = self._house.officer(told["login"]), str(told["compartment"])
        self._insist(officer, ref)
        rows = [(str(row), to_bytes(key)) for row, key in told["keys"]]
        publics = self._publics(ref)
        if not publics:
            raise Refused(NOBODY)
        if len(rows) * len(publics) > _MOST_AT_ONCE:
            raise Refused(Refusal("own.many", "At most 1000 copies are made at once."))
        self._house.write_down(officer.ref, "sealed to own keys", [ref])
        return {
            "copies": [
                [row, person, text(sealing.hpke_seal(public, key, info=_info(ref, row, person)))]
                for row, key in rows
                for person, public in publics.items()
            ]
        }

    def own_read(self, told: Told) -> dict[str, Any]:
        """Return rows' keys of one compartment from copies sealed to the asker, if his key is open."""
        officer, ref = self._house.officer(told["login"]), str(told["compartment"])
        self._insist(officer, ref)
        held = self._held(officer)
        if held is None:
            raise Refused(SHUT if self.own_state(told)["made"] else NONE)
        self._house.write_down(officer.ref, "own key used", [ref])
        try:
            keys = [
                text(
                    sealing.hpke_open(
                        held.private, to_bytes(box), info=_info(ref, str(row), officer.ref)
                    )
                )
                for row, box in told["copies"]
            ]
        except sealing.Tampered:
            raise Refused(
                Refusal(
                    "own.not_for_you",
                    "A copy here was not sealed to the key you have now.",
                    "Ask a colleague of the case to share it with you again.",
                )
            ) from None
        return {"keys": keys}

    def _insist(self, officer: Officer, ref: str) -> None:
        """Return if he is let in, now, in a duty that sees names."""
        if ref not in self._compartments.there([ref]):
            raise Refused(NOT_A_MEMBER)
        duties = self._members(ref).get(officer.ref, set())
        if not duties:
            raise Refused(NOT_A_MEMBER)
        if "name" not in policy.kinds_for(duties, _kinds_of(ref)):
            raise Refused(NOT_FOR_THIS)

    def _members(self, ref: str) -> Mapping[str, set[Duty]]:
        """Return who is let in; whoever broke the glass reads texts, and no names.

        What belongs to nobody's case any more is read by duty.
        """
        rule = policy.named(ref)
        if rule:
            return self._house.holders(rule.duties)
        return self._compartments.members([ref], by_glass=False).get(ref, {})

    def _publics(self, ref: str) -> Mapping[str, bytes]:
        readers = {
            person
            for person, duties in self._members(ref).items()
            if "name" in policy.kinds_for(duties, _kinds_of(ref))
        }
        rows = self._house.store.db.execute("SELECT person, public FROM own_key ORDER BY person")
        return {
            person: public
            for person, public in rows.fetchall()
            if person in readers or _STANDBY in self._house.duties(person)
        }

    def _hold(self, officer: Officer, private: bytes) -> None:
        login = sealing.token_hash(officer.login.partition(".")[0])
        until = self._house.wall() + LASTS_S
        self._house.opened[officer.ref] = OpenKey(login, private, until)

    def _held(self, officer: Officer) -> OpenKey | None:
        """Return his key if it is open for this login; what is over is forgotten."""
        wall, opened = self._house.wall(), self._house.opened
        for person in [each for each, key in opened.items() if key.until <= wall]:
            del opened[person]
        held = opened.get(officer.ref)
        login = sealing.token_hash(officer.login.partition(".")[0])
        return held if held and hmac.compare_digest(held.login, login) else None


def _kinds_of(ref: str) -> Mapping[Duty, frozenset[str]]:
    rule = policy.named(ref)
    return rule.duties if rule else policy.KINDS_OF


def _name(person: str) -> bytes:
    return sealing.address("own", person)


def _info(compartment: str, row: str, person: str) -> bytes:
    return sealing.address("own", compartment, row, person)
