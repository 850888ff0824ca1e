"""The escort's loops: take in fixes, judge every second, tell aborts, keep no-fire areas alive.

Under way they wake by the clock, whether anything came or not. A locked keeper blinds none of them while a
passage is under way: its keys are in this process's memory since GO, and sealed for its next start.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import transaction

from safeconduct import clock, log
from safeconduct.access import actions as access
from safeconduct.access import keyring, workers
from safeconduct.access.client import KeeperAway
from safeconduct.access.corekeys import core_keys
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.cases import queries as cases
from safeconduct.envelope import AircraftRead, FlightLog, Position
from safeconduct.escort import (
    actions,
    assignments,
    heard,
    mapped,
    mapping,
    queries,
    rules,
    stationing,
    watching,
)
from safeconduct.escort.watching import Watched
from safeconduct.notices.loops import SOON, Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.post import actions as post
from safeconduct.programme import load
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.spool.lanes import Arrived, Receiving

INTO = "in-mavlink"  # gateways.toml, line "into" of every telemetry gateway
BATCH = 400
AGAIN_S = 60.0  # real seconds after which the maps are told the same again: they may have forgotten
CALLED_EACH = 10  # such rounds: as often people are called while no gateway tells the maps
logger = log.get_logger()
_lane: list[Receiving] = []
_map_lane: list[Receiving] = []
_station_lane: list[Receiving] = []
_watched: dict[str, Watched] = {}
_called: set[int] = set()  # the turn in which people were called last


def _me() -> WorkerId:
    return workers.me(Purpose.ESCORT)


def _limits(profile: Profile) -> rules.Limits:
    return rules.limits_of(profile.limits_s, profile.limits_m)


def _receiving(lane: list[Receiving], into: str) -> Receiving:
    """Open a lane once; the core's private keys live in this process's memory alone."""
    if not lane:
        data = Path(settings.DATA)
        lane.append(core_end.receiving(data, keys=partial(_core, lane), into=into))
    return lane[0]


def _core(lane: Sequence[Receiving]) -> Sequence[bytes]:
    """Return the core's box keys: the keeper's, or at a start while it is away those of a kit.

    Later a thing that does not open waits for the keeper: the kit may be older than a turn of the keys.
    """
    try:
        keys = core_keys()
    except (KeeperAway, Refused):
        if not lane and (held := actions.core_from_kits(_me())):
            return held
        raise
    for watched in list(_watched.values()):  # they are turned each week, under way too
        actions.arm(_me(), watched.escort, actions.Held(watched.keys, keys), now=clock.now())
    return keys


def _follow(worker: WorkerId, profile: Profile, now: datetime) -> bool:
    """Hold in memory what is under way, and nothing else; return whether anything is."""
    under_way = {escort.passage: escort for escort in actions.begin_and_end(worker, now=now)}
    for gone in _watched.keys() - under_way.keys():
        del _watched[gone]
    for ref, escort in under_way.items():
        if ref in _watched:
            _watched[ref].escort = escort
            watching.follow_turn(worker, _watched[ref], profile=profile)
        elif (watched := watching.begin(worker, escort, profile=profile, now=now)) is not None:
            _watched[ref] = watched
    return bool(under_way)


def _told_by(arrived: Arrived) -> Position | FlightLog | AircraftRead | None:
    """Return what came, None for what is none of it: what cannot be read must not hide the next one."""
    try:
        if arrived.kind == FlightLog.__name__:
            return FlightLog.from_bytes(arrived.content)
        if arrived.kind == AircraftRead.__name__:
            return AircraftRead.from_bytes(arrived.content)
        return Position.from_bytes(arrived.content)
    except (ValueError, TypeError, AttributeError):
        logger.warning("escort.not_for_us", gateway=arrived.sender)
        return None


@transaction.atomic
def take_in(arrived: list[Arrived]) -> int:
    """Store what came for each passage under way, in one transaction; return how many fixes were new."""
    fixes: dict[str, list[Position]] = {}
    pieces: dict[str, list[FlightLog]] = {}
    for told in map(_told_by, arrived):
        if isinstance(told, Position):
            fixes.setdefault(told.subject, []).append(told)
        elif isinstance(told, FlightLog):
            pieces.setdefault(told.subject, []).append(told)
        elif told is not None:
            actions.record_reading(told)
    new = 0
    for watched in list(_watched.values()):
        if mine := [fix for machine in watched.hears() for fix in fixes.get(machine, ())]:
            stored = actions.record_positions(watched.escort, mine, keys=watched.keys)
            with watched.lock:
                watched.add(stored)
            new += len(stored)
        if logs := [log for machine in watched.hears() for log in pieces.get(machine, ())]:
            actions.record_flight(watched.escort, logs, keys=watched.keys)
    return new


def _intake() -> bool:
    lane = _receiving(_lane, INTO)
    arrived = lane.take(limit=BATCH)
    if not arrived:
        return False
    take_in(arrived)
    lane.done(arrived[-1])
    return len(arrived) == BATCH


def _map_intake() -> bool:
    """Take in what the units' maps said; a flood of it is thinned to the newest before anything is written."""
    lane = _receiving(_map_lane, heard.INTO)
    arrived = lane.take(limit=BATCH)
    if not arrived:
        return False
    heard.take_in(arrived, list(_watched.values()), now=clock.now())
    lane.done(arrived[-1])
    return len(arrived) == BATCH


def _stations() -> bool:
    """Take what stations in the field noted; what they saw joins what is known here."""
    lane = _receiving(_station_lane, assignments.INTO)
    return stationing.take_all(_me(), lane, _watched, now=clock.now())


def _look() -> bool | Literal["soon"]:
    """Judge in memory what has news, or has had none for a moment; only what has changed is written down."""
    worker, now, limits = _me(), clock.now(), _limits(load.current())
    for watched in list(_watched.values()):
        try:
            if watched.is_due() and watched.has_changed(now=now, limits=limits):
                _watch(worker, watched, now=now, limits=limits)
        except Exception as fault:  # noqa: BLE001  one passage's fault must not blind the others
            _not_judged(watched, fault)
    return SOON if _watched else False


def _not_judged(watched: Watched, fault: Exception) -> None:
    logger.warning("escort.not_judged", ref=watched.escort.passage, error=type(fault).__name__)


def _judge() -> bool | Literal["soon"]:
    """Judge all that is under way by what the tables say too: contacts, his state, burned places, his way."""
    worker, profile, now = _me(), load.current(), clock.now()
    under_way = _follow(worker, profile, now)
    newest, limits = queries.newest_by_people(), _limits(profile)
    burned = cases.burned_places()
    for watched in list(_watched.values()):
        try:
            watching.hear_people(watched, newest)
            _judge_one(worker, watched, burned=burned, now=now, limits=limits)
        except Exception as fault:  # noqa: BLE001  one passage's fault must not blind the others
            _not_judged(watched, fault)
    stationing.brief_all(worker, _watched, now=now, limits=limits)
    return SOON if under_way else False  # under way, time alone brings an alert


def _judge_one(
    worker: WorkerId, watched: Watched, *, burned: int, now: datetime, limits: rules.Limits
) -> None:
    watched.forget(now=now)
    watched.contacts = queries.contacts_in(watched.escort, keys=watched.keys)
    served = post.served(Path(settings.DATA))
    watched.maps = queries.maps_in(watched.escort, keys=watched.keys) if served else None
    _watch(worker, watched, now=now, limits=limits)
    _judge_place(worker, watched, burned=burned, now=now, limits=limits)
    actions.judge_way(worker, passage=watched.escort.passage, plan=watched.agreed.plan, now=now)


def _watch(worker: WorkerId, watched: Watched, *, now: datetime, limits: rules.Limits) -> None:
    """Judge one escort and write down what changed; two loops do, one after the other."""
    with watched.judging:
        done = actions.judge(
            worker,
            passage=watched.escort.passage,
            look=partial(watched.look, now=now, limits=limits),
            now=now,
            limits=limits,
        )
        watched.standing = done.standing


def _judge_place(
    worker: WorkerId, watched: Watched, *, burned: int, now: datetime, limits: rules.Limits
) -> None:
    """Look at his meeting place whenever somewhere a place has burned."""
    if burned == watched.burned:
        return
    judged = actions.judge_place(
        worker,
        passage=watched.escort.passage,
        place=watched.agreed.meeting_place,
        ring=watched.keys,
        now=now,
        limits=limits,
    )
    if judged is not None:
        watched.burned = burned


def _call() -> bool:
    return bool(actions.call_unanswered(now=clock.now(), limits=_limits(load.current())))


def _tell() -> bool:
    return bool(actions.tell_all(_me(), now=clock.now()))


def _renew() -> bool:
    now = clock.now()
    return bool(actions.renew_areas(_me(), now=now, limits=_limits(load.current())))


def publish_marker() -> bool:
    """Tell the units' maps what they do not know of the no-fire areas; return whether anything left."""
    worker, now = _me(), clock.now()
    round_ = int(clock.wall().timestamp() // AGAIN_S)
    data, areas = Path(settings.DATA), queries.areas_to_tell(round_)
    if not areas:
        return False
    if not core_end.serving(data, post.MAPS):  # struck out: no key is asked for
        _call_untold(round_ // CALLED_EACH, now=now)
        return False
    left = 0
    for ref, keys in _keys_of_areas(worker, areas).items():
        told = actions.publish_area(worker, area=ref, keys=keys, data=data, round_=round_, now=now)
        if told is not None:
            left += 1
            mapped.area_stands(*areas[ref][1:], mapping.centre_of(told.ring_e7))
    return bool(left)


def _draw() -> bool | Literal["soon"]:
    """Tell the maps what stands of him and what is over; under way time alone brings the next place."""
    data = Path(settings.DATA)
    if not post.served(data):
        return False
    watched = dict(_watched)
    limits = _limits(load.current())
    mapped.draw_all(_me(), watched, data=data, now=clock.now(), limits=limits)
    return SOON if watched else False


def _call_untold(turn: int, *, now: datetime) -> None:
    """Call who can say the areas by voice; again in the next turn, for an area that nobody hears of protects nobody."""
    if turn not in _called:
        for duty in (Duty.FCO, Duty.DPC):
            access.page(duty, "escort.untold", now=now)
        _called.clear()
        _called.add(turn)


def _keys_of_areas(
    worker: WorkerId, areas: Mapping[str, queries.Told]
) -> dict[str, keyring.Keyring]:
    """Return area → keys; while the keeper gives none, those held of the passages under way alone."""
    try:
        where = {each.compartment for each in areas.values()}
        keys = keyring.open_fields(worker, Purpose.ESCORT, where, ["pos"])
    except (KeeperAway, Refused) as no:
        held = {each.escort.compartment: each.keys for each in list(_watched.values())}
        known = {r: held[each.compartment] for r, each in areas.items() if each.compartment in held}
        if len(known) < len(areas):
            left = len(areas) - len(known)
            logger.warning("escort.areas_wait", count=left, error=type(no).__name__)
        return known
    return dict.fromkeys(areas, keys)


def _forget() -> bool:
    return actions.forget(_me(), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("escort.intake", _intake, every_s=0.05, woken_by=(INTO,)),
        Loop("escort.map_intake", _map_intake, every_s=0.1, woken_by=(heard.INTO,)),
        Loop("escort.stations", _stations, every_s=0.1, woken_by=(assignments.INTO,)),
        Loop("escort.look", _look, every_s=0.05, woken_by=(INTO,)),
        Loop("escort.judge", _judge, every_s=0.5, woken_by=(DATABASE,)),
        Loop("escort.calls", _call, every_s=1.0),
        Loop("escort.aborts", _tell, every_s=0.5, woken_by=(DATABASE,)),
        Loop("escort.no_fire", _renew, every_s=1.0),
        Loop("escort.maps", publish_marker, every_s=0.5, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("escort.draw", _draw, every_s=0.25, woken_by=(DATABASE,)),
        Loop("escort.forget", _forget, every_s=30.0),
    ]
