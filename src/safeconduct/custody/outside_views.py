"""The pages of those who come from outside: delegates, who visit him, and the ombudsman, who hears him."""

from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.custody import actions, outside_page, queries, rules
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

VISITS, VOICES = "/custody/visits/", "/custody/voices/"


def a_time(text: str) -> datetime:
    """Return the time of a form's field; without a zone it is UTC, as its label says.

    Raises:
        Refused: it is none.
    """
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused(
            Refusal("custody.no_time", "This is no time.", "Write it like 2026-05-03T14:30.")
        ) from None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


@require_GET
@duty_required(Duty.DEL)
def visits(request: OfficerRequest) -> HttpResponse:
    """Show everybody who is held, how, and the visits to him."""
    people = outside_page.held_for(request.officer, now=clock.now())
    return render(request, "custody/visits.html", {"people": people})


@require_POST
@duty_required(Duty.DEL)
def ask_visit(request: OfficerRequest) -> HttpResponse:
    """Ask for a visit."""
    actions.ask_visit(
        request.officer,
        ref=request.POST.get("ref", ""),
        wanted_at=a_time(request.POST.get("wanted", "")),
        now=clock.now(),
    )
    return HttpResponseRedirect(VISITS, status=303)


@require_POST
@duty_required(Duty.DEL)
def hold_visit(request: OfficerRequest) -> HttpResponse:
    """Write down that a visit was held."""
    actions.hold_visit(request.officer, ref=request.POST.get("visit", ""), now=clock.now())
    return HttpResponseRedirect(VISITS, status=303)


@require_POST
@duty_required(Duty.RCP, member="case")
def give_visit(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give a visit its time."""
    actions.give_visit(
        request.officer,
        case=ref,
        ref=request.POST.get("visit", ""),
        at=a_time(request.POST.get("at", "")),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/custody/{ref}/", status=303)


@require_GET
@duty_required(Duty.OMB)
def voices(request: OfficerRequest) -> HttpResponse:
    """Show what was told to the ombudsman, and how everybody is held."""
    now = clock.now()
    told = {
        "voices": outside_page.voices_for(request.officer, now=now),
        "people": outside_page.held_for(request.officer, now=now),
        "kinds": [(kind, outside_page.voice_name(kind)) for kind in rules.VOICES],
    }
    return render(request, "custody/voices.html", told)


@require_GET
@duty_required(Duty.OMB)
def voice(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one voice."""
    row, words, answer = queries.voice_for(request.officer, ref=ref)
    name = outside_page.voice_name(row.kind)
    told = {"voice": row, "name": name, "words": words, "answer": answer}
    return render(request, "custody/voice.html", told)


@require_POST
@duty_required(Duty.OMB)
def hear(request: OfficerRequest) -> HttpResponse:
    """Write down what he says."""
    actions.hear(
        request.officer,
        ref=request.POST.get("ref", ""),
        kind=request.POST.get("kind", ""),
        words=request.POST.get("words", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return HttpResponseRedirect(VOICES, status=303)


@require_POST
@duty_required(Duty.OMB)
def answer_voice(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down what he was answered."""
    words = request.POST.get("words", "")
    actions.answer_voice(request.officer, ref=ref, words=words, now=clock.now())
    return HttpResponseRedirect(f"{VOICES}{ref}/", status=303)
