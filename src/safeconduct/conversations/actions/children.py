"""A child in our hands is answered by child protection: his conversation follows his case."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from safeconduct.access import actions as access
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.conversations.actions import scripted, shift
from safeconduct.conversations.desks import DUTY, Desk
from safeconduct.conversations.models import Conversation
from safeconduct.notices import actions as notices

WRITES = "conversations.child"  # the cause of the call


@transaction.atomic
def seat_children(who: WorkerId, *, compartments: Collection[str], now: datetime) -> bool:
    """Put the open conversations of these compartments before child protection, all others back.

    Whoever held one holds it no more; who is let out of the case, the case says. A script that asked
    him ends: a child is asked nothing by a machine.

    Args:
        compartments: of the children in our hands.
    """
    ours = Q(compartment__in=list(compartments))
    rows = Conversation.objects.select_for_update().filter(state="open")
    wrong = rows.filter((ours & ~Q(desk=Desk.CHILDREN)) | (~ours & Q(desk=Desk.CHILDREN)))
    moved = list(wrong.order_by("pk"))
    for row in moved:
        shift.end_promise(who, row, now=now)
        row.desk = Desk.PEOPLE if row.desk == Desk.CHILDREN else Desk.CHILDREN
        row.moved_by, row.holder, row.locked_until, row.asleep_until = who.ref, "", None, None
        row.save(update_fields=["desk", "moved_by", "holder", "locked_until", "asleep_until"])
        scripted.end_open(row, scripted.HELD, now=now)
        audit.record(who.ref, f"conversation.moved_to_{row.desk}", ref=row.ref, now=now)
        notices.emit("conversations.queue", row.ref)
        call_for_child(row, now=now)
    return bool(moved)


def call_for_child(row: Conversation, *, now: datetime) -> None:
    """Call child protection where a child waits for an answer: it sits at no inbox."""
    if row.desk == Desk.CHILDREN and row.waiting_since is not None:
        access.page(DUTY[Desk.CHILDREN], WRITES, now=now)
