"""The names of a map in one run of bytes, so that many processes share them unread."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

Names = dict[str, str]


class NameTable(Sequence[Names]):
    """Names by number, each {language: name}; a name is read from the bytes when it is asked for.

    Attributes:
        at: name n lies at `blob[at[n]:at[n + 1]]`.
        blob: JSON objects one after the other, keys in order.
    """

    def __init__(self, at: npt.NDArray[np.int64], blob: npt.NDArray[np.uint8]) -> None:
        self.at, self.blob = at, blob

    @classmethod
    def of(cls, names: Iterable[Names]) -> "NameTable":
        """Return the table of these names, numbered as they come."""
        told = [json.dumps(one, ensure_ascii=False, sort_keys=True).encode() for one in names]
        at = np.concatenate([[0], np.cumsum([len(one) for one in told], dtype=np.int64)])
        return cls(at.astype(np.int64), np.frombuffer(b"".join(told), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.at) - 1

    @overload
    def __getitem__(self, number: int) -> Names: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Names]: ...
    def __getitem__(self, number: int | slice) -> Names | Sequence[Names]:
        """Return the names of one number, or of some.

        Raises:
            IndexError: there is no such number.
        """
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(f"a map of {len(self)} names has no name {number}")
        here = number % len(self)
        told: Names = json.loads(self.blob[self.at[here] : self.at[here + 1]].tobytes())
        return told

    def __iter__(self) -> Iterator[Names]:
        return (self[number] for number in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NameTable):
            return NotImplemented
        return np.array_equal(self.at, other.at) and np.array_equal(self.blob, other.blob)

    __hash__ = None  # type: ignore[assignment]
