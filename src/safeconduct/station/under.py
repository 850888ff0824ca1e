"""One passage under way at a station, in memory: its briefing, his fixes, what stands. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from safeconduct import log
from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.spool.lanes import Arrived
from safeconduct.station.journal import Head
from safeconduct.stationed import Around, Briefing, StationWord
from safeconduct.watch import known, limits
from safeconduct.watch.followed import Followed
from safeconduct.watch.pair import MOST, Pair

E7 = 10_000_000
logger = log.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that stands here: since when, whether somebody may be hurt, and who looks to it.

    Attributes:
        taken_at: when somebody here took it.
        untaken_at: when it was noted that nobody had.
    """

    since: datetime
    grave: bool
    taken_at: datetime | None = None
    untaken_at: datetime | None = None

    def told(self) -> list[str | int]:
        """Return it as it is kept."""
        times = [at.isoformat() if at else "" for at in (self.taken_at, self.untaken_at)]
        return [self.since.isoformat(), int(self.grave), *times]

    @classmethod
    def of(cls, told: Sequence[str | int]) -> "Standing":
        """Return it as it was kept."""
        since, grave, *times = told
        taken, untaken, *_ = (*(_time(str(at)) for at in times), None, None)
        return cls(datetime.fromisoformat(str(since)), bool(grave), taken, untaken)


def _time(told: str) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


@dataclass(slots=True)
class Under:
    """A passage under way.

    Attributes:
        his: his fixes by all sources, for where he is.
        around: what is known at home of what is around him.
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
    around: Around | None = None
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
    told, around = under.briefing, under.around
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
        dusk=at_of(told.dusk),
        contacts=contacts_of(around),
        wind_m_s=around.wind_m_s if around else 0,
        unit=_unit(around),
    )


def contacts_of(around: Around | None) -> list[known.Contact]:
    """Return whom a human saw coming, as the watch needs it."""
    return [
        known.Contact(
            key, Point(lat / E7, lon / E7), heading, speed / 1000, datetime.fromtimestamp(at, UTC)
        )
        for key, (lat, lon, heading, speed, at) in (around.contacts if around else {}).items()
    ]


def _unit(around: Around | None) -> known.Unit | None:
    said_at = at_of(around.unit_said) if around else None
    return known.Unit(said_at, around.unit_ready) if around and said_at else None


def at_of(seconds: int) -> datetime | None:
    """Return an instant that was told in seconds since 1970; None for 0."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def taken_at_home(under: Under, key: str) -> datetime | None:
    """Return when somebody at home took an alert, as far as that was told."""
    return at_of(under.around.taken.get(key, 0)) if under.around else None


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
