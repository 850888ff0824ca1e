"""A GNSS receiver: its noise, its satellites, and what a jam does to them, as ArduCopter's simulator showed.

Under a jam `fix_type` stays 6 and `eph` 121, while satellites fall from 10 to 4 and EKF flags gain 32768.
"""

import random
from datetime import datetime

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point, moved

GOOD_EKF, GLITCHING = 831, 32768
NO_PLACE_EKF = 1 + 4 + 32 + 128  # attitude and height alone, constant-position mode
JAMMED = ("GPS Glitch or Compass error", "EKF variance")


class Receiver:
    """One receiver with a place to report."""

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

    def ekf(self, *, placed: bool = True) -> codec.MAVLink_message:
        """Return EKF_STATUS_REPORT."""
        flags, variance = (GOOD_EKF | GLITCHING, 1.1) if self.jammed else (GOOD_EKF, 0.05)
        if not placed:
            flags = NO_PLACE_EKF
        return codec.MAVLink_ekf_status_report_message(flags, 0.05, variance, 0.05, 0.05, 0.0)
