"""A form that is sent again does not act again: a lost answer, a double click, back-and-send.

Every form carries a random `once` beside its CSRF token (templatetags/once.py). The act and the
mark that it was sent are one transaction; a repeat gets the redirect that the first one got. What
was typed anew is no repeat: the mark is a digest of the `once`, the path and every field, so that
a text changed after going back is sent, and nobody reads the text out of the mark.

On PostgreSQL two acts that lock rows in two orders wait for each other, and the server ends one of
them (the journal's one row is locked at an act's first line, other rows before and after it). That
one left nothing behind; it is done once more, if no transaction stood around it: with that one
went what somebody else had done before, and he alone can do it again.

Whatever stops, or says "he is here", passes by unlooked at (`doors.stops`): pressed twice, it
stops twice. A form without a `once` acts as it always did.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.defaults import server_error

from safeconduct import clock, log
from safeconduct.access.doors import ONCE, is_stop
from safeconduct.access.rules import Officer, digest_of
from safeconduct.audit import actions as audit
from safeconduct.web.models import LONGEST, Posted

KEPT = timedelta(days=1)  # a page left open overnight; nobody sends again what is older
_SEE_OTHER, _BROKEN = 303, 500
logger = log.get_logger()


def digest_from(request: HttpRequest) -> bytes:
    """Return the digest of everything a form sent, its `once` among it, its CSRF token not."""
    fields = [
        [name, told]
        for name, values in sorted(request.POST.lists())
        if name != "csrfmiddlewaretoken"  # masked anew on every page
        for told in values
    ]
    files = []
    for name, several in sorted(request.FILES.lists()):
        for held in several:
            files.append([name, held.name or "", hashlib.file_digest(held, "sha256").hexdigest()])
            held.seek(0)
    return digest_of({"path": request.path, "fields": fields, "files": files})


class _GaveWay(HttpResponse):
    """No answer: the act was undone whole, for another that it waited for and that waited for it."""

    status_code = _BROKEN


class OnceMiddleware:
    """Let each form act once: the act and its mark are one transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request; a repeat is answered with the first one's redirect."""
        request.may_give_way = not connection.in_atomic_block  # type: ignore[attr-defined]
        answer = self._answer(request)
        if isinstance(answer, _GaveWay):
            logger.warning("act.gave_way")
            for _name, several in request.FILES.lists():
                for held in several:
                    held.seek(0)
            answer = self._answer(request)
        return server_error(request) if isinstance(answer, _GaveWay) else answer

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Take what the database said of two acts that waited for each other; leave all else."""
        if not isinstance(exception, OperationalError) or not getattr(
            request, "may_give_way", False
        ):
            return None
        return _GaveWay() if audit.gave_way(exception) else None

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        officer: Officer | None = getattr(request, "officer", None)
        if officer is None or not _looked_at(request):
            return self.get_response(request)
        with transaction.atomic():
            posted, new = Posted.objects.get_or_create(
                person=officer.ref, digest=digest_from(request), defaults={"at": clock.wall()}
            )
            if not new:
                return HttpResponseRedirect(posted.to, status=_SEE_OTHER)
            answer = self.get_response(request)
            if answer.status_code >= _BROKEN:
                transaction.set_rollback(True)  # half an act and no answer is no act
            elif _led_on(answer):
                posted.to = answer["Location"]
                posted.save(update_fields=["to"])
            else:
                posted.delete()  # refused, or a page of its own: sent again it is judged again
        return answer


def _looked_at(request: HttpRequest) -> bool:
    if request.method != "POST" or "HX-Request" in request.headers or not request.POST.get(ONCE):
        return False  # what a page asks by itself is no act
    return not is_stop(request)


def _led_on(answer: HttpResponseBase) -> bool:
    """Return whether an answer can be given again: a redirect, and nothing put into the browser."""
    return (
        isinstance(answer, HttpResponseRedirect)
        and not answer.cookies
        and len(answer["Location"]) <= LONGEST
    )


def sweep(*, wall: datetime) -> int:
    """Forget the marks older than a day; return how many."""
    return Posted.objects.filter(at__lt=wall - KEPT).delete()[0]
