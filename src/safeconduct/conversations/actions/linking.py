"""Two conversations are said to be one man's, by two people who were let into both."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, Proof, Purpose
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries
from safeconduct.conversations.actions import scripted
from safeconduct.conversations.models import AgreedWord, Conversation
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.refusal import Refusal, insist


@transaction.atomic
def put_link(officer: Officer, *, ref: str, other: str, now: datetime) -> str:
    """Put up that `other` is written by the man of `ref`; what he writes there is then read here.

    Raises:
        Absent: one of the two is not for `officer`.
        Refused: one of them is linked already, or waits for it.
    """
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    follows = queries.conversation_for(officer, Purpose.WRITE, ref=other, lock=True)
    insist(_may_follow(follows))
    link = post.put_link(
        officer,
        leads=row.person_ref,
        follows=follows.person_ref,
        url=f"/conversations/{row.ref}/channels/",
        now=now,
    )
    notices.emit("conversations.message", row.ref, to=f"member:{row.compartment}")
    return link


@transaction.atomic
def say_linked(officer: Officer, *, ref: str, link: str, proof: Proof, now: datetime) -> bool:
    """Give one yes; the second one closes the other conversation, and the next text comes here.

    Returns:
        Whether it is linked now.

    Raises:
        Absent: he was not let into both.
    """
    row = queries.conversation_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    follows = post.link_for(link, leads=row.person_ref).follows
    theirs = queries.conversation_of(officer, Purpose.APPROVE, person_ref=follows)
    insist(_may_follow(theirs))
    said = post.say_linked(officer, ref=link, leads=row.person_ref, proof=proof, now=now)
    if said.linked_at is not None:
        _close(officer, follows, now=now)
        notices.emit("conversations.queue", theirs.ref)
    notices.emit("conversations.message", row.ref, to=f"member:{row.compartment}")
    return said.linked_at is not None


def _may_follow(row: Conversation) -> Refusal | None:
    if row.context:
        return Refusal(
            "link.under_way",
            "He is known to a case by that conversation, and the case waits for him there.",
            "Open that conversation, and let this one follow it.",
        )
    if AgreedWord.objects.filter(person_ref=row.person_ref, ended_at=None).exists():
        return Refusal(
            "link.words",
            "His words were agreed in that conversation, and are heard there alone.",
            "Open that conversation, and let this one follow it.",
        )
    return None


def _close(officer: Officer, person_ref: str, *, now: datetime) -> None:
    for row in Conversation.objects.filter(person_ref=person_ref, state="open"):
        row.state, row.waiting_since, row.locked_until = "closed", None, None
        row.save(update_fields=["state", "waiting_since", "locked_until"])
        scripted.end_open(row, scripted.CLOSED, now=now)
        audit.record(officer.ref, "conversation.closed", ref=row.ref, now=now)


@transaction.atomic
def undo_link(officer: Officer, *, ref: str, link: str, now: datetime) -> None:
    """Take a link back: his next text on that channel opens a conversation of its own."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    post.undo_link(officer, ref=link, leads=row.person_ref, now=now)
    notices.emit("conversations.message", row.ref, to=f"member:{row.compartment}")
