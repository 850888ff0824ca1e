"""Whether a walk-in and an earlier case may be said to be one man. Pure; two people say it."""

from safeconduct.access.rules import Duty, Officer
from safeconduct.refusal import Refusal

# Who may say that a walk-in and an earlier case are one man, and how many of them.
MERGE = frozenset({Duty.OP, Duty.VER, Duty.RCV, Duty.RCP})
MERGED_BY = 2
EXPECTED = frozenset({"PLANNED", "AGREED", "MOVING", "SIGHTED"})  # a plan of his lives
# Where a case may stand whose man has come another way. Those under suspected force are shown as
# they stood before, and merged like these.
EARLIER = frozenset(
    {
        *("ENQUIRY", "APPLIED", "VERIFYING", "STANDBY", "READY", "DECLINED", "LOST_CONTACT"),
        *("NOT_ACCEPTED", "REFERRED_OUT", "ABORTED", "MISSING", "DURESS", "COMPROMISED"),
    }
)
_NOT_YOURS = Refusal(
    "case.not_your_duty",
    "Merging two cases is not among your duties.",
    "Ask: operator (OP), verifier (VER), receiving lead (RCV), reception officer (RCP).",
)


def may_merge(who: Officer, *, person_ref: str, state: str, earlier: str) -> Refusal | None:
    """Judge whether `who` may put up that a case and an earlier one are one man.

    Args:
        person_ref: of the case he came under, "" for a walk-in whom no channel knows.
        state: of that case.
        earlier: state of the other, as it is shown to `who`.
    """
    if not who.duties & MERGE:
        return _NOT_YOURS
    if person_ref or state == "PURGED":
        return Refusal(
            "case.no_walk_in",
            "Only a walk-in whom no channel knows is merged with an earlier case.",
            "Open the walk-in, and name the earlier case there.",
        )
    if earlier in EXPECTED:
        return Refusal(
            "case.expected",
            "A plan of the earlier case lives: he may be the one who is expected.",
            "If he is, record on its page that he is here; if not, leave both as they are.",
        )
    if earlier not in EARLIER:
        return Refusal(
            "case.not_earlier",
            "The other case has an arrival of its own.",
            "Name a case whose man has not come yet.",
        )
    return None


def may_unmerge(who: Officer) -> Refusal | None:
    """Judge whether `who` may put up that two merged cases are two men after all."""
    return None if who.duties & MERGE else _NOT_YOURS
