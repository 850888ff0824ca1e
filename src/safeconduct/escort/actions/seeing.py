"""What people see and say: on station, sighted, how many, who else is there, where he is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.keyring import Keyring, open_fields
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as case_actions
from safeconduct.cases import queries as cases
from safeconduct.cases.actions import Stopped
from safeconduct.envelope import Position
from safeconduct.escort import queries, rules
from safeconduct.escort.actions.alarms import clear_own, raise_own
from safeconduct.escort.actions.marks import name_unit
from safeconduct.escort.actions.opening import opened, tell
from safeconduct.escort.actions.preflights import insist_fit
from safeconduct.escort.actions.tracks import record_positions
from safeconduct.escort.models import Contact, Escort, HeadCount
from safeconduct.escort.sealed import E7, SEEN, Seen, seen_to_bytes
from safeconduct.geo import Point
from safeconduct.passage import actions as passages
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.watch.filter import NOISE_M
from safeconduct.ways.coordinates import understood


@transaction.atomic
def on_station(officer: Officer, *, ref: str, aircraft: str, now: datetime) -> None:
    """The pilot's word that his drone is on station; its silence counts from GO on.

    Raises:
        Refused: no aircraft is named, it was never read, or what was read forbids it or is not signed for.
        Absent: there is no such passage for `officer`.
    """
    if aircraft.partition(":")[0] != "aircraft" or not aircraft.partition(":")[2].isdecimal():
        raise Refused(
            Refusal("escort.no_aircraft", "No aircraft is named.", 'Name it, as "aircraft:1".')
        )
    escort = opened(officer, ref=ref, now=now)
    insist_fit(aircraft, under_way=escort.began_at is not None, now=now)
    escort.aircraft = aircraft
    escort.save(update_fields=["aircraft"])
    case_actions.record_evidence(escort.case_ref, kind="drone_on_station", by=officer, at=now)
    audit.record(officer.ref, "escort.on_station", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def unit_on_station(officer: Officer, *, ref: str, now: datetime) -> None:
    """The receiving lead's word that his unit is on station.

    Raises:
        Absent: there is no such passage for `officer`.
    """
    escort = opened(officer, ref=ref, now=now)
    _unit_told(escort, ready=True, now=now)
    case_actions.record_evidence(escort.case_ref, kind="unit_on_station", by=officer, at=now)
    audit.record(officer.ref, "escort.unit_on_station", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def not_ready(officer: Officer, *, ref: str, duty: Duty, now: datetime) -> None:
    """The word, under `duty`, that somebody is not ready: what was read back under it counts no more.

    Of the receiving lead, and of anybody once he is on the way, it says that the unit cannot receive him:
    an alert, and the commander called at once.

    Raises:
        Refused: see `passages.not_ready`.
        Absent: there is no such passage for `officer`.
    """
    going = passages.not_ready(officer, ref=ref, duty=duty, now=now)
    escort = opened(officer, ref=ref, now=now)
    if duty is Duty.RCV or going:
        _unit_told(escort, ready=False, now=now)
    if going:
        access.page(Duty.DPC, "escort.unit", now=now)
    audit.record(officer.ref, "escort.not_ready", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def unit_relieved(officer: Officer, *, ref: str, now: datetime) -> None:
    """The word that the receiving unit was relieved, in one act: its lead's read-back is void.

    It counts as not ready until the new lead says otherwise, and its map shows him no longer.

    Raises:
        Refused: see `passages.relieve_unit`.
        Absent: there is no such passage for `officer`.
    """
    passages.relieve_unit(officer, ref=ref, now=now)
    escort = opened(officer, ref=ref, now=now)
    _unit_told(escort, ready=False, now=now)
    if escort.unit:
        name_unit(officer, ref=ref, unit="", now=now)
    tell(escort, "escort.state")


def _unit_told(escort: Escort, *, ready: bool, now: datetime) -> None:
    escort.unit_at, escort.unit_ready = now, ready
    escort.save(update_fields=["unit_at", "unit_ready"])


@transaction.atomic
def weather_checked(
    officer: Officer, *, ref: str, wind_m_s: int, battery_min: int, now: datetime
) -> None:
    """The pilot's word on weather and battery, before a plan is opened.

    Args:
        wind_m_s: metres a second; `battery_min`: minutes on station that the battery gives.

    Raises:
        Absent: there is no such passage for `officer`.
    """
    escort = opened(officer, ref=ref, now=now)
    escort.wind_m_s = wind_m_s
    escort.save(update_fields=["wind_m_s"])
    note = f"wind {wind_m_s} m/s, battery {battery_min} min"
    case_actions.record_evidence(
        escort.case_ref, kind="weather_battery", by=officer, at=now, note=note
    )
    audit.record(officer.ref, "escort.weather_checked", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def sighted(
    officer: Officer, *, ref: str, signs: bool, mutual: bool, heads: int, profile: Profile,
    now: datetime,
) -> None:  # fmt: skip
    """The pilot sees him: the signs match, each greeted the other. The case stands SIGHTED.

    Raises:
        Refused: a sign is lacking, or the step is not his.
        Absent: there is no such escort for `officer`.
    """
    insist(rules.may_sight(signs=signs, mutual=mutual))
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    state = cases.state_of(officer, Purpose.READ, ref=escort.case_ref)
    kinds = ["identified_again"] if state == "MISSING" else ["signs_match", "both_acknowledged"]
    for kind in kinds:
        case_actions.record_evidence(escort.case_ref, kind=kind, by=officer, at=now)
    case_actions.advance(officer, ref=escort.case_ref, to="SIGHTED", profile=profile, now=now)
    _count(officer, escort, gate="sight", heads=heads, now=now)
    _heard_of(escort, now=now)
    escort.searched_until = None  # who is missing once more is given once more
    escort.save(update_fields=["searched_until"])
    audit.record(officer.ref, "escort.sighted", ref=ref, now=now)
    tell(escort, "escort.state")


def _heard_of(escort: Escort, *, now: datetime) -> None:
    escort.news_at = now
    escort.save(update_fields=["news_at"])


@transaction.atomic
def count_heads(officer: Officer, *, ref: str, gate: str, heads: int, now: datetime) -> None:
    """Write down how many people there are at one gate. One too many raises an alert.

    Raises:
        Refused: there is no such gate.
        Absent: there is no such escort for `officer`.
    """
    if gate not in rules.GATES:
        raise Refused(
            Refusal(
                "escort.no_gate", "Heads are not counted there.", "Choose start, sight or contact."
            )
        )
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    _count(officer, escort, gate=gate, heads=heads, now=now)


def _count(officer: Officer, escort: Escort, *, gate: str, heads: int, now: datetime) -> None:
    """Count, against the plan. An extra person stops the handover; nobody loses protection by it."""
    HeadCount.objects.create(escort=escort, gate=gate, count=heads, by=officer.ref, at=now)
    planned = queries.planned_heads(officer, escort)
    audit.record(officer.ref, f"escort.heads.{gate}", ref=escort.passage, now=now)
    if rules.heads_differ(planned, heads):
        raise_own(escort, "HEADS", measured=heads, limit=planned, by=officer.ref, now=now)
    else:
        clear_own(escort, "HEADS", by=officer.ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def mark(officer: Officer, *, ref: str, now: datetime) -> None:
    """The pilot's mark "I see him, here": news of him at the place where the aircraft is.

    Raises:
        Refused: the aircraft has told no place.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    keys = _keys(officer, escort)
    last = queries.last_fix(escort, "aircraft", keys=keys)
    if last is None:
        raise Refused(
            Refusal(
                "escort.no_fix",
                "The aircraft has told no place yet.",
                "Report by voice, and wait for its telemetry.",
            )
        )
    here = Point(last.lat_e7 / E7, last.lon_e7 / E7)
    record_positions(escort, [_seen(escort, here, source="pilot", at=now, now=now)], keys=keys)
    _heard_of(escort, now=now)
    audit.record(officer.ref, "escort.marked", ref=ref, now=now)
    tell(escort, "escort.state")


def _seen(
    escort: Escort, point: Point, *, source: str, at: datetime, now: datetime, error_m: float = 0.0
) -> Position:
    """Return a fix of him by a person; its accuracy is what its source is good for, or its writing's error."""
    noise_m = max(error_m, NOISE_M[source])
    return Position(
        route=rules.BY_PEOPLE,
        arrival=escort.track.filter(route=rules.BY_PEOPLE).count() + 1,
        subject="vehicle",
        source=source,
        fixed_at=at,
        received_at=now,
        lat_e7=round(point.lat_deg * E7),
        lon_e7=round(point.lon_deg * E7),
        alt_mm=0,
        speed_mm_s=0,
        heading_cdeg=0,
        health={"h_acc_mm": round(noise_m * 1000)},
    )


@transaction.atomic
def place_told(
    officer: Officer, *, ref: str, place: str, source: str, minutes_ago: int, now: datetime
) -> None:
    """Record where a person sees him, or where his words or his live location have him.

    The place is read as in his texts and in a planner's fields. His words and his location are no sight of
    him: who forces him can write them. So a person's sight alone counts as news of him.

    Args:
        source: "map", "text" or "share".
        minutes_ago: when he was there.

    Raises:
        Refused: the place cannot be read, or there is no such source.
        Absent: there is no such escort for `officer`.
    """
    if source not in rules.TOLD_BY:
        raise Refused(
            Refusal(
                "escort.no_source",
                "Nobody tells his place in that way.",
                "Choose whether you see him, he wrote it, or his location is shared.",
            )
        )
    read = understood(place)
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    at = now - timedelta(minutes=minutes_ago)
    fix = _seen(escort, read.point, source=source, at=at, now=now, error_m=read.error_m)
    record_positions(escort, [fix], keys=_keys(officer, escort))
    if source == "map" and (escort.news_at is None or at > escort.news_at):
        _heard_of(escort, now=at)
    audit.record(officer.ref, f"escort.placed.{source}", ref=ref, now=now)
    tell(escort, "escort.state")


@dataclass(frozen=True, slots=True)
class Report:
    """A contact as a human says it: from him so far in that direction, heading there, so fast."""

    direction_deg: int
    distance_m: int
    heading_deg: int
    speed_m_s: int


@transaction.atomic
def report_contact(
    officer: Officer, *, ref: str, report: Report, contact: str = "", now: datetime
) -> str:
    """Report somebody who comes near, or report him anew; return the contact's ref.

    It serves the closing alert, and nothing else: it has no export and no list across passages.

    Args:
        contact: an earlier report of the same; the new one takes its place, its alert goes on.

    Raises:
        Refused: nobody knows where he himself is, so "from him" has no meaning.
        Absent: there is no such escort or contact for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    keys = _keys(officer, escort)
    here = queries.last_fix(escort, "vehicle", keys=keys)
    if here is None:
        raise Refused(
            Refusal(
                "escort.no_fix",
                "Nobody knows where he is, so a direction from him says nothing.",
                "Tell the passage commander by voice.",
            )
        )
    seen = Seen(queries.from_him(here, report), report.heading_deg, report.speed_m_s)
    row = queries.contact_for(escort, contact) if contact else Contact(ref=new_ref(), escort=escort)
    row.seen = keys.seal(
        seen_to_bytes(seen), field=SEEN, kind="pos", compartment=escort.compartment, ref=row.ref
    )
    row.by, row.reported_at = officer.ref, now
    row.save()
    audit.record(officer.ref, "escort.contact", ref=row.ref, now=now)
    tell(escort, "escort.contact")
    return row.ref


@transaction.atomic
def end_contact(officer: Officer, *, ref: str, contact: str, now: datetime) -> None:
    """Say that a contact is gone. Only a human can: an old report is old, never gone.

    Raises:
        Absent: there is no such escort or contact for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row = queries.contact_for(escort, contact)
    row.ended_by, row.ended_at = officer.ref, now
    row.save(update_fields=["ended_by", "ended_at"])
    audit.record(officer.ref, "escort.contact.ended", ref=row.ref, now=now)
    tell(escort, "escort.contact")


def missing(officer: Officer, *, case_ref: str, now: datetime) -> Stopped:
    """Record that he is missing; one person, nothing first.

    Raises:
        Refused: not among his duties, or he is not on the way.
        Absent: there is no such case.
    """
    return case_actions.stop(officer, ref=case_ref, to="MISSING", now=now)


@transaction.atomic
def search_started(officer: Officer, *, ref: str, now: datetime) -> None:
    """The word of whoever leads it that the search plan has begun.

    Raises:
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref)
    case_actions.record_evidence(escort.case_ref, kind="search_started", by=officer, at=now)
    audit.record(officer.ref, "escort.search_started", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def show_last_place(officer: Officer, *, ref: str, now: datetime) -> None:
    """Let the unit that searches see where he was last, for the time of the search plan.

    Raises:
        Refused: he is not missing.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_show_last_place(queries.state_for(officer, escort.case_ref)))
    escort.searched_until = now + rules.SEARCHED
    escort.save(update_fields=["searched_until"])
    audit.record(officer.ref, "escort.last_place_shown", ref=ref, now=now)
    tell(escort, "escort.state")


def _keys(officer: Officer, escort: Escort) -> Keyring:
    return open_fields(officer, Purpose.WRITE, [escort.compartment], ["body", "pos"])
