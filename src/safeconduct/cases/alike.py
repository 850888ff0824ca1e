"""Which lines of a list may be one person, and why: by sound, date and telephone. No sum and no score."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from rapidfuzz.distance import OSA

from safeconduct import names

# In the order in which they are shown.
SAME, LETTERS, NEAR, BORN, SLIP, PHONE = "same", "letters", "near", "born", "slip", "phone"


class Pair(NamedTuple):
    """Two lines, by number from 1, and every reason to think that they are one person."""

    one: int
    other: int
    reasons: tuple[str, ...]


def pairs(lines: Sequence[dict[str, str]], phones: Sequence[bytes]) -> list[Pair]:
    """Return the lines that may be one person.

    One name, in whichever letters, or one sound apart, unless both tell dates that are no slip of each other;
    or one telephone, whatever the names.

    Args:
        lines: with "name" and "born", as they were said.
        phones: of each line, hashed; b"" for none.
    """
    known = [names.Known(line["name"], born=line["born"]) for line in lines]
    sounds = [names.sounds(each) for each in known]
    found = []
    for one, other in combinations(range(len(lines)), 2):
        reasons = _names(lines[one]["name"], lines[other]["name"], sounds[one], sounds[other])
        dates, apart = _dates(lines[one]["born"], lines[other]["born"])
        phone = [PHONE] if phones[one] and phones[one] == phones[other] else []
        if phone or (reasons and not apart):
            found.append(Pair(one + 1, other + 1, (*reasons, *dates, *phone)))
    return found


def _names(one: str, other: str, sounds: str, others: str) -> list[str]:
    if one.casefold().split() == other.casefold().split():
        return [SAME]
    if not sounds or not others:
        return []
    if sounds == others:
        return [LETTERS]
    # One sound more, less, other or changed about with its neighbour, as a hand slips (rapidfuzz).
    return [NEAR] if OSA.distance(sounds, others, score_cutoff=1) <= 1 else []


def _dates(one: str, other: str) -> tuple[list[str], bool]:
    born, others = names.born_on(one), names.born_on(other)
    if born is None or others is None:
        return [], False
    if born == others:
        return [BORN], False
    return ([SLIP], False) if names.slips(born, others) else ([], True)
