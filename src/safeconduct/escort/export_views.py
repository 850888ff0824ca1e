"""The page of what leaves the house of an escort: each view calls one query or one action."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from
from safeconduct.access.rules import Duty, Purpose
from safeconduct.escort import actions, exports, queries

SEE = (Duty.SUP, Duty.DPC, Duty.LEG)


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/escort/{ref}/record", status=303)


@require_GET
@duty_required(*SEE, member="passage")
def record(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what is to leave, for whom, and whose yes it has."""
    officer = request.officer
    escort = queries.escort_for(officer, Purpose.READ, ref=ref)
    told = {
        "ref": ref,
        "officer": officer,
        "grant_url": f"/escort/{ref}/record/grant",
        "exports": exports.shown_to(officer, escort),
        "may_ask": escort.ended_at is not None and bool(officer.duties & exports.ASKERS),
        "over": escort.ended_at is not None,
    }
    return render(request, "escort/record.html", told)


@require_POST
@duty_required(*exports.ASKERS, member="passage")
def ask(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask that it may leave."""
    posted = request.POST
    actions.ask_for_export(
        request.officer,
        ref=ref,
        recipient=posted.get("recipient", ""),
        key=posted.get("key", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*exports.GRANTERS, member="passage")
def grant(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes to one, with the passkey."""
    actions.grant_export(
        request.officer,
        ref=ref,
        export=request.POST.get("export", ""),
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*exports.ASKERS, member="passage")
def fetch(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give it, sealed to its recipient."""
    named = request.POST.get("export", "")
    sealed = actions.fetch_export(request.officer, ref=ref, export=named, now=clock.now())
    response = HttpResponse(sealed, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{ref}.record"'
    return response
