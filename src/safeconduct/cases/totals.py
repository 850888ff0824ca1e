"""Counts that may leave the room, by claim type; never added, never converted; small ones hidden.

Each counts cases that ever stood so far, but `waiting` and `in_custody`, which count those who
stand there now. An erased case counts in none: what was erased is not counted again.
"""

from collections.abc import Mapping

from safeconduct.cases.models import Case, Step
from safeconduct.cells import Cell

EVER: Mapping[str, tuple[str, ...]] = {
    "application": ("APPLIED",),
    "verified": ("STANDBY",),
    "crossed": ("CONTACT", "WALK_IN"),
}
NOW: Mapping[str, tuple[str, ...]] = {
    "waiting": ("STANDBY",),
    "in_custody": ("IN_CUSTODY", "OUTCOME_CHOSEN"),
}


def by_kind() -> dict[str, Cell]:
    """Return how many cases there are of each claim type."""
    ever = {
        kind: Step.objects.filter(target__in=states)
        .exclude(case__state="PURGED")
        .values("case")
        .distinct()
        .count()
        for kind, states in EVER.items()
    }
    now = {kind: Case.objects.filter(ordinary__in=states).count() for kind, states in NOW.items()}
    order = ("application", "verified", "waiting", "crossed", "in_custody")
    return {kind: Cell(kind, {**ever, **now}[kind]) for kind in order}
