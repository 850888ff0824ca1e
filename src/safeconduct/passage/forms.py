"""What a planner types, read strictly: a place, an hour, a number. What cannot be read is refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from safeconduct.geo import Point
from safeconduct.passage import roads
from safeconduct.passage.changing import WORDS
from safeconduct.passage.outlook import CHOICES, COVERED, Request
from safeconduct.passage.plan import Wish
from safeconduct.passage.vehicles import VEHICLES
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, Said, said
from safeconduct.ways.coordinates import decimal, understood
from safeconduct.ways.danger import (
    CREDIBLE,
    CURFEW,
    KINDS,
    RELIABLE,
    SOURCES,
    WATCHERS,
    Danger,
)
from safeconduct.ways.roads import E7
from safeconduct.ways.written import Area

_CLOCK = re.compile(r"\s*(\d{1,2})[:.](\d{2})\s*")
_SOON = re.compile(r"\s*\+\s*(\d{1,4})\s*")
METRES_A_KM, SECONDS_A_MINUTE = 1000, 60


def place(text: str) -> tuple[int, int]:
    """Return latitude and longitude in 1e-7 degrees of what was typed, in any form people write.

    Raises:
        Refused: it is no one place on earth; the words say why.
    """
    held = roads.current()
    near = area = None
    if held:
        near, area = roads.middle(held[1]), Area(*held[1].bounds_deg())
    point = understood(text, near=near, area=area).point
    return round(point.lat_deg * E7), round(point.lon_deg * E7)


def hour(text: str, *, zone: str, now: datetime) -> datetime:
    """Return the instant of "02:50" on our watch, within the next day, or of "+90" minutes.

    Raises:
        Refused: it is neither.
    """
    if soon := _SOON.fullmatch(text):
        return (now + timedelta(minutes=int(soon[1]))).replace(second=0, microsecond=0)
    clock = _CLOCK.fullmatch(text)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:  # noqa: PLR2004  of a clock
        raise Refused(
            Refusal(
                "passage.wrong_hour",
                "The hour could not be read.",
                "Write it as 02:50 on our watch, or +90 for minutes from now.",
            )
        )
    local = now.astimezone(ZoneInfo(zone))
    told = local.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    return (told if told > local else told + timedelta(days=1)).astimezone(UTC)


def number(text: str, *, least: float, most: float, what: Said) -> float:
    """Return a number between two others.

    Raises:
        Refused: it is none, or lies outside.
    """
    try:
        told = float(text.replace(",", "."))
    except ValueError:
        told = least - 1
    if not least <= told <= most:
        why = said(
            "{what} lies between {least} and {most}.",
            what=what,
            least=f"{least:g}",
            most=f"{most:g}",
        )
        raise Refused(Refusal("passage.wrong_number", why, "Mend the number."))
    return told


def one_of(text: str, known: tuple[str, ...], what: Said) -> str:
    """Return `text` if it is known.

    Raises:
        Refused: it is not.
    """
    if text not in known:
        why = said("{what} is not among the choices.", what=what)
        raise Refused(Refusal("passage.wrong_choice", why, "Choose one of them."))
    return text


def request_from(told: QueryDict, *, profile: Profile) -> Request:
    """Return what a planner starts from."""
    his, team = place(told.get("start", "")), place(told.get("team", ""))
    base = told.get("drone", "")
    drone = place(base) if base.strip() else (None, None)
    return Request(
        *his,
        *team,
        heads=int(number(told.get("heads", "1"), least=1, most=50, what=said("The head count"))),
        vehicle=one_of(told.get("vehicle", "car"), VEHICLES, said("The vehicle")),
        language=one_of(told.get("language", ""), profile.languages, said("The language")),
        his_limit_s=60
        * int(
            number(told.get("his_limit", "60"), least=1, most=600, what=said("His driving time"))
        ),
        team_limit_s=60
        * int(
            number(told.get("team_limit", "60"), least=1, most=600, what=said("Its driving time"))
        ),
        drone_lat_e7=drone[0],
        drone_lon_e7=drone[1],
    )


def report_from(told: QueryDict, *, profile: Profile, now: datetime) -> dict[str, Any]:
    """Return a danger report as `reports.danger_of` reads it: integers, metres, UTC seconds."""
    kind = one_of(told.get("kind", ""), KINDS, said("The kind"))
    lat_e7, lon_e7 = place(told.get("place", ""))
    radius = number(
        told.get("radius", "300"), least=10, most=5000, what=said("The radius in metres")
    )
    off = number(
        told.get("uncertainty", "100"), least=0, most=5000, what=said("Give or take, in metres")
    )
    rate = number(told.get("rate", "10"), least=0, most=100, what=said("The chance in per cent"))
    age = number(told.get("age", "0"), least=0, most=100_000, what=said("The age in minutes"))
    half = number(
        told.get("half_life", "2"), least=0.1, most=1000, what=said("The half-life in hours")
    )
    # per cent a kilometre, or of watchers a minute → per metre or second
    share = rate / 100 / (SECONDS_A_MINUTE if kind == WATCHERS else METRES_A_KM)
    report: dict[str, Any] = {
        "kind": kind,
        "lat_e7": lat_e7,
        "lon_e7": lon_e7,
        "uncertainty_m": round(off),
        "radius_m": round(radius),
        "rate_e9": round(share * 10**9),
        "seen_at": int((now - timedelta(minutes=age)).timestamp()),
        "half_life_s": round(half * 3600),
        "source": one_of(told.get("source", "own"), SOURCES, said("The source")),
        "grade": one_of(told.get("reliable", "F"), tuple(RELIABLE), said("How far it is trusted"))
        + one_of(told.get("credible", "6"), tuple(CREDIBLE), said("How credible it is")),
    }
    if kind == CURFEW:
        report |= {
            "from_s": second_of_day(told.get("from", "")),
            "until_s": second_of_day(told.get("until", "")),
            "zone": profile.zone,
        }
    return report


def written(danger: Danger | None, *, now: datetime) -> dict[str, str]:
    """Return what stands in the fields of `report_from`: of a report that is changed, or of a new one."""
    if danger is None:
        return {"radius": "300", "uncertainty": "100", "age": "0", "half_life": "2", "rate": "10",
                "source": "own", "reliable": "F", "credible": "6"}  # fmt: skip
    per = SECONDS_A_MINUTE if danger.kind == WATCHERS else METRES_A_KM
    told = {
        "report": danger.ref,
        "kind": danger.kind,
        "place": decimal(Point(danger.lat_deg, danger.lon_deg)),
        "radius": f"{danger.radius_m:.0f}",
        "uncertainty": f"{danger.uncertainty_m:.0f}",
        "age": f"{max(timedelta(0), now - danger.seen_at) / timedelta(minutes=1):.0f}",
        "half_life": f"{danger.half_life / timedelta(hours=1):.4g}",
        "rate": f"{danger.rate * per * 100:.6g}",
        "source": danger.source,
        "reliable": danger.grade[0],
        "credible": danger.grade[1],
    }
    if danger.hours is not None:
        told |= {
            name: f"{at:%H:%M}" for name, at in zip(("from", "until"), danger.hours, strict=True)
        }
    return told


def second_of_day(text: str) -> int:
    """Return the second of the day of "22:00".

    Raises:
        Refused: it is no hour.
    """
    clock = _CLOCK.fullmatch(text)
    if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:  # noqa: PLR2004  of a clock
        raise Refused(
            Refusal(
                "passage.wrong_hours",
                "A curfew's hours could not be read.",
                "Write both as 22:00, on our watch.",
            )
        )
    return int(clock[1]) * 3600 + int(clock[2]) * 60


def wish_from(told: QueryDict, *, profile: Profile, now: datetime) -> Wish:
    """Return what a planner decides."""
    known = tuple(sign.key for sign in profile.signs)
    junctions = [
        int(
            number(
                told.get(letter, "-1"),
                least=0,
                most=10**9,
                what=said("Place {letter}", letter=letter),
            )
        )
        for letter in ("A", "B")
    ]
    return Wish(
        junctions=(junctions[0], junctions[1]),
        way=one_of(told.get("way", "within30"), (*CHOICES, COVERED), said("The way")),
        starts_at=hour(told.get("starts_at", ""), zone=profile.zone, now=now),
        signs=tuple(one_of(key, known, said("The sign")) for key in told.getlist("sign")),
        question=told.get("question", "").strip()[:200],
        answer=told.get("answer", "").strip()[:100],
        why=told.get("why", "").strip()[:500],
        risk=told.get("risk", "").strip()[:2000],
        offers=tuple(told.getlist("offer")),
        own=_own(told),
        words=_words(told),
    )


def _own(told: QueryDict) -> str | None:
    """Return the letters of the places that he named; None where the form did not ask."""
    if "own" not in told:
        return None
    return one_of(told.get("own", ""), ("-", "A", "B", "AB"), said("Which place is his")).replace(
        "-", ""
    )


def _words(told: QueryDict) -> dict[str, str]:
    """Return what one word on the way means; nothing where all three fields are empty."""
    words = {key: told.get(f"word_{key}", "").strip()[:20] for key in WORDS}
    return words if any(words.values()) else {}


def leg_from(told: QueryDict) -> int | None:
    """Return the leg that was named, None for none.

    Raises:
        Refused: it is no number.
    """
    text = told.get("leg", "").strip()
    return int(number(text, least=1, most=99, what=said("The leg"))) if text else None
