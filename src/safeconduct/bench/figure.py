"""One measured figure beside what it is measured against."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


class CannotMeasure(RuntimeError):
    """What a benchmark needs is not here; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a benchmark found.

    Attributes:
        against: the named peer, or the physical limit, measured in the same run.
        ratio: value over the other's value; None when the peer is missing.
        target: the ratio to keep to, as a sentence of one comparison, <=, >= or ==: "<= 1.5".
    """

    bench: str
    metric: str
    value: float
    unit: str
    against: str
    ratio: float | None
    target: str

    @property
    def met(self) -> bool:
        """Return whether the ratio keeps to the target; a missing peer never does."""
        if self.ratio is None:
            return False
        sign, bound = self.target.split()
        return _HOLDS[sign](self.ratio, float(bound))


def middle(values: list[float]) -> float:
    """Return the median of at least one value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def share(values: list[float], fraction: float) -> float:
    """Return the value below which `fraction` of at least one value lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]
