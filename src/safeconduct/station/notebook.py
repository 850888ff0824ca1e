"""How the station writes: each step one transaction on its file, in which the chain goes on; a full disk is said."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from safeconduct.canonical import Carried
from safeconduct.spool.queue import Change, SpoolFull
from safeconduct.station.journal import Head, Journal
from safeconduct.station.under import Under
from safeconduct.stationed import StationWord


class Notebook:
    """One station's writing hand.

    Args:
        journal: its file.
        clock: world time.
    """

    def __init__(self, journal: Journal, *, clock: Callable[[], datetime]) -> None:
        self._journal, self._clock = journal, clock
        self.full = False  # the disk took nothing when it was asked last
        self._after: tuple[Under, Head] | None = None

    @contextmanager
    def storing(self) -> Iterator[Change]:
        """Open one transaction; what it wrote into the chain counts once it is on disk."""
        self._after = None
        try:
            with self._journal.queue.change() as change:
                yield change
        except SpoolFull:
            self.full = True
            raise
        self.full = False
        if self._after is not None:
            under, head = self._after
            under.head = head
            self._after = None

    def write(self, change: Change, under: Under, things: Sequence[Carried]) -> None:
        """Record things of a passage for the core."""
        passage = under.briefing.passage
        self._after = under, self._journal.write(change, passage, things, head=under.head)

    def word(
        self,
        what: str,
        *,
        about: str = "",
        numbers: dict[str, int] | None = None,
        unit: str = "",
        at: datetime | None = None,
    ) -> StationWord:
        """Return the record of one thing, of now if of no other time."""
        return StationWord(what, at or self._clock(), about, numbers or {}, unit)
