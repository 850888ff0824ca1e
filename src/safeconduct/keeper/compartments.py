"""Compartments: made, entered, left, opened. Field keys go out, a compartment key never.

Order inside `open`: who asks, membership, term, purpose, rate, log entry, and only then unwrap.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import product
from typing import Any

from safeconduct import sealing
from safeconduct.access import acts, rules
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.envelope import is_page_handle
from safeconduct.keeper import approvals, policy
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.meters import LET_IN, Meters
from safeconduct.refs import is_ref, new_ref
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.sealing import text

_MOST_AT_ONCE = 1_000
_NAME = "name"  # a sentence about a person, see safeconduct/names.py
_LOOKING = frozenset({Purpose.READ, Purpose.TRIAGE})
NOT_A_MEMBER = Refusal(
    "open.not_a_member",
    "You are not let in here.",
    "Ask the one who holds the case, or a supervisor (SUP), to let you in.",
)
NO_TOUCH = Refusal(
    "open.no_touch",
    "Whoever lets another person in signs it with his passkey.",
    "Open the case and press there.",
)
NOT_FOR_THIS = Refusal(
    "open.not_for_this", "This is not opened for that purpose, or not by your duty."
)


class Compartments:
    """Keys, members and rates."""

    def __init__(self, house: House, alarms: Alarms) -> None:
        self._house, self._meters = house, Meters(house, alarms)

    # --- making and entering ---

    def create(self, told: Told) -> dict[str, Any]:
        """Make compartments; an officer becomes the first member, by the duty he may hold there."""
        who, count = self._house.who(told), int(told["count"])
        if not 1 <= count <= _MOST_AT_ONCE:
            raise Refused(Refusal("create.count", "Between 1 and 1000 are made at once."))
        duties: Collection[Duty] = ()
        if isinstance(who, Officer):
            duties = who.duties & rules.ON_THE_WAY
            if not duties:
                raise Refused(NOT_FOR_THIS)
        elif who.ref not in {"SYS:ingest", "SYS:clocks"}:
            raise Refused(NOT_FOR_THIS)
        refs = [new_ref() for _ in range(count)]
        self._house.write_down(who.ref, "created", refs)
        wall, world = self._house.wall(), int(self._house.now().timestamp())
        with self._house.store.write() as db:
            deks = [(ref, *self._house.vault.new_dek(ref), wall) for ref in refs]
            db.executemany("INSERT INTO compartment VALUES (?,?,?,?)", deks)
            db.executemany(
                "INSERT INTO member VALUES (?,?,?,'SYS:keeper',?,NULL)",
                [(ref, who.ref, duty, world) for ref in refs for duty in duties],
            )
        return {"compartments": refs}

    def join(self, told: Told) -> dict[str, Any]:
        """Let a person in, by the same rule as the console's, on our own tables; another, on a touch.

        One touch is one act: over all compartments and duties, the person, the reason and the term.
        """
        who, person = self._house.who(told), str(told["person"])
        refs, duties = list(told["compartments"]), sorted(set(map(Duty, told["duties"])))
        until, reason = told["until"], str(told["reason"])
        if isinstance(who, WorkerId) and who.ref.removeprefix("SYS:") not in policy.LETS_IN:
            raise Refused(NOT_FOR_THIS)
        self._house.insist_reviewed(who.ref)
        self._judge_joining(who, person, duties, refs)
        digest = bytes.fromhex(reason)
        asks = isinstance(who, Officer) and who.ref != person and self._asks(who, duties, refs)
        if isinstance(who, Officer) and who.ref != person and not asks:
            if "assertion" not in told:
                raise Refused(NO_TOUCH)
            signer = Duty(told["duty"])
            act = acts.let_in(refs, person, duties, reason=reason, until=until, duty=signer)
            approvals.touched(self._house, who, act, told)
            digest = act.digest
        self._meters.count(who.ref, refs, {f"{person}|join": self._house.rates.join})
        as_what = " and ".join(duties)
        self._house.write_down(who.ref, f"{LET_IN}{person} as {as_what}", refs, digest=digest)
        since = int(self._house.now().timestamp())
        rows = [(ref, person, duty, who.ref, since, until) for ref in refs for duty in duties]
        if asks:  # no touch makes a term longer, nor an hour of broken glass a membership
            inside = self.members(refs)
            rows = [row for row in rows if row[2] not in inside.get(row[0], {}).get(person, ())]
        with self._house.store.write() as db:
            db.executemany("INSERT OR REPLACE INTO member VALUES (?,?,?,?,?,?)", rows)
        return {}

    def _asks(self, who: Officer, duties: list[Duty], refs: list[str]) -> bool:
        """Return whether a member asks a supervisor to read what he reads himself: that takes no touch."""
        members = self.members(refs)
        inside = all(who.ref in members.get(ref, {}) for ref in refs)
        return inside and duties == [Duty.SUP] and Duty.SUP not in who.duties

    def _judge_joining(
        self, who: Officer | WorkerId, person: str, duties: list[Duty], refs: list[str]
    ) -> None:
        if not duties or set(refs) - self.there(refs).keys():
            raise Refused(NOT_A_MEMBER)
        held, members = self._house.duties(person), self.members(refs)
        for ref, duty in product(refs, duties):
            inside = members.get(ref, {})
            insist(
                rules.may_join(
                    who,
                    person=person,
                    duty=duty,
                    held=held,
                    granter_is_member=who.ref in inside,
                    already={each for duties in inside.values() for each in duties},
                )
            )

    def leave(self, told: Told) -> dict[str, Any]:
        """End a membership: one's own, or another's by a member, a supervisor or a worker."""
        who, ref, person = self._house.who(told), str(told["compartment"]), str(told["person"])
        free = isinstance(who, WorkerId) or who.ref == person or Duty.SUP in who.duties
        if not free and who.ref not in self.members([ref]).get(ref, {}):
            raise Refused(NOT_A_MEMBER)
        self._house.write_down(who.ref, f"let out {person}", [ref])
        with self._house.store.write() as db:
            db.execute(
                "DELETE FROM member WHERE compartment=?1 AND person=?2 AND (?3='' OR duty=?3)",
                (ref, person, str(told["duty"])),
            )
        return {}

    def let_in(self, told: Told) -> dict[str, Any]:
        """Tell where a login is let in by our own table; under force nowhere."""
        officer = self._house.officer(told["login"])
        person = "" if self._house.forced(officer.login) else officer.ref
        found = self._house.store.db.execute(
            "SELECT DISTINCT m.compartment FROM member m JOIN duty d "
            "ON d.person = m.person AND d.duty = m.duty WHERE m.person = ?1 "
            "AND (m.until IS NULL OR m.until > ?2) AND (d.until IS NULL OR d.until > ?2)",
            (person, int(self._house.now().timestamp())),
        )
        return {"compartments": [ref for (ref,) in found]}

    def members(
        self, refs: Iterable[str], *, by_glass: bool = True
    ) -> dict[str, dict[str, set[Duty]]]:
        """Return compartment → person → duties of living memberships in duties still held.

        Args:
            by_glass: whoever broke the glass there, too.
        """
        found = self._house.store.db.execute(
            "SELECT m.compartment, m.person, m.duty FROM member m JOIN duty d "
            "ON d.person = m.person AND d.duty = m.duty WHERE m.compartment IN "
            "(SELECT value FROM json_each(?1)) AND (m.until IS NULL OR m.until > ?2) "
            "AND (d.until IS NULL OR d.until > ?2) "
            "AND (?3 OR m.granted_by NOT LIKE 'glass:%')",
            (json.dumps(list(refs)), int(self._house.now().timestamp()), by_glass),
        )
        members: dict[str, dict[str, set[Duty]]] = defaultdict(lambda: defaultdict(set))
        for ref, person, duty in found:
            members[ref][person].add(Duty(duty))
        return members

    def _memberships(
        self, person: str, refs: Iterable[str], *, purpose: Purpose
    ) -> dict[str, set[str]]:
        # Whoever broke the glass reads, and does nothing else.
        found = self._house.store.db.execute(
            "SELECT compartment, duty FROM member WHERE person=?1 AND compartment IN "
            "(SELECT value FROM json_each(?2)) AND (until IS NULL OR until > ?3) "
            "AND (?4 OR granted_by NOT LIKE 'glass:%')",
            (
                person,
                json.dumps(list(refs)),
                int(self._house.now().timestamp()),
                purpose in _LOOKING,
            ),
        )
        duties: dict[str, set[str]] = defaultdict(set)
        for ref, duty in found:
            duties[ref].add(duty)
        return duties

    # --- opening ---

    def open(self, told: Told) -> dict[str, Any]:
        """Hand out field keys for a whole page at once, or refuse the whole page."""
        who, purpose = self._house.who(told), Purpose(told["purpose"])
        refs, kinds = list(told["compartments"]), frozenset(told["kinds"])
        if len(refs) > _MOST_AT_ONCE or not kinds <= set(sealing.KINDS):
            raise Refused(Refusal("open.form", "At most 1000 compartments, known kinds only."))
        gone = self._gone(refs)
        refs = [ref for ref in refs if ref not in gone]
        rules_of = {ref: rule for ref in refs if (rule := policy.named(ref))}
        if isinstance(who, WorkerId):
            self._judge_worker(who.ref.removeprefix("SYS:"), purpose, kinds, refs, rules_of)
        else:
            self._judge(who, purpose, kinds, refs, rules_of)
        self._make_named(rules_of)
        there = self.there(refs)
        if len(there) < len(refs):
            raise Refused(NOT_A_MEMBER)
        self._meters.rate(who, purpose, refs)
        self._house.write_down(who.ref, f"opened {purpose}", refs)
        order = sorted(kinds)
        keys: list[str] = []
        for ref in refs:
            dek = self._house.vault.dek(ref, there[ref])
            keys.extend(text(sealing.field_key(dek, kind)) for kind in order)
        return {"compartments": refs, "kinds": order, "keys": keys, "gone": sorted(gone)}

    def _judge(
        self,
        who: Officer,
        purpose: Purpose,
        kinds: frozenset[str],
        refs: list[str],
        rules_of: Mapping[str, policy.NamedPolicy],
    ) -> None:
        if purpose not in policy.OFFICER_PURPOSES:
            raise Refused(NOT_FOR_THIS)
        if purpose not in _LOOKING:
            self._house.insist_reviewed(who.ref)
        judges = kinds == policy.WHY and who.duties & policy.JUDGES
        inside = [] if judges else [ref for ref in refs if ref not in rules_of]
        memberships = self._memberships(who.ref, inside, purpose=purpose)
        in_which = {who.duties & memberships.get(ref, set()) for ref in inside}
        if frozenset() in in_which or (rules_of and not who.duties):
            raise Refused(NOT_A_MEMBER)
        opened = [policy.kinds_for(duties, policy.KINDS_OF) for duties in in_which]
        opened += [policy.kinds_for(who.duties, rule.duties) for rule in rules_of.values()]
        if purpose is Purpose.TRIAGE:
            opened.append(policy.LISTED)
        if not all(kinds <= each for each in opened):
            raise Refused(NOT_FOR_THIS)

    def _judge_worker(
        self,
        name: str,
        purpose: Purpose,
        kinds: frozenset[str],
        refs: list[str],
        rules_of: Mapping[str, policy.NamedPolicy],
    ) -> None:
        own = policy.WORKERS.get(name)
        if own is None or purpose != own.purpose:
            raise Refused(NOT_FOR_THIS)
        opened = [rule.workers.get(name, frozenset()) for rule in rules_of.values()]
        if len(refs) > len(rules_of):
            opened.append(own.kinds)
        if not all(kinds <= each for each in opened):
            raise Refused(NOT_FOR_THIS)

    def _make_named(self, named: Collection[str]) -> None:
        missing = set(named) - self.there(named).keys() if named else set()
        for ref in sorted(missing):
            if not is_ref(ref):
                raise Refused(NOT_A_MEMBER)
            self._house.write_down("SYS:keeper", "created", [ref])
            row = (ref, *self._house.vault.new_dek(ref), self._house.wall())
            with self._house.store.write() as db:
                db.execute("INSERT INTO compartment VALUES (?,?,?,?)", row)

    def there(self, refs: Iterable[str]) -> dict[str, bytes]:
        """Return ref → wrapped key of the compartments that exist."""
        found = self._house.store.db.execute(
            "SELECT ref, wrapped FROM compartment WHERE ref IN (SELECT value FROM json_each(?))",
            (json.dumps(list(refs)),),
        )
        return dict(found.fetchall())

    def _gone(self, refs: Iterable[str]) -> set[str]:
        found = self._house.store.db.execute(
            "SELECT ref FROM gone WHERE ref IN (SELECT value FROM json_each(?))",
            (json.dumps(list(refs)),),
        )
        return {ref for (ref,) in found}

    def blind(self, told: Told) -> dict[str, Any]:
        """Return blind indexes: numbers and names meet their like, and nobody can ask for all of them."""
        who, kind, values = self._house.who(told), str(told["kind"]), list(told["values"])
        if kind not in policy.BLINDS:
            raise Refused(
                Refusal("blind.kind", "There are blind indexes of phone, optout and name only.")
            )
        if isinstance(who, Officer):
            self._house.insist_on(who, *policy.BLINDS[kind])
        elif who.ref.removeprefix("SYS:") not in policy.WORKERS or kind == _NAME:
            raise Refused(NOT_FOR_THIS)
        key = self._house.vault.secret(f"blind:{kind}")
        found = [text(sealing.blind_index(key, kind, value)) for value in values]
        # A page's handle is random and long: nobody goes through them, and a flood of them is free.
        numbers = [
            each for each, value in zip(found, values, strict=True) if not is_page_handle(value)
        ]
        if kind == _NAME:
            self._meters.count(who.ref, found, {f"{who.ref}|names": self._house.rates.names})
        elif who.ref == policy.LISTS:
            self._meters.count_many(who.ref, len(numbers), limit=self._house.rates.lists)
        else:
            self._meters.count(who.ref, numbers, {f"{who.ref}|blind": self._house.rates.blind})
        return {"blind": found}
