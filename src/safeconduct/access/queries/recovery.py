"""Whose passkey is being replaced, and who is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from safeconduct.access import acts, reasons
from safeconduct.access.models import Membership, Recovery
from safeconduct.access.queries.approvals import approvals_of
from safeconduct.access.queries.compartments import compartments_of
from safeconduct.access.rules import Absent, Duty, Given, Officer, can

WHY_RECOVERED = "access.Recovery.reason"
TOLD_FOR = timedelta(hours=72)  # a weekend: whoever was off duty reads it too


@dataclass(frozen=True, slots=True)
class RecoveryShown:
    """One recovery: world times. `mine` when it is about the officer himself."""

    ref: str
    person: str
    name: str
    reason: str
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    done: bool
    given: tuple[Given, ...]
    mine: bool


def recovery_of(officer: Officer, *, person: str) -> RecoveryShown:
    """Return the open recovery of a colleague, to those who may say yes to it.

    Raises:
        Absent: there is none, it is his own, or `officer` may not say yes.
    """
    found = Recovery.objects.select_related("person", "asked_by")
    row = found.filter(person__ref=person, ended_at__isnull=True).first()
    if row is None or person == officer.ref or can(officer, acts.RECOVER) is not None:
        raise Absent
    return _shown(row, officer, *words_of(officer, [row]))


def recoveries_for(officer: Officer, *, now: datetime) -> list[RecoveryShown]:
    """Return recoveries of the last 72 h and open ones: his own, and of those he shares a case with."""
    shared = Membership.objects.filter(
        ended_at__isnull=True, compartment__in=compartments_of(officer, now=now)
    )
    about = Q(person=officer.pk) | Q(person__in=shared.values("person"))
    recent = Q(ended_at__isnull=True) | Q(ended_at__gt=now - TOLD_FOR)
    rows = Recovery.objects.select_related("person", "asked_by").filter(about, recent)
    found = list(rows.order_by("-asked_at", "-pk"))
    said = words_of(officer, found)
    return [_shown(row, officer, words) for row, words in zip(found, said, strict=True)]


def words_of(officer: Officer, rows: Sequence[Recovery]) -> list[str]:
    """Return why each was asked for, in one call to the keeper."""
    return reasons.opened(
        officer,
        [reasons.Sealed(row.reason, WHY_RECOVERED, reasons.STAFF, row.ref) for row in rows],
    )


def _shown(row: Recovery, officer: Officer, reason: str) -> RecoveryShown:
    digest = acts.recover(row.person.ref, Duty.ADM, reason=reason).digest
    return RecoveryShown(
        ref=row.ref,
        person=row.person.ref,
        name=row.person.name,
        reason=reason,
        asked_by=row.asked_by.name,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        done=row.done,
        given=approvals_of(row.person.ref, digest, verb=acts.RECOVER),
        mine=row.person_id == officer.pk,
    )
