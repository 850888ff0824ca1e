"""Something was seized: named, counted, pressed once; and what was done, with what comes next."""

from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import queries as access
from safeconduct.access.doors import OfficerRequest, duty_required, stops
from safeconduct.cases import actions, seized_page, touching
from safeconduct.cases.seized import MAY_SAY
from safeconduct.cases.views import hours
from safeconduct.refusal import Refusal, Refused, said

PAGE = "cases/seized.html"
SAYING = tuple(sorted(MAY_SAY))
NO_TIME = Refusal("seizure.no_time", "This is no time.", "Open the page again and count anew.")


def _since(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text)
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # well formed, and in no calendar
        pass
    raise Refused(NO_TIME)


def _ago(text: str, *, now: datetime) -> datetime | None:
    span = hours(text, what=said("How long ago"))
    try:
        return now - span if span else None
    except OverflowError:
        raise Refused(NO_TIME) from None


@require_GET
@duty_required(*SAYING)
def form(request: OfficerRequest) -> HttpResponse:
    """Show the form, and what was said before."""
    shown = {
        "rows": seized_page.rows_for(request.officer),
        "staff": sorted({name for _ref, name, _duty in access.who_may_serve(now=clock.now())}),
        "gateways": touching.gateways(),
    }
    return render(request, PAGE, shown)


@require_POST  # what is named stands in no address, and so in nobody's history
@duty_required(*SAYING)
def count(request: OfficerRequest) -> HttpResponse:
    """Show in numbers what the named thing would touch; nothing burns yet."""
    now, told = clock.now(), request.POST
    since = _ago(told.get("hours", ""), now=now)
    thing = touching.named(told.get("kind", ""), told.get("name", ""), since=since)
    counts = actions.count_seized(request.officer, thing, now=now)
    return render(request, PAGE, {"asked": seized_page.asked(thing, counts)})


@require_POST
@duty_required(*SAYING)
@stops
def burn(request: OfficerRequest) -> HttpResponse:
    """Burn all that it touched: one person, one press."""
    told = request.POST
    since = _since(told.get("since", ""))
    thing = touching.named(told.get("kind", ""), told.get("name", ""), since=since)
    ref = actions.say_seized(request.officer, thing, now=clock.now(), wall=clock.wall())
    return HttpResponseRedirect(f"/cases/seized/{ref}/", status=303)


@require_GET
@duty_required(*SAYING)
def one(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what was done, in numbers, and what comes next."""
    return render(request, PAGE, {"said": seized_page.said_for(request.officer, ref=ref)})
