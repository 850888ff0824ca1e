"""One passage given to one station in the field: who sits there, and what it is told.

The person who gives it names another who sits there: the station acts in his name, as far as a stop and a word
of what he saw. It gives no GO, ends no area, records no sighting of the case: those wait for a person here.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from safeconduct.access import queries as staff
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.escort import queries
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.assignments import stations_in
from safeconduct.escort.models import Assignment
from safeconduct.passage import disclosing
from safeconduct.refusal import Refusal, Refused
from safeconduct.spool import core_end
from safeconduct.stationed import Around, Briefing, BriefingEnded

MOST_WAITING = 2  # beyond that, what is around him would be no news when it arrives
# Who may sit there: those who may know his whole way, for a station shows it. The receiving unit never does.
AT_STATION = frozenset({Duty.PIL, Duty.DPC}) & disclosing.WHOLE


@transaction.atomic
def assign(officer: Officer, *, ref: str, station: str, person: str, now: datetime) -> Assignment:
    """Give a passage to a station, in the name of whoever sits there; its briefing leaves after GO.

    Args:
        station: a gateway that lands in the stations' queue.
        person: let into the case as pilot or passage commander.

    Raises:
        Refused: there is no such station, it holds a passage, or this one has a station; or `person` is none of those.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if station not in stations_in(Path(settings.DATA)):
        raise Refused(
            Refusal(
                "escort.no_station",
                "There is no such station.",
                "Enrol it as docs/station.md says, then choose it here.",
            )
        )
    if not staff.members_of(escort.compartment, now=now).get(person, set()) & AT_STATION:
        raise Refused(
            Refusal(
                "escort.nobody_there",
                "Whoever sits at the station must be let into the case as pilot or commander.",
                "Let him in first, or choose somebody who is.",
            )
        )
    try:
        with transaction.atomic():
            row = Assignment.objects.create(
                escort=escort, station=station, person=person, by=officer.ref, at=now
            )
    except IntegrityError:
        raise Refused(
            Refusal(
                "escort.station_taken",
                "A station holds one passage at a time, and a passage has one station.",
                "Take the other one back first.",
            )
        ) from None
    audit.record(officer.ref, "escort.assigned", ref=row.ref, now=now)
    tell(escort, "escort.station")
    return row


@transaction.atomic
def withdraw(officer: Officer, *, ref: str, now: datetime) -> None:
    """Take a passage back from its station, which forgets it once all that it noted has arrived.

    Raises:
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    for row in escort.assignments.filter(ended_at=None):
        _end(row, by=officer.ref, now=now)


def _end(row: Assignment, *, by: str, now: datetime) -> None:
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    if core_end.is_enrolled(Path(settings.DATA), row.station):
        lane = core_end.sending_to(Path(settings.DATA), row.station)
        lane.put(f"{row.ref}:ended", BriefingEnded(row.ref).to_bytes())
    audit.record(by, "escort.assignment_ended", ref=row.ref, now=now)
    tell(row.escort, "escort.station")


@transaction.atomic
def end_assignments(worker: WorkerId, *, now: datetime) -> int:
    """Take back what watches over nobody any more; return how many."""
    over = Assignment.objects.filter(ended_at=None, escort__ended_at__isnull=False)
    rows = list(over.select_related("escort"))
    for row in rows:
        _end(row, by=worker.ref, now=now)
    return len(rows)


def tell_around(row: Assignment, around: Around) -> bool:
    """Seal to a station what is known of what is around its passage; False where its link is cut, and older news waits.

    No act of anybody's, so no line: what it tells was written down where it was said.
    """
    data = Path(settings.DATA)
    if not core_end.is_enrolled(data, row.station):
        return False
    lane = core_end.sending_to(data, row.station)
    if lane.queue.waiting() > MOST_WAITING:
        return False
    return lane.put(f"{row.ref}:around:{around.at.timestamp():.3f}", around.to_bytes())


@transaction.atomic
def brief(worker: WorkerId, row: Assignment, briefing: Briefing, *, now: datetime) -> bool:
    """Seal a briefing to its station, if it tells anything new; return whether it did.

    Args:
        briefing: of any turn; it gets its own.
    """
    digest = hashlib.sha256(briefing.to_bytes()).digest()
    row = Assignment.objects.select_for_update().get(pk=row.pk)
    data = Path(settings.DATA)
    if digest == bytes(row.sent) or row.ended_at is not None:
        return False
    if not core_end.is_enrolled(data, row.station):  # struck out: it is told nothing more
        return False
    row.turn, row.sent = row.turn + 1, digest
    row.save(update_fields=["turn", "sent"])
    told = replace(briefing, turn=row.turn)
    key = f"{row.ref}:{row.turn}:{digest.hex()[:8]}"
    core_end.sending_to(data, row.station).put(key, told.to_bytes())
    audit.record(worker.ref, "escort.briefed", ref=row.ref, now=now)
    tell(row.escort, "escort.station")
    return True
