"""What the escort's worker holds in memory of each passage under way: keys, way, the last minutes.

The keys are held from GO on, so that a locked keeper blinds no watch that has begun. A worker that is started
anew asks for them again, and takes its kit while the keeper is away. Nothing else here is written down.
"""

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError

from safeconduct import log
from safeconduct.access.client import KeeperAway
from safeconduct.access.corekeys import core_keys
from safeconduct.access.keyring import BURNED, Keyring, open_fields
from safeconduct.access.rules import Absent, Purpose, WorkerId
from safeconduct.envelope import Position
from safeconduct.escort import actions, queries, rules
from safeconduct.escort.models import Escort
from safeconduct.passage import queries as passages
from safeconduct.passage.rules import RouteUnderEscort
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refused
from safeconduct.watch import alerts, known
from safeconduct.watch.followed import Followed
from safeconduct.watch.pair import MEMORY, Pair
from safeconduct.ways import hours

logger = log.get_logger()
FRESH_S, STILL_S = 0.1, 0.25  # real seconds between two looks, with news and without


@dataclass(slots=True)
class Watched:
    """One passage under way."""

    escort: Escort
    keys: Keyring  # of his compartment, and of the burned list
    agreed: RouteUnderEscort
    pair: Pair = field(default_factory=Pair)
    contacts: Sequence[known.Contact] = ()  # as they stood a second ago
    maps: known.Maps | None = None  # and the units' maps
    standing: Mapping[str, bool] = field(default_factory=dict)  # and the alerts: is it grave
    fresh: bool = False  # something came since the last look
    looked_s: float = 0.0  # when that was, by the process's own clock
    judging: threading.Lock = field(default_factory=threading.Lock)  # held while it is written down
    mark: str = ""  # of what he was told when `agreed` was read
    dusk: datetime | None = None  # where he is met
    by_people: int = 0  # the newest stretch that people told
    burned: int = -1  # how many places had burned when his was last looked at
    lock: threading.Lock = field(default_factory=threading.Lock)  # two loops share this

    @property
    def vehicle(self) -> Followed:
        """Return him, followed."""
        return self.pair.vehicle

    @property
    def aircraft(self) -> Followed:
        """Return the machine that watches, followed."""
        return self.pair.aircraft

    def add(self, fixes: Iterable[Position]) -> None:
        """Follow fixes of his machines."""
        self.fresh = self.pair.add(fixes, flies=self.escort.aircraft) or self.fresh

    def forget(self, *, now: datetime) -> None:
        """Drop what is older than the memory, but never the last fixes there are."""
        with self.lock:
            self.pair.forget(now=now)

    def look(
        self, standing: Collection[str], *, now: datetime, limits: rules.Limits
    ) -> alerts.Assessment:
        """Judge by what is in memory; `standing` are the alerts that stood before."""
        with self.lock:
            self.fresh = False
            return alerts.look(
                self.route(), self.pair.vehicle, self.pair.aircraft,
                now=now, limits=self.limits(limits), standing=standing,
            )  # fmt: skip

    def limits(self, limits: rules.Limits) -> known.Limits:
        """Return the programme's limits as they are for this passage."""
        return rules.flown_from(limits.watch, self.agreed.drone_m)

    def is_due(self) -> bool:
        """Return whether it is to be looked at now: something came, or time alone may bring an alert."""
        return time.monotonic() - self.looked_s >= (FRESH_S if self.fresh else STILL_S)

    def has_changed(self, *, now: datetime, limits: rules.Limits) -> bool:
        """Return whether other alerts stand than stood, or one has become grave."""
        self.looked_s = time.monotonic()
        seen = self.look(self.standing.keys(), now=now, limits=limits).alerts
        if {each.key for each in seen} != self.standing.keys():
            return True
        return any(each.grave and not self.standing[each.key] for each in seen)

    def route(self) -> known.Route:
        """Return the agreed way as the watch needs it."""
        return known.Route(
            line=self.agreed.line,
            since=self.agreed.since,
            holds=self.agreed.holds,
            checkpoints=self.agreed.checkpoints,
            contacts=self.contacts,
            start_m=self.vehicle.start_m,
            furthest_m=self.escort.furthest_m,
            aircraft=bool(self.escort.aircraft),
            dusk=self.dusk,
            wind_m_s=self.escort.wind_m_s,
            unit=self._unit(),
            maps=self.maps,
            met_at=self.agreed.meeting_place,
        )

    def _unit(self) -> known.Unit | None:
        told_at = self.escort.unit_at
        return known.Unit(told_at, self.escort.unit_ready) if told_at is not None else None

    def hears(self) -> set[str]:
        """Return the machines of this passage."""
        return {self.escort.tracker, self.escort.aircraft} - {""}


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
        escort,
        keys,
        agreed,
        Pair(Followed(agreed.line, escort.reached_m)),
        mark=mark,
        dusk=dusk_of(agreed),
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
        watched.vehicle.turn(agreed.line)


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
