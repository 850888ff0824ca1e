"""How promises were kept, and whom a date that has passed calls. Pure: computed, never typed.

A promise that failed counts as failed, though it is made good later: what is made good stands beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from safeconduct.access.rules import Duty
from safeconduct.cells import SMALL
from safeconduct.pledges.rules import State

# (P) A date that has passed calls the keeper of pledges at once and the next day, then a supervisor on
# the third day and each week from then on, until the promise is settled.
FIRST = (
    (timedelta(0), Duty.PLG),
    (timedelta(days=1), Duty.PLG),
    (timedelta(days=3), Duty.SUP),
)
AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Kept:
    """How promises were kept.

    Attributes:
        fulfilled, failed, overdue: what counts.
        waived, postponed, late, made_good: stand beside it; late is fulfilled after its date, made good
            is fulfilled after it had failed.
        pending: accepted or due, not yet overdue; not counted.
    """

    fulfilled: int
    failed: int
    overdue: int
    waived: int
    postponed: int
    late: int
    made_good: int
    pending: int

    @property
    def counted(self) -> int:
        """Return the denominator."""
        return self.fulfilled + self.failed + self.overdue

    @property
    def permille(self) -> int | None:
        """Return kept ÷ counted in thousandths, None when nothing has fallen due."""
        return self.fulfilled * 1000 // self.counted if self.counted else None

    @property
    def band(self) -> str:
        """Return the rate in tens of a percent, "" where so few are counted that it would count people."""
        if self.permille is None or self.counted < SMALL:
            return ""
        tens = min(self.permille // 100, 9) * 10
        return f"{tens}–{tens + (10 if tens == 90 else 9)} %"  # noqa: PLR2004  the last holds all of them


@dataclass(frozen=True, slots=True)
class Standing:
    """One promise as the kept-rate needs it."""

    state: State
    due_at: datetime | None
    fulfilled_at: datetime | None
    postponed: bool
    failed_at: datetime | None = None


def is_overdue(state: State, due_at: datetime | None, *, now: datetime) -> bool:
    """Return whether a promise is late and still owed."""
    return state in {State.ACCEPTED, State.DUE} and due_at is not None and due_at < now


def kept(pledges: Iterable[Standing], *, now: datetime) -> Kept:
    """Return the kept-rate of `pledges` as of `now`."""
    count = dict.fromkeys(Kept.__slots__, 0)
    for pledge in pledges:
        count["postponed"] += pledge.postponed
        if pledge.failed_at is not None or pledge.state is State.FAILED:
            count["failed"] += 1
            count["made_good"] += pledge.state is State.FULFILLED
        elif is_overdue(pledge.state, pledge.due_at, now=now):
            count["overdue"] += 1
        elif pledge.state in {State.ACCEPTED, State.DUE}:
            count["pending"] += 1
        elif pledge.state is not State.SHOWN:
            count[pledge.state.lower()] += 1
        done, due = pledge.fulfilled_at, pledge.due_at
        count["late"] += done is not None and due is not None and done > due
    return Kept(**count)


@dataclass(frozen=True, order=True, slots=True)
class Group:
    """What promises are counted together: one offer, its authority, and the quarter in which they fell due."""

    offer: int
    authority: str
    quarter: str  # "2026 Q4", UTC


def quarter_of(at: datetime | None) -> str:
    """Return the quarter of an instant, in UTC; "" for none."""
    if at is None:
        return ""
    day = at.astimezone(UTC)
    return f"{day.year} Q{(day.month + 2) // 3}"


def by_group(pledges: Iterable[tuple[Group, Standing]], *, now: datetime) -> Mapping[Group, Kept]:
    """Return the kept-rate of each group, in their order."""
    rows = sorted(pledges, key=lambda row: row[0])
    return {
        group: kept((standing for _group, standing in some), now=now)
        for group, some in groupby(rows, key=lambda row: row[0])
    }


def rings(due_at: datetime | None, *, again_at: datetime | None = None, now: datetime) -> int:
    """Return how often a date should have called somebody by `now`; 0 for none, or before it has passed.

    Args:
        again_at: when what had kept it was undone. Whoever thought it done hears first what is owed
            again, so the calls begin anew from there, where the date had passed already.
    """
    if due_at is None:
        return 0
    past = now - max(due_at, again_at or due_at)
    begun = sum(past > after for after, _duty in FIRST)
    weeks = (past - FIRST[-1][0]) // AGAIN if begun == len(FIRST) else 0
    return begun + weeks


def called(ring: int) -> Duty:
    """Return whom the ring of this number, from 1 on, calls."""
    return FIRST[min(ring, len(FIRST)) - 1][1]
