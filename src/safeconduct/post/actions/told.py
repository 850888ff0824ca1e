"""What became of each number of a campaign: told by whoever knows, many at a time, and counted.

A number has one attempt. Nobody's word is UNKNOWN, which stays so until somebody tells better; it is
never tried again. Each number is counted in one outcome, and the sums are those of the rows.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from safeconduct.envelope import SendResult
from safeconduct.notices import actions as notices
from safeconduct.post import pace, rules
from safeconduct.post.campaign_tables import (
    ARRIVED,
    PLACE,
    PLACES,
    Batch,
    Recipient,
    Tally,
    Told,
    ToldPart,
)
from safeconduct.post.rules import Outcome
from safeconduct.refs import LENGTH

_REFUSED, _SKIPPED = str(Outcome.REFUSED), str(Outcome.SKIPPED)
_KNOWN = frozenset(map(str, Outcome))
# Answers go to the database as one text of JSON, each as its attempt's ref, a space and the carrier's
# id: a hundred thousand take two statements, and no row of theirs becomes an object here.
_VALUES = {
    "sqlite": "json_each(%s) j",
    "postgresql": "json_array_elements_text(%s::json) j(value)",
}
_JOIN = f"JOIN post_recipient r ON r.ref = substr(j.value, 1, {LENGTH})"
_TELL = {
    vendor: f"""
INSERT INTO post_told (id, outcome, status, reason, route, at, carrier_id)
SELECT {PLACES} * r.id + %s, %s, %s, %s, %s, %s, substr(j.value, {LENGTH + 2}) FROM {values} {_JOIN}
WHERE true ON CONFLICT DO NOTHING"""  # noqa: S608  no word from outside
    for vendor, values in _VALUES.items()
}
_WHOSE = {
    vendor: f"""
SELECT r.lane_id, r.variant, CASE WHEN EXISTS (SELECT 1 FROM post_told t
    WHERE t.id >= {PLACES} * r.id AND t.id < {PLACES} * (r.id + 1)) THEN r.id ELSE 0 END, count(*)
FROM {values} {_JOIN} GROUP BY 1, 2, 3"""  # noqa: S608  as above
    for vendor, values in _VALUES.items()
}
Word = tuple[str, str, int, str]  # outcome, reason, the carrier's status, route
Kind = tuple[int, str, int, datetime, str]  # lane, route, variant, hour, outcome


def key(recipient: int, outcome: Outcome) -> int:
    """Return the key of one word of a number."""
    return PLACES * recipient + PLACE[outcome]


def words_of(recipient: int | OuterRef) -> QuerySet[Told]:
    """Return what was told of one number."""
    return Told.objects.filter(pk__gte=PLACES * recipient, pk__lt=PLACES * recipient + PLACES)


@transaction.atomic
def settle_campaigns(results: Sequence[SendResult], *, now: datetime) -> list[str]:
    """Record what gateways say of numbers of campaigns; return the attempts that are none of theirs.

    A late answer is a second row beside UNKNOWN, and is counted in its place.
    """
    words: dict[Word, dict[str, str]] = defaultdict(dict)
    rest: list[tuple[str, str, int, str]] = []
    for result in results:
        ids = result.carrier_ids
        word = (*_outcome(result), result.status, result.route)
        if len(result.attempt) == LENGTH:  # two that begin alike are one number
            words[word].setdefault(result.attempt, ids[0] if ids else "")
        if len(ids) > 1:
            rest += [
                (result.attempt, result.route, part, each)
                for part, each in enumerate(ids[1:], start=2)
                if each
            ]
    known = sum(_tell(word, told, now=now) for word, told in words.items())
    if known == len(results):
        _add_parts(rest)
        return []
    refs = {result.attempt for result in results}
    ours = set(Recipient.objects.filter(ref__in=refs).values_list("ref", flat=True))
    _add_parts([each for each in rest if each[0] in ours])
    return sorted(refs - ours)


def _outcome(result: SendResult) -> tuple[str, str]:
    outcome = result.outcome
    if outcome == _REFUSED and not result.status and not result.carrier_ids:
        return _SKIPPED, "late"  # the gateway let it lie: no byte has left
    if outcome not in _KNOWN:
        raise ValueError("a gateway tells an outcome that there is none of")
    return outcome, ""


def _tell(word: Word, told: Mapping[str, str], *, now: datetime) -> int:
    """Write one word down of many numbers; return how many of them are ours.

    Args:
        told: the carrier's id by the number's ref.
    """
    outcome, reason, status, route = word
    # Before anything is counted: on PostgreSQL it lets one after the other in, so none counts twice.
    notices.emit("post.campaign", "told")
    stamp = connection.ops.adapt_datetimefield_value(now)
    values = json.dumps([f"{ref} {carrier_id}" for ref, carrier_id in told.items()])
    with connection.cursor() as cursor:
        cursor.execute(_WHOSE[connection.vendor], [values])
        whose = cursor.fetchall()
        before = _before([pk for _lane, _variant, pk, _count in whose if pk])
        cursor.execute(
            _TELL[connection.vendor],
            [PLACE[Outcome(outcome)], outcome, status, reason, route, stamp, values],
        )
    counts: Counter[Kind] = Counter()
    hour = pace.hour_of(now)
    for lane, variant, pk, count in whose:
        if pk:
            counts.update(_moved((lane, variant), before[pk], outcome, route, hour=hour))
        else:
            counts[lane, route, variant, hour, outcome] += count
    _count(counts)
    return sum(count for *_of, count in whose)


def _before(recipients: Sequence[int]) -> dict[int, dict[str, Told]]:
    """Return what was told already, by recipient and outcome; for most there is nothing."""
    return {pk: {row.outcome: row for row in words_of(pk)} for pk in recipients}


def _moved(
    of: tuple[int, int], before: Mapping[str, Told], outcome: str, route: str, *, hour: datetime
) -> Counter[Kind]:
    """Return how a later word moves the counts: from what it was counted in to what it is now."""
    was, now = _final(before), _final([*before, outcome])
    if was == now:
        return Counter()
    (lane, variant), then = of, before[was]
    return Counter(
        {
            (lane, then.route, variant, pace.hour_of(then.at), was): -1,
            (lane, route, variant, hour, now): 1,
        }
    )


def _final(outcomes: Iterable[str]) -> str:
    return str(rules.final([Outcome(each) for each in outcomes]))


def _add_parts(told: Sequence[tuple[str, str, int, str]]) -> None:
    if not told:
        return
    refs = {ref for ref, *_part in told}
    keys = dict(Recipient.objects.filter(ref__in=refs).values_list("ref", "pk"))
    ToldPart.objects.bulk_create(
        [
            ToldPart(recipient_id=keys[ref], route=route, part=part, carrier_id=carrier_id)
            for ref, route, part, carrier_id in told
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _count(counts: Mapping[Kind, int]) -> None:
    for (lane, route, variant, hour, outcome), more in counts.items():
        row, _new = Tally.objects.get_or_create(
            lane_id=lane, hour=hour, route=route, variant=variant, outcome=outcome
        )
        Tally.objects.filter(pk=row.pk).update(count=F("count") + more)


def count_arrival(row: Recipient, *, route: str, more: int) -> None:
    """Count that all of one number's text arrived (1), or that it did not after all (-1).

    It is counted in the hour in which the text was, so that both stand in one line.
    """
    told = {each.outcome: each for each in words_of(row.pk)}
    at = pace.hour_of(told[_final(told)].at)
    _count({(row.lane_id, route, row.variant, at, ARRIVED): more})


def skipped(why: Mapping[str, str], *, route: str, now: datetime) -> None:
    """Record numbers that were claimed and do not leave, by ref, and why."""
    for reason in sorted(set(why.values())):
        told = {ref: "" for ref, each in why.items() if each == reason}
        _tell((_SKIPPED, reason, 0, route), told, now=now)


def _finish(batch: Batch, outcome: Outcome, *, reason: str, now: datetime) -> int:
    """Close a batch: of whom nothing was told, this is; return how many."""
    rows = Recipient.objects.filter(
        lane=batch.lane_id, position__gte=batch.first, position__lte=batch.last
    ).exclude(Exists(words_of(OuterRef("pk"))))
    told = dict.fromkeys(rows.values_list("ref", flat=True), "")
    if told:
        _tell((str(outcome), reason, 0, batch.route), told, now=now)
    Batch.objects.filter(pk=batch.pk).update(closed=True)
    return len(told)


@transaction.atomic
def never_left(batch_ref: str, *, reason: str, now: datetime) -> None:
    """Record that nothing of a batch leaves: it was claimed, and never written."""
    batch = Batch.objects.select_for_update().get(ref=batch_ref)
    _finish(batch, Outcome.SKIPPED, reason=reason, now=now)


@transaction.atomic
def give_up_batches(*, now: datetime, wall: datetime, reason: str = "") -> int:
    """Mark as UNKNOWN what nobody answered in time, a few batches at a time; return how many batches."""
    rows = Batch.objects.filter(closed=False, due_at__lte=wall).select_for_update()
    due = list(rows.order_by("due_at", "pk")[:20])
    for batch in due:
        _finish(batch, Outcome.UNKNOWN, reason=reason, now=now)
    return len(due)
