"""What came in the last minutes, in memory: octets that are equal to some of it are told.

A carrier may deliver again what it has our answer for, by the same link. Nothing tells such a one
from a man who repeats himself, so both are kept and the later one is marked (decision 0110). What
is remembered is no text and no number, only a hash that Python keys anew in each process, and it
is gone with the process.
"""

import time
from collections.abc import Callable, Sequence

FORGETS_S = 60.0  # at the soonest, and twice that at the latest
MOST = 50_000  # in one half; a flood is remembered for a shorter while, and takes no more memory


class Lately:
    """Two halves: what comes goes into the newer one, and when that is old or full it is the older.

    Args:
        moment: seconds of a clock that never runs backwards.
    """

    def __init__(self, moment: Callable[[], float] = time.monotonic) -> None:
        self._moment = moment
        self._newer: set[int] = set()
        self._older: set[int] = set()
        self._turned = moment()

    def among(self, octets: Sequence[bytes]) -> list[bool]:
        """Return which of these are equal to one that came lately, or to an earlier one of them."""
        self._turn()
        met: set[int] = set()
        marks = []
        for each in map(hash, octets):
            marks.append(each in met or each in self._newer or each in self._older)
            met.add(each)
        return marks

    def came(self, octets: Sequence[bytes]) -> None:
        """Remember them, once they are on disk: what was not taken in comes again of right."""
        self._newer.update(map(hash, octets))

    def _turn(self) -> None:
        waited_s = self._moment() - self._turned
        if waited_s >= FORGETS_S or len(self._newer) >= MOST:
            self._older = self._newer if waited_s < 2 * FORGETS_S else set()
            self._newer, self._turned = set(), self._moment()
