"""Who is on the staff and with which duties. Each change is a touch of an administrator's key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import client, known, queries, reasons, rules, staff
from safeconduct.access.actions.named import take_copies, take_kept_copies
from safeconduct.access.closing import READS_KEPT
from safeconduct.access.models import HeldDuty, Membership, Person
from safeconduct.access.rules import Absent, Duty, Officer, Proof
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.programme import load
from safeconduct.refs import is_ref, new_ref
from safeconduct.refusal import Refusal, Refused, insist

FIRST = "Administrator 1"


@dataclass(frozen=True, slots=True)
class Invited:
    """A person and the one-time link's secret, shown once and kept nowhere by us."""

    ref: str
    token: str


@transaction.atomic
def first_administrator(*, now: datetime) -> Invited | None:
    """Make the first administrator and his invitation; None when one has enrolled already.

    Called by the command at the machine itself. Calling it again replaces an unused invitation.

    Raises:
        Refused: the keeper could not write.
    """
    person = Person.objects.select_for_update().filter(created_by__isnull=True).first()
    if person is None:
        person = Person.objects.create(name=FIRST, created_at=now)
        HeldDuty.objects.create(person=person, duty=Duty.ADM, since=now)
        audit.record("SYS:start", "person.first", ref=person.ref, now=now)
    try:
        return Invited(person.ref, client.first_invite(person=person.ref))
    except Refused as refused:
        if refused.refusal.code == "keeper.failed":
            raise
        return None


def refuse_person(
    officer: Officer, *, person: str, name: str, duties: Collection[Duty], reason: str
) -> None:
    """Say no before anybody is asked for a touch: a taken name, or duties kept apart.

    Raises:
        Refused: with what to mend.
    """
    insist(rules.can(officer, "people.create"))
    insist(staff.name_of_staff(name))
    if not is_ref(person) or Person.objects.filter(ref=person).exists():
        raise Refused(
            Refusal("person.again", "This form was sent already.", "Open the people page again.")
        )
    if Person.objects.filter(name__iexact=name).exists():
        raise Refused(
            Refusal("person.name_taken", "This name is taken.", "Choose another pseudonym.")
        )
    insist(staff.a_reason(reason))
    for duty in duties:
        insist(rules.may_grant(officer, person=person, duty=duty, beside=duties))
    insist(staff.apart_here(duties, apart=load.current().apart))


@transaction.atomic
def create_person(
    officer: Officer,
    *,
    person: str,
    name: str,
    language: str,
    duties: Collection[Duty],
    reason: str,
    proof: Proof,
    now: datetime,
) -> Invited:
    """Add a person with his duties, and return his one-time invitation.

    Args:
        person: the new person's ref, made when the form was shown, so that the touch names it.
        name: a pseudonym; a true name does not belong here.
        proof: for `acts.invite(person, duties, reason=reason)`; the keeper verifies it.

    Raises:
        Refused: see `refuse_person`; or the keeper does not accept the touch.
    """
    refuse_person(officer, person=person, name=name, duties=duties, reason=reason)
    row = Person.objects.create(
        ref=person, name=name, language=language, created_at=now, created_by_id=officer.pk
    )
    for duty in sorted(set(duties)):
        _hold(officer, row, duty, reason=reason, until=None, now=now)
    audit.record(officer.ref, "person.added", ref=person, now=now)
    notices.emit("access.person", person, to="duty:ADM")
    token = client.invite(officer.login, person=person, duties=duties, reason=reason, proof=proof)
    return Invited(person, token)


def refuse_duty(officer: Officer, *, person: str, duty: Duty, reason: str, now: datetime) -> None:
    """Say no before anybody is asked for a touch.

    Raises:
        Refused: to himself, kept apart, held already, or no reason.
        Absent: there is no such person.
    """
    row = _person(person)
    held = queries.duties_of(row.pk, now=now)
    insist(rules.may_grant(officer, person=person, duty=duty, beside=held))
    insist(staff.apart_here({*held, duty}, apart=load.current().apart))
    if duty in held:
        raise Refused(Refusal("duty.held", "This person holds this duty already."))
    insist(staff.a_reason(reason))


@transaction.atomic
def hold_duty(
    officer: Officer,
    *,
    person: str,
    duty: Duty,
    reason: str,
    until: datetime | None,
    proof: Proof,
    now: datetime,
) -> str:
    """Give a person a duty, until a time or until it is ended; return the grant's ref.

    Args:
        proof: for `acts.grant(person, duty, reason=reason, until=until)`; the keeper verifies it.

    Raises:
        Refused: see `refuse_duty`; or the keeper does not accept the touch.
        Absent: there is no such person.
    """
    refuse_duty(officer, person=person, duty=duty, reason=reason, now=now)
    ref = _hold(officer, _person(person), duty, reason=reason, until=until, now=now)
    client.grant(officer.login, person=person, duty=duty, reason=reason, until=until, proof=proof)
    return ref


def _hold(
    officer: Officer,
    person: Person,
    duty: Duty,
    *,
    reason: str,
    until: datetime | None,
    now: datetime,
) -> str:
    # A grant whose term ran out is still open in the table; it ends before the next begins.
    HeldDuty.objects.filter(person=person, duty=duty, ended_at__isnull=True).update(ended_at=now)
    ref = new_ref()
    row = HeldDuty.objects.create(
        ref=ref,
        person=person,
        duty=duty,
        reason=reasons.seal(officer, reason, field=queries.WHY_HELD, ref=ref),
        granted_by_id=officer.pk,
        since=now,
        until=until,
    )
    audit.record(officer.ref, f"duty.given.{duty}", ref=person.ref, now=now)
    notices.emit("access.duty", person.ref, to=f"person:{person.ref}")
    return row.ref


@transaction.atomic
def end_duty(officer: Officer, *, ref: str, reason: str, now: datetime) -> None:
    """End a duty at once, with every membership that rested on it. Taking away asks no touch.

    Raises:
        Refused: neither an administrator nor a supervisor, or no reason.
        Absent: there is no such grant, or it has ended.
    """
    row = (
        HeldDuty.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(ref=ref, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise Absent
    person = row.person.ref
    if person != officer.ref:
        insist(rules.can(officer, "people.end"))
    insist(staff.a_reason(reason))
    row.ended_at, row.ended_by = now, officer.ref
    row.save(update_fields=["ended_at", "ended_by"])
    known.forget_person(person)  # what he may stop is read anew
    _let_out(row.person, Duty(row.duty), now=now)
    audit.record(officer.ref, f"duty.ended.{row.duty}", ref=person, now=now)
    notices.emit("access.duty", person, to=f"person:{person}")
    notices.emit("access.left", person, to=f"person:{person}")
    client.end_duty(officer.login, person=person, duty=Duty(row.duty), reason=reason)


def _let_out(person: Person, duty: Duty, *, now: datetime) -> None:
    """End the memberships that rested on a duty, and take what names people where none is left."""
    mine = Membership.objects.filter(person=person, ended_at__isnull=True)
    there = set(mine.filter(duty=duty).values_list("compartment", flat=True))
    mine.filter(duty=duty).update(ended_at=now)
    stays = set(mine.filter(compartment__in=there).values_list("compartment", flat=True))
    take_copies(person.ref, compartments=there - stays)
    held = HeldDuty.objects.filter(person=person, ended_at__isnull=True)
    if not held.filter(duty__in=READS_KEPT).exists():
        take_kept_copies(person.ref)


def _person(ref: str) -> Person:
    row = Person.objects.select_for_update().filter(ref=ref, active=True).first()
    if row is None:
        raise Absent
    return row
