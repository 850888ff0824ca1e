"""What dangers reported since mean for a plan: whom it calls, and what it bars. Pure.

Nothing here stops anybody who is on the way: a person decides, and is called.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from safeconduct.passage.rules import State, too_dangerous
from safeconduct.refusal import Refusal


class Verdict(StrEnum):
    """What the reports of now make of a plan's ways."""

    SAME = "SAME"
    EASED = "EASED"
    WORSE = "WORSE"
    BARRED = "BARRED"  # no such plan would be approved now
    UNKNOWN = "UNKNOWN"  # this plan could not be priced: nobody may take that for good news


CALLS = frozenset({Verdict.WORSE, Verdict.BARRED, Verdict.UNKNOWN})
# Most urgent first: whoever is on the way, then whoever knows a plan, then what waits for a yes.
URGENT = (State.AGREED, State.OFFERED, State.OPEN, State.ONE_OF_TWO, State.DRAFT)


def calls(
    new: Verdict, near: Sequence[str], *, old: Verdict, told_of: Sequence[str], knew: Sequence[str]
) -> bool:
    """Return whether somebody is called: it got worse by a report that nobody was called for yet.

    Args:
        near: refs of the reports that cost something on its ways now.
        told_of: those of the last time.
        knew: those the plan was made with.
    """
    fresh = set(near) - set(told_of) - set(knew)
    other = new is not old and (new, old) != (Verdict.WORSE, Verdict.BARRED)
    return new in CALLS and (old not in CALLS or other or bool(fresh))


def may_turn(
    told: Mapping[str, Sequence[int]],
    at: str,
    *,
    verdict: Verdict,
    up_to_date: bool,
    most_p_milli: int,
) -> Refusal | None:
    """Judge the way to the other place by what is reported now, as its approval was judged.

    Args:
        told: letter and leg → figure in thousandths, and whether it enters mined ground.
        at: the letter he is led to and the leg he would turn off from, "A2".
        most_p_milli: the programme's limit, "exposed" in the profile.
    """
    if not up_to_date:
        return _BEING_PRICED
    if verdict is Verdict.UNKNOWN or at not in told:
        return Refusal(
            "passage.turn_unknown",
            "What the reported dangers make of the way to the other place could not be worked out.",
            "HOLD or ABORT.",
        )
    p_milli, mined = told[at]
    if too_dangerous(mined=bool(mined), p_milli=p_milli, most_p_milli=most_p_milli) is None:
        return None
    return Refusal(
        "passage.turn_barred",
        "Since this plan was made a danger was reported: the way to the other place is mined, or above the limit.",
        "Choose another leg, HOLD or ABORT.",
    )


_BEING_PRICED = Refusal(
    "passage.being_priced",
    "Reported dangers changed a moment ago, and this plan's ways are being priced anew.",
    "Wait a second and press again.",
)


def may_go_on(verdict: Verdict, *, up_to_date: bool) -> Refusal | None:
    """Judge whether a plan may be approved, or set off, by what is reported now.

    Args:
        up_to_date: its ways were priced by what stands now.
    """
    if verdict is Verdict.BARRED:
        return Refusal(
            "passage.barred",
            "Since this plan was made a danger was reported: its way is mined, or above the limit.",
            "Take the plan back and make another.",
        )
    if verdict is Verdict.UNKNOWN:
        return Refusal(
            "passage.not_priced",
            "What the reported dangers make of this plan's ways could not be worked out.",
            "Take the plan back and make another.",
        )
    return None if up_to_date else _BEING_PRICED
