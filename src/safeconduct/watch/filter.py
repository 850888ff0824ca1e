"""A constant-velocity Kalman filter, x and y apart, for tracks that jitter. Pure, standard library.

State per axis: metres and metres a second. The noise of a fix is its own `h_acc_mm`, else 5 m;
the noise of the journey is an acceleration of 1.5 m/s² (a car in traffic brakes at 1 to 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.geo import Point, local_m, moved
from safeconduct.watch.fixes import Judged

OPEN_SKY_M = 5.0  # 4.9 m under open sky (GPS.gov, accuracy page)
BRAKING_M_S2 = 1.5


@dataclass(slots=True)
class _Axis:
    """Position and speed on one axis, with their variances."""

    at_m: float
    var_at: float
    speed_m_s: float = 0.0
    var_speed: float = 400.0  # 20 m/s: nothing is known of the speed yet
    covar: float = 0.0

    def step(self, *, seconds: float, measured_m: float, noise_m: float) -> None:
        """Predict over `seconds`, then believe the measurement as far as its noise allows."""
        push = BRAKING_M_S2**2
        self.at_m += self.speed_m_s * seconds
        self.var_at += (
            2 * seconds * self.covar + seconds**2 * self.var_speed + push * seconds**4 / 4
        )
        self.covar += seconds * self.var_speed + push * seconds**3 / 2
        self.var_speed += push * seconds**2
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


def smoothed(fixes: Sequence[Judged]) -> list[Smooth]:
    """Return the filtered track, one for each fix, oldest first; empty for none."""
    if not fixes:
        return []
    origin, last = fixes[0].point, fixes[0].at
    noise = _noise_m(fixes[0])
    east, north = _Axis(0.0, noise**2), _Axis(0.0, noise**2)
    track = [Smooth(last, origin, 0.0, 0.0)]
    for fix in fixes[1:]:
        seconds, last = (fix.at - last).total_seconds(), fix.at
        x, y = local_m(fix.point, origin=origin)
        east.step(seconds=seconds, measured_m=x, noise_m=_noise_m(fix))
        north.step(seconds=seconds, measured_m=y, noise_m=_noise_m(fix))
        point = moved(origin, east_m=east.at_m, north_m=north.at_m)
        track.append(Smooth(fix.at, point, east.speed_m_s, north.speed_m_s))
    return track


def _noise_m(fix: Judged) -> float:
    told = fix.fix.health.get("h_acc_mm", 0) / 1000
    return max(1.0, told or OPEN_SKY_M)
