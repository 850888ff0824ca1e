"""How an escort is watched. Pure: metres, seconds, degrees WGS 84; the clock is an argument.

`watch` looks at what is known and says which alerts stand. Time that passes without news may
raise an alert and never ends one: what ends an alert is a trusted fix, or a human's report.
Nothing here steers the aircraft. It looks, and it tells a human.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.watch import approach, journey
from safeconduct.watch.filter import Smooth, smoothed
from safeconduct.watch.fixes import AIRCRAFT, VEHICLE, Judged, judged, of_subject


class Cause(StrEnum):
    """Why a human must look. `owner` in `OWNERS` is the duty that must."""

    SILENT = "SILENT"
    STOPPED = "STOPPED"
    OFF_ROUTE = "OFF_ROUTE"
    WRONG_WAY = "WRONG_WAY"
    CLOSING = "CLOSING"
    AIRCRAFT_SILENT = "AIRCRAFT_SILENT"
    GNSS_DOUBT = "GNSS_DOUBT"
    LATE = "LATE"


# The pilot sees him; the passage commander decides when nobody does.
OWNERS = {
    Cause.SILENT: "PIL",
    Cause.STOPPED: "PIL",
    Cause.OFF_ROUTE: "PIL",
    Cause.WRONG_WAY: "DPC",
    Cause.CLOSING: "PIL",
    Cause.AIRCRAFT_SILENT: "PIL",
    Cause.GNSS_DOUBT: "PIL",
    Cause.LATE: "DPC",
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
class Route:
    """What was agreed, and what is known besides fixes.

    Attributes:
        line: the agreed way, two points or more.
        since: GO; silence is counted from here while there is no fix.
        start_m: metres along the way before the first fix handed in.
        furthest_m: the furthest he had come before the first fix handed in.
        aircraft: an aircraft is on station, so its silence counts.
    """

    line: Sequence[Point]
    since: datetime
    holds: Sequence[Hold] = ()
    checkpoints: Sequence[Checkpoint] = ()
    contacts: Sequence[Contact] = ()
    start_m: float = 0.0
    furthest_m: float = 0.0
    aircraft: bool = False


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


def watch(
    route: Route,
    track: Sequence[Position],
    *,
    now: datetime,
    limits: Limits,
    standing: Collection[str] = (),
) -> tuple[Alert, ...]:
    """Return the alerts that stand at `now`, each cause once; see `assess`."""
    return assess(route, track, now=now, limits=limits, standing=standing).alerts


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one look at an escort says.

    Attributes:
        news_at: when the vehicle's last trusted fix was made, None without one.
        furthest_m: the furthest he has come along the way, by trusted fixes.
    """

    alerts: tuple[Alert, ...]
    news_at: datetime | None
    furthest_m: float


def assess(
    route: Route,
    track: Sequence[Position],
    *,
    now: datetime,
    limits: Limits,
    standing: Collection[str] = (),
) -> Assessment:
    """Judge an escort at `now`.

    Args:
        route: the agreed way, its holds and checkpoints, and the contacts humans reported.
        track: fixes of vehicle and aircraft, any order; some minutes of them are enough.
        now: world time. Nothing new since then is bad news, never good.
        limits: the programme's.
        standing: keys of alerts that stood before, which end only by their clearing rule.
    """
    vehicle = judged(of_subject(track, VEHICLE), line=route.line, start_m=route.start_m)
    known = Sight(
        route=route,
        vehicle=vehicle,
        smooth=smoothed(vehicle),
        aircraft=judged(of_subject(track, AIRCRAFT)),
        now=now,
        limits=limits,
        standing=frozenset(standing),
    )
    rules = (
        _silent, _stopped, _off_route, _wrong_way, _closing, _aircraft_silent, _doubt, _late,
    )  # fmt: skip
    trusted = [fix for fix in vehicle if fix.trusted]
    return Assessment(
        alerts=tuple(alert for rule in rules for alert in rule(known)),
        news_at=max((fix.at for fix in trusted), default=None),
        furthest_m=max([route.furthest_m, *(fix.along_m for fix in trusted)]),
    )


def _age_s(fixes: Sequence[Judged], *, since: datetime, now: datetime) -> float:
    return (now - (fixes[-1].at if fixes else since)).total_seconds()


def _kept(known: Sight, key: str, cause: Cause) -> list[Alert]:
    """Return the alert as it stood: there is no fix left to judge it by, and none to clear it."""
    silent_s = round(_age_s(known.vehicle, since=known.route.since, now=known.now))
    return [Alert(key, cause, False, silent_s, 0, "s", old=True)] if key in known.standing else []


def _silent(known: Sight) -> list[Alert]:
    limits = known.limits
    amber, grave = limits.silent_amber.total_seconds(), limits.silent.total_seconds()
    age = _age_s(known.vehicle, since=known.route.since, now=known.now)
    heard = journey.heard_again(known.vehicle, within=limits.silent_amber)
    stays = Cause.SILENT in known.standing and not (age < amber and heard)
    if age < amber and not stays:
        return []
    limit = grave if age >= grave else amber
    return [Alert("SILENT", Cause.SILENT, age >= grave, round(age), round(limit), "s")]


def _stopped(known: Sight) -> list[Alert]:
    limits = known.limits
    limit = limits.stopped.total_seconds()
    stay = journey.stay(known.smooth, radius_m=limits.stopped_m)
    if stay is None:
        return _kept(known, "STOPPED", Cause.STOPPED)
    stood = (known.now - stay.since).total_seconds()
    excused = journey.excused_s(stay, holds=known.route.holds)
    fresh = known.vehicle[-1].trusted and stay.told_s < limit / 2
    stays = Cause.STOPPED in known.standing and not fresh
    if stood - excused < limit and not stays:
        return []
    measured = round(max(0.0, stood))
    return [Alert("STOPPED", Cause.STOPPED, False, measured, round(limit + excused), "s")]


def _off_route(known: Sight) -> list[Alert]:
    limits = known.limits
    left = journey.left(known.vehicle, beyond_m=limits.off_route_m, span=limits.off_route)
    back = journey.returned(
        known.vehicle, within_m=limits.off_route_clear_m, span=limits.off_route_clear
    )
    if not left and (Cause.OFF_ROUTE not in known.standing or back):
        return []
    beside = round(known.vehicle[-1].beside_m) if known.vehicle else 0
    return [Alert("OFF_ROUTE", Cause.OFF_ROUTE, True, beside, round(limits.off_route_m), "m")]


def _wrong_way(known: Sight) -> list[Alert]:
    limit = known.limits.wrong_way_m
    fallen, risen = journey.fall_m(known.vehicle, furthest_m=known.route.furthest_m)
    stays = Cause.WRONG_WAY in known.standing and risen < limit
    if risen >= limit or (fallen < limit and not stays):
        return []
    return [Alert("WRONG_WAY", Cause.WRONG_WAY, True, round(fallen), round(limit), "m")]


def _closing(known: Sight) -> list[Alert]:
    limits, found = known.limits, []
    for contact in known.route.contacts:
        key = f"CLOSING:{contact.key}"
        old = known.now - contact.reported_at > limits.contact_old
        here = known.smooth[-1] if known.smooth else None
        if here is None:
            found += _kept(known, key, Cause.CLOSING)
            continue
        near = approach.judge(here, contact, now=known.now, contact_old=limits.contact_old)
        raised = approach.closes(near, within=limits.closing, closer_than_m=limits.closing_m)
        fresh = known.vehicle[-1].trusted and not old and known.now - here.at <= limits.contact_old
        parted = fresh and approach.parts(near, beyond_m=limits.closing_m)
        if raised or (key in known.standing and not parted):
            measured = round(near.apart_m)
            found.append(
                Alert(key, Cause.CLOSING, True, measured, round(limits.closing_m), "m", old)
            )
    return found


def _aircraft_silent(known: Sight) -> list[Alert]:
    if not known.route.aircraft:
        return []
    limit = known.limits.aircraft_silent.total_seconds()
    age = _age_s(known.aircraft, since=known.route.since, now=known.now)
    heard = journey.heard_again(known.aircraft, within=known.limits.aircraft_silent)
    stays = Cause.AIRCRAFT_SILENT in known.standing and not (age < limit and heard)
    if age < limit and not stays:
        return []
    return [Alert("AIRCRAFT_SILENT", Cause.AIRCRAFT_SILENT, True, round(age), round(limit), "s")]


def _doubt(known: Sight) -> list[Alert]:
    found = []
    for subject, fixes in ((VEHICLE, known.vehicle), (AIRCRAFT, known.aircraft)):
        key = f"GNSS_DOUBT:{subject}"
        if not fixes:
            found += _kept(known, key, Cause.GNSS_DOUBT)
            continue
        stays = key in known.standing and not journey.trusted_again(fixes)
        if not fixes[-1].trusted or stays:
            seen = fixes[-1].fix.health.get("satellites", 0)
            best = max(fix.fix.health.get("satellites", 0) for fix in fixes)
            found.append(Alert(key, Cause.GNSS_DOUBT, False, seen, best, "satellites"))
    return found


def _late(known: Sight) -> list[Alert]:
    best = max([known.route.furthest_m, *(fix.along_m for fix in known.vehicle if fix.trusted)])
    return [
        Alert(
            f"LATE:{point.key}", Cause.LATE, False,
            round((known.now - point.by).total_seconds()), 0, "s",
        )
        for point in known.route.checkpoints
        if known.now > point.by and best < point.along_m
    ]  # fmt: skip


def along_m(route: Route, track: Sequence[Position]) -> float:
    """Return how far along the way the vehicle's last fix lies, in metres."""
    fixes = judged(of_subject(track, VEHICLE), line=route.line, start_m=route.start_m)
    return fixes[-1].along_m if fixes else route.start_m
