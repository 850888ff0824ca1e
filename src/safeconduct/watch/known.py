"""What the watch knows and what it says: limits, the agreed way, contacts, alerts. Pure values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.geo import Point
from safeconduct.watch.filter import Smooth
from safeconduct.watch.fixes import Judged
from safeconduct.watch.relay import Times


class Cause(StrEnum):
    """Why a human must look. `owner` in `OWNERS` is the duty that must."""

    SILENT = "SILENT"
    STOPPED = "STOPPED"
    OFF_ROUTE = "OFF_ROUTE"
    WRONG_WAY = "WRONG_WAY"
    CLOSING = "CLOSING"
    AIRCRAFT_SILENT = "AIRCRAFT_SILENT"
    LINK_WEAK = "LINK_WEAK"
    CANNOT_KEEP_UP = "CANNOT_KEEP_UP"
    GNSS_DOUBT = "GNSS_DOUBT"
    RELIEF = "RELIEF"
    LATE = "LATE"
    LIGHT = "LIGHT"
    UNIT = "UNIT"
    UNIT_AWAY = "UNIT_AWAY"
    MAP_SILENT = "MAP_SILENT"
    AREA_UNHEARD = "AREA_UNHEARD"
    STOP_UNREACHED = "STOP_UNREACHED"
    IGNORED = "IGNORED"


# The pilot sees him; the passage commander decides when nobody does.
OWNERS = {
    Cause.SILENT: "PIL",
    Cause.STOPPED: "PIL",
    Cause.OFF_ROUTE: "PIL",
    Cause.WRONG_WAY: "DPC",
    Cause.CLOSING: "PIL",
    Cause.AIRCRAFT_SILENT: "PIL",
    Cause.LINK_WEAK: "PIL",
    Cause.CANNOT_KEEP_UP: "PIL",
    Cause.GNSS_DOUBT: "PIL",
    Cause.RELIEF: "PIL",
    Cause.LATE: "DPC",
    Cause.LIGHT: "DPC",
    Cause.UNIT: "RCV",
    Cause.UNIT_AWAY: "RCV",
    Cause.MAP_SILENT: "FCO",
    Cause.AREA_UNHEARD: "FCO",
    Cause.STOP_UNREACHED: "FCO",
    Cause.IGNORED: "PIL",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The programme's limits; the proposed values stand in the profile (programme/*.toml)."""

    silent_amber: timedelta
    silent: timedelta
    aircraft_silent: timedelta
    stopped: timedelta
    stopped_m: float
    off_route: timedelta
    off_route_m: float
    off_route_clear: timedelta
    off_route_clear_m: float
    wrong_way_m: float
    closing: timedelta
    closing_m: float
    contact_old: timedelta
    link_weak: timedelta
    keep_up: timedelta
    keep_up_m: float
    stand_off_m: float
    light: timedelta
    unit_word: timedelta
    flight: (
        timedelta | None
    )  # of a full battery, by the aircraft's papers; None: no relay is judged
    relay: Times
    # Of the units' maps, proposed: no answer of the server, no word on an area, a stop that was not shown.
    map_silent: timedelta = timedelta(minutes=1)
    area_word: timedelta = timedelta(minutes=10)
    stop_shown: timedelta = timedelta(seconds=5)
    unit_away_m: float = 500.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A planned hold point: cover where he may stand for `planned`, `radius_m` about it."""

    point: Point
    radius_m: float
    planned: timedelta


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place on the way, metres along it, that he should have reached `by`."""

    key: str
    along_m: float
    by: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody a human reported, and nobody else: place, heading, speed, and when."""

    key: str
    point: Point
    heading_deg: float
    speed_m_s: float
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """The receiving unit's last word: when it came, and whether it says it stands ready."""

    told_at: datetime
    ready: bool


@dataclass(frozen=True, slots=True)
class Maps:
    """What is known of the units' maps. A word from there raises alarms and is shown; it ends none of a person's.

    Attributes:
        since: when something of this passage was first given to them.
        answered_at: when their server answered last.
        area_told_at, area_word_at: of the no-fire area: when it went out, when somebody there acknowledged it.
        stopped_at, stop_shown_at: of the stop in force: when it was ordered, when the server had it.
        unit: where the receiving unit's own map last had it, and when.
    """

    since: datetime
    answered_at: datetime | None = None
    area_told_at: datetime | None = None
    area_word_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_shown_at: datetime | None = None
    unit: tuple[Point, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """What was agreed, and what is known besides fixes.

    Attributes:
        line: the agreed way, two points or more.
        since: GO; silence is counted from here while there is no fix.
        start_m: metres along the way before the first fix handed in.
        furthest_m: the furthest he had come before the first fix handed in.
        aircraft: an aircraft is on station, so its silence counts.
        dusk: when it is too dark to see his signs where he is met; None where it never is, or unknown.
        wind_m_s: by the pilot's word; taken as against the aircraft on either way.
        unit: the receiving unit's last word; None while nobody has to have given one.
        maps: of the units' maps; None while nothing of this passage was given to them.
        met_at: where he is met; None where no unit's place is judged by it.
    """

    line: Sequence[Point]
    since: datetime
    holds: Sequence[Hold] = ()
    checkpoints: Sequence[Checkpoint] = ()
    contacts: Sequence[Contact] = ()
    start_m: float = 0.0
    furthest_m: float = 0.0
    aircraft: bool = False
    dusk: datetime | None = None
    wind_m_s: float = 0.0
    unit: Unit | None = None
    maps: Maps | None = None
    met_at: Point | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause for a human to look.

    Attributes:
        key: names the cause once: "STOPPED", "CLOSING:<contact>", "LATE:<checkpoint>".
        grave: someone may be hurt; else a person should look.
        measured, limit: seconds or metres, as `unit` says; `limit` is the programme's.
        old: it rests on a contact report older than the programme's limit.
    """

    key: str
    cause: Cause
    grave: bool
    measured: int
    limit: int
    unit: str
    old: bool = False

    @property
    def owner(self) -> str:
        """Return the duty that must answer."""
        return OWNERS[self.cause]


@dataclass(frozen=True, slots=True)
class Sight:
    """All that one judgement looks at."""

    route: Route
    vehicle: Sequence[Judged]
    smooth: Sequence[Smooth]
    aircraft: Sequence[Judged]
    now: datetime
    limits: Limits
    standing: Collection[str]


def age_s(fixes: Sequence[Judged], *, since: datetime, now: datetime) -> float:
    """Return the seconds since the last fix, or since `since` without one."""
    return (now - (fixes[-1].at if fixes else since)).total_seconds()


def kept(known: Sight, key: str, cause: Cause) -> list[Alert]:
    """Return the alert as it stood: there is no fix left to judge it by, and none to clear it."""
    silent_s = round(age_s(known.vehicle, since=known.route.since, now=known.now))
    return [Alert(key, cause, False, silent_s, 0, "s", old=True)] if key in known.standing else []
