"""A commander's list, in his own case: pasted, told apart, backed by another evidence, certified by another hand."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.cases import actions, graded, rolled, rolls
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

_NO_NUMBER = Refusal(
    "case.roll_number", "A line of the list is told by its number.", "Choose it on the page."
)


def _back(ref: str, roll: str = "") -> HttpResponse:
    """Go back, by keyboard too: to the list that he works on, and not to the head of the page."""
    here = f"#roll-{roll}" if roll else ""
    return HttpResponseRedirect(f"/cases/{ref}/rolls/{here}", status=303)


def _number(request: OfficerRequest, name: str = "number") -> int:
    written = request.POST.get(name, "")
    if not (written.isascii() and written.isdigit() and len(written) <= len(str(rolled.MOST))):
        raise Refused(_NO_NUMBER)
    return int(written)


@require_GET
@duty_required(*rolled.READS, member="case")
def page(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show the lists of a case."""
    shown = rolls.page_for(request.officer, ref=ref, now=clock.now())
    return render(request, "cases/rolls.html", {"page": shown})


@require_POST
@duty_required(*rolled.READS, member="case")
def unseal(request: OfficerRequest, ref: str) -> HttpResponse:
    """Open what second evidences are, once, for a reason that goes into the journal."""
    officer, now = request.officer, clock.now()
    notes = actions.open_seconds(officer, ref=ref, reason=request.POST.get("reason", ""), now=now)
    shown = rolls.page_for(officer, ref=ref, now=now, notes=notes)
    return render(request, "cases/rolls.html", {"page": shown})


@require_POST
@duty_required(Duty.VER, member="case")
def take_down(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take down a list."""
    text, region = request.POST.get("text", ""), load.current().phone_region
    actions.take_down(request.officer, ref=ref, text=text, region=region, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.VER, member="case")
def strike(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that a line is another line's person, or take it back."""
    roll = request.POST.get("roll", "")
    same_as = _number(request, "same_as") if request.POST.get("same_as") else None
    actions.strike(
        request.officer,
        ref=ref,
        roll=roll,
        number=_number(request),
        same_as=same_as,
        now=clock.now(),
    )
    return _back(ref, roll)


@require_POST
@duty_required(Duty.VER, member="case")
def apart(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that two lines are two people."""
    roll = request.POST.get("roll", "")
    actions.tell_apart(
        request.officer,
        ref=ref,
        roll=roll,
        number=_number(request),
        other=_number(request, "other"),
        now=clock.now(),
    )
    return _back(ref, roll)


@require_POST
@duty_required(Duty.VER, member="case")
def back(request: OfficerRequest, ref: str) -> HttpResponse:
    """Bring a second evidence of somebody on a list."""
    told, roll = request.POST, request.POST.get("roll", "")
    letter, digit = told.get("reliability", ""), told.get("credibility", "")
    actions.back(
        request.officer,
        ref=ref,
        roll=roll,
        number=_number(request),
        signal=graded.read(told.get("source", ""), letter, digit),
        note=told.get("note", ""),
        now=clock.now(),
    )
    return _back(ref, roll)


@require_POST
@duty_required(Duty.VER, Duty.SUP, member="case")
def certify(request: OfficerRequest, ref: str) -> HttpResponse:
    """Call somebody on a list a person who is known."""
    roll = request.POST.get("roll", "")
    actions.certify(request.officer, ref=ref, roll=roll, number=_number(request), now=clock.now())
    return _back(ref, roll)


@require_POST
@duty_required(*rolled.READS, member="case")
def share(request: OfficerRequest, ref: str) -> HttpResponse:
    """Share the lists with readers who came later."""
    actions.share_rolls(request.officer, ref=ref, now=clock.now())
    return _back(ref)
