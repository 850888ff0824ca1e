"""What is sent holds no NUL when it reaches a room: PostgreSQL keeps none, and no page of ours sends one.

It is put as half a letter is (U+FFFD), never refused: whoever stops somebody with a spoilt reason stops him. In
an address, where it names nothing there is, it is absent.
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase

_NUL, _GONE = "\0", "\ufffd"


class LettersMiddleware:
    """Put each NUL of a form or a question as the sign of a letter that is gone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if _NUL in request.path_info:
            raise Http404
        if _holds(request.GET):
            request.GET = _without(request.GET)  # type: ignore[assignment]  # Django's is the same
        if request.method == "POST" and _holds(request.POST):
            request.POST = _without(request.POST)  # type: ignore[assignment]  # as above
        return self.get_response(request)


def _holds(told: QueryDict) -> bool:
    return any(_NUL in text for name, texts in told.lists() for text in (name, *texts))


def _without(told: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, texts in told.lists():
        for text in texts:
            clean.appendlist(name.replace(_NUL, _GONE), text.replace(_NUL, _GONE))
    clean._mutable = False  # noqa: SLF001  as Django itself ends the parsing
    return clean
