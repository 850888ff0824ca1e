"""The pages of an escort looked at again: each view calls one query, or notes where film of it lies."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.escort import actions, films, layer
from safeconduct.escort import replay as again
from safeconduct.escort.forms import whole
from safeconduct.programme import load

SEE = (Duty.SUP, Duty.DPC, Duty.PIL, Duty.LEG)
LONGEST_S = 7 * 86_400


def _asked(request: OfficerRequest, ref: str) -> again.Replay:
    after_s = whole(request.GET, "s", low=0, high=LONGEST_S, default=0)
    return again.instant(request.officer, ref=ref, after_s=after_s, now=clock.now())


@require_GET
@duty_required(*SEE, member="passage")
def replay(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one instant that has passed."""
    return render(request, "escort/replay.html", {"page": _asked(request, ref)})


@require_GET
@duty_required(*SEE, member="passage")
def replay_layer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the map what stood on it then."""
    at = _asked(request, ref).at
    return JsonResponse(layer.layer_at(request.officer, ref=ref, profile=load.current(), at=at))


@require_POST
@duty_required(*films.NOTERS, member="passage")
def film(request: OfficerRequest, ref: str) -> HttpResponse:
    """Note where film of it lies."""
    posted = request.POST
    after_s = whole(posted, "s", low=-LONGEST_S, high=LONGEST_S)
    actions.note_film(
        request.officer,
        ref=ref,
        recorder=posted.get("recorder", ""),
        sha256=posted.get("sha256", ""),
        after_s=after_s,
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/escort/{ref}/replay?s={max(0, after_s)}", status=303)
