"""The picture: what was said, and what this programme itself has counted. Nothing leaves from here."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import totals as cases
from safeconduct.cells import Cell, open_month
from safeconduct.conversations import totals as conversations
from safeconduct.refusal import Refusal, Refused
from safeconduct.situation import actions, queries
from safeconduct.situation.forms import COUNTS_WORDS, ClaimForm, ConfirmForm, EarlierForm
from safeconduct.situation.rules import NOT_READ, Counts, publishable

READERS = (Duty.PUB, Duty.SUP, Duty.LEG, Duty.DPC, Duty.AUD)


def _ledger(now: datetime) -> Mapping[str, Cell]:
    """Return what this ledger counted, kind by kind, each suppressed by its own room."""
    return {"enquiry": conversations.enquiries(now=now), **cases.by_kind(now=now)}


def _page(
    request: OfficerRequest,
    *,
    claim_form: ClaimForm | None = None,
    earlier_form: EarlierForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    who, now = request.officer, clock.now()
    funnel = queries.funnel(who, Purpose.READ, ours=_ledger(now))
    weeks, hardships = conversations.hardships(now=now)
    shown = {
        "weeks": weeks,
        "hardships": hardships,
        "funnel": [(line, COUNTS_WORDS[line.kind]) for line in funnel],
        "counted_until": open_month(now) - timedelta(days=1),
        "claims": [
            (line, COUNTS_WORDS[Counts(line.claim.counts)])
            for line in queries.claims(who, Purpose.READ)
        ],
        "earlier": [
            (row, COUNTS_WORDS[Counts(row.counts)])
            for row in queries.earlier_totals(who, Purpose.READ)
        ],
        "claim_form": claim_form or ClaimForm(),
        "earlier_form": earlier_form or EarlierForm(),
        "not_public": publishable(),
        "codes": Duty.PUB in who.duties,
        "refusal": refusal,
    }
    wrong = refusal is not None or bool(claim_form) or bool(earlier_form)
    return render(request, "situation/picture.html", shown, status=409 if wrong else 200)


@require_GET
@duty_required(*READERS)
def picture(request: OfficerRequest) -> HttpResponse:
    """Show claims beside the programme's own counts."""
    return _page(request)


@require_POST
@duty_required(Duty.PUB)
def claim(request: OfficerRequest) -> HttpResponse:
    """Code one claim."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_form=form)
    try:
        actions.code_claim(request.officer, form.saying(), now=clock.now())
    except Refused as refused:
        return _page(request, claim_form=form, refusal=refused.refusal)
    return redirect("situation:picture")


@require_POST
@duty_required(Duty.PUB)
def earlier(request: OfficerRequest) -> HttpResponse:
    """Enter a month's total from the records."""
    form = EarlierForm(request.POST)
    if not form.is_valid():
        return _page(request, earlier_form=form)
    given = form.cleaned_data
    try:
        actions.enter_earlier(
            request.officer,
            counts=Counts(given["counts"]),
            month=given["month"],
            count=given["count"],
            record_sha256=given["record_sha256"],
            now=clock.now(),
        )
    except Refused as refused:
        return _page(request, earlier_form=form, refusal=refused.refusal)
    return redirect("situation:picture")


@require_POST
@duty_required(Duty.PUB)
def confirm(request: OfficerRequest, ref: str) -> HttpResponse:
    """Confirm a total that another person entered, by what the record says."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, refusal=NOT_READ)
    read = form.cleaned_data["count"]
    try:
        actions.confirm_earlier(request.officer, ref=ref, count=read, now=clock.now())
    except Refused as refused:
        return _page(request, refusal=refused.refusal)
    return redirect("situation:picture")


@require_POST
@duty_required(Duty.PUB)
def doubt(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that a total is wrong."""
    why = request.POST.get("reason", "")
    try:
        actions.doubt_earlier(request.officer, ref=ref, why=why, now=clock.now())
    except Refused as refused:
        return _page(request, refusal=refused.refusal)
    return redirect("situation:picture")


@require_POST
@duty_required(Duty.PUB)
def withdraw(request: OfficerRequest, ref: str) -> HttpResponse:
    """Withdraw a total that another person said is wrong."""
    try:
        actions.withdraw_earlier(request.officer, ref=ref, now=clock.now())
    except Refused as refused:
        return _page(request, refusal=refused.refusal)
    return redirect("situation:picture")
