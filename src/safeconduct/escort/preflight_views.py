"""The page before a flight: each view calls one query or one action."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.escort import actions, preflight_page

SIGNERS = (Duty.PIL, Duty.DPC)


@require_GET
@duty_required(Duty.PIL, Duty.DPC, Duty.SUP, Duty.LEG, member="passage")
def preflight(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what each aircraft said of itself."""
    may_sign = bool(request.officer.duties & set(SIGNERS))
    shown = preflight_page.preflight_for(
        request.officer, ref=ref, may_sign=may_sign, now=clock.now()
    )
    return render(request, "escort/preflight.html", {"page": shown})


@require_POST
@duty_required(*SIGNERS, member="passage")
def sign(request: OfficerRequest, ref: str) -> HttpResponse:
    """Sign for one thing that was not checked."""
    posted = request.POST
    actions.sign_preflight(
        request.officer,
        ref=ref,
        subject=posted.get("subject", ""),
        key=posted.get("key", ""),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/escort/{ref}/preflight", status=303)


@require_POST
@duty_required(*SIGNERS, member="passage")
def unsign(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a signature back."""
    posted = request.POST
    actions.withdraw_preflight(
        request.officer,
        ref=ref,
        subject=posted.get("subject", ""),
        key=posted.get("key", ""),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/escort/{ref}/preflight", status=303)
