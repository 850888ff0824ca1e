"""The row of an escort: made at its first act, found by every later one."""

from datetime import datetime

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.escort.models import Escort
from safeconduct.notices import actions as notices
from safeconduct.passage import queries as passages
from safeconduct.passage.plan import Content


def plan_content(who: Officer | WorkerId, *, ref: str) -> tuple[Keyring, Content] | None:
    """Return the keys of a passage and its living plan, opened; None while there is no plan.

    Raises:
        Absent: there is no such passage, or it is not for `who`.
    """
    passage = passages.passage_for(who, _purpose(who), ref=ref)
    plan = passages.living_plan(passage)
    if plan is None:
        return None
    keys = passages.keys_of(who, Purpose.WRITE, passage)
    return keys, passages.content_of(keys, plan)


def opened(who: Officer | WorkerId, *, ref: str, now: datetime) -> Escort:
    """Return the escort of a passage, locked; made if this is the first act on it.

    Raises:
        Absent: there is no such passage, or it is not for `who`.
    """
    passage = passages.passage_for(who, _purpose(who), ref=ref)
    found = Escort.objects.select_for_update().filter(passage=ref).first()
    if found is not None:
        return found
    row, made = Escort.objects.get_or_create(
        passage=ref,
        defaults={
            "case_ref": passage.case_ref,
            "compartment": passage.compartment,
            "opened_at": now,
        },
    )
    if made:
        audit.record(who.ref, "escort.opened", ref=ref, now=now)
    return Escort.objects.select_for_update().get(pk=row.pk)


def to_stop(ref: str) -> Escort:
    """Return an escort to somebody who stops it; being let in is not asked.

    Raises:
        Absent: there is none.
    """
    found = Escort.objects.filter(passage=ref).first()
    if found is None:
        raise Absent
    return found


def _purpose(who: Officer | WorkerId) -> Purpose:
    return who.purpose if isinstance(who, WorkerId) else Purpose.WRITE


def tell(escort: Escort, topic: str) -> None:
    """Nudge the pages of those let in."""
    notices.emit(topic, escort.passage, to=f"member:{escort.compartment}")
