"""The relatives' desk: a queue, an age and figures of its own, answered by tracing alone."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.conversations import actions, queries
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.views import inbox_shown
from safeconduct.programme import load


@require_GET
@duty_required(Duty.TRC, Duty.SUP)
def relatives(request: OfficerRequest) -> HttpResponse:
    """Show who asks for somebody: the queue without a word of text, and how it goes."""
    shown = inbox_shown(request, Desk.RELATIVES)
    figures = queries.figures_of(Desk.RELATIVES, now=clock.now())
    return render(request, "conversations/relatives.html", {**shown, "figures": figures})


@require_POST
@duty_required(Duty.TRC)
def take(request: OfficerRequest) -> HttpResponse:
    """Give the officer the next of the relatives."""
    row = actions.take_next(
        request.officer,
        desk=Desk.RELATIVES,
        lock_for=load.current().limit("conversation_lock"),
        wall=clock.wall(),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("conversations:show", args=[row.ref]), status=303)
