"""Signals of who he is, each graded by itself, and what they amount to. Pure. No score is ever drawn.

The grades are the Admiralty's: the source A (reliable) to E, F cannot be judged; what it says 1
(confirmed) to 5 (improbable), 6 cannot be judged. The two bars stand in docs/decisions/0063.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from safeconduct.access.rules import Duty, Officer
from safeconduct.refusal import Refusal, Refused

RELIABILITY = "ABCDEF"
CREDIBILITY = range(1, 7)
PROBABLY, POSSIBLY = 2, 3  # of the Admiralty's credibility; 1 is confirmed
SOURCES = 2  # who say it without each other


class Source(StrEnum):
    """Where a signal comes from. Two signals are independent when their sources differ."""

    KNOWLEDGE = "knowledge"
    PAPER = "paper"
    FACE = "face"
    RECORD = "record"
    PERSON = "person"
    PLACE = "place"


class Signal(NamedTuple):
    """One graded signal. A later one of the same source stands in place of the earlier."""

    source: Source
    reliability: str
    credibility: int


def read(source: str, letter: str, digit: str) -> Signal:
    """Return the signal that a form says.

    Raises:
        Refused: no source that we know, or no grade.
    """
    if source not in set(Source):
        raise Refused(
            Refusal(
                "case.no_source", "There is no such source of a signal.", "Choose one of the list."
            )
        )
    if letter not in set(RELIABILITY) or digit not in set(map(str, CREDIBILITY)):
        raise Refused(
            Refusal(
                "case.grade", "A grade is a letter A to F and a digit 1 to 6.", "Use F6 in doubt."
            )
        )
    return Signal(Source(source), letter, int(digit))


def may_grade(officer: Officer) -> Refusal | None:
    """Judge whether `officer` may grade a signal."""
    if Duty.VER in officer.duties:
        return None
    return Refusal("case.not_your_duty", "Grading signals is not among your duties.", "Ask: VER.")


def _standing(signals: Iterable[Signal]) -> list[Signal]:
    return list({each.source: each for each in signals}.values())


def is_identity_b(signals: Iterable[Signal]) -> bool:
    """Return whether one signal is of a source B or better, and at least probably true (2).

    Args:
        signals: oldest first.
    """
    return any(s.reliability <= "B" and s.credibility <= PROBABLY for s in _standing(signals))


def are_two_independent(signals: Iterable[Signal]) -> bool:
    """Return whether two different sources, C or better, each say what is at least possibly true (3).

    Args:
        signals: oldest first.
    """
    good = [s for s in _standing(signals) if s.reliability <= "C" and s.credibility <= POSSIBLY]
    return len(good) >= SOURCES
