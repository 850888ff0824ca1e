"""What became of what left: told by whoever knows, and never called sent by us.

Nothing is rewritten. A later word stands beside an earlier one, and a text of which nobody told us
is UNKNOWN until somebody does: a gateway's late answer, or a receipt.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from safeconduct.access.rules import WorkerId
from safeconduct.envelope import SendResult, SendResults
from safeconduct.notices import actions as notices
from safeconduct.post import queries, rules
from safeconduct.post.actions import told
from safeconduct.post.lanes import leaving_by
from safeconduct.post.models import Attempt, CarrierId, Handle, Message, Result, Retry
from safeconduct.post.rules import Kind, Outcome


def nudge(message: Message) -> None:
    """Tell the pages that show this text; of one held in silence, those alone who know of force."""
    if not (message.veils.exists() and queries.is_silent(message.person_ref)):
        notices.emit("post.result", message.ref)
        return
    for duty in sorted(rules.KNOW_OF_FORCE):  # to others it arrived, and their pages stay still
        notices.emit("post.result", message.ref, to=f"member:{message.compartment}:{duty}")


@transaction.atomic
def settle_result(worker: WorkerId, result: SendResult, *, now: datetime) -> None:
    """Record what a gateway says of an attempt. A late answer is a second row beside UNKNOWN."""
    attempt = Attempt.objects.select_related("message").filter(ref=result.attempt).first()
    if attempt is None:  # of a campaign; or erased meanwhile: nothing is owed, nothing is kept
        told.settle_campaigns([result], now=now)
        return
    outcome, reason = Outcome(result.outcome), ""
    if outcome is Outcome.REFUSED and not result.status and not result.carrier_ids:
        outcome, reason = Outcome.SKIPPED, "late"  # the gateway let it lie: no byte has left
    Result.objects.get_or_create(
        attempt=attempt,
        outcome=outcome,
        defaults={"status": result.status, "reason": reason, "at": now},
    )
    index = _index_of(attempt.message)
    ids = [
        CarrierId(attempt=attempt, route=result.route, part=n, carrier_id=carrier_id, index=index)
        for n, carrier_id in enumerate(result.carrier_ids, start=1)
        if carrier_id
    ]
    CarrierId.objects.bulk_create(ids, ignore_conflicts=True)
    if outcome in {Outcome.SENT, Outcome.REFUSED}:
        owe_no_more(attempt.message, now=now)
    else:
        _owe_again(attempt, now=now)
    notices.emit("post.result", attempt.message.ref)


@transaction.atomic
def settle_results(worker: WorkerId, results: SendResults, *, now: datetime) -> None:
    """Record what a gateway says of many attempts at once, as `settle_result` does of each.

    Raises:
        ValueError: there are not as many of each.
    """
    said = [
        SendResult(
            attempt, results.route, outcome, [told_id] if told_id else [], status, results.at
        )
        for attempt, outcome, told_id, status in zip(
            results.attempts, results.outcomes, results.carrier_ids, results.statuses, strict=True
        )
    ]
    rest = set(told.settle_campaigns(said, now=now))
    for result in said:
        if result.attempt in rest:
            settle_result(worker, result, now=now)


def _index_of(message: Message) -> bytes:
    handle = Handle.objects.filter(person_ref=message.person_ref).first()
    return bytes(handle.index) if handle else b""


def owe_no_more(message: Message, *, now: datetime) -> None:
    """Try a text no more that was UNKNOWN: somebody told what became of it."""
    Retry.objects.filter(message=message, reason="unknown", done_at=None).update(done_at=now)


def _owe_again(attempt: Attempt, *, now: datetime) -> None:
    """Owe an UNKNOWN text another attempt where policy allows; it passes the door once more.

    Not at once: its receipt may come meanwhile, and then nothing is sent twice. What the gateway let
    lie has no receipt to wait for. One that lay before a gateway which was struck out stays UNKNOWN:
    whoever holds the machine may have sent it, and what it says was written before the seizure. A
    person writes anew.
    """
    message = attempt.message
    if attempt.number < message.attempts.count():
        return
    if leaving_by(Path(settings.DATA), attempt.route) != attempt.route:
        return
    if rules.may_repeat(Kind(message.kind), attempts=attempt.number):
        words = [Outcome(each.outcome) for each in attempt.results.all()]
        unknown = rules.final(words) is Outcome.UNKNOWN
        due_at = now + rules.RECEIPT_WAIT if unknown else now
        again = Retry(message=message, due_at=due_at, reason="unknown")
        Retry.objects.bulk_create([again], ignore_conflicts=True)
        if not unknown:
            Retry.objects.filter(message=message, reason="unknown", done_at=None).update(due_at=now)


@transaction.atomic
def give_up_waiting(*, now: datetime, wall: datetime, limit: int = 50) -> bool:
    """Mark attempts as UNKNOWN that nobody answered in time; return whether there were any."""
    rows = (
        Attempt.objects.filter(results=None, due_at__lte=wall)
        .select_related("message")
        .order_by("pk")[:limit]
    )
    for attempt in rows:
        Result.objects.create(attempt=attempt, outcome=Outcome.UNKNOWN, at=now)
        _owe_again(attempt, now=now)
        nudge(attempt.message)
    return bool(rows) or bool(told.give_up_batches(now=now, wall=wall))
