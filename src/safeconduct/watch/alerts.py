"""How an escort is watched. Pure: metres, seconds, degrees WGS 84; the clock is an argument.

`watch` looks at what is known and says which alerts stand. Time that passes without news may
raise an alert and never ends one: what ends an alert is a trusted fix, or a human's report.
Nothing here steers the aircraft. It looks, and it tells a human.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.envelope import Position
from safeconduct.watch import aircraft, approach, journey, maps, people
from safeconduct.watch.fixes import AIRCRAFT, VEHICLE, of_subject
from safeconduct.watch.followed import Followed, followed
from safeconduct.watch.known import Alert, Cause, Limits, Route, Sight, age_s, kept
from safeconduct.watch.relay import Relief


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
        left: the aircraft's time, where its battery is told.
    """

    alerts: tuple[Alert, ...]
    news_at: datetime | None
    furthest_m: float
    left: Relief | None


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
    vehicle = followed(of_subject(track, VEHICLE), line=route.line, start_m=route.start_m)
    drone = followed(of_subject(track, AIRCRAFT))
    return look(route, vehicle, drone, now=now, limits=limits, standing=standing)


def look(
    route: Route,
    vehicle: Followed,
    drone: Followed,
    *,
    now: datetime,
    limits: Limits,
    standing: Collection[str] = (),
) -> Assessment:
    """Judge an escort at `now` by fixes that were followed as they came; else as `assess`."""
    known = Sight(
        route=route,
        vehicle=vehicle.fixes,
        smooth=vehicle.smooth,
        aircraft=drone.fixes,
        now=now,
        limits=limits,
        standing=frozenset(standing),
    )
    own = (_silent, _stopped, _off_route, _wrong_way, _closing)
    rules = (*own, *aircraft.RULES, *people.RULES, *maps.RULES)
    return Assessment(
        alerts=tuple(alert for rule in rules for alert in rule(known)),
        news_at=next((fix.at for fix in reversed(vehicle.fixes) if fix.trusted), None),
        furthest_m=max([route.furthest_m, *(fix.along_m for fix in vehicle.fixes if fix.trusted)]),
        left=aircraft.time_left(known),
    )


def _silent(known: Sight) -> list[Alert]:
    limits = known.limits
    amber, grave = limits.silent_amber.total_seconds(), limits.silent.total_seconds()
    age = age_s(known.vehicle, since=known.route.since, now=known.now)
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
        return kept(known, "STOPPED", Cause.STOPPED)
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
    left = journey.left(
        known.vehicle,
        beyond_m=limits.off_route_m,
        span=limits.off_route,
        home_m=limits.off_route_clear_m,
    )
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
            found += kept(known, key, Cause.CLOSING)
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
