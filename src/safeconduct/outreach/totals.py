"""What became of a campaign, in counts that may be printed: by hour, route, region and text, in tens.

A region is a time zone, for nothing else of where people are was ever taken. Counts under ten show no
figure; each is rounded when it is made (docs/decisions/0081). They outlive the list.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from safeconduct.access.rules import Officer, Purpose
from safeconduct.cells import Cell
from safeconduct.outreach import queries
from safeconduct.outreach.models import Campaign
from safeconduct.post import progress

_Name = TypeVar("_Name", str, datetime)
COLUMNS = ("SENT", "ARRIVED", "SKIPPED", "REFUSED", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its name, and a cell for each of `COLUMNS`, in their order."""

    name: str | datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """What came back from those who got one of the texts: how many wrote, how many said stop."""

    letter: str
    wrote: Cell
    stopped: Cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """A campaign's results as they are printed."""

    campaign: Campaign
    hours: list[Row]
    routes: list[Row]
    zones: list[Row]
    texts: list[Row]
    back: list[Back]


def results_for(officer: Officer, purpose: Purpose, *, ref: str) -> Sheet:
    """Return a campaign's results, to somebody who works with campaigns."""
    campaign = queries.campaign_for(officer, purpose, ref=ref)
    cells = progress.cells_of(ref)
    since = campaign.started_at
    back = progress.back_by_variant(ref, since=since) if since else {}
    return Sheet(
        campaign=campaign,
        hours=_rows(cells, lambda cell: cell.hour),
        routes=_rows(cells, lambda cell: cell.route),
        zones=_rows(cells, lambda cell: cell.zone),
        texts=_rows(cells, lambda cell: queries.LETTERS[cell.variant]),
        back=[_back(variant, *back.get(variant, (0, 0))) for variant in _variants(campaign)],
    )


def _variants(campaign: Campaign) -> range:
    return range(max((len(texts) for texts in campaign.texts.values()), default=0))


def _back(variant: int, wrote: int, stopped: int) -> Back:
    return Back(
        queries.LETTERS[variant],
        Cell.of("campaign.wrote", wrote),
        Cell.of("campaign.stopped", stopped),
    )


def _rows(cells: Iterable[progress.Cell], by: Callable[[progress.Cell], _Name]) -> list[Row]:
    counts: dict[_Name, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        counts[by(cell)][cell.outcome] += cell.count
    return [
        Row(name, tuple(Cell.of(f"campaign.{each}", told[each]) for each in COLUMNS))
        for name, told in sorted(counts.items())
    ]
