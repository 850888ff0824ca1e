"""One conversation as its page shows it, in one keeper call."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.conversations import rules
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import AgreedWord, Conversation, Message, Presence
from safeconduct.conversations.queries.inbox import TEXT, body_of, conversation_for
from safeconduct.conversations.reading import reader
from safeconduct.conversations.rules import Signal, Tier
from safeconduct.post import queries as post
from safeconduct.post.across import end_of_said
from safeconduct.post.channels import SPOKEN_CHANNELS, channel_of
from safeconduct.post.facts import at_once
from safeconduct.post.linked import Way, ways_to
from safeconduct.post.windows import opens_next
from safeconduct.programme.profile import Profile

THREAD_PAGE = 60
WORD = "conversations.AgreedWord.word"
PRESENT_FOR = timedelta(seconds=30)  # real time since he was seen last
WAY_KINDS = frozenset({"instruction", "abort"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text or note as the conversation shows it; texts of the way stand among the others."""

    ref: str
    at: datetime
    direction: str
    kind: str
    language: str
    text: str
    by_name: str
    fate: post.Fate | None
    maybe_again: bool = False
    incomplete: bool = False
    channel: str = ""
    at_once: tuple[str, ...] = ()  # of place, time and sign, on a channel that others read

    @property
    def spoken(self) -> bool:
        """Return whether it was said by voice or radio, or was to be."""
        return self.to_say or self.kind in {*SPOKEN_CHANNELS, "unsaid"}

    @property
    def to_say(self) -> bool:
        """Return whether these are words of ours that nobody has said yet."""
        return self.kind.startswith("to_say:")


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as its page shows it.

    Attributes:
        newest_in: ref of his newest text; a reply must name it.
        signals: why it is urgent, his words included; read anew from his unanswered texts.
        opens: when his next safe window opens, None when none will.
        before: leads to older texts, "" at the beginning.
        said: the end of what was said to him last; the next text is read with it.
    """

    conversation: Conversation
    spoken: list[Spoken]
    newest_in: str
    signals: list[Signal]
    writing: list[str]
    looking: list[str]
    reach: post.Reach
    opens: datetime | None
    frozen: bool
    stopped: bool
    before: str
    members: int
    ways: list[Way]
    said: str


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
    keys = keyring.open_fields(officer, purpose, [row.compartment], [TEXT, post.SENT])
    shown = found[:THREAD_PAGE][::-1]
    edge = row.messages.filter(ref=before).first() if before else None
    way = _of_the_way(
        officer,
        row,
        keys,
        since=shown[0].at if older and shown else None,
        until=edge.at if edge else None,
    )
    spoken = sorted([*_spoken(officer, shown, row, keys), *way], key=lambda each: each.at)
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
        opens=opens_next(post.openings_of(row.person_ref), now=now),
        frozen=post.is_frozen(row.person_ref),
        stopped=stopped is not None,
        before=older,
        members=_known_to(row, now=now),
        ways=ways_to(row.person_ref),
        said=end_of_said(row.person_ref, keys, row.compartment),
    )  # fmt: skip


def spoken_for(officer: Officer, purpose: Purpose, *, ref: str) -> list[Spoken]:
    """Return what was said by voice or radio in a conversation, or is to be, oldest first.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    row = conversation_for(officer, purpose, ref=ref)
    found = list(row.messages.filter(key__startswith="V-").order_by("-at", "-id")[:THREAD_PAGE])
    keys = keyring.open_fields(officer, purpose, [row.compartment] if found else [], [TEXT])
    return _spoken(officer, found[::-1], row, keys)


def _before(row: Conversation, before: str) -> QuerySet[Message]:
    rows = row.messages.order_by("-at", "-id")
    edge = row.messages.filter(ref=before).first() if before else None
    if edge is None:
        return rows
    return rows.filter(Q(at__lt=edge.at) | Q(at=edge.at, id__lt=edge.pk))


def _spoken(
    officer: Officer, shown: Sequence[Message], row: Conversation, keys: Keyring
) -> list[Spoken]:
    ours = [each.key for each in shown if each.direction == "out"]
    fates = post.fates_of(officer, Purpose.READ, ours)
    names = access.names_of(each.by for each in shown if each.by)
    return [
        Spoken(
            ref=each.ref,
            at=each.at,
            direction=each.direction,
            kind=each.kind,
            language=each.language,
            text=(text := body_of(each, row.compartment, keys)),
            channel=(channel := channel_of(each.route or row.route)),
            at_once=tuple(sorted(at_once(text, channel=channel))) if each.direction == "in" else (),
            by_name=names.get(each.by, ""),
            fate=fates.get(each.key),
            maybe_again=each.maybe_again,
            incomplete=each.incomplete,
        )
        for each in shown
    ]


def _of_the_way(
    officer: Officer,
    row: Conversation,
    keys: Keyring,
    *,
    since: datetime | None,
    until: datetime | None,
) -> list[Spoken]:
    """Return texts that other rooms put out for him: places, times and signs, hold and abort."""
    texts = post.texts_of(row.person_ref)
    here = set(
        Message.objects.filter(key__in=[each.ref for each in texts]).values_list("key", flat=True)
    )
    found = [
        each
        for each in texts
        if (each.kind in WAY_KINDS or (row.desk == Desk.RELATIVES and each.ref not in here))
        and (since is None or each.put_at >= since)
        and (until is None or each.put_at < until)
    ]
    fates = post.fates_of(officer, Purpose.READ, [each.ref for each in found])
    names = access.names_of(each.by for each in found)
    return [
        Spoken(
            ref=each.ref,
            at=each.put_at,
            direction="out",
            kind=each.kind,
            language=each.language,
            text=post.opened(each, keys),
            by_name=names.get(each.by, ""),
            fate=fates.get(each.ref),
        )
        for each in found
        if not keys.gone(row.compartment)
    ]


def _signals(row: Conversation, spoken: Iterable[Spoken], profile: Profile) -> list[Signal]:
    """Return why it is urgent: only while somebody waits, and nothing of a distress word."""
    if row.waiting_since is None or row.tier != Tier.NOW:
        return []
    found: dict[str, Signal] = {}
    for each in spoken:
        if each.direction == "in" and each.at >= row.waiting_since:
            read = reader.triage(
                each.text, known=True, context=row.context, profile=profile, sent_at=each.at,
                guess=row.language,
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


def others_in(row: Conversation, *, now: datetime) -> int:
    """Return how many people beside its holder are let in; supervisors come for readings alone."""
    found = access.members_of(row.compartment, now=now)
    return sum(bool(duties - {Duty.SUP}) for who, duties in found.items() if who != row.holder)


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

    What somebody wrote down that he said is not his own text.

    Raises:
        Absent: there is no such conversation, or it is not for `officer`.
    """
    row = conversation_for(officer, purpose, ref=ref)
    found = list(
        row.messages.filter(direction="in", at__gt=since)
        .exclude(kind__in=SPOKEN_CHANNELS)
        .order_by("at", "id")
    )
    keys = keyring.open_fields(officer, purpose, [row.compartment] if found else [], [TEXT])
    return [
        HisText(
            each.ref, each.at, body_of(each, row.compartment, keys), each.language,
            each.kind == "all_clear",
        )
        for each in found
    ]  # fmt: skip


def words_agreed(
    _who: Officer | WorkerId, _purpose: Purpose, *, people: Iterable[str]
) -> dict[str, tuple[str, datetime]]:
    """Return who agreed the two words that stand, and when, by person; the words stay sealed."""
    rows = AgreedWord.objects.filter(person_ref__in=list(people), ended_at=None).order_by("pk")
    return {row.person_ref: (row.agreed_by, row.agreed_at) for row in rows}


def is_like_agreed(
    officer: Officer, purpose: Purpose, *, person_ref: str, words: Collection[str]
) -> bool:
    """Return whether one of `words` is, or nearly is, one of the two that he agreed. For rooms.

    Raises:
        Refused: the keeper opens no such word for `officer`.
    """
    rows = list(AgreedWord.objects.filter(person_ref=person_ref, ended_at=None))
    keys = keyring.open_fields(officer, purpose, {row.compartment for row in rows}, [TEXT])
    forms = [
        keys.open(
            row.word, field=WORD, kind=TEXT, compartment=row.compartment, ref=row.ref
        ).partition(":")[2]
        for row in rows
    ]
    return any(rules.are_alike(word, form) for word in words for form in forms)


def all_clear_since(person_ref: str, *, since: datetime) -> bool:
    """Return whether he has written his all-clear word since an instant. For rooms, not screens."""
    return Message.objects.filter(
        conversation__person_ref=person_ref, at__gte=since, kind="all_clear"
    ).exists()
