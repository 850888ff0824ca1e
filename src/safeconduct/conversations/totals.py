"""Counts that may leave the room: enquiries, and hardships by week; small ones are hidden."""

from collections.abc import Iterator
from datetime import date

from safeconduct.cells import Cell
from safeconduct.conversations.models import Condition, Conversation
from safeconduct.conversations.rules import Kind


def enquiries() -> Cell:
    """Return how many people have written to the programme: an enquiry is no application.

    Who said stop and nothing else has asked nothing.
    """
    asked = Conversation.objects.exclude(kind=Kind.STOP)
    people = asked.values("person_ref").distinct().count()
    return Cell("enquiry", people)


def hardships() -> Iterator[tuple[date, str, Cell]]:
    """Yield week, code and how often it was reported; the regions of a week are put together."""
    weeks: dict[tuple[date, str], int] = {}
    for week, code, count in Condition.objects.values_list("week", "code", "count"):
        weeks[week, code] = weeks.get((week, code), 0) + count
    for (week, code), count in sorted(weeks.items()):
        yield week, code, Cell(code, count)
