"""A conversation sleeps until he may be written to again, and wakes at once when he writes.

It stays with its holder meanwhile, for he asked to be called then; nothing that sleeps lies in a queue.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries
from safeconduct.conversations.desks import may_snooze
from safeconduct.conversations.models import Conversation
from safeconduct.notices import actions as notices
from safeconduct.post import queries as post
from safeconduct.post.windows import opens_next
from safeconduct.refusal import insist


@transaction.atomic
def snooze(
    officer: Officer, *, ref: str, reply_after_stop: timedelta, now: datetime
) -> datetime | None:
    """Let a conversation sleep until his next safe window opens; return when that is.

    Raises:
        Refused: not his to answer, he can be written to now, he has no window, or he is on the way.
    """
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    reach = post.reach_of(
        officer,
        Purpose.WRITE,
        person_ref=row.person_ref,
        now=now,
        reply_after_stop=reply_after_stop,
    )
    at = opens_next(post.openings_of(row.person_ref), now=now)
    mine = row.state == "open" and row.holder == officer.ref
    insist(may_snooze(mine=mine, context=row.context, reachable=bool(reach.until), opens=at))
    row.asleep_until, row.locked_until = at, None  # no lock runs out while nobody may write
    row.save(update_fields=["asleep_until", "locked_until"])
    audit.record(officer.ref, "conversation.asleep", ref=row.ref, now=now)
    notices.emit("conversations.queue", row.ref)
    return at


@transaction.atomic
def wake(worker: WorkerId, *, lock_for: timedelta, wall: datetime, now: datetime) -> bool:
    """Wake what slept long enough, and what he woke himself; its holder's lock runs from here on."""
    rows = Conversation.objects.select_for_update().filter(state="open", locked_until=None)
    due = Q(asleep_until=None) | Q(asleep_until__lte=now)
    found = list(rows.filter(due).exclude(holder="")[:20])
    for row in found:
        if row.asleep_until is not None:
            audit.record(worker.ref, "conversation.woke", ref=row.ref, now=now)
        row.asleep_until, row.locked_until = None, wall + lock_for
        row.save(update_fields=["asleep_until", "locked_until"])
        notices.emit("conversations.message", row.ref)
    return bool(found)
