"""A shift ends: what it holds goes to another, whole, and never through nobody's hands.

The first signs by his passkey, which lets the second in; the second signs by taking over, which lets
the first out. Between the two the first still answers.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import desks, queries
from safeconduct.conversations.models import Conversation, HandedOver, HandOver
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, insist

WHY = "takes over the shift"  # the reason under the touch: the same on the page and here


@transaction.atomic
def hand_over(
    officer: Officer, *, to: str, refs: Sequence[str], duty: Duty, proof: Proof, now: datetime
) -> HandOver:
    """Give exactly these conversations to another operator; he is let in, and takes over himself.

    Args:
        to: ref of the other operator.
        refs: of the conversations that the page showed; all must still be the officer's.
        duty, proof: see `access.let_in_over`.

    Raises:
        Refused: none, not his any more, not an operator, an open hand-over; or the keeper refuses.
    """
    insist(can(officer, "conversations.hand_over", among=[Duty.OP]))
    rows = list(Conversation.objects.select_for_update().filter(ref__in=list(refs)).order_by("pk"))
    mine = {row.pk for row in queries.held_by(officer)}
    open_ = any(each.given_by == officer.ref for each in queries.hand_overs_of(officer))
    takers = dict(queries.may_take_over(officer, now=now))
    insist(
        desks.may_hand_over(
            asked=len(set(refs)),
            mine=sum(row.pk in mine for row in rows),
            to_operator=to in takers,
            already=open_,
        )
    )
    knew = {row.pk: to in staff.members_of(row.compartment, now=now) for row in rows}
    access.let_in_over(
        officer, compartments=[row.compartment for row in rows], person=to, duty_there=Duty.OP,
        reason=WHY, duty=duty, proof=proof, now=now,
    )  # fmt: skip
    made = HandOver.objects.create(given_by=officer.ref, given_to=to, given_at=now)
    HandedOver.objects.bulk_create(
        HandedOver(hand_over=made, conversation=row, knew=knew[row.pk]) for row in rows
    )
    audit.record(officer.ref, "shift.given", ref=made.ref, now=now)
    notices.emit("conversations.shift", made.ref, to=f"person:{to}")
    return made


@transaction.atomic
def take_over(officer: Officer, *, ref: str, now: datetime) -> int:
    """Sign second: what the first still holds is this officer's from here on; return how many."""
    row = queries.hand_over_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(_still_open(row, may=row.given_to == officer.ref))
    taken = 0
    for each in _rows(row):
        if each.state == "open" and each.holder == row.given_by:
            each.holder, taken = officer.ref, taken + 1
            each.save(update_fields=["holder"])
            access.leave(officer, compartment=each.compartment, person=row.given_by, now=now)
    row.taken_at = now
    row.save(update_fields=["taken_at"])
    audit.record(officer.ref, "shift.taken", ref=row.ref, now=now)
    notices.emit("conversations.shift", row.ref, to=f"person:{row.given_by}")
    notices.emit("conversations.queue", row.ref)
    return taken


@transaction.atomic
def take_back(officer: Officer, *, ref: str, now: datetime) -> None:
    """End a hand-over that nobody has signed yet: the other is let out of what he did not know before."""
    row = queries.hand_over_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(_still_open(row, may=row.given_by == officer.ref))
    for each, person in queries.promised_to(_rows(row)):
        access.leave(officer, compartment=each.compartment, person=person, now=now)
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    audit.record(officer.ref, "shift.taken_back", ref=row.ref, now=now)
    notices.emit("conversations.shift", row.ref, to=f"person:{row.given_to}")


def end_promise(who: Officer | WorkerId, row: Conversation, *, now: datetime) -> None:
    """Take what is freed out of the hand-over that waits, in the caller's transaction.

    Whoever was let in for it alone is let out; a hand-over of which nothing is left is over, or its
    giver, let into none of it, could neither take it back nor begin another.
    """
    for _row, person in queries.promised_to([row]):
        access.leave(who, compartment=row.compartment, person=person, now=now)
    for made in HandOver.objects.filter(handed__conversation=row, taken_at=None, ended_at=None):
        made.handed.filter(conversation=row).delete()
        if not made.handed.exists():
            made.ended_at = now
            made.save(update_fields=["ended_at"])
            audit.record(who.ref, "shift.taken_back", ref=made.ref, now=now)


def _rows(row: HandOver) -> list[Conversation]:
    refs = [each.ref for each in queries.handed_in(row)]
    return list(Conversation.objects.select_for_update().filter(ref__in=refs).order_by("pk"))


def _still_open(row: HandOver, *, may: bool) -> Refusal | None:
    if not may:
        return Refusal("shift.not_yours", "The other of the two signs this.")
    if row.taken_at is None and row.ended_at is None:
        return None
    return Refusal("shift.ended", "This hand-over is signed by both, or was taken back.")
