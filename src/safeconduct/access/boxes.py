"""A sealed box in our hands, and where it belongs. Pure: it neither seals nor opens."""

from typing import Any


class Box(bytes):
    """Sealed bytes that know their column, and their row since they were sealed.

    Attributes:
        column: "room.Model.field".
        ref: of the row it was sealed for; "" when it was read from a row, which may be any.
        fresh: whether it was sealed here and lies in no row yet.
    """

    column: str
    ref: str
    fresh: bool

    def __new__(cls, raw: bytes, *, column: str, ref: str = "", fresh: bool = False) -> "Box":
        """Return `raw` as a box of `column`."""
        box = super().__new__(cls, raw)
        box.column, box.ref, box.fresh = column, ref, fresh
        return box

    def __repr__(self) -> str:
        """Return that it is sealed."""
        return "<sealed>"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse to be pickled: it would forget where it belongs."""
        raise TypeError("a sealed box is not pickled; put it into its row")
