"""Who looks, and who writes: so that two operators never answer one man at once."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, Purpose
from safeconduct.conversations import queries
from safeconduct.conversations.models import Presence
from safeconduct.notices import actions as notices


@transaction.atomic
def present(officer: Officer, *, ref: str, writing: bool, wall: datetime) -> None:
    """Remember that somebody looks at a conversation or writes in it; others see it for 30 s.

    No journal line: it decides nothing, and reading is written down by the keeper.
    """
    row = queries.conversation_for(officer, Purpose.READ, ref=ref)
    before = Presence.objects.filter(conversation=row, person=officer.ref).first()
    Presence.objects.update_or_create(
        conversation=row, person=officer.ref, defaults={"writing": writing, "seen_at": wall}
    )
    if before is None or before.writing != writing or wall - before.seen_at > queries.PRESENT_FOR:
        notices.emit("conversations.presence", row.ref, to=f"member:{row.compartment}")
