"""What a relative may be told, and when. Pure: values in, verdict out.

The time of an answer is fixed before anything is looked up, and until then nobody is told anything.
Unknown, applied, not confirmed and refused are one answer, in the same words: they say nothing of him.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct import names
from safeconduct.refusal import Refusal

KEY_BYTES = 16
TERM = timedelta(days=3)  # (P) from the request to its answer, whatever is found and however soon
CALL_TERM = timedelta(days=7)  # (P) from her word to what she is told, whatever is said meanwhile
LAST_LOOK = timedelta(hours=3)  # (P) before its time: later than that she is told of no change
KEPT = timedelta(days=1)  # (P) after its time: so long whoever connects them may ask for its word


class Ground(StrEnum):
    """By what a relative may be told at all: his own consent, or a legal decision on record."""

    CONSENT = "consent"
    DECISION = "decision"


class Answer(StrEnum):
    """The two answers there are; each is an approved text of the profile."""

    SAME = "tracing_same"
    CONFIRMED = "tracing_confirmed"


class Call(StrEnum):
    """The two texts on a video call; each is an approved text of the profile, the first with a time in it."""

    AT = "tracing_call_at"
    NONE = "tracing_call_none"


class Stage(StrEnum):
    """Where a call stands for the desk: nothing of it says what he said."""

    ASKED = "asked"
    TOLD = "told"
    STANDS = "stands"
    OVER = "over"


class Fact(StrEnum):
    """What the desk puts to a request, and may have been put to the wrong one."""

    KINSHIP = "kinship"
    GROUND = "ground"
    DESCRIBED = "described"


def due_at(opened_at: datetime) -> datetime:
    """Return when a request is answered: the first full hour after its term, and never another."""
    end = opened_at + TERM
    return end.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def call_due_at(asked_at: datetime) -> datetime:
    """Return when she who asks for a call is told: the first full hour after its term, and never another."""
    end = asked_at + CALL_TERM
    return end.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def last_look(at: datetime) -> datetime:
    """Return when a call at `at` is looked at for the last time, a full hour."""
    return (at - LAST_LOOK).replace(minute=0, second=0, microsecond=0)


def may_call(*, told: str, under_way: bool, caller: str) -> Refusal | None:
    """Judge whether a call is asked for: of what she was told alone, which the desk knows already.

    Args:
        told: what her request was answered, "" for nothing yet.
        under_way: she has asked for one that is not over.
        caller: who she is, as he is told it.
    """
    if told != Answer.CONFIRMED:
        return Refusal(
            "tracing.no_call",
            "This asker was not told that news is confirmed, so there is no call to ask for.",
            "What anybody is told says nothing of anybody: answer in the same words.",
        )
    if under_way:
        return Refusal(
            "tracing.call_open", "A call is asked for already.", "It is told at its time."
        )
    return may_record(answered=False, words=caller)


def answer(*, kinship: bool, ground: str, decided: bool, meant: int) -> Answer:
    """Return which answer a request gets; all four must stand, or it is the same as for anybody.

    Args:
        kinship: somebody saw a proof that the asker is kin.
        ground: of `Ground`, "" for none.
        decided: a lawyer said yes to exactly these papers, and to whom they are about.
        meant: how many of whom the bureau has confirmed a fact, and who may be found, the request
            describes; of two who cannot be told apart nobody is told.
    """
    stands = kinship and ground in set(Ground) and decided and meant == 1
    return Answer.CONFIRMED if stands else Answer.SAME


def asked(keys: bytes, *, ref: str) -> list[bytes]:
    """Return as many keys for every request, so that no look-up takes longer for what it asks.

    Args:
        keys: of its questions, one behind the other; b"" for a request that describes nobody.
        ref: of the request; what fills its keys up is made of it, and meets nothing.
    """
    found = [keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)]
    more = (hashlib.sha256(f"{ref}|{n}".encode()).digest() for n in range(names.MOST - len(found)))
    return [*found, *(each[:KEY_BYTES] for each in more)]


def lacking(*, kinship: bool, ground: str, described: bool, decided: bool) -> list[str]:
    """Return which of the four a request has not: kinship, ground, description, decision; see `answer`."""
    recorded = {"kinship": kinship, "ground": ground in set(Ground), "described": described}
    there = {**recorded, "decided": decided}
    return [name for name, stands in there.items() if not stands]


def may_put_up(*, kinship: bool, ground: str, described: bool) -> Refusal | None:
    """Judge whether a lawyer may be asked: he decides on all of it, for what changes later voids his yes."""
    if not lacking(kinship=kinship, ground=ground, described=described, decided=True):
        return None
    return Refusal(
        "tracing.incomplete",
        "A lawyer decides on all of it: the proof of kinship, the paper, and who is meant.",
        "Record what is lacking first.",
    )


def may_record(*, answered: bool, words: str) -> Refusal | None:
    """Judge whether something may be put to a request: it is not answered yet, and says what it is."""
    if answered:
        return Refusal("tracing.answered", "This request is answered.", "Begin another.")
    if not words.strip():
        return Refusal("tracing.empty", "Nothing was written.", "Write one line.")
    return None


def may_describe(questions: int) -> Refusal | None:
    """Judge a description: it must tell one person from his namesakes.

    Args:
        questions: how many can be made of it; see safeconduct/names.py.
    """
    if not questions:
        return Refusal(
            "tracing.undescribed",
            "By this nobody can be told from his namesakes.",
            "Write surname, first name and birth date, beside a short name his father's or a mark, or without a date both.",
        )
    return None
