"""In which conversation a text stands: the one that is open with him, or a new one."""

from datetime import datetime

from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation
from safeconduct.post.actions import Admitted
from safeconduct.programme.profile import Profile


def conversation_of(
    admitted: Admitted, *, profile: Profile, now: datetime
) -> tuple[Conversation, bool]:
    """Return the conversation a text belongs to, locked, and whether it begins with this text."""
    found = None if admitted.met else _open_with(admitted)
    if found is None and admitted.by != admitted.person_ref:  # two people said that he is this man
        rows = Conversation.objects.select_for_update().filter(state="open")
        found = rows.filter(person_ref=admitted.person_ref).order_by("-last_at", "-pk").first()
    if found is not None:
        return found, False
    earlier = None if admitted.met else _last_with(admitted)
    return Conversation.objects.create(
        person_ref=admitted.person_ref,
        compartment=admitted.compartment,
        route=admitted.route,
        desk=earlier.desk if earlier else Desk.PEOPLE,
        moved_by=earlier.moved_by if earlier else "",
        language=earlier.language if earlier else profile.languages[0],
        context=earlier.context if earlier else "",
        opened_at=now,
        last_inbound_at=now,
        last_at=now,
    ), True


def _open_with(admitted: Admitted) -> Conversation | None:
    rows = Conversation.objects.select_for_update()
    return rows.filter(person_ref=admitted.person_ref, route=admitted.route, state="open").first()


def _last_with(admitted: Admitted) -> Conversation | None:
    rows = Conversation.objects.filter(person_ref=admitted.person_ref)
    return rows.order_by("-opened_at").first()


def was_here(row: Conversation) -> bool:
    """Return whether he was talked with before this conversation."""
    earlier = Conversation.objects.filter(person_ref=row.person_ref).exclude(pk=row.pk)
    return earlier.exists()
