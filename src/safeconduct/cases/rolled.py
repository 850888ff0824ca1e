"""A commander's list: one claim by one source, and what may be done with a line of it. Pure.

Of 62 who were certified from one commander's list most were homeless people (Colombia 2006, verdadabierta 3752).
So a line is nobody until a second evidence of another source says so, and no line is ever written to.
"""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from safeconduct.access.rules import Duty, Officer
from safeconduct.cases import graded
from safeconduct.refusal import Refusal, Refused, said

COLUMNS = ("name", "rank", "born", "phone")
HEADS = frozenset({"name", "names", "имя", "фио", "ім’я", "ім'я", "піб"})
MOST = 200  # lines of one list (P): a company, and no register
LETTERS = 120  # of one cell
PASTED = 40_000  # of all that is pasted
# The list is a person's word; another person's word for it is of the same kind.
# A telephone in a wrong column would be kept; a date is no telephone, however it is written down.
_DATE = re.compile(r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{1,2}-\d{1,2})(?!\d)")
_NUMBER = re.compile(r"\d(?:[\W_]{0,3}\d){6}")
SECONDS = tuple(sorted(source.value for source in graded.Source if source != graded.Source.PERSON))
READS = (Duty.VER, Duty.SUP, Duty.LEG)
CERTIFIES = frozenset({Duty.VER, Duty.SUP})
Line = dict[str, str]


def read(text: str) -> list[Line]:
    """Return the lines of a pasted list, each with the four columns as he said them.

    Args:
        text: comma, semicolon or tab between name, rank, birth date and telephone; a first line of heads or none.

    Raises:
        Refused: more is told of people than the four, a line has no name or a number in a wrong column,
            or there are too many or none.
    """
    parted = next((mark for mark in "\t;" if mark in text), ",")
    # Cut, so that no cell is longer than csv takes: a list that fits 200 lines is far below it.
    pasted = csv.reader(text[:PASTED].splitlines(), delimiter=parted)
    rows = [[cell.strip()[:LETTERS] for cell in row] for row in pasted]
    rows = [row for row in rows if any(row)]
    if rows and rows[0][0].casefold() in HEADS:
        rows = rows[1:]
    if not rows or len(rows) > MOST or len(text) > PASTED:
        raise Refused(
            Refusal(
                "case.roll_size",
                said("A list has one line at least and {most} at most.", most=MOST),
                "Paste one line for each person: name, rank, birth date, telephone.",
            )
        )
    for number, row in enumerate(rows, 1):
        if len(row) > len(COLUMNS) or not row[0]:
            raise Refused(
                Refusal(
                    "case.roll_line",
                    said("Line {number} has no name, or more than four columns.", number=number),
                    "Take name, rank, birth date and telephone, and leave out all else.",
                )
            )
        if any(_NUMBER.search(_DATE.sub("born", cell)) for cell in row[: COLUMNS.index("phone")]):
            raise Refused(
                Refusal(
                    "case.roll_digits",
                    said(
                        "Line {number} has a long number where no telephone stands.", number=number
                    ),
                    "Telephones stand in the fourth column, where they are not kept. Write dates as 31.12.1990.",
                )
            )
    return [dict(zip(COLUMNS, [*row, "", "", ""], strict=False)) for row in rows]


def may_write(officer: Officer) -> Refusal | None:
    """Judge whether somebody works on a commander's list."""
    if Duty.VER in officer.duties:
        return None
    return Refusal(
        "case.not_your_duty", "A commander's list is not among your duties.", "Ask: VER."
    )


def may_back(signal: graded.Signal) -> Refusal | None:
    """Judge a second evidence of somebody on a list: of another source than a person's word, C3 or better."""
    if signal.source in SECONDS and graded.are_two_independent([_ITSELF, signal]):
        return None
    return Refusal(
        "case.no_second",
        "This is no second evidence: it is one more person's word, or worse than C3.",
        "The list itself is a person's word. Bring a paper, a face, a record, a place, or what only he can know.",
    )


# How the list itself stands: possibly true, of one who was believed before. It never stands alone.
_ITSELF = graded.Signal(graded.Source.PERSON, "C", graded.POSSIBLY)


class Standing(NamedTuple):
    """How one line of a list stands.

    Attributes:
        second: source of the second evidence, "" for none.
        second_by: who brought it.
        struck: the line was found to be another line's person.
    """

    second: str
    second_by: str
    struck: bool


def may_certify(officer: Officer, line: Standing, *, alike: Sequence[int]) -> Refusal | None:
    """Judge whether somebody on a list may be called a person who is known.

    Args:
        officer: who would; never who brought the second evidence.
        line: how the line stands.
        alike: lines that may be the same person, not yet told apart.
    """
    if line.struck or alike:
        return Refusal(
            "case.roll_alike",
            "This may be the same person as on another line.",
            "Say first whether they are one or two.",
        )
    if line.second not in SECONDS:
        return Refusal(
            "case.roll_alone",
            "A commander's word alone certifies nobody.",
            "Bring a second evidence of another source.",
        )
    if officer.ref == line.second_by or not CERTIFIES & officer.duties:
        return Refusal(
            "case.roll_other",
            "Whoever brought the second evidence does not certify it.",
            "Another verifier (VER) or a supervisor (SUP) looks at it.",
        )
    return None
