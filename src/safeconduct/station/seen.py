"""What the station's page shows at one instant. Taken from what is in memory; nothing is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.station.stopping import stopped_at
from safeconduct.station.under import E7, Standing, Under, at_of, contacts_of, taken_at_home
from safeconduct.station.watching import Station
from safeconduct.stationed import Around
from safeconduct.watch.fixes import in_order, place
from safeconduct.watch.known import Alert, Contact
from safeconduct.watch.whereabouts import Place, where


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """One alert, with the core's words for it: what it is, and what to do now.

    Attributes:
        here_at, home_at: when somebody took it, here or at home.
        late: nobody took it in time.
    """

    alert: Alert
    since: datetime
    title: str
    now: str
    here_at: datetime | None
    home_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Aircraft:
    """The machine that watches: where, how old that is, and what it has left."""

    point: Point
    at: datetime
    battery: int | None
    link: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """The whole page.

    Attributes:
        along_m, whole_m: how far he has come, of how much.
        waiting: records that the core has not acknowledged.
        full: the disk takes nothing.
        held_at: since when he was told to stand.
        reached: who near has seen a stop, and since when: "pilot", "maps".
        fence: the plan's for its drone, as the pilot types it; "" where none was told.
        contacts: whom a human saw coming; `around` what else was told of them, of the unit and the wind.
    """

    now: datetime
    since: datetime
    line: Sequence[Point]
    area: Sequence[Point]
    marker: str
    waits: str
    place: Place | None
    along_m: float
    beside_m: float
    aircraft: Aircraft | None
    alerts: Sequence[AlertSeen]
    aborted_at: datetime | None
    abort_stored: bool
    abort_arrived: bool
    waiting: int
    full: bool
    held_at: datetime | None = None
    reached: Mapping[str, datetime] = field(default_factory=dict)
    contacts: Sequence[Contact] = ()
    around: Around | None = None
    fence: str = ""


def seen_of(station: Station, *, language: str, now: datetime) -> Seen | None:
    """Return what there is to see; None while no passage is held."""
    with station.lock:
        under = station.under
        if under is None:
            return None
        told = under.briefing
        vehicle, drone = under.pair.vehicle.fixes, under.pair.aircraft.fixes
        graver_first = sorted(under.alerts, key=lambda each: not each.grave)
        alerts = [_alert(under, each, language=language, now=now) for each in graver_first]
        return Seen(
            now=now,
            since=told.since,
            line=under.pair.vehicle.line,
            area=[Point(lat / E7, lon / E7) for lat, lon in told.area_e7],
            marker=told.marker,
            waits=told.advice.get(f"{language}:WAIT", ["", ""])[0],
            place=where(in_order(under.his), now=now),
            along_m=vehicle[-1].along_m if vehicle else under.furthest_m,
            beside_m=vehicle[-1].beside_m if vehicle else 0.0,
            aircraft=_aircraft(drone[-1].fix, drone[-1].at) if drone else None,
            alerts=alerts,
            aborted_at=stopped_at(under),
            abort_stored=bool(under.abort_key),
            abort_arrived=bool(told.stopped) or station.abort_arrived(),
            waiting=station.waiting(),
            full=station.book.full,
            held_at=at_of(told.held),
            reached=dict(under.reached),
            contacts=contacts_of(under.around),
            around=under.around,
            fence=told.fence,
        )


def _alert(under: Under, alert: Alert, *, language: str, now: datetime) -> AlertSeen:
    stands, told = under.standing.get(alert.key) or Standing(now, alert.grave), under.briefing
    home_at = taken_at_home(under, alert.key)
    late = now - stands.since >= timedelta(seconds=told.untaken_s)
    title, do = told.advice.get(f"{language}:{alert.cause}", [str(alert.cause), ""])
    taken = stands.taken_at is not None or home_at is not None
    return AlertSeen(
        alert, stands.since, title, do, stands.taken_at, home_at, late=late and not taken
    )


def _aircraft(fix: Position, at: datetime) -> Aircraft:
    health = fix.health
    return Aircraft(place(fix), at, health.get("battery_percent"), health.get("link_percent"))
