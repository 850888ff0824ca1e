"""What was read to him by voice, and whether he said it back rightly. Pure.

Nobody goes, and nothing further is told, on a leg that he has said back wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.passage.rules import State
from safeconduct.refusal import Refusal

FIRST = "leg 1"


@dataclass(frozen=True, slots=True)
class SaidBack:
    """That he said one leg back, rightly or not."""

    part: str
    rightly: bool
    at: datetime


def may_say_back(
    state: State, *, part: str, told: Sequence[str], legs: Sequence[str]
) -> Refusal | None:
    """Judge whether a leg may be on record as read to him: the first one once he has agreed.

    Any other only when its text has left, so that no voice runs ahead of the texts.
    """
    if state is State.AGREED and part in legs and (part in told or part == FIRST):
        return None
    return Refusal(
        "passage.not_to_be_read",
        "This leg is not to be read to him now.",
        "The first leg is read once he has agreed, each other one when its text has left.",
    )


def misheard(said: Sequence[SaidBack]) -> Refusal | None:
    """Refuse to go on while what he said back last was wrong."""
    newest = max(said, key=lambda each: each.at, default=None)
    if newest is None or newest.rightly:
        return None
    return Refusal(
        "passage.misheard",
        "He has said a leg of his way back wrongly.",
        "Read it to him again, until he says it back rightly; or HOLD.",
    )
