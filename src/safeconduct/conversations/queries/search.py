"""Looking for words in what an officer may open, and in nothing else; bounded, and each opening counts."""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Officer, Purpose
from safeconduct.conversations import finding
from safeconduct.conversations.finding import Found
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.queries.inbox import TEXT, body_of, older_than

AT_ONCE = 25  # conversations opened by one search: an eighth of what the keeper allows in a day
TEXTS = 60  # newest of each; older ones are read in the conversation itself
SHOWN = 3  # hits of each


@dataclass(frozen=True, slots=True)
class Hit:
    """One text in which all the words stand."""

    conversation: Conversation
    at: datetime
    direction: str
    language: str
    found: Found


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search found: `looked` conversations were opened; `after` leads to older ones."""

    hits: list[Hit]
    looked: int
    after: str


def search(officer: Officer, *, typed: str, after: str, now: datetime) -> Searched:
    """Return where the words stand in the newest conversations that the officer is let into.

    One keeper call opens them for reading, at the rate of reading; it is refused or given whole.

    Args:
        after: what the search before gave, "<instant>_<id>"; "" for the newest.

    Raises:
        Refused: over the keeper's rate.
    """
    inside = access.compartments_of(officer, now=now)
    newest = Conversation.objects.filter(compartment__in=inside).order_by("-last_at", "-id")
    rows = list(older_than(newest, after)[: AT_ONCE + 1])
    shown, words = rows[:AT_ONCE], finding.wanted(typed)
    keys = keyring.open_fields(officer, Purpose.READ, {row.compartment for row in shown}, [TEXT])
    hits = []
    for row in shown:
        texts = row.messages.order_by("-at", "-id")[:TEXTS]
        told = ((each, body_of(each, row.compartment, keys)) for each in texts)
        fits = ((each, place) for each, text in told if (place := finding.found_in(text, words)))
        hits += [
            Hit(row, each.at, each.direction, each.language, place)
            for each, place in list(fits)[:SHOWN]
        ]
    more = f"{shown[-1].last_at.isoformat()}_{shown[-1].pk}" if len(rows) > AT_ONCE else ""
    return Searched(hits, len(shown), more)
