"""The only way to read this room's rows. Totals and claims; there is no person to find here."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Sum

from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.cells import Cell
from safeconduct.situation.models import Claim, EarlierTotal
from safeconduct.situation.rules import (
    OURS,
    Counts,
    Party,
    Qualifier,
    Standing,
    Told,
    standing,
)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim as the page shows it."""

    claim: Claim
    grade: str
    standing: Standing


def told_of(claim: Claim) -> Told:
    """Return the claim as the rules see it."""
    return Told(
        counts=Counts(claim.counts),
        qualifier=Qualifier(claim.qualifier),
        low=claim.low,
        high=claim.high,
        claimant_party=Party(claim.claimant.party),
        reliability=claim.reliability,
        credibility=claim.credibility,
    )


def claims(_who: Officer, _purpose: Purpose, *, limit: int = 50) -> list[ClaimLine]:
    """Return the latest claims, newest first."""
    rows = Claim.objects.select_related("outlet", "claimant").order_by("-published_on", "-pk")
    return [
        ClaimLine(claim, f"{claim.reliability} {claim.credibility}", standing(told_of(claim)))
        for claim in rows[:limit]
    ]


def earlier_totals(_who: Officer, _purpose: Purpose) -> list[EarlierTotal]:
    """Return entered totals, those that wait for a second person first."""
    return list(EarlierTotal.objects.order_by("confirmed_at", "-month", "counts")[:120])


def earlier_total(
    _who: Officer, _purpose: Purpose, *, ref: str, lock: bool = False
) -> EarlierTotal:
    """Return one entered total.

    Raises:
        Absent: there is none of that ref.
    """
    rows = EarlierTotal.objects.select_for_update() if lock else EarlierTotal.objects.all()
    found = rows.filter(ref=ref).first()
    if found is None:
        raise Absent
    return found


def funnel(
    _who: Officer, _purpose: Purpose, *, ours: Mapping[str, Cell]
) -> list[tuple[Counts, Cell]]:
    """Return the programme's own counts, each in its own row: this ledger and the confirmed records.

    Args:
        ours: what this ledger counted, by kind, from the rooms' `totals`.
    """
    before = dict(
        EarlierTotal.objects.filter(confirmed_at__isnull=False)
        .values_list("counts")
        .annotate(total=Sum("count"))
    )
    return [
        (kind, Cell(kind, before.get(kind.value, 0)) + ours.get(kind.value, Cell(kind, 0)))
        for kind in OURS
    ]
