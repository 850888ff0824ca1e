"""How a small quadrotor moves: speeds, accelerations, wind, battery. Metres and seconds about its home.

Numbers are ArduCopter's defaults by its documentation, or fitted to flights seen in its own simulator
(`TIMES` of the tests names those); nothing here knows of modes or messages.
"""

import math
from dataclasses import dataclass

TICK_S = 0.1
PUSH_M_S2, BRAKE_M_S2 = (
    2.5,
    2.0,
)  # WPNAV_ACCEL; braking begins a little early, so nothing is overshot
LIFT_M_S2 = 1.0  # WPNAV_ACCEL_Z
UP_M_S, DOWN_M_S = 2.5, 1.5  # WPNAV_SPEED_UP, WPNAV_SPEED_DN
TOUCH_M_S, LOW_M = 0.5, 10.0  # LAND_SPEED below LAND_ALT_LOW
SPOOL_S = 2.0  # from the order to take off until it lifts
AIR_M_S = 18.0  # it flies no faster through the air, whatever limit is set
FULL_V, EMPTY_V = 16.8, 14.0  # four cells


@dataclass(slots=True)
class Airframe:
    """One airframe. `seek` and `drift` move it on by one tick.

    Attributes:
        east_m, north_m, height_m: from home.
        hover_s: so long a full battery holds it up in still air.
        held_v: what the battery is made to show by an exercise; None shows what is left.
    """

    east_m: float = 0.0
    north_m: float = 0.0
    height_m: float = 0.0
    east_m_s: float = 0.0
    north_m_s: float = 0.0
    up_m_s: float = 0.0
    heading_deg: float = 0.0
    hover_s: float = 1800.0
    charge: float = 1.0
    held_v: float | None = None

    @property
    def volts(self) -> float:
        """Return what the battery shows."""
        left = EMPTY_V + (FULL_V - EMPTY_V) * self.charge
        return left if self.held_v is None else self.held_v

    @property
    def speed_m_s(self) -> float:
        """Return how fast it moves over the ground."""
        return math.hypot(self.east_m_s, self.north_m_s)

    def away_m(self, east_m: float, north_m: float) -> float:
        """Return how far a place lies from it, over the ground."""
        return math.hypot(east_m - self.east_m, north_m - self.north_m)

    def seek(
        self, east_m: float, north_m: float, height_m: float, *, limit_m_s: float,
        wind: tuple[float, float], moving: tuple[float, float] = (0.0, 0.0),
    ) -> None:  # fmt: skip
        """Fly toward a place for one tick, and brake before it; one that moves is flown along with."""
        away = self.away_m(east_m, north_m)
        speed = min(limit_m_s, math.sqrt(2 * BRAKE_M_S2 * away), away / TICK_S)
        share = speed / away if away > 0 else 0.0
        east, north = moving
        east, north = (
            east + (east_m - self.east_m) * share,
            north + (north_m - self.north_m) * share,
        )
        slower = limit_m_s / max(limit_m_s, math.hypot(east, north))
        self.drift(east * slower, north * slower, self._climb(height_m), wind=wind)

    def _climb(self, height_m: float) -> float:
        gap = height_m - self.height_m
        speed = min(math.sqrt(2 * 0.8 * LIFT_M_S2 * abs(gap)), abs(gap) / TICK_S)
        return min(speed, UP_M_S) if gap > 0 else -min(speed, DOWN_M_S)

    def drift(
        self, east_m_s: float, north_m_s: float, up_m_s: float, *, wind: tuple[float, float]
    ) -> None:
        """Fly with a velocity over the ground for one tick, as far as wind and thrust let it."""
        east_m_s, north_m_s = _through_air(east_m_s, north_m_s, wind)
        east, north = east_m_s - self.east_m_s, north_m_s - self.north_m_s
        most = PUSH_M_S2 * TICK_S / max(PUSH_M_S2 * TICK_S, math.hypot(east, north))
        self.east_m_s += east * most
        self.north_m_s += north * most
        lift = LIFT_M_S2 * TICK_S
        self.up_m_s += max(-lift, min(lift, up_m_s - self.up_m_s))
        self.east_m += self.east_m_s * TICK_S
        self.north_m += self.north_m_s * TICK_S
        self.height_m = max(0.0, self.height_m + self.up_m_s * TICK_S)
        if self.speed_m_s > 1:
            self.heading_deg = math.degrees(math.atan2(self.east_m_s, self.north_m_s)) % 360
        self._drain(math.hypot(self.east_m_s - wind[0], self.north_m_s - wind[1]))

    def _drain(self, air_m_s: float) -> None:
        """Spend what hovering costs, and up to half as much again at its fastest."""
        power = 1.0 + 0.5 * (air_m_s / AIR_M_S) ** 2
        self.charge = max(0.0, self.charge - power * TICK_S / self.hover_s)

    def settle(self) -> None:
        """Stand on the ground."""
        self.height_m = self.east_m_s = self.north_m_s = self.up_m_s = 0.0


def _through_air(
    east_m_s: float, north_m_s: float, wind: tuple[float, float]
) -> tuple[float, float]:
    """Return the velocity over the ground that is left of the one wanted: head wind takes its share."""
    east, north = east_m_s - wind[0], north_m_s - wind[1]
    air = math.hypot(east, north)
    if air <= AIR_M_S:
        return east_m_s, north_m_s
    return wind[0] + east * AIR_M_S / air, wind[1] + north * AIR_M_S / air
