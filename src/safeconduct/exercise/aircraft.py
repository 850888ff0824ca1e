"""The exercise's MAVLink systems: an unarmed aircraft over the way, and a tracker in the vehicle.

Like ArduCopter under a jammed receiver (seen in its own simulator): `fix_type` stays 6 and `eph`
121, while satellites fall from 10 to 4, EKF flags gain 32768, and two warning texts come.
"""

import math
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.exercise.autopilot import Autopilot, metres_north
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.geo import Point, bearing_deg, distance_m, moved

GOOD_EKF, GLITCHING = 831, 32768
FULL_V, EMPTY_V = 16.8, 14.0
HEIGHT_M = 60.0
GREETING_M, GREETING_S = 5.0, 12.0  # "I see you": it rises and sinks a few metres, twice


class Receiver:
    """A GNSS receiver with a place to report: its noise, its satellites, and what a jam does."""

    def __init__(self, *, seed: int, noise_m: float = 1.0) -> None:
        self.jammed = False
        self._dice = random.Random(seed)
        self._noise_m = noise_m
        self._drift_m = 0.0

    def sees(self, true: Point) -> Point:
        """Return where it believes to be."""
        self._drift_m = self._drift_m + 2.0 if self.jammed else 0.0
        return moved(
            true,
            east_m=self._dice.gauss(0, self._noise_m) + self._drift_m,
            north_m=self._dice.gauss(0, self._noise_m),
        )

    def raw(self, now: datetime, at: Point) -> codec.MAVLink_message:
        """Return GPS_RAW_INT."""
        return codec.MAVLink_gps_raw_int_message(
            int(now.timestamp() * 1e6), 6, round(at.lat_deg * 1e7), round(at.lon_deg * 1e7),
            100_000, 121, 200, 0, 0, 4 if self.jammed else 10,
            h_acc=round(self._noise_m * 1000),
        )  # fmt: skip

    def ekf(self) -> codec.MAVLink_message:
        """Return EKF_STATUS_REPORT."""
        flags, variance = (GOOD_EKF | GLITCHING, 1.1) if self.jammed else (GOOD_EKF, 0.05)
        return codec.MAVLink_ekf_status_report_message(flags, 0.05, variance, 0.05, 0.05, 0.0)


class _System:
    """What aircraft and tracker share: a place in world time, told as MAVLink tells it."""

    def __init__(self, link: Autopilot, *, seed: int, noise_m: float) -> None:
        self.link = link
        self.receiver = Receiver(seed=seed, noise_m=noise_m)
        link.telling = {
            0: lambda _now: link._heartbeat(),  # noqa: SLF001  the two are one machine
            2: self._system_time,
            24: lambda now: self.receiver.raw(now, self.place(now)),
            33: self._position,
            193: lambda _now: self.receiver.ekf(),
        }

    def place(self, now: datetime) -> Point:
        """Return where it truly is at world time `now`."""
        raise NotImplementedError

    def motion(self) -> tuple[float, float]:
        """Return heading in degrees and speed in metres a second."""
        raise NotImplementedError

    def height_m(self) -> float:
        """Return metres above the ground."""
        return 0.0

    def start(self) -> None:
        """Switch it on."""
        self.link.start()

    def stop(self) -> None:
        """Switch it off."""
        self.link.stop()

    def obey(self, told: dict[str, Any]) -> None:
        """Do one order of an exercise file: {"does": "jam" | "clear" | "silent" | "back"}.

        Raises:
            ValueError: there is no such order.
        """
        does = told.get("does")
        if does == "jam":
            self.receiver.jammed = True
            self.link.say("GPS Glitch or Compass error")
            self.link.say("EKF variance")
        elif does == "clear":
            self.receiver.jammed = False
        elif does in {"silent", "back"}:
            self.link.silent = does == "silent"
        else:
            raise ValueError(f"a MAVLink system cannot {does!r}; it can jam, clear, silent, back")

    def _system_time(self, now: datetime) -> codec.MAVLink_message:
        return codec.MAVLink_system_time_message(int(now.timestamp() * 1e6), self.link.boot_ms(now))

    def _position(self, now: datetime) -> codec.MAVLink_message:
        at = self.receiver.sees(self.place(now))
        heading, speed = self.motion()
        north, east = metres_north(heading, speed)
        height = round(self.height_m() * 1000)
        return codec.MAVLink_global_position_int_message(
            self.link.boot_ms(now), round(at.lat_deg * 1e7), round(at.lon_deg * 1e7),
            100_000 + height, height, north, east, 0, round(heading * 100) % 36000,
        )  # fmt: skip


class Tracker(_System):
    """A tracker in the vehicle, a MAVLink system of its own."""

    def __init__(
        self, vehicle: Vehicle, *, system: int, to: tuple[str, int], log: Path, seed: int = 2,
        noise_m: float = 3.0, key: bytes | None = None,
    ) -> None:  # fmt: skip
        kind = codec.MAV_TYPE_GROUND_ROVER
        link = Autopilot(system=system, to=to, log=log, kind=kind, key=key)
        super().__init__(link, seed=seed, noise_m=noise_m)
        self.vehicle = vehicle

    def place(self, now: datetime) -> Point:
        """Return where the vehicle is."""
        return self.vehicle.where(now)

    def motion(self) -> tuple[float, float]:
        """Return how the vehicle moves."""
        return self.vehicle.heading_deg, self.vehicle.speed_m_s if self.vehicle.moving else 0.0


class Aircraft(_System):
    """An unarmed quadrotor that a pilot keeps over the vehicle, or over one place.

    Its pilot is part of the simulation: no order of the product's moves it.
    """

    def __init__(
        self, *, system: int, to: tuple[str, int], log: Path, home: Point, seed: int = 1,
        speed_m_s: float = 15.0, endurance_s: float = 1800.0, key: bytes | None = None,
    ) -> None:  # fmt: skip
        super().__init__(Autopilot(system=system, to=to, log=log, key=key), seed=seed, noise_m=1.0)
        self.link.telling |= {1: self._sys_status, 147: self._battery, 162: self._fence}
        self.flying = False
        self._greets_s = 0.0
        self._at, self._speed_m_s, self._endurance_s = home, speed_m_s, endurance_s
        self._goal: Callable[[datetime], Point] = lambda _now: home
        self._last: datetime | None = None
        self._flown_s = 0.0
        self._heading_deg, self._moving_m_s = 0.0, 0.0

    def over(self, vehicle: Vehicle) -> None:
        """Take off and keep over the vehicle, 30 m beside it."""
        self.flying = True
        self._goal = lambda now: moved(vehicle.where(now), east_m=0, north_m=30)

    def hold_at(self, point: Point) -> None:
        """Take off and stand over one place."""
        self.flying = True
        self._goal = lambda _now: point

    def place(self, now: datetime) -> Point:
        """Return where it is, having flown toward its goal since it was last asked."""
        step_s = min(60.0, (now - self._last).total_seconds()) if self._last else 0.0
        self._last = now
        if not self.flying:
            return self._at
        self._flown_s += step_s
        self._greets_s = max(0.0, self._greets_s - step_s)
        goal = self._goal(now)
        away = distance_m(self._at, goal)
        self._heading_deg = bearing_deg(self._at, goal) if away > 1 else self._heading_deg
        run = min(away, self._speed_m_s * step_s)
        self._moving_m_s = run / step_s if step_s > 0 else self._moving_m_s
        turn = math.radians(self._heading_deg)
        self._at = moved(self._at, east_m=run * math.sin(turn), north_m=run * math.cos(turn))
        return self._at

    def motion(self) -> tuple[float, float]:
        """Return how it flies."""
        return self._heading_deg, self._moving_m_s

    def height_m(self) -> float:
        """Return its height; it rises and sinks by some metres while its pilot greets."""
        if not self.flying:
            return 0.0
        return HEIGHT_M + GREETING_M * math.sin(self._greets_s / GREETING_S * 4 * math.pi)

    def obey(self, told: dict[str, Any]) -> None:
        """Do one order: {"does": "greet"} rises and sinks twice; else as for every system."""
        if told.get("does") == "greet":
            self._greets_s = GREETING_S
        else:
            super().obey(told)

    @property
    def battery_percent(self) -> int:
        """Return what is left, by world time in the air."""
        return max(0, round(100 * (1 - self._flown_s / self._endurance_s)))

    def _volts_mv(self) -> int:
        share = self.battery_percent / 100
        return round((EMPTY_V + (FULL_V - EMPTY_V) * share) * 1000)

    def _sys_status(self, _now: datetime) -> codec.MAVLink_message:
        return codec.MAVLink_sys_status_message(
            0, 0, 0, 300, self._volts_mv(), 1500, self.battery_percent, 0, 0, 0, 0, 0, 0
        )

    def _battery(self, _now: datetime) -> codec.MAVLink_message:
        cells = [self._volts_mv(), *[0xFFFF] * 9]
        return codec.MAVLink_battery_status_message(
            0, 0, 0, 3500, cells, 1500, -1, -1, self.battery_percent
        )

    def _fence(self, _now: datetime) -> codec.MAVLink_message:
        return codec.MAVLink_fence_status_message(0, 0, 0, 0)
