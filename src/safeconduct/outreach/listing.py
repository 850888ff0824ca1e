"""Reads a recipient list: a CSV of number, language, zone. Pure; refuses what it was not asked for.

It looks at every line once and holds none as more than the bytes it was brought as. Whether a number
can be one in its country, and which lines are doubles, is found out when `post` reads the parts.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from safeconduct.outreach import rules
from safeconduct.refusal import Refusal, Refused, Said, insist, said

LINES = 1_000  # of a part; post/actions/lists.py reads one by one transaction
_FEWEST, _MOST = 3, 24  # signs of a number as people write it; it may be short where codes are
_BESIDE = frozenset("+-.()/ \u00a0")


@dataclass(frozen=True, slots=True)
class Part:
    """So many lines of the file, as "number,language,zone"; one that was empty stays empty."""

    first_line: int
    lines: int
    text: str


@dataclass(frozen=True, slots=True)
class List:
    """A list that may be brought.

    Attributes:
        segments: (language, zone) → lines that hold a number; doubles count here.
        sha256: of the file, as `sha256sum` prints it: whoever gave the list and whoever approves it
            compare this.
    """

    parts: tuple[Part, ...]
    segments: Mapping[tuple[str, str], int]
    sha256: str


def read(raw: bytes, *, languages: Collection[str], zones: Collection[str]) -> List:
    """Read a list of UTF-8 CSV bytes.

    Raises:
        Refused: a column too many, a line that cannot be read (by its number in the file, never by
            its content), a segment too small.
    """
    counts: Counter[tuple[str, str]] = Counter()
    parts = tuple(_parts(raw, counts, languages=languages, zones=zones))
    insist(rules.may_import(counts))
    return List(parts, counts, hashlib.sha256(raw).hexdigest())


def _parts(
    raw: bytes,
    counts: Counter[tuple[str, str]],
    *,
    languages: Collection[str],
    zones: Collection[str],
) -> Iterator[Part]:
    text = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="")
    rows = csv.reader(text)
    first, lines = 2, list[str]()
    try:
        places = _places(next(rows, None))
        for row in rows:
            number = rows.line_num
            lines += [""] * (number - first - len(lines))  # a field that went over several lines
            lines.append(_line(row, number, places, counts, languages=languages, zones=zones))
            if len(lines) >= LINES:
                yield Part(first, len(lines), "\n".join(lines))
                first, lines = first + len(lines), []
    except (UnicodeDecodeError, csv.Error):
        raise_unreadable(said("The file is no UTF-8 CSV."))
    if lines:
        yield Part(first, len(lines), "\n".join(lines))


def _places(heads: Sequence[str] | None) -> list[int]:
    if not heads:
        raise_unreadable(said("The file is empty."))
    named = [head.strip().lower() for head in heads]
    insist(rules.may_take_columns(named))
    return [named.index(column) for column in rules.COLUMNS]


def _line(
    row: Sequence[str],
    number: int,
    places: Sequence[int],
    counts: Counter[tuple[str, str]],
    *,
    languages: Collection[str],
    zones: Collection[str],
) -> str:
    if not row:
        return ""
    if len(row) != len(places):
        raise_unreadable(
            said(
                "Line {line} has another number of fields than {wanted}: {found}.",
                line=number,
                found=len(row),
                wanted=len(places),
            )
        )
    written, language, zone = (row[place].strip() for place in places)
    language = language.lower()
    if not _looks_like_a_number(written):
        raise_unreadable(said("Line {line} holds no telephone number.", line=number))
    if (language, zone) not in counts:
        insist(rules.may_take_segment(language, zone, languages=languages, zones=zones))
    counts[language, zone] += 1
    return f"{written},{language},{zone}"


def _looks_like_a_number(written: str) -> bool:
    if not _FEWEST <= len(written) <= _MOST:
        return False
    rest = [sign for sign in written if not sign.isdecimal()]
    return len(rest) <= len(written) - _FEWEST and all(sign in _BESIDE for sign in rest)


def raise_unreadable(why: Said) -> NoReturn:
    """Refuse the file, naming the line and never its content."""
    raise Refused(
        Refusal("list.unreadable", why, "Mend the file and bring it again; nothing was taken.")
    )
