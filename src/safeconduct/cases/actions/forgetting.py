"""Relatives' enquiries are not kept for ever: the clock erases them once nobody has written for their term.

Nobody decides it and nobody is asked: they are in no case, nothing is owed to them, and their number,
their texts and ours go together. A person who has a case is never erased here; that takes two people.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from safeconduct.access import actions as access
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases.actions.purging import erase_person
from safeconduct.cases.models import Case
from safeconduct.conversations import queries as conversations
from safeconduct.post import linked
from safeconduct.programme.profile import Profile

AT_ONCE = 50  # people erased by one step


def forget_relatives(worker: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Erase relatives with whom nobody has exchanged a text for their term; return whether more may be due.

    What is sought in a tracing request goes with its asker; see `tracing.actions.forget_askers`.
    """
    due = conversations.relatives_silent_since(now - profile.limit("purge_relatives"))
    silent, erased = set(due), 0
    for person_ref in due:
        if erased == AT_ONCE:
            break
        if silent.issuperset(linked.people_of(person_ref)):  # each channel of his is a relative's
            erased += _forget(worker, person_ref, now=now)
    return erased == AT_ONCE


@transaction.atomic
def _forget(worker: WorkerId, person_ref: str, *, now: datetime) -> bool:
    """Erase one of them, unless a case is his; an old copy that is brought back forgets him again."""
    people, places = linked.people_of(person_ref), sorted(linked.compartments_of(person_ref))
    if Case.objects.filter(Q(person_ref__in=people) | Q(compartment__in=places)).exists():
        return False
    for place in places:
        audit.remember("erased", {"compartment": place}, now=now)
        access.forget_about(place)
    erase_person(worker, person_ref, now=now)
    for place in places:
        access.close_compartment(worker, compartment=place, now=now)
    audit.record(worker.ref, "relative.forgotten", ref=person_ref, now=now)
    return True
