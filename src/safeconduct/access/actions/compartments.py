"""Who is let into a compartment. The keeper's own table decides; ours is what pages show."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import product

from django.db import transaction

from safeconduct.access import client, letting, queries, reasons, rules, staff
from safeconduct.access.actions.named import take_copies
from safeconduct.access.models import Membership, Person
from safeconduct.access.rules import Absent, Duty, Officer, Proof, WorkerId
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
    """Let a person into a compartment for one duty, without a touch; return the membership's ref.

    Letting in somebody who is in already for the same duty changes nothing. An officer lets another
    person in by `let_in`; here the keeper takes from him only that he asks a supervisor to read with him.

    Args:
        who: a worker, a member who asks a supervisor, or an operator taking a thread without operator.
        person: ref of the one who is let in.
        reason: the programme's own words; the keeper writes down a hash of them.
        until: end of the term, world time; None while he holds the duty.

    Raises:
        Refused: see `rules.may_join`; or the keeper refuses.
        Absent: there is no such person.
    """
    found = _person(person)
    members = queries.members_of(compartment, now=now)
    if duty in members.get(person, set()):
        return _existing(compartment, found, duty)
    _judge(who, found, [duty], members=members, now=now)
    row = _enter(who, found, duty, compartment=compartment, until=until, now=now)
    client.join(who, compartment=compartment, person=person, duty=duty, reason=reason, until=until)
    _tell_of(duty, compartment, person)
    return row.ref


def refuse_letting_in(
    officer: Officer,
    *,
    compartment: str,
    person: str,
    duties: Collection[Duty],
    reason: str,
    now: datetime,
) -> None:
    """Refuse what the keeper would refuse, before anybody touches a key.

    Raises:
        Refused: no reason; or see `rules.may_join`.
        Absent: there is no such person.
    """
    insist(staff.a_reason(reason))
    members = queries.members_of(compartment, now=now)
    _judge(officer, _person(person), duties, members=members, now=now)


@transaction.atomic
def let_in(
    officer: Officer,
    *,
    compartment: str,
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
    proof: Proof,
    now: datetime,
) -> None:
    """Let another person into a compartment for all of `duties`, by one touch.

    If he is in already for all of them nothing changes.

    Args:
        officer: a member, or a supervisor.
        until: end of the term, world time; None while he holds the duty.
        duty: in which it was signed.
        proof: for `letting.act_of` the same words; the keeper verifies it.

    Raises:
        Refused: see `refuse_letting_in`; or the keeper does not accept the touch.
        Absent: there is no such person.
    """
    wanted = sorted(set(duties))
    refuse_letting_in(
        officer, compartment=compartment, person=person, duties=wanted, reason=reason, now=now
    )
    if set(wanted) <= queries.members_of(compartment, now=now).get(person, set()):
        return
    _let_in(
        officer, compartments=[compartment], person=person, duties=wanted, reason=reason,
        until=until, duty=duty, proof=proof, now=now,
    )  # fmt: skip


@transaction.atomic
def let_in_over(
    officer: Officer,
    *,
    compartments: Collection[str],
    person: str,
    duty_there: Duty,
    reason: str,
    duty: Duty,
    proof: Proof,
    now: datetime,
) -> None:
    """Let another person into several compartments for one duty, by one touch: into all or none.

    Args:
        officer: a member of each, or a supervisor.
        duty: in which it was signed.
        proof: for `letting.act_over` the same words, without an end of the term.

    Raises:
        Refused: see `refuse_letting_in`; or the keeper does not accept the touch.
        Absent: there is no such person.
    """
    for each in compartments:
        refuse_letting_in(
            officer, compartment=each, person=person, duties=[duty_there], reason=reason, now=now
        )
    _let_in(
        officer, compartments=compartments, person=person, duties=[duty_there], reason=reason,
        until=None, duty=duty, proof=proof, now=now,
    )  # fmt: skip


def _let_in(
    officer: Officer,
    *,
    compartments: Collection[str],
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
    proof: Proof,
    now: datetime,
) -> None:
    found, pairs = _person(person), list(product(compartments, duties))
    for where, each in pairs:
        _enter(officer, found, each, compartment=where, until=until, now=now, why=reason)
    letting.let_in_over(
        officer, compartments=compartments, person=person, duties=duties, reason=reason,
        until=until, duty=duty, proof=proof,
    )  # fmt: skip
    for where, each in pairs:
        _tell_of(each, where, person)


def _person(ref: str) -> Person:
    found = Person.objects.select_for_update().filter(ref=ref, active=True).first()
    if found is None:
        raise Absent
    return found


def _judge(
    who: Officer | WorkerId,
    person: Person,
    duties: Collection[Duty],
    *,
    members: Mapping[str, Collection[Duty]],
    now: datetime,
) -> None:
    held = queries.duties_of(person.pk, now=now)
    for duty in duties:
        insist(
            rules.may_join(
                who,
                person=person.ref,
                duty=duty,
                held=held,
                granter_is_member=who.ref in members,
                already={each for inside in members.values() for each in inside},
            )
        )


def _enter(
    who: Officer | WorkerId,
    person: Person,
    duty: Duty,
    *,
    compartment: str,
    until: datetime | None,
    now: datetime,
    why: str = "",
) -> Membership:
    _end(compartment, person, duty, now=now)
    ref, sealed = new_ref(), None
    if isinstance(who, Officer) and why:
        sealed = reasons.seal(who, why, field=WHY_LET_IN, ref=ref, compartment=compartment)
    row = Membership.objects.create(
        ref=ref,
        person=person,
        compartment=compartment,
        duty=duty,
        reason=sealed,
        granted_by=who.ref,
        taken=who.ref == person.ref,
        since=now,
        until=until,
    )
    audit.record(who.ref, f"member.joined.{duty}", ref=row.ref, now=now)
    return row


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


def _tell_of(duty: Duty, compartment: str, person: str) -> None:
    if duty is Duty.SUP:  # he may come because of a word for force: no member's page moves by it
        notices.emit("access.member", compartment, to=f"person:{person}")
    else:
        _tell(compartment, person)


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
