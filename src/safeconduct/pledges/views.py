"""Offers and the ledger of promises: parse, call one thing, render."""

from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import queries as access
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.access.rules import Duty, Purpose
from safeconduct.pledges import actions, clash, contradicting, queries, totals
from safeconduct.pledges.forms import LABELS, DueForm, OfferForm
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused, listed, said, word

READERS = tuple(sorted(queries.READERS))
KEEPERS = tuple(sorted(actions.KEEPERS))


@require_GET
@duty_required(*READERS)
def ledger(request: OfficerRequest) -> HttpResponse:
    """Show the kept-rate, the promises the officer is let in to, and the offers."""
    now = clock.now()
    kept = totals.kept(now=now)
    shown = {
        "kept": kept,
        "lines": queries.ledger_for(request.officer, Purpose.READ, now=now),
        "cards": queries.offers_for(request.officer, Purpose.READ, now=now),
        "may_keep": Duty.PLG in request.officer.duties,
        "may_accept": bool(request.officer.duties & actions.SHOWERS),
        "may_propose": Duty.OFF in request.officer.duties,
        "books": queries.books_for(request.officer),
        "bar": _bar(kept.fulfilled, kept.failed, kept.overdue),
    }
    return render(request, "pledges/ledger.html", shown)


@require_GET
@duty_required(*READERS)
def kept(request: OfficerRequest) -> HttpResponse:
    """Show how promises were kept, by offer, authority and quarter."""
    return render(request, "pledges/kept.html", {"rows": totals.by_quarter(now=clock.now())})


@require_GET
@duty_required(*READERS, member="pledge")
def pledge(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one promise as he was shown it: words, version, authority, channel, time."""
    return render(
        request, "pledges/pledge.html", {"p": queries.reproduced_for(request.officer, ref=ref)}
    )


def _bar(*counts: int) -> list[tuple[int, int]]:
    """Return (start, width) of each share of a bar 1000 wide."""
    whole, at, parts = sum(counts) or 1, 0, []
    for count in counts:
        width = count * 1000 // whole
        parts.append((at, width))
        at += width
    return parts


@require_GET
@duty_required(Duty.OFF)
def new(request: OfficerRequest) -> HttpResponse:
    """Show the form of a new offer, or of the next version of one."""
    before = request.GET.get("from", "")
    if not before:
        return _form(
            request, OfferForm(initial={"kind": "reward", "given_for": clash.Thing.VEHICLE}), None
        )
    version = queries.version_for(request.officer, Purpose.READ, ref=before)
    return _form(request, OfferForm.after(version), None, texts=version.texts)


def _form(
    request: OfficerRequest,
    form: OfferForm,
    refusal: Refusal | None,
    *,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    languages = [
        (language, request.POST.get(f"text_{language}", texts.get(language, "")))
        for language in load.current().languages
    ]
    things = [(each.value, gettext(name)) for each, name in clash.NAMES.items()]
    shown = {"form": form, "languages": languages, "refusal": refusal, "things": things}
    return render(request, "pledges/new.html", shown, status=409 if refusal else 200)


@require_POST
@duty_required(Duty.OFF)
def propose(request: OfficerRequest) -> HttpResponse:
    """Put an offer up for approval; what was typed stays when it is refused."""
    form, languages, now = OfferForm(request.POST), load.current().languages, clock.now()
    if not form.is_valid():
        wrong = listed(word(LABELS.get(field, field)) for field in form.errors)
        why = said("These cannot be read: {fields}.", fields=wrong)
        return _form(request, form, Refusal("offer.form", why, "Mend them and send again."))
    texts = {language: request.POST.get(f"text_{language}", "").strip() for language in languages}
    try:
        ref = actions.propose(
            request.officer, form.draft(texts=texts, now=now), languages=languages, now=now
        )
    except Refused as refused:
        return _form(request, form, refused.refusal)
    return _to_offer(ref)


def _to_offer(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("pledges:offer", args=[ref]), status=303)


def to_ledger() -> HttpResponse:
    """Go back to the page of pledges."""
    return HttpResponseRedirect(reverse("pledges:ledger"), status=303)


@require_GET
@duty_required(*READERS)
def offer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one version of an offer, whole, and what may be done with it."""
    now = clock.now()
    version = queries.version_for(request.officer, Purpose.READ, ref=ref)
    given = access.approvals_of(version.ref, bytes(version.digest))
    may = bool(request.officer.duties & queries.APPROVERS)
    waiting = queries.standing_of(version, now=now) == "waiting"
    rulings = [(row, contradicting.is_signed(row)) for row in contradicting.rulings_on(version)]
    lawyer = Duty.LEG in request.officer.duties
    shown = {
        "clashes": contradicting.clashes_of(version, now=now),
        "rulings": rulings,
        "may_rule": lawyer,
        "to_sign": [
            (row, contradicting.act_for(row)) for row, signed in rulings if lawyer and not signed
        ],
        "version": version,
        "standing": queries.standing_of(version, now=now),
        "given": given,
        "act": queries.act_for(request.officer, version),
        "may_propose": Duty.OFF in request.officer.duties,
        "may_approve": may and waiting and version.proposed_by != request.officer.ref,
        "may_withdraw": version.withdrawn_at is None
        and bool(request.officer.duties & {Duty.OFF, Duty.SUP, Duty.LEG}),
    }
    return render(request, "pledges/offer.html", shown)


@require_POST
@duty_required(*sorted(queries.APPROVERS))
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take one yes to an offer."""
    actions.approve(request.officer, ref=ref, proof=proof_from(request), now=clock.now())
    return _to_offer(ref)


@require_POST
@duty_required(Duty.OFF, Duty.SUP, Duty.LEG)
def withdraw(request: OfficerRequest, ref: str) -> HttpResponse:
    """End a version at once."""
    actions.withdraw(request.officer, ref=ref, now=clock.now())
    return _to_offer(ref)


@require_POST
@duty_required(Duty.LEG)
def rule(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down which of two offers binds, to be signed on the page that follows."""
    told = {name: request.POST.get(name, "")[:1000] for name in ("other", "binds", "why")}
    actions.rule(request.officer, ref=ref, now=clock.now(), **told)
    return _to_offer(ref)


@require_POST
@duty_required(Duty.LEG)
def sign_ruling(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take a lawyer's signature on which offer binds."""
    proof = proof_from(request)
    row = actions.sign_ruling(request.officer, ref=ref, proof=proof, now=clock.now())
    return _to_offer(row.version.ref)


# ---- promises ----


def _due(request: OfficerRequest) -> DueForm:
    form = DueForm(request.POST)
    if not form.is_valid():
        raise Refused(Refusal("pledge.no_date", "This is no date.", "Write it as 2026-11-22."))
    return form


@require_POST
@duty_required(*sorted(actions.SHOWERS), member="pledge")
def accept(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he accepted; the due date is fixed."""
    due_at = _due(request).at()
    actions.accept(request.officer, ref=ref, due_at=due_at, now=clock.now())
    return to_ledger()


@require_POST
@duty_required(*KEEPERS, member="pledge")
def fulfil(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that a promise was kept, against his receipt."""
    receipt = request.POST.get("receipt", "")[:64]
    actions.fulfil(request.officer, ref=ref, receipt_ref=receipt, now=clock.now())
    return to_ledger()


@require_POST
@duty_required(*KEEPERS, member="pledge")
def fail(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that a promise was broken, and the remedy."""
    remedy = request.POST.get("note", "")[:500]
    actions.fail(request.officer, ref=ref, remedy=remedy, now=clock.now())
    return to_ledger()


@require_POST
@duty_required(*KEEPERS, member="pledge")
def waive(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that he gave a promise up, on a paper that he signed."""
    told = {
        "reason": request.POST.get("note", "")[:500],
        "receipt_ref": request.POST.get("receipt", "")[:64],
    }
    actions.waive(request.officer, ref=ref, now=clock.now(), **told)
    return to_ledger()


@require_POST
@duty_required(*KEEPERS, member="pledge")
def postpone(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that it will be late; the due date stays."""
    hoped_at = _due(request).at()
    actions.postpone(request.officer, ref=ref, hoped_at=hoped_at, now=clock.now())
    return to_ledger()
