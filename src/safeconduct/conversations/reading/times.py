"""Times as people say them, in the languages of the programmes. Pure: a text and the instant it was
sent in; instants with their zone out. A grammar of our own: the library tried read 7 of 17.

Nothing is assumed. Kyiv and Moscow agree in summer and differ by an hour in winter; "at five" may be
morning or evening; "at two at night" may be either night; "saa tano" is eleven to who counts from
sunrise, and five to others. Each reading is kept, and what to ask is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safeconduct.conversations.reading import clockwords as said
from safeconduct.conversations.reading.phrases import (
    NOON_H,
    WEEK,
    Atom,
    Token,
    atoms_of,
    says,
    tokens_of,
)
from safeconduct.pledges.folding import normal

SIX_H = 6  # sunrise: the hours of a Swahili day count from it
NIGHT_ENDS_H = 6  # "two at night" is before it
DAY_BEGINS_H = 10  # "11 дня" is before noon, "2 дня" after it
REACH = 2  # small words between two parts of one time
LONG_AGO = timedelta(days=180)  # a date further back than this is the next year's
FAR_OFF = timedelta(days=3653)  # a birthday or a trick: no clock is reckoned at a calendar's end


@dataclass(frozen=True, slots=True)
class Instant:
    """One way to read a time: on the clock of this zone it is this instant (aware, UTC)."""

    zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """One time as he said it.

    Attributes:
        words: his own, exactly; `start` and `end` say where they stand.
        hour, minute: as he said them; None where he named a day or a part of it alone.
        part: "morning", "day", "evening", "night", or "" when he said none.
        readings: each instant it may be, in each zone; empty without an hour.
        days: the dates it may be in the first zone.
        ask: what to ask him: "zone", "half" (morning or evening), "count" (from sunrise or from
            midnight), "day", "hour".
        is_ahead: one of its readings is yet to come, or its day is not over.
    """

    words: str
    start: int
    end: int
    hour: int | None
    minute: int
    part: str
    readings: tuple[Instant, ...]
    days: tuple[date, ...]
    ask: tuple[str, ...]
    is_ahead: bool = True


def read_times(text: str, *, sent_at: datetime, zones: Sequence[str]) -> list[TimeSaid]:
    """Return the times a text names, in the order they stand.

    Args:
        sent_at: when it was sent, aware; "tomorrow" counts from there.
        zones: IANA zones whose clock he may mean, most likely first; two at most are of use.
    """
    tokens = tokens_of(text)
    return [
        _judged(_told(group, text, tokens, sent_at=sent_at, zones=zones), sent_at, zones)
        for group in _grouped(atoms_of(tokens), tokens)
    ]


def _judged(each: TimeSaid, sent_at: datetime, zones: Sequence[str]) -> TimeSaid:
    today = sent_at.astimezone(ZoneInfo(zones[0])).date()
    ahead = any(reading.at >= sent_at for reading in each.readings) or (
        not each.readings and any(day >= today for day in each.days)
    )
    return replace(each, is_ahead=ahead)


def _grouped(atoms: Sequence[Atom], tokens: Sequence[Token]) -> list[Atom]:
    """Put together what stands beside one another and says different things of one time."""
    groups: list[Atom] = []
    for atom in atoms:
        last = groups[-1] if groups else None
        joined = _joined(last, atom) if last and _beside(last, atom, tokens) else None
        if joined:
            groups[-1] = joined
        else:
            groups.append(atom)
    return [group for group in groups if not _is_only_a_part(group, tokens)]


def _is_only_a_part(group: Atom, tokens: Sequence[Token]) -> bool:
    """ "Добрый день", "доброго ранку" and "good evening" greet; "день" and "рано" say no time."""
    if group.hour is not None or group.day or group.span:
        return False
    before = tokens[group.first - 1].text.lower() if group.first else ""
    greets = before.startswith(("добр", "dobr", "good"))
    bare = normal(tokens[group.first].text) in {
        normal("день"),
        normal("рано"),
        normal("am"),
        normal("pm"),
    }
    return greets or bare


def _beside(a: Atom, b: Atom, tokens: Sequence[Token]) -> bool:
    between = tokens[a.last + 1 : b.first]
    return len(between) <= REACH and all(
        each.text == "," or says(each, said.FILL) for each in between
    )


def _joined(a: Atom, b: Atom) -> Atom | None:
    if a.span or b.span or (a.hour is not None and b.hour is not None) or (a.day and b.day):
        return None
    if a.part and b.part and a.part != b.part:
        return None
    clock = a if a.hour is not None else b
    return replace(
        clock, first=a.first, last=b.last, part=a.part or b.part, day=a.day or b.day,
    )  # fmt: skip


def _told(
    group: Atom, text: str, tokens: Sequence[Token], *, sent_at: datetime, zones: Sequence[str]
) -> TimeSaid:
    first = group.first
    while first and says(tokens[first - 1], said.AT):
        first -= 1
    start, end = tokens[first].start, tokens[group.last].end
    whole = TimeSaid(text[start:end], start, end, group.hour, group.minute, group.part, (), (), ())
    if group.span is not None:
        return _after_a_span(whole, group.span, sent_at, zones)
    local = sent_at.astimezone(ZoneInfo(zones[0])).date()
    if group.hour is None:
        return replace(whole, days=tuple(_days(group, local)), ask=("hour",))
    counts = [_hours(group.hour, group.part, sure=group.sure)]
    if group.from_six:
        counts.insert(0, _hours((group.hour + SIX_H) % NOON_H or NOON_H, group.part, sure=False))
    hours = list(dict.fromkeys(each for counted in counts for each in counted))
    readings = [
        Instant(zone, _instant(day + timedelta(days=over), hour, group.minute, zone))
        for zone in zones
        for day in _days(group, sent_at.astimezone(ZoneInfo(zone)).date())
        for hour, over in hours
    ]
    if group.day is None:
        readings = _next_only(readings, sent_at)
    days = dict.fromkeys(each.at.astimezone(ZoneInfo(each.zone)).date() for each in readings)
    ask = [
        *(["zone"] if _differ(readings, zones) else []),
        *(["half"] if any(len({hour for hour, _over in each}) > 1 for each in counts) else []),
        *(["count"] if group.from_six else []),
        *(
            ["day"]
            if group.day is None or len(_days(group, local)) > 1 or _two_nights(hours)
            else []
        ),
    ]
    return replace(whole, readings=tuple(readings), days=tuple(days), ask=tuple(ask))


def _after_a_span(
    whole: TimeSaid, span: timedelta, sent_at: datetime, zones: Sequence[str]
) -> TimeSaid:
    at = sent_at + span
    exact = abs(span) < timedelta(days=1)
    readings = tuple(Instant(zone, at.astimezone(UTC)) for zone in zones) if exact else ()
    days = (at.astimezone(ZoneInfo(zones[0])).date(),)
    return replace(whole, readings=readings, days=days, ask=() if exact else ("hour",))


def _days(group: Atom, today: date) -> list[date]:
    if group.day is None:
        return [today]
    kind, a, b, c = group.day
    if kind == "ahead":
        return [today + timedelta(days=a)]
    if kind == "weekday":
        ahead = (a - today.weekday()) % WEEK
        return [today + timedelta(days=ahead)] if ahead else [today, today + timedelta(days=WEEK)]
    try:
        found = date(a or today.year, b, c)
        if not a and today - found > LONG_AGO:
            found = date(today.year + 1, b, c)
    except ValueError:  # 31 February is no day, nor is the 29th of each; nothing is made of it
        return []
    return [found] if abs(found - today) <= FAR_OFF else []


def _hours(hour: int, part: str, *, sure: bool) -> list[tuple[int, int]]:
    """Return the hours of 24 it may be, each with the days to add; (2, 1) is the night after."""
    low = hour % NOON_H
    if sure:
        return [(hour, 0), (hour, 1)] if part == said.NIGHT and hour < NIGHT_ENDS_H else [(hour, 0)]
    if part == said.MORNING:
        return [(low, 0)]
    if part == said.DAY:
        return [(hour, 0)] if DAY_BEGINS_H <= hour <= NOON_H else [(low + NOON_H, 0)]
    if part == said.EVENING:
        return [(low + NOON_H, 0)] if low else [(0, 1)]
    if part == said.NIGHT:
        return [(low, 0), (low, 1)] if low < NIGHT_ENDS_H else [(low + NOON_H, 0)]
    return [(low, 0), (low + NOON_H, 0)]


def _two_nights(hours: Sequence[tuple[int, int]]) -> bool:
    return len({over for _hour, over in hours}) > 1


def _instant(day: date, hour: int, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def _next_only(readings: Sequence[Instant], sent_at: datetime) -> list[Instant]:
    """Without a day it is the next such hour of each clock."""
    found = []
    for each in readings:
        at = each.at
        while at < sent_at:
            at += timedelta(days=1)
        found.append(Instant(each.zone, at))
    return list(dict.fromkeys(found))


def _differ(readings: Sequence[Instant], zones: Sequence[str]) -> bool:
    by_zone = [{each.at for each in readings if each.zone == zone} for zone in zones]
    return any(other != by_zone[0] for other in by_zone[1:])
