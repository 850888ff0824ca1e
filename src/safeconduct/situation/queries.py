"""The only way to read this room's rows. Totals and claims; there is no person to find here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.cells import Cell, total
from safeconduct.situation.models import Claim, EarlierTotal
from safeconduct.situation.rules import (
    OURS,
    STOCKS,
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


@dataclass(frozen=True, slots=True)
class CountLine:
    """One of the programme's own counts.

    Attributes:
        before: from the records: of all confirmed months together, of a stock in the last of them.
        until: the first day of the last confirmed month; None without one.
        ours: what this ledger counted.
        held: it is a stock, counted at a month's end.
    """

    kind: Counts
    before: Cell
    until: date | None
    ours: Cell
    held: bool


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
    """Return entered totals, those that wait for a second person first, those withdrawn last."""
    last = F("withdrawn_at").asc(nulls_first=True)
    first = F("confirmed_at").asc(nulls_first=True)
    return list(EarlierTotal.objects.order_by(last, first, "-month", "counts")[:120])


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


def funnel(_who: Officer, _purpose: Purpose, *, ours: Mapping[str, Cell]) -> list[CountLine]:
    """Return the programme's own counts, each in its own row: confirmed records, and this ledger.

    The two are not added: who knows the records would read this ledger's few off the sum.

    Args:
        ours: what this ledger counted, by kind, from the rooms' `totals`.
    """
    confirmed = EarlierTotal.objects.filter(confirmed_at__isnull=False, withdrawn_at=None)
    lines = []
    for kind in OURS:
        months = dict(confirmed.filter(counts=kind).order_by("month").values_list("month", "count"))
        held = kind in STOCKS
        lines.append(
            CountLine(
                kind,
                before=total(kind, list(months.values())[-1:] if held else months.values()),
                until=max(months, default=None),
                ours=ours[kind],
                held=held,
            )
        )
    return lines
