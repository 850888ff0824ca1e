"""A campaign's batch before its gateway: taken a range at a time, settled range by range.

One note marks a range as taken and names its attempts, in the transaction that takes it. Beside results
that are stored stands, in their own transaction, what of the range is left without one. So an attempt
has neither a note nor a row of its own, and after any death it is known of each whether it was taken
and whether it was told of. A batch that was taken whole is known by its key as long as rows are.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from safeconduct.envelope import OutboundText
from safeconduct.spool.lanes import Arrived
from safeconduct.spool.queue import KEYS_KEPT, Change, Queue

_TAKEN, _LEFT = "range:", "left:"  # notes: in the queue from the core, in the one to it
_BEGUN, _WHOLE = "begun:", "whole:"
_FORGET_EVERY = 1_000  # rows


class Ranges:
    """What of batches was taken and not told of yet.

    Args:
        from_core: the queue that batches come from; its transactions take.
        to_core: the queue that results go to; its transactions settle.
    """

    def __init__(self, from_core: Queue, to_core: Queue) -> None:
        self._from_core, self._to_core = from_core, to_core
        self._left: dict[str, dict[str, None]] = {}  # attempts of a range without a stored result
        self._range_of: dict[str, str] = {}
        self._told: deque[str] = deque()  # ranges whose last result is stored
        self._gone: deque[str] = deque()  # and whose note has gone

    def __contains__(self, attempt: str) -> bool:
        """Return whether an attempt was taken in a range, and no result of it was stored."""
        return attempt in self._range_of

    def recover(self) -> list[str]:
        """Return the attempts that an earlier life took and stored no result of."""
        taken = self._from_core.notes(_TAKEN)
        left = self._to_core.notes(_LEFT)
        found: list[str] = []
        for name, attempts in taken.items():
            place = name.removeprefix(_TAKEN)
            untold = left.get(_LEFT + place, attempts).decode().split()
            self._hold(place, untold)
            found += untold
        places = {name.removeprefix(_LEFT) for name in left}
        self._gone.extend(places - {name.removeprefix(_TAKEN) for name in taken})
        return found

    def _hold(self, place: str, attempts: Iterable[str]) -> None:
        self._left[place] = dict.fromkeys(attempts)
        self._range_of.update(dict.fromkeys(attempts, place))
        if not self._left[place]:
            self._told.append(place)

    def take(
        self, change: Change, batch: Arrived, texts: Sequence[OutboundText], *, limit: int
    ) -> tuple[list[Arrived], bool]:
        """Take the next texts of a batch, `limit` at most; return them, and whether none is left.

        A batch that was taken whole before has none left.
        """
        begun = f"{_BEGUN}{batch.key}"
        if change.note(f"{_WHOLE}{batch.key}") is not None:
            return [], True
        start = int(change.note(begun) or 0)
        some = texts[start : start + limit]
        if some:
            attempts, place = [text.attempt for text in some], f"{batch.key}/{start}"
            change.set_note(_TAKEN + place, "\n".join(attempts).encode())
            self._hold(place, attempts)
        whole = start + limit >= len(texts)
        change.set_note(begun, None if whole else str(start + limit).encode())
        if whole:
            self._know(change, batch)
        return [
            Arrived(batch.row, batch.sender, text.attempt, b"", told=text) for text in some
        ], whole

    def _know(self, change: Change, batch: Arrived) -> None:
        """Know a batch that was taken whole, should it come again; forget those of long ago."""
        change.set_note(f"{_WHOLE}{batch.key}", str(batch.row).encode())
        if batch.row % _FORGET_EVERY == 0:
            known = change.notes(_WHOLE).items()
            change.drop_notes(name for name, row in known if int(row) <= batch.row - KEYS_KEPT)

    def drop_told(self, change: Change) -> None:
        """Drop the marks of ranges of which all is told, in a transaction that takes."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        change.drop_notes(_TAKEN + place for place in told)
        self._gone.extend(told)

    def settle(self, change: Change, attempts: Iterable[str]) -> None:
        """Note what is left of these attempts' ranges, in the transaction that stores their results."""
        gone = [self._gone.popleft() for _ in range(len(self._gone))]
        change.drop_notes(_LEFT + place for place in gone)
        told: dict[str, set[str]] = {}
        for attempt in attempts:
            told.setdefault(self._range_of[attempt], set()).add(attempt)
        for place, some in told.items():
            left = (each for each in self._left[place] if each not in some)
            change.set_note(_LEFT + place, "\n".join(left).encode())

    def stored(self, attempts: Iterable[str]) -> None:
        """Hold these attempts no longer: their results are on the disk."""
        for attempt in attempts:
            place = self._range_of.pop(attempt, "")
            if place and attempt in self._left[place]:
                del self._left[place][attempt]
                if not self._left[place]:
                    del self._left[place]
                    self._told.append(place)
