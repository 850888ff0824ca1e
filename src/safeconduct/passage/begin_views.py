"""The list of passages, how one is begun, and places found by their names for a planner's fields.

What is looked for is asked for in the body of a form: see `finding`.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.passage import finding, layers, lists, page, roads, vehicles
from safeconduct.passage.views import LOOKING, back_to, reporting
from safeconduct.programme import load


@require_GET
@duty_required(*LOOKING)
def index(request: OfficerRequest) -> HttpResponse:
    """List one's passages; with ?case= lead to that case's passage, or to how one is begun."""
    return _index(request, case_ref=request.GET.get("case", ""))


def _index(request: OfficerRequest, *, case_ref: str) -> HttpResponse:
    """Show the list, how the passage of a case is begun, and what was looked for by name."""
    begin, held = None, roads.current()
    if case_ref:
        begin = lists.begin_for(request.officer, case_ref=case_ref, profile=load.current())
        if begin.passage:
            return back_to(begin.passage)
    shown = {
        "lines": lists.lines_for(request.officer),
        "begin": begin,
        "map": held,
        "bounds": layers.bounds(held[1]) if held else None,
        "vehicles": [
            (key, vehicles.named(key, vehicles.size_of(key))) for key in vehicles.VEHICLES
        ],
        "finding": finding.finding(
            request.POST,
            to="/passage/find/",
            fields={
                "start": _("he starts here"),
                "team": _("the unit starts here"),
                "drone": _("the drone starts here"),
            },
            keep={"case": case_ref},
            language=request.officer.language,
        ),
    }
    return render(request, "passage/index.html", shown)


@require_POST
@duty_required(Duty.PLN)
def find_start(request: OfficerRequest) -> HttpResponse:
    """Show how a passage is begun, with the places that a name may mean."""
    return _index(request, case_ref=request.POST.get("case", ""))


@require_POST
@duty_required(Duty.PLN, member="passage")
def find_danger(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the form of a danger report alone, with the places that a name may mean."""
    shown = page.page_for(request.officer, ref=ref, profile=load.current(), now=clock.now())
    told = request.POST.get("change")
    changed = next((each for each in shown.dangers if each.ref == told), None)
    return render(request, "passage/find.html", reporting(request, shown, changed=changed))
