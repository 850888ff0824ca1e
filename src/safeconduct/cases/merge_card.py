"""What a case's page shows of an earlier case of his, or of the walk-in that goes on for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import queries as staff
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import gates, merged, queries, rules
from safeconduct.cases.models import Case


@dataclass(frozen=True, slots=True)
class MergeCard:
    """One case's side of a merging, or what it could be merged with.

    Attributes:
        other: ref of the case it is merged with, "" for none.
        rests: this one rests, and the other goes on.
        for_good: the other was erased, and this one rests until it is too.
        opens: the officer is let into the other.
        names: who said yes to it.
        choices: ref and state of each earlier case that he may name.
        acts: he may put a merging, or its undoing, up.
    """

    other: str
    rests: bool
    for_good: bool
    opens: bool
    since: datetime | None
    names: Sequence[str]
    choices: Sequence[tuple[str, str]]
    acts: bool


def card_for(officer: Officer, case: Case) -> MergeCard | None:
    """Return the card for one case; None where there is nothing to say or do."""
    merge, acts = queries.merge_of(case), merged.may_unmerge(officer) is None
    if merge is None:
        choices = _choices(officer, case) if acts and not case.person_ref else []
        return MergeCard("", False, False, False, None, (), choices, acts) if choices else None
    rests = merge.earlier.pk == case.pk
    other = merge.walk_in if rests else merge.earlier
    return MergeCard(
        "" if other is None else other.ref,
        rests,
        other is None,
        other is not None and queries.may_see(officer, other),
        merge.since,
        sorted(staff.names_of(merge.people).values()),
        (),
        acts and (other is None or not rests),
    )


def _choices(officer: Officer, case: Case) -> list[tuple[str, str]]:
    resting = set(queries.resting().values_list("earlier", flat=True))
    found = []
    for each in queries.cases_for(officer, Purpose.READ):
        state = rules.shown_state(each.state, ordinary=each.ordinary, duties=officer.duties)
        if state in merged.EARLIER and each.pk != case.pk and each.pk not in resting:
            found.append((each.ref, gates.name_of(state)))
    return found
