"""The pages of a case: what may happen next, and why not yet; and the ways to stop."""

from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import queries as access
from safeconduct.access.closing import READS_KEPT
from safeconduct.access.doors import (
    OfficerRequest,
    duty_from,
    duty_required,
    in_force,
    proof_from,
    stops,
)
from safeconduct.access.rules import MAY_BE_MEMBER, ON_THE_WAY, Duty
from safeconduct.cases import actions, certificates, graded, page
from safeconduct.cases.merged import MERGE
from safeconduct.cases.queries import KNOW_OF_ERASED
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused, Said, said

KNOWING = tuple(sorted(MAY_BE_MEMBER))
WORKING = tuple(sorted(ON_THE_WAY))


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/cases/{ref}/", status=303)


def hours(text: str, *, what: Said) -> timedelta | None:
    """Return the span that somebody typed in hours, None for an empty field.

    Raises:
        Refused: it is no number, or so great that no date is that far away.
    """
    if not text.strip():
        return None
    try:
        span = timedelta(hours=float(text.replace(",", ".")))
        clock.now() + span
    except (ValueError, OverflowError):
        why = said("{what}: this is given in hours, as a number.", what=what)
        raise Refused(Refusal("case.no_hours", why, "Write it like 12 or 0.5.")) from None
    return span


@require_GET
@duty_required(*KNOWING)
def index(request: OfficerRequest) -> HttpResponse:
    """Show the cases this officer is let into."""
    rows = page.rows_for(request.officer, now=clock.now())
    return render(request, "cases/index.html", {"rows": rows})


@require_GET
@duty_required(*KNOW_OF_ERASED)
def erased(request: OfficerRequest) -> HttpResponse:
    """Show what was erased, and what the keeper certifies of it."""
    rows = certificates.rows_for(request.officer)
    return render(
        request,
        "cases/erased.html",
        {"rows": rows, "reads_kept": bool(request.officer.duties & READS_KEPT)},
    )


@require_GET
@duty_required(*KNOWING, member="case")
def case(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one case."""
    return _shown(request, ref)


def _shown(
    request: OfficerRequest, ref: str, *, notes: Mapping[str, str] | None = None
) -> HttpResponse:
    now = clock.now()
    shown = page.page_for(
        request.officer, ref=ref, limits_s=load.current().limits_s, now=now, notes=notes
    )
    inside = shown.case.compartment
    glasses = access.told_of_glass(request.officer, now=now, compartment=inside)
    return render(request, "cases/case.html", {"page": shown, "glasses": glasses})


@require_POST
@duty_required(*WORKING, member="case")
def unseal(request: OfficerRequest, ref: str) -> HttpResponse:
    """Open the sealed notes once, for a reason that goes into the journal."""
    reason = request.POST.get("reason", "")
    notes = actions.open_notes(request.officer, ref=ref, reason=reason, now=clock.now())
    return _shown(request, ref, notes=notes)


@require_POST
@duty_required(Duty.OP, Duty.SUP)
def open_case(request: OfficerRequest) -> HttpResponse:
    """Open the case of a conversation."""
    ref = actions.open_from(
        request.officer, conversation=request.POST.get("conversation", ""), now=clock.now()
    )
    return _back(ref)


@require_POST
@duty_required(*KNOWING, member="case")
def record(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put one piece of evidence on record."""
    now = clock.now()
    valid = hours(request.POST.get("valid", ""), what=said("How long it holds"))
    for kind in request.POST.getlist("kind"):
        actions.record_by_hand(
            ref,
            kind=kind,
            by=request.officer,
            at=now,
            valid_until=now + valid if valid else None,
            note=request.POST.get("note", ""),
        )
    return _back(ref)


@require_POST
@duty_required(Duty.VER, member="case")
def grade(request: OfficerRequest, ref: str) -> HttpResponse:
    """Grade one signal of who he is."""
    told = request.POST
    source, letter, digit = (
        told.get(name, "") for name in ("source", "reliability", "credibility")
    )
    signal = graded.read(source, letter, digit)
    actions.grade(
        request.officer, ref=ref, signal=signal, note=told.get("note", ""), now=clock.now()
    )
    return _back(ref)


@require_POST
@duty_required(*KNOWING, member="case")
def step(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a step that needs one person."""
    actions.advance(
        request.officer,
        ref=ref,
        to=request.POST.get("to", ""),
        profile=load.current(),
        now=clock.now(),
        why=request.POST.get("why", ""),
    )
    return _back(ref)


@require_POST
@duty_required(*KNOWING, member="case")
def propose(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put a step up for several people's yes."""
    actions.propose(
        request.officer,
        ref=ref,
        to=request.POST.get("to", ""),
        profile=load.current(),
        now=clock.now(),
        why=request.POST.get("why", ""),
    )
    return _back(ref)


@require_POST
@duty_required(*KNOWING, member="case")
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say yes, with the passkey, to what is put up; after an erasure there is no case to go back to."""
    left = actions.say_yes(
        request.officer,
        proposal=request.POST.get("proposal", ""),
        duty=duty_from(request),
        proof=proof_from(request),
        profile=load.current(),
        now=clock.now(),
    )
    if left:
        return _back(ref)
    told = request.officer.duties & KNOW_OF_ERASED
    return HttpResponseRedirect("/cases/erased/" if told else "/cases/", status=303)


@require_POST
@duty_required(*KNOWING, member="case")
def withdraw(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take down what is put up."""
    actions.withdraw(request.officer, proposal=request.POST.get("proposal", ""), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*WORKING)
@stops
def stop(request: OfficerRequest, ref: str) -> HttpResponse:
    """Stop: one person, nothing first."""
    return _stopped(request, ref, request.POST.get("to", ""))


@require_POST
@duty_required(Duty.RCV, Duty.RCP)
@stops
def here(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he is here."""
    return _stopped(request, ref, "CONTACT")


def _stopped(request: OfficerRequest, ref: str, to: str) -> HttpResponse:
    stopped = actions.stop(
        request.officer,
        ref=ref,
        to=to,
        now=clock.now(),
        reason=request.POST.get("reason", ""),
    )
    if stopped.spooled:
        return in_force(request, f"/cases/{ref}/", state=stopped.state)
    receives = to == "CONTACT"
    return HttpResponseRedirect(f"/reception/{ref}/" if receives else f"/cases/{ref}/", status=303)


@require_POST
@duty_required(*WORKING)
@stops
def fact(request: OfficerRequest, ref: str) -> HttpResponse:
    """Set a fact, or put its lifting up."""
    named, now = request.POST.get("fact", ""), clock.now()
    if request.POST.get("do") == "lift":
        actions.lift_fact(request.officer, ref=ref, fact=named, now=now)
    elif not actions.set_fact(request.officer, ref=ref, fact=named, now=now):
        return in_force(request, f"/cases/{ref}/")
    return _back(ref)


@require_POST
@duty_required(Duty.OP, Duty.SUP, Duty.PLN, member="case")
def check_in(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down by when he said that he would write."""
    now = clock.now()
    span = hours(request.POST.get("hours", ""), what=said("His next word"))
    actions.agree_check_in(request.officer, ref=ref, by=now + span if span else None, now=now)
    return _back(ref)


@require_POST
@duty_required(Duty.DPO, Duty.AUD, member="case")
def purge(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put the erasure up for two people's yes."""
    actions.propose_purge(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*WORKING, member="case")
def correct(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put up that the last state was recorded in error."""
    why = request.POST.get("reason", "")
    actions.propose_correction(request.officer, ref=ref, why=why, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*sorted(MERGE), member="case")
def merge(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put up that a walk-in and an earlier case are one man."""
    actions.propose_merge(
        request.officer,
        ref=ref,
        earlier=request.POST.get("earlier", ""),
        why=request.POST.get("reason", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*sorted(MERGE), member="case")
def unmerge(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put up that they are two men after all."""
    why = request.POST.get("reason", "")
    actions.propose_unmerge(request.officer, ref=ref, why=why, now=clock.now())
    return _back(ref)
