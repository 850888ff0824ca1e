"""Campaign pages: what people get, to how many, who said yes, what came back, how to stop it."""

from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from, stops
from safeconduct.access.rules import Duty, Purpose
from safeconduct.outreach import actions, listing, queries, totals
from safeconduct.outreach.actions import HOURS
from safeconduct.outreach.forms import DraftForm
from safeconduct.outreach.rules import State, Statement
from safeconduct.pledges import queries as pledges
from safeconduct.post import actions as post
from safeconduct.post.progress import Why
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

READERS = tuple(queries.READERS)
STOP = "0"  # every alphabet has it
WHY = {
    Why.PAUSED: _(
        "It cannot be said when it ends: it is paused, and two people decide when it goes on."
    ),
    Why.STANDS: _(
        "It cannot be said when it ends: its hours are open and nothing leaves. Look at the gateway, the link and the carrier."
    ),
    Why.LATE: _(
        "At this rate it does not end before the list is destroyed, or before anybody can foresee."
    ),
}


def _form(request: HttpRequest) -> DraftForm:
    profile = load.current()
    offers = [
        (v.ref, f"O-{v.offer.number} v{v.number}, {v.name}") for v in pledges.live(now=clock.now())
    ]
    posted = request.method == "POST"
    return DraftForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        languages=profile.languages,
        offers=offers,
    )


@require_GET
@duty_required(*READERS)
def campaigns(request: OfficerRequest) -> HttpResponse:
    """List campaigns."""
    found = queries.campaigns(request.officer, Purpose.READ)
    drafts = Duty.CAM in request.officer.duties
    return render(request, "outreach/campaigns.html", {"campaigns": found, "drafts": drafts})


@require_http_methods(["GET", "POST"])
@duty_required(Duty.CAM)
def draft(request: OfficerRequest) -> HttpResponse:
    """Draft a campaign: freeze its text and its list."""
    form = _form(request)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            ref = _drafted(request, form)
        except Refused as refused:
            refusal = refused.refusal
        else:
            return redirect("outreach:campaign", ref)
    status = 409 if request.method == "POST" else 200
    return render(request, "outreach/draft.html", {"form": form, "refusal": refusal}, status=status)


def _drafted(request: OfficerRequest, form: DraftForm) -> str:
    profile, given = load.current(), form.cleaned_data
    draft = actions.Draft(
        name=given["name"],
        texts=form.texts(),
        offers=given["offers"],
        statement=Statement(
            given["holder"], given["basis"], given["document_sha256"], given["term_ends"]
        ),
        recipients=listing.read(
            given["recipients"],
            languages=profile.languages,
            zones=available_timezones(),
        ),
        route=given["route"],
        rate=post.Rate(given["per_second"], given["per_hour"]),
        region=profile.phone_region,
        stop=STOP,
    )
    return actions.draft_campaign(request.officer, draft, now=clock.now()).ref


@require_GET
@duty_required(*READERS)
def campaign(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one campaign, its progress and what may be done with it."""
    return _shown(request, ref)


def _shown(request: OfficerRequest, ref: str, *, refusal: Refusal | None = None) -> HttpResponse:
    officer = request.officer
    card = queries.card_for(
        officer,
        Purpose.READ,
        ref=ref,
        now=clock.now(),
        wall=clock.wall(),
        speed=clock.speed(),
    )
    state = State(card.campaign.state)
    mine = card.campaign.made_by == officer.ref
    said = officer.ref in {each.person for each in card.given}
    approver = bool(officer.duties & queries.APPROVERS)
    shown = {
        "card": card,
        "campaign": card.campaign,
        "act": queries.act_for(officer, card.campaign),
        "resume_act": queries.act_for(officer, card.campaign, verb=queries.RESUME),
        "may_approve": approver and state is State.DRAFT and not mine and not said,
        "may_start": Duty.CAM in officer.duties and state is State.APPROVED,
        "may_pause": state is State.RUNNING,
        "may_resume": approver and state is State.PAUSED,
        "may_destroy": bool(officer.duties & {Duty.CAM, Duty.SUP})
        and state in {State.DRAFT, State.APPROVED, State.PAUSED, State.DONE},
        "refusal": refusal,
        "why": card.end and card.end.why and WHY[card.end.why],
        "day": f"{HOURS.from_minute // 60:02}:00–{HOURS.to_minute // 60:02}:00",
    }
    status = 409 if refusal else 200
    return render(request, "outreach/campaign.html", shown, status=status)


@require_GET
@duty_required(*READERS)
def results(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show, to be printed, what became of a campaign by hour, route, region and text, in tens."""
    sheet = totals.results_for(request.officer, Purpose.READ, ref=ref)
    return render(request, "outreach/results.html", {"sheet": sheet})


@require_POST
@duty_required(*queries.APPROVERS)
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes to exactly this text and list."""
    try:
        actions.approve_campaign(
            request.officer, ref=ref, proof=proof_from(request), now=clock.now()
        )
    except Refused as refused:
        return _shown(request, ref, refusal=refused.refusal)
    return redirect("outreach:campaign", ref)


@require_POST
@duty_required(Duty.CAM)
def start(request: OfficerRequest, ref: str) -> HttpResponse:
    """Let it begin."""
    try:
        actions.start_campaign(request.officer, ref=ref, now=clock.now())
    except Refused as refused:
        return _shown(request, ref, refusal=refused.refusal)
    return redirect("outreach:campaign", ref)


@require_POST
@duty_required(*READERS)
@stops
def pause(request: OfficerRequest, ref: str) -> HttpResponse:
    """Stop it at once."""
    try:
        actions.pause_campaign(request.officer, ref=ref, now=clock.now())
    except Refused as refused:
        return _shown(request, ref, refusal=refused.refusal)
    return redirect("outreach:campaign", ref)


@require_POST
@duty_required(*queries.APPROVERS)
def resume(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes to going on."""
    try:
        actions.resume_campaign(
            request.officer, ref=ref, proof=proof_from(request), now=clock.now()
        )
    except Refused as refused:
        return _shown(request, ref, refusal=refused.refusal)
    return redirect("outreach:campaign", ref)


@require_POST
@duty_required(Duty.CAM, Duty.SUP)
def destroy(request: OfficerRequest, ref: str) -> HttpResponse:
    """Destroy the list."""
    try:
        actions.destroy_list(request.officer, ref=ref, now=clock.now())
    except Refused as refused:
        return _shown(request, ref, refusal=refused.refusal)
    return redirect("outreach:campaign", ref)
