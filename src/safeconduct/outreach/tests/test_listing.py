"""Bringing a list in: number, language and zone; errors name the line and never the number."""

import pytest

from safeconduct.outreach import listing
from safeconduct.refusal import Refused

ZONES = {"Europe/Moscow"}


def normal(number: str) -> str:
    if not number.lstrip("+").isdigit():
        raise ValueError
    return f"+{number.lstrip('+')}"


def csv(count: int = 100, head: str = "number,language,zone") -> bytes:
    rows = [f"+3806700{n:05d},ru,Europe/Moscow" for n in range(count)]
    return "\n".join([head, *rows]).encode()


def read(raw: bytes) -> listing.List:
    return listing.read(raw, normal=normal, languages={"ru"}, zones=ZONES)


def test_a_list_is_read_and_doubles_fall_together():
    once, twice = read(csv()), read(csv() + b"\n3806700" + b"00001,ru,Europe/Moscow")
    assert once.segments == (("ru", "Europe/Moscow", 100),)
    assert twice.sha256 == once.sha256


def test_another_list_has_another_digest():
    assert read(csv(101)).sha256 != read(csv(102)).sha256


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "list.unreadable"),
        (b"\xff\xfe\x00", "list.unreadable"),
        (csv(head="number,language,zone,name"), "list.columns"),
        (csv() + b"\n+380670099999,ru", "list.unreadable"),
        (csv() + b"\nnobody,ru,Europe/Moscow", "list.unreadable"),
        (csv(99), "list.segment"),
    ],
    ids=["empty", "no text", "a name", "a short line", "no number", "too few"],
)
def test_a_list_that_cannot_be_taken_is_refused_without_saying_a_number(raw, code):
    with pytest.raises(Refused) as caught:
        read(raw)
    assert caught.value.refusal.code == code
    assert "38067" not in str(caught.value)
