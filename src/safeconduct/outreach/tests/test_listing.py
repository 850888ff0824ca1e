"""Bringing a list in: number, language and zone; errors name the line and never the number."""

import hashlib
import tracemalloc

import pytest

from safeconduct.outreach import listing
from safeconduct.refusal import Refused

ZONES = {"Europe/Moscow"}


def csv(count: int = 100, head: str = "number,language,zone") -> bytes:
    rows = [f"+3806700{n:05d},ru,Europe/Moscow" for n in range(count)]
    return "\n".join([head, *rows]).encode()


def read(raw: bytes) -> listing.List:
    return listing.read(raw, languages={"ru"}, zones=ZONES)


def test_a_list_is_cut_into_parts_that_know_their_lines():
    raw = csv(2 * listing.LINES + 50)
    found = read(raw)
    assert [part.first_line for part in found.parts] == [
        2,
        2 + listing.LINES,
        2 + 2 * listing.LINES,
    ]
    assert sum(part.lines for part in found.parts) == 2 * listing.LINES + 50
    assert found.segments == {("ru", "Europe/Moscow"): 2 * listing.LINES + 50}
    assert found.parts[1].text.split("\n")[0] == f"+3806700{listing.LINES:05d},ru,Europe/Moscow"
    assert found.sha256 == hashlib.sha256(raw).hexdigest()  # as sha256sum prints it


def test_columns_come_in_any_order_and_an_empty_line_keeps_its_place():
    rows = "\n".join(f"Europe/Moscow,+3806700{n:05d},RU" for n in range(100))
    found = read(f"Zone,Number,Language\n\n{rows}".encode())
    assert found.parts[0].text.startswith("\n+380670000000,ru,Europe/Moscow\n")
    assert found.parts[0].lines == 101


def test_a_great_list_takes_little_more_memory_than_its_file():
    raw = csv(20_000)
    tracemalloc.start()
    found = read(raw)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(found.segments.values()) == 20_000
    assert most < 5 * len(raw)


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"", "list.unreadable", ""),
        (b"\xff\xfe\x00", "list.unreadable", ""),
        (csv(head="number,language,zone,name"), "list.columns", ""),
        (csv() + b"\n+380670099999,ru", "list.unreadable", "Line 102 "),
        (csv() + b"\nnobody,ru,Europe/Moscow", "list.unreadable", "Line 102 "),
        (csv() + b"\n+380670099999;99,ru,Europe/Moscow", "list.unreadable", "Line 102 "),
        (csv() + b'\n\n"+380670\n099999x",ru,Europe/Moscow', "list.unreadable", "Line 104 "),
        (csv() + b"\n+380670099999,xx,Europe/Moscow", "list.language", ""),
        (csv() + b"\n+380670099999,ru,Mars/Base", "list.zone", ""),
        (csv(99), "list.segment", ""),
    ],
    ids=[
        *("empty", "no text", "a name", "a short line", "no number", "two numbers"),
        *("a number on two lines", "no such language", "no such zone", "too few"),
    ],
)
def test_a_list_that_cannot_be_taken_is_refused_without_saying_a_number(raw, code, line):
    with pytest.raises(Refused) as caught:
        read(raw)
    assert caught.value.refusal.code == code
    assert line in str(caught.value)
    assert "38067" not in str(caught.value)
