"""The pages of custody: what is due, how he is kept, what he chose, what was told to whom."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.closing import READS_KEPT
from safeconduct.access.doors import ONCE, OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.custody import actions, kept_page, page, printing, rules
from safeconduct.programme import load
from safeconduct.reception.printing import answer

SEEING = (
    *(Duty.RCP, Duty.LEG, Duty.PLG, Duty.MED, Duty.CPO, Duty.SUP, Duty.DPC, Duty.DPO, Duty.AUD),
)
CARING = (Duty.RCP, Duty.LEG, Duty.PLG, Duty.MED)


def _back(ref: str) -> HttpResponse:
    return HttpResponseRedirect(f"/custody/{ref}/", status=303)


def _content(request: OfficerRequest) -> dict[str, str]:
    ours = {"csrfmiddlewaretoken", ONCE}
    return {key: str(text) for key, text in request.POST.items() if key not in ours}


@require_GET
@duty_required(*SEEING)
def index(request: OfficerRequest) -> HttpResponse:
    """Show who is in custody, and what is due for him."""
    people = page.people_for(request.officer, now=clock.now())
    lists = request.officer.duties & {Duty.RCP, Duty.LEG}
    transit = [each for each in people if lists and each.state in rules.IN_TRANSIT]
    return render(request, "custody/index.html", {"people": people, "transit": transit})


@require_GET
@duty_required(*SEEING)
def due(request: OfficerRequest) -> HttpResponse:
    """Show everything due and overdue."""
    rows = page.due_for(request.officer, profile=load.current(), now=clock.now())
    return render(request, "custody/due.html", {"rows": rows})


@require_GET
@duty_required(*SEEING, member="case")
def one(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one case in custody."""
    shown = page.page_for(request.officer, ref=ref, now=clock.now())
    return render(request, "custody/one.html", {"page": shown})


@require_POST
@duty_required(*CARING, member="case")
def inspect(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down which lines of the standard are met today."""
    actions.inspect(request.officer, ref=ref, met=request.POST.getlist("met"), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, Duty.MED, member="case")
def move(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record a move, sickness or hospital."""
    why = request.POST.get("why", "")
    actions.record_move(request.officer, ref=ref, why=why, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, Duty.MED, member="case")
def letters(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down that letters and cards were offered, or the last counts again."""
    act = actions.correct_count if request.POST.get("again") == "yes" else actions.offer_letters
    act(request.officer, ref=ref, content=_content(request), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, member="case")
def send(request: OfficerRequest, ref: str) -> HttpResponse:
    """Send a notice."""
    document = request.POST.get("document", "")
    actions.send_document(request.officer, case=ref, ref=document, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(*SEEING, member="case")
def share(request: OfficerRequest, ref: str) -> HttpResponse:
    """Share papers and notices that name him with those who came later."""
    actions.share_names(request.officer, case=ref, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.RCP, member="case")
def confirm(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record the bureau's confirmation."""
    document = request.POST.get("document", "")
    actions.confirm_document(request.officer, case=ref, ref=document, now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.LEG, member="case")
def decide(request: OfficerRequest, ref: str) -> HttpResponse:
    """Decide whether a notice to his Power or family is sent."""
    actions.decide(
        request.officer,
        case=ref,
        ref=request.POST.get("document", ""),
        decision=request.POST.get("decision", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(*CARING, member="case")
def wish(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down whether one who asks after him may be told."""
    told = request.POST
    actions.let_find(
        request.officer,
        ref=ref,
        word=told.get("word", ""),
        alone=told.get("alone") == "yes",
        marks=told.get("marks", "")[: rules.LETTERS],
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.LEG, Duty.PLG, member="case")
def interview(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down a private interview."""
    actions.interview(request.officer, ref=ref, content=_content(request), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.LEG, member="case")
def release(request: OfficerRequest, ref: str) -> HttpResponse:
    """Ask him again, and name papers and receiver."""
    actions.prepare_release(request.officer, ref=ref, content=_content(request), now=clock.now())
    return _back(ref)


@require_POST
@duty_required(Duty.LEG, Duty.PLG, Duty.DPC, Duty.AUD, member="case")
def propose(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put the next step up; the yeses are given on the page of the case."""
    cases.propose(
        request.officer,
        ref=ref,
        to=request.POST.get("to", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/cases/{ref}/", status=303)


@require_POST
@duty_required(Duty.PLG, member="case")
def aftercare(request: OfficerRequest, ref: str) -> HttpResponse:
    """Begin aftercare."""
    actions.start_aftercare(
        request.officer,
        ref=ref,
        content=_content(request),
        profile=load.current(),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PLG, member="case")
def looked(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down how one was looked after who missed his check-in."""
    content = _content(request)
    actions.look_after(
        request.officer,
        ref=ref,
        clock=content.pop("clock", ""),
        content=content,
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PLG, member="case")
def checked(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down a check-in of aftercare."""
    actions.check_in(
        request.officer,
        ref=ref,
        clock=request.POST.get("clock", ""),
        note=request.POST.get("note", ""),
        now=clock.now(),
    )
    return _back(ref)


@require_POST
@duty_required(Duty.PLG, member="case")
def settle(request: OfficerRequest, ref: str) -> HttpResponse:
    """Put SETTLED up, once every pledge is closed."""
    actions.settle_pledges(request.officer, ref=ref, profile=load.current(), now=clock.now())
    return HttpResponseRedirect(f"/cases/{ref}/", status=303)


@require_POST
@duty_required(Duty.DPO, member="case")
def core(request: OfficerRequest, ref: str) -> HttpResponse:
    """Split off what law keeps."""
    actions.split_core(request.officer, ref=ref, now=clock.now())
    return _back(ref)


@require_GET
@duty_required(Duty.RCP, Duty.LEG, member="case")
def notice_pdf(request: OfficerRequest, ref: str, document: str) -> HttpResponse:
    """Return a notice as it was sent."""
    return answer(
        printing.pdf_of(
            request.officer,
            ref=ref,
            kind="notice",
            document=document,
            profile=load.current(),
            now=clock.now(),
        )
    )


@require_GET
@duty_required(*CARING, member="case")
def sheet_pdf(request: OfficerRequest, ref: str, kind: str) -> HttpResponse:
    """Return one sheet that is his: transfer, release, promises, conditions."""
    return answer(
        printing.pdf_of(
            request.officer, ref=ref, kind=kind, profile=load.current(), now=clock.now()
        )
    )


@require_POST
@duty_required(Duty.RCP, Duty.LEG)
def evacuees(request: OfficerRequest) -> HttpResponse:
    """Return the list of those who go together."""
    refs = request.POST.getlist("ref")
    return answer(
        printing.evacuees_of(request.officer, refs=refs, profile=load.current(), now=clock.now())
    )


@require_GET
@duty_required(Duty.RCP, Duty.LEG, member="case")
def agency_file(request: OfficerRequest, ref: str) -> HttpResponse:
    """Return what the Central Tracing Agency is sent of him."""
    raw = printing.agency_of(request.officer, ref=ref, now=clock.now())
    response = HttpResponse(raw, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="agency-{ref}.json"'
    return response


@require_POST
@duty_required(Duty.MED, member="case")
def death(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down what a certificate of death says."""
    actions.certify_death(request.officer, ref=ref, content=_content(request), now=clock.now())
    return _back(ref)


@require_GET
@duty_required(*READS_KEPT)
def kept(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what law keeps of one case, erased or not."""
    shown = kept_page.kept_for(request.officer, ref=ref, now=clock.now())
    return render(request, "custody/kept.html", {"page": shown})


@require_POST
@duty_required(*READS_KEPT)
def share_kept(request: OfficerRequest, ref: str) -> HttpResponse:
    """Share it with readers who came later."""
    actions.share_core(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect(f"/custody/kept/{ref}/", status=303)
