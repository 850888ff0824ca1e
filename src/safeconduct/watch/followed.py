"""A subject's fixes as they come, each judged and smoothed once; what is judged again every second stays cheap.

The same fixes give the same as judging them all anew; a fix that comes late has all behind it judged again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.watch.filter import Filter, Smooth
from safeconduct.watch.fixes import Judged, judge_next, told_at


@dataclass(slots=True)
class Followed:
    """One subject under way.

    Attributes:
        line: the agreed way, two points or more; empty for an aircraft.
        start_m: metres along the way where it was before the first fix that is remembered.
        fixes: oldest first.
    """

    line: tuple[Point, ...] = ()
    start_m: float = 0.0
    fixes: list[Judged] = field(default_factory=list)
    _filter: Filter = field(default_factory=Filter)
    _best: int = 0

    @property
    def smooth(self) -> Sequence[Smooth]:
        """Return the filtered track, one for each fix."""
        return self._filter.track

    def take(self, fix: Position) -> None:
        """Take one fix; one that is older than the newest makes those after it be judged anew."""
        if not self.fixes or told_at(fix) >= self.fixes[-1].at:
            self._next(fix)
        else:
            known = [*(each.fix for each in self.fixes), fix]
            self._anew(sorted(known, key=told_at))

    def _next(self, fix: Position) -> None:
        before = self.fixes[-1] if self.fixes else None
        one = judge_next(fix, before=before, best=self._best, line=self.line, start_m=self.start_m)
        self._best = max(self._best, fix.health.get("satellites", 0))
        self.fixes.append(one)
        self._filter.take(one)

    def _anew(self, fixes: Sequence[Position]) -> None:
        self.fixes, self._filter, self._best = [], Filter(), 0
        for fix in fixes:
            self._next(fix)

    def turn(self, line: Sequence[Point]) -> None:
        """Follow another way from now on: its beginning is the same."""
        self.line = tuple(line)
        self._anew([each.fix for each in self.fixes])

    def forget(self, *, before: datetime, most: int, least: int) -> None:
        """Drop what is older, or beyond the newest `most`; never the last `least` fixes."""
        old = next((n for n, each in enumerate(self.fixes) if each.at >= before), len(self.fixes))
        gone = min(max(old, len(self.fixes) - most), len(self.fixes) - least)
        if gone <= 0:
            return
        self.start_m = self.fixes[gone - 1].along_m
        del self.fixes[:gone], self._filter.track[:gone]
        self._best = max((each.fix.health.get("satellites", 0) for each in self.fixes), default=0)


def followed(
    fixes: Sequence[Position], *, line: Sequence[Point] = (), start_m: float = 0.0
) -> Followed:
    """Return fixes of one subject, in order, followed from the first to the last."""
    one = Followed(tuple(line), start_m)
    for fix in fixes:
        one.take(fix)
    return one
