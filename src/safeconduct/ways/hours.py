"""From when to when he may be met at a place, or why never: daylight, curfews, the drone's endurance.

Signs are shown to be seen, so he is met between civil dawn and dusk (the sun at most 6° below the
horizon), which somewhere is all day or never. On a road he is out of every curfew. A drone that
cannot stay as long as his way takes watches over half of it, and such a place is none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from safeconduct.geo import Point

DUSK_DEG = -6.0  # of the sun's middle: civil twilight, as almanacs have it
STEP = timedelta(minutes=10)  # a light or dark shorter than this is not found
DAY = timedelta(days=1)
_TENTH = (
    10  # of a degree: within it dawn differs by less than half a minute, below the polar circles
)


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to another, which is not in it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Curfew:
    """Hours of every day in which nobody may be on the road; over midnight where `begins` is later."""

    begins: time
    ends: time
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Hours:
    """When he may be met at a place.

    Attributes:
        spans: in order, none that overlap; empty where it is never.
        why: for never: "dark", "curfew", "drone", "late" (nobody is there within the time asked for).
        waits: how much longer than his way takes the drone can stay; None without one.
    """

    spans: tuple[Span, ...]
    why: str
    waits: timedelta | None = None


def hours(
    place: Point,
    *,
    his: timedelta,
    team: timedelta,
    curfews: Sequence[Curfew],
    stay: timedelta | None,
    now: datetime,
    within: timedelta = DAY,
) -> Hours:
    """Return when he may be met at a place within a day from `now`.

    Args:
        his, team: how long each is on the way there.
        curfews: of the ground he crosses; he is on the road from `his` before he is met.
        stay: how long the drone can watch: its minutes in the air less the transit; None without.
    """
    if stay is not None and his > stay:
        return Hours((), "drone")
    waits = None if stay is None else stay - his
    asked = [Span(now + max(his, team), now + within)]
    if asked[0].since >= asked[0].until:
        return Hours((), "late", waits)
    light = _common(asked, daylight(place, asked[0]))
    if not light:
        return Hours((), "dark", waits)
    barred = [span for each in curfews for span in _closed(each, asked[0], his)]
    left = _without(light, barred)
    return Hours(tuple(left), "" if left else "curfew", waits)


def daylight(place: Point, within: Span) -> list[Span]:
    """Return the parts of a span that are light at a place, dusk and dawn within half a minute."""
    lat, lon = round(place.lat_deg * _TENTH), round(place.lon_deg * _TENTH)
    day, last = within.since.astimezone(UTC).date(), within.until.astimezone(UTC).date()
    found: list[Span] = []
    while day <= last:
        found += _light(lat, lon, day)
        day += DAY
    return _common([within], _joined(found))


@lru_cache(maxsize=512)  # a planner's page asks for the same day at places near each other
def _light(lat_tenths: int, lon_tenths: int, day: date) -> tuple[Span, ...]:
    begins = datetime.combine(day, time(), UTC)
    at = [begins + STEP * n for n in range(DAY // STEP + 1)]
    high = [_is_light(lat_tenths, lon_tenths, moment) for moment in at]
    turns = [
        _turn(lat_tenths, lon_tenths, at[n], at[n + 1])
        for n in range(len(at) - 1)
        if high[n] != high[n + 1]
    ]
    edges = ([at[0]] if high[0] else []) + turns + ([at[-1]] if high[-1] else [])
    return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _is_light(lat_tenths: int, lon_tenths: int, moment: datetime) -> bool:
    from astral import Observer  # noqa: PLC0415  a tenth of a second, and only who plans needs it
    from astral.sun import elevation  # noqa: PLC0415  with it

    seen_from = Observer(lat_tenths / _TENTH, lon_tenths / _TENTH)
    return bool(elevation(seen_from, moment, with_refraction=False) >= DUSK_DEG)


def _turn(lat_tenths: int, lon_tenths: int, dark: datetime, light: datetime) -> datetime:
    """Return the second at which it turns, between two moments of which one is light."""
    before = _is_light(lat_tenths, lon_tenths, dark)
    while light - dark > timedelta(seconds=1):
        middle = dark + (light - dark) / 2
        if _is_light(lat_tenths, lon_tenths, middle) == before:
            dark = middle
        else:
            light = middle
    return light


def _closed(curfew: Curfew, asked: Span, his: timedelta) -> Iterable[Span]:
    """Yield when he may not be met, because he would be on the road in these hours."""
    day = asked.since.astimezone(curfew.zone).date() - 2 * DAY
    while day <= asked.until.astimezone(curfew.zone).date():
        ends_on = day if curfew.ends > curfew.begins else day + DAY
        begins = datetime.combine(day, curfew.begins, curfew.zone)
        ends = datetime.combine(ends_on, curfew.ends, curfew.zone)
        yield Span(begins.astimezone(UTC), ends.astimezone(UTC) + his)
        day += DAY


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in spans that neither overlap nor touch."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.since):
        if found and span.since <= found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, span.until))
        else:
            found.append(span)
    return found


def _common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    both = [Span(max(a.since, b.since), min(a.until, b.until)) for a in some for b in others]
    return [span for span in both if span.since < span.until]


def _without(spans: Sequence[Span], barred: Iterable[Span]) -> list[Span]:
    left = list(spans)
    for hole in _joined(barred):
        left = [
            part
            for span in left
            for part in (
                Span(span.since, min(span.until, hole.since)),
                Span(max(span.since, hole.until), span.until),
            )
            if part.since < part.until
        ]
    return left
