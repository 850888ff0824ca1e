"""Search on screen: what is looked for stands in no address, and no page keeps it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from safeconduct import clock
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.conversations import actions
from safeconduct.conversations.forms import SearchForm
from safeconduct.conversations.views import LET_IN
from safeconduct.refusal import Refusal, Refused


@require_http_methods(["GET", "POST"])
@duty_required(*LET_IN)
def search(request: OfficerRequest) -> HttpResponse:
    """Look for words in the conversations that the officer is let into."""
    if request.method == "GET":
        return render(request, "conversations/search.html", {})
    form = SearchForm(request.POST)
    if not form.is_valid():
        refusal = Refusal("search.form", "What you look for is too long.", "Write a few words.")
        return _refused(request, refusal)
    told = form.cleaned_data
    try:
        found = actions.search(
            request.officer, typed=told["words"], after=told["after"], now=clock.now()
        )
    except Refused as refused:
        return _refused(request, refused.refusal)
    shown = {"found": found, "words": told["words"]}
    return render(request, "conversations/search.html", shown)


def _refused(request: OfficerRequest, refusal: Refusal) -> HttpResponse:
    shown = {"refusal": refusal, "words": request.POST.get("words", "")}
    return render(request, "conversations/search.html", shown, status=409)
