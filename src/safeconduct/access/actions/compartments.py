"""Who is let into a compartment. The keeper's own table decides; ours is what pages show."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import client, queries, reasons, rules
from safeconduct.access.actions.named import take_copies
from safeconduct.access.boxes import Box
from safeconduct.access.models import Membership, Person
from safeconduct.access.rules import Absent, Duty, Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import insist

WHY_LET_IN = "access.Membership.reason"


@transaction.atomic
def join(
    who: Officer | WorkerId,
    *,
    compartment: str,
    person: str,
    duty: Duty,
    reason: str,
    until: datetime | None,
    now: datetime,
) -> str:
    """Let a person into a compartment for one duty; return the membership's ref.

    Letting in somebody who is in already for the same duty changes nothing.

    Args:
        who: a member, a supervisor, a worker; or an operator taking a thread without operator.
        person: ref of the one who is let in.
        until: end of the term, world time; None while he holds the duty.

    Raises:
        Refused: see `rules.may_join`; or the keeper refuses.
        Absent: there is no such person.
    """
    found = Person.objects.select_for_update().filter(ref=person, active=True).first()
    if found is None:
        raise Absent
    members = queries.members_of(compartment, now=now)
    if duty in members.get(person, set()):
        return _existing(compartment, found, duty)
    insist(
        rules.may_join(
            who,
            person=person,
            duty=duty,
            held=queries.duties_of(found.pk, now=now),
            granter_is_member=who.ref in members,
            already={each for held in members.values() for each in held},
        )
    )
    _end(compartment, found, duty, now=now)
    ref = new_ref()
    row = Membership.objects.create(
        ref=ref,
        person=found,
        compartment=compartment,
        duty=duty,
        reason=_why(who, reason, person=person, ref=ref, compartment=compartment),
        granted_by=who.ref,
        taken=who.ref == person,
        since=now,
        until=until,
    )
    client.join(who, compartment=compartment, person=person, duty=duty, reason=reason, until=until)
    audit.record(who.ref, f"member.joined.{duty}", ref=row.ref, now=now)
    if duty is Duty.SUP:  # he may come because of a word for force: no member's page moves by it
        notices.emit("access.member", compartment, to=f"person:{person}")
    else:
        _tell(compartment, person)
    return row.ref


def _why(
    who: Officer | WorkerId, reason: str, *, person: str, ref: str, compartment: str
) -> Box | None:
    """Return why another was let in; the words of a worker, and of who takes a thread, are the programme's."""
    if not isinstance(who, Officer) or who.ref == person:
        return None
    return reasons.seal(who, reason, field=WHY_LET_IN, ref=ref, compartment=compartment)


@transaction.atomic
def open_compartment(officer: Officer, *, duty: Duty, reason: str, now: datetime) -> str:
    """Open a new compartment of which `officer` is the first member; return its ref.

    For what begins with a member of staff: a man who walks in, a campaign. What begins with a text
    is opened by `post` and has no member until somebody takes it.

    Raises:
        Refused: he does not hold the duty, or it never sees a case.
    """
    row = Person.objects.get(pk=officer.pk)
    held = queries.duties_of(row.pk, now=now)
    insist(rules.can(officer, "access.open", among=held & {duty}, member=True))
    compartment = client.create(officer)[0]
    ref = new_ref()
    opened = Membership.objects.create(
        ref=ref,
        person=row,
        compartment=compartment,
        duty=duty,
        reason=reasons.seal(officer, reason, field=WHY_LET_IN, ref=ref, compartment=compartment),
        granted_by=officer.ref,
        since=now,
    )
    audit.record(officer.ref, f"member.opened.{duty}", ref=opened.ref, now=now)
    return compartment


def _tell(compartment: str, person: str) -> None:
    """Tell him and the members: nobody but a supervisor comes in or goes unseen."""
    notices.emit("access.member", compartment, to=f"person:{person}")
    notices.emit("access.member", compartment, to=f"member:{compartment}")


def _existing(compartment: str, person: Person, duty: Duty) -> str:
    row = Membership.objects.get(
        person=person, compartment=compartment, duty=duty, ended_at__isnull=True
    )
    return row.ref


def _end(compartment: str, person: Person, duty: Duty | None, *, now: datetime) -> list[str]:
    rows = Membership.objects.filter(person=person, compartment=compartment, ended_at__isnull=True)
    if duty is not None:
        rows = rows.filter(duty=duty)
    refs = list(rows.values_list("ref", flat=True))
    rows.update(ended_at=now)
    return refs


@transaction.atomic
def leave(who: Officer | WorkerId, *, compartment: str, person: str, now: datetime) -> None:
    """End a person's membership of a compartment at once, here and at the keeper.

    Anybody may leave by himself; a member, a supervisor or a worker may end another's.

    Raises:
        Refused: `who` is none of these.
        Absent: there is no such person.
    """
    found = Person.objects.filter(ref=person).first()
    if found is None:
        raise Absent
    if isinstance(who, Officer) and who.ref != person:
        lets_in = queries.member(who, compartment, now=now) or Duty.SUP in who.duties
        insist(rules.can(who, "access.leave", among=rules.MAY_BE_MEMBER, member=lets_in))
    for ref in _end(compartment, found, None, now=now):
        audit.record(who.ref, "member.left", ref=ref, now=now)
    take_copies(person, compartments=[compartment])
    client.leave(who, compartment=compartment, person=person)
    notices.emit("access.left", compartment, to=f"person:{person}")
    _tell(compartment, person)


def close_compartment(who: Officer | WorkerId, *, compartment: str, now: datetime) -> None:
    """End everybody's membership of a compartment whose key is gone: nobody is let into anything."""
    rows = Membership.objects.filter(compartment=compartment, ended_at__isnull=True)
    for ref in rows.values_list("ref", flat=True):
        audit.record(who.ref, "member.left", ref=ref, now=now)
    rows.update(ended_at=now)
