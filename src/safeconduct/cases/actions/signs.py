"""A sign of force, found in his words or reported by his channel, freezes his case; nobody's hand is in it."""

from datetime import datetime

from django.db import transaction
from django.utils import translation

from safeconduct.access import keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.cases import queries
from safeconduct.cases.actions.facts import set_fact
from safeconduct.cases.actions.records import NOTE, put, sealed_note
from safeconduct.cases.words import SIGNS
from safeconduct.conversations import queries as conversations
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref


def freeze_by_sign(who: WorkerId, job: notices.Claimed, *, language: str, now: datetime) -> None:
    """Freeze the case of whom a sign is about, and put the sign on record; then finish the job.

    The case counts as frozen since the hold on his texts. Here it comes to need two people, who
    lift it as they lift a duress. The fact is kept though the note cannot be sealed yet.

    Args:
        language: of the console, in which the note is written.

    Raises:
        KeeperAway: the sign is noted at the next try.
        LeaseLost: another worker did it.
    """
    found = conversations.sign(who, ref=job.ref)
    ref = queries.of_person(found[0]) if found else ""
    if found and ref:
        set_fact(who, ref=ref, fact="frozen", now=now)
    with transaction.atomic():
        if found and ref:
            _note(who, ref, job.ref, at=found[1], language=language, now=now)
        notices.finish_job(job, job.token)


def _note(
    who: WorkerId, ref: str, sign: str, *, at: datetime, language: str, now: datetime
) -> None:
    case, row = queries.case_to_stop(ref=ref), new_ref()
    cause = conversations.cause_of_sign(who, Purpose.CLOCKS, ref=sign)
    with translation.override(language):
        words = translation.gettext(SIGNS[cause])
    ring = keyring.open_fields(who, Purpose.CLOCKS, [case.compartment], ["body"])
    note = sealed_note(words, case, row, ring, field=NOTE)
    put(case, kind="sign_noted", by=who.ref, at=min(at, now), now=now, ref=row, note=note)
