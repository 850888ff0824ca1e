"""What the escort's worker does for stations in the field: tells them what they must know, takes what they noted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import translation

from safeconduct import log
from safeconduct.access.client import KeeperAway
from safeconduct.access.keyring import open_fields
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.escort import actions, around, assignments, mapped, mapping, queries, rules
from safeconduct.escort.advice import ADVICE, WAITS
from safeconduct.escort.fencing import fence_around
from safeconduct.escort.rules import Order
from safeconduct.escort.watching import Watched
from safeconduct.mavlink.fence import typed
from safeconduct.passage import disclosing
from safeconduct.post import actions as post
from safeconduct.refusal import Refused
from safeconduct.spool.lanes import Arrived, Receiving
from safeconduct.stationed import Briefing, Records, StationWord
from safeconduct.watch import limits as carried
from safeconduct.watch.known import Cause

AT_ONCE = 200
STOPS = '"abort"'  # a record in which it stands may be one; which is one, its own form says
_E7 = 10_000_000
logger = log.get_logger()


def brief_all(
    worker: WorkerId, watched: Mapping[str, Watched], *, now: datetime, limits: rules.Limits
) -> None:
    """Tell each station what has changed of its passage; take back what is over.

    Whatever a station's lane says, a full disk, a key that is not there, the watch here goes on.
    """
    for ref, row in assignments.assignments_of(watched).items():
        try:
            told = briefing_of(watched[ref], ref=row.ref, limits=limits)
            actions.brief(worker, row, told, now=now)
            around.tell(row, watched[ref], now=now)
        except Exception as fault:  # noqa: BLE001  one station's fault must blind nobody
            logger.warning("escort.not_briefed", gateway=row.station, error=type(fault).__name__)
    try:
        actions.end_assignments(worker, now=now)
    except Exception as fault:  # noqa: BLE001  as above; it is tried again at the next judging
        logger.warning("escort.not_taken_back", error=type(fault).__name__)


def briefing_of(watched: Watched, *, ref: str, limits: rules.Limits) -> Briefing:
    """Return what a station must know, and nothing of the person.

    Args:
        ref: the passage's name at the station.
    """
    agreed, escort = watched.agreed, watched.escort
    area, ordered = queries.area_of(escort), assignments.ordered_at(escort)
    return Briefing(
        passage=ref,
        turn=0,
        since=agreed.since,
        line_e7=[[round(p.lat_deg * _E7), round(p.lon_deg * _E7)] for p in agreed.line],
        holds=[
            [
                round(hold.point.lat_deg * _E7),
                round(hold.point.lon_deg * _E7),
                round(hold.radius_m * 1000),
                round(hold.planned.total_seconds()),
            ]
            for hold in agreed.holds
        ],
        checkpoints=[
            [int(point.key.removeprefix("CP")), round(point.along_m), int(point.by.timestamp())]
            for point in agreed.checkpoints
        ],
        tracker=escort.tracker,
        aircraft=escort.aircraft,
        limits=carried.told(watched.limits(limits)),
        area_e7=queries.ring_in(area, watched.keys) if area else [],
        marker=area.marker if area else "",
        heads=agreed.heads,
        advice=_advice(),
        maps=_maps(watched, ref=ref),
        dusk=_seconds(watched.dusk),
        untaken_s=round(limits.alert_unanswered.total_seconds()),
        stopped=_seconds(ordered.get(Order.ABORT)),
        held=_seconds(ordered.get(Order.HOLD)),
        fence=typed(fence_around(agreed.flown, margin_m=limits.fence_margin_m)),
    )


def _maps(watched: Watched, *, ref: str) -> dict[str, list[str]]:
    """Return what of him stands on the units' maps, and what a stop is to be called there; nothing where no map is told.

    The core calls a stop by the same name, so that two who stop at once are one stop on a screen.
    """
    escort = watched.escort
    if not post.served(Path(settings.DATA)):
        return {}
    marks = [mark for mark in queries.marks_of(escort) if mark.ended_at is None]
    told = {mark.what: [mark.marker, mark.to] for mark in marks}
    told.pop(disclosing.CASUALTY, None)
    if disclosing.STOP not in told:
        name = assignments.stop_name(escort, ref)
        mapped.call_stop(escort.passage, escort.case_ref, name)
        told[disclosing.STOP] = [name, mapping.for_stop(escort.unit)]
    return told


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


@lru_cache(maxsize=1)
def _advice() -> dict[str, list[str]]:
    """Return title and what to do now of each cause, in the console's languages."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[f"{language}:WAIT"] = [str(WAITS), ""]
            for cause in Cause:
                told = ADVICE[str(cause)]
                found[f"{language}:{cause}"] = [str(told.title), str(told.you)]
    return found


def take_all(
    worker: WorkerId, lane: Receiving, watched: Mapping[str, Watched], *, now: datetime
) -> bool:
    """Take what stations noted, in its order, a stop before all else; return whether there may be more."""
    arrived = lane.take(limit=AT_ONCE)
    _stop_first(worker, arrived, now=now)
    for each in arrived:
        try:
            _take_one(worker, each, watched, now=now)
        except (KeeperAway, Refused) as no:  # it waits for the keeper, and counts as no try
            logger.warning("escort.station_waits", error=type(no).__name__)
            return False
        except Exception as fault:  # noqa: BLE001  one thing's fault must not hold up the others
            logger.warning("escort.station_not_taken", seq=each.row, error=type(fault).__name__)
            if not lane.failed(each, why=type(fault).__name__):
                return False  # it comes again, and those behind it after it
            continue
        lane.done(each)
    return len(arrived) == AT_ONCE


def _stop_first(worker: WorkerId, arrived: Sequence[Arrived], *, now: datetime) -> None:
    """Carry out a stop that lies behind what was noted before it: an hour of fixes takes a minute to be stored.

    In its turn it is taken once more, and is the same stop.
    """
    for each in arrived:
        try:
            records = each.read(Records)
            if any(STOPS in raw for raw in records.records):
                actions.stop_now(worker, station=each.sender, records=records, now=now)
        except Exception as fault:  # noqa: BLE001  it comes in its turn, and is judged there
            logger.warning("escort.station_waits", error=type(fault).__name__)


def _take_one(
    worker: WorkerId, arrived: Arrived, watched: Mapping[str, Watched], *, now: datetime
) -> None:
    records = arrived.read(Records)
    if _is_refusal(records.records):
        actions.refused(worker, station=arrived.sender, passage=records.passage, now=now)
        return
    escort = assignments.escort_at(arrived.sender, records.passage)
    if escort is None:
        logger.warning("escort.station_unknown", gateway=arrived.sender)
        return
    one = watched.get(escort.passage)
    # Of a passage that is over meanwhile nobody here holds keys.
    keys = one.keys if one else open_fields(worker, Purpose.ESCORT, [escort.compartment], ["pos"])
    new = actions.take_records(worker, station=arrived.sender, records=records, keys=keys, now=now)
    if one is not None:
        with one.lock:
            one.add(new)


def _is_refusal(records: Sequence[str]) -> bool:
    if len(records) != 1:
        return False
    try:
        return StationWord.from_bytes(records[0].encode()).what == "refused"
    except ValueError:
        return False
