"""The inbox and one conversation: parse, call one thing, render."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required, in_force, stops
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.desks import DUTY, Desk, may_take_child
from safeconduct.conversations.forms import (
    ConditionForm,
    FindingForm,
    NoteForm,
    ReplyForm,
    WindowForm,
    WordsForm,
)
from safeconduct.conversations.rules import Condition, Finding
from safeconduct.pledges import queries as pledges
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

READERS = (Duty.OP, Duty.SUP, Duty.VER, Duty.DPC, Duty.LEG, Duty.PLG)
INBOX = {Desk.PEOPLE: "conversations:inbox", Desk.RELATIVES: "relatives:inbox"}
TAKE = {Desk.PEOPLE: "conversations:take", Desk.RELATIVES: "relatives:take"}
# Tracing is let into a relative's conversation and child protection into a child's: neither has an inbox here.
LET_IN = (*READERS, Duty.TRC, Duty.CPO)
ANSWER = (Duty.OP, Duty.TRC, Duty.CPO)


def inbox_shown(
    request: OfficerRequest, desk: Desk, *, own: Callable[..., queries.Page] = queries.own_for
) -> dict[str, Any]:
    """Return what the list on the left shows: the officer's own, and the queue of a desk."""
    officer = request.officer
    page = own(officer, Purpose.TRIAGE, after=request.GET.get("after", ""))
    queue, now = queries.queue_for(officer, Purpose.TRIAGE, desk), clock.now()
    return {
        "desk": desk,
        "take_url": reverse(TAKE[desk]) if desk in TAKE else "",
        "page": page,
        "queue": [(now - line.since, line) for line in queue],
        "queued": queries.queued(officer, Purpose.TRIAGE, desk),
        "longest": queue[0].since if queue and queue[0].answer else None,
        "limit_s": load.current().limits_s["first_reply"],
        "may_take": desk in TAKE and DUTY[desk] in officer.duties,
        "hands_over": Duty.OP in officer.duties,
        "shift_waits": any(each.given_to == officer.ref for each in queries.hand_overs_of(officer)),
        "is_supervisor": Duty.SUP in officer.duties,
        "reads_texts": bool(officer.duties & queries.TEXT_READERS),
    }


@require_GET
@duty_required(*READERS)
def inbox(request: OfficerRequest) -> HttpResponse:
    """Show the officer's own conversations and the shared queue."""
    return render(request, "conversations/inbox.html", inbox_shown(request, Desk.PEOPLE))


@require_POST
@duty_required(Duty.OP)
def take(request: OfficerRequest) -> HttpResponse:
    """Give the officer the next conversation."""
    row = actions.take_next(
        request.officer,
        lock_for=load.current().limit("conversation_lock"),
        wall=clock.wall(),
        now=clock.now(),
    )
    return _to(row.ref)


def _to(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("conversations:show", args=[ref]), status=303)


@require_GET
@duty_required(*LET_IN, member="conversation")
def show(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one conversation."""
    return _page(request, ref)


def _page(
    request: OfficerRequest, ref: str, *, typed: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    profile, now = load.current(), clock.now()
    thread = queries.thread_for(
        request.officer,
        Purpose.READ,
        ref=ref,
        profile=profile,
        now=now,
        wall=clock.wall(),
        before=request.GET.get("before", ""),
    )
    row = thread.conversation
    canned = queries.canned_for(
        request.officer, Purpose.READ, profile=profile, language=row.language
    )
    ready = {key: text for key, _name, text in canned}
    shown = {
        **inbox_shown(request, Desk(row.desk)),
        "other_desk": next(each for each in Desk if each != row.desk),
        "thread": thread,
        "facts": queries.facts_in(thread.spoken, profile=profile),
        "row": row,
        "yours": row.holder == request.officer.ref,
        "may_answer": Duty.CPO in request.officer.duties
        and may_take_child(desk=Desk(row.desk), holder=row.holder, officer=request.officer.ref)
        is None,
        "lock_left": row.locked_until - clock.wall() if row.locked_until else None,
        "his_zone": profile.his_zone,
        "typed": typed or ready.get(request.GET.get("canned", ""), ""),
        "canned": canned,
        "offers": [
            version
            for version in (pledges.live(now=now) if row.desk == Desk.PEOPLE else ())
            if version.texts.get(row.language)
        ],
        "shown": pledges.shown_to(
            request.officer, Purpose.READ, person_ref=row.person_ref, compartment=row.compartment
        ),
        "conditions": list(Condition),
        "regions": profile.regions.items(),
        "run": queries.run_of(row),
        "startable": queries.startable(request.officer, Purpose.READ, profile=profile),
        "refusal": refusal,
    }
    status = 200 if refusal is None else 409
    return render(request, "conversations/conversation.html", shown, status=status)


@require_POST
@duty_required(Duty.CPO, member="conversation")
def take_child(request: OfficerRequest, ref: str) -> HttpResponse:
    """Answer a child from here on."""
    limit, wall, now = load.current().limit("conversation_lock"), clock.wall(), clock.now()
    actions.take_child(request.officer, ref=ref, lock_for=limit, wall=wall, now=now)
    return _to(ref)


@require_POST
@duty_required(*ANSWER, member="conversation")
def reply(request: OfficerRequest, ref: str) -> HttpResponse:
    """Answer; on a refusal the page comes back with what was typed."""
    form, profile = ReplyForm(request.POST), load.current()
    if not form.is_valid():
        refusal = Refusal("conversation.form", "The reply is too long.", "Send it in two.")
        return _page(request, ref, typed=request.POST.get("text", ""), refusal=refusal)
    told = form.cleaned_data
    try:
        actions.reply(
            request.officer,
            ref=ref,
            text=told["text"],
            seen=told["seen"],
            offer_refs=[told["offer"]] if told["offer"] else [],
            by=told["by"],
            lock_for=profile.limit("conversation_lock"),
            reply_after_stop=profile.limit("reply_after_stop"),
            wall=clock.wall(),
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, ref, typed=told["text"], refusal=refused.refusal)
    return _to(ref)


@require_POST
@duty_required(*LET_IN, member="conversation")
def note(request: OfficerRequest, ref: str) -> HttpResponse:
    """Leave a note that he never sees."""
    actions.add_note(request.officer, ref=ref, text=request.POST.get("text", ""), now=clock.now())
    return _to(ref)


@require_POST
@duty_required(*ANSWER, Duty.SUP, member="conversation")
def lower(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take urgency off, with a reason."""
    form = NoteForm(request.POST)
    reason = form.cleaned_data["text"] if form.is_valid() else ""
    actions.lower(request.officer, ref=ref, reason=reason, now=clock.now())
    return _to(ref)


@require_POST
@duty_required(*ANSWER, member="conversation")
def release(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the conversation back to the queue."""
    actions.release(request.officer, ref=ref, now=clock.now())
    return _home(request)


def _home(request: OfficerRequest) -> HttpResponse:
    """Lead back to the inbox of whoever acts."""
    duties = request.officer.duties
    if not duties & {Duty.OP, Duty.TRC, Duty.SUP}:
        return HttpResponseRedirect("/custody/due/", status=303)  # child protection has no inbox
    home = INBOX[Desk.RELATIVES if Duty.TRC in duties else Desk.PEOPLE]
    return HttpResponseRedirect(reverse(home), status=303)


@require_POST
@duty_required(*ANSWER, member="conversation")
def snooze(request: OfficerRequest, ref: str) -> HttpResponse:
    """Let the conversation sleep until his next safe window."""
    limit = load.current().limit("reply_after_stop")
    actions.snooze(request.officer, ref=ref, reply_after_stop=limit, now=clock.now())
    return _home(request)


@require_POST
@duty_required(Duty.OP, Duty.TRC, member="conversation")
def move(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put the conversation on the other desk."""
    to = request.POST.get("to", "")
    if to not in set(Desk):
        raise Refused(Refusal("conversation.form", "There is no such desk.", "Choose one of two."))
    actions.move(request.officer, ref=ref, to=to, now=clock.now())
    return _home(request)


@require_POST
@duty_required(*ANSWER, Duty.SUP, member="conversation")
def close(request: OfficerRequest, ref: str) -> HttpResponse:
    """Close the conversation, with a reason."""
    actions.close(request.officer, ref=ref, reason=request.POST.get("text", ""), now=clock.now())
    return _home(request)


@require_POST
@duty_required(Duty.OP, Duty.SUP, Duty.VER, member="conversation")
def words(request: OfficerRequest, ref: str) -> HttpResponse:
    """Keep the two words agreed with him."""
    form = WordsForm(request.POST)
    if not form.is_valid():
        refusal = Refusal("word.missing", "A word is missing or too long.", "Give both.")
        return _page(request, ref, refusal=refusal)
    try:
        actions.agree_words(request.officer, ref=ref, now=clock.now(), **form.cleaned_data)
    except Refused as refused:
        return _page(request, ref, refusal=refused.refusal)
    return _to(ref)


@require_POST
@duty_required(*ANSWER, Duty.SUP, Duty.VER, member="conversation")
def window(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record his safe hours."""
    form = WindowForm(request.POST)
    if not form.is_valid():
        refusal = Refusal("window.form", "These are no hours.", "Write them as 21:30.")
        return _page(request, ref, refusal=refusal)
    actions.set_window(
        request.officer,
        ref=ref,
        zone=load.current().his_zone,
        now=clock.now(),
        **form.cleaned_data,
    )
    return _to(ref)


@require_POST
@duty_required(Duty.OP, Duty.SUP, Duty.VER, member="conversation")
def condition(request: OfficerRequest, ref: str) -> HttpResponse:
    """Count one hardship he reports."""
    form = ConditionForm(request.POST)
    if not form.is_valid():
        refusal = Refusal("condition.form", "This is not on the list.", "Choose from the list.")
        return _page(request, ref, refusal=refusal)
    actions.count_condition(request.officer, ref=ref, now=clock.now(), **form.cleaned_data)
    return _to(ref)


@require_POST
@duty_required(*LET_IN, member="conversation")
@stops
def freeze(request: OfficerRequest, ref: str) -> HttpResponse:
    """Let nothing leave to him; one press."""
    written = actions.freeze(request.officer, ref=ref, now=clock.now())
    return _to(ref) if written else in_force(request, reverse("conversations:show", args=[ref]))


@require_POST
@duty_required(Duty.SUP, member="conversation")
def unfreeze(request: OfficerRequest, ref: str) -> HttpResponse:
    """End a freeze."""
    actions.unfreeze(request.officer, ref=ref, now=clock.now())
    return _to(ref)


@require_POST
@duty_required(*ANSWER, Duty.SUP, member="conversation")
@stops
def stop(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he said stop."""
    written = actions.stop_writing(request.officer, ref=ref, now=clock.now())
    return _to(ref) if written else in_force(request, reverse("conversations:show", args=[ref]))


@require_POST
@duty_required(Duty.OP, Duty.VER, member="conversation")
def ask(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask a supervisor to read this; the same press for every cause."""
    actions.ask_supervisor(request.officer, ref=ref, now=clock.now())
    return _to(ref)


@require_POST
@duty_required(*LET_IN, member="conversation")
def presence(request: OfficerRequest, ref: str) -> HttpResponse:
    """Remember that somebody looks or writes."""
    actions.present(
        request.officer, ref=ref, writing=request.POST.get("writing") == "1", wall=clock.wall()
    )
    return HttpResponse(status=204)


@require_GET
@duty_required(Duty.SUP)
def readings(request: OfficerRequest) -> HttpResponse:
    """Show the second readings that wait."""
    rows = queries.readings_for(request.officer, Purpose.READ)
    return render(request, "conversations/readings.html", {"rows": rows})


@require_GET
@duty_required(Duty.SUP, member="conversation")
def reading(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show why one conversation is read again, and take the finding."""
    row = queries.reading_for(request.officer, Purpose.READ, ref=ref)
    cause = queries.cause_of(request.officer, Purpose.READ, ref=ref)
    shown = {
        "reading": row,
        "cause": cause,
        "findings": list(Finding),
        "held_by_case": queries.held_by_case(request.officer, Purpose.READ, ref=ref),
    }
    return render(request, "conversations/reading.html", shown)


@require_POST
@duty_required(Duty.SUP, member="conversation")
def find(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a supervisor's finding."""
    form = FindingForm(request.POST)
    if not form.is_valid():
        raise Refused(Refusal("reading.form", "No finding was chosen.", "Choose one."))
    actions.read_again(
        request.officer, ref=ref, finding=form.cleaned_data["finding"], now=clock.now()
    )
    return HttpResponseRedirect(reverse("conversations:readings"), status=303)
