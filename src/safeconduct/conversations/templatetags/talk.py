"""How the machine's slugs are said to a person."""

from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safeconduct.conversations.reading.times import TimeSaid
from safeconduct.geo import Point
from safeconduct.post.queries import Fate
from safeconduct.post.rules import Outcome

register = template.Library()

_REASONS: dict[str, Promise] = {
    "hurt": _("speaks of a wound"),
    "despair": _("speaks of killing himself"),
    "place": _("named a place"),
    "danger": _("speaks of danger"),
    "time": _("named a time"),
    "ready": _("says that he comes"),
    "child": _("may be under 18"),
    "stop_and_more": _("says stop, and more"),
    "asks_stop": _("asks for no more texts"),
    "stopped": _("said stop: a person records why"),
    "in_passage": _("is on the way"),
    "approved": _("has an approved plan"),
    "silent": _("was silent beyond his limit"),
    "kin": _("asks for a relative"),
    "press": _("asks for the press"),
    "frozen": _("writing to him is frozen"),
}
_KINDS: dict[str, Promise] = {
    "new": _("new enquiry"),
    "reply": _("answer"),
    "relative": _("relative"),
    "press": _("press"),
    "stop": _("said stop"),
}
_CONDITIONS: dict[str, Promise] = {
    "no_food": _("no food"),
    "no_water": _("no water"),
    "no_pay": _("no pay"),
    "low_morale": _("low morale"),
    "beaten": _("beaten by his own"),
    "no_doctor": _("no doctor"),
    "no_leave": _("no leave"),
    "cold": _("cold"),
}
_CAUSES: dict[str, Promise] = {
    "drawn": _("Drawn by lot, as every day."),
    "asked": _("An operator asks you to read it."),
    "word": _(
        "His distress word stands in his texts. Nothing but scripts leaves to him meanwhile."
    ),
    "withdrawal": _(
        "He wrote that all is well and that he needs nothing more, and not a word beside it."
        " Nothing but scripts leaves to him meanwhile."
    ),
    "hint": _(
        "The machine read a hint that he is forced, watched or found out. Nothing is held back."
    ),
    "identity": _(
        "His channel reports that another device or card may answer as him now."
        " Nothing but scripts leaves to him meanwhile."
    ),
}
_FINDINGS: dict[str, Promise] = {
    "nothing": _("Nothing to do"),
    "keep_held": _("Hold everything but scripts"),
    "let_go": _("Let held texts go"),
}
_HOW: dict[str, Promise] = {
    "voice": _("by voice"),
    "radio": _("by radio"),
    "to_say:voice": _("to be said by voice"),
    "to_say:radio": _("to be said by radio"),
    "unsaid": _("not said"),
}
_CHANNELS: dict[str, Promise] = {
    "sms": _("SMS"),
    "web": _("contact page"),
    "telegram": _("Telegram"),
    "signal": _("Signal"),
}
_FACTS: dict[str, Promise] = {"place": _("a place"), "time": _("a time"), "sign": _("a sign")}
_ENDED: dict[str, Promise] = {
    "person": _("waits for a person"),
    "changed": _("ended: its file was changed"),
    "held": _("ended: a person took over"),
    "shut": _("ended: he cannot be written to"),
    "long": _("ended: it went on too long"),
    "answered": _("ended: a person replied"),
    "closed": _("ended with the conversation"),
}
_ASKS: dict[str, Promise] = {
    "zone": _("by whose clock?"),
    "half": _("morning or evening?"),
    "count": _("counted from sunrise or from midnight?"),
    "day": _("which day?"),
    "hour": _("which hour?"),
}
_CANNED: dict[str, Promise] = {  # of the programme's own; others have a name that people gave
    "ack": _("We have your text"),
    "optout": _("We write no more"),
    "hold": _("Stay where you are"),
    "abort": _("It is off, turn back"),
    "turn_back": _("No sign, turn back"),
    "channel": _("Write by a safer channel"),
    "privacy": _("What we keep of you"),
}
_TABLES = {
    "canned": _CANNED,
    "channel": _CHANNELS,
    "fact": _FACTS,
    "how": _HOW,
    "ended": _ENDED,
    "ask": _ASKS,
    "reason": _REASONS,
    "kind": _KINDS,
    "condition": _CONDITIONS,
    "cause": _CAUSES,
    "finding": _FINDINGS,
}


@register.filter
def said(slug: str, table: str) -> Promise | str:
    """Return how a slug of `table` is said on screen; the slug itself when nobody named it."""
    return _TABLES[table].get(slug, slug)


@register.filter
def clocks(time: TimeSaid) -> list[str]:
    """Return each reading of a time with day, hour and whose clock: never one alone, never without."""
    told = []
    for reading in time.readings:
        local = reading.at.astimezone(ZoneInfo(reading.zone))
        city = reading.zone.rpartition("/")[2].replace("_", " ")
        told.append(f"{date_format(local, 'j E, H:i')} ({city}, UTC{date_format(local, 'O')})")
    return told


@register.filter
def degrees(point: Point) -> str:
    """Return a point as every map takes it, latitude first: "48.12345, 37.65432"."""
    return f"{point.lat_deg:.5f}, {point.lon_deg:.5f}"


@register.filter
def short(ref: str) -> str:
    """Return the first four letters of a ref, as people say it."""
    return ref[:4].upper()


_FATES: dict[Outcome, Promise] = {
    Outcome.UNKNOWN: _("unknown whether it arrived"),
    Outcome.REFUSED: _("refused by the carrier"),
    Outcome.SKIPPED: _("not sent"),
}


@register.filter
def fate_word(fate: Fate | None) -> Promise | str:
    """Return what became of a text when that is worth a word; a text under way says nothing."""
    if fate is not None and fate.held:
        return _("held; to others it looks sent")
    if fate is None or fate.outcome is None:
        return ""
    if fate.unserved and fate.outcome is Outcome.SKIPPED:
        return _("not sent: its gateway was struck out")
    if fate.maybe_twice:
        return _("may have arrived twice")
    if fate.outcome is Outcome.SENT:
        return _("arrived") if fate.parts and fate.delivered == fate.parts else ""
    return _FATES[fate.outcome]


@register.filter
def fate_tone(fate: Fate | None) -> str:
    """Return the class of the word above."""
    if fate is None:
        return ""
    quiet = fate.outcome in {None, Outcome.SENT} and not (fate.maybe_twice or fate.held)
    return "" if quiet else "is-attention"
