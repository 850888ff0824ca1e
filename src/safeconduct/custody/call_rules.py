"""Whether he speaks with a relative by video: his word, the time, and what stands when she is told. Pure.

No word of his has a reason, and none is asked for twice: no, and no answer, are full answers.
"""

from datetime import datetime, timedelta

from safeconduct.custody.rules import LATEST_VISIT
from safeconduct.refusal import Refusal

YES, NO, SILENT = "yes", "no", "none"
WORDS = (YES, NO, SILENT)
HELD, NOT_HELD = "held", "not_held"
OUTCOMES = (HELD, NOT_HELD)
# (P) From when she is told to the call: to be there, and for him to think again.
AHEAD = timedelta(hours=24)
NOTICE = timedelta(hours=3)  # (P) nearer than that she is told no time any more, and of no change


def may_answer(word: str, *, alone: bool, told: bool, over: bool) -> Refusal | None:
    """Judge his word on a call before it is written down; his no needs nothing, and comes as late as he likes.

    Args:
        alone: he was asked without guards and comrades.
        told: she was told a time; he may still cancel it, and take that back.
        over: she was told that there is no call, or whether it was held is written down.
    """
    if word not in WORDS or (word == SILENT and told):
        return Refusal("custody.no_call_word", "This is no answer of his to a call.")
    if over:
        return _OVER
    if word == YES and not alone:
        return Refusal(
            "custody.not_alone",
            "He was not asked in private.",
            "Ask him without his guards and without his comrades.",
        )
    return None


_OVER = Refusal(
    "custody.call_over",
    "This call is over.",
    "If another is asked for, it stands here by itself.",
)


def may_give(
    at: datetime, *, word: str, told: bool, over: bool, until: datetime, now: datetime
) -> Refusal | None:
    """Judge a time for a call: he said yes, and it lies far enough behind the hour in which she is told.

    Args:
        until: when she is told, fixed before anybody here knew of the call.
    """
    if over:
        return _OVER
    if told:
        return Refusal(
            "custody.call_told",
            "The relative was told this time already.",
            "If it cannot be held, he cancels it, or it is written down as not held; another may be asked for.",
        )
    if word != YES:
        return Refusal("custody.call_unsaid", "He has not said yes.", "Ask him first, alone.")
    first = max(until, now) + AHEAD
    if not first <= at <= first + LATEST_VISIT:
        return Refusal(
            "custody.call_time",
            "This time is less than a day after the relative is told, or more than two weeks later.",
            "Give another.",
        )
    return None


def may_close(
    outcome: str, *, before: str, told: datetime | None, word: str, now: datetime
) -> Refusal | None:
    """Judge what became of a call: its time is over. What was written down wrongly is taken back ("").

    Args:
        told: the time that she was told, None for none.
    """
    if outcome == "" and before:
        return None
    if outcome not in OUTCOMES or before or word != YES or told is None or now < told:
        return Refusal(
            "custody.call_ahead",
            "There is nothing to write down of this call: its time has not come, or it is done.",
        )
    return None


def stands(
    *, word: str, at: datetime | None, in_custody: bool, found: bool, moved: bool
) -> datetime | None:
    """Return the time of a call that he agreed to and that can be held, else None: she is told no reason.

    Args:
        in_custody: he is still held here.
        found: he still wishes to be found by those who ask after him.
        moved: he was brought to another place since the time was given.
    """
    return at if word == YES and in_custody and found and not moved else None
