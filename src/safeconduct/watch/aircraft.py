"""The aircraft that watches him: is it heard, is its link good, does it keep up, is GNSS to be trusted.

Judged for these alone: a loitering aircraft is not a stopped man. Pure: metres, seconds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from safeconduct.geo import distance_m
from safeconduct.watch import journey, relay
from safeconduct.watch.fixes import AIRCRAFT, VEHICLE, Judged
from safeconduct.watch.known import Alert, Cause, Sight, age_s, kept

WEAK_PERCENT = 30  # proposed, of RADIO_STATUS or what the gateway makes of it
GOOD_PERCENT = 40  # proposed: so much ends it
TORN = 3  # gaps of half the silence limit, in as many limits of LINK_WEAK
ENOUGH = 3  # fixes: one is no cause
CRUISE_M_S = 12.0  # proposed: what a small aircraft makes good in still air, there and back
RELIEVED_S = 120.0  # proposed: so much more than the limit, and another one is there
REMEMBERED = timedelta(minutes=2)  # of the distance: was it with him at all?
TOGETHER_S = 3.0  # two fixes no further apart in time tell one distance
IGNORED = "ignored_s"  # of a fix's health, while what was told brings no motion
IGNORED_S = 5  # as mavlink/moving.py has it
STEADY = 10  # parts of the limit by which each third lies behind the one before: no jump of one fix


def _aircraft_silent(known: Sight) -> list[Alert]:
    if not known.route.aircraft:
        return []
    limit = known.limits.aircraft_silent.total_seconds()
    age = age_s(known.aircraft, since=known.route.since, now=known.now)
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
            found += kept(known, key, Cause.GNSS_DOUBT)
            continue
        stays = key in known.standing and not journey.trusted_again(fixes)
        if not fixes[-1].trusted or stays:
            seen = fixes[-1].fix.health.get("satellites", 0)
            best = max(fix.fix.health.get("satellites", 0) for fix in fixes)
            found.append(Alert(key, Cause.GNSS_DOUBT, False, seen, best, "satellites"))
    return found


def _link(known: Sight) -> list[Alert]:
    """Tell a link that wanes, or tears: the aircraft is still heard, and not for long."""
    if not known.route.aircraft:
        return []
    limits, fixes = known.limits, known.aircraft
    if not fixes:
        return kept(known, "LINK_WEAK", Cause.LINK_WEAK)
    torn_s = limits.aircraft_silent.total_seconds() / 2
    gaps = _gaps_s(fixes, span=TORN * limits.link_weak)
    told = _told(fixes, span=limits.link_weak)
    torn = sum(gap >= torn_s for gap in gaps) >= TORN
    percents = [fix.fix.health.get("link_percent", 100) for fix in told]
    weak = len(told) >= ENOUGH and max(percents) < WEAK_PERCENT
    good = min(percents) >= GOOD_PERCENT and all(fix.trusted for fix in told)
    whole = len(told) >= ENOUGH and max(_gaps_s(fixes, span=limits.link_weak)) < torn_s
    if not (torn or weak) and ("LINK_WEAK" not in known.standing or (good and whole)):
        return []
    return [Alert("LINK_WEAK", Cause.LINK_WEAK, False, percents[-1], WEAK_PERCENT, "%")]


def _told(fixes: Sequence[Judged], *, span: timedelta) -> list[Judged]:
    """Return the last fixes, over `span` and one more; fewer where there are no more."""
    last: list[Judged] = []
    for fix in reversed(fixes):
        last.append(fix)
        if fixes[-1].at - fix.at >= span:
            break
    return last[::-1]


def _gaps_s(fixes: Sequence[Judged], *, span: timedelta) -> list[float]:
    told = _told(fixes, span=span)
    return [(b.at - a.at).total_seconds() for a, b in pairwise(told)]


def _keep_up(known: Sight) -> list[Alert]:
    """Tell that it falls behind, before he is out of its sight; one that never was with him is no watch yet."""
    if not known.route.aircraft:
        return []
    limits, key = known.limits, "CANNOT_KEEP_UP"
    apart = _apart(_told(known.aircraft, span=REMEMBERED), _told(known.vehicle, span=REMEMBERED))
    if not apart:
        return kept(known, key, Cause.CANNOT_KEEP_UP)
    behind = [(at, far - limits.stand_off_m, trusted) for at, far, trusted in apart]
    end = behind[-1][0]
    last = [each for each in behind if end - each[0] <= limits.keep_up]
    whole = len(last) >= ENOUGH and _spans(behind, limits.keep_up)
    far = whole and min(error for _at, error, _ in last) > limits.keep_up_m
    near = whole and all(error < limits.keep_up_m / 2 and trusted for _at, error, trusted in last)
    was_with_him = any(error <= limits.keep_up_m for _at, error, _ in behind)
    raised = was_with_him and (far or _grows(behind, known))
    if not raised and (key not in known.standing or near):
        return []
    measured = round(behind[-1][1] + limits.stand_off_m)
    return [
        Alert(
            key,
            Cause.CANNOT_KEEP_UP,
            True,
            measured,
            round(limits.keep_up_m + limits.stand_off_m),
            "m",
        )
    ]


def _spans(behind: Sequence[tuple[datetime, float, bool]], span: timedelta) -> bool:
    return behind[-1][0] - behind[0][0] >= span


def _grows(behind: Sequence[tuple[datetime, float, bool]], known: Sight) -> bool:
    """Return whether the error grew steadily, by half the limit in half as long again as the limit's time."""
    span = known.limits.keep_up * 1.5
    end = behind[-1][0]
    last = [error for at, error, _ in behind if end - at <= span]
    third = len(last) // 3
    if not third or not _spans(behind, span) or last[-1] - last[0] < known.limits.keep_up_m / 2:
        return False
    means = [sum(last[n : n + third]) / third for n in (0, third, len(last) - third)]
    step = known.limits.keep_up_m / STEADY
    return last[-1] > 0 and all(b - a >= step for a, b in pairwise(means))


def _apart(
    aircraft: Sequence[Judged], vehicle: Sequence[Judged]
) -> list[tuple[datetime, float, bool]]:
    """Return when, how far apart and with what trust, for each aircraft fix beside one of the vehicle."""
    found, at = [], 0
    for fix in aircraft:
        while at + 1 < len(vehicle) and abs(vehicle[at + 1].at - fix.at) <= abs(
            vehicle[at].at - fix.at
        ):
            at += 1
        if vehicle and abs((vehicle[at].at - fix.at).total_seconds()) <= TOGETHER_S:
            trusted = fix.trusted and vehicle[at].trusted
            found.append((fix.at, distance_m(fix.point, vehicle[at].point), trusted))
    return found


def time_left(known: Sight) -> relay.Relief | None:
    """Return how long the aircraft stays and when the next must start; None where no battery is told."""
    flight, times = known.limits.flight, known.limits.relay
    if not known.route.aircraft or flight is None:
        return None
    left_s = relay.endurance_s(known.aircraft, flight_s=flight.total_seconds(), now=known.now)
    if left_s is None:
        return None
    ways = [
        relay.over_ground_s(
            way_s * CRUISE_M_S, airspeed_m_s=CRUISE_M_S, headwind_m_s=known.route.wind_m_s
        )
        for way_s in (times.transit_s, times.return_s)
    ]
    return relay.relief(left_s, replace(times, transit_s=ways[0], return_s=ways[1]))


def _relief(known: Sight) -> list[Alert]:
    """Tell that the next aircraft must start now, or that this one must leave him and he must stand."""
    left = time_left(known)
    if left is None:
        on_station = known.route.aircraft and known.limits.flight is not None
        return kept(known, "RELIEF", Cause.RELIEF) if on_station else []
    fresh = known.aircraft[-1].trusted and left.launch_s > RELIEVED_S
    if left.launch_s > 0 and ("RELIEF" not in known.standing or fresh):
        return []
    stays_s = max(0, round(left.stays_s))
    limit = round(left.stays_s - left.launch_s)
    return [Alert("RELIEF", Cause.RELIEF, left.stays_s <= 0, stays_s, limit, "left_s")]


def _ignored(known: Sight) -> list[Alert]:
    """Tell that what the pilot's station told the aircraft brought no motion: it may ignore it in silence.

    The station says so with its fixes (`mavlink/moving.py:ignored`), in seconds since it was told.
    """
    if not known.route.aircraft:
        return []
    if not known.aircraft:
        return kept(known, "IGNORED", Cause.IGNORED)
    last = known.aircraft[-1]
    since_s = last.fix.health.get(IGNORED, 0)
    if not since_s and (last.trusted or "IGNORED" not in known.standing):
        return []
    return [Alert("IGNORED", Cause.IGNORED, False, since_s, IGNORED_S, "s")]


RULES = (_aircraft_silent, _link, _keep_up, _doubt, _relief, _ignored)
