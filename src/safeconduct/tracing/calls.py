"""Video calls: asked for by the desk for one who was told of confirmed news, and told of by the clock alone.

Who is meant is hashed anew when she asks, and looked for by the clock: between her answer and her call
nothing joins her to anybody. What he said of it this room never learns.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from safeconduct import names
from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.custody import confirmed
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.post import timed
from safeconduct.post.rules import Kind
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused, insist
from safeconduct.tracing import queries, rules
from safeconduct.tracing.models import CallRequest, TracingRequest
from safeconduct.tracing.queries import CALLER
from safeconduct.tracing.rules import Call, Stage

SENT = "sent"  # the kind that both the desk and the clock open of an asker's


@transaction.atomic
def ask(officer: Officer, *, ref: str, caller: str, now: datetime) -> CallRequest:
    """Write down that an asker wants a video call; when she is told is fixed here, before anybody is asked.

    Args:
        caller: who she is, as he is told it.

    Raises:
        Refused: she was not told of confirmed news, a call is under way, nothing is written; over the rate.
        Absent: there is no such request, or it is not for `officer`.
    """
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    under_way = queries.call_under_way(row) is not None
    insist(rules.may_call(told=row.answer, under_way=under_way, caller=caller))
    known = queries.shown(officer, Purpose.WRITE, ref=ref).described
    if known is None:
        raise Absent  # nobody is told of confirmed news whose request describes nobody
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [SENT])
    call = new_ref()
    made = CallRequest.objects.create(
        ref=call, request=row, asked_by=officer.ref, asked_at=now, due_at=rules.call_due_at(now),
        caller=keys.seal(caller.strip(), field=CALLER, kind=SENT, compartment=row.compartment, ref=call),
        keys=b"".join(keyring.blind_many(officer, "name", names.questions(known))),
    )  # fmt: skip
    _told(officer, row, "tracing.call", now=now)
    return made


@transaction.atomic
def drop(officer: Officer, *, ref: str, now: datetime) -> None:
    """Write down that she wants no call any more; nobody is told a word of it.

    Raises:
        Absent: no call is under way, or it is not for `officer`.
    """
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    call = queries.call_under_way(row)
    if call is None:
        raise Absent
    _end(call, now=now)
    _told(officer, row, "tracing.call dropped", now=now)


def hand_on(worker: WorkerId, *, now: datetime) -> bool:
    """Hand what the desk wrote down to custody for a token each; return whether there was any.

    What cannot be opened now waits, and holds up none behind it. The journal has custody's line alone, which
    names neither her nor him.
    """
    fresh = CallRequest.objects.filter(stage=Stage.ASKED, token="").order_by("pk")
    steps = [_one(_hand, worker, pk, now=now) for pk in fresh.values_list("pk", flat=True)]
    return any(steps)


def _hand(worker: WorkerId, call: CallRequest, *, now: datetime) -> None:
    room = call.request.compartment
    keys = keyring.open_fields(worker, worker.purpose, [room], [SENT])
    who = keys.open(call.caller or b"", field=CALLER, kind=SENT, compartment=room, ref=call.ref)
    asked = rules.asked(bytes(call.keys), ref=call.ref)
    call.token = confirmed.ask_call(worker, asked, caller=who, until=call.due_at, now=now)
    call.caller, call.keys = None, b""
    call.save(update_fields=["token", "caller", "keys"])


def tell_due(worker: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Take the next step of each call whose hour has come; return whether there was any.

    Whoever may not be written to waits, and holds up nobody behind him.
    """
    due = CallRequest.objects.filter(due_at__lte=now).exclude(stage=Stage.OVER).exclude(token="")
    steps = [
        _one(_told_of, worker, pk, profile=profile, now=now)
        for pk in due.values_list("pk", flat=True)
    ]
    return any(steps)


def _one(step: Callable[..., None], worker: WorkerId, pk: int, **how: Any) -> bool:
    try:
        with transaction.atomic():
            rows = CallRequest.objects.select_for_update(of=("self",)).select_related("request")
            step(worker, rows.get(pk=pk), **how)
    except (Refused, Absent):  # until he may be written to; who was erased goes with `forget`
        return False
    return True


def _told_of(worker: WorkerId, call: CallRequest, *, profile: Profile, now: datetime) -> None:
    steps = {Stage.ASKED: _first, Stage.TOLD: _last, Stage.STANDS: _forgotten}
    steps[Stage(call.stage)](worker, call, profile=profile, now=now)


def _first(worker: WorkerId, call: CallRequest, *, profile: Profile, now: datetime) -> None:
    """Tell her the time, or that there is none."""
    call.at = confirmed.call_time(call.token, now=now)
    _say(worker, call, profile=profile, now=now)
    if call.at is None:
        _end(call, now=now)
    else:
        call.stage, call.due_at = Stage.TOLD, rules.last_look(call.at)
    call.save(update_fields=["at", "told_at", "stage", "due_at"])


def _last(worker: WorkerId, call: CallRequest, *, profile: Profile, now: datetime) -> None:
    """Look a last time, at an hour fixed when she was told: of a call that stands she hears no more."""
    if call.at is not None and confirmed.still_on(call.token, now=now):
        call.stage, call.due_at = Stage.STANDS, call.at + rules.KEPT
        call.save(update_fields=["stage", "due_at"])
        return
    call.at = None
    _say(worker, call, profile=profile, now=now)
    _end(call, now=now)
    call.save(update_fields=["at", "told_at"])


def _forgotten(_worker: WorkerId, call: CallRequest, *, profile: Profile, now: datetime) -> None:
    """Forget the token a day after its time: nothing of hers joins her to him any more."""
    call.stage, call.token = Stage.OVER, ""
    call.save(update_fields=["stage", "token"])


def _say(worker: WorkerId, call: CallRequest, *, profile: Profile, now: datetime) -> None:
    row = call.request
    form = profile.text(Call.NONE if call.at is None else Call.AT, row.language)
    text = form if call.at is None else timed.told(form, call.at, zone=profile.his_zone)
    post.send(
        worker,
        person_ref=row.person_ref,
        text=text,
        form="" if call.at is None else form,
        kind=Kind.SCRIPT,
        language=row.language,
        reply_after_stop=profile.limit("reply_after_stop"),
        now=now,
    )
    call.told_at = now
    audit.record(worker.ref, "tracing.call told", ref=row.ref, now=now)
    notices.emit("tracing.request", row.ref, to=f"member:{row.compartment}")


def _end(call: CallRequest, *, now: datetime) -> None:
    if call.token:
        confirmed.call_off(call.token, now=now)
    call.stage, call.token, call.keys, call.caller = Stage.OVER, "", b"", None
    call.save(update_fields=["stage", "token", "keys", "caller"])


def _told(officer: Officer, row: TracingRequest, verb: str, *, now: datetime) -> None:
    audit.record(officer.ref, verb, ref=row.ref, now=now)
    notices.emit("tracing.request", row.ref, to=f"member:{row.compartment}")


def forget(person_ref: str, *, now: datetime) -> None:
    """Delete the calls of an asker who was erased; nobody waits for them in custody any more."""
    for call in CallRequest.objects.filter(request__person_ref=person_ref):
        _end(call, now=now)
        call.delete()
