"""A count that may leave a room: below ten it reads "<10", whatever anybody does to it. Pure.

Zero looks like nine, so that the page does not say in which week nobody came.
"""

from dataclasses import dataclass

SMALL = 10  # no cell under 10 leaves: in so few, neighbours and hunters can count
HIDDEN = "<10"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Cell:
    """A suppressed count. It adds up with cells of its own kind; it does not compare or divide."""

    kind: str
    _count: int

    def __str__(self) -> str:
        return HIDDEN if self._count < SMALL else f"{self._count:,}"

    def __repr__(self) -> str:
        return f"<Cell {self.kind} {self}>"

    def __add__(self, other: "Cell") -> "Cell":
        """Return the sum of two counts of the same kind.

        Raises:
            TypeError: the kinds differ; an application is not a surrender.
        """
        if self.kind != other.kind:
            raise TypeError(f"{self.kind} and {other.kind} are never added")
        return Cell(self.kind, self._count + other._count)
