"""Places looked for by their names, on the pages of a planner. In the body of a form: see `finding`."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.passage import page
from safeconduct.passage.views import index_page, reporting
from safeconduct.programme import load


@require_POST
@duty_required(Duty.PLN)
def find_start(request: OfficerRequest) -> HttpResponse:
    """Show how a passage is begun, with the places that a name may mean."""
    return index_page(request, case_ref=request.POST.get("case", ""))


@require_POST
@duty_required(Duty.PLN, member="passage")
def find_danger(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the form of a danger report alone, with the places that a name may mean."""
    shown = page.page_for(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return render(request, "passage/find.html", reporting(request, shown))
