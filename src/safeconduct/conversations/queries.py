"""Whom somebody may read, the shared queue without a word of text, and a page of one's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.conversations import rules
from safeconduct.conversations.models import (
    CannedText,
    Conversation,
    Message,
    Presence,
    SecondReading,
    Take,
)
from safeconduct.conversations.rules import Signal, Tier, Waiting
from safeconduct.post import queries as post
from safeconduct.programme.profile import Profile

BODY = "conversations.Message.body"
CAUSE = "conversations.SecondReading.cause"
PAGE = 50
THREAD_PAGE = 60
PRESENT_FOR = timedelta(seconds=30)  # real time since he was seen last


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
    return found


def waiting() -> QuerySet[Conversation]:
    """Return conversations that wait for somebody to take them, oldest first."""
    return Conversation.objects.filter(
        state="open", holder="", waiting_since__isnull=False
    ).order_by("waiting_since", "pk")


def picks() -> list[Waiting]:
    """Return the queue as `rules.next_pick` needs it."""
    rows = waiting().values_list("ref", "tier", "waiting_since")
    return [Waiting(ref, Tier(tier), since) for ref, tier, since in rows if since]


def taken_before() -> int:
    """Return how many conversations were ever taken from the queue."""
    return Take.objects.count()


@dataclass(frozen=True, slots=True)
class QueueLine:
    """What the queue tells of somebody who waits: age, language, kind; no text, no ref."""

    since: datetime
    language: str
    kind: str


def queue_for(_officer: Officer, _purpose: Purpose) -> list[QueueLine]:
    """Return the shared queue, longest waiting first. A distress word changes nothing here."""
    rows = waiting().values_list("waiting_since", "language", "kind")[:PAGE]
    return [QueueLine(*row) for row in rows]


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

    One keeper call opens the last lines of all of them.

    Args:
        after: what the page before gave, "<instant>_<id>".
    """
    rows = (
        Conversation.objects.filter(holder=officer.ref)
        .select_related("last")
        .order_by("-last_at", "-id")
    )
    if after:
        instant, _, number = after.partition("_")
        at = datetime.fromisoformat(instant)
        rows = rows.filter(Q(last_at__lte=at), Q(last_at__lt=at) | Q(id__lt=int(number)))
    found = list(rows[: size + 1])
    shown = found[:size]
    lasts = {row.compartment for row in shown if row.last is not None}
    keys = keyring.open_fields(officer, Purpose.TRIAGE, lasts, ["body"])
    more = f"{shown[-1].last_at.isoformat()}_{shown[-1].pk}" if len(found) > size else ""
    return Page([_thread_line(row, keys) for row in shown], more)


def _thread_line(row: Conversation, keys: Keyring) -> ThreadLine:
    last = row.last
    return ThreadLine(
        conversation=row,
        last=_body(last, row.compartment, keys) if last else "",
        language=last.language if last else row.language,
        ours=bool(last and last.direction == "out"),
        urgent=row.tier == Tier.NOW and row.waiting_since is not None,
    )


def _body(message: Message, compartment: str, keys: Keyring) -> str:
    if keys.gone(compartment):
        return ""
    return keys.open(message.body, field=BODY, compartment=compartment, ref=message.ref)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text or note as the conversation shows it."""

    message: Message
    text: str
    by_name: str
    fate: post.Fate | None


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as its page shows it.

    Attributes:
        newest_in: ref of his newest text; a reply must name it.
        signals: why it is urgent, his words included; read anew from his unanswered texts.
        before: leads to older texts, "" at the beginning.
    """

    conversation: Conversation
    spoken: list[Spoken]
    newest_in: str
    signals: list[Signal]
    writing: list[str]
    looking: list[str]
    reach: post.Reach
    frozen: bool
    stopped: bool
    before: str
    members: int


def thread_for(
    officer: Officer, purpose: Purpose, *, ref: str, profile: Profile, now: datetime,
    wall: datetime, before: str = "",
) -> Thread:  # fmt: skip
    """Return one conversation with its texts in order, in one keeper call.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    row = conversation_for(officer, purpose, ref=ref)
    found = list(_before(row, before)[: THREAD_PAGE + 1])
    older = found[THREAD_PAGE - 1].ref if len(found) > THREAD_PAGE else ""
    keys = keyring.open_fields(officer, purpose, [row.compartment], ["body"])
    spoken = _spoken(found[:THREAD_PAGE][::-1], row.compartment, keys)
    writing, looking = _present(row, officer, wall=wall)
    stopped = post.stopped_at(row.person_ref)
    return Thread(
        conversation=row,
        spoken=spoken,
        newest_in=newest_in(row),
        signals=_signals(row, spoken, profile),
        writing=writing,
        looking=looking,
        reach=post.reach_of(
            officer, purpose, person_ref=row.person_ref, now=now,
            reply_after_stop=profile.limit("reply_after_stop"),
        ),
        frozen=post.is_frozen(row.person_ref),
        stopped=stopped is not None,
        before=older,
        members=_known_to(row, now=now),
    )  # fmt: skip


def _before(row: Conversation, before: str) -> QuerySet[Message]:
    rows = row.messages.order_by("-at", "-id")
    edge = row.messages.filter(ref=before).first() if before else None
    if edge is None:
        return rows
    return rows.filter(Q(at__lt=edge.at) | Q(at=edge.at, id__lt=edge.pk))


def _spoken(shown: Iterable[Message], compartment: str, keys: Keyring) -> list[Spoken]:
    rows = list(shown)
    fates = post.fates_of(row.key for row in rows if row.direction == "out")
    names = access.names_of(row.by for row in rows if row.by)
    return [
        Spoken(
            message=row,
            text=_body(row, compartment, keys),
            by_name=names.get(row.by, ""),
            fate=fates.get(row.key),
        )
        for row in rows
    ]


def _signals(row: Conversation, spoken: Iterable[Spoken], profile: Profile) -> list[Signal]:
    """Return why it is urgent: only while somebody waits, and nothing of a distress word."""
    if row.waiting_since is None or row.tier != Tier.NOW:
        return []
    found: dict[str, Signal] = {}
    for each in spoken:
        if each.message.direction == "in" and each.message.at >= row.waiting_since:
            read = rules.triage(
                each.text, known=True, context=row.context, stop_words=profile.stop_words,
                languages=profile.languages, guess=row.language,
            )  # fmt: skip
            for signal in read.signals:
                found.setdefault(signal.reason, signal)
    return [found.get(reason, Signal(reason, Tier.NOW)) for reason in row.reasons]


def newest_in(row: Conversation) -> str:
    """Return the ref of his newest text, "" when he has written none."""
    found = row.messages.filter(direction="in").order_by("-at", "-id")
    return found.values_list("ref", flat=True).first() or ""


def _present(row: Conversation, officer: Officer, *, wall: datetime) -> tuple[list[str], list[str]]:
    rows = Presence.objects.filter(conversation=row, seen_at__gt=wall - PRESENT_FOR).exclude(
        person=officer.ref
    )
    names = access.names_of(each.person for each in rows)
    writing = [names.get(each.person, "") for each in rows if each.writing]
    return writing, [names.get(each.person, "") for each in rows if not each.writing]


def canned_for(_officer: Officer, _purpose: Purpose, *, profile: Profile, language: str) -> list[
    tuple[str, str, str]
]:  # fmt: skip
    """Return ready texts in one language: key, name, text; the profile's and the approved ones."""
    own = [(key, key, profile.text(key, language)) for key in profile.texts]
    rows = CannedText.objects.filter(approved_at__isnull=False, withdrawn_at=None).order_by("name")
    return own + [
        (row.ref, row.name, row.texts[language]) for row in rows if row.texts.get(language)
    ]


def readings_for(officer: Officer, _purpose: Purpose) -> list[SecondReading]:
    """Return second readings that wait, oldest first; they look the same whatever their cause.

    Raises:
        Absent: not a supervisor.
    """
    if Duty.SUP not in officer.duties:
        raise Absent
    rows = SecondReading.objects.filter(read_at=None).select_related("conversation")
    return list(rows.order_by("put_at", "pk"))


def reading_for(
    officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False
) -> SecondReading:
    """Return one second reading to a supervisor let into the conversation.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    rows = SecondReading.objects.select_for_update(of=("self",)) if lock else SecondReading.objects
    found = rows.select_related("conversation").filter(ref=ref).first()
    if (
        found is None
        or Duty.SUP not in officer.duties
        or not access.member(officer, found.compartment)
    ):
        raise Absent
    return found


def cause_of(officer: Officer, purpose: Purpose, *, ref: str) -> str:
    """Return why a conversation is to be read again: "drawn", "asked" or "word".

    Raises:
        Absent: not a supervisor, or not let into it.
    """
    found = reading_for(officer, purpose, ref=ref)
    keys = keyring.open_fields(officer, purpose, [found.compartment], ["body"])
    return keys.open(found.cause, field=CAUSE, compartment=found.compartment, ref=found.ref)


@dataclass(frozen=True, slots=True)
class His:
    """One of his texts, opened."""

    ref: str
    text: str
    at: datetime
    all_clear: bool


def his_texts_since(
    who: Officer | WorkerId, purpose: Purpose, *, ref: str, since: datetime
) -> list[His]:
    """Return his texts in a conversation since an instant, oldest first, in one keeper call.

    Raises:
        Absent: there is no such conversation, or it is not for `who`.
    """
    row = conversation_for(who, purpose, ref=ref)
    rows = Message.objects.filter(
        conversation__person_ref=row.person_ref, direction="in", at__gte=since
    ).order_by("at", "id")
    keys = keyring.open_fields(who, purpose, [row.compartment], ["body"])
    return [
        His(each.ref, _body(each, row.compartment, keys), each.at, each.kind == "all_clear")
        for each in rows
    ]


def all_clear_since(person_ref: str, *, since: datetime) -> bool:
    """Return whether he has written his all-clear word since an instant. For rooms, not screens."""
    return Message.objects.filter(
        conversation__person_ref=person_ref, at__gte=since, kind="all_clear"
    ).exists()


def _known_to(row: Conversation, *, now: datetime) -> int:
    """Return how many people know it, supervisors apart: their coming must change no screen."""
    found = access.members_of(row.compartment, now=now).values()
    return sum(bool(duties - {Duty.SUP}) for duties in found)


@dataclass(frozen=True, slots=True)
class HisText:
    """One text of his, for the room that waits for his answer; `all_clear` bears his agreed word."""

    ref: str
    at: datetime
    text: str
    language: str
    all_clear: bool


def his_texts_since(
    officer: Officer, purpose: Purpose, *, ref: str, since: datetime
) -> list[HisText]:
    """Return what he has written in a conversation since an instant, oldest first.

    Raises:
        Absent: there is no such conversation, or it is not for `officer`.
    """
    row = conversation_for(officer, purpose, ref=ref)
    found = list(row.messages.filter(direction="in", at__gte=since).order_by("at", "id"))
    keys = keyring.open_fields(officer, purpose, [row.compartment] if found else [], ["body"])
    return [
        HisText(
            each.ref, each.at, _body(each, row.compartment, keys), each.language,
            each.kind == "all_clear",
        )
        for each in found
    ]  # fmt: skip
