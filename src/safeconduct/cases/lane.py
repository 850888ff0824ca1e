"""Who reads the case of one treated as a child: child protection and the few who must. Pure.

Sources: IDDRS 5.20, Paris Principles (own lane, no intelligence interview; L). Age in doubt is a child.
"""

from collections.abc import Collection

from safeconduct.access.rules import Duty
from safeconduct.refusal import Refusal

CHILD = "CHILD"
KEPT_IN = frozenset(
    {"IN_CUSTODY", "OUTCOME_CHOSEN"}
)  # a child there is in the lane by the fact alone
# Child protection; who heals and keeps him and owes him card and notice; his lawyer; who erases; and
# the supervisor, who hears of force and comes in by a broken glass that another reviews.
READS = frozenset({Duty.CPO, Duty.MED, Duty.RCP, Duty.RCV, Duty.LEG, Duty.DPO, Duty.AUD, Duty.SUP})


def in_lane(state: str, *, child: bool) -> bool:
    """Return whether the few alone read his case; on the way whoever brings him to safety does too."""
    return state == CHILD or (child and state in KEPT_IN)


def may_be_let_in(duties: Collection[Duty], *, lane: bool) -> Refusal | None:
    """Judge whether somebody may be let in for these duties."""
    if not lane or set(duties) <= READS:
        return None
    return Refusal(
        "case.childs_lane",
        "He may be a child: child protection and the few who must are let in, and nobody else.",
        "Ask child protection (CPO); two people lift the fact if he is an adult.",
    )
