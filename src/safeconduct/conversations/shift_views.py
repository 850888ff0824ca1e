"""The end of a shift on screen: one page that says what is left, and two signatures."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import letting
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.actions.shift import WHY


@require_GET
@duty_required(Duty.OP)
def leaving(request: OfficerRequest) -> HttpResponse:
    """Show what the officer would leave, and to whom he may; with one chosen, what he signs."""
    officer, now = request.officer, clock.now()
    rows, others = queries.held_by(officer), queries.may_take_over(officer, now=now)
    to = request.GET.get("to", "")
    waiting = queries.hand_overs_of(officer)
    given = [each for each in waiting if each.given_by == officer.ref]
    lines, closed = queries.open_lines(officer, rows, now=now)
    shown = {"lines": lines, "closed": closed, "others": others, "waiting": waiting, "given": given}
    if rows and not given and to in dict(others):
        shown["act"] = letting.act_over(
            [row.compartment for row in rows],
            person=to,
            duties=[Duty.OP],
            reason=WHY,
            until=None,
            duty=Duty.OP,
        )
        shown["hidden"] = {"to": to, "refs": " ".join(row.ref for row in rows)}
        shown["to_name"] = dict(others)[to]
    return render(request, "conversations/leaving.html", shown)


@require_POST
@duty_required(Duty.OP)
def give(request: OfficerRequest) -> HttpResponse:
    """Take the first signature."""
    made = actions.hand_over(
        request.officer,
        to=request.POST.get("to", ""),
        refs=request.POST.get("refs", "").split(),
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("conversations:shift", args=[made.ref]), status=303)


@require_GET
@duty_required(Duty.OP)
def shift(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one hand-over to the two who sign it: what each of them is let into, and who has signed."""
    row = queries.hand_over_for(request.officer, Purpose.READ, ref=ref)
    lines, closed = queries.open_lines(request.officer, queries.handed_in(row), now=clock.now())
    is_open = row.taken_at is None and row.ended_at is None
    shown = {
        "row": row,
        "lines": lines,
        "closed": closed,
        "may_take": is_open and row.given_to == request.officer.ref,
        "may_take_back": is_open and row.given_by == request.officer.ref,
    }
    return render(request, "conversations/shift.html", shown)


@require_POST
@duty_required(Duty.OP)
def take_over(request: OfficerRequest, ref: str) -> HttpResponse:
    """Take the second signature."""
    actions.take_over(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect(reverse("conversations:shift", args=[ref]), status=303)


@require_POST
@duty_required(Duty.OP)
def take_back(request: OfficerRequest, ref: str) -> HttpResponse:
    """End a hand-over that the other did not sign."""
    actions.take_back(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect(reverse("conversations:leaving"), status=303)
