"""How a desk goes: for those who work there, so exact; they lead to nobody and open nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.queries.inbox import waiting
from safeconduct.post.rules import Kind as Out

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Figures:
    """One desk.

    Attributes:
        waiting: conversations in the queue; `longest`: how long the first of them has waited.
        held: conversations that somebody holds, and in which somebody waits for an answer.
        came: conversations that began within 24 h.
        answered: conversations in which a person replied within 24 h.
    """

    waiting: int
    longest: timedelta | None
    held: int
    came: int
    answered: int


def figures_of(desk: Desk, *, now: datetime) -> Figures:
    """Return how one desk goes; another's people are never counted in."""
    rows = Conversation.objects.filter(desk=desk)
    first = waiting(desk).values_list("waiting_since", flat=True).first()
    replies = Message.objects.filter(
        conversation__desk=desk, direction="out", kind=Out.REPLY, at__gt=now - DAY
    )
    return Figures(
        waiting=waiting(desk).count(),
        longest=now - first if first else None,
        held=rows.filter(state="open", waiting_since__isnull=False).exclude(holder="").count(),
        came=rows.filter(opened_at__gt=now - DAY).count(),
        answered=replies.values("conversation").distinct().count(),
    )
