"""Which phrases of the lexicon stand in a text. Pure: folded words in, hits with their places out.

The lexicon is `lexicon.toml`; `tools/train_triage.py` had a dictionary inflect its words, and wrote
every form folded into `words.json`. So no dictionary is asked, or loaded, while people wait.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from safeconduct.conversations.reading.script import Heard
from safeconduct.pledges.folding import one_apart

GAP = 2  # other words that may stand between two of a phrase
LEAST_FUZZY = 6  # letters; a shorter word with one letter changed is mostly another word


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found: its reason, and which words of the text it is made of."""

    reason: str
    words: tuple[int, ...]


class Lexicon:
    """The lexicon as `words.json` has it.

    Args:
        forms: folded form → the slots it may fill.
        phrases: reason, and the slots to be filled in this order.
    """

    def __init__(
        self, forms: Mapping[str, Sequence[int]], phrases: Sequence[tuple[str, Sequence[int]]]
    ) -> None:
        self.forms = forms
        self._by_first: dict[int, list[tuple[str, Sequence[int]]]] = {}
        for reason, slots in phrases:
            self._by_first.setdefault(slots[0], []).append((reason, slots))
        self._halves: dict[str, list[str]] = {}
        for form in forms:
            if len(form) >= LEAST_FUZZY:
                for half in _halves(form):
                    self._halves.setdefault(half, []).append(form)

    def hits(self, words: Sequence[Heard], *, usual: Collection[str]) -> list[Hit]:
        """Return each phrase found, once for each reason and place.

        Args:
            usual: words that texts of ours have anyway; none of them is taken for a slip.
        """
        filled = [self._slots(word.form, usual) for word in words]
        found = {
            Hit(reason, places)
            for first, slots in enumerate(filled)
            for slot in slots
            for reason, phrase in self._by_first.get(slot, ())
            for places in _ways(phrase, filled, first)
        }
        return sorted(found, key=lambda hit: (hit.words, hit.reason))

    def _slots(self, form: str, usual: Collection[str]) -> Sequence[int]:
        exact = self.forms.get(form)
        if exact is not None or len(form) < LEAST_FUZZY or form in usual:
            return exact or ()
        for half in _halves(form):
            for other in self._halves.get(half, ()):
                if one_apart(form, other):
                    return self.forms[other]
        return ()


def _halves(form: str) -> tuple[str, str]:
    """One letter changed leaves the first three or the last three as they were."""
    return "<" + form[:3], form[-3:]


def _ways(
    phrase: Sequence[int], filled: Sequence[Sequence[int]], first: int
) -> Iterator[tuple[int, ...]]:
    places = [first]
    for slot in phrase[1:]:
        reach = range(places[-1] + 1, min(len(filled), places[-1] + 2 + GAP))
        here = next((place for place in reach if slot in filled[place]), None)
        if here is None:
            return
        places.append(here)
    yield tuple(places)
