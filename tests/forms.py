"""The console's forms, given what no page of ours sends: by seed and count, so that it can be had again.

A form's fields are learned by asking: what the view looks for in one round it is given in the next. Each
post begins from the same tables. FORMS_SEED and FORMS_ROUNDS in the environment try others, and more.
"""

import hashlib
import json
import os
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.datastructures import MultiValueDict

from safeconduct.access.rules import MAY_BE_MEMBER, Duty
from tests.test_doors import URLS, duties_of, filled

SEED = int(os.environ.get("FORMS_SEED", "7"))
ROUNDS = int(os.environ.get("FORMS_ROUNDS", "2"))
_REFUSED, _NO_POST, _BROKEN = 400, 405, 500
_WRITES = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
_REF = re.compile(r"(?<=/)[a-z0-9]{12}(?=/|$)")
_SEEN = "access_login"  # when a person was seen last, whatever he asked for
# Rooms whose forms are tried about something that is there, with the pages of the room named behind.
HELD = ("/cases/", "/reception/", "/custody/")  # custody
UNDER_WAY = ("/cases/", "/conversations/", "/passage/", "/escort/")  # escort
_GUESSED = frozenset({"once", "text", "ref", "nonce", "assertion"})
_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data; boundary=part"

VALUES = (
    "\0", "a\0b", "", " ", "\n", "9" * 5000, "-1", "0", "1e999", "nan", "inf", "٣", "²", "true", "null", "[]",
    "{}", "../../etc/passwd", "%s%n{0}", "<script>", "'; --", "\u202e\ufffd\U0010ffff", "a" * 70_000,
    "2026-13-45T99:99", "2026-11-22T12:00", "9999-12-31", "+99", "25:61", "99.9, 999.9", "43.5, 33.9", "SUP", "yes", "on",
    "n4thmg7cdefg", "9223372036854775808", "ё" * 300,
)  # fmt: skip
Body = Callable[[Iterable[str], str, str], tuple[str, bytes]]


def _pairs(pairs: Iterable[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def _plain(names: Iterable[str], one: str, _other: str) -> tuple[str, bytes]:
    return _FORM, _pairs((name, one) for name in names)


def _twice(names: Iterable[str], one: str, other: str) -> tuple[str, bytes]:
    return _FORM, _pairs((name, value) for name in names for value in (one, other))


def _mixed(names: Iterable[str], one: str, other: str) -> tuple[str, bytes]:
    return _FORM, _pairs((name, (one, other)[n % 2]) for n, name in enumerate(sorted(names)))


def _half_a_letter(names: Iterable[str], _one: str, _other: str) -> tuple[str, bytes]:
    return _FORM, b"&".join(b"%s=%%ED%%A0%%80%%C3" % quote_plus(name).encode() for name in names)


def _raw(names: Iterable[str], _one: str, _other: str) -> tuple[str, bytes]:
    return _FORM, b"&".join(quote_plus(name).encode() + b"=\xed\xa0\x80\xff\x00" for name in names)


def _many(_names: Iterable[str], _one: str, _other: str) -> tuple[str, bytes]:
    return _FORM, b"a=1&" * 1500


def _json(names: Iterable[str], one: str, other: str) -> tuple[str, bytes]:
    return "application/json", json.dumps({name: [one, other] for name in names}).encode()


def _other_letters(names: Iterable[str], one: str, _other: str) -> tuple[str, bytes]:
    return f"{_FORM}; charset=utf-16", _pairs((name, one) for name in names)


def _files(names: Iterable[str], one: str, _other: str) -> tuple[str, bytes]:
    """A file of the wrong kind under every name, and beside it the same name as a field."""
    body = b""
    for name in names:
        head = f'--part\r\nContent-Disposition: form-data; name="{name}"'.encode()
        body += (
            head
            + b'; filename="..\\..\\x.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\x89PNG\0\xff\r\n'
        )
        body += head + b"\r\n\r\n" + one.encode() + b"\r\n"
    return _PARTS, body + b"--part--\r\n"


def _no_end(names: Iterable[str], one: str, _other: str) -> tuple[str, bytes]:
    return _PARTS, _files(names, one, "")[1][:-30]


def _no_boundary(_names: Iterable[str], _one: str, _other: str) -> tuple[str, bytes]:
    return "multipart/form-data", b"--part\r\n\r\n"


BODIES: tuple[Body, ...] = (
    _plain, _mixed, _twice, _plain, _mixed, _half_a_letter, _raw, _many, _json, _other_letters, _files, _no_end,
    _no_boundary,
)  # fmt: skip


def chosen(url: str, round_: int) -> tuple[Body, str, str]:
    """Return what this round sends there; the first is plain, so that the fields are learned."""
    told = f"{SEED}|{_REF.sub('*', url)}|{round_}"  # what it is about has another ref in each run
    number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big")
    body = BODIES[0] if round_ == 0 else BODIES[number % len(BODIES)]
    number //= len(BODIES)
    return body, VALUES[number % len(VALUES)], VALUES[number // len(VALUES) % len(VALUES)]


@contextmanager
def _noting(asked: set[str]) -> Iterator[None]:
    """Note the fields and files that a view looks for."""

    def noted(method: Any) -> Any:
        def ask(self: MultiValueDict[str, Any], key: Any, *more: Any) -> Any:
            if isinstance(key, str):
                asked.add(key)
            return method(self, key, *more)

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "getlist", "__getitem__"):
            patch.setattr(MultiValueDict, name, noted(getattr(MultiValueDict, name)))
        yield


class Tables:
    """What stands in the tables, and which of them a post wrote into."""

    def __init__(self) -> None:
        self.was = {table: self._digest(table) for table in connection.introspection.table_names()}
        self.written: set[str] = set()

    @staticmethod
    def _digest(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  ours
            return hash(tuple(sorted(map(repr, cursor.fetchall()))))

    def __call__(self, execute: Any, sql: str, *more: Any) -> Any:
        if found := _WRITES.match(sql):
            self.written.add(found[1])
        return execute(sql, *more)

    def changed(self) -> set[str]:
        looked_at = self.written - {_SEEN}
        return {table for table in looked_at if self._digest(table) != self.was.get(table)}


def post(
    browser: Client, url: str, sent: tuple[Body, str, str], names: set[str], tables: Tables
) -> tuple[HttpResponse, set[str]]:
    """Send something to a form; return the answer, and the tables that it changed. All of it is undone."""
    body, one, other = sent
    kind, content = body(names | _GUESSED, one, other)
    tables.written.clear()
    with transaction.atomic():
        with _noting(names), connection.execute_wrapper(tables):
            answer = browser.generic("POST", url, content, kind)
        changed = tables.changed()
        transaction.set_rollback(True)
    return answer, changed


def wrong_with(answer: Any, changed: set[str]) -> str:
    """Return what is wrong with an answer, "" for nothing."""
    if answer.status_code >= _BROKEN:
        raised = (
            "".join(traceback.format_exception(*answer.exc_info)[-6:]) if answer.exc_info else ""
        )
        return f"{answer.status_code} {raised}"
    if b"Traceback" in getattr(answer, "content", b""):
        return "it shows a traceback"
    if answer.status_code >= _REFUSED and changed:
        return f"{answer.status_code}, and it changed {sorted(changed)}"
    return ""


def attack(forms: Mapping[str, Client]) -> list[str]:
    """Send every round to each form, URL → browser; return what was wrong, each with what was sent."""
    wrong, tables = [], Tables()
    for url, browser in forms.items():
        browser.raise_request_exception = False
        names: set[str] = set()
        for round_ in range(ROUNDS):
            sent = chosen(url, round_)
            answer, changed = post(browser, url, sent, names, tables)
            if answer.status_code == _NO_POST:
                break
            if told := wrong_with(answer, changed):
                wrong.append(f"{url} {sent[0].__name__} {sent[1][:20]!r}: {told}")
    return wrong


def about(rooms: Mapping[str, str]) -> Iterator[tuple[str, Duty]]:
    """Yield every URL that is about one thing of these rooms, and a duty that is let in and may post there.

    Args:
        rooms: prefix → the ref of the thing.
    """
    for route, pattern in URLS:
        for prefix, ref in rooms.items():
            if route.startswith(f"{prefix}<"):
                let_in = [duty for duty in duties_of(pattern) if duty in MAY_BE_MEMBER]
                yield prefix + ref + filled(route[route.index(">") + 1 :]), let_in[0]
