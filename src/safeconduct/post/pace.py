"""How fast a campaign may leave, and when it will have ended. Pure: values in, verdict out.

A route's rate is its carrier's contract, in short messages a second of real time. All campaigns of
a route share it. Windows are of world time, in each zone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safeconduct.post import rules

BURST = timedelta(seconds=1)  # of tokens at most are claimed at a time: what a pause lets go
FARTHEST = timedelta(days=60)  # an end beyond is not foreseen
AT_ONCE = 10  # a second's tokens are claimed in so many steps, not one number at a time


@dataclass(frozen=True, slots=True)
class Used:
    """What of a route's rate is used up.

    Attributes:
        free_at: real time from which tokens have gathered; None before the first claim.
        hour, spent: short messages that were claimed in the hour that began then, in real time.
    """

    free_at: datetime | None = None
    hour: datetime | None = None
    spent: int = 0


def _cap(per_second: int, longest: int) -> timedelta:
    """Return for how long tokens gather: a second, or as long as one whole text needs."""
    return max(BURST, timedelta(seconds=longest / per_second))


def room(
    used: Used, *, per_second: int, per_hour: int, longest: int, waiting: int, wall: datetime
) -> int:
    """Return how many short messages may be claimed at `wall`.

    Args:
        per_second, per_hour: what was approved; no hour's limit where that is 0.
        longest: short messages of the longest text.
        waiting: short messages that were claimed on this route and that nobody has answered for.
            With them one second's tokens are out at most, so that a pause lets no more go.
    """
    cap = _cap(per_second, longest)
    since = cap if used.free_at is None else min(wall - used.free_at, cap)
    tokens = int(per_second * since.total_seconds() + 1e-9)
    free = min(tokens, int(per_second * cap.total_seconds() + 1e-9) - waiting)
    if per_hour:
        free = min(free, per_hour - (used.spent if used.hour == hour_of(wall) else 0))
    return max(free, 0)


def spend(used: Used, parts: int, *, per_second: int, longest: int, wall: datetime) -> Used:
    """Return what is used once `parts` short messages were claimed at `wall`."""
    since = wall - _cap(per_second, longest)
    free_at = since if used.free_at is None else max(used.free_at, since)
    before = used.spent if used.hour == hour_of(wall) else 0
    return Used(free_at + timedelta(seconds=parts / per_second), hour_of(wall), before + parts)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of an instant's hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What of one lane is still to leave: short messages, and the hours of its zone."""

    zone: str
    parts: float
    from_minute: int = 0
    to_minute: int = 0


def is_open(zone: str, from_minute: int, to_minute: int, *, now: datetime) -> bool:
    """Return whether numbers of a zone may be written to at `now`; equal minutes mean all day."""
    if from_minute == to_minute:
        return True
    long_ago = now - timedelta(days=1)
    opening = rules.Opening(rules.WindowKind.DAILY, long_ago, None, zone, from_minute, to_minute)
    return rules.open_until(opening, now=now) is not None


def ends_at(
    lanes: Iterable[Ahead], *, per_second: float, now: datetime, not_after: datetime
) -> datetime | None:
    """Return when the last text will have left, None where that cannot be said.

    Zones that are open share the rate; one that is closed waits for its hours, which summer time
    moves. None too when it lies beyond `not_after`, or farther off than anybody foresees.

    Args:
        per_second: short messages a second of world time, as they really leave.
        not_after: when the list is destroyed.
    """
    left, at = [lane for lane in lanes if lane.parts > 0], now
    last = min(not_after, now + FARTHEST)
    while left:
        if at >= last or per_second <= 0:
            return None
        open_now = {
            lane.zone
            for lane in left
            if is_open(lane.zone, lane.from_minute, lane.to_minute, now=at)
        }
        change = min((each for lane in left for each in _changes(lane, at)), default=last)
        share = per_second / len(open_now) if open_now else 0.0
        step = _step(left, open_now, share=share, most=change - at)
        gone = share * step.total_seconds()
        left = [
            replace(lane, parts=lane.parts - gone) if lane.zone in open_now else lane
            for lane in left
        ]
        left = [lane for lane in left if lane.parts > 1e-6]  # noqa: PLR2004  less than any text
        at += step
    return at if at <= last else None


def _step(left: list[Ahead], open_now: set[str], *, share: float, most: timedelta) -> timedelta:
    """Return how long things go on as they are: until a zone opens, closes or has ended."""
    ends = [timedelta(seconds=lane.parts / share) for lane in left if lane.zone in open_now]
    return max(min([*ends, most]), timedelta(microseconds=1))


def _changes(lane: Ahead, at: datetime) -> Iterator[datetime]:
    """Yield when the lane's zone opens or closes next."""
    if lane.from_minute == lane.to_minute:
        return
    zone = ZoneInfo(lane.zone)
    today = at.astimezone(zone).date()
    for minute in (lane.from_minute, lane.to_minute):
        for day in (today, today + timedelta(days=1), today + timedelta(days=2)):
            when = datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
            if when > at:
                yield when
                break
