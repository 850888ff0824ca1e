"""What a station noted, taken in once and in its order: fixes, alerts, a stop, what somebody there saw.

It joins what the core knows: a fix that came by another way is not stored again, an alert of a cause that stood
here is the same alert. A stop is one person's, and he sits there. A sighting and "he is here" are told to those
who enter them: no state of a case but the stop changes by a station's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Duty, Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import Position
from safeconduct.escort import rules
from safeconduct.escort.actions.alarms import clear_own
from safeconduct.escort.actions.marks import stop_reached_maps, stop_shown
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.actions.orders import abort
from safeconduct.escort.actions.tracks import record_positions
from safeconduct.escort.models import Alert, Assignment, Escort, HeadCount
from safeconduct.escort.rules import Order
from safeconduct.log import get_logger
from safeconduct.refs import LENGTH, is_ref
from safeconduct.refusal import Refused
from safeconduct.stationed import Records, StationWord
from safeconduct.watch import chain
from safeconduct.watch.known import OWNERS, Cause

_MOST_HEADS = 200
_NEAR = frozenset({"pilot", "maps"})
_SEE_STOPS = frozenset({"fires", *(f"fires {unit}" for unit in rules.UNITS)})
logger = get_logger()


@dataclass(frozen=True, slots=True)
class _Here:
    """Where words are taken to."""

    worker: WorkerId
    row: Assignment
    escort: Escort
    now: datetime

    def at(self, word: StationWord) -> datetime:
        """Return when it was so: by the station's clock, never later than ours."""
        return min(word.at, self.now)


@transaction.atomic
def take_records(
    worker: WorkerId, *, station: str, records: Records, keys: Keyring, now: datetime
) -> list[Position]:
    """Take what a station noted; return the fixes that were new.

    A chain that does not fit calls two people, and what it says is taken all the same: a place is worth more.

    Args:
        station: who sent it, by the lane.
        keys: of the escort's compartment.
    """
    row = Assignment.objects.select_for_update().get(ref=records.passage, station=station)
    known = row.number - records.first + 1
    if known >= len(records.records) or not records.records:
        return []  # the lane delivers at least once
    if known != 0 or records.before != (bytes(row.head) or chain.BEGIN):
        _broken(row, now=now)
    row.number = records.first + len(records.records) - 1
    raws = [each.encode() for each in records.records]
    row.head = chain.follow(records.before, raws, first=records.first)
    row.heard_at = now
    row.save(update_fields=["number", "head", "heard_at"])
    here = _Here(worker, row, row.escort, now)
    return _take(here, raws[max(0, known) :], keys=keys)


@transaction.atomic
def stop_now(worker: WorkerId, *, station: str, records: Records, now: datetime) -> None:
    """Carry out the stops among what a station noted, before what lies before them; the chain is followed later.

    Args:
        station: who sent it, by the lane.
    """
    row = (
        Assignment.objects.select_related("escort")
        .filter(ref=records.passage, station=station)
        .first()
    )
    if row is None:
        return
    known = row.number - records.first + 1  # what was taken in its turn is not done again
    for each in (_read(raw.encode()) for raw in records.records[max(0, known) :]):
        if isinstance(each, StationWord) and each.what == "abort":
            _abort(_Here(worker, row, row.escort, now), each)


def refused(worker: WorkerId, *, station: str, passage: str, now: datetime) -> None:
    """Note that a station did not take a passage: it holds another, or its release could not judge."""
    row = Assignment.objects.filter(ref=passage, station=station, ended_at=None).first()
    if row is None or row.refused_at is not None:
        return
    row.refused_at = now
    row.save(update_fields=["refused_at"])
    access.page(Duty.DPC, "escort.station_refused", now=now)
    audit.record(worker.ref, "escort.station_refused", ref=row.ref, now=now)
    tell(row.escort, "escort.station")


def _broken(row: Assignment, *, now: datetime) -> None:
    logger.error("escort.station_broken", gateway=row.station, ref=row.ref)
    if row.broken_at is not None:
        return
    row.broken_at = now
    row.save(update_fields=["broken_at"])
    for duty in (Duty.DPC, Duty.SUP):
        access.page(duty, "escort.station_broken", now=now)


def _take(here: _Here, raws: Sequence[bytes], *, keys: Keyring) -> list[Position]:
    things = [_read(raw) for raw in raws]
    ours = {here.escort.tracker, here.escort.aircraft} - {""}
    fixes = [each for each in things if isinstance(each, Position) and each.subject in ours]
    stored = record_positions(here.escort, fixes, keys=keys)
    _news(here, [fix for fix in stored if fix.source == "pilot"])
    for each in things:
        if isinstance(each, StationWord):
            _WORDS.get(each.what, _nothing)(here, each)
    if here.escort.ended_at is not None:  # it is over: what stood there stands nowhere any more
        here.escort.alerts.filter(cleared_at=None, station=here.row.station).update(
            cleared_at=here.now
        )
    tell(here.escort, "escort.station")
    return stored


def _read(raw: bytes) -> Position | StationWord | None:
    for kind in (Position, StationWord):
        try:
            return kind.from_bytes(raw)
        except ValueError:
            continue
    logger.warning("escort.station_unread")
    return None


def _news(here: _Here, marks: Sequence[Position]) -> None:
    """Count a pilot's mark as news of him, as here."""
    if not marks:
        return
    newest = min(max(fix.fixed_at for fix in marks), here.now)
    if here.escort.news_at is None or newest > here.escort.news_at:
        here.escort.news_at = newest
        here.escort.save(update_fields=["news_at"])
    audit.record(here.row.person, "escort.marked", ref=here.escort.passage, now=newest)


def _nothing(_here: _Here, _word: StationWord) -> None:
    pass


def _briefed(here: _Here, word: StationWord) -> None:
    here.row.held_turn = word.numbers.get("turn", 0)
    here.row.held_at = here.at(word)
    here.row.save(update_fields=["held_turn", "held_at"])


def _alert(here: _Here, word: StationWord) -> None:
    """Take an alert as raised when the station raised it; of a cause that stood then, or stands, it is the same."""
    at, cause = here.at(word), word.about.partition(":")[0]
    if cause not in set(Cause):
        return
    grave = bool(word.numbers.get("grave"))
    same = here.escort.alerts.filter(key=word.about)
    row = same.filter(Q(cleared_at=None) | Q(cleared_at__gte=at)).order_by("raised_at").first()
    if row is not None:
        row.raised_at, row.grave = min(row.raised_at, at), row.grave or grave
        row.save(update_fields=["raised_at", "grave"])
        return
    row = Alert.objects.create(
        escort=here.escort,
        key=word.about,
        cause=cause,
        grave=grave,
        measured=word.numbers.get("measured", 0),
        limit=word.numbers.get("limit", 0),
        unit=word.unit[:12],
        old=bool(word.numbers.get("old")),
        owner=OWNERS[Cause(cause)],
        raised_at=at,
        station=here.row.station,
    )
    audit.record(here.worker.ref, f"alert.{cause}", ref=row.ref, now=at)
    tell(here.escort, "escort.alert")


def _cleared(here: _Here, word: StationWord) -> None:
    """Clear what the station raised; what the core raised itself, its own judge clears."""
    at = here.at(word)
    rows = here.escort.alerts.filter(
        key=word.about, station=here.row.station, cleared_at=None, raised_at__lte=at
    )
    for row in rows:
        row.cleared_at = at
        row.save(update_fields=["cleared_at"])
        audit.record(here.worker.ref, f"alert.{row.cause}.cleared", ref=row.ref, now=at)
        tell(here.escort, "escort.alert")


def _stood(here: _Here, word: StationWord) -> Alert | None:
    """Return the alert of that cause which stood at that time, or the last one before."""
    rows = here.escort.alerts.select_for_update().filter(key=word.about)
    return rows.filter(raised_at__lte=here.at(word)).order_by("-raised_at").first()


def _taken(here: _Here, word: StationWord) -> None:
    """Take that whoever sits there has an alert, since then; who has it here too is shown both, and so is he."""
    row, at = _stood(here, word), here.at(word)
    if row is None or row.there_at is not None:
        return
    row.there_at = at
    if not row.taken_by:
        row.taken_by, row.taken_at = here.row.person, at
    row.save(update_fields=["there_at", "taken_by", "taken_at"])
    audit.record(here.row.person, "alert.taken", ref=row.ref, now=at)
    tell(here.escort, "escort.alert")


def _untaken(here: _Here, word: StationWord) -> None:
    row = _stood(here, word)
    if row is not None:
        audit.record(here.worker.ref, "alert.untaken", ref=row.ref, now=here.at(word))


def _abort(here: _Here, word: StationWord) -> None:
    """Stop in the name of whoever sits there, as if he had pressed it here then: it is one stop, on the maps too."""
    where, stands = here.escort, True
    duties = staff.members_of(where.compartment, now=here.now).get(here.row.person, set())
    who = Officer(here.row.person, 0, "", frozenset(duties) | {Duty.PIL}, "")
    same = {"order": Order.ABORT, "by": here.row.person, "at": here.at(word)}
    try:
        if not where.instructions.filter(**same).exists():  # `stop_now` was before us
            abort(who, passage=where.passage, case_ref=where.case_ref, now=here.at(word))
    except (Refused, Absent) as no:  # he has arrived
        stands = False
        logger.warning("escort.station_abort", ref=where.passage, error=type(no).__name__)
        for duty in (Duty.DPC, Duty.SUP):
            access.page(duty, "escort.station_abort", now=here.now)
    if is_ref(word.about) and len(word.about) <= LENGTH and word.unit in _SEE_STOPS:
        stop_shown(
            here.row.person, where, name=word.about, to=word.unit, at=here.at(word), stands=stands, now=here.now,
        )  # fmt: skip


def _reached(here: _Here, word: StationWord) -> None:
    """Keep whom a stop reached without us."""
    if word.about not in _NEAR:
        return
    audit.record(
        here.row.person, f"escort.abort_reached.{word.about}", ref=here.escort.passage, now=here.at(word),
    )  # fmt: skip
    if word.about == "maps":
        stop_reached_maps(here.escort, at=here.at(word))


def _heads(here: _Here, word: StationWord) -> None:
    heads = word.numbers.get("heads", -1)
    gate = "sight" if word.what == "sighted" else "contact"
    if 0 <= heads <= _MOST_HEADS:
        HeadCount.objects.create(
            escort=here.escort, gate=gate, count=heads, by=here.row.person, at=here.at(word)
        )
    audit.record(
        here.row.person, f"escort.heads.{gate}", ref=here.escort.passage, now=here.at(word)
    )


def _sighted(here: _Here, word: StationWord) -> None:
    _heads(here, word)
    for duty in (Duty.PIL, Duty.DPC):
        access.page(duty, "escort.station_sighted", now=here.now)


def _arrived(here: _Here, word: StationWord) -> None:
    _heads(here, word)
    for duty in (Duty.RCV, Duty.DPC):
        access.page(duty, "escort.station_here", now=here.now)


def _fires(here: _Here, word: StationWord) -> None:
    """Take fires' acknowledgement of the area that stands, if it is newer."""
    at = here.at(word)
    for area in here.escort.areas.filter(marker=word.about, ended_at=None):
        if area.acked_at is None or at > area.acked_at:
            area.acked_by, area.acked_at = here.row.person, at
            area.save(update_fields=["acked_by", "acked_at"])
            audit.record(here.row.person, "no_fire.acknowledged", ref=area.ref, now=at)
            clear_own(here.escort, "NO_FIRE_ACK", by=here.row.person, now=here.now)
            tell(here.escort, "escort.no_fire")


_WORDS = {
    "briefed": _briefed,
    "alert": _alert,
    "cleared": _cleared,
    "taken": _taken,
    "untaken": _untaken,
    "abort": _abort,
    "told": _reached,
    "sighted": _sighted,
    "here": _arrived,
    "fires": _fires,
}
