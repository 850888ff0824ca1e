"""A colleague's new key, page by page: asked, read by two, signed by two, or stopped by one."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, acts, queries
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from, stops
from safeconduct.access.rules import Duty
from safeconduct.access.views.people import show_link


@require_POST
@duty_required(*actions.RECOVERERS)
def ask(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put it up, and tell the person and his members."""
    reason = request.POST.get("reason", "").strip()
    actions.ask_recovery(request.officer, person=ref, reason=reason, now=clock.now())
    return HttpResponseRedirect(f"/people/{ref}/recovery/", status=303)


@require_GET
@duty_required(*actions.RECOVERERS)
def recovery(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what exactly a yes means, who said it, and the button that takes a touch."""
    shown = queries.recovery_of(request.officer, person=ref)
    duty = min(request.officer.duties & set(actions.RECOVERERS))
    act = acts.recover(ref, duty, reason=shown.reason)
    said = request.officer.ref in {given.person for given in shown.given}
    context = {
        "recovery": shown,
        "act": act,
        "said": said,
        "act_url": f"/people/{ref}/recovery/yes/",
    }
    return render(request, "access/recovery.html", context)


@require_POST
@duty_required(*actions.RECOVERERS)
def say_yes(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes; the second person gets the link, once."""
    recovered = actions.recover(
        request.officer,
        person=ref,
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
        wall=clock.wall(),
    )
    if recovered.invited is None:
        return HttpResponseRedirect(f"/people/{ref}/recovery/", status=303)
    return show_link(request, recovered.invited)


@require_POST
@duty_required(*Duty)
@stops
def stop(request: OfficerRequest, ref: str) -> HttpResponse:
    """Stop it: himself, or one of those who may say yes."""
    actions.stop_recovery(request.officer, person=ref, now=clock.now())
    return HttpResponseRedirect("/", status=303)


@require_POST
@duty_required(*Duty)
def spare(request: OfficerRequest) -> HttpResponse:
    """Make the link for one more passkey of one's own, and show it, once."""
    invited = actions.make_spare(
        request.officer, duty=duty_from(request), proof=proof_from(request), now=clock.now()
    )
    return show_link(request, invited)
