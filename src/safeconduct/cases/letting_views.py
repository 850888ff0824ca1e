"""Letting another person into a case: read once more, then signed."""

from datetime import UTC, datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from safeconduct import clock
from safeconduct.access import letting
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from
from safeconduct.access.rules import MAY_BE_MEMBER, ON_THE_WAY, Duty
from safeconduct.cases import actions
from safeconduct.cases.views import hours
from safeconduct.refusal import Refusal, Refused, said

WORKING = tuple(sorted(ON_THE_WAY))
_ANOTHER_FORM = Refusal(
    "case.not_that_form", "This does not come from the form.", "Open the case and begin again."
)


@require_POST
@duty_required(*WORKING)
def ask(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show who would be let in, for which duties and how long, and the button that takes a touch."""
    now, reason = clock.now(), request.POST.get("reason", "").strip()
    term = hours(request.POST.get("hours", ""), what=said("The term"))
    comer = actions.to_let_in(
        request.officer, ref=ref, person=request.POST.get("person", ""), reason=reason, now=now
    )
    if not comer.duties:
        return HttpResponseRedirect(f"/cases/{ref}/", status=303)
    until = (now + term).replace(microsecond=0) if term else None
    act = letting.act_of(
        comer.compartment,
        person=comer.person,
        duties=comer.duties,
        reason=reason,
        until=until,
        duty=min(request.officer.duties & MAY_BE_MEMBER),
    )
    told = {
        "person": comer.person,
        "duties": " ".join(comer.duties),
        "reason": reason,
        "until": int(until.timestamp()) if until else "",
    }
    shown = {"comer": comer, "case": ref, "reason": reason, "until": until, "act": act}
    shown |= {"act_url": f"/cases/{ref}/let-in/", "hidden": told}
    return render(request, "cases/let_in.html", shown)


def _until(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        raise Refused(_ANOTHER_FORM) from None


@require_POST
@duty_required(*WORKING)
def let_in(request: OfficerRequest, ref: str) -> HttpResponse:
    """Let him in, signed."""
    duties = request.POST.get("duties", "").split()
    if not duties or not set(duties) <= set(Duty):
        raise Refused(_ANOTHER_FORM)
    actions.let_in(
        request.officer,
        ref=ref,
        person=request.POST.get("person", ""),
        duties=[Duty(each) for each in duties],
        reason=request.POST.get("reason", ""),
        until=_until(request.POST.get("until", "")),
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/cases/{ref}/", status=303)
