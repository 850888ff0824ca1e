"""What a shift leaves to the next: what is open, who waits, how long, what was promised, what is wrong.

Each reader gets the conversations that he is let into, and of the others that there are some.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, HandedOver, HandOver
from safeconduct.conversations.queries.inbox import line_in
from safeconduct.conversations.rules import Tier
from safeconduct.pledges import queries as pledges
from safeconduct.post import queries as post
from safeconduct.post.rules import Outcome

MOST = 50  # conversations of one hand-over: more is no shift's, and each takes the keeper's time
LOOKED_AT = 20  # newest texts of ours in each, for what became of them
_AMISS = frozenset({Outcome.UNKNOWN, Outcome.REFUSED, Outcome.SKIPPED})


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise that is still owed to him."""

    ref: str
    name: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One conversation as the next shift needs it.

    Attributes:
        waits: how long he has waited for an answer, None if he does not.
        alerts: slugs: why he is urgent, "frozen", "stopped", "context" of his case.
        amiss: of our newest texts, how many did not arrive for certain.
    """

    conversation: Conversation
    last: str
    waits: timedelta | None
    alerts: list[str]
    promised: list[Promised]
    amiss: int


def held_by(officer: Officer) -> list[Conversation]:
    """Return the open conversations that an officer holds and is let into, those who wait first.

    How many are closed to him is not told: under force it would say that this is not his whole view.
    """
    rows = Conversation.objects.filter(holder=officer.ref, state="open", desk=Desk.PEOPLE)
    found = list(rows.select_related("last").defer("last__body").order_by("-last_at", "-id")[:MOST])
    inside = access.compartments_of(officer, among={row.compartment for row in found})
    return sorted(
        [row for row in found if row.compartment in inside],
        key=lambda row: (row.waiting_since is None, row.waiting_since or 0, row.pk),
    )


def open_lines(
    officer: Officer, rows: Sequence[Conversation], *, now: datetime
) -> tuple[list[OpenLine], int]:
    """Return what an officer may know of conversations, and how many of them are closed to him.

    One keeper call opens the last lines of all.
    """
    inside = access.compartments_of(officer, now=now, among={row.compartment for row in rows})
    shown = [row for row in rows if row.compartment in inside]
    lasts = {row.compartment for row in shown if row.line is not None}
    keys = keyring.open_fields(officer, Purpose.TRIAGE, lasts, ["line"])
    return [_line(officer, row, keys, now=now) for row in shown], len(rows) - len(shown)


def _line(officer: Officer, row: Conversation, keys: Keyring, *, now: datetime) -> OpenLine:
    return OpenLine(
        conversation=row,
        last=line_in(row, keys),
        waits=now - row.waiting_since if row.waiting_since else None,
        alerts=_alerts(row),
        promised=[
            Promised(each.ref, each.version.name, each.due_at)
            for each in pledges.open_of(row.person_ref)
        ],
        amiss=_amiss(officer, row),
    )


def _alerts(row: Conversation) -> list[str]:
    told = list(row.reasons) if row.waiting_since and row.tier == Tier.NOW else []
    told += [row.context] if row.context else []
    told += ["frozen"] if post.is_frozen(row.person_ref) else []
    told += ["stopped"] if post.stopped_at(row.person_ref) is not None else []
    return list(dict.fromkeys(told))


def _amiss(officer: Officer, row: Conversation) -> int:
    ours = row.messages.filter(direction="out").order_by("-at", "-id")
    keys = list(ours.values_list("key", flat=True)[:LOOKED_AT])
    fates = post.fates_of(officer, Purpose.READ, keys).values()
    return sum(fate.outcome in _AMISS or fate.maybe_twice for fate in fates)


def hand_overs_of(officer: Officer) -> list[HandOver]:
    """Return hand-overs that wait for an officer's second signature, or that he may take back.

    Those whose conversations are all closed to him are not told of.
    """
    waiting = HandOver.objects.filter(taken_at=None, ended_at=None)
    mine = waiting.filter(Q(given_to=officer.ref) | Q(given_by=officer.ref))
    return [each for each in mine.order_by("given_at", "pk") if _is_let_into(officer, each)]


def _is_let_into(officer: Officer, row: HandOver) -> bool:
    handed = {each.compartment for each in handed_in(row)}
    return bool(access.compartments_of(officer, among=handed))


def hand_over_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> HandOver:
    """Return one hand-over to one of the two who sign it.

    Raises:
        Absent: there is none, it is between others, or all in it is closed to him and he has not
            given it away: whoever gave sees that it was signed, and is let in no more.
    """
    rows = HandOver.objects.select_for_update() if lock else HandOver.objects.all()
    found = rows.filter(ref=ref).first()
    if found is None or officer.ref not in {found.given_by, found.given_to}:
        raise Absent
    gave_away = found.taken_at is not None and found.given_by == officer.ref
    if not gave_away and not _is_let_into(officer, found):
        raise Absent
    return found


def handed_in(row: HandOver) -> list[Conversation]:
    """Return the conversations of a hand-over, those who wait first."""
    handed = HandedOver.objects.filter(hand_over=row).values_list("conversation", flat=True)
    rows = Conversation.objects.filter(pk__in=list(handed)).select_related("last")
    found = rows.defer("last__body")
    return sorted(
        found, key=lambda each: (each.waiting_since is None, each.waiting_since or 0, each.pk)
    )


def may_take_over(officer: Officer, *, now: datetime) -> list[tuple[str, str]]:
    """Return (ref, name) of the other operators."""
    return [
        (ref, name)
        for ref, name, duty in access.who_may_serve(now=now)
        if duty is Duty.OP and ref != officer.ref
    ]


def promised_to(rows: Iterable[Conversation]) -> list[tuple[Conversation, str]]:
    """Return (conversation, person) of those let in by an open hand-over, and by nothing else."""
    found = HandedOver.objects.filter(
        conversation__in=list(rows), knew=False, hand_over__taken_at=None, hand_over__ended_at=None
    )
    return [
        (each.conversation, each.hand_over.given_to)
        for each in found.select_related("conversation", "hand_over")
    ]
