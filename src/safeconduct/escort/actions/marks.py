"""What of an escort stands on the units' maps: begun, told, ended, and what came back from there.

What a map says is kept and shown, and raises alarms. It is no evidence of anything: anybody with a
certificate may call himself a unit there, so nothing here is ever recorded for GO.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import MapHeard
from safeconduct.escort import queries, rules
from safeconduct.escort.actions.alarms import clear, raise_alert
from safeconduct.escort.actions.opening import opened, tell
from safeconduct.escort.models import Contact, Escort, Mark, NoFireArea, UnitPlace
from safeconduct.escort.sealed import E7, SEEN, UNIT, Seen, seen_to_bytes
from safeconduct.geo import Point
from safeconduct.passage import disclosing
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.watch import known

TOO_OLD = timedelta(hours=1)  # a place that was said so long ago is none
UNIT_EACH = timedelta(seconds=10)  # world time; more often is written down of nobody
MOST_CONTACTS = 20  # of an escort by maps; the oldest of them makes room
BY_MAP = "map:"
_AREA_SAYS = {
    "shown": "shown_at", "delivered": "map_read_at", "read": "map_read_at",
    "acknowledged": "map_acked_at",
}  # fmt: skip


@transaction.atomic
def settle_marks(
    worker: WorkerId, escort: Escort, wanted: Mapping[str, str], *, spare: str, now: datetime
) -> None:
    """End what stands on the maps and is wanted no more, or for somebody else; begin what is wanted.

    Args:
        wanted: by thing, for whom; "" where it stands on if it stands, and is not begun.
        spare: the name that a stop gets outside: who tells one while no table can be written knows it.
    """
    living = {row.what: row for row in escort.marks.select_for_update().filter(ended_at=None)}
    for what, row in living.items():
        to = wanted.get(what)
        if to is None or (to and to != row.to):
            row.ended_at = now
            row.save(update_fields=["ended_at"])
            audit.record(worker.ref, f"map.{what}.ended", ref=row.marker, now=now)
            if to and what == disclosing.CASUALTY:
                _begin(worker.ref, escort, what, to=to, now=now, people=(row.lying, row.walking))
    for what, to in wanted.items():
        if not to or (what in living and living[what].to == to) or what == disclosing.CASUALTY:
            continue
        name = spare if what == disclosing.STOP else ""
        _begin(worker.ref, escort, what, to=to, now=now, name=name)
    tell(escort, "escort.maps")


def _begin(
    by: str, escort: Escort, what: str, *, to: str, now: datetime, name: str = "",
    people: tuple[int, int] = (0, 0),
) -> None:  # fmt: skip
    free = name and not Mark.objects.filter(marker=name).exists()
    row = Mark.objects.create(
        escort=escort, what=what, to=to, marker=name if free else new_ref(), began_at=now,
        lying=people[0], walking=people[1],
    )  # fmt: skip
    audit.record(by, f"map.{what}.begun", ref=row.marker, now=now)


def stop_shown(
    by: str, escort: Escort, *, name: str, to: str, at: datetime, stands: bool, now: datetime
) -> None:
    """Take over a stop that a station showed on the maps itself, by its name there and with its time.

    Args:
        stands: False where nothing is stopped by it: then the maps are told that it is over.
    """
    living = escort.marks.select_for_update().filter(what=disclosing.STOP, ended_at=None).first()
    if living is not None and living.marker == name:
        living.began_at = min(living.began_at, at)
        living.save(update_fields=["began_at"])
    elif not Mark.objects.filter(marker=name).exists():
        over = now if living is not None or not stands else None
        Mark.objects.create(
            escort=escort, what=disclosing.STOP, to=to, marker=name, began_at=at, ended_at=over
        )
        audit.record(by, "map.stop.begun", ref=name, now=at)


def stop_reached_maps(escort: Escort, *, at: datetime) -> None:
    """Keep that a station saw the map server have its stop: it need not be told again."""
    stops = escort.marks.filter(what=disclosing.STOP, ended_at=None, shown_at=None)
    stops.update(shown_at=at)


@transaction.atomic
def judge_stop(
    worker: WorkerId, escort: Escort, mark: Mark | None, *, now: datetime, limits: rules.Limits
) -> None:
    """Raise the alarm that a stop has not reached the maps where no watch does: before GO, or without keys.

    Args:
        mark: of the stop that stands there, None without one.
    """
    cause, limit = known.Cause.STOP_UNREACHED, limits.watch.stop_shown
    row = escort.alerts.filter(key=cause, cleared_at=None).first()
    late = mark is not None and mark.shown_at is None and now - mark.began_at >= limit
    if late and mark is not None and row is None:
        late_s, limit_s = ((now - mark.began_at), limit)
        measured, most = (round(each.total_seconds()) for each in (late_s, limit_s))
        alert = known.Alert(str(cause), cause, True, measured, most, "s")
        raise_alert(escort, alert, by=worker.ref, now=now)
    elif row is not None and not late:
        clear(escort, row, by=worker.ref, now=now)


@transaction.atomic
def ask_for_casualty(
    officer: Officer, *, ref: str, lying: int, walking: int, now: datetime
) -> None:
    """Have somebody fetched: it stands on the maps of fires and of the receiving unit, where he is now.

    Raises:
        Refused: he is not out there, or nobody is to be fetched.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_fetch(queries.state_for(officer, escort.case_ref), people=lying + walking))
    escort.marks.filter(what=disclosing.CASUALTY, ended_at=None).update(ended_at=now)
    to = " ".join(["fires", *filter(None, [escort.unit])])
    _begin(officer.ref, escort, disclosing.CASUALTY, to=to, now=now, people=(lying, walking))
    tell(escort, "escort.maps")


@transaction.atomic
def casualty_fetched(officer: Officer, *, ref: str, now: datetime) -> None:
    """Say that nobody is to be fetched any more.

    Raises:
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if escort.marks.filter(what=disclosing.CASUALTY, ended_at=None).update(ended_at=now):
        audit.record(officer.ref, "map.casualty.ended", ref=ref, now=now)
        tell(escort, "escort.maps")


@transaction.atomic
def name_tracker(officer: Officer, *, ref: str, tracker: str, now: datetime) -> None:
    """Say which tracker is his: one tells of one passage, or two would be watched as one man.

    Raises:
        Refused: there is no such tracker, or it tells of another passage under way.
        Absent: there is no such passage for `officer`.
    """
    escort = opened(officer, ref=ref, now=now)
    others = Escort.objects.filter(tracker=tracker, began_at__isnull=False, ended_at=None)
    insist(rules.may_track(tracker, taken=others.exclude(pk=escort.pk).exists()))
    escort.tracker = tracker
    escort.save(update_fields=["tracker"])
    audit.record(officer.ref, "escort.tracker", ref=ref, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def name_unit(officer: Officer, *, ref: str, unit: str, now: datetime) -> None:
    """Say which unit of the map gateway's file receives him: its map alone shows him; "" is none.

    Raises:
        Refused: there is no such unit.
        Absent: there is no such passage for `officer`.
    """
    if unit not in {"", *rules.UNITS}:
        raise Refused(
            Refusal("escort.no_unit", "There is no such unit.", 'Choose one, as "unit:1".')
        )
    escort = opened(officer, ref=ref, now=now)
    if escort.unit != unit:
        escort.unit = unit
        escort.save(update_fields=["unit"])
        UnitPlace.objects.filter(escort=escort).delete()
        audit.record(officer.ref, "escort.unit_named", ref=ref, now=now)
        tell(escort, "escort.state")


# ---- what came back ----


def map_answered(*, now: datetime) -> None:
    """Write down that the units' map server answers: of every escort that stands."""
    Escort.objects.filter(ended_at=None).update(map_at=now)


@transaction.atomic
def confirm(told: MapHeard, *, now: datetime) -> bool:
    """Keep what the maps said of a mark or an area of ours; False where we have none of that name.

    Whatever was said: an area stands, and nothing of it is evidence.
    """
    mark = Mark.objects.select_for_update(of=("self",)).filter(marker=told.about).first()
    if mark is not None:
        field = {"shown": "shown_at", "withdrawn": "withdrawn_at"}.get(told.what, "")
        if told.what == "unmeant":
            mark.unmeant, field = True, "unmeant"
        elif field and getattr(mark, field) is None:
            setattr(mark, field, now)
        if field:
            mark.save(update_fields=[field])
            tell(mark.escort, "escort.maps")
        return True
    area = NoFireArea.objects.select_for_update(of=("self",)).filter(marker=told.about).first()
    if area is None:
        return False
    field = _AREA_SAYS.get(told.what, "")
    if field and (field != "shown_at" or area.shown_at is None):
        setattr(area, field, min(told.said_at, now))
        area.save(update_fields=[field])
        tell(area.escort, "escort.no_fire")
    return True


def _is_new(told: MapHeard, before: datetime | None, *, now: datetime) -> bool:
    """Return whether a place is worth writing down: not old, not before the last, not at every step."""
    return now - told.said_at <= TOO_OLD and (before is None or told.said_at - before >= UNIT_EACH)


@transaction.atomic
def unit_seen(escort: Escort, told: MapHeard, *, keys: Keyring, now: datetime) -> bool:
    """Keep where the receiving unit's own map has it, the newest place alone; return whether it was new."""
    whole = Escort.objects.select_for_update().get(pk=escort.pk)
    row = UnitPlace.objects.filter(escort=whole).first() or UnitPlace(escort=whole, ref=new_ref())
    if whole.unit != told.unit or not _is_new(told, row.said_at, now=now):
        return False
    row.seen = _sealed(told, keys, field=UNIT, compartment=whole.compartment, ref=row.ref)
    row.said_at = told.said_at
    row.save()
    tell(whole, "escort.maps")
    return True


@transaction.atomic
def contact_seen(escort: Escort, told: MapHeard, *, keys: Keyring, now: datetime) -> bool:
    """Keep somebody coming whom a map told, the newest place alone; it serves the closing alert.

    A person ends it, and until then it is old, never gone. It leaves by nothing.
    """
    if now - told.said_at > TOO_OLD:
        return False
    by = f"{BY_MAP}{told.speaker}"[:40]
    row = escort.contacts.select_for_update().filter(by=by, ended_at=None).first()
    if row is None:
        _make_room(escort, now=now)
        row = Contact(ref=new_ref(), escort=escort, by=by)
    elif told.said_at <= row.reported_at:
        return False
    row.seen = _sealed(told, keys, field=SEEN, compartment=escort.compartment, ref=row.ref)
    row.reported_at = told.said_at
    row.save()
    tell(escort, "escort.contact")
    return True


def _make_room(escort: Escort, *, now: datetime) -> None:
    by_map = escort.contacts.filter(by__startswith=BY_MAP, ended_at=None)
    for old in by_map.order_by("-reported_at")[MOST_CONTACTS - 1 :]:
        old.ended_by, old.ended_at = BY_MAP, now
        old.save(update_fields=["ended_by", "ended_at"])


def _sealed(told: MapHeard, keys: Keyring, *, field: str, compartment: str, ref: str) -> bytes:
    point = Point(told.lat_e7 / E7, told.lon_e7 / E7)
    seen = Seen(point, told.course_cdeg // 100, told.speed_mm_s // 1000)
    return keys.seal(seen_to_bytes(seen), field=field, kind="pos", compartment=compartment, ref=ref)
