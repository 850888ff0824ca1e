"""What one MAVLink system told, gathered into fixes. Pure; the instant of hearing is an argument.

An autopilot's times count from its boot; SYSTEM_TIME says when that was. Without it, or when it
contradicts the hour of hearing, a fix counts from when it was heard.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from safeconduct.envelope import Position

_BELIEVED = timedelta(seconds=30)  # a clock further off than this is wrong, not slow
_SANE_S = 366 * 86400.0  # a clock further off than a year tells nothing at all
_NORTH_E7, _EAST_E7 = 90 * 10**7, 180 * 10**7
_WORST_PERMILLE = 9999
_WARNED = timedelta(seconds=10)  # the autopilot repeats a warning while it lasts
_WARNINGS = ("gps glitch", "compass error", "ekf variance", "gps unhealthy", "bad gps")
_UNKNOWN_HEADING, _UNKNOWN_PERCENT, _UNKNOWN_SATELLITES = 65535, -1, 255  # MAVLink common.xml
_BOOT_WRAP = 2**32


@dataclass(slots=True)
class Telemetry:
    """One system: `take` each of its messages, in order."""

    subject: str
    source: str
    route: str = "mavlink"
    health: dict[str, int] = field(default_factory=dict)
    _booted: datetime | None = None
    _warned_at: datetime | None = None

    def take(self, message: Any, *, heard_at: datetime) -> Position | None:
        """Take one decoded message; return a fix if it told one."""
        kind = message.get_type()
        if kind == "GLOBAL_POSITION_INT":
            return self._fix(message, heard_at)
        if kind == "SYSTEM_TIME":
            self._note_clock(message, heard_at)
        elif kind == "STATUSTEXT":
            if message.text.lower().startswith(_WARNINGS):
                self._warned_at = heard_at
        else:
            self.health.update(_health(kind, message))
        return None

    def _note_clock(self, message: Any, heard_at: datetime) -> None:
        told_s = message.time_unix_usec / 1e6
        if abs(told_s - heard_at.timestamp()) < _SANE_S:  # zero is none yet, others are garbled
            unix = datetime.fromtimestamp(told_s, UTC)
            self._booted = unix - timedelta(milliseconds=message.time_boot_ms)

    def _fix(self, message: Any, heard_at: datetime) -> Position | None:
        if message.lat == 0 and message.lon == 0:
            return None  # no position yet: an autopilot says so with zeros
        if abs(message.lat) > _NORTH_E7 or abs(message.lon) > _EAST_E7:
            return None  # garbled
        fresh = self._warned_at is not None and heard_at - self._warned_at <= _WARNED
        north, east = message.vx / 100, message.vy / 100
        return Position(
            route=self.route,
            arrival=0,
            subject=self.subject,
            source=self.source,
            fixed_at=self._time_of(message.time_boot_ms, heard_at),
            received_at=heard_at,
            lat_e7=message.lat,
            lon_e7=message.lon,
            alt_mm=message.relative_alt,
            speed_mm_s=round((north * north + east * east) ** 0.5 * 1000),
            heading_cdeg=0 if message.hdg == _UNKNOWN_HEADING else message.hdg,
            health={**self.health, **({"gnss_warning": 1} if fresh else {})},
        )

    def _time_of(self, boot_ms: int, heard_at: datetime) -> datetime:
        if self._booted is None:
            return heard_at
        wrap = timedelta(milliseconds=_BOOT_WRAP)
        told = self._booted + timedelta(milliseconds=boot_ms)
        while told + wrap / 2 < heard_at:  # the counter wraps after 49.7 days
            told += wrap
        return told if abs(heard_at - told) <= _BELIEVED else heard_at


def _permille(variance: float) -> int:
    """Return a variance in permille; one that is no number is the worst."""
    return round(variance * 1000) if 0 <= variance < _WORST_PERMILLE / 1000 else _WORST_PERMILLE


def _health(kind: str, message: Any) -> dict[str, int]:
    """Return what a message says of the trust in fixes; what is unknown is left out."""
    if kind == "GPS_RAW_INT":
        told = {"fix_type": message.fix_type}
        if message.satellites_visible != _UNKNOWN_SATELLITES:
            told["satellites"] = message.satellites_visible
        return {**told, "h_acc_mm": message.h_acc} if message.h_acc else told
    if kind == "EKF_STATUS_REPORT":
        worst = max(map(_permille, (message.velocity_variance, message.pos_horiz_variance)))
        return {"ekf_flags": message.flags, "variance_permille": worst}
    if kind in {"SYS_STATUS", "BATTERY_STATUS"} and message.battery_remaining != _UNKNOWN_PERCENT:
        return {"battery_percent": message.battery_remaining}
    return {}
