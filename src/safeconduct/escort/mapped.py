"""What the escort's worker holds of the units' maps: what it told last, and when it must tell it again.

Whatever is over bears no place, so a stop takes everything of him off the maps without a key, a keeper or a
table: what was told is remembered here, in memory alone.
"""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import DatabaseError

from safeconduct import log
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.cases import queries as cases
from safeconduct.envelope import MapPoint, Marker
from safeconduct.escort import actions, mapping, queries, rules
from safeconduct.escort.models import Escort, Mark
from safeconduct.escort.watching import Watched
from safeconduct.geo import Point
from safeconduct.passage import disclosing
from safeconduct.post import actions as post
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.spool.queue import SpoolFull
from safeconduct.watch.whereabouts import Place, where

MOVES_EACH, MOVES_EACH_S = timedelta(seconds=5), 1.0  # world time, and real seconds
AGAIN_S = 15.0  # real seconds after which what is over is told again, until the map server had it
GIVEN_UP = timedelta(hours=1)  # after which it is not
MOST_WAITING = (
    20  # things that wait for the link: beyond them a place would be no news when it arrives
)
logger = log.get_logger()


@dataclass(slots=True)
class Told:
    """What was told last of one thing."""

    marker: str
    to: str
    word: str = ""
    at: datetime | None = None
    put_s: float = 0.0


@dataclass(slots=True)
class Shown:
    """What the maps were told of one escort by this process."""

    case: str
    spare: str = field(default_factory=new_ref)  # the name of the next stop
    told: dict[str, Told] = field(default_factory=dict)
    over_s: dict[str, float] = field(default_factory=dict)  # name outside -> when it was told over
    place: Point | None = None  # where his own marker stood last


_shown: dict[str, Shown] = {}


def forget() -> None:
    """Forget what was told, as the end of a process does."""
    _shown.clear()


def area_stands(passage: str, case: str, at: Point) -> None:
    """Remember where a stop stands of somebody of whom nothing else stands there: it tells no more than his area."""
    shown = _shown.setdefault(passage, Shown(case))
    shown.place = shown.place or at


def call_stop(passage: str, case: str, name: str) -> None:
    """Remember what the next stop is to be called: a station in the field was told so."""
    _shown.setdefault(passage, Shown(case)).spare = name


def draw(
    worker: WorkerId, escort: Escort, watched: Watched | None, *, data: Path, now: datetime,
    limits: rules.Limits,
) -> bool:  # fmt: skip
    """Tell the maps what has changed of one escort; return whether anything left."""
    shown = _shown.setdefault(escort.passage, Shown(escort.case_ref))
    marks = queries.marks_of(escort)
    living = {mark.what: mark for mark in marks if mark.ended_at is None}
    want = _wanted(worker, escort, watched, living)
    if {what: mark.to for what, mark in living.items()} != {
        what: to or living[what].to for what, to in want.items() if to or what in living
    }:
        actions.settle_marks(worker, escort, want, spare=shown.spare, now=now)
        marks = queries.marks_of(escort)
        if any(mark.marker == shown.spare for mark in marks):
            shown.spare = new_ref()
    if watched is None:
        stop = next((m for m in marks if m.what == disclosing.STOP and m.ended_at is None), None)
        actions.judge_stop(worker, escort, stop, now=now, limits=limits)
    marks.sort(key=lambda mark: (mark.what != disclosing.STOP, mark.ended_at is None))
    return sum(_tell(mark, shown, watched, data=data, now=now) for mark in marks) > 0


def _wanted(
    worker: WorkerId, escort: Escort, watched: Watched | None, living: dict[str, Mark]
) -> dict[str, str]:
    """Return what stands, each for whom; "" for what cannot be begun because nobody knows where it is."""
    state = ""
    if escort.ended_at is None:
        state = cases.state_of(worker, Purpose.READ, ref=escort.case_ref)
    given = bool(living) or escort.areas.filter(ended_at=None).exclude(published="").exists()
    facts = mapping.Facts(
        state=state,
        told_all=watched is not None and watched.agreed.told_all,
        unit=escort.unit,
        stopped=given and (state == "ABORTED" or queries.is_stopped(escort)),
        fetched=disclosing.CASUALTY in living,
    )
    found = mapping.wanted(facts)
    ways = mapping.WAYS if watched is not None else ()
    known = {disclosing.STOP, disclosing.CASUALTY, *ways}
    if watched is not None:
        known |= {disclosing.VEHICLE} if watched.vehicle.fixes else set()
        known |= {disclosing.DRONE} if watched.aircraft.fixes else set()
    return {what: to if what in known else "" for what, to in found.items()}


def _tell(mark: Mark, shown: Shown, watched: Watched | None, *, data: Path, now: datetime) -> bool:
    if mark.ended_at is not None:
        return _over(mark, shown, data=data, now=now)
    told = shown.told.get(mark.what)
    if told is None or told.marker != mark.marker:
        told = shown.told[mark.what] = Told(mark.marker, mark.to)
    thing, word = _thing(mark, told, shown, watched, data=data, now=now)
    if thing is None or not _put(data, thing, key=f"{mark.marker}|{word}|{now.timestamp():.0f}"):
        return False
    told.word, told.at, told.put_s = word, now, time.monotonic()
    return True


def _over(mark: Mark, shown: Shown, *, data: Path, now: datetime) -> bool:
    """Say that a thing is over, again until the map server had it."""
    last_s, real_s = shown.over_s.get(mark.marker), time.monotonic()
    if last_s is not None and (
        real_s - last_s < AGAIN_S or post.drawn_waiting(data) > MOST_WAITING
    ):
        return False
    if mark.ended_at is None or now - mark.ended_at > GIVEN_UP:
        return False
    shown.over_s[mark.marker] = real_s
    if shown.told.get(mark.what) and shown.told[mark.what].marker == mark.marker:
        del shown.told[mark.what]
    over = mapping.over(mark, to=mark.to, now=now)
    return _put(data, over, key=f"{mark.marker}|over|{now.timestamp():.0f}")


def _thing(
    mark: Mark, told: Told, shown: Shown, watched: Watched | None, *, data: Path, now: datetime
) -> tuple[Marker | MapPoint | None, str]:
    """Return what is to be told now of a thing that stands, None where nothing is; and its word."""
    if mark.what in mapping.MOVING:
        return _moving(mark, told, shown, watched, data=data, now=now), "moves"
    word = _mark_of(watched) if mark.what in mapping.WAYS and watched else "stands"
    if told.word == word and not _again(mark, told, data=data, now=now):
        return None, word
    if mark.what in mapping.WAYS:
        line = watched.agreed.line if watched else ()
        return (mapping.way(mark, line, to=mark.to, now=now) if line else None), word
    if mark.what == disclosing.CASUALTY:
        place = _where(watched, now=now)
        point = place.point if place else _at_last(shown, watched)
        return (mapping.casualty(mark, point, to=mark.to) if point else None), word
    point = _at_last(shown, watched)
    return (mapping.stop(mark, point, to=mark.to) if point else None), word


def _again(mark: Mark, told: Told, *, data: Path, now: datetime) -> bool:
    """Return whether something that stands is told once more: before it runs out, or the server had it not."""
    if told.at is None or now - told.at >= mapping.STANDS / 2:
        return True
    late = mark.shown_at is None and time.monotonic() - told.put_s >= AGAIN_S
    return late and post.drawn_waiting(data) <= MOST_WAITING


def _moving(
    mark: Mark, told: Told, shown: Shown, watched: Watched | None, *, data: Path, now: datetime
) -> MapPoint | None:
    early = told.at is not None and now - told.at < MOVES_EACH
    if watched is None or early or time.monotonic() - told.put_s < MOVES_EACH_S:
        return None
    if post.drawn_waiting(data) > MOST_WAITING:
        return None
    if mark.what == disclosing.DRONE:
        with watched.lock:
            last = watched.aircraft.fixes[-1] if watched.aircraft.fixes else None
        new = last is not None and (told.at is None or last.at > told.at - MOVES_EACH)
        return mapping.drone(mark, last, to=mark.to) if last is not None and new else None
    place = _where(watched, now=now)
    if place is None or (told.at is not None and place.at <= told.at - MOVES_EACH):
        return None
    shown.place = place.point
    return mapping.he(mark, place, to=mark.to)


def _where(watched: Watched | None, *, now: datetime) -> Place | None:
    if watched is None:
        return None
    with watched.lock:
        fixes = list(watched.vehicle.fixes)
    return where(fixes, now=now)


def _at_last(shown: Shown, watched: Watched | None) -> Point | None:
    """Return where a stop stands: where the maps had him last, else where he is met; never where he is now."""
    if shown.place is not None:
        return shown.place
    return watched.agreed.meeting_place if watched is not None else None


def _mark_of(watched: Watched) -> str:
    """Return what changes with his way, and tells nothing of it."""
    led = f"{watched.agreed.plan} {watched.agreed.letter}"
    return hashlib.sha256(led.encode()).hexdigest()[:12]


def _put(data: Path, thing: Marker | MapPoint, *, key: str) -> bool:
    try:
        return post.draw(data, thing, key=key)
    except (Refused, FileNotFoundError, SpoolFull) as no:
        logger.warning("escort.not_drawn", error=type(no).__name__)
        return False


def stop_from_memory(data: Path, *, now: datetime) -> int:
    """Take off the maps what was told of everybody who was stopped while no table can be read."""
    left = 0
    for shown in _shown.values():
        if not shown.told or cases.stopped_in_spool(shown.case) != "ABORTED":
            continue
        to = " ".join(dict.fromkeys(" ".join(t.to for t in shown.told.values()).split()))
        if shown.place is not None:
            stop = Mark(what=disclosing.STOP, marker=shown.spare, began_at=now)
            thing = mapping.stop(stop, shown.place, to=to)
            left += _put(data, thing, key=f"{shown.spare}|stop")
        for what, told in shown.told.items():
            if what in mapping.WAYS | mapping.MOVING:
                mark = Mark(what=what, marker=told.marker, began_at=now)
                over = mapping.over(mark, to=told.to, now=now)
                left += _put(data, over, key=f"{told.marker}|over")
    return left


def draw_all(
    worker: WorkerId,
    watched: dict[str, Watched],
    *,
    data: Path,
    now: datetime,
    limits: rules.Limits,
) -> bool:
    """Tell the maps what has changed, of all escorts; a fault of one hides no other.

    Raises:
        DatabaseError: no table could be read; whoever was stopped was taken off the maps from memory.
    """
    try:
        told = partial(_one, worker, watched=watched, data=data, now=now, limits=limits)
        return sum(map(told, _on_maps(now))) > 0
    except DatabaseError:
        stop_from_memory(data, now=now)
        raise


def _on_maps(now: datetime) -> list[Escort]:
    return queries.on_maps(over_since=now - GIVEN_UP)


def _one(
    worker: WorkerId, escort: Escort, *, watched: dict[str, Watched], data: Path, now: datetime,
    limits: rules.Limits,
) -> bool:  # fmt: skip
    try:
        mine = watched.get(escort.passage)
        return draw(worker, escort, mine, data=data, now=now, limits=limits)
    except DatabaseError:
        raise
    except Exception as fault:  # noqa: BLE001  one passage's fault must not hide the others
        logger.warning("escort.not_drawn", ref=escort.passage, error=type(fault).__name__)
        return False
