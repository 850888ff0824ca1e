"""Time as a tired person reads it: its age, then the clock, and whose clock it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from safeconduct import clock
from safeconduct.programme import load

register = template.Library()
_NO_END = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)  # no zone can show what is later
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def span(length: timedelta) -> str:
    """Return a span in its two largest units: "52 s", "4 min", "18 h 52 min", "3 d 4 h"."""
    length = abs(length)
    if length < _MINUTE:
        return _("%(s)d s") % {"s": length // timedelta(seconds=1)}
    days, hours = _("%(d)d d") % {"d": length.days}, length % _DAY // _HOUR
    if length >= _DAY:
        return days if not hours else f"{days} " + _("%(h)d h") % {"h": hours}
    minutes = _("%(min)d min") % {"min": length % _HOUR // _MINUTE}
    if length < _HOUR:
        return minutes
    return _("%(h)d h") % {"h": hours} + (f" {minutes}" if length % _HOUR >= _MINUTE else "")


def utc_offset(at: datetime) -> str:
    """Return "UTC+2" or "UTC+5:30" for an aware instant in its own zone."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    sign, minutes = ("+" if minutes >= 0 else "-"), abs(minutes)
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


def ours(at: datetime) -> datetime:
    """Return the instant on the programme's own watch."""
    return at.astimezone(ZoneInfo(load.current().zone))


def _day_and_clock(local: datetime) -> str:
    return date_format(local, "j E, H:i")


@register.filter
def when(at: datetime | None) -> SafeString | str:
    """Return age, then clock: "4 min · 21:44"; a day and more: "19 November, 21:20"."""
    if at is None:
        return "—"
    age, local = clock.now() - at, ours(at)
    if timedelta() <= age < _DAY:
        text = f"{span(age)} · {local:%H:%M}"
    elif -_DAY < age < timedelta():
        text = _("in %(span)s") % {"span": span(age)} + f" · {local:%H:%M}"
    else:
        text = _day_and_clock(local)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.filter
def left(until: datetime | None) -> SafeString | str:
    """Return what is left, then when: "18 h 52 min left · 15:40"; past: "4 min over · 15:40".

    What has no end of its own (a window as long as the way) is said to last until it is done.
    """
    if until is None:
        return "—"
    if until >= _NO_END:
        return _("until it is done")
    rest, local = until - clock.now(), ours(until)
    told = _("%(span)s left") if rest >= timedelta() else _("%(span)s over")
    at = f"{local:%H:%M}" if abs(rest) < _DAY else _day_and_clock(local)
    text = told % {"span": span(rest)} + f" · {at}"
    return format_html('<time datetime="{}">{}</time>', until.isoformat(), text)


@register.filter
def his(at: datetime | None) -> SafeString | str:
    """Return the clock of the one who writes in, named as his: "22:44 his time, UTC+3"."""
    if at is None:
        return "—"
    local = at.astimezone(ZoneInfo(load.current().his_zone))
    told = _("%(clock)s his time, %(zone)s")
    text = told % {"clock": f"{local:%H:%M}", "zone": utc_offset(local)}
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)


@register.filter
def day(at: datetime | None) -> SafeString | str:
    """Return the date on our watch: "19 November 2026"."""
    if at is None:
        return "—"
    local = ours(at)
    return format_html('<time datetime="{}">{}</time>', local.date(), date_format(local, "j E Y"))


@register.filter
def dated(at: datetime | None) -> SafeString | str:
    """Return day and clock on our watch, whatever the age, for paper: "19 November, 21:20"."""
    if at is None:
        return "—"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), _day_and_clock(ours(at)))


@register.filter
def lasting(length: timedelta | None) -> str:
    """Return a span in words: "72 h" comes out as "3 d"."""
    return "—" if length is None else span(length)


@register.filter
def seconds(length_s: int) -> str:
    """Return whole seconds in words: 900 comes out as "15 min"."""
    return span(timedelta(seconds=length_s))
