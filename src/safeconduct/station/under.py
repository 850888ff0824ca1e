"""One passage under way at a station, in memory: its briefing, his fixes, what stands. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from safeconduct import log
from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.spool.lanes import Arrived
from safeconduct.station.journal import Head
from safeconduct.stationed import Briefing, StationWord
from safeconduct.watch import known, limits
from safeconduct.watch.followed import Followed
from safeconduct.watch.pair import MOST, Pair

E7 = 10_000_000
logger = log.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that stands here: since when, and whether somebody may be hurt."""

    since: datetime
    grave: bool


@dataclass(slots=True)
class Under:
    """A passage under way.

    Attributes:
        his: his fixes by all sources, for where he is.
        alerts: as they were judged last; `standing` are those on disk.
        tracks: fixes kept on disk, oldest first: when the last of them came, and under what name.
        abort_key: of its record; "" while that is not on disk.
        reached: who near has seen a stop, and since when; `noted` are those of which that is on disk.
    """

    briefing: Briefing
    limits: known.Limits
    pair: Pair
    head: Head = field(default_factory=Head)
    his: list[Position] = field(default_factory=list)
    standing: dict[str, Standing] = field(default_factory=dict)
    furthest_m: float = 0.0
    alerts: Sequence[known.Alert] = ()
    tracks: list[tuple[datetime, str]] = field(default_factory=list)
    aborted_at: datetime | None = None
    abort_key: str = ""
    reached: dict[str, datetime] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)


def begun(briefing: Briefing, *, furthest_m: float = 0.0) -> Under:
    """Return a passage as its briefing has it.

    Raises:
        ValueError: a limit is missing, so this release could not judge; or its way is none.
    """
    pair = Pair(Followed(_line(briefing), furthest_m))
    return Under(briefing, limits.read(briefing.limits), pair, furthest_m=furthest_m)


def turned(under: Under, fresh: Under) -> Under:
    """Return a passage under a later briefing: what was seen of it stays."""
    if fresh.pair.vehicle.line != under.pair.vehicle.line:
        under.pair.vehicle.turn(fresh.pair.vehicle.line)
    under.briefing, under.limits = fresh.briefing, fresh.limits
    return under


def _line(briefing: Briefing) -> tuple[Point, ...]:
    line = tuple(Point(lat / E7, lon / E7) for lat, lon in briefing.line_e7)
    if len(line) < 2:  # noqa: PLR2004  a way has two ends
        raise ValueError("a way needs at least two points")
    return line


def add(under: Under, fixes: Sequence[Position]) -> None:
    """Follow fixes of his machines."""
    under.pair.add(fixes, flies=under.briefing.aircraft)
    under.his += [fix for fix in fixes if fix.subject == under.briefing.tracker]
    del under.his[:-MOST]


def route(under: Under) -> known.Route:
    """Return the agreed way as the watch needs it."""
    told = under.briefing
    return known.Route(
        line=under.pair.vehicle.line,
        since=told.since,
        holds=[
            known.Hold(Point(lat / E7, lon / E7), radius / 1000, timedelta(seconds=planned))
            for lat, lon, radius, planned in told.holds
        ],
        checkpoints=[
            known.Checkpoint(f"CP{n}", float(along), datetime.fromtimestamp(by, UTC))
            for n, along, by in told.checkpoints
        ],
        start_m=under.pair.vehicle.start_m,
        furthest_m=under.furthest_m,
        aircraft=bool(told.aircraft),
        dusk=datetime.fromtimestamp(told.dusk, UTC) if told.dusk else None,
    )


def fix_of(arrived: Arrived) -> Position | None:
    """Return the fix that came, None for anything else: it must not hide the next one."""
    try:
        return arrived.read(Position)
    except (ValueError, TypeError):
        logger.warning("station.no_fix", gateway=arrived.sender)
        return None


def alert_word(alert: known.Alert, *, at: datetime) -> StationWord:
    """Return the record of an alert that came."""
    numbers = {"measured": alert.measured, "limit": alert.limit}
    numbers |= {"grave": int(alert.grave), "old": int(alert.old)}
    return StationWord("alert", at, alert.key, numbers, alert.unit)
