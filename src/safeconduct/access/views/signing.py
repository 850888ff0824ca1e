"""Coming in and going out.

For machines: the sign-in form is `access.sign_in` with `data-challenge` (base64url) and the fields
`assertion` (the passkey's answer as WebAuthn JSON) and `number`; an invitation's form is `access.enrol` with
`data-enrol` (creation options as JSON) and the field `credential`. Both answer 303 to `/` with the
login cookie, or 409 with the refusal on the page.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from safeconduct import clock
from safeconduct.access import actions, client, queries
from safeconduct.access.doors import (
    OfficerRequest,
    device_of,
    duty_required,
    give_login,
    open_to_all,
    take_login,
)
from safeconduct.access.rules import Duty
from safeconduct.refusal import Refused


def _page(request: HttpRequest, *, refused: Refused | None = None) -> HttpResponse:
    shown: dict[str, Any] = {"refusal": refused.refusal if refused else None}
    try:
        shown["challenge"] = json.loads(client.login_begin())
    except (Refused, client.KeeperAway) as no:
        shown["why_not"] = no.refusal
    status = 409 if refused else 200 if "challenge" in shown else 503
    return render(request, "access/sign_in.html", shown, status=status)


def _let_in(request: HttpRequest, login: str) -> HttpResponse:
    response = HttpResponseRedirect("/", status=303)
    give_login(request, response, login=login)
    return response


@require_http_methods(["GET", "POST"])
@open_to_all
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page; let in whoever answers its challenge."""
    if request.method == "GET":
        return _page(request)
    given, number = request.POST.get("assertion", ""), request.POST.get("number", "")
    device, now, wall = device_of(request), clock.now(), clock.wall()
    try:
        login = actions.sign_in(given, number=number, device=device, now=now, wall=wall)
    except Refused as refused:
        return _page(request, refused=refused)
    return _let_in(request, login)


@require_POST
@open_to_all
def sign_in_by_code(request: HttpRequest) -> HttpResponse:
    """Let in by a code: such a login works, and never approves."""
    name, code = request.POST.get("name", ""), request.POST.get("code", "")
    number, device = request.POST.get("number", ""), device_of(request)
    now, wall = clock.now(), clock.wall()
    try:
        login = actions.sign_in_by_code(
            name, code, number=number, device=device, now=now, wall=wall
        )
    except Refused as refused:
        return _page(request, refused=refused)
    return _let_in(request, login)


@require_http_methods(["GET", "POST"])
@open_to_all
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Tie a passkey to whom an invitation names, and let him in."""
    try:
        if request.method == "POST":
            credential, device = request.POST.get("credential", ""), device_of(request)
            now, wall = clock.now(), clock.wall()
            login = actions.enrol(token, credential, device=device, now=now, wall=wall)
            return _let_in(request, login)
        invited = queries.invitation(token)
    except Refused as refused:
        return render(request, "access/join.html", {"refusal": refused.refusal}, status=409)
    shown = {"name": invited.name, "options": invited.options}
    return render(request, "access/join.html", shown)


@require_POST
@duty_required(*Duty)
def sign_out(request: OfficerRequest) -> HttpResponse:
    """End this login."""
    actions.end_login(request.officer, now=clock.now(), wall=clock.wall())
    response = HttpResponseRedirect("/sign-in/", status=303)
    take_login(request, response)
    return response
