"""The two that are watched: the man's vehicle and the aircraft over him. One form for core and station. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from safeconduct.envelope import Position
from safeconduct.watch.fixes import WORDS, Judged
from safeconduct.watch.followed import Followed

MEMORY = timedelta(minutes=10)
APART = timedelta(milliseconds=400)  # fixes closer in time say nothing more to a judge
WAITED = timedelta(seconds=5)  # a datagram is not overtaken by more
NEIGHBOURS = 8  # fixes back, among which the last of the same source lies
MOST, LEAST = 400, 5  # of one machine; ten minutes at one fix in 1.5 s


@dataclass(slots=True)
class Pair:
    """Vehicle and aircraft, each followed fix by fix."""

    vehicle: Followed = field(default_factory=Followed)
    aircraft: Followed = field(default_factory=Followed)
    flies: str = ""  # the machine that `aircraft` follows

    def add(self, fixes: Iterable[Position], *, flies: str) -> bool:
        """Follow fixes; those too close in time to the one before are left out, doubts never.

        One that waited while its gateway was a release ahead is on record, and no news any more.

        Args:
            fixes: as they come.
            flies: the machine that watches now; another one's are followed anew.

        Returns:
            Whether there was anything new to judge by.
        """
        fresh = False
        for fix in fixes:
            subject = self.vehicle
            if fix.subject == flies:
                if fix.subject != self.flies:  # another one watches now
                    self.flies, self.aircraft = fix.subject, Followed()
                subject = self.aircraft
            if fix.source in WORDS or _says_nothing(fix, subject.fixes):
                continue
            subject.take(fix)
            fresh = True
        return fresh

    def forget(self, *, now: datetime) -> None:
        """Drop what is older than the memory, but never the last fixes there are."""
        for subject in (self.vehicle, self.aircraft):
            subject.forget(before=now - MEMORY, most=MOST, least=LEAST)


def _says_nothing(fix: Position, known: Sequence[Judged]) -> bool:
    """Return whether a fix comes too soon after the last of its source, or far too late."""
    if not known:
        return False
    if known[-1].fix.fixed_at - fix.fixed_at > WAITED:
        return True
    for last in reversed(known[-NEIGHBOURS:]):
        if last.fix.source == fix.source:
            return fix.fixed_at - last.fix.fixed_at < APART and fix.health == last.fix.health
    return False
