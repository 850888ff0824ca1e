"""The page that a receiving unit carries, and the cards that need no language. Words are drafts (N).

The page bears neither a place nor an hour: it will be lost one day. The cards say no more than a
hand would: what is drawn on them is our own, and no emblem that the Conventions protect (GC I 44)
stands for the doctor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal

from safeconduct.documents.typeset import typeset
from safeconduct.documents.unit_words import CARDS, LINES, SPEAKS

ON_CARDS = ("hands", "weapon_down", "how_many", "sit", "safe", "water", "doctor", "wait")
_NOT = ("not_shoot", "not_search", "not_ask", "not_picture", "not_take", "not_leave")
_LAW = ("humane", "no_adverse", "four", "things", "care", "away")


@dataclass(frozen=True, slots=True)
class Told:
    """What stands on the page of one plan: no name of his, no place, no hour."""

    case: str
    signs: Mapping[str, str]
    question: str
    answer: str
    heads: int
    call: Sequence[str]
    digest: str


def spoken_in(language: str) -> str:
    """Return the language of a unit's page: the reader's own, or English."""
    return language if language in SPEAKS else "en"


@cache
def drawing(name: str) -> str:
    """Return one pictogram as SVG; it draws in the colour of the text around it."""
    where = resources.files("safeconduct.documents") / "pictograms" / f"{name}.svg"
    return where.read_text(encoding="utf-8")


def briefing(
    told: Told, *, language: str, on: datetime, form: Literal["pdf", "png"] = "pdf"
) -> bytes:
    """Return the page, set.

    Args:
        language: of the unit, from `spoken_in`.
        on: when the plan was made, so that the same plan is the same page.
    """
    say = {key: texts[SPEAKS.index(language)] for key, texts in LINES.items()}
    signs = told.signs.get(language) or told.signs.get("en") or next(iter(told.signs.values()), "")
    rows = [
        (say["signs"], signs),
        (say["question"], told.question),
        (say["answer"], told.answer),
        (say["heads"], f"{told.heads}. {say['alone'] if told.heads == 1 else say['others']}"),
    ]
    call = [f"{say['commander']}: {name}" for name in told.call or ("",)]
    data: dict[str, Any] = {
        "title": say["title"],
        "always": say["always"],
        "rows": [{"label": label, "value": value} for label, value in rows],
        "answer_title": say["form"],
        "boxes": [say[key] for key in ("fits", "fits_not", "cannot", "counted")],
        "parts": [
            {"title": say["not"], "lines": [say[key] for key in _NOT]},
            {"title": say["law"], "lines": [say[key] for key in _LAW]},
        ],
        "call_title": say["call"],
        "call": [*call, say["medic"], say["reception"]],
        "channel": say["channel"],
        "burn": say["burn"],
        "foot": f"{told.case} · {told.digest} · {on:%Y-%m-%d}",
    }
    return typeset("briefing", data, on=on, form=form)


def cards(
    *, language: str, on: datetime, form: Literal["pdf", "png"] = "pdf", page: int | None = None
) -> bytes:
    """Return the cards, four on a sheet, to be cut; under each a word for whoever holds it up.

    Args:
        page: 0 or 1 for one sheet alone, as a picture shows it.
    """
    shown = ON_CARDS if page is None else ON_CARDS[page * 4 : page * 4 + 4]
    at = SPEAKS.index(language)
    data = {"cards": [{"svg": drawing(name), "label": CARDS[name][at]} for name in shown]}
    return typeset("pictograms", data, on=on, form=form)
