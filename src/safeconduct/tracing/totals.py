"""How the relatives' desk goes, in tens: requests, answers, those who were told, and how long they waited.

Of months that are over for two weeks, each rounded by itself (cells.py): one who was told shows in no figure.
Who was erased, 180 days after his last text, is counted no more.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from statistics import median

from django.db.models import Min

from safeconduct.cells import SMALL, Cell, by_month, open_month, total
from safeconduct.tracing.models import TracingRequest
from safeconduct.tracing.rules import Answer

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Figures:
    """Suppressed counts, and the median of whole days from request to answer; None for fewer than ten."""

    asked: Cell
    answered: Cell
    told: Cell
    days: int | None


def figures(*, now: datetime) -> Figures:
    """Return how the desk goes."""
    rows = TracingRequest.objects.all()
    since = rows.aggregate(first=Min("opened_at"))["first"]
    end = datetime.combine(open_month(now), time(), UTC)
    opened = list(rows.values_list("opened_at", flat=True))
    answers = [
        (begun, at, answer)
        for begun, at, answer in rows.values_list("opened_at", "answered_at", "answer")
        if at is not None
    ]
    told = [at for _begun, at, answer in answers if answer == Answer.CONFIRMED]
    waited = [(at - begun).total_seconds() // DAY_S for begun, at, _answer in answers if at < end]

    def counted(kind: str, times: list[datetime]) -> Cell:
        return total(kind, by_month(times, since=since, now=now))

    return Figures(
        counted("asked", opened),
        counted("answered", [at for _begun, at, _answer in answers]),
        counted("told", told),
        round(median(waited)) if len(waited) >= SMALL else None,
    )
