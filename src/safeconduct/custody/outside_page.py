"""What delegates and the ombudsman see: everybody who is held, by his ref alone, and how he is held."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases.gates import name_of, shape_of
from safeconduct.cases.queries import CaseRow
from safeconduct.custody import queries, rules
from safeconduct.custody.models import Visit, Voice
from safeconduct.custody.page import Row, clock_row


@dataclass(frozen=True, slots=True)
class Held:
    """One who is held: since when, which duties to him are overdue, how he is kept, visits to him."""

    ref: str
    name: str
    shape: str
    since: datetime
    overdue: Sequence[Row]
    standard: Sequence[queries.Line]
    visit: Visit | None
    past: int
    asks: bool
    held: bool


def held_for(officer: Officer, *, now: datetime) -> list[Held]:
    """Return everybody who is held, for a delegate or the ombudsman: as many reads for one as for a thousand.

    Raises:
        Absent: `officer` is neither.
    """
    cases = queries.held(officer, Purpose.READ)
    overdue, visits = defaultdict(list), defaultdict(list)
    for clock in queries.overdue_of(cases, now=now):
        overdue[clock.case_id].append(clock_row(clock, now=now))
    for visit in queries.visits_by(officer, cases):
        visits[visit.case_id].append(visit)
    standards = queries.standards_of(cases, now=now)
    return [
        _held(case, overdue[case.pk], standards[case.pk], visits[case.pk], now=now)
        for case in cases
    ]


def _held(
    case: CaseRow,
    overdue: Sequence[Row],
    standard: Sequence[queries.Line],
    visits: Sequence[Visit],
    *,
    now: datetime,
) -> Held:
    waiting = next((each for each in visits if each.held_at is None), None)
    return Held(
        ref=case.ref,
        name=name_of(case.ordinary),
        shape=shape_of(case.ordinary),
        since=case.custody_since or case.entered_at,
        overdue=overdue,
        standard=standard,
        visit=waiting,
        past=sum(each.held_at is not None for each in visits),
        asks=case.state not in rules.NO_CUSTODY and (waiting is None or _passed(waiting, now)),
        held=waiting is not None and _passed(waiting, now),
    )


def _passed(visit: Visit, now: datetime) -> bool:
    return visit.at is not None and visit.at <= now


def voice_name(kind: str) -> str:
    """Return what is said for oneself, as it is called on screen."""
    return {
        "complaint": _("Complaint"),
        "correction": _("Correction of what is written of him"),
        "data": _("The data kept of him"),
    }[kind]


def voices_for(officer: Officer, *, now: datetime) -> list[tuple[Voice, str, bool]]:
    """Return each voice, what it is, and whether its answer is overdue.

    Raises:
        Absent: `officer` is no ombudsman.
    """
    return [
        (row, voice_name(row.kind), row.answered_at is None and row.due_at < now)
        for row in queries.voices_for(officer)
    ]
