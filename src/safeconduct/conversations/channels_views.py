"""By which channels one man writes: the page beside his conversation, where two people link them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.post.linked import LINKERS
from safeconduct.refusal import Refusal, Refused


@require_GET
@duty_required(*LINKERS, member="conversation")
def channels(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show his channels, what links them, and whom he may be linked with."""
    return _page(request, ref)


def _page(request: OfficerRequest, ref: str, *, refusal: Refusal | None = None) -> HttpResponse:
    shown = {
        "found": queries.channels_for(request.officer, Purpose.READ, ref=ref),
        "refusal": refusal,
        "may_hold": Duty.OP in request.officer.duties,
    }
    return render(request, "conversations/channels.html", shown, status=409 if refusal else 200)


def _to(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("conversations:channels", args=[ref]), status=303)


@require_POST
@duty_required(*LINKERS, member="conversation")
def link(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put up that another conversation is the same man's."""
    try:
        actions.put_link(
            request.officer, ref=ref, other=request.POST.get("other", "")[:20], now=clock.now()
        )
    except Absent:
        refusal = Refusal("link.absent", "No other conversation was chosen.", "Choose one.")
        return _page(request, ref, refusal=refusal)
    except Refused as refused:
        return _page(request, ref, refusal=refused.refusal)
    return _to(ref)


@require_POST
@duty_required(*LINKERS, member="conversation")
def say(request: OfficerRequest, ref: str, link_ref: str) -> HttpResponse:
    """Take one of the two yeses."""
    actions.say_linked(
        request.officer, ref=ref, link=link_ref, proof=proof_from(request), now=clock.now()
    )
    return _to(ref)


@require_POST
@duty_required(*LINKERS, member="conversation")
def unlink(request: OfficerRequest, ref: str, link_ref: str) -> HttpResponse:
    """Take a link back."""
    actions.undo_link(request.officer, ref=ref, link=link_ref, now=clock.now())
    return _to(ref)
