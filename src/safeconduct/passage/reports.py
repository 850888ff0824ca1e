"""What a danger report says: integers and text, as it is sealed and as a plan repeats it. Pure.

A report prices every case, and is shown to whoever has a passage near it, and to nobody else: there is
no list of dangers, no export, and no map of them all (docs/decisions/0117).
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from safeconduct.access.rules import Duty
from safeconduct.refusal import Refusal
from safeconduct.ways.danger import Danger
from safeconduct.ways.roads import E7
from safeconduct.ways.stored import Line, Strewn

_HOUR_S = 3600


def danger_of(told: Mapping[str, Any]) -> Danger:
    """Return the danger that a report, or a plan's snapshot of one, wrote down.

    Args:
        told: kind, lat_e7, lon_e7, uncertainty_m, radius_m, rate_e9 (per metre, of watchers per
            second, times 1e9), seen_at (UTC second), half_life_s, source, grade; of a curfew from_s
            and until_s (seconds of the day) and the name of their zone.

    Raises:
        ValueError: it cannot be; the message says why.
    """
    hours = (_time(told["from_s"]), _time(told["until_s"])) if "from_s" in told else None
    return Danger(
        ref=told["ref"],
        kind=told["kind"],
        lat_deg=told["lat_e7"] / E7,
        lon_deg=told["lon_e7"] / E7,
        radius_m=float(told["radius_m"]),
        rate=told["rate_e9"] / 10**9,
        seen_at=datetime.fromtimestamp(told["seen_at"], UTC),
        half_life=timedelta(seconds=told["half_life_s"]),
        uncertainty_m=float(told["uncertainty_m"]),
        source=told["source"],
        grade=told["grade"],
        hours=hours,
        zone=ZoneInfo(told["zone"]) if hours else UTC,
    )


def _time(second: int) -> time:
    return time(second // _HOUR_S, second % _HOUR_S // 60)


def plain(danger: Danger) -> dict[str, Any]:
    """Return what `danger_of` reads, without the ref."""
    told = {
        "kind": danger.kind,
        "lat_e7": round(danger.lat_deg * E7),
        "lon_e7": round(danger.lon_deg * E7),
        "uncertainty_m": round(danger.uncertainty_m),
        "radius_m": round(danger.radius_m),
        "rate_e9": round(danger.rate * 10**9),
        "seen_at": int(danger.seen_at.timestamp()),
        "half_life_s": round(danger.half_life.total_seconds()),
        "source": danger.source,
        "grade": danger.grade,
    }
    if danger.hours is not None:
        from_s, until_s = (each.hour * _HOUR_S + each.minute * 60 for each in danger.hours)
        told |= {"from_s": from_s, "until_s": until_s, "zone": str(danger.zone)}
    return told


def known_as(refs: Iterable[str]) -> str:
    """Return what says which reports are known: of equal refs the same, for a report never changes."""
    return hashlib.sha256(",".join(sorted(refs)).encode()).hexdigest()


def snapshot(danger: Danger, *, now: datetime) -> dict[str, Any]:
    """Return a report as a plan repeats it, with the share of its rate that counted then."""
    return {"ref": danger.ref, **plain(danger), "share_milli": round(danger.share(now) * 1000)}


def line_of(way: Mapping[str, Any]) -> Line:
    """Return the line of a plan's way; see `plan.WayPlan`."""
    shape = np.array(way["line_e7"], dtype=np.int32).reshape(-1, 2)
    at_s = np.array(way.get("at_ms", [0] * len(shape)), dtype=np.float64) / 1000
    return Line(shape[:, 0], shape[:, 1], at_s)


def near_ways(
    dangers: Sequence[Danger], ways: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return which reports the ways of a plan come near to (their reach), nearest first."""
    found, strewn = [], Strewn(dangers)
    for letter, way in ways.items():
        nearest = strewn.nearest_m(line_of(way))
        for danger, metres in zip(dangers, nearest.tolist(), strict=True):
            if np.isfinite(metres):
                seen = int(danger.seen_at.timestamp())
                tens = round(metres / 10) * 10
                found.append({"way": letter, "kind": danger.kind, "metres": tens, "seen_at": seen})
    return sorted(found, key=lambda each: (each["metres"], each["way"]))


# ---- who sees one ----


def may_open(duties: Collection[Duty]) -> Refusal | None:
    """Judge whether somebody on duty opens reports at all; the keeper judges it by itself."""
    if Duty.PLN in duties:
        return None
    return Refusal(
        "passage.not_your_duty",
        "Reported dangers are opened to planners.",
        "Ask a planner (PLN) of this passage.",
    )


def straight(*points_e7: Sequence[int]) -> Line:
    """Return the line from point to point, latitudes and longitudes in 1e-7 degrees; of one, itself."""
    points = [*points_e7, points_e7[-1]]
    shape = np.array(points, dtype=np.int32)
    return Line(shape[:, 0], shape[:, 1], np.zeros(len(points)))


def ground_of(content: Mapping[str, Any]) -> list[Line]:
    """Return the ways of a plan, those to the other place, and its places."""
    places = [straight([at["lat_e7"], at["lon_e7"]]) for at in content["places"].values()]
    ways = list(content["ways"].values())
    ways += [switch for way in ways for switch in way["switches"]]
    return [line_of(way) for way in ways] + places


def near(dangers: Sequence[Danger], ground: Sequence[Line], *, within_m: float) -> list[Danger]:
    """Return the reports whose reach comes within `within_m` of this ground: who stands there sees them.

    Args:
        within_m: metres beyond a report's reach of 3.5 spreads (programme limit danger_near).
    """
    seen, strewn = np.zeros(len(dangers), dtype=np.bool_), Strewn(dangers)
    for line in ground:
        seen |= np.isfinite(strewn.nearest_m(line, beyond_m=within_m))
    return [each for each, shown in zip(dangers, seen.tolist(), strict=True) if shown]


# ---- two reports of one thing ----


def may_merge(told: Sequence[Danger]) -> Refusal | None:
    """Judge whether reports may tell of one thing: two or more, of one kind."""
    kinds = {(each.kind, each.hours) for each in told}
    if len(told) > 1 and len(kinds) == 1:
        return None
    return Refusal(
        "passage.not_one_thing",
        "Two or more reports of one kind become one.",
        "Choose those that tell of the same thing.",
    )


def merged(kept: Danger, others: Sequence[Danger]) -> Danger:
    """Return one report for several of one thing: place and grade of `kept`, and else the worst.

    The widest radius, the highest rate, the latest sight and the longest half-life: over all the ground
    it weighs no less than any one of them. Its place is as uncertain as that of `kept`.
    """
    told = [kept, *others]
    return replace(
        kept,
        radius_m=max(each.radius_m for each in told),
        rate=max(each.rate for each in told),
        seen_at=max(each.seen_at for each in told),
        half_life=max(each.half_life for each in told),
    )
