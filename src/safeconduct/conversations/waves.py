"""Waves: many first texts alike from different people, as a flood of false "ready now" is. Pure.

Nothing is lowered and nobody is hidden by it: a wave is one party to the queue, so that who writes
otherwise does not wait behind all of it. Held in the memory of the worker that reads, of the last
hour; after its start a wave is known again by its next texts.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from safeconduct.pledges.folding import normal
from safeconduct.refs import new_ref

# Chosen: with fewer, friends who write the same words would be a wave.
LEAST = 10
WITHIN = timedelta(hours=1)
# Share of triples of letters that two texts have in common. Of 403,651 pairs of the different texts in
# tests/inbound.toml 22 reach it.
ALIKE = 0.4
MOST_KINDS = 400  # texts remembered as the first of their kind; the longest unseen is forgotten
LETTERS = 400  # of a text that are compared


def triples(text: str) -> frozenset[str]:
    """Return the triples of letters of a text, look-alikes folded, digits and signs left out."""
    letters = "".join(c for c in normal(text[:LETTERS]) if c.isalpha())
    return frozenset(letters[n : n + 3] for n in range(max(1, len(letters) - 2)))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return what share of their triples two texts have in common, 0 to 1 (Jaccard)."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


@dataclass(frozen=True, slots=True)
class Joined:
    """What a text belongs to.

    Attributes:
        wave: "" for none.
        others: refs of those who wrote alike before it was a wave; told once, when it becomes one.
    """

    wave: str = ""
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class _Kind:
    of: frozenset[str]
    wave: str
    seen: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, whose, key
    told: str = ""  # key of the text with which the others were told


class Waves:
    """What was written of late, kind by kind.

    Args:
        named: gives a wave its name; it tells nothing.
    """

    def __init__(self, named: Callable[[], str] = new_ref) -> None:
        self._named = named
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()

    def of(self, text: str, *, ref: str, key: str, more: bool = False, now: datetime) -> Joined:
        """Return the wave that a text belongs to.

        Args:
            ref: whose it is.
            key: the text's own: it counts once, however often a commit that failed brings it again.
            more: enough texts like it are known to come behind it, so that it is a wave already.
            now: world time.
        """
        told = triples(text)
        kind = self._like(told) or self._new(told)
        self._kinds.move_to_end(kind.wave)
        recent = [
            each
            for each in kind.seen
            if now - each[0] < WITHIN and each[1] != ref and each[2] != key
        ]
        kind.seen = [*recent[1 - LEAST :], (now, ref, key)]
        if len(kind.seen) < LEAST and not more:
            kind.told = ""
            return Joined()
        kind.told = kind.told or key
        others = kind.seen[:-1] if kind.told == key else []
        return Joined(kind.wave, tuple(whose for _at, whose, _key in others))

    def _like(self, told: frozenset[str]) -> _Kind | None:
        for kind in reversed(self._kinds.values()):
            # Unequal lengths cannot be alike: most kinds cost one division.
            fewer, more = sorted((len(kind.of), len(told)))
            if fewer >= ALIKE * more and alike(kind.of, told) >= ALIKE:
                return kind
        return None

    def _new(self, told: frozenset[str]) -> _Kind:
        kind = _Kind(told, self._named())
        self._kinds[kind.wave] = kind
        if len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)
        return kind
