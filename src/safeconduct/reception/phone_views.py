"""The telephone's page: everything it needs lies in the browser, and one door takes what it wrote."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from importlib import resources

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.programme import load
from safeconduct.reception import actions, phonebox, phoned
from safeconduct.refusal import Refused

_MAY_SEND = (Duty.RCV, Duty.RCP)


@require_GET
@duty_required(*_MAY_SEND)
def page(request: OfficerRequest) -> HttpResponse:
    """Show the page; nothing on it is of a case or of whoever looks, for it is kept in the browser."""
    told = {"numbers": range(1, phoned.MOST_AT_ONCE + 1), "few": range(phoned.MOST_AT_ONCE + 1)}
    return render(request, "reception/phone.html", told)


@require_GET
@duty_required(*_MAY_SEND)
def worker(_request: OfficerRequest) -> HttpResponse:
    """Return the service worker: from here, so that it reaches no other page of the console."""
    where = resources.files("safeconduct.reception") / "static/handover/worker.js"
    return HttpResponse(where.read_bytes(), content_type="text/javascript")


@require_GET
@duty_required(*_MAY_SEND)
def key(request: OfficerRequest) -> JsonResponse:
    """Return what to seal to, and the token by which this browser may send."""
    held = actions.key_now(request.officer, now=clock.now())
    public = b64encode(bytes(held.public)).decode()
    return JsonResponse({"key": held.ref, "public": public, "token": get_token(request)})


@require_POST
@duty_required(*_MAY_SEND)
def send(request: OfficerRequest) -> JsonResponse:
    """Take one entry in, once."""
    try:
        box = b64decode(request.POST.get("box", ""), validate=True)
    except (NoBase64, ValueError):
        raise Refused(phoned.AWAY) from None
    became = actions.take_in(
        request.officer,
        entry=request.POST.get("entry", ""),
        key=request.POST.get("key", ""),
        box=box[: phonebox.LONGEST + 1],
        profile=load.current(),
        now=clock.now(),
    )
    return JsonResponse({"became": became})


@require_POST
@duty_required(*_MAY_SEND)
def looked(request: OfficerRequest) -> HttpResponse:
    """Say that an entry which waited was looked at."""
    actions.looked_at(request.officer, ref=request.POST.get("entry", ""), now=clock.now())
    return HttpResponseRedirect("/reception/", status=303)


@require_POST
@duty_required(*_MAY_SEND)
def taken(request: OfficerRequest) -> HttpResponse:
    """Do what an entry that waited says."""
    entry, profile = request.POST.get("entry", ""), load.current()
    actions.take_over(request.officer, ref=entry, profile=profile, now=clock.now())
    return HttpResponseRedirect("/reception/", status=303)


@require_POST
@duty_required(*_MAY_SEND)
def again(request: OfficerRequest) -> HttpResponse:
    """Let an entry wait again that was looked at."""
    actions.look_again(request.officer, ref=request.POST.get("entry", ""), now=clock.now())
    return HttpResponseRedirect("/reception/", status=303)
