"""Whether a word begins with, holds, or nearly is one of many stems, in one look. Pure.

A text is read in many ways and held against hundreds of stems; one by one that took a third of a
second for a short text, and a reply must be weighed while it is typed.
"""

import re
from collections.abc import Iterable, Iterator

from safeconduct.pledges.folding import one_apart

LEAST_FUZZY = 6  # letters; shorter stems have too many innocent neighbours
LEAST_APART = 5  # letters; a shorter stem is too easily spelled by two innocent neighbours


def _less_one(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


class Stems:
    """A set of normalised stems."""

    def __init__(self, stems: Iterable[str]) -> None:
        every = sorted(set(stems), key=len, reverse=True)
        self._starts = tuple(every)
        self._long = re.compile(
            "|".join(map(re.escape, [s for s in every if len(s) >= LEAST_FUZZY])) or r"(?!)"
        )
        self._apart = re.compile(
            "|".join(map(re.escape, [s for s in every if len(s) >= LEAST_APART])) or r"(?!)"
        )
        self._heads = {s[:n] for s in every if len(s) >= LEAST_APART for n in range(1, len(s))}
        self._near: dict[str, set[str]] = {}
        for stem in every:
            if len(stem) >= LEAST_FUZZY:
                for shape in {stem, *_less_one(stem)}:
                    self._near.setdefault(shape, set()).add(stem)
        lengths = {len(stem) for stem in every if len(stem) >= LEAST_FUZZY}
        self._lengths = sorted({n + more for n in lengths for more in (-1, 0, 1)})

    def __iter__(self) -> Iterator[str]:
        return iter(self._starts)

    def begins(self, reading: str) -> bool:
        """Return whether the word begins with a stem."""
        return reading.startswith(self._starts)

    def fits(self, reading: str) -> bool:
        """Return whether it begins with a stem, holds a long one, or is one letter from a long one."""
        if self.begins(reading) or self._long.search(reading):
            return True
        return any(self._nearly(reading[:n]) for n in self._lengths if n <= len(reading) + 1)

    def _nearly(self, head: str) -> bool:
        return any(
            one_apart(head, stem)
            for shape in (head, *_less_one(head))
            for stem in self._near.get(shape, ())
        )

    def begun(self, head: str) -> bool:
        """Return whether a stem that neighbours may spell together begins so."""
        return head in self._heads

    def spelled(self, reading: str, *, beyond: int) -> bool:
        """Return whether it begins with a stem that is longer than its first piece, `beyond` letters."""
        found = self._apart.match(reading)
        return found is not None and len(found.group()) > beyond
