"""How far a campaign has come, what became of it, and when it will have ended. Never a number.

Read from lanes and tallies, so that it costs the same for a hundred numbers and for a million.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Sum

from safeconduct.post import pace
from safeconduct.post.campaign_tables import (
    ARRIVED,
    Batch,
    Lane,
    ListPart,
    Recipient,
    Tally,
    Wording,
)
from safeconduct.post.models import Handle, OptOut
from safeconduct.post.rules import Outcome

MEASURED = timedelta(
    minutes=5
)  # of real time: over so long it is looked how fast texts really leave
AT_LEAST = timedelta(seconds=30)  # a shorter time says nothing of the rate


@dataclass(frozen=True, slots=True)
class LaneProgress:
    """One lane of a campaign: how far claims have come, of how many, and whether it stands.

    Attributes:
        outcomes: outcome → numbers; with "waiting", of whom nobody told yet, they add up to `claimed`.
    """

    zone: str
    put: int
    claimed: int
    stopped_at: datetime | None
    stopped_by: str
    outcomes: dict[str, int]


def unread_of(campaign: str) -> int:
    """Return how many lines of a list are not read yet."""
    told = ListPart.objects.filter(campaign=campaign).aggregate(lines=Sum("lines"))
    return int(told["lines"] or 0)


def segments_of(campaign: str) -> list[tuple[str, str, int]]:
    """Return language, zone and count of each segment of a list, as it stands in the tables."""
    rows = Recipient.objects.filter(lane__campaign=campaign).values_list("language", "lane__zone")
    counts = Counter({(row[0], row[1]): row[2] for row in rows.annotate(Count("id"))})
    return [(language, zone, count) for (language, zone), count in sorted(counts.items())]


def left_of(campaign: str) -> int:
    """Return how many numbers of a campaign stand in the tables."""
    return Recipient.objects.filter(lane__campaign=campaign).count()


def first_left(campaigns: Collection[str]) -> str:
    """Return one of these campaigns of which numbers stand in the tables still, "" when none does."""
    there = Recipient.objects.filter(lane=OuterRef("pk"))
    lanes = Lane.objects.filter(Exists(there), campaign__in=campaigns)
    return lanes.values_list("campaign", flat=True).first() or ""


def is_told(campaign: str) -> bool:
    """Return whether every number of a campaign was dealt with, and something was told of each."""
    return all(lane.claimed == lane.put and not lane.outcomes["waiting"] for lane in of(campaign))


def of(campaign: str) -> list[LaneProgress]:
    """Return each lane of a campaign that was begun."""
    lanes = list(Lane.objects.filter(campaign=campaign).exclude(route="").order_by("zone"))
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    rows = Tally.objects.filter(lane__in=lanes).values_list("lane", "outcome")
    for lane, outcome, count in rows.annotate(Sum("count")):
        counts[lane][outcome] = count
    return [
        LaneProgress(
            lane.zone,
            lane.total,
            lane.position,
            lane.stopped_at,
            lane.stopped_by,
            {
                **{str(outcome): counts[lane.pk][outcome] for outcome in Outcome},
                "waiting": lane.position - sum(counts[lane.pk][str(each)] for each in Outcome),
            },
        )
        for lane in lanes
    ]


def delivered_of(campaign: str) -> int:
    """Return how many texts of a campaign the carrier says arrived."""
    rows = Tally.objects.filter(lane__campaign=campaign, outcome=ARRIVED)
    return int(rows.aggregate(count=Sum("count"))["count"] or 0)


def opted_out_of(campaign: str) -> int:
    """Return how many numbers of a list have said stop, here or earlier."""
    stopped = OptOut.objects.values("index")
    return Recipient.objects.filter(campaign=campaign, optout_index__in=stopped).count()


@dataclass(frozen=True, slots=True)
class Cell:
    """How many numbers ended so, of one hour, route, zone and variant; rows of a results table."""

    hour: datetime
    route: str
    zone: str
    variant: int
    outcome: str
    count: int


def cells_of(campaign: str) -> list[Cell]:
    """Return what became of a campaign's numbers, oldest hour first; it outlives the list."""
    rows = Tally.objects.filter(lane__campaign=campaign, count__gt=0).order_by("hour", "lane__zone")
    told = rows.values_list("hour", "route", "lane__zone", "variant", "outcome", "count")
    return [Cell(*each) for each in told]


def back_by_variant(campaign: str, *, since: datetime) -> dict[int, tuple[int, int]]:
    """Return variant → how many of its numbers wrote to us since `since`, and how many said stop.

    Nothing is looked up: hashes of numbers that wrote by themselves meet those of the list.
    """
    rows = Recipient.objects.filter(campaign=campaign, position__lte=F("lane__position"))
    wrote = Handle.objects.filter(last_inbound_at__gte=since).values("index")
    stopped = OptOut.objects.filter(at__gte=since).values("index")
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for place, those in enumerate(
        (rows.filter(index__in=wrote), rows.filter(optout_index__in=stopped))
    ):
        for variant, count in those.values_list("variant").annotate(Count("pk")):
            found[variant][place] = count
    return {variant: (told[0], told[1]) for variant, told in sorted(found.items())}


class Why(StrEnum):
    """Why the end of a campaign cannot be said."""

    PAUSED = "paused"
    STANDS = "stands"  # its hours are open and nothing leaves: the gateway, the link or the carrier
    LATE = "late"  # not before the list is destroyed, or beyond what anybody foresees


@dataclass(frozen=True, slots=True)
class End:
    """When a campaign will have ended; `why` tells why that cannot be said.

    Attributes:
        at: world time.
        per_second: short messages a second of real time that were reckoned with.
        measured: whether they really leave so; else it is what was approved.
    """

    at: datetime | None
    why: Why | None
    per_second: float
    measured: bool


def end_of(campaign: str, *, now: datetime, wall: datetime, speed: float) -> End | None:
    """Return when the last text will have left; None where nothing is to be said: not begun, or over.

    Args:
        speed: how many seconds of world time a second of real time takes.
    """
    lanes = list(Lane.objects.filter(campaign=campaign).exclude(route=""))
    left = [lane for lane in lanes if lane.position < lane.total]
    if not left:
        return None
    approved = float(left[0].per_second)
    if left[0].per_hour:
        approved = min(approved, left[0].per_hour / 3600)
    rate, measured, stands = _rate(left, approved=approved, now=now, wall=wall)
    if any(lane.stopped_at for lane in left):
        return End(None, Why.PAUSED, rate, measured)
    if stands:
        return End(None, Why.STANDS, rate, measured)
    size = _parts_each(campaign)
    ahead = [
        pace.Ahead(lane.zone, (lane.total - lane.position) * size, lane.from_minute, lane.to_minute)
        for lane in left
    ]
    not_after = left[0].not_after or now + pace.FARTHEST
    at = pace.ends_at(ahead, per_second=rate / speed, now=now, not_after=not_after)
    return End(at, None if at else Why.LATE, rate, measured)


def _rate(
    left: list[Lane], *, approved: float, now: datetime, wall: datetime
) -> tuple[float, bool, bool]:
    """Return the rate to reckon with, whether it was measured, and whether nothing leaves though it may."""
    rows = Batch.objects.filter(route__in={lane.route for lane in left}, parts__gt=0)
    told = rows.filter(claimed_at__gt=wall - MEASURED).aggregate(
        parts=Sum("parts"), first=Min("claimed_at"), last=Max("claimed_at")
    )
    is_open = any(
        pace.is_open(lane.zone, lane.from_minute, lane.to_minute, now=now) for lane in left
    )
    first, last = told["first"], told["last"]
    begun = Batch.objects.filter(lane__in=left, claimed_at__lt=wall - AT_LEAST).exists()
    stands = is_open and begun and (last is None or wall - last > AT_LEAST)
    if first is None or last - first < AT_LEAST:
        return approved, False, stands
    newest = rows.filter(claimed_at=last).aggregate(parts=Sum("parts"))["parts"] or 0
    really = (told["parts"] - newest) / (last - first).total_seconds()
    return min(approved, really), True, stands


def _parts_each(campaign: str) -> float:
    """Return how many short messages one number takes: as until now, before the first the most."""
    told = Batch.objects.filter(lane__campaign=campaign, parts__gt=0).aggregate(
        parts=Sum("parts"), numbers=Sum(F("last") - F("first") + 1)
    )
    if told["numbers"]:
        return float(told["parts"]) / float(told["numbers"])
    longest = Wording.objects.filter(campaign=campaign).aggregate(most=Max("parts"))["most"]
    return float(longest or 1)
