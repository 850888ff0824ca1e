"""What is mine: what waits for my yes, my calls, my logins, and the lock for the worst hour."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import actions, acts, client, queries
from safeconduct.access.doors import (
    OfficerRequest,
    duty_from,
    duty_required,
    proof_from,
    stops,
    take_login,
)
from safeconduct.access.rules import Duty
from safeconduct.access.staff import SEES_NAMES
from safeconduct.refusal import Refused

OPENERS = frozenset({Duty.ADM, Duty.SUP})


@require_GET
@duty_required(*Duty)
def for_you(request: OfficerRequest) -> HttpResponse:
    """Show what waits for this officer's yes."""
    waiting = queries.waiting_for(request.officer, now=clock.now())
    shown = {
        "glasses": queries.told_of_glass(request.officer, now=clock.now()),
        "recoveries": queries.recoveries_for(request.officer, now=clock.now()),
        "waiting": waiting,
        "steps": [] if waiting else _first_steps(request),
    }
    return render(request, "access/for_you.html", shown)


def _openers(request: OfficerRequest) -> tuple[object, int]:
    """Return when one's own unlock code was made and how many hold one; nothing while locked."""
    try:
        return client.unlock_codes(request.officer.login)
    except (Refused, client.KeeperAway):
        return None, 0


def _is_cut_off() -> bool:
    """Return whether the keeper has no network it does not need; True where it does not say."""
    try:
        return bool(client.ping()["network"] != "open")
    except (Refused, client.KeeperAway):
        return True


def _first_steps(request: OfficerRequest) -> list[dict[str, object]]:
    """Return what an administrator does first; nothing for others, and nothing when it is done."""
    if Duty.ADM not in request.officer.duties:
        return []
    others = queries.staff_beside(request.officer)
    steps: list[dict[str, object]] = [
        {
            "title": _("Your passkey"),
            "why": _("Made on this device. Make a spare one and keep it in the safe."),
            "done": True,
        },
        {
            "title": _("Two more people on duty"),
            "why": _("Without them nothing is approved: a plan takes two, leave to move three."),
            "done": others > 1,
            "url": "/people/",
            "verb": _("Invite"),
        },
        {
            "title": _("Two people with unlock codes"),
            "why": _("After the panic lock the keys take the root and two people's printed codes."),
            "done": _openers(request)[1] > 1,
            "url": "/people/me/",
            "verb": _("Make yours"),
        },
        {
            "title": _("Somebody who can be called"),
            "why": _("An alert that nobody hears is no alert."),
            "done": not queries.nobody_hears(now=clock.now(), wall=clock.wall()),
            "url": "/people/roster/",
            "verb": _("Open the roster"),
        },
        {
            "title": _("A keeper without a network"),
            "why": _("This machine's kernel cuts the keeper of the keys off from every network."),
            "done": _is_cut_off(),
        },
    ]
    for step in steps:
        step["said"] = _("done") if step["done"] else _("not yet")
    return [] if all(step["done"] for step in steps) else steps


@require_GET
@duty_required(*Duty)
def calls(request: OfficerRequest) -> HttpResponse:
    """Return the strip of calls for htmx to swap in."""
    return render(request, "access/calls.html")


@require_POST
@duty_required(*Duty)
def answer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Answer a call: I am looking."""
    actions.acknowledge(request.officer, ref=ref, now=clock.now())
    return HttpResponseRedirect("/", status=303)


@require_GET
@duty_required(*Duty)
def mine(request: OfficerRequest) -> HttpResponse:
    """Show my own logins and what may be done about them."""
    me = request.officer
    opens, sees = me.duties & OPENERS, me.duties & SEES_NAMES
    shown = {
        "unlock": acts.unlock_code(me.ref, min(opens)) if opens else None,
        "unlock_url": "/people/me/unlock-code/",
        "openers": _openers(request) if opens else (None, 0),
        "numbers": acts.numbers(me.ref, min(me.duties)) if me.duties else None,
        "numbers_url": "/people/me/numbers/",
        "numbers_asked": [
            ("own", _("Your own number")),
            ("force", _("The number for force")),
        ],
        "spare": acts.spare(me.ref, min(me.duties)) if me.duties else None,
        "spare_url": "/people/me/spare/",
        "own": queries.own_key_of(me),
        "own_act": acts.own_key(me.ref, min(sees)) if sees else None,
        "own_url": "/people/me/own-key/",
        "logins": queries.logins_of(request.officer, wall=clock.wall()),
        "devices": queries.devices_of(request.officer),
    }
    return render(request, "access/mine.html", shown)


@require_POST
@duty_required(*Duty)
def forget_devices(request: OfficerRequest) -> HttpResponse:
    """Make every other browser a stranger."""
    actions.forget_devices(request.officer, now=clock.now())
    return HttpResponseRedirect("/people/me/", status=303)


@require_POST
@duty_required(*OPENERS)
def unlock_code(request: OfficerRequest) -> HttpResponse:
    """Show one's new unlock code, once, to be printed."""
    duty, proof = duty_from(request), proof_from(request)
    code = actions.make_unlock_code(request.officer, duty=duty, proof=proof, now=clock.now())
    return render(request, "access/unlock_code.html", {"code": code})


@require_POST
@duty_required(*SEES_NAMES)
def make_own_key(request: OfficerRequest) -> HttpResponse:
    """Make one's own key, and show its six words once."""
    words = actions.make_own_key(
        request.officer,
        duty=duty_from(request),
        proof=proof_from(request),
        now=clock.now(),
        wall=clock.wall(),
    )
    return render(request, "access/own_key.html", {"words": words})


def _back_to(request: OfficerRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if ours else "/people/me/", status=303)


@require_POST
@duty_required(*SEES_NAMES)
def open_own_key(request: OfficerRequest) -> HttpResponse:
    """Open one's own key by its six words."""
    actions.open_own_key(request.officer, request.POST.get("words", ""), now=clock.now())
    return _back_to(request)


@require_POST
@duty_required(*SEES_NAMES)
def shut_own_key(request: OfficerRequest) -> HttpResponse:
    """Shut one's own key before its time."""
    actions.shut_own_key(request.officer, now=clock.now())
    return _back_to(request)


@require_POST
@duty_required(*Duty)
def begin_code(request: OfficerRequest) -> HttpResponse:
    """Show a new secret for a code app, once."""
    return render(request, "access/code.html", actions.begin_code(request.officer))


@require_POST
@duty_required(*Duty)
def finish_code(request: OfficerRequest) -> HttpResponse:
    """Take the secret into use by its first code."""
    actions.finish_code(request.officer, request.POST.get("code", ""), now=clock.now())
    return HttpResponseRedirect("/people/me/", status=303)


@require_POST
@duty_required(*Duty)
@stops
def panic(request: OfficerRequest) -> HttpResponse:
    """Lock everything: the keeper forgets its keys and every login ends."""
    actions.panic(request.officer, now=clock.now(), wall=clock.wall())
    response = HttpResponseRedirect("/sign-in/", status=303)
    take_login(request, response)
    return response
