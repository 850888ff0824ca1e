"""What is asked of the map on the command line: two places, in any form or by name, and reports in a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from safeconduct import clock
from safeconduct.command import folder
from safeconduct.command.trouble import Trouble
from safeconduct.geo import Point
from safeconduct.passage import roads as maps
from safeconduct.refusal import Refused
from safeconduct.ways import profiles
from safeconduct.ways.coordinates import decimal, mgrs, understood
from safeconduct.ways.danger import CURFEW, WATCHERS, Danger
from safeconduct.ways.gazetteer import SETTLEMENTS, Found, Gazetteer
from safeconduct.ways.roads import Roads, WrongMap
from safeconduct.ways.route import snap
from safeconduct.ways.written import Area

FARTHEST_M = 20_000.0  # from any road of the map: a place beyond it is on another map
METRES_A_KM, SECONDS_A_MINUTE = 1000, 60
_FIELDS = {
    "kind", "place", "radius_m", "chance", "seen_at", "half_life_h", "uncertainty_m", "hours", "ref",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Map:
    """The map in use: its name, its roads, and its names if it has some."""

    name: str
    roads: Roads
    names: Gazetteer | None

    @property
    def middle(self) -> Point:
        """Return its middle."""
        return maps.middle(self.roads)


@dataclass(frozen=True, slots=True)
class End:
    """One place that was asked for: as it was written, what it is, and its junction."""

    text: str
    name: str
    point: Point
    junction: int
    off_m: float

    def told(self) -> dict[str, Any]:
        """Return it for --json."""
        return {
            "text": self.text, "name": self.name, "lat": round(self.point.lat_deg, 7),
            "lon": round(self.point.lon_deg, 7), "mgrs": mgrs(self.point), "off_m": round(self.off_m),
        }  # fmt: skip

    def words(self) -> str:
        """Return it for people."""
        name = f"{self.name}, " if self.name else ""
        off = f", {self.off_m:.0f} m from the nearest junction"
        return f"{name}{decimal(self.point)} ({mgrs(self.point)}{off})"


@dataclass(frozen=True, slots=True)
class Asked:
    """Two places, and the reports under which the roads between them are priced."""

    one: End
    other: End
    dangers: Sequence[Danger]
    at: datetime


def for_vehicle(held: Map, vehicle: str) -> Map:
    """Return the map of the roads that a vehicle may use, in its own times.

    Raises:
        Trouble: the map has no roads for it.
    """
    try:
        return replace(held, roads=profiles.for_vehicle(held.roads, profiles.PROFILES[vehicle]))
    except WrongMap as wrong:
        raise Trouble(str(wrong)) from None


def map_of(data: Path) -> Map:
    """Return the map of a data folder.

    Raises:
        Trouble: there is none, or it cannot be read.
    """
    folder.set_environment(data)
    try:
        held, names = maps.imported_last(), maps.names()
    except WrongMap as wrong:
        raise Trouble(str(wrong)) from None
    if held is None:
        raise Trouble(
            f"There is no map in {data}. Run: safeconduct roads import FILE.osm.pbf --data {data}"
        )
    return Map(held[0], held[1], names)


def asked(held: Map, one: str, other: str, *, dangers: Path | None, at: str) -> Asked:
    """Return what is asked.

    Raises:
        Trouble: a place, the time or the file of reports cannot be used; the words say what to do.
    """
    when = _time(at) if at else clock.wall()
    return Asked(_end(held, one), _end(held, other), _dangers(dangers, now=when), when)


def _time(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"{text!r} is no time. Write it as 2026-11-30T02:50Z.") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _end(held: Map, text: str) -> End:
    name, point = _point(held, text)
    junction, off_m = snap(held.roads, lat_deg=point.lat_deg, lon_deg=point.lon_deg)
    if off_m > FARTHEST_M:
        raise Trouble(
            f"{text!r} lies {off_m / METRES_A_KM:.0f} km from any road of the map {held.name}. "
            "Import an extract that holds it, or mend the place."
        )
    return End(text, name, point, junction, off_m)


def _point(held: Map, text: str) -> tuple[str, Point]:
    try:
        area = Area(*held.roads.bounds_deg())
        return "", understood(text, near=held.middle, area=area).point
    except Refused as no:
        found = held.names.search(text, near=held.middle) if held.names else []
        if not found:
            raise Trouble(f"{text!r}: {no} Names: safeconduct roads places --search NAME") from None
    one = _only(found)
    if one is None:
        may = "; ".join(f"{each.name} ({each.kind}) {decimal(each.point)}" for each in found[:5])
        raise Trouble(f"{text!r} may be several places: {may}. Write the coordinates of one.")
    return one.name, one.point


def _only(found: Sequence[Found]) -> Found | None:
    """Return the one place that is called so and no other: as spelled, and of those the settlement."""
    exact = [each for each in found if each.how == "exact"]
    settled = [each for each in exact if each.kind in SETTLEMENTS]
    return next((some[0] for some in (exact, settled) if len(some) == 1), None)


def _dangers(path: Path | None, *, now: datetime) -> list[Danger]:
    if path is None:
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as failed:
        raise Trouble(f"{path} cannot be read: {failed.strerror}.") from None
    except ValueError as wrong:
        raise Trouble(f"{path} is no JSON: {wrong}. See docs/operate.md, Roads.") from None
    if not isinstance(told, list):
        raise Trouble(f"{path} is no list of reports. See docs/operate.md, Roads.")
    return [_danger(each, path=path, number=n, now=now) for n, each in enumerate(told, start=1)]


def _danger(told: Any, *, path: Path, number: int, now: datetime) -> Danger:
    try:
        return _read(told, number=number, now=now)
    except (KeyError, TypeError, ValueError, Refused) as wrong:
        why = f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)
        raise Trouble(
            f"{path}, report {number}: {why} Mend it; see docs/operate.md, Roads."
        ) from None


def _read(told: Mapping[str, Any], *, number: int, now: datetime) -> Danger:
    if unknown := set(told) - _FIELDS:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known.")
    point = understood(str(told["place"])).point
    per = SECONDS_A_MINUTE if told["kind"] == WATCHERS else METRES_A_KM
    hours = [time.fromisoformat(hour) for hour in told.get("hours", ())]
    return Danger(
        ref=str(told.get("ref", number)),
        kind=told["kind"],
        lat_deg=point.lat_deg,
        lon_deg=point.lon_deg,
        radius_m=float(told["radius_m"]),
        rate=float(told["chance"]) / per,
        seen_at=_time(told["seen_at"]) if "seen_at" in told else now,
        half_life=timedelta(hours=float(told.get("half_life_h", 2))),
        uncertainty_m=float(told.get("uncertainty_m", 0)),
        hours=(hours[0], hours[1]) if told["kind"] == CURFEW else None,
    )
