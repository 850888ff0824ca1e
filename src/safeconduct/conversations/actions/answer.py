"""Somebody takes the next conversation and answers it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries, rules
from safeconduct.conversations.actions import scripted, shift
from safeconduct.conversations.actions.speaking import put_out
from safeconduct.conversations.desks import DUTY, Desk, may_move, may_offer, may_take_child
from safeconduct.conversations.models import Conversation, Message, Take
from safeconduct.conversations.queries import BODY, TEXT
from safeconduct.notices import actions as notices
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as offers
from safeconduct.pledges.rules import joined
from safeconduct.post import actions as post
from safeconduct.post.linked import Way, ways_to
from safeconduct.post.rules import Kind as Out
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist


@transaction.atomic
def take_next(
    officer: Officer,
    *,
    desk: Desk = Desk.PEOPLE,
    lock_for: timedelta,
    wall: datetime,
    now: datetime,
) -> Conversation:
    """Give the officer the next conversation of a desk's queue; he does not choose.

    Args:
        desk: whose; its duty takes there.
        lock_for: programme limit; without an answer by then others may take it.
        wall: real time, for the lock.
    """
    insist(can(officer, "conversations.take", among=[DUTY[desk]]))
    pick = rules.next_pick(queries.picks(desk), taken_before=queries.taken_before(desk))
    row = (
        Conversation.objects.select_for_update().filter(ref=pick.ref, holder="").first()
        if pick
        else None
    )
    if row is None:
        raise Refused(
            Refusal("conversation.none", "Nobody waits.", "The page tells when somebody writes.")
        )
    access.join(
        officer,
        compartment=row.compartment,
        person=officer.ref,
        duty=DUTY[desk],
        reason="took the next",
        until=None,
        now=now,
    )
    return _held_by(officer, row, locked_until=wall + lock_for, now=now)


def _held_by(
    officer: Officer, row: Conversation, *, locked_until: datetime, now: datetime
) -> Conversation:
    row.holder, row.locked_until = officer.ref, locked_until
    row.save(update_fields=["holder", "locked_until"])
    Take.objects.create(conversation=row, by=officer.ref, at=now)
    audit.record(officer.ref, "conversation.taken", ref=row.ref, now=now)
    notices.emit("conversations.queue", row.ref)
    return row


@transaction.atomic
def take_child(
    officer: Officer, *, ref: str, lock_for: timedelta, wall: datetime, now: datetime
) -> Conversation:
    """Answer from here on in the conversation of a child into whose case child protection was let.

    Raises:
        Refused: not child protection, no child's conversation, or another of them answers there.
        Absent: there is none, or it is not for `officer`.
    """
    insist(can(officer, "conversations.take", among=[DUTY[Desk.CHILDREN]]))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(may_take_child(desk=Desk(row.desk), holder=row.holder, officer=officer.ref))
    return _held_by(officer, row, locked_until=wall + lock_for, now=now)


@transaction.atomic
def reply(
    officer: Officer,
    *,
    ref: str,
    text: str,
    seen: str,
    offer_refs: Sequence[str] = (),
    by: str = "",
    lock_for: timedelta,
    reply_after_stop: timedelta,
    wall: datetime,
    now: datetime,
) -> Message:
    """Answer him: typed words, and the exact words of offers in force behind them.

    Args:
        seen: ref of the newest text on the officer's page; a newer one refuses the reply.
        offer_refs: versions whose own text, in his language, follows the typed words. Each is
            recorded as shown to him, with its exact version, time and channel.
        by: which of his channels, as `post.linked.ways_to` names it; else that by which he wrote last.

    Raises:
        Refused: not his to answer, a newer text, or the door: window, hold, promise, threat.
    """
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(can(officer, "conversations.reply", among=[DUTY[Desk(row.desk)]]))
    insist(may_offer(Desk(row.desk), offers=len(offer_refs)))
    insist(
        rules.may_reply(
            state=row.state,
            holder=row.holder,
            officer=officer.ref,
            seen=seen,
            newest=queries.newest_in(row),
        )
    )
    versions = [offers.version_for(officer, Purpose.READ, ref=each) for each in offer_refs]
    tokens = [offers.token_for(version, row.language) for version in versions]
    whole = joined(text, tokens)
    if not whole:
        raise Refused(Refusal("conversation.empty", "There is nothing to send.", "Write first."))
    way = _way(row, by)
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], ["text", "line", "sent"])
    post_ref = post.send(
        officer,
        person_ref=way.by,
        text=whole,
        kind=Out.REPLY,
        language=row.language,
        reply_after_stop=reply_after_stop,
        tokens=tokens,
        keys=keys,
        now=now,
    )
    message = put_out(
        row,
        whole,
        kind=Out.REPLY,
        route=way.route,
        post_ref=post_ref,
        keys=keys,
        by=officer.ref,
        now=now,
    )
    for version in versions:
        pledges.show(
            officer,
            person_ref=row.person_ref,
            compartment=row.compartment,
            version_ref=version.ref,
            language=row.language,
            channel=way.route,
            message_ref=message.ref,
            now=now,
        )
    _answered(row, locked_until=wall + lock_for)
    scripted.end_open(row, scripted.ANSWERED, now=now)
    audit.record(officer.ref, "conversation.replied", ref=message.ref, now=now)
    notices.emit("conversations.message", row.ref)
    return message


def _way(row: Conversation, by: str) -> Way:
    """Return the channel by which a reply leaves.

    Raises:
        Refused: it is none of his any more.
    """
    ways = ways_to(row.person_ref)
    if not by and ways:
        return ways[0]
    for way in ways:
        if way.by == by:
            return way
    raise Refused(
        Refusal(
            "conversation.no_way",
            "He is not reached by this channel any more.",
            "Open his conversation anew, and choose another.",
        )
    )


def _answered(row: Conversation, *, locked_until: datetime) -> None:
    row.waiting_since, row.reasons, row.tier = None, [], rules.Tier.SOON
    row.locked_until, row.asleep_until = locked_until, None
    row.save(update_fields=["waiting_since", "reasons", "tier", "locked_until", "asleep_until"])


@transaction.atomic
def add_note(officer: Officer, *, ref: str, text: str, now: datetime) -> Message:
    """Leave a note for the others in the conversation; he never sees it."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if not text.strip():
        raise Refused(Refusal("conversation.empty", "The note is empty.", "Write it first."))
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [TEXT])
    note_ref = new_ref()
    message = Message.objects.create(
        ref=note_ref,
        conversation=row,
        key=new_ref("N-"),
        direction="note",
        language=officer.language,
        body=keys.seal(
            text.strip(), field=BODY, kind=TEXT, compartment=row.compartment, ref=note_ref
        ),
        at=now,
        wall_at=now,
        by=officer.ref,
    )
    audit.record(officer.ref, "conversation.noted", ref=message.ref, now=now)
    notices.emit("conversations.message", row.ref, to=f"member:{row.compartment}")
    return message


@transaction.atomic
def lower(officer: Officer, *, ref: str, reason: str, now: datetime) -> None:
    """Take urgency off by a person's judgement; the reason stays as a note."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_lower(reason))
    row.tier, row.reasons = rules.Tier.SOON, []
    row.save(update_fields=["tier", "reasons"])
    add_note(officer, ref=ref, text=reason, now=now)
    audit.record(officer.ref, "conversation.lowered", ref=row.ref, now=now)


@transaction.atomic
def release(officer: Officer, *, ref: str, now: datetime) -> None:
    """Give a conversation back to the queue; the next operator finds it with its whole history."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if row.holder != officer.ref:
        raise Refused(Refusal("conversation.held", "Another operator answers here now."))
    _free(officer, row, now=now)


def _free(who: Officer | WorkerId, row: Conversation, *, now: datetime) -> None:
    holder, row.holder = row.holder, ""
    row.locked_until = row.asleep_until = None
    row.save(update_fields=["holder", "locked_until", "asleep_until"])
    shift.end_promise(who, row, now=now)
    if row.desk != Desk.CHILDREN:  # child protection was let into his case, not by taking
        access.leave(who, compartment=row.compartment, person=holder, now=now)
    audit.record(who.ref, "conversation.freed", ref=row.ref, now=now)
    notices.emit("conversations.queue", row.ref)


@transaction.atomic
def move(officer: Officer, *, ref: str, to: str, now: datetime) -> None:
    """Put a conversation on the other desk's queue; whoever held it is out of it at once."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    desk = Desk(to)
    insist(
        may_move(
            desk=Desk(row.desk),
            holder=row.holder,
            officer=officer.ref,
            to=desk,
            context=row.context,
            others=queries.others_in(row, now=now),
        )
    )
    row.desk, row.moved_by = desk, officer.ref
    row.kind = rules.Kind.RELATIVE if desk is Desk.RELATIVES else rules.Kind.NEW
    row.waiting_since = row.waiting_since or now
    row.save(update_fields=["desk", "moved_by", "kind", "waiting_since"])
    scripted.end_open(row, scripted.HELD, now=now)
    audit.record(officer.ref, f"conversation.moved_to_{desk}", ref=row.ref, now=now)
    _free(officer, row, now=now)


@transaction.atomic
def free_overdue(worker: WorkerId, *, wall: datetime, now: datetime, limit: int = 20) -> bool:
    """Give back conversations whose holder let an unanswered text lie beyond his lock."""
    rows = Conversation.objects.select_for_update().filter(
        state="open", waiting_since__isnull=False, locked_until__lt=wall
    )
    for row in (found := list(rows.exclude(holder="")[:limit])):
        _free(worker, row, now=now)
    return bool(found)


@transaction.atomic
def close(officer: Officer, *, ref: str, reason: str, now: datetime) -> None:
    """Close a conversation; if he writes again, a new one opens."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if not reason.strip():
        raise Refused(Refusal("conversation.no_reason", "No reason was given.", "Write one line."))
    add_note(officer, ref=ref, text=reason, now=now)
    row.state, row.waiting_since, row.locked_until = "closed", None, None
    row.save(update_fields=["state", "waiting_since", "locked_until"])
    scripted.end_open(row, scripted.CLOSED, now=now)
    audit.record(officer.ref, "conversation.closed", ref=row.ref, now=now)
    notices.emit("conversations.queue", row.ref)
