"""The sheets that follow him: what stands on each, in his language and two more, and who signs it.

Each is one `Sheet`, set by one layout. What names him stands only on those that the law asks to name
him (GC III 48, 70, 118, 122); the others carry the case's reference. No sheet has a photograph, and
none has a field for how he was taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from safeconduct.documents.typeset import typeset
from safeconduct.documents.words import each, label, value

NAMED = ("names", "name", "first_names", "father", "birth_date", "rank", "service_number")
# GC III 122: what the bureau is owed, as far as he said it (17).
NOTICE = (
    *("names", "name", "first_names", "father", "birth_date", "birthplace", "rank"),
    *("service_number", "power", "kin_address", "health", "prisoner_number", "camp"),
)
# What a notice says beside it: of a death what the certificate says so far (120), of a transfer each since
# the last, a line of reason and time for each.
DIED, MOVES = ("died_at", "died_where", "cause"), "moves"
MEDICAL = ("injuries", "treatment", "fit")
RELEASE = ("choice", "papers", "party")
DEATH = ("died_at", "died_where", "cause", "burial", "inquiry")  # GC III 120


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by the key of their heading and their share of the width; and what stands in them."""

    columns: Mapping[str, int]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet before it is set; words by their keys in `words`."""

    title: str
    law: str
    rows: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    said: Sequence[str] = ()
    signs: Sequence[str] = field(default=("for_us", "himself"))


def printed(
    sheet: Sheet,
    *,
    case: str,
    languages: Sequence[str],
    on: datetime,
    form: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """Return the sheet, set.

    Args:
        case: the reference at its foot.
        languages: his own first, from `card.three`.
        on: when it is made out.
    """
    data = {
        "title": each(sheet.title, languages),
        "law": sheet.law,
        "rows": [
            {"label": label(key, languages), "value": value(key, text, languages)}
            for key, text in sheet.rows
        ],
        "tables": [
            {
                "head": [label(key, languages) for key in table.columns],
                "widths": list(table.columns.values()),
                "rows": [
                    [
                        value(key, text, languages)
                        for key, text in zip(table.columns, row, strict=True)
                    ]
                    for row in table.rows
                ],
            }
            for table in sheet.tables
        ],
        "said": list(sheet.said),
        "signs": [label(key, languages) for key in sheet.signs],
        "foot": f"{case} · {on:%Y-%m-%d %H:%M} UTC",
    }
    return typeset("form", data, on=on, form=form)


def _rows(content: Mapping[str, str], keys: Iterable[str]) -> list[tuple[str, str]]:
    return [(key, content[key]) for key in keys if content.get(key)]


def _who(case: str, named: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("case", case), *_rows(named, NAMED)]


def equipment(case: str, things: Iterable[Mapping[str, str]]) -> Sheet:
    """Return the receipt for what he handed over, each thing tied to the offer he was shown.

    Args:
        things: what, serial, serviceable, made_safe_by, offer of each.
    """
    columns = {"what": 4, "serial": 3, "serviceable": 3, "made_safe_by": 3, "offer": 3}
    rows = [[thing.get(key, "") for key in columns] for thing in things]
    return Sheet("equipment_receipt", "", [("case", case)], [Table(columns, rows)])


def medical(case: str, content: Mapping[str, str]) -> Sheet:
    """Return the medic's note: what was found and done (GC III 15, 30); it carries no name."""
    rows = [("case", case), *_rows(content, MEDICAL)]
    return Sheet("medical_note", "GC III 15, 30", rows, signs=("medic",))


def as_told(content: Mapping[str, str]) -> dict[str, str]:
    """Return of all that is known of him what stands on a notice; it is sealed as it leaves, no more."""
    shown = ("kind", *NOTICE, *DIED, MOVES, "refused")
    return {key: content[key] for key in shown if content.get(key)}


def moves_of(content: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (why, when) of each move that a notice tells of; when is UTC, as 2026-03-02T09:30:00Z."""
    lines = content.get(MOVES, "").splitlines()
    return [(why, when) for why, _space, when in (line.partition(" ") for line in lines)]


def notice(case: str, content: Mapping[str, str]) -> Sheet:
    """Return a notice as it was sealed: what he said of what GC III 122 asks, and nothing else."""
    rows = [("case", case), ("about", content.get("kind", "")), *_rows(content, NOTICE)]
    for why, when in moves_of(content):
        rows += [("why", why), ("date", f"{when[:16].replace('T', ' ')} UTC")]
    rows += _rows(content, DIED)
    if content.get("refused"):
        rows.append(("refused", "yes"))
    return Sheet("notice", "GC III 17, 122, 123", rows, signs=("for_us",))


def transfer(case: str, named: Mapping[str, str], *, why: str, at: datetime) -> Sheet:
    """Return the notice of a move (GC III 48): he keeps one, and his mail follows him by it.

    Args:
        why: move, hospital or sick.
    """
    rows = [*_who(case, named), ("why", why), ("date", f"{at:%Y-%m-%d %H:%M} UTC")]
    return Sheet("transfer", "GC III 46-48", rows)


def release(case: str, named: Mapping[str, str], content: Mapping[str, str]) -> Sheet:
    """Return the paper he leaves with: his own choice, what he was given, who receives him.

    Args:
        content: choice, papers, party, as written down in private before he leaves.
    """
    return Sheet("release", "GC III 118", [*_who(case, named), *_rows(content, RELEASE)])


def evacuees(people: Sequence[Mapping[str, str]]) -> Sheet:
    """Return the list of those who are evacuated together (GC III 20): who goes, and from where.

    Args:
        people: case, and of `NAMED` what each has said.
    """
    columns = {"case": 3, "names": 6, "rank": 3, "service_number": 4, "birth_date": 3}
    rows = [
        [_all_names(one) if key == "names" else one.get(key, "") for key in columns]
        for one in people
    ]
    return Sheet(
        "evacuees", "GC III 19-20", tables=[Table(columns, rows)], signs=("for_us", "receives")
    )


def _all_names(one: Mapping[str, str]) -> str:
    return one.get("names") or " ".join(filter(None, (one.get("name"), one.get("first_names"))))


def death(case: str, named: Mapping[str, str], content: Mapping[str, str]) -> Sheet:
    """Return the certificate of a death (GC III 120): who, when, where, of what, and the grave.

    Args:
        content: of `DEATH`, as the medic has written it down.
    """
    rows = [*_who(case, named), *_rows(content, DEATH)]
    return Sheet("death_certificate", "GC III 120, 121", rows, signs=("medic", "for_us"))


def statement(case: str, promises: Sequence[Sequence[str]]) -> Sheet:
    """Return every promise made to him and where it stands, for him to keep.

    Args:
        promises: of each its text, offer version, when shown, when due, state and receipt.
    """
    columns = {"promise": 6, "offer": 3, "shown_at": 3, "due_at": 3, "stands": 4, "receipt": 3}
    return Sheet("statement", "", [("case", case)], [Table(columns, promises)])


def inspection(case: str, lines: Sequence[Sequence[str]]) -> Sheet:
    """Return the last inspection of the standard that is owed to all (GC III 13, 25-38).

    Args:
        lines: of each what is owed, "met", "unmet" or "unseen", when and by whom.
    """
    columns = {"line": 5, "found": 3, "date": 3, "by": 3}
    return Sheet("inspection", "GC III 13, 25-38", [("case", case)], [Table(columns, lines)])
