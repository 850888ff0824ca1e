"""What a reply weighs while it is written: parts, cost, and what the door would object to."""

import unicodedata
from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.pledges import queries as offers
from safeconduct.pledges import rules as promises
from safeconduct.pledges.rules import Audience, Token
from safeconduct.post.segments import cost_of, size_of
from safeconduct.programme import load
from safeconduct.refusal import Refusal


@require_POST
@duty_required(Duty.OP, Duty.TRC, Duty.CPO)
def weigh(request: OfficerRequest) -> HttpResponse:
    """Say how many short messages a reply takes, its offer's words with it, and what it may not say.

    A sign that makes a whole text of other letters short in each part is named; of Cyrillic it goes
    without saying. It opens nothing: the end of what was said before comes with the page, and the door reads it anew.
    """
    told = request.POST
    language = told.get("language", "") or "en"
    tokens = _tokens(request, language)
    whole = promises.joined(told.get("text", ""), tokens)
    refusal = _objection(whole, before=told.get("said", ""), language=language, tokens=tokens)
    size = size_of(whole)
    shown = {
        "size": size,
        "cost": cost_of(size.parts, load.current().part_cost) if whole else "",
        "odd": "" if unicodedata.name(size.odd or " ", "").startswith("CYRILLIC") else size.odd,
        "refusal": refusal,
        "rule": promises.RULES[refusal.code] if refusal else "",
    }
    return render(request, "conversations/_weighed.html", shown)


def _tokens(request: OfficerRequest, language: str) -> list[Token]:
    ref = request.POST.get("offer", "")[:20]
    try:
        version = offers.version_for(request.officer, Purpose.READ, ref=ref) if ref else None
    except Absent:
        return []
    return [offers.token_for(version, language)] if version and language in version.texts else []


def _objection(text: str, *, before: str, language: str, tokens: Sequence[Token]) -> Refusal | None:
    """Return what the door would say of these words, in its own order."""
    return (
        promises.refused_outright(text, to=Audience.ONE)
        or promises.promise_refusal(
            promises.unauthorised_promises(text, language=language, tokens=tokens)
        )
        or promises.split_promise([before], text, tokens=tokens)
    )
