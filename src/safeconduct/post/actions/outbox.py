"""What leaves: claimed before a byte is written, and judged at the door once more by the claim."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty
from safeconduct.post import queries, rules
from safeconduct.post.actions import proven, veiled
from safeconduct.post.actions.settling import nudge
from safeconduct.post.lanes import leaving_by
from safeconduct.post.models import (
    Attempt,
    Cursor,
    Handle,
    Message,
    Result,
    Retry,
)
from safeconduct.post.rules import LIVE, Kind, Outcome
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal

WAY_UNSAID = "post.way_unsaid"
HELD_LOOK = timedelta(minutes=1)  # how often a held text is judged anew


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt that may be written to the spool now."""

    attempt: str
    message: int
    route: str
    due_at: datetime


@transaction.atomic
def claim_live(
    *, limit: int, now: datetime, wall: datetime, reply_after_stop: timedelta
) -> list[Claim]:
    """Claim the next live texts and due retries; judge each once more at the door.

    Each claimed text gets an attempt before any byte leaves. What may not leave is skipped with its
    reason, and what is held waits for the hold's end.
    """
    cursor = _locked(LIVE)
    fresh = list(Message.objects.filter(lane=LIVE, id__gt=cursor.position).order_by("id")[:limit])
    again = list(_due_retries(now, limit=limit))
    claims = [
        claim
        for message in [*again, *fresh]
        if (claim := _try(message, now=now, wall=wall, reply_after_stop=reply_after_stop))
    ]
    if fresh:
        cursor.position = fresh[-1].id
        cursor.save(update_fields=["position"])
    return claims


def _locked(lane: str) -> Cursor:
    return Cursor.objects.select_for_update().get_or_create(lane=lane)[0]


def _due_retries(now: datetime, *, limit: int) -> Iterable[Message]:
    due = Retry.objects.filter(due_at__lte=now, done_at=None).order_by("due_at")[:limit]
    rows = list(due.select_related("message"))
    Retry.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=now)
    return [row.message for row in rows]


def _try(
    message: Message, *, now: datetime, wall: datetime, reply_after_stop: timedelta
) -> Claim | None:
    handle = Handle.objects.filter(person_ref=message.person_ref).first()
    if handle is None:
        skip(message, "erased", now=now, wall=wall)
        return None
    if now >= message.not_after:
        skip(message, "expired", now=now, wall=wall)
        return None
    verdict = _judge(message, handle, now=now, reply_after_stop=reply_after_stop)
    if verdict is None:
        return _attempt(message, wall=wall, now=now)
    if verdict.code in {"post.held", "post.frozen", proven.WAITS.code}:
        Retry.objects.create(message=message, due_at=now + HELD_LOOK, reason="held")
        return None
    skip(message, verdict.code.removeprefix("post."), now=now, wall=wall)
    return None


def _judge(
    message: Message, handle: Handle, *, now: datetime, reply_after_stop: timedelta
) -> Refusal | None:
    """Judge a text at the door; one that a hold in silence alone keeps here gets its veil."""
    kind, standing = Kind(message.kind), queries.standing_of(handle, route=message.route)
    verdict = rules.may_leave(kind, standing, now=now, reply_after_stop=reply_after_stop)
    if verdict is None:
        return proven.may_say(message, now=now)
    if verdict.code != "post.held" or message.veils.exists():
        return verdict
    # Others must see of it what they would without the hold: a refusal, or an arrival.
    ordinary = rules.may_send(kind, standing, now=now, reply_after_stop=reply_after_stop)
    if ordinary is None:
        veiled.draw(message, now=now)
    return ordinary or verdict


def _leaving_by(message: Message) -> str:
    return leaving_by(Path(settings.DATA), message.route)


def _attempt(message: Message, *, wall: datetime, now: datetime) -> Claim:
    number = message.attempts.count() + 1
    row = Attempt.objects.create(
        ref=new_ref(),
        message=message,
        number=number,
        route=_leaving_by(message) or message.route,
        claimed_at=now,
        due_at=wall + rules.ANSWER_DUE,
    )
    return Claim(row.ref, message.pk, row.route, row.due_at)


def skip(message: Message, reason: str, *, now: datetime, wall: datetime) -> None:
    """Record that a text does not leave, and why."""
    claim = _attempt(message, wall=wall, now=now)
    attempt = Attempt.objects.get(ref=claim.attempt)
    Result.objects.create(attempt=attempt, outcome=Outcome.SKIPPED, reason=reason, at=now)
    if message.kind == Kind.INSTRUCTION:  # he stands somewhere and waits for it
        access.page(Duty.DPC, WAY_UNSAID, now=now)
    nudge(message)


@transaction.atomic
def unwritten(
    *,
    written: Collection[str],
    limit: int,
    now: datetime,
    wall: datetime,
    reply_after_stop: timedelta,
) -> list[Claim]:
    """Return open attempts whose answer is not overdue: after a restart they are spooled again.

    The spool knows an attempt by its ref, so writing it twice sends it once. Each is judged once
    more: he may have said stop, or been held, since it was claimed. What may not leave any more is
    not written, and becomes UNKNOWN in its time, for an earlier life may have written it; under a
    hold in silence a veil is drawn over that.

    Args:
        written: attempts that this process has spooled.
    """
    rows = Attempt.objects.filter(results=None, due_at__gt=wall).select_related("message")
    return [
        Claim(row.ref, row.message_id, row.route, row.due_at)
        for row in rows.order_by("pk")[:limit]
        if row.ref not in written
        and leaving_by(Path(settings.DATA), row.route) == row.route
        and _may_leave_still(row.message, now=now, reply_after_stop=reply_after_stop)
    ]


def _may_leave_still(message: Message, *, now: datetime, reply_after_stop: timedelta) -> bool:
    handle = Handle.objects.filter(person_ref=message.person_ref).first()
    if handle is None:
        return False
    return _judge(message, handle, now=now, reply_after_stop=reply_after_stop) is None
