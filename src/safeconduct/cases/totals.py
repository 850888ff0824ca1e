"""Counts that may leave the room, by claim type; never added, never converted; small ones hidden.

Each counts cases that first stood so far in months that are over, but `waiting` and `in_custody`,
which count those who stood there when the last of these months ended: a stock is no flow. An erased
case counts in none: what was erased is not counted again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from django.db.models import Min, OuterRef, QuerySet, Subquery

from safeconduct.cases.models import Case, Merge, Step
from safeconduct.cases.rules import VEILED
from safeconduct.cells import Cell, by_month, open_month, total

EVER: Mapping[str, tuple[str, ...]] = {
    "application": ("APPLIED",),
    "verified": ("STANDBY",),
    "crossed": ("CONTACT", "WALK_IN"),
}
THEN: Mapping[str, tuple[str, ...]] = {
    "waiting": ("STANDBY",),
    "in_custody": ("IN_CUSTODY", "OUTCOME_CHOSEN"),
}
ORDER = ("application", "verified", "waiting", "crossed", "in_custody")


def by_kind(*, now: datetime) -> dict[str, Cell]:
    """Return how many cases there are of each claim type."""
    ever = {kind: _ever(kind, now=now) for kind in EVER}
    then = {kind: _then(kind, now=now) for kind in THEN}
    return {kind: {**ever, **then}[kind] for kind in ORDER}


def _ever(kind: str, *, now: datetime) -> Cell:
    steps = Step.objects.filter(target__in=EVER[kind]).exclude(case__state="PURGED")
    firsts = steps.values_list("case").annotate(first=Min("at")).values_list("first", flat=True)
    since = Step.objects.aggregate(first=Min("at"))["first"]
    return total(kind, by_month(firsts, since=since, now=now))


def _then(kind: str, *, now: datetime) -> Cell:
    """Count by the last step before the month began that is not counted yet.

    A step into suspected force is passed over, as on the case's own page.
    """
    end = datetime.combine(open_month(now), time(), UTC)
    before = Step.objects.filter(case=OuterRef("pk"), at__lt=end).exclude(target__in=VEILED)
    stood = awake_at(end).annotate(stood=Subquery(before.order_by("-seq").values("target")[:1]))
    return Cell.of(kind, stood.filter(stood__in=THEN[kind]).count())


def awake_at(end: datetime) -> QuerySet[Case]:
    """Return the cases that did not rest just before `end`: a walk-in counts for one that did."""
    rested = Merge.objects.filter(since__lt=end).exclude(ended_at__lt=end)
    return Case.objects.exclude(pk__in=rested.values("earlier"))
