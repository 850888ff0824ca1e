"""Second readings: for supervisors alone, and alike whatever their cause."""

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.conversations.models import SecondReading

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
    """Return why a conversation is to be read again: "drawn", "asked" or "word".

    Raises:
        Absent: not a supervisor, or not let into it.
    """
    found = reading_for(officer, purpose, ref=ref)
    keys = keyring.open_fields(officer, purpose, [found.compartment], ["body"])
    return keys.open(found.cause, field=CAUSE, compartment=found.compartment, ref=found.ref)
