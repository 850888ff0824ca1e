"""Agreed words, windows, freezes, second readings, and hardships that are counted and not traced."""

import secrets
from datetime import UTC, datetime, time, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F

from safeconduct.access import actions as access
from safeconduct.access import keyring, known
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries, rules
from safeconduct.conversations.actions.receive import READ, put_reading
from safeconduct.conversations.models import (
    AgreedWord,
    Condition,
    Conversation,
    Draw,
)
from safeconduct.conversations.queries import CAUSE_KIND, TEXT
from safeconduct.conversations.queries.thread import WORD
from safeconduct.conversations.reading import reader
from safeconduct.conversations.rules import Agreed, Finding, Tier
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.post.rules import HoldKind, WindowKind
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

TALKERS = frozenset({Duty.OP, Duty.SUP, Duty.VER})


@transaction.atomic
def agree_words(
    officer: Officer, *, ref: str, distress: str, all_clear: str, now: datetime
) -> None:
    """Keep the two words agreed with him, sealed; earlier ones end. Both rows look alike."""
    insist(can(officer, "conversations.agree", among=TALKERS))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    for word, other in ((distress, all_clear), (all_clear, distress)):
        insist(rules.may_agree(word, other=other, common=reader.is_common(word)))
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [TEXT])
    AgreedWord.objects.filter(person_ref=row.person_ref, ended_at=None).update(ended_at=now)
    pair = [(Agreed.DISTRESS, distress), (Agreed.ALL_CLEAR, all_clear)]
    if secrets.randbelow(2):  # their order in the table tells nothing
        pair.reverse()
    for meaning, word in pair:
        word_ref = new_ref()
        told = f"{meaning}:{rules.agreed_form(word)}"
        AgreedWord.objects.create(
            ref=word_ref,
            person_ref=row.person_ref,
            compartment=row.compartment,
            word=keys.seal(told, field=WORD, kind=TEXT, compartment=row.compartment, ref=word_ref),
            agreed_at=now,
            agreed_by=officer.ref,
        )
    audit.record(officer.ref, "conversation.words_agreed", ref=row.ref, now=now)
    notices.emit("conversations.words", row.ref, to=f"member:{row.compartment}")


@transaction.atomic
def set_window(
    officer: Officer, *, ref: str, zone: str, begins: time, ends: time, now: datetime
) -> None:
    """Record the hours of his day in which he can be written to safely, as he said them."""
    insist(can(officer, "conversations.window", among=TALKERS | {Duty.TRC, Duty.CPO}))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref)
    if begins == ends:
        raise Refused(
            Refusal("window.empty", "The window begins when it ends.", "Give two different times.")
        )
    post.open_window(
        officer,
        person_ref=row.person_ref,
        kind=WindowKind.DAILY,
        opens_at=now,
        zone=zone,
        from_minute=begins.hour * 60 + begins.minute,
        to_minute=ends.hour * 60 + ends.minute,
        now=now,
    )
    notices.emit("conversations.message", row.ref, to=f"member:{row.compartment}")


def freeze(officer: Officer, *, ref: str, now: datetime) -> bool:
    """Let nothing leave to him until a supervisor ends it; any member may, with one press.

    Returns:
        Whether it is written; if not, it is in force and entered later.
    """
    person = _person_to_stop(officer, ref)
    return post.hold(officer, person_ref=person, kind=HoldKind.FREEZE, now=now)


def _person_to_stop(officer: Officer, ref: str) -> str:
    """Return who writes in a conversation; what its page last led to, where nothing can be read.

    Raises:
        Absent: it is not for `officer`.
        DatabaseError: nothing can be read, and he has not had this page open.
    """
    try:
        return queries.conversation_for(officer, Purpose.WRITE, ref=ref).person_ref
    except DatabaseError:
        person = known.behind(officer, ref)
        if not person:
            raise
        return person


@transaction.atomic
def unfreeze(officer: Officer, *, ref: str, now: datetime) -> None:
    """End a freeze that everybody sees; a supervisor's decision."""
    insist(can(officer, "conversations.unfreeze", among=[Duty.SUP]))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref)
    post.end_hold(officer, person_ref=row.person_ref, kind=HoldKind.FREEZE, now=now)


def stop_writing(officer: Officer, *, ref: str, now: datetime) -> bool:
    """Record that he said stop in words no rule knows; closes the door like his own STOP.

    Returns:
        Whether it is written; if not, it is in force and entered later.
    """
    return post.opt_out(officer, person_ref=_person_to_stop(officer, ref), now=now)


@transaction.atomic
def count_condition(officer: Officer, *, ref: str, code: str, region: str, now: datetime) -> None:
    """Count one reported hardship by week and region. Nothing leads back to him.

    The journal says that somebody counted, never in which conversation.
    """
    insist(can(officer, "conversations.count", among=TALKERS))
    queries.conversation_for(officer, Purpose.WRITE, ref=ref)
    cell, _new = Condition.objects.get_or_create(
        code=rules.Condition(code), week=rules.week_of(now), region=region
    )
    Condition.objects.filter(pk=cell.pk).update(count=F("count") + 1)
    audit.record(officer.ref, "condition.counted", ref="conditions", now=now)


def set_context(person_ref: str, context: str) -> None:
    """Tell the inbox what the case knows, in the caller's transaction; "" for nothing.

    Whoever waits for an answer is urgent from here on; nothing is lowered, only a person does that.

    Args:
        context: "in_passage", "approved" or "silent"; all are hard signals of `judging.triage`.
    """
    rows = Conversation.objects.filter(person_ref=person_ref).exclude(context=context)
    for row in rows.select_for_update():
        row.context = context
        if context and row.state == "open" and row.waiting_since is not None:
            row.tier = rules.higher(Tier(row.tier), rules.CONTEXT[context])
            row.reasons = list(dict.fromkeys([*row.reasons, context]))
            notices.emit("conversations.message", row.ref)
        row.save(update_fields=["context", "tier", "reasons"])


@transaction.atomic
def ask_supervisor(officer: Officer, *, ref: str, now: datetime) -> None:
    """Ask a supervisor to read this conversation; on every screen it is one more second reading."""
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref)
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [CAUSE_KIND])
    put_reading(officer, row, cause="asked", keys=keys, now=now)
    audit.record(officer.ref, "conversation.second_reading", ref=row.ref, now=now)


@transaction.atomic
def draw_readings(worker: WorkerId, *, now: datetime) -> bool:
    """Draw the day's second readings, once a day, whatever else happened."""
    _draw, new = Draw.objects.get_or_create(day=now.astimezone(UTC).date())
    if not new:
        return False
    living = list(
        Conversation.objects.filter(last_inbound_at__gte=now - timedelta(days=7)).order_by("pk")
    )
    chosen = secrets.SystemRandom().sample(living, min(rules.READINGS_A_DAY, len(living)))
    keys = keyring.open_fields(
        worker, Purpose.CLOCKS, {row.compartment for row in chosen}, [CAUSE_KIND]
    )
    for row in chosen:
        put_reading(worker, row, cause="drawn", keys=keys, now=now)
    audit.record(worker.ref, "conversation.readings_drawn", ref="second-readings", now=now)
    return False


@transaction.atomic
def read_again(officer: Officer, *, ref: str, finding: str, now: datetime) -> None:
    """Record what a supervisor found on a second reading, and do what follows.

    LET_GO ends a silent hold, and what lay under it is judged anew; KEEP_HELD sets one.
    """
    reading = queries.reading_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if reading.read_at is not None:
        raise Refused(Refusal("reading.done", "Somebody has read this one already."))
    found = Finding(finding)
    person = reading.conversation.person_ref
    if found is Finding.KEEP_HELD:
        post.hold(officer, person_ref=person, kind=HoldKind.SILENT, now=now)
    elif found is Finding.LET_GO:
        post.end_hold(officer, person_ref=person, kind=HoldKind.SILENT, now=now)
    reading.read_at, reading.read_by, reading.finding = now, officer.ref, found
    reading.save(update_fields=["read_at", "read_by", "finding"])
    access.close_subject(reading.ref, verb=READ, now=now)
    audit.record(officer.ref, "conversation.read_again", ref=reading.ref, now=now)
    notices.emit("conversations.reading", reading.ref, to="duty:SUP")
