"""After a restore: stops that came after the copy stand again, and nothing leaves that waited in it."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.post.actions import told
from safeconduct.post.actions.outbox import skip
from safeconduct.post.campaign_tables import Lane
from safeconduct.post.models import Attempt, Cursor, Message, OptOut, Result, Retry
from safeconduct.post.rules import ANSWER_DUE, LIVE, Outcome

_WHY = "restored"


def bring_opt_out_back(index: bytes, *, at: datetime) -> None:
    """Close the door again to a number whose stop came after the copy that was restored."""
    OptOut.objects.get_or_create(index=index, defaults={"at": at})


@transaction.atomic
def leave_unsent(who: WorkerId, *, now: datetime, wall: datetime) -> int:
    """Let no text leave that waited when the copy was made; return how many there were.

    It may have left since, and what it says is as old as the copy: a person writes it anew.
    Campaigns stand until a person resumes them.
    """
    Lane.objects.filter(stopped_at=None).update(stopped_at=now, stopped_by=who.ref)
    cursor, _new = Cursor.objects.select_for_update().get_or_create(lane=LIVE)
    fresh = list(Message.objects.filter(lane=LIVE, id__gt=cursor.position).order_by("id"))
    again = Retry.objects.filter(done_at=None)
    waiting = [*fresh, *(row.message for row in again.select_related("message"))]
    for message in waiting:
        skip(message, _WHY, now=now, wall=wall)
    again.update(done_at=now)
    if fresh:
        cursor.position = fresh[-1].id
        cursor.save(update_fields=["position"])
    unanswered = list(Attempt.objects.filter(results=None))
    for attempt in unanswered:
        Result.objects.create(attempt=attempt, outcome=Outcome.UNKNOWN, reason=_WHY, at=now)
    listed = 0
    while more := told.give_up_batches(now=now, wall=wall + ANSWER_DUE, reason=_WHY):
        listed += more
    audit.record(who.ref, "post.left_unsent", ref="post", now=now)
    return len(waiting) + len(unanswered) + listed
