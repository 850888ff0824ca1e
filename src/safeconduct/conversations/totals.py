"""Counts that may leave the room: enquiries, and hardships by week; small ones are hidden."""

from datetime import date, datetime, timedelta

from django.db.models import Min, Sum

from safeconduct.cells import LATE, Cell, by_month, total
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Condition, Conversation
from safeconduct.conversations.rules import Condition as Hardship
from safeconduct.conversations.rules import Kind, week_of

WEEKS = 4  # shown at once


def enquiries(*, now: datetime) -> Cell:
    """Return how many people have written to the programme: an enquiry is no application.

    Who said stop and nothing else has asked nothing, and a relative asks for another. Each counts
    in the month of his first word.
    """
    asked = Conversation.objects.exclude(desk=Desk.RELATIVES).exclude(kind=Kind.STOP)
    firsts = asked.values("person_ref").annotate(first=Min("opened_at"))
    since = Conversation.objects.aggregate(first=Min("opened_at"))["first"]
    months = by_month(firsts.values_list("first", flat=True), since=since, now=now)
    return total("enquiry", months)


def hardships(*, now: datetime) -> tuple[list[date], list[tuple[Hardship, list[Cell]]]]:
    """Return weeks, each by its Monday, and every hardship with its cell for each of them.

    A week counts when it has been over for `LATE`, so that nobody who looks twice reads off who
    spoke today. The regions of a week are put together, and the shape is always the same, so that
    no missing row tells in which week nobody spoke of something.
    """
    last = week_of(now - LATE) - timedelta(weeks=1)
    weeks = [last - timedelta(weeks=back) for back in range(WEEKS)]
    rows = Condition.objects.filter(week__in=weeks).values_list("week", "code")
    counted = {(week, code): count for week, code, count in rows.annotate(Sum("count"))}
    return weeks, [
        (each, [Cell.of(each, counted.get((week, each.value), 0)) for week in weeks])
        for each in Hardship
    ]
