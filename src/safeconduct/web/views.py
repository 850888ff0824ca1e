"""The frame's own pages: settings and health. Content belongs to the rooms."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.connection import KeeperAway
from safeconduct.access.doors import OfficerRequest, duty_required, open_to_all
from safeconduct.access.rules import Duty
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices_actions
from safeconduct.notices import queries as notices
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.web import limits, links, refusals
from safeconduct.web.frame import KEYS_COOKIE, MENDERS, is_silent

_YEAR_S = 365 * 86400


@require_GET
@duty_required(*Duty)
def show_settings(request: OfficerRequest) -> HttpResponse:
    """Show the programme as it is set, and the two choices a person has for himself."""
    profile = load.current()
    shown = {
        "profile": profile,
        "limits": list(limits.by_room(profile)),
        "law": sorted(profile.law.items()),
        "version": _version(),
        "stamp": clock.stamp_of(settings.DATA),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in profile.console],
        "keys_on": request.COOKIES.get(KEYS_COOKIE) != "off",
        "given_up": notices.given_up(),
        "refusals": _refusals() if request.officer.duties & MENDERS else [],
        "links": links.page(Path(settings.DATA)) if request.officer.duties & MENDERS else None,
        "may_mend": bool(request.officer.duties & MENDERS),
    }
    return render(request, "web/settings.html", shown)


def _refusals() -> list[dict[str, object]]:
    """Return, for each gateway that sent what it may not, what that was and since when."""
    return [
        {
            "sender": each.sender,
            "since": each.since,
            "kinds": [(refusals.words(kind), count) for kind, count in sorted(each.kinds.items())],
        }
        for each in core_end.refusals(Path(settings.DATA))
    ]


def _version() -> str:
    try:
        return version("safeconduct")
    except PackageNotFoundError:  # run from a checkout that nobody installed
        return "—"


def _choose(request: HttpRequest, response: HttpResponse, *, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie,
        value,
        max_age=_YEAR_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )


@require_POST
@duty_required(*Duty)
def choose_language(request: OfficerRequest) -> HttpResponse:
    """Show the console in another of its languages, in this browser."""
    language = request.POST.get("language", "")
    response = HttpResponseRedirect("/settings/", status=303)
    if language in load.current().console and translation.check_for_language(language):
        _choose(request, response, cookie=settings.LANGUAGE_COOKIE_NAME, value=language)
    return response


@require_POST
@duty_required(*Duty)
def choose_keys(request: OfficerRequest) -> HttpResponse:
    """Switch the one-letter keys on or off, in this browser (WCAG 2.1.4)."""
    response = HttpResponseRedirect("/settings/", status=303)
    wanted = "on" if request.POST.get("keys") == "on" else "off"
    _choose(request, response, cookie=KEYS_COOKIE, value=wanted)
    return response


@require_POST
@duty_required(*MENDERS)
def try_again(request: OfficerRequest, number: int) -> HttpResponse:
    """Take up work again that was given up after too many attempts."""
    with transaction.atomic():
        if notices_actions.try_again(number, wall=clock.wall()):
            audit.record(request.officer.ref, "job.again", ref=f"job:{number}", now=clock.now())
    return HttpResponseRedirect("/settings/", status=303)


@require_POST
@duty_required(*MENDERS)
def seen_refusals(request: OfficerRequest, sender: str) -> HttpResponse:
    """Say that somebody has looked into what a gateway sent; its bytes go."""
    data = Path(settings.DATA)
    if sender in {each.sender for each in core_end.refusals(data)}:
        with transaction.atomic():  # the line first: without a journal the bytes stay
            audit.record(request.officer.ref, "refusals.seen", ref=sender, now=clock.now())
        core_end.look_into_refusals(data, sender)
    return HttpResponseRedirect("/settings/", status=303)


@require_GET
@open_to_all
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that this process runs; no more."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_GET
@open_to_all
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer whether the console can work: database writes, keeper answers, clocks run."""
    wall = clock.wall()
    parts = {"database": _writes(), "keeper": _keeper_answers()}
    parts["worker"] = parts["database"] and not is_silent(notices.last_beat(), wall=wall)
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _writes() -> bool:
    try:
        notices_actions.beat("ready", wall=clock.wall())
    except DatabaseError:
        return False
    return True


def _keeper_answers() -> bool:
    try:
        return bool(client.ping()["state"] == "open")
    except (KeeperAway, Refused):
        return False
