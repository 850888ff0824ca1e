"""Whether an aircraft may watch over anybody: what was read from it, and who signs for what was not."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.envelope import AircraftRead
from safeconduct.escort import queries
from safeconduct.escort.models import Reading, Signature
from safeconduct.mavlink.preflight import Mark, may_fly
from safeconduct.passage import queries as passages
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def record_reading(read: AircraftRead) -> bool:
    """Keep a reading if it is newer; whoever had signed looks anew. A reading is no act: no line."""
    known = Reading.objects.select_for_update().filter(subject=read.subject).first()
    if known is not None and known.at >= read.at:
        return False
    if known is not None:
        known.delete()
    Reading.objects.create(subject=read.subject, at=read.at, told=read.to_bytes().decode())
    return True


@transaction.atomic
def sign_preflight(officer: Officer, *, ref: str, subject: str, key: str, now: datetime) -> None:
    """Sign by name for one thing that no parameter showed: he has looked.

    Args:
        officer: who looked at the aircraft.
        ref: of the passage that it is to watch.
        subject: the aircraft.
        key: of the finding.
        now: world time.

    Raises:
        Refused: there is no such finding, or it is one that nobody may sign for.
        Absent: there is no such passage for `officer`.
    """
    passages.passage_for(officer, Purpose.WRITE, ref=ref)
    reading = Reading.objects.select_for_update().filter(subject=subject).first()
    found = {each.key: each for each in queries.findings_of(reading)} if reading else {}
    if reading is None or key not in found:
        raise Refused(
            Refusal(
                "escort.no_finding",
                "Nothing of that name was read from the drone.",
                "Read the drone again at the pilot's station.",
            )
        )
    if found[key].mark is not Mark.SIGN:
        raise Refused(
            Refusal(
                "escort.not_to_sign",
                "For this nobody can sign: it was read, and is as it is.",
                "Take another drone, or let the pilot change it and read it again.",
            )
        )
    Signature.objects.get_or_create(
        reading=reading, key=key, defaults={"by": officer.ref, "at": now}
    )
    audit.record(officer.ref, "escort.preflight_signed", ref=ref, now=now)


def insist_fit(subject: str) -> None:
    """Insist that an aircraft that was read may fly.

    Raises:
        Refused: it can let something fall, or something was not checked and nobody has signed for it.
    """
    reading = Reading.objects.filter(subject=subject).first()
    if reading is None:
        return  # nobody asked it: the page says so, and the pilot answers for it
    signed = dict(reading.signatures.values_list("key", "by"))
    if may_fly(queries.findings_of(reading), signed=signed) is not None:
        raise Refused(
            Refusal(
                "escort.not_fit",
                "What was read from this drone forbids it, or was not checked and nobody has signed for it.",
                "Open the page “Before the flight”: it says what, and who may sign.",
            )
        )
