"""What the live page shows of the station in the field, and to whom a passage can be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from safeconduct.access import queries as access
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.escort import assignments
from safeconduct.escort.actions.stations import AT_STATION
from safeconduct.escort.models import Assignment
from safeconduct.spool import core_end


@dataclass(frozen=True, slots=True)
class StationShown:
    """The station of a passage, or those that could have it.

    Attributes:
        person: the name of whoever sits there.
        free: names of enrolled stations that hold no passage.
        people: refs and names of those who may sit there.
        struck: it was struck out: nothing of it is taken any more.
    """

    row: Assignment | None
    person: str
    struck: bool
    free: Sequence[str]
    people: Sequence[tuple[str, str]]
    may: bool

    @property
    def holds(self) -> bool:
        """Return whether it has the newest briefing."""
        return self.row is not None and 0 < self.row.turn == self.row.held_turn


def station_for(officer: Officer, *, ref: str, now: datetime) -> StationShown | None:
    """Return what is shown of a passage's station; None before its escort is opened, or where there is none.

    Raises:
        Absent: there is no such escort for `officer`.
    """
    escort = assignments.escort_or_none(officer, Purpose.READ, ref=ref)
    if escort is None:
        return None
    data = Path(settings.DATA)
    row = assignments.assignments_of([ref]).get(ref)
    stations = assignments.stations_in(data)
    if row is None and not stations:
        return None
    taken = assignments.stations_taken()
    people: list[tuple[str, str]] = []
    may = Duty.DPC in officer.duties
    if row is None and may:
        members = access.members_of(escort.compartment, now=now)
        refs = [each for each, duties in members.items() if duties & AT_STATION]
        people = sorted(access.names_of(refs).items(), key=lambda pair: pair[1])
    return StationShown(
        row=row,
        person=access.names_of([row.person]).get(row.person, "") if row else "",
        struck=bool(row) and row is not None and core_end.is_struck_out(data, row.station),
        free=[each for each in stations if each not in taken],
        people=people,
        may=may,
    )
