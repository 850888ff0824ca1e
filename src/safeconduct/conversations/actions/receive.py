"""A text comes in: stored once, read by the machine, put before people. All in one transaction."""

from datetime import UTC, datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import queries as people
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty, Officer, WorkerId, digest_of
from safeconduct.audit import actions as audit
from safeconduct.conversations import rules
from safeconduct.conversations.actions import scripted
from safeconduct.conversations.actions.children import call_for_child
from safeconduct.conversations.actions.opening import conversation_of, was_here
from safeconduct.conversations.actions.speaking import line_of, put_out
from safeconduct.conversations.desks import Desk, asks_for_kin, desk_of
from safeconduct.conversations.models import AgreedWord, Conversation, Message, SecondReading
from safeconduct.conversations.queries import BODY, CAUSE, CAUSE_KIND, TEXT
from safeconduct.conversations.queries.thread import WORD
from safeconduct.conversations.reading import reader
from safeconduct.conversations.rules import Agreed, Kind, Tier, Triage
from safeconduct.conversations.waves import Waves
from safeconduct.envelope import InboundText
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.post.actions import Admitted
from safeconduct.post.rules import HoldKind
from safeconduct.post.rules import Kind as Out
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refused

READ = "conversations.read_again"
HINT = "hint"  # the machine's own: it holds nothing back, a supervisor reads
SIGN = "conversations.sign"  # the job by which a later room hears of a sign; its ref: the reading's
_waves = Waves()  # of this process, and forgotten with it
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # jobs are due by real time, which is not known here


@transaction.atomic
def receive_message(
    worker: WorkerId,
    inbound: InboundText,
    *,
    key: str,
    profile: Profile,
    of_a_wave: bool = False,
    meeting: post.Meeting | None = None,
    now: datetime,
) -> str:
    """Take in one text by its key; return the message's ref, "" for a piece or a second reading.

    `of_a_wave` says that many texts like it came with it, `meeting` what the keeper told beforehand.
    The carrier's answer was given when the spool had it; from here on a crash repeats this whole
    transaction, and the key keeps it from happening twice.
    """
    admitted = post.admit(
        worker,
        inbound,
        key=key,
        region=profile.phone_region,
        stop_words=profile.stop_words,
        meeting=meeting,
        now=now,
    )
    return _store(
        worker,
        admitted,
        profile=profile,
        of_a_wave=of_a_wave,
        wall=inbound.arrived_at,
        now=now,
    )


@transaction.atomic
def show_incomplete(worker: WorkerId, *, profile: Profile, wall: datetime, now: datetime) -> str:
    """Show the oldest text whose other parts never came; return its ref, "" when there is none."""
    admitted = post.overdue_parts(worker, stop_words=profile.stop_words, now=now)
    return _store(worker, admitted, profile=profile, wall=wall, now=now)


def _store(
    worker: WorkerId,
    admitted: Admitted | None,
    *,
    profile: Profile,
    of_a_wave: bool = False,
    wall: datetime,
    now: datetime,
) -> str:
    if admitted is None:
        return ""
    row, new = conversation_of(admitted, profile=profile, now=now)
    read = reader.triage(
        admitted.text,
        known=not new and row.kind != Kind.STOP,
        context=row.context,
        profile=profile,
        sent_at=now,
        guess=row.language if not new else "",
    )
    message = _message(row, admitted, language=read.language, wall=wall, now=now)
    first = new and (admitted.met or not was_here(row))
    row.desk = _desk(row, admitted.text, read, first=first)
    row.line = line_of(row, admitted.text, admitted.keys)
    told = _reported_before(row) if new and not admitted.met else ""
    sign, clear = sign_in(row, admitted.text, keys=admitted.keys, profile=profile)
    if clear:
        message.kind = "all_clear"
        message.save(update_fields=["kind"])
    if new or row.wave:
        _join_wave(row, admitted, more=of_a_wave, now=now)
    if sign := sign or told:
        post.hold(worker, person_ref=row.person_ref, kind=HoldKind.SILENT, now=now)
        if not _is_put(row, sign, keys=admitted.keys):
            put_sign(worker, row, cause=sign, keys=admitted.keys, now=now)
    elif read.forced and not _is_put(row, HINT, keys=admitted.keys):
        put_reading(worker, row, cause=HINT, keys=admitted.keys, now=now)
    if admitted.stopped and not read.signals and (new or row.kind == Kind.STOP):
        _put_by(row, message, read, now=now)
    else:
        _raise(row, message, read, stopped=admitted.stopped, now=now)
    audit.record(worker.ref, "message.received", ref=message.ref, now=now)
    notices.emit("conversations.message", row.ref)
    call_for_child(row, now=now)
    _first_answer(worker, row, admitted, profile=profile, now=now)
    _script(worker, row, admitted, begins=first, profile=profile, now=now)
    return message.ref


def _join_wave(row: Conversation, admitted: Admitted, *, more: bool, now: datetime) -> None:
    """Note of how many texts alike this is one; nothing is lowered by it (`rules.next_pick`)."""
    joined = _waves.of(admitted.text, ref=row.ref, key=admitted.key, more=more, now=now)
    row.wave = joined.wave
    Conversation.objects.filter(ref__in=joined.others).update(wave=joined.wave)


def _is_put(row: Conversation, cause: str, *, keys: Keyring) -> bool:
    """Return whether a supervisor has it to read already: he reads all of it.

    A hint adds nothing to it; a sign is put once for its cause, until somebody has read it: a carrier
    delivers again, and he mends a text of his.
    """
    waiting = SecondReading.objects.filter(conversation=row, read_at=None)
    if cause == HINT:
        return waiting.exists()
    return any(
        keys.open(
            each.cause, field=CAUSE, kind=CAUSE_KIND, compartment=row.compartment, ref=each.ref
        )
        == cause
        for each in waiting.filter(compartment=row.compartment)
    )


def _desk(row: Conversation, text: str, read: Triage, *, first: bool) -> Desk:
    """Return in whose queue the text leaves him; what is no clear search stays with operators."""
    return desk_of(
        Desk(row.desk),
        first=first and not row.moved_by and row.desk == Desk.PEOPLE,
        held=bool(row.holder),
        moved=bool(row.moved_by),
        asks=asks_for_kin(text),
        reasons=read.reasons,
    )


def _message(
    row: Conversation, admitted: Admitted, *, language: str, wall: datetime, now: datetime
) -> Message:
    ref = new_ref()
    sealed = admitted.keys.seal(
        admitted.text, field=BODY, kind=TEXT, compartment=row.compartment, ref=ref
    )
    return Message.objects.create(
        ref=ref,
        conversation=row,
        key=admitted.key,
        direction="in",
        kind="edited" if admitted.edited else "",
        route=admitted.route,
        language=language,
        body=sealed,
        at=now,
        wall_at=wall,
        maybe_again=admitted.maybe_again,
        incomplete=admitted.incomplete,
        reader=reader.version(),
    )


def _raise(
    row: Conversation, message: Message, read: Triage, *, stopped: bool, now: datetime
) -> None:
    """Raise urgency by what was read; while somebody waits it never falls by itself."""
    waits, tier = row.waiting_since is not None, rules.tier_of(read, stopped=stopped)
    if waits and row.tier == Tier.NONE and tier is not Tier.NONE:
        row.waiting_since = now  # until here he only had said stop
    row.tier = rules.higher(Tier(row.tier), tier) if waits else tier
    row.weight = max(row.weight, read.weight) if waits else read.weight
    before = list(row.reasons) if waits else []
    told = [*before, *read.reasons, *(["stopped"] if stopped else [])]
    row.reasons = list(dict.fromkeys(told))
    row.language, row.kind = read.language, row.kind if stopped else read.kind
    if row.desk == Desk.RELATIVES:
        row.kind = Kind.RELATIVE
    row.waiting_since = row.waiting_since or now
    row.last_inbound_at = row.last_at = now
    row.last, row.asleep_until = message, None  # he writes: whoever slept over it is woken
    row.save(
        update_fields=[
            *("desk", "tier", "weight", "reasons", "language", "kind"),
            *("waiting_since", "asleep_until"),
            *("last_inbound_at", "last_at", "last", "line", "wave"),
        ]
    )


def _put_by(row: Conversation, message: Message, read: Triage, *, now: datetime) -> None:
    """Keep the stop of one who never wrote anything else: it is on record, and nobody is asked."""
    row.kind, row.language, row.tier, row.reasons = Kind.STOP, read.language, Tier.NONE, ["stopped"]
    row.last_inbound_at, row.last_at, row.last = now, now, message
    row.save(
        update_fields=[
            *("kind", "language", "tier", "reasons"),
            *("last_inbound_at", "last_at", "last", "line"),
        ]
    )


def _reported_before(row: Conversation) -> str:
    """Return "identity" when his channel told of a change before his first text was whole."""
    held = door.is_silent(row.person_ref) and not door.is_held_by_case(row.person_ref)
    if not held or SecondReading.objects.filter(conversation__person_ref=row.person_ref).exists():
        return ""
    return "identity"


def sign_in(row: Conversation, text: str, *, keys: Keyring, profile: Profile) -> tuple[str, bool]:
    """Return what in his words says that he may be forced, and whether his all-clear word is there.

    Returns:
        "word", "withdrawal", or "" for nothing.
    """
    sign, clear = "withdrawal" if rules.withdraws(text, profile.withdrawals) else "", False
    words = AgreedWord.objects.filter(person_ref=row.person_ref, ended_at=None)
    for word in words:
        told = keys.open(
            word.word, field=WORD, kind=TEXT, compartment=word.compartment, ref=word.ref
        )
        meaning, _, form = told.partition(":")
        if not rules.says(text, form):
            continue
        if meaning == Agreed.DISTRESS:
            sign = "word"
        else:
            clear = True
    return sign, clear


def put_sign(
    who: Officer | WorkerId,
    row: Conversation,
    *,
    cause: str,
    keys: Keyring,
    ref: str = "",
    now: datetime,
) -> None:
    """Put a sign of force before every supervisor, and owe it to his case, if there is one.

    The hold comes first, by itself: it is in force whatever else fails.

    Args:
        cause: "word", "withdrawal" or "identity".
        ref: see `put_reading`.
    """
    reading = put_reading(who, row, cause=cause, keys=keys, ref=ref, now=now)
    notices.put_job(SIGN, reading, due_at=AT_ONCE)


def put_reading(
    who: Officer | WorkerId,
    row: Conversation,
    *,
    cause: str,
    keys: Keyring,
    ref: str = "",
    now: datetime,
) -> str:
    """Put a conversation before every supervisor for a second reading; the cause stays sealed.

    Args:
        ref: its own, where a second try must find it; else a new one is made.

    Returns:
        Its ref.
    """
    ref = ref or new_ref()
    SecondReading.objects.create(
        ref=ref,
        conversation=row,
        cause=keys.seal(cause, field=CAUSE, kind=CAUSE_KIND, compartment=row.compartment, ref=ref),
        compartment=row.compartment,
        put_at=now,
    )
    access.put_subject(
        ref,
        verb=READ,
        digest=digest_of({"second_reading": ref}),
        author=None,
        now=now,
        title=N_("A second reading"),
        url=f"/conversations/second-readings/{ref}/",
        duties=[Duty.SUP],
        compartment=row.compartment,
    )
    for person, _name, duty in people.who_may_serve(now=now):
        if duty is Duty.SUP:
            access.join(
                who,
                compartment=row.compartment,
                person=person,
                duty=Duty.SUP,
                reason="second reading",
                until=None,
                now=now,
            )
    notices.emit("conversations.reading", ref, to="duty:SUP")
    return ref


def _first_answer(
    worker: WorkerId, row: Conversation, admitted: Admitted, *, profile: Profile, now: datetime
) -> None:
    """Send the approved first answer once, or the confirmation of his stop; nothing else by itself."""
    if admitted.stopped:
        kind, text = Out.CONFIRM, profile.text("optout", row.language)
    elif row.acknowledged_at is None:
        kind, text = Out.SCRIPT, profile.text("ack", row.language)
    else:
        return
    try:
        with transaction.atomic():
            post_ref = post.send(
                worker,
                person_ref=admitted.by,
                text=text,
                kind=kind,
                language=row.language,
                reply_after_stop=profile.limit("reply_after_stop"),
                keys=admitted.keys,
                now=now,
            )
    except Refused:  # the door is closed to him: then he hears nothing, and a person reads
        return
    put_out(
        row,
        text,
        kind=kind,
        route=admitted.route,
        post_ref=post_ref,
        keys=admitted.keys,
        by=worker.ref,
        now=now,
    )
    row.acknowledged_at = row.acknowledged_at or now
    row.save(update_fields=["acknowledged_at"])


def _script(
    worker: WorkerId,
    row: Conversation,
    admitted: Admitted,
    *,
    begins: bool,
    profile: Profile,
    now: datetime,
) -> None:
    if admitted.stopped:
        scripted.end_open(row, scripted.SHUT, now=now)
        return
    scripted.go_on(
        worker,
        row,
        admitted.text,
        by=scripted.Way(admitted.by, admitted.route),
        begins=begins,
        again=admitted.maybe_again,
        keys=admitted.keys,
        profile=profile,
        now=now,
    )
