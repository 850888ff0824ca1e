"""What may be read of people: always by somebody, for something."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from safeconduct.access.client import Yes
from safeconduct.access.keyring import PROGRAMME, open_fields
from safeconduct.access.models import (
    Approval,
    Call,
    HeldDuty,
    Login,
    Membership,
    Person,
    Shift,
    Subject,
)
from safeconduct.access.rules import (
    Absent,
    Act,
    Duty,
    Given,
    Method,
    Officer,
    Purpose,
    WorkerId,
    can,
    spoken,
)
from safeconduct.access.staff import login_lives
from safeconduct.refusal import insist


def hash_of(login: str) -> bytes:
    """Return what we keep of a login proof."""
    return hashlib.sha256(login.encode()).digest()


def living(*, now: datetime) -> Q:
    """Return the condition under which a duty or membership holds at `now` (world time)."""
    return Q(ended_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=now))


def duties_of(person_pk: int, *, now: datetime) -> frozenset[Duty]:
    """Return the duties a person holds at `now`."""
    held = HeldDuty.objects.filter(living(now=now), person=person_pk)
    return frozenset(Duty(code) for code in held.values_list("duty", flat=True))


def officer_of(login: str, *, now: datetime, wall: datetime) -> Officer | None:
    """Return who holds this login proof, or None when it has ended, idled out or grown old.

    Args:
        now: world time, for duties that end.
        wall: real time, for the login itself.
    """
    found = (
        Login.objects.select_related("person")
        .filter(proof_hash=hash_of(login), ended_at__isnull=True, person__active=True)
        .first()
    )
    if found is None or not login_lives(found.started_at, found.last_seen, wall=wall):
        return None
    person = found.person
    return Officer(
        ref=person.ref,
        pk=person.pk,
        name=person.name,
        duties=duties_of(person.pk, now=now),
        login=login,
        method=Method(found.method),
        language=person.language,
    )


# ---- compartments ----


def member(officer: Officer, compartment: str, *, now: datetime | None = None) -> bool:
    """Return whether `officer` is let into `compartment`; removal acts at once.

    Args:
        now: world time; without it a membership whose term has run out, and which the clocks have
            not ended yet, still counts here. The keeper judges the term by itself in any case.
    """
    return compartment in compartments_of(officer, now=now, among=[compartment])


def compartments_of(
    officer: Officer, *, now: datetime | None = None, among: Iterable[str] | None = None
) -> set[str]:
    """Return the compartments `officer` is let into, for a duty he still holds."""
    rows = Membership.objects.filter(
        living(now=now) if now else Q(ended_at__isnull=True),
        person=officer.pk,
        duty__in=[str(duty) for duty in officer.duties],
    )
    if among is not None:
        rows = rows.filter(compartment__in=list(among))
    return set(rows.values_list("compartment", flat=True))


def members_of(compartment: str, *, now: datetime) -> dict[str, set[Duty]]:
    """Return person ref → duties of everybody let into `compartment` at `now`."""
    found: dict[str, set[Duty]] = {}
    rows = Membership.objects.filter(living(now=now), compartment=compartment)
    for ref, duty in rows.values_list("person__ref", "duty"):
        found.setdefault(ref, set()).add(Duty(duty))
    return found


# ---- approvals ----


def approvals_of(ref: str, digest: bytes, *, verb: str | None = None) -> tuple[Given, ...]:
    """Return the living approvals of exactly this text: an older digest has none."""
    rows = Approval.objects.filter(subject__ref=ref, subject__closed_at__isnull=True, digest=digest)
    if verb is not None:
        rows = rows.filter(subject__verb=verb)
    rows = rows.order_by("given_at", "pk")
    return tuple(
        Given(person, Duty(duty), at)
        for person, duty, at in rows.values_list("person__ref", "duty", "given_at")
    )


def subject_of(act: Act) -> Subject | None:
    """Return the open subject of an act, or None."""
    return Subject.objects.filter(ref=act.subject, verb=act.verb, closed_at__isnull=True).first()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for somebody's yes: title and link, the text stands on the room's page."""

    ref: str
    verb: str
    title: str
    url: str
    spoken: str
    duties: tuple[str, ...]
    since: datetime
    given: tuple[Given, ...]


def waiting_for(officer: Officer, *, now: datetime | None = None) -> list[Waiting]:
    """Return what waits for the yes of `officer`, oldest first: not his own, not yet his yes."""
    rows: QuerySet[Subject] = (
        Subject.objects.filter(closed_at__isnull=True)
        .exclude(author=officer.pk)
        .exclude(approvals__person=officer.pk)
        .order_by("put_at", "pk")
    )
    mine = compartments_of(officer, now=now)
    return [
        _waiting(row)
        for row in rows
        if set(row.duties) & officer.duties and (not row.compartment or row.compartment in mine)
    ]


def _waiting(row: Subject) -> Waiting:
    return Waiting(
        ref=row.ref,
        verb=row.verb,
        title=row.title,
        url=row.url,
        spoken=spoken(bytes(row.digest)),
        duties=tuple(row.duties),
        since=row.put_at,
        given=approvals_of(row.ref, bytes(row.digest), verb=row.verb),
    )


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """Return ref → pseudonym, for lines like "Operator 14 approved"."""
    return dict(Person.objects.filter(ref__in=set(refs)).values_list("ref", "name"))


# ---- people ----


@dataclass(frozen=True, slots=True)
class Held:
    """One duty as the people page shows it."""

    ref: str
    duty: Duty
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person on the staff as the people page shows him."""

    ref: str
    name: str
    language: str
    active: bool
    duties: Sequence[Held]
    last_seen: datetime | None
    signed_in: bool


def people_for(officer: Officer, *, now: datetime, wall: datetime) -> list[Colleague]:
    """Return everybody on the staff with duties and last sign of life, by name.

    Raises:
        Refused: `officer` may not see it.
    """
    insist(can(officer, "people.read"))
    return [_colleague(person, now=now, wall=wall) for person in Person.objects.order_by("name")]


def person_for(officer: Officer, *, ref: str, now: datetime, wall: datetime) -> Colleague:
    """Return one person on the staff.

    Raises:
        Absent: there is no such person, or `officer` may not see him.
    """
    person = Person.objects.filter(ref=ref).first()
    if person is None or can(officer, "people.read") is not None:
        raise Absent
    return _colleague(person, now=now, wall=wall)


def _colleague(person: Person, *, now: datetime, wall: datetime) -> Colleague:
    held = HeldDuty.objects.filter(living(now=now), person=person).order_by("duty")
    last = Login.objects.filter(person=person).order_by("-last_seen").first()
    return Colleague(
        ref=person.ref,
        name=person.name,
        language=person.language,
        active=person.active,
        duties=[Held(row.ref, Duty(row.duty), row.since, row.until) for row in held],
        last_seen=last.last_seen if last else None,
        signed_in=bool(
            last
            and last.ended_at is None
            and login_lives(last.started_at, last.last_seen, wall=wall)
        ),
    )


def ref_of(person_pk: int | None) -> str:
    """Return a person's ref, "" for None."""
    if person_pk is None:
        return ""
    return Person.objects.values_list("ref", flat=True).get(pk=person_pk)


def yeses_of(ref: str, digest: bytes, *, verb: str) -> tuple[Yes, ...]:
    """Return the keeper's signed words for the living approvals, for `keyring.destroy`."""
    rows = Approval.objects.filter(
        subject__ref=ref, subject__verb=verb, subject__closed_at__isnull=True, digest=digest
    )
    return tuple(Yes(bytes(row.told), bytes(row.signature)) for row in rows.order_by("pk"))


# ---- roster and calls ----


def on_roster(*, now: datetime) -> QuerySet[Shift]:
    """Return the shifts that cover `now`, in the order in which people are called."""
    return (
        Shift.objects.select_related("person")
        .filter(begins_at__lte=now, ends_at__gt=now, person__active=True)
        .order_by("duty", "place", "pk")
    )


def _signed_in(wall: datetime) -> set[int]:
    rows = Login.objects.filter(ended_at__isnull=True)
    return {r.person_id for r in rows if login_lives(r.started_at, r.last_seen, wall=wall)}


def reachable(duty: Duty, *, now: datetime, wall: datetime) -> list[Shift]:
    """Return who can be called for `duty`, in order; then the supervisors, who are called last.

    A sound is heard only where somebody is signed in; a text message is taken as heard.
    """
    at_desk = _signed_in(wall)
    rows = on_roster(now=now).filter(duty__in={str(duty), str(Duty.SUP)})
    can_hear = [row for row in rows if row.channel == "sms" or row.person_id in at_desk]
    return sorted(can_hear, key=lambda row: (row.duty != duty, row.place, row.pk))


def may_answer(officer: Officer, call: Call) -> bool:
    """Return whether a call may be answered by `officer`."""
    called = call.shift is not None and call.shift.person_id == officer.pk
    return called or bool(officer.duties & {Duty(call.duty), Duty.SUP})


@dataclass(frozen=True, slots=True)
class CallShown:
    """A call as the pages show it; `mine` when this officer is being called."""

    ref: str
    duty: Duty
    kind: str
    made_at: datetime
    mine: bool
    heard: bool


def calls_for(officer: Officer) -> list[CallShown]:
    """Return open calls that `officer` may answer, his own first."""
    rows = Call.objects.filter(answered_at__isnull=True).select_related("shift")
    shown = [
        CallShown(
            ref=row.ref,
            duty=Duty(row.duty),
            kind=row.kind,
            made_at=row.made_at,
            mine=row.shift is not None and row.shift.person_id == officer.pk,
            heard=row.shift is not None,
        )
        for row in rows.order_by("made_at", "pk")
        if may_answer(officer, row)
    ]
    return sorted(shown, key=lambda call: not call.mine)


def nobody_hears(*, now: datetime, wall: datetime) -> bool:
    """Return whether an alert made now, or one still open, would reach no one at all."""
    tried = Call.objects.filter(answered_at__isnull=True, called_at__isnull=False)
    if tried.filter(shift__isnull=True).exists():
        return True
    at_desk = _signed_in(wall)
    return not any(row.channel == "sms" or row.person_id in at_desk for row in on_roster(now=now))


def handle_of_call(who: WorkerId, *, ref: str) -> tuple[str, str] | None:
    """Return number and language for a call's message; None when it is answered or has no number.

    Args:
        who: the worker whose purpose is SEND; the keeper opens a number for no other.
    """
    call = (
        Call.objects.select_related("shift__person")
        .filter(ref=ref, answered_at__isnull=True, shift__handle__isnull=False)
        .first()
    )
    if call is None or call.shift is None or call.shift.handle is None:
        return None
    keys = open_fields(who, Purpose.SEND, [PROGRAMME], ["body"])
    number = keys.open(
        call.shift.handle,
        field="access.Shift.handle",
        kind="body",
        compartment=PROGRAMME,
        ref=call.shift.ref,
    )
    return number, call.shift.person.language
