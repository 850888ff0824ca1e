"""The pages of an escort: what must I do this minute. Each view calls one query or one action."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, in_force, stops
from safeconduct.access.rules import Duty, Purpose
from safeconduct.escort import actions, page, queries, rules
from safeconduct.escort import layer as drawn
from safeconduct.escort.actions.seeing import Report
from safeconduct.escort.forms import whole
from safeconduct.escort.rules import Order
from safeconduct.escort.station_page import station_for
from safeconduct.passage.rules import GOERS
from safeconduct.programme import load

WATCHERS = (
    Duty.OP, Duty.SUP, Duty.PLN, Duty.DPC, Duty.FCO, Duty.PIL, Duty.RCV, Duty.RCP, Duty.LEG,
)  # fmt: skip
ON_DUTY = (Duty.OP, Duty.SUP, Duty.DPC, Duty.FCO, Duty.PIL, Duty.RCV)
MOST_PEOPLE = 200
MOST_MINUTES = 600


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/escort/{ref}/", status=303)


def _limits() -> rules.Limits:
    profile = load.current()
    return rules.limits_of(profile.limits_s, profile.limits_m)


@require_GET
@duty_required(*WATCHERS)
def index(request: OfficerRequest) -> HttpResponse:
    """Show the passages before, on and after the way."""
    lines = queries.list_for(request.officer, Purpose.READ)
    return render(request, "escort/index.html", {"lines": lines})


@require_GET
@duty_required(*WATCHERS, member="passage")
def live(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the overwatch of one passage."""
    shown = page.live_for(request.officer, ref=ref, profile=load.current(), now=clock.now())
    told = {
        "page": shown,
        "can_answer": bool(request.officer.duties & set(ON_DUTY)),
        "field": station_for(request.officer, ref=ref, now=clock.now()),
    }
    return render(request, "escort/live.html", told)


@require_GET
@duty_required(*WATCHERS, member="passage")
def layer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the map what it draws."""
    return JsonResponse(
        drawn.layer_for(request.officer, ref=ref, profile=load.current(), now=clock.now())
    )


# ---- before he sets out ----


@require_POST
@duty_required(Duty.PIL, member="passage")
def weather(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record the pilot's word on weather and battery."""
    actions.weather_checked(
        request.officer,
        ref=ref,
        wind_m_s=whole(request.POST, "wind_m_s", low=0, high=60),
        battery_min=whole(request.POST, "battery_min", low=1, high=600),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.FCO, member="passage")
def no_fire_request(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask fires for a no-fire area."""
    actions.request_area(request.officer, ref=ref, now=clock.now(), limits=_limits())
    return _back(ref)


@require_POST
@duty_required(Duty.FCO, member="passage")
def no_fire_ack(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that fires have acknowledged it."""
    area = request.POST.get("area", "")
    actions.acknowledge_area(request.officer, area=area, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.FCO, Duty.DPC, member="passage")
def no_fire_end(request: OfficerRequest, ref: str) -> HttpResponse:
    """End it, by name."""
    posted = request.POST
    actions.end_area(
        request.officer,
        area=posted.get("area", ""),
        reason=posted.get("reason", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, member="passage")
def station(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that the drone is on station."""
    aircraft = request.POST.get("aircraft", "")
    actions.on_station(request.officer, ref=ref, aircraft=aircraft, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, member="passage")
def unit_station(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that the receiving unit is on station."""
    actions.unit_on_station(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*GOERS, member="passage")
def unit_away(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that somebody who gives GO is not ready."""
    actions.not_ready(request.officer, ref=ref, duty=duty_from(request), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.DPC, member="passage")
def unit_relieved(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that the receiving unit was relieved."""
    actions.unit_relieved(request.officer, ref=ref, now=clock.now())
    return _back(ref)


# ---- what is seen ----


@require_POST
@duty_required(Duty.PIL, member="passage")
def sighted(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record the mutual sign."""
    posted = request.POST
    actions.sighted(
        request.officer,
        ref=ref,
        signs="signs" in posted,
        mutual="mutual" in posted,
        heads=whole(posted, "heads", low=0, high=MOST_PEOPLE),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.RCV, Duty.OP, Duty.DPC, member="passage")
def headcount(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record how many people there are."""
    posted = request.POST
    actions.count_heads(
        request.officer,
        ref=ref,
        gate=posted.get("gate", ""),
        heads=whole(posted, "heads", low=0, high=MOST_PEOPLE),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, member="passage")
def mark(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record "I see him, here"."""
    actions.mark(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.OP, Duty.DPC, member="passage")
def placed(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record where somebody sees him, or where his words or his live location have him."""
    posted = request.POST
    actions.place_told(
        request.officer,
        ref=ref,
        place=posted.get("place", ""),
        source=posted.get("source", ""),
        minutes_ago=whole(posted, "minutes", low=0, high=MOST_MINUTES, default=0),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.DPC, Duty.RCV, member="passage")
def contact(request: OfficerRequest, ref: str) -> HttpResponse:
    """Report somebody who comes near."""
    posted = request.POST
    report = Report(
        direction_deg=whole(posted, "direction_deg", low=0, high=359),
        distance_m=whole(posted, "distance_m", low=0, high=20_000),
        heading_deg=whole(posted, "heading_deg", low=0, high=359, default=0),
        speed_m_s=whole(posted, "speed_m_s", low=0, high=60, default=0),
    )
    actions.report_contact(
        request.officer, ref=ref, report=report, contact=posted.get("contact", ""), now=clock.now()
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.DPC, Duty.RCV, member="passage")
def contact_end(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that a contact is gone."""
    named = request.POST.get("contact", "")
    actions.end_contact(request.officer, ref=ref, contact=named, now=clock.now())
    return _back(ref)


# ---- alerts ----


@require_POST
@duty_required(*ON_DUTY, member="passage")
def take(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say "I have it"."""
    actions.take(request.officer, alert=request.POST.get("alert", ""), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*ON_DUTY, member="passage")
def answer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Answer an alert with 1, 2 or 3."""
    posted = request.POST
    number = whole(posted, "answer", low=1, high=3)
    actions.answer(request.officer, alert=posted.get("alert", ""), number=number, now=clock.now())
    return _back(ref)


# ---- instructions ----


@require_POST
@duty_required(*ON_DUTY, member="passage")
@stops
def hold(request: OfficerRequest, ref: str) -> HttpResponse:
    """Let him stand."""
    actions.hold(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.DPC, Duty.PIL, member="passage")
@stops
def lead(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask the pilot to fly before him."""
    actions.lead(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*ON_DUTY, member="passage")
def order_end(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take HOLD or LEAD back."""
    order = Order.LEAD if request.POST.get("order") == Order.LEAD else Order.HOLD
    actions.end_hold(request.officer, ref=ref, order=order, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*ON_DUTY, member="passage")
def heard(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that an instruction was heard."""
    named = request.POST.get("instruction", "")
    actions.hear(request.officer, instruction=named, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.PIL, Duty.DPC, Duty.FCO, Duty.RCV)
@stops
def missing(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he is missing; nothing is asked first."""
    case = request.POST.get("case", "")
    stopped = actions.missing(request.officer, case_ref=case, now=clock.now())
    return in_force(request, f"/escort/{ref}/") if stopped.spooled else _back(ref)


@require_POST
@duty_required(Duty.DPC, Duty.PIL, Duty.RCV, Duty.FCO, member="passage")
def search(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that the search has begun."""
    actions.search_started(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.DPC, member="passage")
def last_place(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the unit that searches where he was last."""
    actions.show_last_place(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*rules.STOPPERS)
@stops
def abort(request: OfficerRequest, ref: str) -> HttpResponse:
    """Stop everything; nothing is asked first, and the reason may come later."""
    posted = request.POST
    stopped = actions.abort(
        request.officer,
        passage=ref,
        case_ref=posted.get("case", ""),
        now=clock.now(),
        reason=posted.get("reason", ""),
    )
    if stopped.spooled:
        return render(request, "escort/stopped.html", {"ref": ref})
    return _back(ref)
