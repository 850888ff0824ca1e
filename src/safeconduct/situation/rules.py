"""What may be said about a claim, and what never mixes. Pure.

Eight counts stand in eight rows; no sum, share or conversion crosses two of them. "Surrendered" is
no count: 6,543 applications once became "6,500 have surrendered" (pledgetimes.com).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from safeconduct.refusal import Refusal


class Counts(StrEnum):
    """What a figure counts. The first eight are the funnel; the rest stand beside it."""

    VISIT = "visit"
    ENQUIRY = "enquiry"
    APPLICATION = "application"
    VERIFIED = "verified"
    WAITING = "waiting"
    CROSSED = "crossed"
    IN_CUSTODY = "in_custody"
    EXCHANGED = "exchanged"
    REFUSED_ORDER = "refused_order"
    EXECUTED_BY_OWN_SIDE = "executed_by_own_side"
    UNSPECIFIED = "unspecified"


FUNNEL = tuple(Counts)[:8]
OURS = (
    *(Counts.ENQUIRY, Counts.APPLICATION, Counts.VERIFIED),
    *(Counts.WAITING, Counts.CROSSED, Counts.IN_CUSTODY),
)  # what the programme's own ledger can count; visits and exchanges are others' records


STOCKS = frozenset(
    {Counts.WAITING, Counts.IN_CUSTODY}
)  # held at an instant; never summed over time


class Qualifier(StrEnum):
    """How the number was put; "tens" stays a word, and "at least" has no upper end."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    ABOUT = "about"
    NO_NUMBER = "no_number"


class Party(StrEnum):
    """On whose side a source speaks."""

    OWN = "own"
    ENEMY = "enemy"
    THIRD = "third"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """What may be said about a claim besides its words."""

    IN_NO_ESTIMATE = "in_no_estimate"
    ONE_SIDE_ONLY = "one_side_only"
    ONE_ORIGIN = "one_origin"


@dataclass(frozen=True, slots=True)
class Told:
    """One claim as it was coded."""

    counts: Counts
    qualifier: Qualifier
    low: int | None
    high: int | None
    claimant_party: Party
    reliability: str
    credibility: int


RELIABILITY = "ABCDEF"  # Admiralty: A reliable … E unreliable, F cannot be judged
CREDIBILITY = range(1, 7)  # 1 confirmed … 5 improbable, 6 cannot be judged


def may_code(told: Told) -> Refusal | None:
    """Judge whether a claim is coded so that nobody can read more into it than was said."""
    low, high = told.low, told.high
    if told.reliability not in RELIABILITY or told.credibility not in CREDIBILITY:
        return Refusal(
            "claim.grade", "A grade is a letter A to F and a digit 1 to 6.", "Use F6 in doubt."
        )
    if told.qualifier is Qualifier.NO_NUMBER and (low is not None or high is not None):
        return Refusal(
            "claim.number", "A claim without a number has no range.", "Leave both ends empty."
        )
    if told.qualifier is not Qualifier.NO_NUMBER and low is None:
        return Refusal(
            "claim.number", "The claim names a number, so it has a lower end.", "Give it."
        )
    if told.qualifier is Qualifier.AT_LEAST and high is not None:
        return Refusal(
            "claim.at_least", "“At least” has no upper end.", "Leave the upper end empty."
        )
    if low is not None and (low < 0 or (high is not None and high < low)):
        return Refusal("claim.range", "The range runs backwards.", "Give the lower end first.")
    return None


def standing(told: Told) -> Standing:
    """Return what stands beside a claim of one origin."""
    if told.counts is Counts.UNSPECIFIED or told.low is None:
        return Standing.IN_NO_ESTIMATE
    if told.claimant_party in {Party.OWN, Party.ENEMY}:
        return Standing.ONE_SIDE_ONLY
    return Standing.ONE_ORIGIN


WITHDRAWN = Refusal(
    "earlier.withdrawn", "This total was withdrawn.", "Enter the month anew from the record."
)
NOT_READ = Refusal(
    "earlier.not_read", "No number was given.", "Write what you read in the record yourself."
)


def may_confirm_earlier(
    *, entered_by: str, confirmer: str, confirmed: bool, withdrawn: bool, read: int, entered: int
) -> Refusal | None:
    """Judge whether `confirmer` may stand for a total that somebody else entered from the records.

    Args:
        read: what the confirmer read in the record himself; he is not shown what was entered.
    """
    if withdrawn:
        return WITHDRAWN
    if confirmed:
        return Refusal(
            "earlier.confirmed", "This total is confirmed already.", "Nothing is left to do."
        )
    if entered_by == confirmer:
        return Refusal(
            "earlier.own",
            "You entered this total yourself.",
            "Ask another person who holds public figures (PUB).",
        )
    if read != entered:
        return Refusal(
            "earlier.differs",
            "You read another number in the record than was entered.",
            "Read it once more; if it stands, the first entry is wrong: say so, and enter it anew.",
        )
    return None


def may_doubt_earlier(*, why: str, doubted: bool, withdrawn: bool) -> Refusal | None:
    """Judge whether somebody may say that a total is wrong."""
    if withdrawn:
        return WITHDRAWN
    if doubted:
        return Refusal(
            "earlier.doubted", "Somebody has said so already.", "A second person withdraws it."
        )
    if not why.strip():
        return Refusal(
            "earlier.no_reason", "No reason was given.", "Write one line: what is wrong with it."
        )
    return None


def may_withdraw_earlier(*, doubted_by: str, by: str, withdrawn: bool) -> Refusal | None:
    """Judge whether `by` may withdraw a total that counts; it takes two, as to enter it."""
    if withdrawn:
        return WITHDRAWN
    if not doubted_by:
        return Refusal(
            "earlier.not_doubted", "Nobody has said that it is wrong.", "Say so, with the reason."
        )
    if doubted_by == by:
        return Refusal(
            "earlier.own_doubt",
            "You said yourself that it is wrong.",
            "Ask another person who holds public figures (PUB).",
        )
    return None


def may_enter_earlier(
    *, counts: Counts, count: int, month: date, open_month: date
) -> Refusal | None:
    """Judge whether a total from the time before this ledger may be entered.

    Args:
        open_month: the first day of the first month that is not counted yet.
    """
    if counts not in OURS:
        return Refusal(
            "earlier.kind", "This is not one of the programme's own counts.", "Code it as a claim."
        )
    if count < 0:
        return Refusal("earlier.negative", "A count is never negative.", "Check the record.")
    if month.replace(day=1) >= open_month:
        return Refusal(
            "earlier.running",
            "Only months that have been over for 14 days are entered.",
            "Wait until this one is.",
        )
    return None


def publishable(_released: Sequence[object] = ()) -> Refusal:
    """Refuse every release: the test against differences of figures is not built yet.

    Until it is, a figure that leaves cannot be taken back and may name a week and a place to the
    hunters.
    """
    return Refusal(
        "picture.not_public",
        "Nothing on this page may be published yet.",
        "A public figure needs the test against differences between releases, which is not built.",
    )
