"""Whether an aircraft may watch over anybody: what was read from it, and who signs for what was not, or takes that back."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as case_actions
from safeconduct.envelope import AircraftRead
from safeconduct.escort import readings
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.models import Escort, Reading, Signature
from safeconduct.mavlink.preflight import Mark, may_fly
from safeconduct.passage import queries as passages
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def record_reading(read: AircraftRead) -> bool:
    """Keep a reading if it is newer; whoever had signed looks anew. A reading is no act: no line."""
    known = Reading.objects.select_for_update().filter(subject=read.subject).first()
    if known is not None and known.at >= read.at and not readings.is_by_hand(known):
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
        subject: the aircraft; of one that was never read, he signs for all of it.
        key: of the finding.
        now: world time.

    Raises:
        Refused: there is no such finding, or it is one that nobody may sign for.
        Absent: there is no such passage for `officer`.
    """
    passages.passage_for(officer, Purpose.WRITE, ref=ref)
    reading = readings.reading_of(subject, now=now, lock=True)
    if reading is None and subject in readings.AIRCRAFT:
        reading = readings.unread_at(subject, now=now)
    found = {each.key: each for each in readings.findings_of(reading)} if reading else {}
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
    if reading.pk is None:
        Reading.objects.filter(subject=subject).delete()  # what was signed for half a day ago
        reading.save(force_insert=True)
    Signature.objects.get_or_create(
        reading=reading, key=key, defaults={"by": officer.ref, "at": now}
    )
    audit.record(officer.ref, "escort.preflight_signed", ref=ref, now=now)


@transaction.atomic
def withdraw_preflight(
    officer: Officer, *, ref: str, subject: str, key: str, now: datetime
) -> None:
    """Take a signature back: somebody has looked again. A drone that is on station before GO is so no more.

    One that watches over somebody already goes on, and the commander is called: no watch is better by ending.

    Raises:
        Refused: nobody has signed for it.
        Absent: there is no such passage for `officer`.
    """
    passages.passage_for(officer, Purpose.WRITE, ref=ref)
    gone, _each = Signature.objects.filter(reading__subject=subject, key=key).delete()
    if not gone:
        raise Refused(
            Refusal("escort.not_signed", "Nobody has signed for that.", "Load the page again.")
        )
    audit.record(officer.ref, "escort.preflight_withdrawn", ref=ref, now=now)
    for escort in Escort.objects.select_for_update().filter(aircraft=subject, ended_at=None):
        if escort.began_at is None:
            _leaves_station(officer, escort, now=now)
    access.page(Duty.DPC, "escort.preflight_withdrawn", now=now)


def _leaves_station(officer: Officer, escort: Escort, *, now: datetime) -> None:
    """Void that the drone is on station: the last word on it counts, and this one has run out."""
    escort.aircraft = ""
    escort.save(update_fields=["aircraft"])
    # whoever takes it back speaks for the pilot: it takes a drone away, and brings none
    pilot = replace(officer, duties=officer.duties | {Duty.PIL})
    case_actions.record_evidence(
        escort.case_ref, kind="drone_on_station", by=pilot, at=now, valid_until=now
    )
    tell(escort, "escort.state")


def insist_fit(subject: str, *, under_way: bool, now: datetime) -> None:
    """Insist that an aircraft may fly.

    Args:
        under_way: it relieves another one: that nobody has read it keeps no watch from him who is on the way.

    Raises:
        Refused: it can let something fall, or something was not checked and nobody has signed for it.
    """
    reading = readings.reading_of(subject, now=now)
    if reading is None:
        if under_way:
            return
        raise Refused(
            Refusal(
                "escort.not_read",
                "This drone was never read, and nobody has signed for that.",
                "Let its pilot read it at his station, or sign for it on the page “Before the flight”.",
            )
        )
    signed = dict(reading.signatures.values_list("key", "by"))
    if may_fly(readings.findings_of(reading), signed=signed) is not None:
        raise Refused(
            Refusal(
                "escort.not_fit",
                "What was read from this drone forbids it, or was not checked and nobody has signed for it.",
                "Open the page “Before the flight”: it says what, and who may sign.",
            )
        )
