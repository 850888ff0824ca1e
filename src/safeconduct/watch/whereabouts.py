"""Where he is, of all who tell it: one place with an uncertainty that grows, and never a made-up motion.

A tracker, his live location, his words, the pilot's mark and a click on the map are fixes of one man.
Between fixes the place stands still and its circle grows as fast as he could move; a fix that comes late,
or that nobody can have driven to, moves nothing. What contradicts is told as doubt, for a person to end:
who looks at him with his own eyes is believed against any machine. Pure: metres, seconds.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from safeconduct.geo import Point, distance_m, local_m, moved
from safeconduct.watch.filter import BRAKING_M_S2, Axis, noise_m
from safeconduct.watch.fixes import WORDS, Judged

EYES = frozenset({"pilot", "map"})  # a person looks at him
FAST_M_S = 25.0  # 90 km/h: a way of roads, not a flight
WALK_M_S = 1.5
GATE = 4.0  # standard deviations beyond which a fix contradicts what is known
SLACK_M = 10.0
AGREE = 3  # fixes in a row that agree, before a source that contradicted is believed again
CIRCLE = 2.45  # standard deviations of a plane that hold 95 in 100 (Rayleigh: sqrt(-2 ln 0.05))


@dataclass(frozen=True, slots=True)
class Told:
    """The last word of one source: when, where, how exactly, and whether it is believed."""

    source: str
    at: datetime
    point: Point
    radius_m: float
    believed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where he probably is at one instant.

    Attributes:
        at: of the last fix that was believed; the place is as old as that.
        radius_m: he is in this circle in 95 of 100 cases, if he keeps to roads.
        source: who told the last believed fix.
        doubt: some source contradicts, or tells a position that is not to be trusted.
        told: every source's last word, newest first.
    """

    at: datetime
    point: Point
    radius_m: float
    source: str
    doubt: bool
    told: tuple[Told, ...]


@dataclass(slots=True)
class Whereabouts:
    """The estimate of one man, fed with fixes in the order in which they came."""

    told: dict[str, Told] = field(default_factory=dict)
    _origin: Point | None = None
    _axes: tuple[Axis, Axis] = field(default_factory=lambda: (Axis(0, 1), Axis(0, 1)))
    _at: datetime | None = None
    _source: str = ""
    _agreed: dict[str, int] = field(default_factory=dict)  # of sources that are not believed

    def take(self, fix: Judged) -> bool:
        """Take one fix; return whether the place now rests on it."""
        source, before = fix.fix.source, self.told.get(fix.fix.source)
        if before is not None and fix.at <= before.at:
            return False  # said before, or overtaken
        late = self._at is not None and fix.at < self._at
        believed = fix.trusted and (late or self._believes(fix, before))
        radius_m = CIRCLE * noise_m(fix)
        self.told[source] = Told(source, fix.at, fix.point, radius_m, believed)
        if late or not believed:
            return False
        self._follow(fix)
        if source in EYES:
            self._confirm(fix)
        return True

    def _believes(self, fix: Judged, before: Told | None) -> bool:
        """Judge whether a fix agrees with what is known, or weighs more than what it contradicts."""
        source = fix.fix.source
        if self._agrees(fix):
            return source not in self._agreed or self._returns(fix, before)
        if _rank(source) > _rank(self._source):
            self._agreed[self._source] = 0
            self._at = None  # the place begins anew where this fix has it
            return True
        self._agreed[source] = 0
        return False

    def _returns(self, fix: Judged, before: Told | None) -> bool:
        """Return whether a source that contradicted is believed again: it jumped back, and stayed.

        That the circle has grown over where it points is no agreement.
        """
        source = fix.fix.source
        if self._agreed[source] == 0 and before is not None:
            seconds = (fix.at - before.at).total_seconds()
            step_m = distance_m(before.point, fix.point)
            if step_m <= FAST_M_S * seconds + GATE * noise_m(fix):
                return False
        self._agreed[source] += 1
        if self._agreed[source] < AGREE:
            return False
        del self._agreed[source]
        return True

    def _confirm(self, fix: Judged) -> None:
        """Believe again whatever points to where a person has just seen him."""
        for source in list(self._agreed):
            told = self.told[source]
            moved_m = FAST_M_S * abs((fix.at - told.at).total_seconds())
            near_m = told.radius_m + CIRCLE * noise_m(fix) + moved_m
            if distance_m(told.point, fix.point) <= near_m:
                del self._agreed[source]

    def _agrees(self, fix: Judged) -> bool:
        """Return whether he can be where a fix has him: by what the filter expects, and by road speed."""
        if self._origin is None or self._at is None:
            return True
        seconds = max(0.0, (fix.at - self._at).total_seconds())
        metres = local_m(fix.point, origin=self._origin)
        ahead = [replace(axis) for axis in self._axes]
        for axis in ahead:
            axis.predict(seconds)
        off = math.hypot(*(there - axis.at_m for there, axis in zip(metres, ahead, strict=True)))
        spread = math.sqrt(sum(axis.var_at for axis in ahead) + 2 * noise_m(fix) ** 2)
        here = math.hypot(*(m - axis.at_m for m, axis in zip(metres, self._axes, strict=True)))
        known = math.sqrt(sum(axis.var_at for axis in self._axes) + 2 * noise_m(fix) ** 2)
        reach_m = FAST_M_S * seconds + GATE * known + SLACK_M
        return off <= GATE * spread + SLACK_M and here <= reach_m

    def _follow(self, fix: Judged) -> None:
        if self._origin is None or self._at is None:
            variance = noise_m(fix) ** 2
            self._origin, self._at, self._source = fix.point, fix.at, fix.fix.source
            self._axes = Axis(0.0, variance), Axis(0.0, variance)
            return
        seconds = (fix.at - self._at).total_seconds()
        metres = local_m(fix.point, origin=self._origin)
        for axis, measured in zip(self._axes, metres, strict=True):
            axis.predict(seconds)
            axis.believe(measured_m=measured, noise_m=noise_m(fix))
        self._at, self._source = fix.at, fix.fix.source

    def place(self, *, now: datetime) -> Place | None:
        """Return where he probably is at `now`; None before anybody told anything to be believed."""
        if self._origin is None or self._at is None:
            return None
        east, north = self._axes
        spread = math.sqrt((east.var_at + north.var_at) / 2)
        speed = math.hypot(east.speed_m_s, north.speed_m_s)
        unsure = math.sqrt(max(east.var_speed, north.var_speed))
        grown = _reach_m(speed + 2 * unsure, (now - self._at).total_seconds())
        doubt = bool(self._agreed) or any(
            not each.believed and each.at >= self._at for each in self.told.values()
        )
        return Place(
            at=self._at,
            point=moved(self._origin, east_m=east.at_m, north_m=north.at_m),
            radius_m=CIRCLE * spread + grown,
            source=self._source,
            doubt=doubt,
            told=tuple(sorted(self.told.values(), key=lambda each: each.at, reverse=True)),
        )


def _rank(source: str) -> int:
    """Return how much a source weighs against another that contradicts it: eyes, machines, words."""
    return 2 if source in EYES else 0 if source in WORDS else 1


def _reach_m(speed_m_s: float, seconds: float) -> float:
    """Return how far he may have come from the place since: as fast as he was, and faster by and by."""
    if seconds <= 0:
        return 0.0
    begins = min(FAST_M_S, max(WALK_M_S, speed_m_s))
    gains_s = min(seconds, (FAST_M_S - begins) / BRAKING_M_S2)
    gained = begins * gains_s + BRAKING_M_S2 * gains_s**2 / 2
    return gained + FAST_M_S * (seconds - gains_s)


def where(fixes: Iterable[Judged], *, now: datetime) -> Place | None:
    """Return where he probably is at `now`, of fixes in the order in which they came."""
    known = Whereabouts()
    for fix in fixes:
        known.take(fix)
    return known.place(now=now)


def apart_m(place: Place, told: Told) -> float:
    """Return how far a source's last word lies from the place, in metres."""
    return distance_m(place.point, told.point)
