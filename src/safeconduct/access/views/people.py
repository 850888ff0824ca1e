"""People and duties. A change is shown as one sentence first, then signed with the passkey."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, acts, queries
from safeconduct.access.doors import OfficerRequest, duty_from, duty_required, proof_from
from safeconduct.access.rules import TABLE, Duty
from safeconduct.programme import load
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused

READERS = (Duty.ADM, Duty.SUP, Duty.AUD)


def duties_from(request: HttpRequest) -> frozenset[Duty]:
    """Return the duties ticked on a form, or in its one hidden field after it was shown.

    Raises:
        Refused: there is no such duty.
    """
    told = " ".join(request.POST.getlist("duties")).split()
    if set(told) - set(Duty):
        raise Refused(
            Refusal("duty.unknown", "There is no such duty.", "Choose some that the page offers.")
        )
    return frozenset(map(Duty, told))


def hours_from(text: str, *, now: datetime) -> datetime | None:
    """Return the end of a term told in hours from now, to the second; None for an empty field.

    Raises:
        Refused: not a whole number of hours from 1 to a year.
    """
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not 1 <= int(text) <= 24 * 366:
        raise Refused(
            Refusal("people.hours", "This is no number of hours.", "Write 1 to 8784, or nothing.")
        )
    return (now + timedelta(hours=int(text))).replace(microsecond=0)


@require_GET
@duty_required(*READERS)
def people(request: OfficerRequest) -> HttpResponse:
    """Show who is on the staff, with which duties, and who was seen when."""
    shown = {
        "people": queries.people_for(request.officer, now=clock.now(), wall=clock.wall()),
        "table": [(duty, entry.name, entry.does) for duty, entry in TABLE.items()],
        "languages": load.current().console,
        "may_add": Duty.ADM in request.officer.duties,
        "may_read_noted": bool(request.officer.duties & {Duty.SUP, Duty.AUD}),
    }
    return render(request, "access/people.html", shown)


@require_POST
@duty_required(Duty.ADM)
def add(request: OfficerRequest) -> HttpResponse:
    """Show what exactly adding this person means, and the button that takes a touch."""
    person, name = new_ref(), request.POST.get("name", "").strip()
    duties, reason = duties_from(request), request.POST.get("reason", "").strip()
    actions.refuse_person(request.officer, person=person, name=name, duties=duties, reason=reason)
    shown = {
        "does": "add",
        "name": name,
        "duties": sorted(duties),
        "reason": reason,
        "act": acts.invite(person, duties, reason=reason),
        "act_url": "/people/create/",
        "hidden": {
            "person": person,
            "name": name,
            "language": _language(request),
            "duties": " ".join(sorted(duties)),
            "reason": reason,
        },
    }
    return render(request, "access/exactly.html", shown)


def _language(request: HttpRequest) -> str:
    wanted, known = request.POST.get("language", ""), load.current().console
    return wanted if wanted in known else known[0]


def show_link(request: OfficerRequest, invited: actions.Invited) -> HttpResponse:
    """Show a one-time link, once."""
    names = queries.names_of([invited.ref])
    link = f"{settings.ORIGIN}/sign-in/join/{invited.token}"
    shown = {"link": link, "ref": invited.ref, "name": names[invited.ref]}
    return render(request, "access/invited.html", shown)


@require_POST
@duty_required(Duty.ADM)
def create(request: OfficerRequest) -> HttpResponse:
    """Add a person, and show the one-time link, once."""
    invited = actions.create_person(
        request.officer,
        person=request.POST.get("person", ""),
        name=request.POST.get("name", ""),
        language=_language(request),
        duties=duties_from(request),
        reason=request.POST.get("reason", ""),
        proof=proof_from(request),
        now=clock.now(),
    )
    return show_link(request, invited)


@require_GET
@duty_required(*READERS)
def person(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show one person: duties with their terms, and what may be changed."""
    colleague = queries.person_for(request.officer, ref=ref, now=clock.now(), wall=clock.wall())
    held = {each.duty for each in colleague.duties}
    own = colleague.ref == request.officer.ref
    shown = {
        "colleague": colleague,
        "table": [(d, e.name) for d, e in TABLE.items() if d not in held],
        "may_give": Duty.ADM in request.officer.duties and not own,
        "may_end": bool(request.officer.duties & {Duty.ADM, Duty.SUP}),
        "may_recover": bool(request.officer.duties & set(actions.RECOVERERS)) and not own,
    }
    return render(request, "access/person.html", shown)


@require_POST
@duty_required(Duty.ADM)
def give(request: OfficerRequest, ref: str) -> HttpResponse:
    """Show what exactly giving this duty means, and the button that takes a touch."""
    now = clock.now()
    duty, reason = duty_from(request), request.POST.get("reason", "").strip()
    until = hours_from(request.POST.get("hours", ""), now=now)
    actions.refuse_duty(request.officer, person=ref, duty=duty, reason=reason, now=now)
    shown = {
        "does": "give",
        "name": queries.names_of([ref])[ref],
        "duties": [duty],
        "reason": reason,
        "until": until,
        "act": acts.grant(ref, duty, reason=reason, until=until),
        "act_url": f"/people/{ref}/hold/",
        "hidden": {
            "gives": duty,
            "reason": reason,
            "until": int(until.timestamp()) if until else "",
        },
    }
    return render(request, "access/exactly.html", shown)


@require_POST
@duty_required(Duty.ADM)
def hold(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give the duty that was shown."""
    until = request.POST.get("until", "")
    actions.hold_duty(
        request.officer,
        person=ref,
        duty=duty_from(request, "gives"),
        reason=request.POST.get("reason", ""),
        until=datetime.fromtimestamp(int(until), UTC) if until.isdecimal() else None,
        proof=proof_from(request),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/people/{ref}/", status=303)


@require_POST
@duty_required(Duty.ADM, Duty.SUP)
def end(request: OfficerRequest, ref: str) -> HttpResponse:
    """End one duty of a person, at once."""
    held, reason = request.POST.get("held", ""), request.POST.get("reason", "")
    actions.end_duty(request.officer, ref=held, reason=reason, now=clock.now())
    return HttpResponseRedirect(f"/people/{ref}/", status=303)


@require_POST
@duty_required(Duty.ADM, Duty.SUP)
def end_logins(request: OfficerRequest, ref: str) -> HttpResponse:
    """End every login of a person."""
    now, wall = clock.now(), clock.wall()
    actions.end_all_logins(request.officer, person=ref, now=now, wall=wall)
    return HttpResponseRedirect(f"/people/{ref}/", status=303)
