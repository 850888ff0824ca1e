"""Erasing what a person wrote and was written: `cases` calls it when his case is purged."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.conversations.models import AgreedWord, Conversation


@transaction.atomic
def erase_person(who: Officer | WorkerId, *, person_ref: str, now: datetime) -> None:
    """Delete a person's conversations with every text, reading and agreed word in them."""
    AgreedWord.objects.filter(person_ref=person_ref).delete()
    Conversation.objects.filter(person_ref=person_ref).delete()
    audit.record(who.ref, "conversations.erased", ref=person_ref, now=now)
