"""The doors of the console: who is at the door, and what each page declares to let him in.

A page without a declaration opens to nobody. To a person without the duty, a page that is closed
to him and a page that does not exist look the same.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, NotSupportedError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, get_resolver, resolve
from django.utils import translation

from safeconduct import clock
from safeconduct.access import actions, known, queries
from safeconduct.access.client import KeeperAway
from safeconduct.access.rules import Absent, Duty, Officer, Proof
from safeconduct.access.staff import OWES_REVIEW
from safeconduct.audit import actions as audit
from safeconduct.log import get_logger
from safeconduct.refusal import Refusal, Refused

View = TypeVar("View", bound=Callable[..., Any])
SIGN_IN = "/sign-in/"
# Cookies of this name are accepted by browsers only over TLS, for this host, for every path.
OVER_TLS, ON_LOOPBACK = "__Host-login", "login"
# Beside the login stays the device, longer than any login: it says that he came in from here before.
DEVICE_OVER_TLS, DEVICE_ON_LOOPBACK = "__Host-device", "device"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Names of pages that change nothing but who looks; the last is read before a stop.
_FREE = frozenset({"sign-out", "answer", "seized-count"})
_DEVICE_S = 90 * 24 * 3600  # as long as the keeper remembers one that is not used
# The field by which a form that is sent again is known (web/once.py).
ONCE = "once"
_NO_DATABASE = Refusal(
    "database.away",
    "The database does not answer, so nothing can be read or written.",
    'Tell the administrator (ADM) now. Abort, freeze, opt-out and "he is here" go on from a page that is open: press there.',
)
# What the database says of what it was asked, and not of itself.
_OURS = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
logger = get_logger()


class OfficerRequest(HttpRequest):
    """A request behind a door: somebody is signed in."""

    officer: Officer


def cookie_name(request: HttpRequest) -> str:
    """Return the name of the login cookie: `__Host-` wherever the page came by TLS."""
    return OVER_TLS if request.is_secure() else ON_LOOPBACK


def give_login(request: HttpRequest, response: HttpResponse, *, login: str) -> None:
    """Put the login proof into the browser: not for scripts, not for other sites.

    The login itself is kept in memory; the device alone, which lets nobody in, stays on disk.
    """
    proof, _, device = login.partition(".")
    halves = ((cookie_name(request), proof, None), (_device_name(request), device, _DEVICE_S))
    for name, value, max_age in halves:
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            secure=request.is_secure(),
            httponly=True,
            samesite="Strict",
            path="/",
        )


def device_of(request: HttpRequest) -> str:
    """Return the secret by which this browser is known, "" for a stranger."""
    return request.COOKIES.get(_device_name(request), "")


def _device_name(request: HttpRequest) -> str:
    return DEVICE_OVER_TLS if request.is_secure() else DEVICE_ON_LOOPBACK


def login_of(request: HttpRequest) -> str:
    """Return the login proof that came with a request, its two halves together; "" for none."""
    proof = request.COOKIES.get(cookie_name(request), "")
    return f"{proof}.{device_of(request)}" if proof else ""


def take_login(request: HttpRequest, response: HttpResponse) -> None:
    """Take the login proof out of the browser, under whichever name it came."""
    for name in {cookie_name(request), ON_LOOPBACK} & set(request.COOKIES):
        response.delete_cookie(name, path="/", samesite="Strict")


def duty_required(*duties: Duty, member: str | None = None) -> Callable[[View], View]:
    """Declare who may enter a view: people holding one of `duties`.

    Args:
        duties: at least one. `*Duty` for a page of everybody on the staff.
        member: the kind of thing whose compartment the person must also be a member of ("case",
            "conversation"). The room's query keeps it, by raising `Absent`; tests/test_doors.py
            tries every such page with a person who holds the duty and is not a member.

    Raises:
        TypeError: no duty was named; a door is never open by omission.
    """
    if not duties:
        raise TypeError("duty_required needs at least one duty; for sign-in pages use open_to_all")
    allowed = frozenset(duties)

    def declare(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def door(
                request: HttpRequest, *args: object, **kwargs: object
            ) -> HttpResponseBase:
                turned = _turned_away(request, allowed)
                return turned or await cast("Callable[..., Awaitable[HttpResponseBase]]", view)(
                    request, *args, **kwargs
                )

        else:

            @wraps(view)
            def door(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
                turned = _turned_away(request, allowed)
                return turned or view(request, *args, **kwargs)

        door.duties = tuple(sorted(allowed))  # type: ignore[attr-defined]  # read by checks and frame
        door.member = member  # type: ignore[attr-defined]
        return cast("View", door)

    return declare


def open_to_all(view: View) -> View:
    """Declare that a view is open to people who are not signed in."""
    view.duties = ()  # type: ignore[attr-defined]
    view.member = None  # type: ignore[attr-defined]
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def stops(view: View) -> View:
    """Declare that a view stops something, or says that he is here.

    Nothing stands before it, not even the look whether it was pressed before (web/once.py).
    """
    view.stops = True  # type: ignore[attr-defined]
    return view


def in_force(request: HttpRequest, back: str, *, state: str = "") -> HttpResponse:
    """Say that a stop is in force from the local spool. No database is asked for this page.

    Args:
        back: the address of the page that he stopped on.
        state: the state that the stop demands, where it is one.
    """
    return render(request, "web/in_force.html", {"back": back, "state": state})


def is_stop(request: HttpRequest) -> bool:
    """Return whether a request asks a view that stops, before any view was chosen for it."""
    try:
        return bool(getattr(resolve(request.path_info).func, "stops", False))
    except Resolver404:
        return False


def _turned_away(request: HttpRequest, allowed: frozenset[Duty]) -> HttpResponseBase | None:
    officer: Officer | None = getattr(request, "officer", None)
    if officer is None:
        return HttpResponseRedirect(SIGN_IN, status=303)
    if not officer.duties & allowed:
        raise Http404
    return None


def proof_from(request: HttpRequest) -> Proof:
    """Return the passkey's answer that came with a form of `approve_form`.

    Raises:
        Refused: the form came without it.
    """
    nonce, assertion = request.POST.get("nonce", ""), request.POST.get("assertion", "")
    if not nonce or not assertion:
        raise Refused(
            Refusal(
                "approve.no_touch",
                "This needs a touch of your passkey, and none came.",
                "Press the button again and touch the key when the browser asks.",
            )
        )
    return Proof(nonce=nonce, assertion=assertion)


def duty_from(request: HttpRequest, field: str = "duty") -> Duty:
    """Return the duty named in a form's field.

    Raises:
        Refused: there is no such duty.
    """
    code = request.POST.get(field, "")
    if code not in Duty.__members__:
        raise Refused(
            Refusal("duty.unknown", "There is no such duty.", "Choose one that the page offers.")
        )
    return Duty(code)


class OfficerMiddleware:
    """Set `request.officer`, keep every answer out of caches, turn verdicts into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        login, wall = login_of(request), clock.wall()
        try:
            officer = queries.officer_of(login, now=clock.now(), wall=wall) if login else None
        except DatabaseError:
            officer = known.who_stops(login, wall=wall) if is_stop(request) else None
            if officer is None:
                return _no_database(request)
        request.officer = officer  # type: ignore[attr-defined]  # OfficerRequest names it
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if officer and not chosen and officer.language in dict(settings.LANGUAGES):
            translation.activate(officer.language)
            request.LANGUAGE_CODE = officer.language
        response = self.get_response(request)
        if officer is not None and _by_hand(request):
            _note_hand(login, wall=wall)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """Refuse a view that declares nothing, and ask the keeper what is open to whoever is here.

        A stop is not asked for: nothing stands before it.

        Whoever broke the glass and whose review is late reads and stops, and changes nothing else.

        Raises:
            Http404: the view declares neither duties nor that it is open.
        """
        if not hasattr(view, "duties"):
            raise Http404
        officer: Officer | None = getattr(request, "officer", None)
        if officer is None or not view.duties or getattr(view, "stops", False):
            return None
        request.officer = queries.as_the_keeper_knows(officer)  # type: ignore[attr-defined]
        return _owed(request, officer)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Turn `Absent` into 404, and a refusal into a page that says why and what next."""
        if isinstance(exception, Absent):
            not_found: Callable[..., HttpResponseBase] = get_resolver().resolve_error_handler(404)
            return not_found(request, exception=Http404())
        if isinstance(exception, Refused):
            verdict = {"refusal": exception.refusal}
            return render(request, "web/refused.html", verdict, status=409)
        if isinstance(exception, KeeperAway):
            return render(request, "web/refused.html", {"refusal": exception.refusal}, status=503)
        if isinstance(exception, DatabaseError) and not _of_what_was_asked(exception):
            return _no_database(request)
        return None


def _of_what_was_asked(fault: DatabaseError) -> bool:
    """Return whether the database speaks of what it was asked, and so does answer."""
    return isinstance(fault, _OURS) or audit.gave_way(fault)


def _no_database(request: HttpRequest) -> HttpResponse:
    """Say that the database does not answer, whoever asks: signed in, signed out or never here."""
    logger.warning("database.away", verb=request.method or "")
    if not hasattr(request, "officer"):
        request.officer = None  # type: ignore[attr-defined]
    response = render(request, "web/refused.html", {"refusal": _NO_DATABASE}, status=503)
    response["Cache-Control"] = "no-store"
    return response


def _note_hand(login: str, *, wall: datetime) -> None:
    """Note that a hand was at work: after what it did, for nothing stands before a stop."""
    if known.hand(login, wall=wall) <= actions.NOTED_EVERY:
        return
    try:
        actions.seen(login, wall=wall)
    except DatabaseError as fault:
        logger.warning("login.not_noted", error=type(fault).__name__)


def _owed(request: HttpRequest, officer: Officer) -> HttpResponse | None:
    """Return the refusal of somebody whose review is late, for all but reading."""
    match = request.resolver_match
    free = request.method in _READS or (match is not None and match.url_name in _FREE)
    if free or not queries.owes_review(officer, now=clock.now()):
        return None
    return render(request, "web/refused.html", {"refusal": OWES_REVIEW}, status=409)


def _by_hand(request: HttpRequest) -> bool:
    """Return whether a hand was at work; a page that refreshes itself keeps nobody signed in."""
    return request.method == "POST" or (
        "HX-Request" not in request.headers and not request.path.startswith("/live")
    )
