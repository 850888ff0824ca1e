"""The pages of a passage: what exactly is approved, what can still go wrong, what he is told next."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import (
    OfficerRequest,
    duty_from,
    duty_required,
    in_force,
    proof_from,
    stops,
)
from safeconduct.access.rules import Absent, Duty
from safeconduct.cases.escorted import RELIEVED_BY
from safeconduct.passage import (
    actions,
    changing,
    finding,
    forms,
    ground,
    layers,
    page,
    roads,
    rules,
)
from safeconduct.passage.choosing import labels, sources
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused
from safeconduct.ways.danger import KINDS, Danger
from safeconduct.ways.roads import E7

# Who may look at a passage of a case he was let into; the keeper opens places to no other duty.
LOOKING = (
    *(Duty.OP, Duty.SUP, Duty.VER, Duty.PLN, Duty.DPC, Duty.FCO),
    *(Duty.PIL, Duty.RCV, Duty.RCP, Duty.LEG),
)
ON_DUTY = (Duty.OP, Duty.DPC, Duty.PIL, Duty.FCO, Duty.RCV)
MAY_STOP = (Duty.OP, Duty.SUP, Duty.PIL, Duty.DPC, Duty.FCO, Duty.RCV)


def back_to(ref: str) -> HttpResponse:
    """Lead on to a passage's page."""
    return HttpResponseRedirect(f"/passage/{ref}/", status=303)


@require_GET
@duty_required(*LOOKING, member="passage")
def passage(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one passage, as its reader may act on it."""
    shown = page.page_for(
        request.officer,
        ref=ref,
        profile=load.current(),
        now=clock.now(),
        anew=request.GET.get("anew") == "1",
    )
    can = {
        "stop": bool(request.officer.duties & set(MAY_STOP)) and shown.living,
        "tell": bool(request.officer.duties & set(ON_DUTY)),
        "withdraw": bool(request.officer.duties & {Duty.PLN, Duty.DPC}),
        "offer": Duty.OP in request.officer.duties,
        "relieve": bool(request.officer.duties & RELIEVED_BY) and shown.living,
        "voice": bool(request.officer.duties & {Duty.OP, Duty.PLN}),
    }
    changed = next((each for each in shown.dangers if each.ref == request.GET.get("change")), None)
    more = {"can": can, **reporting(request, shown, changed=changed)}
    return render(request, "passage/passage.html", more)


def reporting(
    request: OfficerRequest, shown: page.Page, *, changed: Danger | None = None
) -> dict[str, Any]:
    """Return what the form of a danger report shows, beside its passage."""
    named, ref = labels(), shown.passage.ref
    return {
        "page": shown,
        "wrote": forms.written(changed, now=clock.now()),
        "kinds": [(kind, named[kind]) for kind in KINDS],
        "sources": sources(),
        "finding": finding.finding(
            request.POST,
            to=f"/passage/{ref}/find/",
            fields={"place": _("the report is about this place")},
            keep={"change": changed.ref if changed else ""},
            language=request.officer.language,
        ),
    }


@require_POST
@duty_required(*LOOKING)
def road_layer(request: OfficerRequest) -> HttpResponse:
    """Give maps the roads of a window; the same for everybody, and nothing of it is logged or kept.

    Asked for in a body, though it changes nothing: an address is written down by proxies and browsers.
    """
    try:
        south, west, north, east = (float(x) for x in request.POST.get("window", "").split(","))
    except ValueError:
        raise Refused(
            Refusal("passage.wrong_window", "The window could not be read.", "Load the page again.")
        ) from None
    answer = JsonResponse(layers.roads_in((south, west, north, east)))
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
@duty_required(*LOOKING)
def tiles(request: OfficerRequest, version: str) -> HttpResponse:
    """Give maps some bytes of the vector tiles; nothing of it is logged, and no browser keeps it."""
    told = ground.part(version, header=request.headers.get("Range", ""))
    if told is None:
        raise Absent
    if isinstance(told, int):
        wrong = HttpResponse(status=416, content_type="text/plain")
        wrong["Content-Range"] = f"bytes */{told}"
        return wrong
    answer = HttpResponse(told.content, status=206, content_type="application/octet-stream")
    answer["Content-Range"] = f"bytes {told.first}-{told.last}/{told.of}"
    answer["Accept-Ranges"], answer["ETag"] = "bytes", f'"{version}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@duty_required(Duty.PLN)
def where(request: OfficerRequest) -> HttpResponse:
    """Read a place as the forms of this room read it, for the map that draws it."""
    lat_e7, lon_e7 = forms.place(request.POST.get("text", ""))
    return JsonResponse({"lat": lat_e7 / E7, "lng": lon_e7 / E7})


@require_GET
@duty_required(*LOOKING, member="passage")
def layer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the map of a passage what it draws, for those let in."""
    shown = page.layer_for(
        request.officer,
        ref=ref,
        profile=load.current(),
        now=clock.now(),
        anew=request.GET.get("anew") == "1",
    )
    return JsonResponse(shown)


# ---- the planner ----


@require_POST
@duty_required(Duty.PLN)
def draft(request: OfficerRequest) -> HttpResponse:
    """Begin the passage of a case, or change what its planning starts from."""
    made = actions.open_passage(
        request.officer,
        case_ref=request.POST.get("case", ""),
        request=forms.request_from(request.POST, profile=load.current()),
        now=clock.now(),
    )
    return back_to(made.ref)


@require_POST
@duty_required(Duty.PLN, member="passage")
def danger(request: OfficerRequest, ref: str) -> HttpResponse:
    """Report a danger near this passage, or correct the one that is named."""
    now, profile, old = clock.now(), load.current(), request.POST.get("report", "")
    told, who = forms.report_from(request.POST, profile=profile, now=now), request.officer
    if old:
        actions.move_danger(who, ref=ref, report=old, to=told, profile=profile, now=now)
    else:
        actions.report_danger(who, ref=ref, report=told, profile=profile, now=now)
    return back_to(ref)


@require_POST
@duty_required(Duty.PLN, member="passage")
def danger_merge(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that several reports tell of one thing."""
    actions.merge_dangers(
        request.officer,
        ref=ref,
        kept=request.POST.get("kept", ""),
        others=request.POST.getlist("report"),
        profile=load.current(),
        now=clock.now(),
    )
    return back_to(ref)


@require_POST
@duty_required(Duty.PLN, member="passage")
def danger_end(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a report back."""
    actions.end_danger(
        request.officer,
        ref=ref,
        report=request.POST.get("report", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return back_to(ref)


@require_POST
@duty_required(Duty.PLN, member="passage")
def propose(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put a plan up for two others."""
    now, profile, held = clock.now(), load.current(), roads.current()
    if held is None:
        raise Refused(
            Refusal(
                "passage.no_map",
                "There is no map, so there is no way to plan.",
                "An administrator runs: safeconduct roads import FILE.osm.pbf",
            )
        )
    actions.propose(
        request.officer,
        ref=ref,
        wish=forms.wish_from(request.POST, profile=profile, now=now),
        roads=held[1],
        profile=profile,
        now=now,
    )
    return back_to(ref)


@require_POST
@duty_required(Duty.PLN, Duty.DPC, member="passage")
def withdraw(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take the plan back; what he was told burns."""
    actions.withdraw(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return back_to(ref)


# ---- those who decide ----


def _on_plan(act: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Return a view's inside: call `act` on the plan named in the form, then show the passage."""

    def done(request: OfficerRequest, ref: str, **given: Any) -> HttpResponse:
        act(request.officer, ref=request.POST.get("plan", ""), now=clock.now(), **given)
        return back_to(ref)

    return done


@require_POST
@duty_required(*rules.APPROVERS, member="passage")
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes to a plan with the passkey."""
    duty = duty_from(request)
    given = {"duty": duty, "proof": proof_from(request), "profile": load.current()}
    return _on_plan(actions.approve)(request, ref, **given)


@require_POST
@duty_required(*rules.APPROVERS, member="passage")
def send_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Send a plan back with a reason."""
    return _on_plan(actions.send_back)(request, ref, reason=request.POST.get("reason", ""))


@require_POST
@duty_required(*LOOKING, member="passage")
def record(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put on record that something was checked or stands ready."""
    return _on_plan(actions.record)(request, ref, kind=request.POST.get("kind", ""))


@require_POST
@duty_required(*rules.GOERS, member="passage")
def read_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down a read-back in somebody's own words."""
    given = {
        "duty": duty_from(request),
        "words": request.POST.get("words", ""),
        "language": request.POST.get("language", "")[:8] or request.officer.language,
        "profile": load.current(),
    }
    return _on_plan(actions.read_back)(request, ref, **given)


@require_POST
@duty_required(*rules.GOERS, member="passage")
def go(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give GO with the passkey."""
    duty = duty_from(request)
    given = {"duty": duty, "proof": proof_from(request), "profile": load.current()}
    return _on_plan(actions.give_go)(request, ref, **given)


# ---- what he is told, and says ----


@require_POST
@duty_required(Duty.OP, member="passage")
def offer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Tell him places, time and sign, each in a text of its own."""
    return _on_plan(actions.offer)(request, ref, profile=load.current())


@require_POST
@duty_required(Duty.OP, member="passage")
def agreed(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record his yes by his own text."""
    given = {
        "message": request.POST.get("message", ""),
        "accepts": request.POST.get("accepts", "") == "on",
        "profile": load.current(),
    }
    return _on_plan(actions.agree)(request, ref, **given)


@require_POST
@duty_required(Duty.OP, member="passage")
def counter(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record what he proposes instead, or his no."""
    given = {
        "words": request.POST.get("words", "")[:1000],
        "message": request.POST.get("message", ""),
    }
    return _on_plan(actions.counter)(request, ref, **given)


@require_POST
@duty_required(Duty.OP, Duty.PLN, member="passage")
def said_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record whether he said a leg back rightly."""
    given = {
        "part": request.POST.get("part", ""),
        "rightly": request.POST.get("rightly", "") == "yes",
    }
    return _on_plan(actions.said_back)(request, ref, **given)


@require_POST
@duty_required(*ON_DUTY, member="passage")
def tell(request: OfficerRequest, ref: str) -> HttpResponse:
    """Tell him the next leg."""
    return _on_plan(actions.tell_next)(request, ref, profile=load.current())


@require_POST
@duty_required(*ON_DUTY, member="passage")
@stops
def hold(request: OfficerRequest, ref: str) -> HttpResponse:
    """Tell him to stand; then where to wait, if a leg is named. What refuses that undoes no hold."""
    given, leg = {"profile": load.current()}, forms.leg_from(request.POST)
    answer = _on_plan(actions.hold)(request, ref, **given)
    return answer if leg is None else _on_plan(actions.say_where)(request, ref, leg=leg, **given)


@require_POST
@duty_required(*ON_DUTY, member="passage")
def switch_ask(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask two others to lead him to the other place."""
    return _on_plan(actions.ask_switch)(request, ref, leg=forms.leg_from(request.POST) or 0)


@require_POST
@duty_required(*changing.SWITCHERS, member="passage")
def switch(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes to the other place with the passkey."""
    duty = duty_from(request)
    given = {"duty": duty, "proof": proof_from(request), "profile": load.current()}
    return _on_plan(actions.give_switch)(request, ref, **given)


@require_POST
@duty_required(*MAY_STOP, member="passage")
@stops
def abort(request: OfficerRequest, ref: str) -> HttpResponse:
    """Stop everything."""
    stopped = actions.abort(
        request.officer,
        ref=request.POST.get("plan", ""),
        reason=request.POST.get("reason", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return in_force(request, f"/passage/{ref}/") if stopped.spooled else back_to(ref)
