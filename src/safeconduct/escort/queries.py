"""The only way to read an escort: members alone are answered, places are opened once for a page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from django.db.models import Max, Q

from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.cases import queries as cases
from safeconduct.envelope import Position
from safeconduct.escort import rules
from safeconduct.escort.models import (
    Alert,
    Contact,
    Escort,
    Instruction,
    Mark,
    NoFireArea,
    Stretch,
    UnitPlace,
)
from safeconduct.escort.sealed import (
    FIXES,
    SEEN,
    SHAPE,
    UNIT,
    Seen,
    fixes_from_bytes,
    ring_from_bytes,
    seen_from_bytes,
)
from safeconduct.geo import Point, moved
from safeconduct.passage import queries as passages
from safeconduct.watch import known as watch

TRACK_SHOWN = timedelta(minutes=60)
CLEARED_SHOWN = 6


def escort_for(
    who: Officer | WorkerId, purpose: Purpose, *, ref: str, lock: bool = False
) -> Escort:
    """Return the escort of a passage to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `who`; the two look the same.
    """
    if isinstance(who, WorkerId) and purpose not in {who.purpose, Purpose.READ, Purpose.WRITE}:
        raise Absent
    rows = Escort.objects.select_for_update() if lock else Escort.objects.all()
    found = rows.filter(passage=ref).first()
    if found is None:
        raise Absent
    if isinstance(who, Officer) and not access.member(who, found.compartment):
        raise Absent
    return found


def alert_for(officer: Officer, purpose: Purpose, *, ref: str, lock: bool = False) -> Alert:
    """Return one alert to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    rows = Alert.objects.select_for_update(of=("self",)) if lock else Alert.objects.all()
    found = rows.select_related("escort").filter(ref=ref).first()
    if found is None:
        raise Absent
    escort_for(officer, purpose, ref=found.escort.passage)
    return found


def area_for(officer: Officer, purpose: Purpose, *, ref: str, lock: bool = False) -> NoFireArea:
    """Return one no-fire area to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    rows = NoFireArea.objects.select_for_update(of=("self",)) if lock else NoFireArea.objects.all()
    found = rows.select_related("escort").filter(ref=ref).first()
    if found is None:
        raise Absent
    escort_for(officer, purpose, ref=found.escort.passage)
    return found


def instruction_for(officer: Officer, purpose: Purpose, *, ref: str) -> Instruction:
    """Return one instruction to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    found = Instruction.objects.select_related("escort").filter(ref=ref).first()
    if found is None:
        raise Absent
    escort_for(officer, purpose, ref=found.escort.passage)
    return found


def contact_for(escort: Escort, ref: str) -> Contact:
    """Return a contact of this escort that was not ended.

    Raises:
        Absent: there is none.
    """
    found = escort.contacts.filter(ref=ref, ended_at=None).first()
    if found is None:
        raise Absent
    return found


def taken_here(escort: Escort) -> dict[str, int]:
    """Return which alerts that stand somebody has taken at a console, by key, and when, in seconds since 1970."""
    rows = escort.alerts.filter(cleared_at=None).exclude(taken_by="")
    here = [row for row in rows if row.taken_at is not None and row.taken_at != row.there_at]
    return {row.key: int(row.taken_at.timestamp()) for row in here if row.taken_at}


def seen_at(escort: Escort) -> datetime | None:
    """Return when the pilot last had him in sight: a sighting or a mark of his."""
    last = escort.heads.filter(gate="sight").order_by("-at").first()
    marked = escort.track.filter(source="pilot").order_by("-fixed_until").first()
    times = [last.at if last else None, marked.fixed_until if marked else None]
    return max([at for at in times if at is not None], default=None)


def newest_by_people() -> int:
    """Return the number of the newest stretch that people told, of any escort; 0 without one."""
    found = Stretch.objects.filter(route=rules.BY_PEOPLE).aggregate(newest=Max("pk"))
    return found["newest"] or 0


def area_of(escort: Escort) -> NoFireArea | None:
    """Return the no-fire area that stands."""
    return escort.areas.filter(ended_at=None).first()


def word_of(area: NoFireArea) -> str:
    """Return what the maps must know of an area: until when, or that it has ended."""
    return f"{area.valid_until.isoformat()}|{'ended' if area.ended_at else 'stands'}"


class Told(NamedTuple):
    """Whose an area is."""

    compartment: str
    passage: str
    case: str


def areas_to_tell(round_: int) -> dict[str, Told]:
    """Return area → whose, where the maps do not know the latest word in this round.

    What has ended is said once more and then no more. For workers.
    """
    found = {}
    for area in NoFireArea.objects.select_related("escort").order_by("pk"):
        word, _, told = area.published.rpartition("|")
        stale = word != word_of(area) or (area.ended_at is None and told != str(round_))
        if stale:
            escort = area.escort
            found[area.ref] = Told(escort.compartment, escort.passage, escort.case_ref)
    return found


def on_maps(*, over_since: datetime) -> list[Escort]:
    """Return the escorts of which something stands on the maps, or may, or was over since. For workers."""
    under_way = Q(began_at__isnull=False, ended_at=None)
    area = Q(ended_at=None, areas__isnull=False, areas__ended_at=None)
    stands = Q(marks__isnull=False, marks__ended_at=None)
    over = Q(marks__ended_at__gt=over_since, marks__withdrawn_at=None)
    return list(Escort.objects.filter(under_way | area | stands | over).distinct().order_by("pk"))


def marks_of(escort: Escort) -> list[Mark]:
    """Return what stands on the maps, and what is over and was not confirmed by their server."""
    rows = escort.marks.filter(Q(ended_at=None) | Q(withdrawn_at=None))
    return list(rows.order_by("pk"))


def is_stopped(escort: Escort) -> bool:
    """Return whether HOLD or ABORT is in force."""
    return escort.instructions.filter(order__in=("HOLD", "ABORT"), ended_at=None).exists()


# ---- opened ----


def last_fix(escort: Escort, subject: str, *, keys: Keyring) -> Position | None:
    """Return the newest fix of "vehicle" or of the escort's aircraft, None without one."""
    names = [escort.aircraft] if subject == "aircraft" else [escort.tracker, subject]
    row = escort.track.filter(subject__in=names).order_by("-fixed_until", "-pk").first()
    if row is None:
        return None
    return max(opened_fixes(row, escort, keys), key=lambda fix: fix.fixed_at)


def opened_fixes(row: Stretch, escort: Escort, keys: Keyring) -> list[Position]:
    """Return the fixes of one stretch, opened."""
    raw = keys.open_bytes(
        row.fixes, field=FIXES, kind="pos", compartment=escort.compartment, ref=row.ref
    )
    return fixes_from_bytes(raw, route=row.route, subject=row.subject, source=row.source)


class Said(Protocol):
    """A report relative to him: direction and distance."""

    direction_deg: int
    distance_m: int


def from_him(here: Position, said: Any) -> Point:
    """Return the place that lies `distance_m` from a fix in `direction_deg`."""
    turn = math.radians(said.direction_deg)
    return moved(
        Point(here.lat_e7 / 1e7, here.lon_e7 / 1e7),
        east_m=said.distance_m * math.sin(turn),
        north_m=said.distance_m * math.cos(turn),
    )


def seen_in(escort: Escort, row: Contact, keys: Keyring) -> Seen:
    """Return where a contact was seen, opened."""
    return seen_from_bytes(
        keys.open_bytes(
            row.seen, field=SEEN, kind="pos", compartment=escort.compartment, ref=row.ref
        )
    )


def contacts_in(escort: Escort, *, keys: Keyring) -> list[watch.Contact]:
    """Return the contacts that no human has ended, as the watch needs them."""
    found = []
    for row in escort.contacts.filter(ended_at=None):
        seen = seen_in(escort, row, keys)
        found.append(
            watch.Contact(row.ref, seen.point, seen.heading_deg, seen.speed_m_s, row.reported_at)
        )
    return found


def unit_in(escort: Escort, keys: Keyring) -> tuple[Point, datetime] | None:
    """Return where the receiving unit's own map last had it, opened, and when; None where it told none."""
    row = UnitPlace.objects.filter(escort=escort).first()
    if row is None:
        return None
    raw = keys.open_bytes(
        row.seen, field=UNIT, kind="pos", compartment=escort.compartment, ref=row.ref
    )
    return seen_from_bytes(raw).point, row.said_at


def maps_in(escort: Escort, *, keys: Keyring) -> watch.Maps | None:
    """Return what is known of the units' maps, as the watch needs it; None while they were given nothing."""
    area = escort.areas.filter(ended_at=None, published_at__isnull=False).first()
    first = escort.marks.order_by("pk").first()
    given = [at for at in (first and first.began_at, area and area.published_at) if at]
    if not given:
        return None
    stop = escort.marks.filter(what="stop", ended_at=None).first()
    return watch.Maps(
        since=max(min(given), escort.began_at or min(given)),
        answered_at=escort.map_at,
        area_told_at=area.shown_at if area else None,
        area_word_at=area.map_acked_at if area else None,
        stopped_at=stop.began_at if stop else None,
        stop_shown_at=stop.shown_at if stop else None,
        unit=unit_in(escort, keys),
    )


def ring_in(area: NoFireArea, keys: Keyring) -> list[list[int]]:
    """Return an area's ring in 1e-7 degrees, opened."""
    return ring_from_bytes(
        keys.open_bytes(
            area.shape,
            field=SHAPE,
            kind="pos",
            compartment=area.escort.compartment,
            ref=area.ref,
        )
    )


def planned_heads(officer: Officer, escort: Escort) -> int:
    """Return how many people the plan is for."""
    passage = passages.passage_for(officer, Purpose.READ, ref=escort.passage)
    plan = passages.newest(list(passage.plans.all()))
    if plan is None:
        raise Absent
    keys = passages.keys_of(officer, Purpose.READ, passage)
    return int(passages.content_of(keys, plan)["heads"])


# ---- pages ----


@dataclass(frozen=True, slots=True)
class Line:
    """One passage in the list of escorts."""

    passage: str
    state: str
    since: datetime
    alerts: int
    area_until: datetime | None
    aborted: bool


def list_for(officer: Officer, purpose: Purpose) -> list[Line]:
    """Return the passages of the officer's cases that have not ended, newest first."""
    lines = []
    for passage in passages.passages_for(officer, purpose).filter(ended_at=None):
        escort = Escort.objects.filter(passage=passage.ref).first()
        area = escort.areas.filter(ended_at=None).first() if escort else None
        lines.append(
            Line(
                passage=passage.ref,
                state=cases.state_of(officer, purpose, ref=passage.case_ref),
                since=escort.began_at or escort.opened_at if escort else passage.opened_at,
                alerts=escort.alerts.filter(cleared_at=None).count() if escort else 0,
                area_until=area.valid_until if area else None,
                aborted=bool(escort and escort.instructions.filter(order="ABORT").exists()),
            )
        )
    return lines


def track_in(escort: Escort, *, keys: Keyring, now: datetime) -> list[Position]:
    """Return the fixes of the last hour, opened, oldest first."""
    rows = escort.track.filter(fixed_until__gte=now - TRACK_SHOWN).order_by("fixed_until", "pk")
    return [fix for row in rows for fix in opened_fixes(row, escort, keys)]


def track_until(escort: Escort, *, keys: Keyring, at: datetime) -> list[Position]:
    """Return the fixes of the hour before an instant, as they were known then."""
    rows = escort.track.filter(fixed_from__lte=at, fixed_until__gte=at - TRACK_SHOWN)
    fixes = (fix for row in rows.order_by("fixed_until", "pk")
             for fix in opened_fixes(row, escort, keys))  # fmt: skip
    return [fix for fix in fixes if max(fix.fixed_at, fix.received_at) <= at]


def happened(escort: Escort, *, until: datetime) -> tuple[list[Alert], list[Instruction]]:
    """Return the alerts and orders of an escort up to an instant, the newest first."""
    return (
        list(escort.alerts.filter(raised_at__lte=until).order_by("-raised_at")),
        list(escort.instructions.filter(at__lte=until).order_by("-at")),
    )


def alerts_of(escort: Escort) -> Sequence[Alert]:
    """Return the standing alerts, gravest first, then the last cleared ones."""
    standing = list(escort.alerts.filter(cleared_at=None).order_by("-grave", "raised_at"))
    cleared = escort.alerts.filter(cleared_at__isnull=False).order_by("-cleared_at")
    return [*standing, *cleared[:CLEARED_SHOWN]]


def state_for(officer: Officer, case_ref: str) -> str:
    """Return the state of the case, as `officer` may see it."""
    return cases.state_of(officer, Purpose.READ, ref=case_ref)


def is_out(state: str) -> bool:
    """Return whether he is out there: under way, missing, or on his way back."""
    return state in rules.STILL_OUT
