"""Giving a passage to a station in the field, and taking it back."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.escort import actions


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/escort/{ref}/", status=303)


@require_POST
@duty_required(Duty.DPC, member="passage")
def give(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the passage to a station."""
    posted = request.POST
    actions.assign(
        request.officer,
        ref=ref,
        station=posted.get("station", ""),
        person=posted.get("person", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.DPC, member="passage")
def take_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take it back."""
    actions.withdraw(request.officer, ref=ref, now=clock.now())
    return _back(ref)
