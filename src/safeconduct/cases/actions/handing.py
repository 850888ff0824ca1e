"""Puts on record in the case what was agreed in its conversation: words and hours, by who agreed them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.cases import hands, queries
from safeconduct.cases.actions.records import put
from safeconduct.cases.models import Case
from safeconduct.conversations import queries as conversations
from safeconduct.post import queries as post


def hand_in(who: Officer | WorkerId, cases: Iterable[Case], *, now: datetime) -> int:
    """Hand in what stands agreed and is not on record yet; return how many pieces.

    Each piece stands under whoever agreed it, at the time when it was agreed.
    """
    person_of = {case.ref: case.person_ref for case in cases if case.person_ref}
    people = list(person_of.values())
    if not people:
        return 0
    agreed = {
        hands.WORDS: conversations.words_agreed(who, Purpose.READ, people=people),
        hands.WINDOW: post.windows_declared(who, Purpose.READ, people=people, now=now),
    }
    return sum(
        _put(ref, kind, *told[person], now=now)
        for ref, person in person_of.items()
        for kind, told in agreed.items()
        if person in told
    )


@transaction.atomic
def _put(ref: str, kind: str, by: str, at: datetime, *, now: datetime) -> bool:
    case = queries.case_to_stop(ref=ref)
    if case.evidence.filter(kind=kind).exists():
        return False
    put(case, kind=kind, by=by, at=min(at, now), now=now)
    return True


def hand_in_agreed(worker: WorkerId, *, now: datetime) -> int:
    """Hand in what was agreed since for every case that waits for it; return how many pieces."""
    return hand_in(worker, queries.waiting_for_words(), now=now)
