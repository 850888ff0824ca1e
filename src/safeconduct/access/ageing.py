"""How long a text may wait for its yeses, and how old a yes may grow before all have said theirs. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.refusal import Refusal

WAITS, OLD = "approval_waits", "approval_old"  # limits of the programme
ESCALATES = 2  # that many times the first limit, and a supervisor is called


@dataclass(frozen=True, slots=True)
class Age:
    """When a text was put up, and the first of its yeses that stand; None for none yet."""

    put_at: datetime
    first_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ages:
    """The two limits."""

    waits: timedelta
    old: timedelta


def old_at(age: Age, ages: Ages) -> datetime | None:
    """Return when its first yes is too old to be acted upon, None while nobody has said one."""
    return None if age.first_at is None else age.first_at + ages.old


def due_at(age: Age, ages: Ages) -> datetime:
    """Return by when it should have been said yes or no to."""
    waited = age.put_at + ages.waits
    old = old_at(age, ages)
    return waited if old is None else min(waited, old)


def rung(age: Age, ages: Ages, *, now: datetime) -> int:
    """Return how often it should have rung: 0, 1 for whose yes it waits, 2 for a supervisor as well."""
    old = old_at(age, ages)
    if now >= age.put_at + ESCALATES * ages.waits or (old is not None and now >= old):
        return 2
    return int(now >= age.put_at + ages.waits)


def in_time(first_at: datetime | None, *, now: datetime, old: timedelta) -> Refusal | None:
    """Judge whether another yes may still be joined to the first one that was said.

    Args:
        first_at: when that was, None for not yet.
        old: how old it may grow: what was true when he said it may be so no more.
    """
    if first_at is None or now - first_at < old:
        return None
    return Refusal(
        "approve.too_old",
        "The first yes to this was said too long ago.",
        "Withdraw it and put it up again: whoever said yes looks at it anew.",
    )
