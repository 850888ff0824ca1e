"""Scripts on screen: which there are, what is wrong in one, and every way through it with its words."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.conversations import actions, queries, scripts
from safeconduct.conversations.scripts import Step
from safeconduct.conversations.text_views import READERS
from safeconduct.programme import load


@dataclass(frozen=True, slots=True)
class Walked:
    """One line of a walk: how deep, his answer that leads here, the step, its words by language."""

    depth: int
    lead: str
    step: Step
    texts: list[tuple[str, str]]


@require_GET
@duty_required(*READERS)
def script_list(request: OfficerRequest) -> HttpResponse:
    """Show every script of the programme's folder."""
    profile = load.current()
    rows = [(each, queries.fault_of(each, profile)) for each in queries.script_files()]
    return render(request, "conversations/scripts.html", {"rows": rows})


@require_GET
@duty_required(*READERS)
def script(request: OfficerRequest, name: str) -> HttpResponse:
    """Walk through one script."""
    profile = load.current()
    row = next((each for each in queries.script_files() if each.name == name), None)
    if row is None:
        raise Http404
    texts, walk = queries.script_texts(profile), []
    if row.script:
        for depth, lead, at in scripts.ways(row.script):
            step = row.script.steps[at]
            told = texts.get(step.text, {}) if step.kind != "person" else {}
            words = [(each, told[each]) for each in profile.languages if told.get(each)]
            walk.append(Walked(depth, lead, step, words))
    shown = {"row": row, "fault": queries.fault_of(row, profile), "walk": walk}
    return render(request, "conversations/script.html", shown)


@require_POST
@duty_required(Duty.OP, member="conversation")
def begin(request: OfficerRequest, ref: str) -> HttpResponse:
    """Begin a script in a conversation."""
    actions.begin_script(
        request.officer,
        ref=ref,
        name=request.POST.get("script", ""),
        profile=load.current(),
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("conversations:show", args=[ref]), status=303)
