"""What a relative may be told, and when. Pure: values in, verdict out.

The time of an answer is fixed before anything is looked up, and until then nobody is told anything.
Unknown, applied and not confirmed are one answer, in the same words: they say nothing of him.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.refusal import Refusal

TERM = timedelta(days=3)  # (P) from the request to its answer, whatever is found and however soon


class Ground(StrEnum):
    """By what a relative may be told at all: his own consent, or a legal decision on record."""

    CONSENT = "consent"
    DECISION = "decision"


class Answer(StrEnum):
    """The two answers there are; each is an approved text of the profile."""

    SAME = "tracing_same"
    CONFIRMED = "tracing_confirmed"


def due_at(opened_at: datetime) -> datetime:
    """Return when a request is answered: the first full hour after its term, and never another."""
    end = opened_at + TERM
    return end.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def answer(*, kinship: bool, ground: str, confirmed: bool) -> Answer:
    """Return which answer a request gets; all three must stand, or it is the same as for anybody.

    Args:
        kinship: somebody saw a proof that the asker is kin.
        ground: of `Ground`, "" for none.
        confirmed: the bureau has confirmed the fact that the request names.
    """
    stands = kinship and ground in set(Ground) and confirmed
    return Answer.CONFIRMED if stands else Answer.SAME


def lacking(*, kinship: bool, ground: str, fact: str) -> list[str]:
    """Return which of the three a request has not: kinship, ground, fact; see `answer`."""
    there = {"kinship": kinship, "ground": ground in set(Ground), "fact": bool(fact)}
    return [name for name, stands in there.items() if not stands]


def may_record(*, answered: bool, words: str) -> Refusal | None:
    """Judge whether something may be put to a request: it is not answered yet, and says what it is."""
    if answered:
        return Refusal("tracing.answered", "This request is answered.", "Begin another.")
    if not words.strip():
        return Refusal("tracing.empty", "Nothing was written.", "Write one line.")
    return None
