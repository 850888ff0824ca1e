"""Which glass was broken, who is told of it, and who owes a review."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from safeconduct.access import reasons, staff
from safeconduct.access.models import Glass
from safeconduct.access.queries.compartments import compartments_of
from safeconduct.access.rules import Absent, Duty, Officer

WHY_BROKEN, WORDS_OF_REVIEW = "access.Glass.reason", "access.Glass.words"
SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class GlassShown:
    """One broken glass: world times.

    Attributes:
        stands: "waits" (members are being told), "open", "over".
        owed: its review is not written yet; `late` when its day is over.
        mine: `officer` broke it himself.
    """

    ref: str
    about: str
    url: str
    name: str
    reason: str
    asked_at: datetime
    until: datetime | None
    due_at: datetime
    stands: str
    owed: bool
    late: bool
    mine: bool
    justified: bool | None
    words: str
    reviewed_by: str
    reviewed_at: datetime | None


def glasses_for(officer: Officer, *, now: datetime) -> list[GlassShown]:
    """Return what was broken in the last 30 days or is owed a review, to those who review."""
    if not officer.duties & staff.REVIEWERS:
        return []
    recent = Q(reviewed_at__isnull=True) | Q(asked_at__gt=now - SHOWN_FOR)
    return _shown(Glass.objects.filter(recent), officer, now=now)


def glass_for(officer: Officer, *, ref: str, now: datetime) -> GlassShown:
    """Return one, to those who review.

    Raises:
        Absent: there is none, or `officer` does not review.
    """
    shown = _shown(Glass.objects.filter(ref=ref), officer, now=now)
    if not shown or not officer.duties & staff.REVIEWERS:
        raise Absent
    return shown[0]


def told_of_glass(
    officer: Officer, *, now: datetime, compartment: str | None = None
) -> list[GlassShown]:
    """Return what concerns `officer`: in what he is let into, and his own, open or owed a review.

    Args:
        compartment: of this one alone.
    """
    about = Q(compartment__in=compartments_of(officer, now=now)) | Q(person=officer.pk)
    if compartment is not None:
        about &= Q(compartment=compartment)
    live = Q(reviewed_at__isnull=True) | Q(until__gt=now, ended_at__isnull=True)
    told = Q(told_at__isnull=False) | Q(person=officer.pk)
    return _shown(Glass.objects.filter(about & live & told), officer, now=now)


def owes_review(officer: Officer, *, now: datetime) -> bool:
    """Return whether the review of a glass that `officer` broke is late."""
    if Duty.SUP not in officer.duties:
        return False
    late = Glass.objects.filter(person=officer.pk, reviewed_at__isnull=True, due_at__lte=now)
    return late.exists()


def _shown(rows: QuerySet[Glass], officer: Officer, *, now: datetime) -> list[GlassShown]:
    found = list(rows.select_related("person", "reviewed_by").order_by("-asked_at", "-pk"))
    lines = [
        reasons.Sealed(box, field, row.compartment, row.ref)
        for row in found
        for box, field in ((row.reason, WHY_BROKEN), (row.words, WORDS_OF_REVIEW))
    ]
    said = iter(reasons.opened(officer, lines))
    return [_one(row, officer, (next(said), next(said)), now=now) for row in found]


def _one(row: Glass, officer: Officer, said: tuple[str, str], *, now: datetime) -> GlassShown:
    return GlassShown(
        ref=row.ref,
        about=row.about,
        url=row.url,
        name=row.person.name,
        reason=said[0],
        asked_at=row.asked_at,
        until=row.until,
        due_at=row.due_at,
        stands=_stands(row, now=now),
        owed=row.reviewed_at is None,
        late=row.reviewed_at is None and row.due_at <= now,
        mine=row.person_id == officer.pk,
        justified=row.justified,
        words=said[1],
        reviewed_by=row.reviewed_by.name if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
    )


def _stands(row: Glass, *, now: datetime) -> str:
    if row.ended_at is not None or (row.until is not None and row.until <= now):
        return "over"
    return "waits" if row.until is None else "open"
