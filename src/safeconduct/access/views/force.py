"""The two numbers of one's own page, a drill of the one for force, and what the keeper calls about."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, queries
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from
from safeconduct.access.rules import Duty


@require_POST
@duty_required(*Duty)
def numbers(request: OfficerRequest) -> HttpResponse:
    """Take two numbers into use, on a touch."""
    actions.set_numbers(
        request.officer,
        own=request.POST.get("own", ""),
        force=request.POST.get("force", ""),
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
    )
    return render(request, "access/numbers.html")


@require_POST
@duty_required(*Duty)
def drill(request: OfficerRequest) -> HttpResponse:
    """Tell a drill beforehand."""
    actions.tell_drill(request.officer, now=clock.now())
    return render(request, "access/numbers.html", {"drill": True})


@require_GET
@duty_required(Duty.SUP, Duty.AUD)
def noted(request: OfficerRequest) -> HttpResponse:
    """Show what the keeper called supervisors about: limits met, people under force, drills."""
    return render(request, "access/noted.html", {"entries": queries.noted_for(request.officer)})
