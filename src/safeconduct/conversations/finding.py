"""Whether the words that somebody looks for stand in a text. Pure.

A word is found by its beginning, in any case, with letters that typists confuse made one; what is
typed in Latin letters finds the Cyrillic word that it spells, and look-alikes hide nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.pledges.folding import clean, normal, readings_of
from safeconduct.refusal import Refusal

SHORTEST, MOST = 3, 6  # letters of a word that is looked for; words
AROUND = 40  # letters shown before and behind what was found
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Found:
    """Where the first of the words stands: it, and what is around it."""

    before: str
    word: str
    behind: str


def wanted(typed: str) -> list[frozenset[str]]:
    """Return, for each word that is looked for, the beginnings by which it is found."""
    words = [word for word in _WORD.findall(clean(typed)) if len(word) >= SHORTEST]
    return [readings_of(word) for word in words[:MOST]]


def may_search(typed: str) -> Refusal | None:
    """Judge whether there is anything to look for."""
    if wanted(typed):
        return None
    return Refusal(
        "search.short", "There is no word of three letters or more to look for.", "Write one."
    )


def found_in(text: str, words: Sequence[frozenset[str]]) -> Found | None:
    """Return where `words` stand in a text; all of them must, in any order."""
    told = [(match, normal(match.group())) for match in _WORD.finditer(text)]
    places = [
        next((match for match, form in told if form.startswith(tuple(word))), None)
        for word in words
    ]
    if not places or None in places:
        return None
    first = min((each for each in places if each), key=re.Match.start)
    return Found(
        before=text[max(0, first.start() - AROUND) : first.start()],
        word=first.group(),
        behind=text[first.end() : first.end() + AROUND],
    )
