"""What reception, or child protection, writes down of a relative's video call, on the page of his case."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.custody import actions
from safeconduct.custody.calls import KEEPERS
from safeconduct.custody.outside_views import a_time


@require_POST
@duty_required(*KEEPERS, member="case")
def answer(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down his word."""
    told = request.POST
    actions.answer_call(
        request.officer,
        case=ref,
        ref=told.get("call", ""),
        word=told.get("word", ""),
        alone=told.get("alone") == "yes",
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/custody/{ref}/", status=303)


@require_POST
@duty_required(*KEEPERS, member="case")
def give(request: OfficerRequest, ref: str) -> HttpResponse:
    """Give it a time."""
    actions.give_call(
        request.officer,
        case=ref,
        ref=request.POST.get("call", ""),
        at=a_time(request.POST.get("at", "")),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/custody/{ref}/", status=303)


@require_POST
@duty_required(*KEEPERS, member="case")
def close(request: OfficerRequest, ref: str) -> HttpResponse:
    """Write down whether it was held, or take that back."""
    actions.close_call(
        request.officer,
        case=ref,
        ref=request.POST.get("call", ""),
        outcome=request.POST.get("outcome", ""),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"/custody/{ref}/", status=303)
