"""Reads a recipient list: a CSV of number, language, zone. Pure; refuses what it was not asked for."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NoReturn

from safeconduct.outreach import rules
from safeconduct.outreach.rules import Line
from safeconduct.refusal import Refusal, Refused, insist


@dataclass(frozen=True, slots=True)
class List:
    """A list that may be imported.

    Attributes:
        sha256: of the normalised lines, sorted: two people can compare what they approve.
    """

    lines: tuple[Line, ...]
    segments: tuple[tuple[str, str, int], ...]
    sha256: str


def read(
    raw: bytes,
    *,
    normal: Callable[[str], str],
    languages: Collection[str],
    zones: Collection[str],
) -> List:
    """Read a list of UTF-8 CSV bytes; doubles fall together.

    Args:
        normal: turns a number as written into E.164, or raises ValueError.

    Raises:
        Refused: a column too many, a line that cannot be read (by its number in the file, never by
            its content), a segment too small.
    """
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise_unreadable("The file is no UTF-8 CSV.")
    if not rows:
        raise_unreadable("The file is empty.")
    heads = [head.strip().lower() for head in rows[0]]
    insist(rules.may_take_columns(heads))
    places = [heads.index(column) for column in rules.COLUMNS]
    lines: dict[str, Line] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(heads):
            raise_unreadable(f"Line {number} has {len(row)} fields instead of {len(heads)}.")
        told = [row[place].strip() for place in places]
        try:
            lines[normal(told[0])] = Line(normal(told[0]), told[1].lower(), told[2])
        except ValueError:
            raise_unreadable(f"Line {number} holds no telephone number.")
    found = tuple(sorted(lines.values(), key=lambda line: line.number))
    insist(rules.may_import(found, languages=languages, zones=zones))
    return List(found, _segments(found), _digest(found))


def raise_unreadable(why: str) -> NoReturn:
    """Refuse the file, naming the line and never its content."""
    raise Refused(
        Refusal("list.unreadable", why, "Mend the file and bring it again; nothing was taken.")
    )


def _segments(lines: tuple[Line, ...]) -> tuple[tuple[str, str, int], ...]:
    counts = Counter((line.language, line.zone) for line in lines)
    return tuple((language, zone, count) for (language, zone), count in sorted(counts.items()))


def _digest(lines: tuple[Line, ...]) -> str:
    whole = hashlib.sha256()
    for line in lines:
        whole.update(f"{line.number},{line.language},{line.zone}\n".encode())
    return whole.hexdigest()
