"""The exercise's MAVLink systems: unarmed aircraft that fly as ArduCopter does, and trackers in vehicles."""

import math
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import clock
from safeconduct.exercise.answers import Answers
from safeconduct.exercise.autopilot import Autopilot, Message
from safeconduct.exercise.copter import Copter
from safeconduct.exercise.parameters import PARAMETERS
from safeconduct.exercise.receiver import JAMMED, Receiver
from safeconduct.exercise.sticks import Sticks
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.weather import Weather
from safeconduct.geo import Point, distance_m

GROUND_M = 100.0  # of home, above the sea
LONGEST_STEP_S = 60.0  # where the world jumps, nothing flies through the gap
SEEN_M = 400.0  # so far a small camera shows a man (proposed)
VERSION = 0x04070000  # ArduCopter 4.7.0, as it was seen
CAPABLE = (
    8 + 16 + 4 + 32 + 128 + 256 + 8192 + 16384
)  # MAV_PROTOCOL_CAPABILITY: ints, MAVLink 2, fence


class _System:
    """What aircraft and tracker share: a place in world time, told as MAVLink tells it."""

    def __init__(self, link: Autopilot, *, seed: int, noise_m: float) -> None:
        self.link = link
        self.receiver = Receiver(seed=seed, noise_m=noise_m)
        link.telling = {
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
            for text in JAMMED:
                self.link.say(text)
        elif does == "clear":
            self.receiver.jammed = False
        elif does in {"silent", "back"}:
            self.link.silent = does == "silent"
        else:
            raise ValueError(f"a MAVLink system cannot {does!r}; it can jam, clear, silent, back")

    def _system_time(self, now: datetime) -> Message:
        return codec.MAVLink_system_time_message(int(now.timestamp() * 1e6), self.link.boot_ms(now))

    def _position(self, now: datetime) -> Message:
        at = self.receiver.sees(self.place(now))
        heading, speed = self.motion()
        turn, height = math.radians(heading), round(self.height_m() * 1000)
        return codec.MAVLink_global_position_int_message(
            self.link.boot_ms(now), round(at.lat_deg * 1e7), round(at.lon_deg * 1e7),
            round(GROUND_M * 1000) + height, height, round(speed * math.cos(turn) * 100),
            round(speed * math.sin(turn) * 100), 0, round(heading * 100) % 36000,
        )  # fmt: skip


class Tracker(_System):
    """A tracker in a vehicle, a MAVLink system of its own."""

    def __init__(
        self, vehicle: Vehicle, *, system: int, to: tuple[str, int], log: Path, seed: int = 2,
        noise_m: float = 3.0, key: bytes | None = None,
        now: Callable[[], datetime] = clock.now, link_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        def beat() -> Message:
            return codec.MAVLink_heartbeat_message(
                codec.MAV_TYPE_GROUND_ROVER, codec.MAV_AUTOPILOT_ARDUPILOTMEGA,
                codec.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, 0, codec.MAV_STATE_ACTIVE, 3,
            )  # fmt: skip

        link = Autopilot(system=system, to=to, log=log, beat=beat, key=key, now=now, link_s=link_s)
        super().__init__(link, seed=seed, noise_m=noise_m)
        self.vehicle = vehicle

    def place(self, now: datetime) -> Point:
        """Return where the vehicle is."""
        return self.vehicle.where(now)

    def motion(self) -> tuple[float, float]:
        """Return how the vehicle moves."""
        return self.vehicle.heading_deg, self.vehicle.speed_m_s if self.vehicle.moving else 0.0


class Aircraft(_System):
    """An unarmed quadrotor with a pilot of the exercise at its sticks, who obeys the exercise's file.

    Whatever comes over its link it takes as ArduCopter would, from whoever may send it.
    """

    def __init__(
        self, *, system: int, to: tuple[str, int], log: Path, home: Point, seed: int = 1,
        endurance_s: float = 1800.0, key: bytes | None = None, weather: Weather | None = None,
        now: Callable[[], datetime] = clock.now, link_s: Callable[[], float] = time.monotonic,
        **params: float,
    ) -> None:  # fmt: skip
        """Put it on the ground.

        Args:
            system, to, log, key, now, link_s: as of its link.
            home: where it stands.
            seed: of its receiver's noise.
            endurance_s: so long a full battery holds it up.
            weather: what it flies in.
            params: that differ from a plain aircraft's, by ArduCopter's names.
        """
        self.copter = Copter(home, {**PARAMETERS, **params}, weather or Weather())
        self.copter.frame.hover_s = endurance_s
        link = Autopilot(
            system=system, to=to, log=log, beat=self._beat, key=key, now=now, link_s=link_s
        )
        super().__init__(link, seed=seed, noise_m=1.0)
        self._answers = Answers(self.copter, system=system, ground_m=GROUND_M, link_s=link_s)
        link.takes, link.each_tick = self._takes, self._tick
        link.telling |= {
            0: lambda _now: self._beat(),
            1: self._sys_status,
            30: self._attitude,
            42: lambda _now: codec.MAVLink_mission_current_message(self.copter.current),
            62: self._navigation,
            74: self._hud,
            147: self._battery,
            148: lambda _now: codec.MAVLink_autopilot_version_message(
                CAPABLE, VERSION, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, system
            ),
            162: self._fence,
            193: lambda _now: self.receiver.ekf(placed=self.copter.placed),
            242: self._home,
            245: self._landed,
        }
        self.sticks = Sticks(self.copter)
        self._lock = threading.Lock()
        self._jumped_s = 0.0

    # ---- what the exercise's file tells its pilot ------------------------------------------

    def over(self, vehicle: Vehicle) -> None:
        """Have its pilot take off and keep over the vehicle, 30 m beside it."""
        self.sticks.over(lambda: vehicle.where(self.link.now()))

    def obey(self, told: dict[str, Any]) -> None:
        """Do one order: what `Sticks.obey` knows, "sag" with `volts`, "charge" with `percent`, or as every system.

        Raises:
            ValueError: there is no such order.
        """
        if told.get("does") == "sag":
            self.copter.frame.held_v = float(told["volts"])
        elif told.get("does") == "charge":
            self.copter.frame.charge = float(told["percent"]) / 100
        elif not self.sticks.obey(told):
            super().obey(told)

    def sees(self, him: Point) -> bool:
        """Return whether its camera can see a man there, in this weather."""
        return distance_m(self.copter.place, him) <= min(self.copter.weather.seen_m, SEEN_M)

    # ---- time --------------------------------------------------------------------------------

    def _takes(self, message: Message) -> Iterable[Message]:
        with self._lock:
            return self._answers.take(message)

    def _tick(self, now: datetime, link_s: float) -> None:
        with self._lock:
            boot_s = self.link.boot_s(now) - self._jumped_s
            gap_s = boot_s - self.copter.at_s
            if gap_s > LONGEST_STEP_S:
                self._jumped_s += gap_s - LONGEST_STEP_S
                boot_s -= gap_s - LONGEST_STEP_S
            self.sticks.fly(link_s=link_s)
            self.copter.step(boot_s, link_s=link_s)
            while self.copter.texts:
                severity, text = self.copter.texts.pop(0)
                self.link.say(text, severity=severity)

    def place(self, now: datetime) -> Point:
        """Return where it is."""
        self._tick(now, self.link.link_s())
        return self.copter.place

    def motion(self) -> tuple[float, float]:
        """Return how it flies."""
        return self.copter.frame.heading_deg, self.copter.frame.speed_m_s

    def height_m(self) -> float:
        """Return its height."""
        return self.copter.frame.height_m

    @property
    def battery_percent(self) -> int:
        """Return what is left."""
        return round(100 * self.copter.frame.charge)

    # ---- what it tells -------------------------------------------------------------------------

    def _beat(self) -> Message:
        armed = codec.MAV_MODE_FLAG_SAFETY_ARMED if self.copter.armed else 0
        state = codec.MAV_STATE_ACTIVE if self.copter.armed else codec.MAV_STATE_STANDBY
        return codec.MAVLink_heartbeat_message(
            codec.MAV_TYPE_QUADROTOR, codec.MAV_AUTOPILOT_ARDUPILOTMEGA,
            armed | codec.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, self.copter.mode, state, 3,
        )  # fmt: skip

    def _millivolts(self) -> int:
        return round(self.copter.frame.volts * 1000)

    def _sys_status(self, _now: datetime) -> Message:
        sensors = 0x1FFFFFFF if self.copter.placed else 0
        return codec.MAVLink_sys_status_message(
            0x1FFFFFFF, 0x1FFFFFFF, sensors, 300, self._millivolts(), 1500, self.battery_percent,
            0, 0, 0, 0, 0, 0,
        )  # fmt: skip

    def _battery(self, _now: datetime) -> Message:
        cells = [self._millivolts(), *[0xFFFF] * 9]
        return codec.MAVLink_battery_status_message(
            0, 0, 0, 3500, cells, 1500, -1, -1, self.battery_percent
        )

    def _attitude(self, now: datetime) -> Message:
        yaw = math.radians(self.copter.frame.heading_deg)
        return codec.MAVLink_attitude_message(self.link.boot_ms(now), 0, 0, yaw, 0, 0, 0)

    def _navigation(self, _now: datetime) -> Message:
        heading = round(self.copter.frame.heading_deg)
        place = self.copter.goal.place
        away = round(self.copter.frame.away_m(*place[:2])) if place else 0
        return codec.MAVLink_nav_controller_output_message(
            0, 0, heading, heading, min(away, 65535), 0, 0, 0
        )

    def _hud(self, _now: datetime) -> Message:
        frame = self.copter.frame
        heading = round(frame.heading_deg) % 360
        return codec.MAVLink_vfr_hud_message(
            frame.speed_m_s, frame.speed_m_s, heading, 40, GROUND_M + frame.height_m, frame.up_m_s
        )

    def _fence(self, _now: datetime) -> Message:
        craft = self.copter
        return codec.MAVLink_fence_status_message(int(craft.breached), craft.breaches, 0, 0)

    def _home(self, _now: datetime) -> Message:
        home = self.copter.home
        return codec.MAVLink_home_position_message(
            round(home.lat_deg * 1e7), round(home.lon_deg * 1e7), round(GROUND_M * 1000),
            0, 0, 0, [1, 0, 0, 0], 0, 0, 0,
        )  # fmt: skip

    def _landed(self, _now: datetime) -> Message:
        air = codec.MAV_LANDED_STATE_IN_AIR, codec.MAV_LANDED_STATE_ON_GROUND
        return codec.MAVLink_extended_sys_state_message(0, air[not self.copter.flying])
