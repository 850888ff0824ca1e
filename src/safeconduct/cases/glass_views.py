"""Breaking the glass of a case: said and read, then signed. What comes of it stands under /glass/."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access import acts
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.access.rules import Duty
from safeconduct.cases import queries

PAGE = "cases/break_glass.html"


@require_GET
@duty_required(Duty.SUP)
def form(request: OfficerRequest) -> HttpResponse:
    """Show the form by which a supervisor breaks the glass."""
    return render(request, PAGE)


@require_POST
@duty_required(Duty.SUP)
def ask(request: OfficerRequest) -> HttpResponse:
    """Show what exactly it means, and the button that takes a touch."""
    ref, reason = request.POST.get("case", "").strip(), request.POST.get("reason", "").strip()
    compartment = queries.compartment_to_break(request.officer, ref=ref)
    access.refuse_breaking(request.officer, compartment=compartment, reason=reason, now=clock.now())
    shown = {
        "case": ref,
        "reason": reason,
        "act": acts.break_glass(compartment, reason=reason),
        "act_url": "/cases/glass/break/",
        "hidden": {"case": ref, "reason": reason},
    }
    return render(request, PAGE, shown)


@require_POST
@duty_required(Duty.SUP)
def break_glass(request: OfficerRequest) -> HttpResponse:
    """Break it; the members are told, and then it opens."""
    ref = request.POST.get("case", "")
    glass = access.break_glass(
        request.officer,
        compartment=queries.compartment_to_break(request.officer, ref=ref),
        about=ref,
        url=f"/cases/{ref}/",
        reason=request.POST.get("reason", ""),
        proof=proof_from(request),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/glass/{glass}/", status=303)
