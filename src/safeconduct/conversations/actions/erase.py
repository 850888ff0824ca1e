"""Erasing what a person wrote and was written: `cases` calls it when his case is purged."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.conversations.models import AgreedWord, Conversation
from safeconduct.post.linked import people_of


@transaction.atomic
def erase_person(who: Officer | WorkerId, *, person_ref: str, now: datetime) -> None:
    """Delete a person's conversations with every text, reading and agreed word in them.

    Those of handles that follow his go with them: they are his.
    """
    people = people_of(person_ref)
    AgreedWord.objects.filter(person_ref__in=people).delete()
    Conversation.objects.filter(person_ref__in=people).delete()
    audit.record(who.ref, "conversations.erased", ref=person_ref, now=now)
