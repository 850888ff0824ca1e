"""When somebody who cannot be written to now can be again. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safeconduct.post.rules import Opening, WindowKind


def opens_next(openings: Iterable[Opening], *, now: datetime) -> datetime | None:
    """Return when the next of his windows opens that is closed at `now`; None when none will.

    The window of the way is none of his hours.
    """
    found = [_next(each, now=now) for each in openings if each.kind is not WindowKind.WAY]
    return min((at for at in found if at is not None), default=None)


def _next(opening: Opening, *, now: datetime) -> datetime | None:
    ends = opening.closes_at
    if ends is not None and now >= ends:
        return None
    if opening.kind is not WindowKind.DAILY:
        return opening.opens_at if opening.opens_at > now else None
    zone = ZoneInfo(opening.zone)
    begins = time(*divmod(opening.from_minute, 60), tzinfo=zone)
    today = max(now, opening.opens_at).astimezone(zone).date()
    at = next(
        at
        for day in range(3)  # an hour that a zone's clock skips or that has passed is tomorrow's
        if (at := datetime.combine(today + timedelta(days=day), begins).astimezone(UTC)) > now
    )
    return at if ends is None or at < ends else None
