"""A script goes on in the transaction that takes his text in: killed before it ends, nothing of it was.

It sends approved texts by the one door, as scripts, so a hold in silence changes nothing of them. It is
no answer: he waits for a person all the while, and stands in the queue.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries, scripts
from safeconduct.conversations.actions.speaking import put_out
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, ScriptRun
from safeconduct.conversations.queries import TEXT
from safeconduct.conversations.scripts import Move, Starts
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.post.rules import Kind as Out
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, insist

# Why a run ended.
PERSON, CHANGED, HELD, SHUT, LONG = "person", "changed", "held", "shut", "long"
ANSWERED, CLOSED = "answered", "closed"


@dataclass(frozen=True, slots=True)
class Way:
    """By which of his channels a script speaks: the person behind it, and its route."""

    person_ref: str
    route: str


def go_on(
    worker: WorkerId,
    row: Conversation,
    text: str,
    *,
    by: Way,
    begins: bool,
    again: bool,
    keys: Keyring,
    profile: Profile,
    now: datetime,
) -> None:
    """Begin a script with somebody new, or go on with the one that asked him; in the caller's transaction.

    Args:
        by: the channel he has just written by.
        begins: this is the first text of somebody new, and no stop.
        again: it may be one that came before: then it answers no question that was asked since.
        keys: of his compartment, with the kinds "text" and "sent".
    """
    if not begins and not again:
        run = ScriptRun.objects.select_for_update().filter(conversation=row, ended_at=None).first()
        if run is not None:
            _answer(worker, run, row, text, by=by, keys=keys, profile=profile, now=now)
    elif begins and row.desk == Desk.PEOPLE:
        for file in queries.script_files():
            if (
                file.script
                and file.script.starts is Starts.NEW
                and queries.runnable(file.name, profile)
            ):
                run = _begun(row, file.name, file.digest, by=worker.ref, now=now)
                move = scripts.begin(file.script)
                return _do(worker, run, row, move, by=by, keys=keys, profile=profile, now=now)
    return None


def _begun(row: Conversation, name: str, digest: bytes, *, by: str, now: datetime) -> ScriptRun:
    audit.record(by, "script.begun", ref=row.ref, now=now, digest=digest)
    return ScriptRun.objects.create(
        conversation=row, name=name, digest=digest, step="", by=by, begun_at=now
    )


def _answer(
    worker: WorkerId,
    run: ScriptRun,
    row: Conversation,
    text: str,
    *,
    by: Way,
    keys: Keyring,
    profile: Profile,
    now: datetime,
) -> None:
    file = queries.runnable(run.name, profile)
    if file is None or file.script is None or file.digest != bytes(run.digest):
        return end(run, CHANGED, now=now)
    if row.holder and row.holder != run.by:
        return end(run, HELD, now=now)
    move = scripts.answered(file.script, run.step, text)
    return _do(worker, run, row, move, by=by, keys=keys, profile=profile, now=now)


def _do(
    who: Officer | WorkerId,
    run: ScriptRun,
    row: Conversation,
    move: Move,
    *,
    by: Way,
    keys: Keyring,
    profile: Profile,
    now: datetime,
) -> None:
    """Send what follows, all of it or none, and stand at the step that waits."""
    run.step, run.sent = move.at.name, run.sent + len(move.sends)
    run.save(update_fields=["step", "sent"])
    if run.sent > scripts.MOST_SENT:
        return end(run, LONG, now=now)
    texts = queries.script_texts(profile)
    try:
        with transaction.atomic():
            for name in move.sends:
                told = texts[name].get(row.language) or texts[name][profile.languages[0]]
                _say(who, row, told, by=by, keys=keys, profile=profile, now=now)
    except Refused:  # the door is closed to him: a person reads
        return end(run, SHUT, now=now)
    return end(run, PERSON, now=now) if move.at.kind == "person" else None


def _say(
    who: Officer | WorkerId,
    row: Conversation,
    text: str,
    *,
    by: Way,
    keys: Keyring,
    profile: Profile,
    now: datetime,
) -> None:
    post_ref = post.send(
        who,
        person_ref=by.person_ref,
        text=text,
        kind=Out.SCRIPT,
        language=row.language,
        reply_after_stop=profile.limit("reply_after_stop"),
        keys=keys,
        now=now,
    )
    put_out(
        row, text, kind=Out.SCRIPT, route=by.route, post_ref=post_ref, keys=keys, by=who.ref, now=now,
    )  # fmt: skip


def end(run: ScriptRun, why: str, *, now: datetime) -> None:
    """End a run: from here on a person goes on, or nobody has to."""
    run.ended_at, run.why = now, why
    run.save(update_fields=["ended_at", "why"])


def end_open(row: Conversation, why: str, *, now: datetime) -> None:
    """End what runs in a conversation, if anything does: somebody answered, closed or moved it."""
    ScriptRun.objects.filter(conversation=row, ended_at=None).update(ended_at=now, why=why)


@transaction.atomic
def begin_script(
    officer: Officer, *, ref: str, name: str, profile: Profile, now: datetime
) -> ScriptRun:
    """Begin a script in a conversation that the officer holds; it ends when he replies himself.

    Raises:
        Refused: not his to answer, no such script, one runs already, or the door is closed to him.
    """
    insist(can(officer, "conversations.script", among=[Duty.OP]))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    startable = queries.startable(officer, Purpose.WRITE, profile=profile)
    script = next((each for each in startable if each.name == name), None)
    insist(_may_begin(row, officer))
    if script is None or script.script is None:
        raise Refused(Refusal("script.none", "This script cannot be begun.", "Choose another."))
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [TEXT, door.SENT])
    run = _begun(row, script.name, script.digest, by=officer.ref, now=now)
    move = scripts.begin(script.script)
    _do(
        officer,
        run,
        row,
        move,
        by=Way(row.person_ref, row.route),
        keys=keys,
        profile=profile,
        now=now,
    )
    if run.why == SHUT:
        raise Refused(
            Refusal(
                "script.shut",
                "He cannot be written to now.",
                "Wait for his window, or for his next text.",
            )
        )
    notices.emit("conversations.message", row.ref)
    return run


def _may_begin(row: Conversation, officer: Officer) -> Refusal | None:
    if row.state != "open" or row.holder != officer.ref or row.desk != Desk.PEOPLE:
        return Refusal("conversation.held", "Another operator answers here now.")
    if ScriptRun.objects.filter(conversation=row, ended_at=None).exists():
        return Refusal("script.runs", "A script runs here already.", "Reply yourself to end it.")
    return None
