"""What was approved, by whom, and what waits for whose yes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from safeconduct.access import client, proving
from safeconduct.access.ageing import Age
from safeconduct.access.client import Yes
from safeconduct.access.models import Approval, Subject
from safeconduct.access.queries.compartments import compartments_of
from safeconduct.access.rules import Act, Duty, Given, Officer, spoken


def approvals_of(ref: str, digest: bytes, *, verb: str | None = None) -> tuple[Given, ...]:
    """Return the living approvals of exactly this text: an older digest has none.

    A row is believed by the keeper's signature alone (proving.py). Where this process never had the
    keeper's key and the keeper does not answer, there are none.
    """
    try:
        return proved_approvals(ref, digest, verb=verb)
    except client.KeeperAway:
        return ()


def proved_approvals(ref: str, digest: bytes, *, verb: str | None = None) -> tuple[Given, ...]:
    """Return what `approvals_of` does, for whoever may wait for the keeper.

    Raises:
        client.KeeperAway: there are rows, and no key yet to prove them by.
    """
    rows = Approval.objects.filter(subject__ref=ref, subject__closed_at__isnull=True, digest=digest)
    if verb is not None:
        rows = rows.filter(subject__verb=verb)
    return _all_proved(rows)


def approvals_once(ref: str, digest: bytes, *, verb: str) -> tuple[Given, ...]:
    """Return the yeses by which exactly this text was done, though it was taken down since.

    Raises:
        client.KeeperAway: see `proved_approvals`.
    """
    return _all_proved(Approval.objects.filter(subject__ref=ref, subject__verb=verb, digest=digest))


def _all_proved(rows: QuerySet[Approval]) -> tuple[Given, ...]:
    rows = rows.select_related("subject", "person").order_by("given_at", "pk")
    return tuple(given for row in rows if (given := _proved(row)) is not None)


def _proved(row: Approval) -> Given | None:
    believed = proving.believes(
        Yes(bytes(row.told), bytes(row.signature)),
        verb=row.subject.verb,
        subject=row.subject.ref,
        digest=bytes(row.digest),
        duty=row.duty,
        person=row.person.ref,
        given_at=row.given_at,
    )
    return Given(row.person.ref, Duty(row.duty), row.given_at) if believed else None


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


@dataclass(frozen=True, slots=True)
class Ageing:
    """One thing that waits for its yeses, and since when."""

    pk: int
    ref: str
    title: str
    url: str
    compartment: str
    duties: tuple[str, ...]
    rung: int
    age: Age


def ageing() -> list[Ageing]:
    """Return everything that waits for somebody's yes, oldest first."""
    rows = Subject.objects.filter(closed_at__isnull=True).annotate(
        first_at=Min("approvals__given_at")
    )
    return [
        Ageing(
            row.pk,
            row.ref,
            row.title,
            row.url,
            row.compartment,
            tuple(row.duties),
            row.rung or 0,
            Age(row.put_at, row.first_at),
        )
        for row in rows.order_by("put_at", "pk")
    ]


def ageing_for(officer: Officer, *, now: datetime) -> list[tuple[Ageing, bool]]:
    """Return what waits for a yes where `officer` has a say, each with whether it waits for his own."""
    mine = compartments_of(officer, now=now)
    open_ = Subject.objects.filter(closed_at__isnull=True)
    said = open_.filter(Q(author=officer.pk) | Q(approvals__person=officer.pk))
    done = set(said.values_list("pk", flat=True))
    return [
        (each, each.pk not in done and bool(officer.duties & {*each.duties}))
        for each in ageing()
        if officer.duties & {*each.duties, Duty.SUP}
        and (not each.compartment or each.compartment in mine)
    ]


def first_yes(ref: str, *, verb: str) -> datetime | None:
    """Return when the first yes was said to what waits under this ref, None for none."""
    rows = Approval.objects.filter(
        subject__ref=ref, subject__verb=verb, subject__closed_at__isnull=True
    )
    first: datetime | None = rows.aggregate(first=Min("given_at"))["first"]
    return first


def yeses_of(ref: str, digest: bytes, *, verb: str) -> tuple[Yes, ...]:
    """Return the keeper's signed words for the living approvals, for `keyring.destroy`."""
    rows = Approval.objects.filter(
        subject__ref=ref, subject__verb=verb, subject__closed_at__isnull=True, digest=digest
    )
    return tuple(Yes(bytes(row.told), bytes(row.signature)) for row in rows.order_by("pk"))
