"""Broken glass, page by page: what was broken, ended by one, reviewed by another with his key."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, acts, queries
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from, stops
from safeconduct.access.rules import MAY_BE_MEMBER
from safeconduct.access.staff import REVIEWERS, may_review
from safeconduct.refusal import Refusal, Refused, insist


@require_GET
@duty_required(*REVIEWERS)
def glasses(request: OfficerRequest) -> HttpResponse:
    """Show what was broken, and what is owed a review."""
    shown = {"glasses": queries.glasses_for(request.officer, now=clock.now())}
    return render(request, "access/glasses.html", shown)


@require_GET
@duty_required(*REVIEWERS)
def glass(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one: who, which case, why, until when, and what another says of it."""
    shown = queries.glass_for(request.officer, ref=ref, now=clock.now())
    return render(request, "access/glass.html", {"glass": shown})


@require_POST
@duty_required(*MAY_BE_MEMBER)
@stops
def end(request: OfficerRequest, ref: str) -> HttpResponse:
    """End it: one person, nothing first."""
    actions.end_glass(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect("/", status=303)


def _verdict(request: OfficerRequest) -> tuple[bool, str]:
    said = request.POST.get("verdict", "")
    if said not in {"justified", "not_justified"}:
        raise Refused(
            Refusal("glass.no_verdict", "Nothing was chosen.", "Say whether it was justified.")
        )
    return said == "justified", request.POST.get("words", "").strip()


@require_POST
@duty_required(*REVIEWERS)
def review(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the verdict as it will be signed, and the button that takes a touch."""
    shown = queries.glass_for(request.officer, ref=ref, now=clock.now())
    justified, words = _verdict(request)
    duty = min(request.officer.duties & REVIEWERS)
    breaker = request.officer.ref if shown.mine else ""
    insist(may_review(request.officer.ref, breaker=breaker, duty=duty, words=words))
    context = {
        "glass": shown,
        "justified": justified,
        "words": words,
        "act": acts.review_glass(ref, duty, justified=justified, words=words),
        "act_url": f"/glass/{ref}/reviewed/",
        "hidden": {"verdict": request.POST["verdict"], "words": words},
    }
    return render(request, "access/glass_exactly.html", context)


@require_POST
@duty_required(*REVIEWERS)
def reviewed(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put the review on record, signed."""
    justified, words = _verdict(request)
    actions.review_glass(
        request.officer,
        ref=ref,
        duty=duty_from(request),
        justified=justified,
        words=words,
        proof=proof_from(request),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/glass/{ref}/", status=303)
