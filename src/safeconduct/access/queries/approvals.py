"""What was approved, by whom, and what waits for whose yes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from safeconduct.access.client import Yes
from safeconduct.access.models import Approval, Subject
from safeconduct.access.queries.compartments import compartments_of
from safeconduct.access.rules import Act, Duty, Given, Officer, spoken


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


def yeses_of(ref: str, digest: bytes, *, verb: str) -> tuple[Yes, ...]:
    """Return the keeper's signed words for the living approvals, for `keyring.destroy`."""
    rows = Approval.objects.filter(
        subject__ref=ref, subject__verb=verb, subject__closed_at__isnull=True, digest=digest
    )
    return tuple(Yes(bytes(row.told), bytes(row.signature)) for row in rows.order_by("pk"))
