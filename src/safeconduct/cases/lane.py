"""Who reads the case of one treated as a child: child protection and the few who must. Pure.

Sources: IDDRS 5.20, Paris Principles (own lane, no intelligence interview; L). Age in doubt is a child.
"""

from collections.abc import Collection

from safeconduct.access.rules import Duty
from safeconduct.refusal import Refusal

CHILD = "CHILD"
# A child there is in the lane by the fact alone: somebody has him, and his way is over.
KEPT_IN = frozenset({"RECEIVED", "MEDICAL", "IN_CUSTODY", "OUTCOME_CHOSEN"})
ON_THE_WAY = frozenset({"PLANNED", "AGREED", "MOVING", "SIGHTED", "CONTACT", "SECURED"})
# Child protection; who heals and keeps him and owes him card and notice; his lawyer; who erases; and
# the supervisor, who hears of force and comes in by a broken glass that another reviews.
READS = frozenset({Duty.CPO, Duty.MED, Duty.RCP, Duty.RCV, Duty.LEG, Duty.DPO, Duty.AUD, Duty.SUP})
# Who holds fire off him and looks after those who have him: until a named person has ended the area.
WATCHES = frozenset({Duty.DPC, Duty.FCO, Duty.PIL})
# His passage is what protects him there: who talks him along and who planned it read on as well.
BRINGS = READS | WATCHES | {Duty.OP, Duty.PLN}


def in_lane(state: str, *, child: bool) -> bool:
    """Return whether child protection alone answers him, and the few alone read his case."""
    return state == CHILD or (child and state in KEPT_IN)


def readers(state: str, *, child: bool, area: bool) -> frozenset[Duty] | None:
    """Return who may read his case, None for whoever was let in.

    Before there is a plan the fact bars the interview and nothing else: whoever verifies him must.

    Args:
        area: a no-fire area of his stands that nobody has ended.
    """
    if in_lane(state, child=child):
        return READS | WATCHES if area else READS
    return BRINGS if child and state in ON_THE_WAY else None


def may_be_let_in(duties: Collection[Duty], *, reads: frozenset[Duty] | None) -> Refusal | None:
    """Judge whether somebody may be let in for these duties; `reads` is what `readers` told."""
    if reads is None or set(duties) <= reads:
        return None
    return Refusal(
        "case.childs_lane",
        "He may be a child: child protection and the few who must are let in, and nobody else.",
        "Ask child protection (CPO); two people lift the fact if he is an adult.",
    )
