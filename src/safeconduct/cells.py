"""A count that may leave a room: in tens, below ten "<10", whatever anybody does to it. Pure.

Zero looks like nine, so that the page does not say in which month nobody came. A cell is rounded
before anything is added, so a sum holds no more than its cells show, and no difference of two pages
brings back what one of them hid (docs/decisions/0081).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SMALL = 10  # no cell under 10 leaves: in so few, neighbours and hunters can count
HIDDEN = "<10"
NOTHING = "—"  # nothing was counted yet, which is another thing than none
# A month is counted when it has been over for so long: who came this week is not to be read off.
LATE = timedelta(days=14)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Cell:
    """A suppressed count. It adds up with cells of its own kind; it does not compare or divide.

    Made by `of`; without it, a cell in which nothing was counted yet.
    """

    kind: str
    _tens: int = 0
    _above: int = 0  # at most so many more than the tens

    @classmethod
    def of(cls, kind: str, count: int) -> "Cell":
        """Return the cell of one count; what it was exactly stands in it no more."""
        return cls(kind, count // SMALL * SMALL, SMALL - 1)

    def __str__(self) -> str:
        if not self._above:
            return NOTHING
        most = self._tens + self._above
        return f"{self._tens:,}–{most:,}" if self._tens else f"<{most + 1:,}"

    def __repr__(self) -> str:
        return f"<Cell {self.kind} {self}>"

    def __add__(self, other: "Cell") -> "Cell":
        """Return the sum of two counts of the same kind, as uncertain as both together.

        Raises:
            TypeError: the kinds differ; an application is not a surrender.
        """
        if self.kind != other.kind:
            raise TypeError(f"{self.kind} and {other.kind} are never added")
        return Cell(self.kind, self._tens + other._tens, self._above + other._above)


def total(kind: str, counts: Iterable[int]) -> Cell:
    """Return the sum of the cells of several months, each rounded by itself."""
    return sum((Cell.of(kind, count) for count in counts), start=Cell(kind))


def month_of(at: date) -> date:
    """Return the first day of a month; of an instant, its month in UTC."""
    day = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return day.replace(day=1)


def open_month(now: datetime) -> date:
    """Return the first day of the first month that is not counted yet."""
    return month_of(now - LATE)


def by_month(firsts: Iterable[datetime], *, since: datetime | None, now: datetime) -> Iterator[int]:
    """Yield the count of each month that is counted, from the month of `since` on, none as 0.

    Args:
        firsts: when each who is counted first was what is counted.
        since: when counting began; None if it has not.
    """
    counted = Counter(map(month_of, firsts))
    month = month_of(since) if since else open_month(now)
    while month < open_month(now):
        yield counted[month]
        month = month_of(month + timedelta(days=31))
