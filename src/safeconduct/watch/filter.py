"""A constant-velocity Kalman filter, x and y apart, for tracks that jitter. Pure, standard library.

State per axis: metres and metres a second. The noise of a fix is its own `h_acc_mm`, else what its
source is good for; the noise of the journey is an acceleration of 1.5 m/s² (a car in traffic brakes
at 1 to 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from safeconduct.geo import Point, local_m, moved
from safeconduct.watch.fixes import Judged

OPEN_SKY_M = 5.0  # 4.9 m under open sky (GPS.gov, accuracy page)
BRAKING_M_S2 = 1.5
# Metres, one standard deviation, of who tells no accuracy of his own (proposed): a pilot marks what is
# under his drone, a click on a map is as good as the map is large, words name a village or a crossing.
NOISE_M: Mapping[str, float] = MappingProxyType(
    {"pilot": 15.0, "map": 25.0, "share": 20.0, "text": 300.0}
)


@dataclass(slots=True)
class Axis:
    """Position and speed on one axis, with their variances."""

    at_m: float
    var_at: float
    speed_m_s: float = 0.0
    var_speed: float = 400.0  # 20 m/s: nothing is known of the speed yet
    covar: float = 0.0

    def predict(self, seconds: float) -> None:
        """Let `seconds` pass."""
        push = BRAKING_M_S2**2
        self.at_m += self.speed_m_s * seconds
        self.var_at += (
            2 * seconds * self.covar + seconds**2 * self.var_speed + push * seconds**4 / 4
        )
        self.covar += seconds * self.var_speed + push * seconds**3 / 2
        self.var_speed += push * seconds**2

    def believe(self, *, measured_m: float, noise_m: float) -> None:
        """Believe a measurement as far as its noise allows."""
        gain_at = self.var_at / (self.var_at + noise_m**2)
        gain_speed = self.covar / (self.var_at + noise_m**2)
        wrong = measured_m - self.at_m
        self.at_m += gain_at * wrong
        self.speed_m_s += gain_speed * wrong
        self.var_speed -= gain_speed * self.covar
        self.covar *= 1 - gain_at
        self.var_at *= 1 - gain_at


@dataclass(frozen=True, slots=True)
class Smooth:
    """Where a subject probably was, and its velocity east and north, metres a second."""

    at: datetime
    point: Point
    east_m_s: float
    north_m_s: float


@dataclass(slots=True)
class Filter:
    """The filter of one track, fed one fix after the other."""

    track: list[Smooth] = field(default_factory=list)
    _axes: tuple[Axis, Axis] | None = None
    _origin: Point | None = None

    def take(self, fix: Judged) -> None:
        """Take the next fix, in order of time."""
        if self._axes is None or self._origin is None:
            noise = noise_m(fix)
            self._origin = fix.point
            self._axes = Axis(0.0, noise**2), Axis(0.0, noise**2)
            self.track.append(Smooth(fix.at, fix.point, 0.0, 0.0))
            return
        seconds = (fix.at - self.track[-1].at).total_seconds()
        for axis, metres in zip(self._axes, local_m(fix.point, origin=self._origin), strict=True):
            axis.predict(seconds)
            axis.believe(measured_m=metres, noise_m=noise_m(fix))
        east, north = self._axes
        point = moved(self._origin, east_m=east.at_m, north_m=north.at_m)
        self.track.append(Smooth(fix.at, point, east.speed_m_s, north.speed_m_s))


def noise_m(fix: Judged) -> float:
    """Return one standard deviation of a fix in metres, 1 at least."""
    told = fix.fix.health.get("h_acc_mm", 0) / 1000
    return max(1.0, told or NOISE_M.get(fix.fix.source, OPEN_SKY_M))
