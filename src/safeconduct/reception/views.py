"""The pages of reception, made for a telephone in one hand."""

from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import (
    ONCE,
    OfficerRequest,
    duty_from,
    duty_required,
    in_force,
    proof_from,
    stops,
)
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.passage.briefing import READERS
from safeconduct.programme import load
from safeconduct.reception import actions, page, printing, queries
from safeconduct.refusal import Refusal, Refused

SEEING = (
    *(Duty.RCV, Duty.RCP, Duty.MED, Duty.CPO, Duty.LEG, Duty.DPC, Duty.FCO, Duty.PIL),
    *(Duty.SUP, Duty.PLG),
)
CARDS_DRAWN = datetime(2026, 11, 30, tzinfo=UTC)  # the same cards are the same bytes
WRITING = (Duty.RCV, Duty.RCP, Duty.MED, Duty.CPO)


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/reception/{ref}/", status=303)


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise Refused(Refusal("reception.bad_count", "This is no number.", "Write it like 1."))
    return int(text)


def _content(request: OfficerRequest) -> dict[str, str]:
    ours = {"csrfmiddlewaretoken", ONCE, "kind"}
    return {key: str(text) for key, text in request.POST.items() if key not in ours}


@require_GET
@duty_required(*SEEING)
def index(request: OfficerRequest) -> HttpResponse:
    """Show who is coming and who is here."""
    coming, here = page.lines_for(request.officer)
    told = {
        "coming": coming,
        "here": here,
        "receives": queries.is_receiver(request.officer),
        "waits": queries.to_look_at(request.officer, Purpose.READ),
        "looked": queries.looked_at(request.officer, now=clock.now()),
    }
    return render(request, "reception/index.html", told)


@require_GET
@duty_required(*SEEING)
def arrival(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one arrival; a receiver who has just said "he is here" waits a second to be let in."""
    try:
        shown = page.page_for(request.officer, ref=ref, profile=load.current(), now=clock.now())
    except Absent:
        if not queries.is_receiver(request.officer):
            raise
        return render(request, "reception/wait.html", {"ref": ref})
    return render(request, "reception/arrival.html", {"page": shown})


@require_POST
@duty_required(Duty.RCV, Duty.RCP)
@stops
def here(request: OfficerRequest) -> HttpResponse:
    """Record that the man of this case is here: one person, no question."""
    ref = request.POST.get("ref", "").strip()
    stopped = cases.stop(request.officer, ref=ref, to="CONTACT", now=clock.now())
    return in_force(request, f"/reception/{ref}/") if stopped.spooled else _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP)
def walk_in(request: OfficerRequest) -> HttpResponse:
    """Open the case of one who came unannounced."""
    return _back(actions.walk_in(request.officer, now=clock.now()))


@require_POST
@duty_required(*WRITING, member="case")
def paper(request: OfficerRequest, ref: str, kind: str) -> HttpResponse:
    """Write one paper."""
    actions.write_paper(
        request.officer,
        ref=ref,
        kind=kind,
        content=_content(request),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*SEEING, Duty.DPO, member="case")
def share(request: OfficerRequest, ref: str) -> HttpResponse:
    """Share what names him with those who came later."""
    actions.share_names(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, member="case")
def secure(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he is secured; the card and bureau clocks begin."""
    actions.secure(
        request.officer,
        ref=ref,
        content=_content(request),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*WRITING, Duty.PIL, Duty.DPC, Duty.PLN, member="case")
def count(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down how many people are seen at a gate."""
    expected = request.POST.get("expected", "")
    actions.count_heads(
        request.officer,
        ref=ref,
        gate=request.POST.get("gate", ""),
        counted=_number(request.POST.get("counted", "")),
        expected=_number(expected) if expected else None,
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP, member="case")
def extra(request: OfficerRequest, ref: str) -> HttpResponse:
    """Open a walk-in for somebody whom nobody expected."""
    actions.account_extra(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP, member="case")
def item(request: OfficerRequest, ref: str) -> HttpResponse:
    """Register one thing or sum, with its photograph."""
    picture = request.FILES.get("photo")
    actions.add_item(
        request.officer,
        ref=ref,
        kind=request.POST.get("kind", ""),
        content=_content(request),
        picture=picture.read() if picture else b"",
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP, member="case")
def receipt(request: OfficerRequest, ref: str) -> HttpResponse:
    """Say that the list of his things is whole."""
    actions.close_receipt(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, member="case")
def returned(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return his effects and money against his receipt."""
    actions.hand_back(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP, member="case")
def handover(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put the handover up for two signatures."""
    actions.put_handover(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCV, Duty.RCP, member="case")
def sign(request: OfficerRequest, ref: str) -> HttpResponse:
    """Sign the handover, as giver or receiver."""
    actions.sign_handover(
        request.officer,
        ref=ref,
        duty=duty_from(request),
        proof=proof_from(request),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, member="case")
def register(request: OfficerRequest, ref: str) -> HttpResponse:
    """Register him in custody."""
    cases.advance(
        request.officer, ref=ref, to="IN_CUSTODY", profile=load.current(), now=clock.now()
    )
    return _back(ref)


@require_POST
@duty_required(*WRITING, member="case")
def language(request: OfficerRequest, ref: str) -> HttpResponse:
    """Note the language he is spoken to in."""
    actions.speak(
        request.officer,
        ref=ref,
        language=request.POST.get("language", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_GET
@duty_required(*READERS, member="case")
def briefing_pdf(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return the page that the receiving unit carries."""
    return printing.answer(printing.briefing_of(request.officer, ref=ref))


@require_GET
@duty_required(*SEEING)
def pictograms_pdf(request: OfficerRequest) -> HttpResponse:
    """Return the cards that need no language."""
    return printing.answer(printing.cards_of(request.officer, on=CARDS_DRAWN))


@require_GET
@duty_required(Duty.RCV, Duty.RCP, Duty.LEG, member="case")
def card_pdf(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return the capture card as it was last written."""
    profile, now = load.current(), clock.now()
    return printing.answer(printing.card_of(request.officer, ref=ref, profile=profile, now=now))


@require_GET
@duty_required(Duty.RCV, Duty.RCP, Duty.LEG, member="case")
def receipt_pdf(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return the receipt for his things."""
    return printing.answer(printing.receipt_of(request.officer, ref=ref, profile=load.current()))


@require_GET
@duty_required(Duty.RCV, Duty.RCP, Duty.LEG, Duty.PLG, member="case")
def equipment_pdf(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return the receipt for the equipment he brought."""
    return printing.answer(printing.equipment_of(request.officer, ref=ref, profile=load.current()))


@require_GET
@duty_required(Duty.MED, Duty.RCP, member="case")
def medical_pdf(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return the medic's note."""
    return printing.answer(printing.medical_of(request.officer, ref=ref, profile=load.current()))


@require_GET
@duty_required(Duty.RCV, Duty.RCP, Duty.LEG, Duty.PLG, member="case")
def photo(request: OfficerRequest, ref: str, photo: str) -> HttpResponse:
    """Return one photograph of a thing."""
    raw = queries.photo_for(request.officer, Purpose.READ, ref=ref, photo=photo)
    return HttpResponse(raw, content_type="image/jpeg")
