"""The one kind of text with an hour that no plan stands behind: a programme's own, with one time put in. Pure.

Its words are reviewed with the profile and end up read by whoever holds a relative's telephone, so they
name nobody and no place. Nobody types one: only the form of the profile and the time differ.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PLACE = "{at}"
_TIME = re.compile(
    r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2} \(UTC[+-][0-9]{1,2}(:[0-9]{2})?\)"
)


def told(form: str, at: datetime, *, zone: str) -> str:
    """Return a form of the programme with a time in it, as a clock of `zone` shows it."""
    local = at.astimezone(ZoneInfo(zone))
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    return form.replace(PLACE, f"{local:%d.%m.%Y %H:%M} ({offset})")


def without_time(text: str, form: str) -> str | None:
    """Return the words of `text` without its time, None if it is not this form with a time in it."""
    head, place, tail = form.partition(PLACE)
    if not place or not (text.startswith(head) and text.endswith(tail)):
        return None
    time = text[len(head) : len(text) - len(tail)]
    return head + tail if _TIME.fullmatch(time) else None


def is_own(text: str, own_texts: Collection[str]) -> bool:
    """Return whether a text is one of the programme's own, or a form of it with a time in it."""
    forms = (own for own in own_texts if PLACE in own)
    return text in own_texts or any(without_time(text, form) is not None for form in forms)
