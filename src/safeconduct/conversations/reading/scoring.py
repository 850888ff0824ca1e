"""A linear model: TF-IDF of pieces of words and of words, one weight for each class. Pure.

What `tools/train_triage.py` learned, as numbers in `model.json`; it is added up here, without any
library, and of each word it is known how much it added. A score orders; it is no probability and is
shown to nobody.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from safeconduct.conversations.reading.lexicon import Hit
from safeconduct.conversations.reading.script import Heard

TOPIC_SIGN = "of:"  # before the name of a topic: what a word is about, and no reason by itself
SHORTEST, LONGEST = 2, 5  # letters of a piece, the blank before and after the word among them


def pieces_of(words: Sequence[Heard]) -> Iterator[tuple[str, int, int]]:
    """Yield each feature with the first and the last word it lies in."""
    for place, word in enumerate(words):
        padded = f" {word.form} "
        for size in range(SHORTEST, min(LONGEST, len(padded)) + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size], place, place
        yield f"w:{word.form}", place, place
        if place:
            yield f"w:{words[place - 1].form} {word.form}", place - 1, place


def reasons_of(found: Collection[str]) -> list[str]:
    """Return the features of what was found: reason or topic, and a reason again if found twice."""
    many = Counter(found)
    return [f"r:{reason}" for reason in many] + [
        f"rr:{reason}"
        for reason, times in many.items()
        if times > 1 and not reason.startswith(TOPIC_SIGN)
    ]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a text got: the sum of each class, and how much of it each word brought."""

    sums: Mapping[str, float]
    by_word: Mapping[str, Sequence[float]]

    def odds(self, classes: Collection[str]) -> float:
        """Return the logarithm of how much more `classes` weigh than all others."""
        top = max(self.sums.values())
        ours = sum(math.exp(self.sums[name] - top) for name in classes)
        others = sum(math.exp(s - top) for name, s in self.sums.items() if name not in classes)
        return math.log(max(ours, 1e-12)) - math.log(max(others, 1e-12))


class Model:
    """Weights by feature: first its IDF, then one weight for each class in order."""

    def __init__(
        self, classes: Sequence[str], weights: Mapping[str, Sequence[float]], bias: Sequence[float]
    ) -> None:
        self.classes, self.weights, self._bias = tuple(classes), weights, tuple(bias)

    def scores(self, words: Sequence[Heard], hits: Sequence[Hit]) -> Scores:
        """Return each class's score; each word's share of it, with the bias, makes the sum.

        Args:
            hits: what the lexicon found; reasons and topics are features as well.
        """
        parts = [[0.0] * len(words) for _ in self.classes]
        self._add_pieces(parts, words)
        self._add_reasons(parts, hits)
        sums = {
            name: self._bias[number] + sum(parts[number])
            for number, name in enumerate(self.classes)
        }
        return Scores(sums, dict(zip(self.classes, parts, strict=True)))

    def _add_pieces(self, parts: list[list[float]], words: Sequence[Heard]) -> None:
        places: dict[str, list[tuple[int, int]]] = {}
        for piece, first, last in pieces_of(words):
            if piece in self.weights:
                places.setdefault(piece, []).append((first, last))
        values = {
            piece: (1 + math.log(len(where))) * self.weights[piece][0]
            for piece, where in places.items()
        }
        length = math.sqrt(sum(value * value for value in values.values())) or 1.0
        for piece, where in places.items():
            share = values[piece] / length / len(where) / 2
            weights = self.weights[piece][1:]
            for first, last in where:
                for part, weight in zip(parts, weights, strict=True):
                    part[first] += share * weight
                    part[last] += share * weight

    def _add_reasons(self, parts: list[list[float]], hits: Sequence[Hit]) -> None:
        places: dict[str, set[int]] = {}
        for hit in hits:
            places.setdefault(hit.reason, set()).update(hit.words)
        for name in reasons_of([hit.reason for hit in hits]):
            where = places[name.partition(":")[2]]
            for part, weight in zip(parts, self.weights.get(name, ())[1:], strict=False):
                for place in where:
                    part[place] += weight / len(where)
