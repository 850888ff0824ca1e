"""Whether two things take as long as each other, within a margin that was stated before. Pure.

Two one-sided tests at 5 % each are one interval of 90 %: whatever the true difference is, it lies within, and
whoever wants to call the two alike shows that all of it lies within the margin. The interval is that of
the median of paired differences by its order statistics, so it asks for no shape of the noise: on a machine
that does other things too, one pair in ten may be off by any amount.
"""

from collections.abc import Sequence
from math import comb

CONFIDENCE = 0.90  # two one-sided tests at 5 %
FEWEST = 30  # pairs; with fewer the interval is too wide to say anything


def median_between(
    differences: Sequence[float], confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval in which the median of paired differences lies.

    Args:
        differences: of at least `FEWEST` pairs, in any unit.
        confidence: of the interval.

    Raises:
        ValueError: too few pairs.
    """
    count = len(differences)
    if count < FEWEST:
        raise ValueError(f"{count} pairs tell nothing; measure at least {FEWEST}")
    below, rank = 0.0, 0
    while below + comb(count, rank) / 2**count <= (1 - confidence) / 2:
        below += comb(count, rank) / 2**count
        rank += 1
    ordered = sorted(differences)
    low = max(0, rank - 1)
    return ordered[low], ordered[count - 1 - low]


def farthest(differences: Sequence[float]) -> float:
    """Return how far from nothing the difference may be: alike within a margin is below it."""
    return max(abs(bound) for bound in median_between(differences))


def nearest(differences: Sequence[float]) -> float:
    """Return how far from nothing the difference is at least: 0 where it may be none at all."""
    low, high = median_between(differences)
    return 0.0 if low <= 0 <= high else min(abs(low), abs(high))
