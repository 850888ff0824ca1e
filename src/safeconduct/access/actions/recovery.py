"""A new passkey: a spare by oneself, and for a colleague who lost his by two others."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import acts, client, known, queries, reasons, rules, staff
from safeconduct.access.actions.approvals import approve, close_subject, put_subject
from safeconduct.access.actions.people import Invited
from safeconduct.access.models import Login, Membership, Person, Recovery
from safeconduct.access.rules import Absent, Duty, Officer, Proof
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, insist

RECOVERERS = (Duty.ADM, Duty.SUP)
TITLE = N_("A colleague lost his key: say yes to a new one")
_TWO = 2


@transaction.atomic
def ask_recovery(officer: Officer, *, person: str, reason: str, now: datetime) -> str:
    """Put up that a colleague gets a new key, and tell him and his members; return its ref.

    Asking again while it is open changes nothing.

    Raises:
        Refused: neither ADM nor SUP, for himself, or no reason.
        Absent: there is no such person.
    """
    insist(rules.can(officer, acts.RECOVER))
    insist(staff.may_recover(officer.ref, person=person))
    insist(staff.a_reason(reason))
    row = Person.objects.select_for_update().filter(ref=person, active=True).first()
    if row is None:
        raise Absent
    there = Recovery.objects.filter(person=row, ended_at__isnull=True).first()
    if there is not None:
        return there.ref
    ref = new_ref()
    made = Recovery.objects.create(
        ref=ref,
        person=row,
        reason=reasons.seal(officer, reason, field=queries.WHY_RECOVERED, ref=ref),
        asked_by_id=officer.pk,
        asked_at=now,
    )
    digest = acts.recover(person, Duty.ADM, reason=reason).digest
    put_subject(
        person,
        verb=acts.RECOVER,
        digest=digest,
        author=person,  # so the database itself refuses his own yes
        title=TITLE,
        url=f"/people/{person}/recovery/",
        duties=RECOVERERS,
        now=now,
    )
    audit.record(officer.ref, "recovery.asked", ref=person, now=now, digest=digest)
    _tell(row)
    return made.ref


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many have said yes, and the link once two have."""

    yeses: int
    invited: Invited | None


@transaction.atomic
def recover(
    officer: Officer, *, person: str, duty: Duty, proof: Proof, now: datetime, wall: datetime
) -> Recovered:
    """Say yes to a colleague's new key; the second person's yes makes the link.

    Args:
        proof: for `acts.recover(person, duty, reason=…)`; the keeper counts two people by itself.

    Raises:
        Refused: himself, twice, no such duty, or the keeper does not accept the touch.
        Absent: nothing is asked for this person.
    """
    insist(staff.may_recover(officer.ref, person=person))
    open_ones = Recovery.objects.select_for_update(of=("self",)).select_related("person")
    row = open_ones.filter(person__ref=person, ended_at__isnull=True).first()
    if row is None:
        raise Absent
    (reason,) = queries.words_of(officer, [row])
    act = acts.recover(person, duty, reason=reason)
    given = approve(officer, act, proof, now=now)
    if len({each.person for each in given}) < _TWO:
        return Recovered(len(given), None)
    yeses = queries.yeses_of(person, act.digest, verb=acts.RECOVER)
    _end(row, done=True, now=now)
    open_logins = Login.objects.filter(person=row.person, ended_at__isnull=True)
    open_logins.update(ended_at=wall, ended_because="a new key")
    known.forget_person(person)
    audit.record(officer.ref, "recovery.done", ref=person, now=now, digest=act.digest)
    token = client.recover(officer.login, person=person, reason=reason, yeses=yeses)
    return Recovered(len(given), Invited(person, token))


@transaction.atomic
def stop_recovery(officer: Officer, *, person: str, now: datetime) -> None:
    """Stop it: the person himself, an administrator or a supervisor, alone. Twice is once.

    Raises:
        Refused: `officer` is none of these.
    """
    if officer.ref != person:
        insist(rules.can(officer, acts.RECOVER))
    rows = Recovery.objects.select_for_update(of=("self",)).select_related("person")
    row = rows.filter(person__ref=person, ended_at__isnull=True).first()
    if row is None:
        return
    _end(row, done=False, now=now)
    audit.record(officer.ref, "recovery.stopped", ref=person, now=now)


def _end(row: Recovery, *, done: bool, now: datetime) -> None:
    row.ended_at, row.done = now, done
    row.save(update_fields=["ended_at", "done"])
    close_subject(row.person.ref, verb=acts.RECOVER, now=now)
    _tell(row.person)


def _tell(person: Person) -> None:
    """Tell him and everybody who shares a case with him: nobody becomes him unseen."""
    notices.emit("access.recovery", person.ref, to=f"person:{person.ref}")
    shared = Membership.objects.filter(person=person, ended_at__isnull=True)
    for compartment in sorted(set(shared.values_list("compartment", flat=True))):
        notices.emit("access.recovery", person.ref, to=f"member:{compartment}")


@transaction.atomic
def make_spare(officer: Officer, *, duty: Duty, proof: Proof, now: datetime) -> Invited:
    """Make a one-time link for one more passkey of one's own.

    Args:
        proof: for `acts.spare(officer.ref, duty)`, by a passkey he has; a code makes no key.

    Raises:
        Refused: the keeper does not accept the touch.
    """
    audit.record(officer.ref, "spare.begun", ref=officer.ref, now=now)
    notices.emit("access.person", officer.ref, to=f"person:{officer.ref}")
    return Invited(officer.ref, client.spare(officer.login, duty=duty, proof=proof))
