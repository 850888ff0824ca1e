"""The duty roster: who is called for which duty, in which order, from when to when."""

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, queries
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.access.views.people import hours_from
from safeconduct.refusal import Refusal, Refused

KEEPERS = (Duty.ADM, Duty.SUP, Duty.DPC)
USUAL = timedelta(hours=12)


@require_GET
@duty_required(*Duty)
def roster(request: OfficerRequest) -> HttpResponse:
    """Show who can be called now and who comes after."""
    now, wall = clock.now(), clock.wall()
    keeps = bool(request.officer.duties & set(KEEPERS))
    shown = {
        "shifts": queries.shifts(now=now, wall=wall),
        "keeps": keeps,
        "choices": queries.who_may_serve(now=now) if keeps else [],
    }
    return render(request, "access/roster.html", shown)


@require_POST
@duty_required(*KEEPERS)
def add(request: OfficerRequest) -> HttpResponse:
    """Put a person on the roster."""
    now = clock.now()
    begins_at = hours_from(request.POST.get("in_hours", ""), now=now) or now
    ends_at = hours_from(request.POST.get("hours", ""), now=begins_at) or begins_at + USUAL
    person, _, code = request.POST.get("who", "").partition(" ")
    if code not in Duty.__members__:
        raise Refused(
            Refusal("shift.nobody", "Nobody was chosen.", "Choose a person and a duty of the list.")
        )
    place = request.POST.get("place", "1")
    actions.add_shift(
        request.officer,
        person=person,
        duty=Duty(code),
        begins_at=begins_at,
        ends_at=ends_at,
        place=int(place) if place in {"1", "2", "3", "4", "5"} else 1,
        handle="".join(request.POST.get("handle", "").split()),
        now=now,
    )
    return HttpResponseRedirect("/people/roster/", status=303)


@require_POST
@duty_required(*KEEPERS)
def end(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a person off the roster."""
    actions.end_shift(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect("/people/roster/", status=303)
