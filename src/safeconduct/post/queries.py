"""What other rooms may know of the post: whether he can be written to, and what became of a text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from safeconduct import sealing
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.post import fates, linked, rules
from safeconduct.post.channels import Channel, channel_of
from safeconduct.post.lanes import leaving_by
from safeconduct.post.models import (
    Attempt,
    CarrierId,
    Handle,
    Hold,
    Message,
    OptOut,
    Result,
    Window,
)
from safeconduct.post.rules import HoldKind, Kind, Opening, Outcome, Standing, WindowKind
from safeconduct.spool import stops

SENT = "sent"  # the kind of field of what leaves
BODY, PROOF = "post.Message.body", "post.Message.proof"
NUMBER = "post.Handle.number"


def handle_of(person_ref: str, *, lock: bool = False) -> Handle:
    """Return whose number stands behind a person ref; for this room alone.

    Raises:
        Absent: nobody with this ref ever wrote, or he was erased.
    """
    rows = Handle.objects.select_for_update() if lock else Handle.objects.all()
    found = rows.filter(person_ref=person_ref).first()
    if found is None:
        raise Absent
    return found


def standing_of(handle: Handle, *, route: str = "") -> Standing:
    """Return what the door's rules need to know of a person, stops in the local spool included.

    Args:
        route: of a text that lies there already; else it would leave by the one he wrote by last.
    """
    people = linked.people_of(handle.person_ref)
    stopped = linked.stopped_at(handle, people)
    holds = set(
        Hold.objects.filter(person_ref__in=people, ended_at=None).values_list("kind", flat=True)
    )
    for stop in stops.in_force(Path(settings.DATA)):
        if stop.ref in people and stop.kind == "optout":
            stopped = stopped or stop.when
        if stop.ref in people and stop.kind == "freeze":
            holds.add(HoldKind(stop.what))
    return Standing(
        opted_out_at=stopped,
        last_inbound_at=handle.last_inbound_at,
        holds=frozenset(map(HoldKind, holds)),
        openings=openings_of(*people),
        confirmed=stopped is not None
        and Message.objects.filter(
            person_ref__in=people, kind=Kind.CONFIRM, put_at__gte=stopped
        ).exists(),
        fetches=channel_of(handle.route) is Channel.PAGE,
        served=bool(leaving_by(Path(settings.DATA), route or handle.route)),
    )


def openings_of(*people: str) -> tuple[Opening, ...]:
    """Return the windows he declared or agreed to, ended ones included."""
    rows = Window.objects.filter(person_ref__in=people).order_by("pk")
    return tuple(
        Opening(
            WindowKind(row.kind),
            row.opens_at,
            row.closes_at,
            row.zone,
            row.from_minute,
            row.to_minute,
        )
        for row in rows
    )


def windows_declared(
    _who: Officer | WorkerId, _purpose: Purpose, *, people: Iterable[str], now: datetime
) -> dict[str, tuple[str, datetime]]:
    """Return who entered the daily hours that stand, and when, by person."""
    rows = Window.objects.filter(person_ref__in=list(people), kind=WindowKind.DAILY)
    open_ = rows.filter(Q(closes_at=None) | Q(closes_at__gt=now)).order_by("pk")
    return {row.person_ref: (row.opened_by, row.opens_at) for row in open_}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether he may be written to now, for the line beside the composer.

    Attributes:
        until: end of the window that is open, None when none is; far ahead on the way.
        refusal_code: why a reply would be refused now, "" if it would not.
    """

    until: datetime | None
    refusal_code: str


def reach_of(
    _who: Officer | WorkerId,
    _purpose: Purpose,
    *,
    person_ref: str,
    now: datetime,
    reply_after_stop: object,
) -> Reach:
    """Return whether a reply would pass the door at `now`. A silent hold never shows here."""
    standing = standing_of(handle_of(person_ref))
    verdict = rules.may_send(
        Kind.REPLY,
        standing,
        now=now,
        reply_after_stop=reply_after_stop,  # type: ignore[arg-type]  # a timedelta of the profile
    )
    left = rules.window_left(standing, now=now)
    return Reach(None if left is None else now + left, verdict.code if verdict else "")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one text.

    Attributes:
        outcome: None while nobody has told us.
        attempts: how often it was tried; what was skipped or refused counts too.
        maybe_twice: two of its attempts were sent, or may have been.
        delivered: parts that the carrier says arrived, of `parts`.
        held: it lies under a silent hold; told to those alone who know of force.
        unserved: it did not leave because its gateway was struck out.
    """

    outcome: Outcome | None
    attempts: int
    maybe_twice: bool
    parts: int
    delivered: int
    told_at: datetime | None
    held: bool = False
    unserved: bool = False


def fates_of(officer: Officer, _purpose: Purpose, refs: Iterable[str]) -> dict[str, Fate]:
    """Return message ref → what became of it; a ref that never was in the outbox is left out.

    Of a text held in silence only those who know of force are told the truth. Others are told what
    they are told of any text, at the times that were drawn for it.
    """
    wanted = list(refs)
    true = _true_fates(wanted)
    rows = Message.objects.filter(ref__in=wanted, veils__isnull=False).distinct()
    for row in rows.prefetch_related("veils"):
        fate, held = true[row.ref], is_silent(row.person_ref)
        if rules.KNOW_OF_FORCE & officer.duties:
            stays = held and fate.outcome in {None, Outcome.UNKNOWN}
            true[row.ref] = replace(fate, held=stays)
        else:
            true[row.ref] = _shown(row, fate, held=held)
    return true


def _shown(message: Message, fate: Fate, *, held: bool) -> Fate:
    """Return what others see of a text that was held in silence.

    Before its veil is told, the truth, and that it is under way. An attempt that ended in silence
    before stands beside the veil, as beside any later attempt.
    """
    told = {veil.arrived: veil.told_at for veil in message.veils.all() if veil.told_at}
    answers = told.get(False) or next(v.due_at for v in message.veils.all() if not v.arrived)
    silent = Result.objects.filter(attempt__message=message, outcome=Outcome.UNKNOWN)
    twice = silent.filter(at__lt=answers).exists()
    if False not in told:
        return replace(fate, maybe_twice=twice)
    arrived = bool(fate.parts) and fate.delivered == fate.parts
    again = rules.may_repeat(Kind(message.kind), attempts=fate.attempts)
    if not rules.veil_covers(fate.outcome, arrived=arrived, held=held, again=again):
        return replace(fate, maybe_twice=twice)
    return Fate(
        outcome=Outcome.SENT,
        attempts=1,
        maybe_twice=twice,
        parts=1,
        delivered=int(True in told),
        told_at=told.get(True) or told[False],
    )


def _true_fates(wanted: list[str]) -> dict[str, Fate]:
    told: dict[str, list[tuple[int, Outcome, datetime]]] = {}
    unserved: set[str] = set()
    rows = Result.objects.filter(attempt__message__ref__in=wanted).values_list(
        "attempt__message__ref", "attempt_id", "outcome", "at", "reason"
    )
    for ref, attempt, outcome, at, reason in rows:
        told.setdefault(ref, []).append((attempt, Outcome(outcome), at))
        unserved |= {ref} if reason == rules.STRUCK_OUT else set()
    tries: dict[str, int] = {}
    for ref in Attempt.objects.filter(message__ref__in=wanted).values_list(
        "message__ref", flat=True
    ):
        tries[ref] = tries.get(ref, 0) + 1
    parts: dict[str, list[str]] = {}
    for ref, stat in CarrierId.objects.filter(attempt__message__ref__in=wanted).values_list(
        "attempt__message__ref", "stat"
    ):
        parts.setdefault(ref, []).append(stat)
    known = Message.objects.filter(ref__in=wanted).values_list("ref", flat=True)
    return {
        ref: replace(
            _fate(told.get(ref, []), tries.get(ref, 0), parts.get(ref, [])),
            unserved=ref in unserved,
        )
        for ref in known
    }


def _fate(told: list[tuple[int, Outcome, datetime]], attempts: int, stats: list[str]) -> Fate:
    by_attempt: dict[int, list[Outcome]] = {}
    for attempt, outcome, _at in told:
        by_attempt.setdefault(attempt, []).append(outcome)
    finals = [final for each in by_attempt.values() if (final := rules.final(each))]
    untold = [None] * (attempts - len(finals))
    return Fate(
        outcome=fates.whole(finals),
        attempts=attempts,
        maybe_twice=fates.may_be_double([*finals, *untold]),
        parts=len(stats),
        delivered=sum(stat == "DELIVRD" for stat in stats),
        told_at=max((at for _a, _o, at in told), default=None),
    )


def is_silent(person_ref: str) -> bool:
    """Return whether he is held in silence; no page but a supervisor's and a verifier's asks."""
    return _has_hold(person_ref, *rules.IN_SILENCE)


def is_held_by_case(person_ref: str) -> bool:
    """Return whether his frozen case holds him, so that one supervisor's finding frees nothing."""
    return _has_hold(person_ref, HoldKind.CASE)


def is_frozen(person_ref: str) -> bool:
    """Return whether writing to him is frozen for everybody to see."""
    return _has_hold(person_ref, HoldKind.FREEZE)


def _has_hold(person_ref: str, *kinds: HoldKind) -> bool:
    people = linked.people_of(person_ref)
    rows = Hold.objects.filter(person_ref__in=people, kind__in=kinds, ended_at=None)
    return rows.exists() or any(
        stop.kind == "freeze" and stop.ref in people and stop.what in kinds
        for stop in stops.in_force(Path(settings.DATA))
    )


def stopped_at(person_ref: str) -> datetime | None:
    """Return when he said stop, None if he did not."""
    return standing_of(handle_of(person_ref)).opted_out_at


def optout_hashes(people: Iterable[str]) -> frozenset[bytes]:
    """Return the keyed hashes by which an opt-out of these people would stand."""
    rows = Handle.objects.filter(person_ref__in=list(people))
    return frozenset(map(bytes, rows.values_list("optout_index", flat=True)))


def texts_of(person_ref: str) -> list[Message]:
    """Return every text put out for one person, oldest first, sealed. For his conversation's page."""
    return list(Message.objects.filter(person_ref=person_ref).order_by("id"))


def opened(message: Message, keys: Keyring) -> str:
    """Return the text of one of our texts, with keys already opened for its compartment."""
    return keys.open(
        message.body, field=BODY, kind=SENT, compartment=message.compartment, ref=message.ref
    )


def people_in(compartment: str) -> list[str]:
    """Return refs of those whose number lies in a compartment, to erase them after a restore."""
    return list(Handle.objects.filter(compartment=compartment).values_list("person_ref", flat=True))


def still_known(people: Iterable[str]) -> set[str]:
    """Return those of some person refs that were not erased. For rooms, not screens."""
    rows = Handle.objects.filter(person_ref__in=list(people))
    return set(rows.values_list("person_ref", flat=True))


def compartments() -> set[str]:
    """Return the compartments in which a number lies."""
    return set(Handle.objects.values_list("compartment", flat=True))


def newest_compartments() -> Iterator[str]:
    """Yield the compartments in which a number lies, of those who wrote last first."""
    rows = Handle.objects.order_by("-last_inbound_at", "-id")
    yield from rows.values_list("compartment", flat=True).iterator()


def is_stopped(index: bytes) -> bool:
    """Return whether a number said stop, by its keyed hash."""
    return OptOut.objects.filter(index=index).exists()


def sealed_numbers() -> list[dict[str, str]]:
    """Return every number as it stands sealed, for the keeper to try whether keys and rows fit.

    Each with compartment, kind, aad and box (hex); nothing opens here.
    """
    return [
        {
            "compartment": row.compartment,
            "kind": "phone",
            "aad": sealing.address(NUMBER, row.compartment, row.ref).decode(),
            "box": bytes(row.number).hex(),
        }
        for row in Handle.objects.order_by("id")
    ]


def people_through(gateway: str, *, since: datetime | None) -> set[str]:
    """Return whose number or texts went through a gateway, either way. For rooms, not for screens.

    Args:
        gateway: its name; all its routes are meant.
        since: world time; None for all that ever did.
    """
    route = Q(route=gateway) | Q(route__startswith=f"{gateway}:")
    wrote = Handle.objects.filter(route)
    told = Message.objects.filter(route)
    if since is not None:
        wrote = wrote.filter(last_inbound_at__gte=since)
        told = told.filter(put_at__gte=since)
    left = Attempt.objects.filter(route)
    if since is not None:
        left = left.filter(claimed_at__gte=since)
    people = set(wrote.values_list("person_ref", flat=True))
    people |= set(left.values_list("message__person_ref", flat=True))
    return linked.with_leaders(people | set(told.values_list("person_ref", flat=True))) - {""}
