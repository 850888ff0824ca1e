"""Payment orders: parse, call one thing, render."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required, proof_from
from safeconduct.pledges import actions, orders
from safeconduct.pledges.forms import SumForm
from safeconduct.refusal import Refusal, Refused

KEEPERS = tuple(sorted(actions.KEEPERS))
APPROVERS = tuple(sorted(orders.APPROVERS))
MEMBERS = tuple(sorted(orders.MEMBERS))


def _to_order(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("pledges:order", args=[ref]), status=303)


@require_POST
@duty_required(*KEEPERS, member="pledge")
def propose(request: OfficerRequest, ref: str) -> HttpResponse:
    """Propose to pay what was promised, or a part of it."""
    form = SumForm(request.POST)
    if not form.is_valid():
        raise Refused(Refusal("order.no_sum", "This is no sum.", "Write it as 10000 or 10000.50."))
    return _to_order(actions.order(request.officer, ref=ref, amount=form.minor(), now=clock.now()))


@require_GET
@duty_required(*MEMBERS, member="order")
def order(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one order, whole, and what may be done with it."""
    shown, officer = orders.shown_for(request.officer, ref=ref), request.officer
    row, keeps = shown.order, bool(request.officer.duties & actions.KEEPERS)
    pays = row.undoes_id is None
    told = {
        "shown": shown,
        "act": orders.act_for(officer, row),
        "may_approve": shown.state == "waiting"
        and bool(officer.duties & orders.APPROVERS)
        and row.proposed_by != officer.ref,
        "may_pay": keeps and pays and shown.state == "approved",
        "may_cancel": shown.state in {"waiting", "approved"},
        "may_undo": keeps and pays and shown.state == "done" and not shown.undone,
    }
    return render(request, "pledges/order.html", told)


@require_POST
@duty_required(*APPROVERS, member="order")
def approve(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take another's yes to an order."""
    actions.approve_order(request.officer, ref=ref, proof=proof_from(request), now=clock.now())
    return _to_order(ref)


@require_POST
@duty_required(*KEEPERS, member="order")
def pay(request: OfficerRequest, ref: str) -> HttpResponse:
    """Record that it was paid, against his receipt."""
    receipt = request.POST.get("receipt", "")[:64]
    actions.pay(request.officer, ref=ref, receipt_ref=receipt, now=clock.now())
    return _to_order(ref)


@require_POST
@duty_required(*MEMBERS, member="order")
def cancel(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take an order back that is not done."""
    actions.cancel_order(request.officer, ref=ref, now=clock.now())
    return _to_order(ref)


@require_POST
@duty_required(*KEEPERS, member="order")
def undo(request: OfficerRequest, ref: str) -> HttpResponse:
    """Propose to undo a payment."""
    reason = request.POST.get("reason", "")[:500]
    return _to_order(actions.undo(request.officer, ref=ref, reason=reason, now=clock.now()))
