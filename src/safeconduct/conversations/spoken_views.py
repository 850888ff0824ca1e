"""What is said by voice or radio, on a page of its own beside the conversation."""

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.forms import HeardForm, SayForm
from safeconduct.pledges import queries as pledges
from safeconduct.post.channels import SPOKEN_CHANNELS
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

TALKERS = (Duty.OP, Duty.SUP, Duty.VER)


@require_GET
@duty_required(*TALKERS, member="conversation")
def spoken(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what was said and is to be said, and the two forms."""
    return _page(request, ref)


def _page(
    request: OfficerRequest, ref: str, *, refusal: Refusal | None = None, of: str = ""
) -> HttpResponse:
    """Show the page; `of` is the form that was refused, "heard" or "say", and keeps its words."""
    now = clock.now()
    row = queries.conversation_for(request.officer, Purpose.READ, ref=ref)
    shown = {
        "row": row,
        "spoken": queries.spoken_for(request.officer, Purpose.READ, ref=ref),
        "yours": row.holder == request.officer.ref and row.state == "open",
        "channels": sorted(SPOKEN_CHANNELS, reverse=True),
        "channel": request.POST.get("channel", ""),
        "offers": [v for v in pledges.live(now=now) if v.texts.get(row.language)],
        "typed": request.POST.get("text", ""),
        "minutes": request.POST.get("minutes", "0"),
        "of": of,
        "refusal": refusal,
    }
    return render(request, "conversations/spoken.html", shown, status=409 if refusal else 200)


def _to(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("conversations:spoken", args=[ref]), status=303)


@require_POST
@duty_required(*TALKERS, member="conversation")
def heard(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down what he said."""
    form = HeardForm(request.POST)
    if not form.is_valid():
        refusal = Refusal(
            "spoken.form", "Words, channel or minutes are missing.", "Give all three."
        )
        return _page(request, ref, refusal=refusal, of="heard")
    told = form.cleaned_data
    try:
        actions.write_down(
            request.officer,
            ref=ref,
            channel=told["channel"],
            text=told["text"],
            ago=timedelta(minutes=told["minutes"]),
            profile=load.current(),
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, ref, refusal=refused.refusal, of="heard")
    return _to(ref)


@require_POST
@duty_required(Duty.OP, member="conversation")
def to_say(request: OfficerRequest, ref: str) -> HttpResponse:
    """Check what he is to hear; on a refusal the page comes back with what was typed."""
    form = SayForm(request.POST)
    if not form.is_valid():
        refusal = Refusal("spoken.form", "Words or channel are missing, or too long.", "Give both.")
        return _page(request, ref, refusal=refusal, of="say")
    told = form.cleaned_data
    try:
        actions.put_to_say(
            request.officer,
            ref=ref,
            channel=told["channel"],
            text=told["text"],
            offer_refs=[told["offer"]] if told["offer"] else [],
            reply_after_stop=load.current().limit("reply_after_stop"),
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, ref, refusal=refused.refusal, of="say")
    return _to(ref)


@require_POST
@duty_required(Duty.OP, member="conversation")
def said(request: OfficerRequest, ref: str, message: str) -> HttpResponse:
    """Record whether the checked words were said."""
    actions.was_said(
        request.officer,
        ref=ref,
        message=message,
        said=request.POST.get("said") == "yes",
        now=clock.now(),
    )
    return _to(ref)
