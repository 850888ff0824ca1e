"""Whom somebody may read, the shared queue without a word of text, and a page of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from safeconduct.access import keyring, known
from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, Message, Take
from safeconduct.conversations.rules import Kind, Tier, Waiting

BODY = "conversations.Message.body"
TEXT = "text"  # the kind of field of what was said with him
LINE = "conversations.Conversation.line"
PAGE = 50


def conversation_for(
    who: Officer | WorkerId, _purpose: Purpose, *, ref: str, lock: bool = False
) -> Conversation:
    """Return one conversation to somebody let into it.

    Raises:
        Absent: there is none, or it is not for `who`; the two look the same.
    """
    rows = Conversation.objects.select_for_update() if lock else Conversation.objects.all()
    found = rows.filter(ref=ref).first()
    if found is None or (isinstance(who, Officer) and not access.member(who, found.compartment)):
        raise Absent
    if isinstance(who, Officer):
        known.show(who, ref, behind=found.person_ref)
    return found


def language_of(who: Officer, _purpose: Purpose, *, ref: str) -> str:
    """Return the language somebody writes in; "" where there is no conversation, or it is not for `who`."""
    found = Conversation.objects.filter(ref=ref).first() if ref else None
    return found.language if found and access.member(who, found.compartment) else ""


def waiting(desk: Desk = Desk.PEOPLE) -> QuerySet[Conversation]:
    """Return conversations that wait at a desk for somebody to take them, oldest first."""
    return Conversation.objects.filter(
        desk=desk, state="open", holder="", waiting_since__isnull=False
    ).order_by("waiting_since", "pk")


def children_waiting(officer: Officer, *, now: datetime) -> list[Conversation]:
    """Return the conversations of children into whose cases `officer` is let, that wait for an answer."""
    rows = Conversation.objects.filter(
        desk=Desk.CHILDREN, state="open", waiting_since__isnull=False,
        compartment__in=access.compartments_of(officer, now=now),
    )  # fmt: skip
    return list(rows.order_by("waiting_since", "pk"))


def picks(desk: Desk) -> list[Waiting]:
    """Return the queue of a desk as `rules.next_pick` needs it."""
    rows = waiting(desk).values_list("ref", "tier", "waiting_since", "wave", "weight")
    return [
        Waiting(ref, Tier(tier), since, wave, weight)
        for ref, tier, since, wave, weight in rows
        if since
    ]


def relatives_silent_since(cutoff: datetime) -> list[str]:
    """Return the person refs of relatives with whom no text was exchanged since. For rooms, not screens.

    Who ever stood on another desk, or wrote in another conversation since, is none of them.
    """
    others = Conversation.objects.filter(~Q(desk=Desk.RELATIVES) | Q(last_at__gte=cutoff))
    rows = Conversation.objects.filter(desk=Desk.RELATIVES, last_at__lt=cutoff)
    found = rows.exclude(person_ref__in=others.values("person_ref")).order_by("last_at", "pk")
    return list(dict.fromkeys(found.values_list("person_ref", flat=True)))


def taken_before(desk: Desk) -> int:
    """Return how many times somebody took the next at a desk."""
    return Take.objects.filter(conversation__desk=desk).count()


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What the queue tells of somebody who waits: age, language, kind; no text, no ref."""

    since: datetime
    language: str
    kind: str
    answer: bool  # False: he said stop, and somebody only looks why


def queue_for(_officer: Officer, _purpose: Purpose, desk: Desk = Desk.PEOPLE) -> list[QueueLine]:
    """Return the shared queue of a desk, longest waiting first, and last those who said stop.

    A distress word changes nothing here.
    """
    rows = waiting(desk).order_by(
        ExpressionWrapper(Q(tier=Tier.NONE), BooleanField()), "waiting_since", "pk"
    )
    found = rows.values_list("waiting_since", "language", "kind", "tier")[:PAGE]
    return [
        QueueLine(since, language, Kind.STOP, answer=False)
        if tier == Tier.NONE
        else QueueLine(since, language, kind, answer=True)
        for since, language, kind, tier in found
        if since
    ]


def queued(_officer: Officer, _purpose: Purpose, desk: Desk = Desk.PEOPLE) -> int:
    """Return how many conversations wait in the shared queue of a desk."""
    return waiting(desk).count()


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One of an officer's own conversations, with its last line."""

    conversation: Conversation
    last: str
    language: str
    ours: bool
    urgent: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one's own conversations; `after` leads to the next, "" at the end."""

    lines: list[ThreadLine]
    after: str


def own_for(officer: Officer, _purpose: Purpose, *, after: str = "", size: int = PAGE) -> Page:
    """Return one page of the officer's own conversations, newest first, by key and not by offset.

    His are those he holds and, where the keeper was asked, is let into. One keeper call opens the
    last lines of all of them.

    Args:
        after: what the page before gave, "<instant>_<id>".
    """
    return page_of(officer, Conversation.objects.all(), keyring.open_fields, after=after, size=size)


def page_of(
    officer: Officer,
    table: QuerySet[Conversation],
    open_fields: Callable[..., Keyring],
    *,
    after: str,
    size: int = PAGE,
) -> Page:
    """Return what `own_for` does, of these rows; a benchmark has rows that are sealed by nobody."""
    rows = (
        table.filter(holder=officer.ref)
        .select_related("last")
        .defer("last__body")
        .order_by("-last_at", "-id")
    )
    if officer.let_in is not None:
        rows = rows.filter(compartment__in=officer.let_in)
    found = list(older_than(rows, after)[: size + 1])
    shown = found[:size]
    lasts = {row.compartment for row in shown if row.line is not None}
    keys = open_fields(officer, Purpose.TRIAGE, lasts, ["line"])
    more = f"{shown[-1].last_at.isoformat()}_{shown[-1].pk}" if len(found) > size else ""
    return Page([_thread_line(row, keys) for row in shown], more)


def older_than(rows: QuerySet[Conversation], after: str) -> QuerySet[Conversation]:
    """Return those of `rows` behind "<instant>_<id>", which stands in an address; all, where it is none."""
    instant, _, number = after.partition("_")
    try:
        at, last = datetime.fromisoformat(instant).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return rows
    return rows.filter(Q(last_at__lte=at), Q(last_at__lt=at) | Q(id__lt=last))


def _thread_line(row: Conversation, keys: Keyring) -> ThreadLine:
    last = row.last
    return ThreadLine(
        conversation=row,
        last=line_in(row, keys),
        language=last.language if last else row.language,
        ours=bool(last and last.direction == "out"),
        urgent=row.tier == Tier.NOW and row.waiting_since is not None,
    )


def line_in(row: Conversation, keys: Keyring) -> str:
    """Return the last line of a conversation, with keys already opened; "" where there is none."""
    if row.line is None or keys.gone(row.compartment):
        return ""
    return keys.open(row.line, field=LINE, kind="line", compartment=row.compartment, ref=row.ref)


def body_of(message: Message, compartment: str, keys: Keyring) -> str:
    """Return a text with keys already opened; "" once its compartment was destroyed."""
    if keys.gone(compartment):
        return ""
    return keys.open(message.body, field=BODY, kind=TEXT, compartment=compartment, ref=message.ref)


def people_through(gateway: str, *, since: datetime | None) -> set[str]:
    """Return who wrote or was written to through a gateway. For rooms, not for screens.

    Args:
        gateway: its name; all its routes are meant.
        since: world time; None for all who ever did.
    """
    own = Q(route=gateway) | Q(route__startswith=f"{gateway}:")
    beside = Q(messages__route=gateway) | Q(messages__route__startswith=f"{gateway}:")
    rows = Conversation.objects.filter(own | beside)
    if since is not None:
        rows = rows.filter(messages__at__gte=since)
    return set(rows.values_list("person_ref", flat=True)) - {""}
