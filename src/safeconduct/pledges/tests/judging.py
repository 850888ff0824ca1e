"""Every row of the two sets, judged as the door would, and the tricks that are tried on a row besides.

`safeconduct bench promises` prints what the tests bound: from one place, so that both mean the same.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from safeconduct.pledges import rules
from safeconduct.pledges.rules import Audience, Token
from safeconduct.pledges.tests.sets import REFUSED, rows, third

Row = Mapping[str, Any]
LETTERS = {"ru-latn": "ru", "uk-latn": "uk", "mixed": "ru"}  # whose texts a row would be sent as
LEAVES, HELD, REFUSED_OUTRIGHT = "leaves", "held", "refused"


def language_of(row: Row) -> str:
    """Return the language that the outbox would name for a row."""
    return LETTERS.get(row["language"], row["language"])


def judged(row: Row, *, text: str | None = None, before: str | None = None) -> str:
    """Return what becomes of a row's text: it leaves, waits for a token, or is refused whatever token.

    Args:
        text, before: in place of the row's own.
    """
    said = row["text"] if text is None else text
    earlier = row.get("before") if before is None else before
    to = Audience.MANY if row.get("broadcast") else Audience.ONE
    if rules.refused_outright(said, to=to):
        return REFUSED_OUTRIGHT
    if rules.unauthorised_promises(said, language=language_of(row)):
        return HELD
    split = rules.split_promise([earlier], said) if earlier else None
    if split is None:
        return LEAVES
    return HELD if split.code == "words.split" else REFUSED_OUTRIGHT


def is_refused_class(row: Row) -> bool:
    """Return whether a row is of a class that no token covers."""
    return bool(REFUSED & set(row["classes"]))


@dataclass(slots=True)
class Tally:
    """What became of the rows of one language in one third."""

    evasions: int = 0
    leave: int = 0
    refusable: int = 0  # of a class that no token covers
    refusable_leave: int = 0
    refusable_held: int = 0  # held only: a token would let them out
    innocent: int = 0
    false_holds: int = 0
    by_class: dict[str, int] = field(default_factory=dict)  # class → rows that leave

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        for name in self.__slots__:
            if name != "by_class":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, more in other.by_class.items():
            self.by_class[kind] = self.by_class.get(kind, 0) + more


def tallies() -> dict[tuple[str, int], Tally]:
    """Return what became of every row, by language and third. Debatable innocent rows are not counted."""
    return _tallied("evasions", "innocents", part=lambda row: third(row["text"]))


def fresh_tallies() -> dict[tuple[str, int], Tally]:
    """Return what became of every row of the third set, by language and round (docs/decisions/0108)."""
    return _tallied("fresh_evasions", "fresh_innocents", part=lambda row: int(row.get("round", 1)))


def _tallied(
    evasions: str, innocents: str, *, part: Callable[[Row], int]
) -> dict[tuple[str, int], Tally]:
    told: dict[tuple[str, int], Tally] = {}
    for row in rows(evasions):
        tally = told.setdefault((row["language"], part(row)), Tally())
        verdict, refusable = judged(row), is_refused_class(row)
        tally.evasions += 1
        tally.refusable += refusable
        tally.refusable_held += refusable and verdict == HELD
        if verdict == LEAVES:
            tally.leave += 1
            tally.refusable_leave += refusable
            for kind in row["classes"]:
                tally.by_class[kind] = tally.by_class.get(kind, 0) + 1
    for row in rows(innocents):
        if not row.get("debatable"):
            tally = told.setdefault((row["language"], part(row)), Tally())
            tally.innocent += 1
            tally.false_holds += judged(row) != LEAVES
    return told


def together(
    told: Mapping[tuple[str, int], Tally], *, thirds: set[int], language: str = ""
) -> Tally:
    """Return the sum over some thirds, or rounds of the third set, of one language or of all."""
    whole = Tally()
    for (spoken, part), tally in told.items():
        if part in thirds and language in {"", spoken}:
            whole.add(tally)
    return whole


# ---- tricks ----

_ALIKE = str.maketrans("аеорсухіАВЕКМНОРСТХ", "aeopcyxiABEKMHOPCTX")
_ALIKE_BACK = str.maketrans("aeopcyxiABEKMHOPCTX", "аеорсухіАВЕКМНОРСТХ")
_LEET = str.maketrans("оОoOаaеe", "0000@@33")
_UNSEEN = "\u200b\u200d\u2060\u00ad"


def dice_of(seed: str) -> Iterator[int]:
    """Yield bytes that are the same for the same seed."""
    for n in count():
        yield from hashlib.sha256(f"{seed}|{n}".encode()).digest()


def _some(text: str, table: Mapping[int, Any], dice: Iterator[int]) -> str:
    return "".join(sign.translate(table) if next(dice) % 2 else sign for sign in text)


def _looks(text: str, dice: Iterator[int]) -> str:
    cyrillic = any("\u0400" <= sign <= "\u04ff" for sign in text)
    return _some(text, _ALIKE if cyrillic else _ALIKE_BACK, dice)


def _unseen(text: str, dice: Iterator[int]) -> str:
    return "".join(sign + _UNSEEN[next(dice) % len(_UNSEEN)] for sign in text)


def _set_apart(text: str, dice: Iterator[int]) -> str:
    between = " .-_"[next(dice) % 4]
    return "  ".join(between.join(word) for word in text.split())


TRICKS: dict[str, Callable[[str, Iterator[int]], str]] = {
    "look-alike letters": _looks,
    "unseen signs": _unseen,
    "capitals": lambda text, _dice: text.upper(),
    "digits for letters": lambda text, dice: _some(text, _LEET, dice),
    "letters set apart": _set_apart,
}
CUT = "two messages"


def tricked(row: Row, seed: str) -> tuple[str, str, str | None]:
    """Return a trick and a row's text and the one before it, by that trick; which one, the seed says."""
    dice, text, before = dice_of(seed), row["text"], row.get("before")
    name = [*TRICKS, CUT][next(dice) % (len(TRICKS) + 1)]
    if name != CUT or before is not None:
        name = name if name != CUT else "capitals"
        return name, TRICKS[name](text, dice), before
    at = 1 + next(dice) % max(len(text) - 1, 1)
    return name, text[at:], text[:at]


def stopped(row: Row, *, text: str, before: str | None) -> bool:
    """Return whether a tricked row stops at either of its texts."""
    first = {**row, "text": before or "", "before": None}
    return judged(row, text=text, before=before) != LEAVES or (
        before is not None and judged(first) != LEAVES
    )


def whole_plan(text: str) -> Token:
    """Return a token that covers a text altogether: what is refused outright stays refused."""
    return Token("plan", "p", b"", (text,))
