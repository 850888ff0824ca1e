"""Ready texts on screen: a part of this room with a door of its own."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import queries as access
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

READERS = tuple(sorted(queries.TEXT_READERS))


@require_GET
@duty_required(*READERS)
def texts(request: OfficerRequest) -> HttpResponse:
    """Show every ready text, and the form of a new one."""
    return _page(request, None)


def _page(request: OfficerRequest, refusal: Refusal | None) -> HttpResponse:
    shown = {
        "rows": queries.texts_for(request.officer, Purpose.READ),
        "languages": [
            (language, request.POST.get(f"text_{language}", ""))
            for language in load.current().languages
        ],
        "name": request.POST.get("name", ""),
        "may_propose": bool(request.officer.duties & {Duty.OP, Duty.SUP}),
        "refusal": refusal,
    }
    return render(request, "conversations/texts.html", shown, status=409 if refusal else 200)


@require_POST
@duty_required(Duty.OP, Duty.SUP)
def propose(request: OfficerRequest) -> HttpResponse:
    """Put a ready text up for approval; what was typed stays when it is refused."""
    languages = load.current().languages
    try:
        ref = actions.propose_text(
            request.officer,
            name=request.POST.get("name", "")[:60],
            texts={each: request.POST.get(f"text_{each}", "")[:1000] for each in languages},
            languages=languages,
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, refused.refusal)
    return _to(ref)


def _to(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("conversations:text", args=[ref]), status=303)


@require_GET
@duty_required(*READERS)
def text(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one ready text in every language, and what may be done with it."""
    row = queries.text_for(request.officer, Purpose.READ, ref=ref)
    waits = row.approved_at is None and row.withdrawn_at is None
    shown = {
        "row": row,
        "given": access.approvals_of(row.ref, bytes(row.digest)),
        "act": queries.text_act(request.officer, row),
        "may_approve": waits and row.proposed_by != request.officer.ref,
        "may_withdraw": row.withdrawn_at is None
        and bool(request.officer.duties & {Duty.SUP, Duty.LEG}),
    }
    return render(request, "conversations/text.html", shown)


@require_POST
@duty_required(*READERS)
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take one yes to a ready text."""
    actions.approve_text(request.officer, ref=ref, proof=proof_from(request), now=clock.now())
    return _to(ref)


@require_POST
@duty_required(Duty.SUP, Duty.LEG)
def withdraw(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a ready text away."""
    actions.withdraw_text(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect(reverse("conversations:texts"), status=303)
