"""A campaign of twelve numbers in two zones, for tests: brought, begun, let leave, answered."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from safeconduct.envelope import SendResult
from safeconduct.post import actions, progress
from safeconduct.post.actions import Hours, Rate
from safeconduct.post.campaign_tables import PLACES, Told

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TEXTS = {"ru": ["Сдаться можно живым. Стоп: 0"], "uk": ["Здатися можна живим. Стоп: 0"]}
TWO = {"ru": [*TEXTS["ru"], "Плен по закону. Стоп: 0"], "uk": TEXTS["uk"]}


def number(n: int) -> str:
    return f"+38050200{n:04d}"


def parts_of(count=12, *, size=5):
    """Twelve numbers in two zones, brought in three parts."""
    lines = [
        f"{number(n)},{'uk' if n % 2 else 'ru'},{'Europe/Kyiv' if n < 8 else 'UTC'}"
        for n in range(count)
    ]
    return [
        (2 + at, len(lines[at : at + size]), "\n".join(lines[at : at + size]))
        for at in range(0, count, size)
    ]


def read(who, *, variants=None):
    while actions.read_part(who, campaign="camp", region="UA", variants=variants or {}):
        pass


def queue(campaigner, *, hours=Hours(0, 0), rate=Rate(100), texts=TEXTS, route="smpp"):  # noqa: B008  frozen
    return actions.queue_campaign(
        campaigner, campaign="camp", route=route, texts=texts, tokens={}, hours=hours,
        rate=rate, not_after=NOON + DAY, now=NOON,
    )  # fmt: skip


def answered(refs, outcome="SENT", ids=("7",), *, route="smpp", now=NOON):
    results = [SendResult(ref, route, outcome, list(ids), 0, now) for ref in refs]
    return actions.settle_campaigns(results, now=now)


def claimed(now=NOON, wall=NOON):
    batch = actions.claim_campaigns(now=now, wall=wall)
    return [] if batch is None else [row[0] for row in batch.rows]


def drain(now=NOON, *, answer=True, wall=NOON):
    """Let everything leave that may, each second's worth answered before the next."""
    sent = []
    while batch := actions.claim_campaigns(now=now, wall=wall):
        refs = [row[0] for row in batch.rows]
        if answer:
            answered(refs)
        sent += refs
        wall += timedelta(seconds=1)
    return sent


def outcomes():
    told = Counter()
    for lane in progress.of("camp"):
        told.update(lane.outcomes)
    return {outcome: count for outcome, count in told.items() if count}


def counted():
    """What the tallies say, from the rows themselves."""
    best = ["SENT", "REFUSED", "SKIPPED", "UNKNOWN"]
    by_number = {}
    for pk, outcome in Told.objects.values_list("pk", "outcome"):
        by_number.setdefault(pk // PLACES, set()).add(outcome)
    return Counter(next(b for b in best if b in told) for told in by_number.values())
