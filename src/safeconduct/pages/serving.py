"""What a page of ours is asked and answers: a form, and a body of one size, whoever asks.

It stands behind an onion service or a web server, so everybody comes from one address: nothing here
counts by address, and nothing is written down about who came. What is slow makes room for what is new.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from safeconduct.spool import http
from safeconduct.spool.http import NotServed

SIZE = 8192  # bytes of every body, padded: who counts octets on the line learns nothing
_FIELDS = 12

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. No header is kept: none of them is our business."""

    method: str
    query: Form
    form: Form


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; the body is padded to SIZE or its multiple."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)


Serve = Callable[[Request], Awaitable[Answer]]


def padded(body: bytes) -> bytes:
    """Return `body` with spaces behind it, up to SIZE or its next multiple; never empty."""
    return body.ljust(max(1, -(-len(body) // SIZE)) * SIZE)


def server(serve: Serve, *, refused: Answer) -> http.Server:
    """Return a server of pages: forms in, and every answer of one size."""

    async def one(asked: http.Request) -> http.Answer:
        return _in_one_size(await serve(understood(asked)))

    return http.Server(one, refused=_in_one_size(refused))


def _in_one_size(answer: Answer) -> http.Answer:
    return http.Answer(answer.status, padded(answer.body), dict(answer.headers))


def understood(asked: http.Request) -> Request:
    """Return the form in a request.

    Raises:
        NotServed: it is no form of ours.
    """
    if asked.method not in {"GET", "HEAD", "POST"}:
        raise NotServed("a page is fetched or written to, no more")
    _, _, query = asked.target.partition("?")
    return Request(asked.method, _fields(query), _fields(asked.body.decode("latin-1")))


def _fields(text: str) -> Form:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise NotServed("more fields than any form of ours has") from None
