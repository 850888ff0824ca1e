"""The relatives' requests: parse, call one thing, render."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock, names
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.access.rules import Duty, Purpose
from safeconduct.refusal import Refusal, Refused
from safeconduct.tracing import actions, calls, queries, totals
from safeconduct.tracing.forms import AskedForm, BackForm, DescribedForm, GroundForm, ProofForm
from safeconduct.tracing.rules import Ground, Stage, lacking, may_call

_FORM = Refusal("tracing.form", "This is too long, or lacks something.", "Write it shorter.")


@require_GET
@duty_required(Duty.TRC)
def index(request: OfficerRequest) -> HttpResponse:
    """Show the requests of those whom the officer talks with."""
    rows = [
        (
            row,
            lacking(
                kinship=row.kinship is not None,
                ground=row.ground,
                described=row.described is not None,
                decided=row.decided_at is not None,
            ),
        )
        for row in queries.requests_for(request.officer, Purpose.READ)
    ]
    figures = totals.figures(now=clock.now())
    return render(request, "tracing/all.html", {"rows": rows, "figures": figures})


@require_GET
@duty_required(Duty.TRC, member="conversation")
def one(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one request, and what it lacks."""
    shown = queries.shown(request.officer, Purpose.READ, ref=ref)
    asked = queries.calls_of(shown.row)
    told = {
        "shown": shown,
        "grounds": list(Ground),
        "calls": asked,
        "may_call": may_call(
            told=shown.row.answer,
            under_way=any(each.stage != Stage.OVER for each in asked),
            caller="-",
        )
        is None,
    }
    return render(request, "tracing/one.html", told)


def _to(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("tracing:one", args=[ref]), status=303)


@require_POST
@duty_required(Duty.TRC)
def begin(request: OfficerRequest) -> HttpResponse:
    """Begin a request."""
    form = AskedForm(request.POST)
    if not form.is_valid():
        raise Refused(_FORM)
    row = actions.open_request(request.officer, now=clock.now(), **form.cleaned_data)
    return _to(row.ref)


def _words(request: OfficerRequest) -> str:
    form = ProofForm(request.POST)
    if not form.is_valid():
        raise Refused(_FORM)
    words: str = form.cleaned_data["words"]
    return words


@require_POST
@duty_required(Duty.TRC, member="conversation")
def kinship(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record a proof of kinship."""
    actions.prove_kinship(request.officer, ref=ref, seen=_words(request), now=clock.now())
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def ground(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record a consent or a legal decision."""
    form = GroundForm(request.POST)
    if not form.is_valid():
        raise Refused(_FORM)
    told = form.cleaned_data
    actions.give_ground(
        request.officer, ref=ref, ground=told["ground"], paper=told["words"], now=clock.now()
    )
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def described(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record by what he who is sought is told from his namesakes."""
    form = DescribedForm(request.POST)
    if not form.is_valid():
        raise Refused(_FORM)
    actions.describe(
        request.officer, ref=ref, known=names.Known(**form.cleaned_data), now=clock.now()
    )
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take back what was recorded wrongly."""
    form = BackForm(request.POST)
    if not form.is_valid():
        raise Refused(_FORM)
    actions.take_back(request.officer, ref=ref, fact=form.cleaned_data["fact"], now=clock.now())
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def put_up(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask a lawyer to decide."""
    actions.put_up(request.officer, ref=ref, now=clock.now())
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def call(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down that the asker wants a video call."""
    calls.ask(request.officer, ref=ref, caller=_words(request), now=clock.now())
    return _to(ref)


@require_POST
@duty_required(Duty.TRC, member="conversation")
def no_call(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down that she wants none any more."""
    calls.drop(request.officer, ref=ref, now=clock.now())
    return _to(ref)


@require_GET
@duty_required(Duty.LEG)
def decision(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show a lawyer what waits for his yes."""
    row = queries.to_decide(request.officer, ref=ref)
    told = queries.read_by_lawyer(request.officer, row)
    act = queries.act_for(row)
    return render(request, "tracing/decision.html", {"row": row, "told": told, "act": act})


@require_POST
@duty_required(Duty.LEG)
def decide(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a lawyer's yes."""
    actions.decide(request.officer, ref=ref, proof=proof_from(request), now=clock.now())
    return HttpResponseRedirect(reverse("for-you"), status=303)


@require_POST
@duty_required(Duty.LEG)
def send_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Send a request back to the desk."""
    actions.send_back(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect(reverse("for-you"), status=303)
