"""What the escort's worker holds in memory of each passage under way: keys, way, the last minutes.

The keys are held from GO on, so that a locked keeper blinds no watch that has begun. A worker that is started
anew asks for them again, and takes its kit while the keeper is away. Nothing else here is written down.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import DatabaseError

from safeconduct import log
from safeconduct.access.client import KeeperAway
from safeconduct.access.corekeys import core_keys
from safeconduct.access.keyring import BURNED, Keyring, open_fields
from safeconduct.access.rules import Absent, Purpose, WorkerId
from safeconduct.envelope import Position
from safeconduct.escort import actions, queries
from safeconduct.escort.models import Escort
from safeconduct.passage import queries as passages
from safeconduct.passage.rules import RouteUnderEscort
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refused
from safeconduct.watch import alerts, known
from safeconduct.ways import hours

logger = log.get_logger()
MEMORY = timedelta(minutes=10)
APART = timedelta(milliseconds=400)  # fixes closer in time say nothing more to a judge
WAITED = timedelta(seconds=5)  # a datagram is not overtaken by more
MOST = 400  # of one machine; ten minutes at one fix in 1.5 s


@dataclass(slots=True)
class Watched:
    """One passage under way."""

    escort: Escort
    keys: Keyring  # of his compartment, and of the burned list
    agreed: RouteUnderEscort
    fixes: dict[str, list[Position]] = field(default_factory=dict)
    start_m: float = 0.0
    mark: str = ""  # of what he was told when `agreed` was read
    dusk: datetime | None = None  # where he is met
    by_people: int = 0  # the newest stretch that people told
    burned: int = -1  # how many places had burned when his was last looked at
    lock: threading.Lock = field(default_factory=threading.Lock)  # two loops share this

    def add(self, fixes: Iterable[Position]) -> None:
        """Remember fixes; those too close in time to the one before are left out, doubts never.

        One that waited while its gateway was a release ahead is on record, and no news any more.
        """
        for fix in fixes:
            known = self.fixes.setdefault(fix.subject, [])
            if known and known[-1].fixed_at - fix.fixed_at > WAITED:
                continue
            if (
                known
                and fix.fixed_at - known[-1].fixed_at < APART
                and fix.health == known[-1].health
            ):
                continue
            known.append(fix)

    def forget(self, *, now: datetime) -> None:
        """Drop what is older than the memory, but never the last fixes there are."""
        with self.lock:
            for subject, known in self.fixes.items():
                fresh = [fix for fix in known[-MOST:] if now - fix.fixed_at <= MEMORY]
                kept = fresh or known[-5:]
                if subject == self.escort.tracker and len(kept) < len(known):
                    self.start_m = self._reached(known[: len(known) - len(kept)])
                self.fixes[subject] = kept

    def _reached(self, gone: Sequence[Position]) -> float:
        return alerts.along_m(self.route([]), self._as_judged(gone))

    def route(self, contacts: Sequence[known.Contact]) -> known.Route:
        """Return the agreed way as the watch needs it."""
        return known.Route(
            line=self.agreed.line,
            since=self.agreed.since,
            holds=self.agreed.holds,
            checkpoints=self.agreed.checkpoints,
            contacts=contacts,
            start_m=self.start_m,
            furthest_m=self.escort.furthest_m,
            aircraft=bool(self.escort.aircraft),
            dusk=self.dusk,
            wind_m_s=self.escort.wind_m_s,
            unit=self._unit(),
        )

    def _unit(self) -> known.Unit | None:
        told_at = self.escort.unit_at
        return known.Unit(told_at, self.escort.unit_ready) if told_at is not None else None

    def track(self) -> list[Position]:
        """Return the fixes in memory, each under the name the watch knows it by."""
        with self.lock:
            return self._as_judged([fix for known in self.fixes.values() for fix in known])

    def _as_judged(self, fixes: Iterable[Position]) -> list[Position]:
        mine = {self.escort.tracker: "vehicle", self.escort.aircraft: "aircraft"}
        return [replace(f, subject=mine[f.subject]) for f in fixes if mine.get(f.subject)]

    def hears(self, fix: Position) -> bool:
        """Return whether a fix comes from a machine of this passage."""
        return fix.subject in {self.escort.tracker, self.escort.aircraft, "vehicle"}


def begin(worker: WorkerId, escort: Escort, *, profile: Profile, now: datetime) -> Watched | None:
    """Open what is needed to watch over a passage.

    Returns:
        None while its way is not under escort, or neither the keeper nor a kit gives keys: asked again.
    """
    keys = _keys(worker, escort, now=now)
    if keys is None:
        return None
    mark = passages.course_mark(escort.passage)
    try:
        agreed = passages.route_under_escort(worker, escort.passage, profile=profile, keys=keys)
    except Absent:
        return None
    except Refused as no:
        logger.warning("escort.not_watched_yet", ref=escort.passage, error=type(no).__name__)
        return None
    watched = Watched(
        escort, keys, agreed, start_m=escort.reached_m, mark=mark, dusk=dusk_of(agreed)
    )
    watched.by_people = queries.newest_by_people()
    watched.add(actions.stored_track(escort, keys=keys, since=now - MEMORY))
    return watched


def follow_turn(worker: WorkerId, watched: Watched, *, profile: Profile) -> None:
    """Follow what he was told since: where to wait, or the way to the other place.

    What he has driven stays as far along as it was, for the beginning of the way is the same.
    """
    mark = passages.course_mark(watched.escort.passage)
    if mark == watched.mark:
        return
    try:
        agreed = passages.route_under_escort(
            worker, watched.escort.passage, profile=profile, keys=watched.keys
        )
    except Absent:
        return
    with watched.lock:
        watched.agreed, watched.mark, watched.burned = agreed, mark, -1
        watched.dusk = dusk_of(agreed)


def dusk_of(agreed: RouteUnderEscort) -> datetime | None:
    """Return when the day ends on which he is to be met, where he is met; None where no day ends then.

    Past it already, that of the day before: then the light has failed from the first moment on.
    """
    met_at = max([agreed.since, *(point.by for point in agreed.checkpoints)])
    about = hours.Span(met_at - hours.DAY, met_at + hours.DAY)
    begun = [s for s in hours.daylight(agreed.meeting_place, about) if s.since <= met_at]
    if not begun or begun[-1].until >= about.until:
        return None if begun else agreed.since
    return begun[-1].until


def _keys(worker: WorkerId, escort: Escort, *, now: datetime) -> Keyring | None:
    """Return the keys of an escort: the keeper's, sealed for the next start; while it is away those sealed."""
    try:
        keys = open_fields(worker, Purpose.ESCORT, [escort.compartment, BURNED], ["pos"])
    except (KeeperAway, Refused) as no:
        held = actions.from_kit(worker, escort)
        if held is None:
            logger.warning("escort.not_watched_yet", ref=escort.passage, error=type(no).__name__)
            return None
        logger.warning("escort.watched_by_kit", ref=escort.passage, error=type(no).__name__)
        return held.keys
    _arm(worker, escort, keys, now=now)
    return keys


def _arm(worker: WorkerId, escort: Escort, keys: Keyring, *, now: datetime) -> None:
    """Seal the keys for the next start; the watch begins whether or not it can be done."""
    try:
        actions.arm(worker, escort, actions.Held(keys, core_keys()), now=now)
    except (KeeperAway, Refused, DatabaseError) as no:
        logger.warning("escort.not_armed", ref=escort.passage, error=type(no).__name__)


def hear_people(watched: Watched, newest: int) -> None:
    """Take in what people told of him since: another process has written it down."""
    if newest <= watched.by_people:
        return
    rows = actions.told_by_people(watched.escort, keys=watched.keys, after=watched.by_people)
    watched.by_people = newest
    with watched.lock:
        watched.add(rows)


def contacts(watched: Watched) -> list[known.Contact]:
    """Return the contacts people reported, opened with the keys in memory."""
    return queries.contacts_in(watched.escort, keys=watched.keys)
