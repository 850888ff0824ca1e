"""Second readings: for supervisors alone, and alike whatever their cause."""

from datetime import datetime

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.conversations.models import SecondReading
from safeconduct.post import queries as post

CAUSE_KIND = "sign"  # the kind of field of why somebody reads again
CAUSE = "conversations.SecondReading.cause"


def readings_for(officer: Officer, _purpose: Purpose) -> list[SecondReading]:
    """Return second readings that wait, oldest first; they look the same whatever their cause.

    Raises:
        Absent: not a supervisor.
    """
    if Duty.SUP not in officer.duties:
        raise Absent
    rows = SecondReading.objects.filter(read_at=None).select_related("conversation")
    return list(rows.order_by("put_at", "pk"))


def reading_for(
    officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False
) -> SecondReading:
    """Return one second reading to a supervisor let into the conversation.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    rows = SecondReading.objects.select_for_update(of=("self",)) if lock else SecondReading.objects
    found = rows.select_related("conversation").filter(ref=ref).first()
    if (
        found is None
        or Duty.SUP not in officer.duties
        or not access.member(officer, found.compartment)
    ):
        raise Absent
    return found


def cause_of(officer: Officer, purpose: Purpose, *, ref: str) -> str:
    """Return why a conversation is to be read again: "drawn", "asked", or a sign of force.

    Raises:
        Absent: not a supervisor, or not let into it.
    """
    return _cause(officer, purpose, reading_for(officer, purpose, ref=ref))


def held_by_case(officer: Officer, purpose: Purpose, *, ref: str) -> bool:
    """Return whether a frozen case holds him too, so that letting go here frees nothing.

    Raises:
        Absent: not a supervisor, or not let into it.
    """
    found = reading_for(officer, purpose, ref=ref)
    return post.is_held_by_case(found.conversation.person_ref)


def sign(_worker: WorkerId, *, ref: str) -> tuple[str, datetime] | None:
    """Return whom a sign of force is about, and since when; None when he was erased."""
    rows = SecondReading.objects.filter(ref=ref)
    return rows.values_list("conversation__person_ref", "put_at").first()


def cause_of_sign(worker: WorkerId, purpose: Purpose, *, ref: str) -> str:
    """Return which sign it is: "word", "withdrawal" or "identity"."""
    return _cause(worker, purpose, SecondReading.objects.get(ref=ref))


def _cause(who: Officer | WorkerId, purpose: Purpose, found: SecondReading) -> str:
    keys = keyring.open_fields(who, purpose, [found.compartment], [CAUSE_KIND])
    return keys.open(
        found.cause, field=CAUSE, kind=CAUSE_KIND, compartment=found.compartment, ref=found.ref
    )
