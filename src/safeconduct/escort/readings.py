"""What is known of each aircraft before a flight: what was read from it, and who has signed. It says nothing of any person."""

from datetime import datetime, timedelta

from safeconduct.envelope import AircraftRead
from safeconduct.escort.models import Reading
from safeconduct.mavlink.preflight import Finding, Plan, findings, unread

AIRCRAFT = ("aircraft:1", "aircraft:2", "aircraft:3")  # as the escort's page offers them
BY_HAND = ""  # the route of a reading that nobody made: somebody signed for an aircraft that was never read
STANDS = timedelta(hours=12)  # so long that stands: then somebody looks anew (proposed)


def readings() -> list[Reading]:
    """Return the last reading of each aircraft; they say nothing of any person."""
    return list(Reading.objects.prefetch_related("signatures").order_by("subject"))


def reading_of(subject: str, *, now: datetime, lock: bool = False) -> Reading | None:
    """Return what is known of one aircraft; None where it was never read, and nobody has signed for that lately."""
    rows = Reading.objects.select_for_update() if lock else Reading.objects.all()
    row = rows.filter(subject=subject).first()
    return row if row is not None and (not is_by_hand(row) or now - row.at <= STANDS) else None


def unread_at(subject: str, *, now: datetime) -> Reading:
    """Return what is known of an aircraft that was never read, unsaved."""
    told = AircraftRead(BY_HAND, 0, subject, now, [], [], 0, 0, home=False)
    return Reading(subject=subject, at=now, told=told.to_bytes().decode())


def is_by_hand(reading: Reading) -> bool:
    """Return whether an aircraft was never read: a person signs for all of it."""
    return AircraftRead.from_bytes(reading.told.encode()).route == BY_HAND


def findings_of(reading: Reading) -> list[Finding]:
    """Return what each look at an aircraft came to; a value that is no number did not answer."""
    told = AircraftRead.from_bytes(reading.told.encode())
    if told.route == BY_HAND:
        return unread()
    plan = Plan(told.vehicle_dm_s / 10, told.ours, home_known=told.home)
    values = {}
    for name, value in zip(told.names, told.values, strict=False):
        try:
            values[name] = float(value)
        except ValueError:
            continue
    return findings(values, plan)
