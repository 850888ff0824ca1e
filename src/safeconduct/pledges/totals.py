"""Numbers about promises that may leave the room, by quarter with small cells hidden (docs/decisions/0081)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.cells import Cell, open_month
from safeconduct.pledges import queries
from safeconduct.pledges.kept import Group, Kept, quarter_of

COUNTS = ("fulfilled", "failed", "overdue", "late", "made_good", "postponed", "waived")


@dataclass(frozen=True, slots=True)
class Quarter:
    """How one offer's promises of one quarter were kept, as it may be shown."""

    group: Group
    cells: Sequence[tuple[str, Cell]]
    rate: str  # in tens of a percent; "" where too few are counted


def kept(*, now: datetime) -> Kept:
    """Return how promises were kept as of `now`, over everybody."""
    return queries.kept(now=now)


def by_quarter(*, now: datetime) -> list[Quarter]:
    """Return the kept-rate by offer, authority and quarter, the newest quarter first.

    A quarter stands there once it is over and counted, as a month does in every other table.
    """
    opened = datetime.combine(open_month(now), datetime.min.time(), tzinfo=now.tzinfo)
    rows = [
        Quarter(
            group,
            [(name, Cell.of(f"pledges.{name}", getattr(kept, name))) for name in COUNTS],
            kept.band,
        )
        for group, kept in queries.kept_by_group(before=opened, now=now).items()
        if group.quarter != quarter_of(opened)
    ]
    return sorted(rows, key=lambda row: row.group.quarter, reverse=True)
