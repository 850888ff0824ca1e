"""What people say about machines and maps: whose tracker, which unit receives him, who is to be fetched."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.escort import actions
from safeconduct.escort.forms import whole

MOST_PEOPLE = 200


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/escort/{ref}/", status=303)


@require_POST
@duty_required(Duty.PIL, Duty.DPC, member="passage")
def tracker(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say which tracker is his."""
    named = request.POST.get("tracker", "")
    actions.name_tracker(request.officer, ref=ref, tracker=named, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.DPC, member="passage")
def unit(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say which unit receives him: its map alone shows him."""
    named = request.POST.get("unit", "")
    actions.name_unit(request.officer, ref=ref, unit=named, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.RCV, Duty.DPC, Duty.OP, member="passage")
def casualty(request: OfficerRequest, ref: str) -> HttpResponse:
    """Have somebody fetched from where he is."""
    lying = whole(request.POST, "lying", low=0, high=MOST_PEOPLE, default=0)
    walking = whole(request.POST, "walking", low=0, high=MOST_PEOPLE, default=0)
    actions.ask_for_casualty(
        request.officer, ref=ref, lying=lying, walking=walking, now=clock.now()
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.RCV, Duty.DPC, Duty.OP, member="passage")
def casualty_end(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that nobody is to be fetched any more."""
    actions.casualty_fetched(request.officer, ref=ref, now=clock.now())
    return _back(ref)
