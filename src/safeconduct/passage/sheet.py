"""What those who approve a plan read: its choice and why, what was left, what can still go wrong.

Every word here is made from the plan's content alone, and the content is what they sign: two plans of
one digest read the same, whenever and by whomever they are looked at (passage/tests/test_sheet.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from safeconduct.passage.choosing import MEANINGS, WAYS, WHY_NOT_THERE, WHY_OUT, labels
from safeconduct.passage.drawing import Dot, Drawing, drawn, minutes_up
from safeconduct.passage.odds import one_in
from safeconduct.passage.outlook import PLAINEST
from safeconduct.passage.plan import Content
from safeconduct.passage.rules import LETTERS
from safeconduct.passage.stops import HOME, WAIT

GONE_MILLI = (
    100  # of the fastest way's figure: a report that makes less of the chosen one is avoided
)
DAY_H = 24


@dataclass(frozen=True, slots=True)
class WayRow:
    """One named way in the table under the drawing."""

    sign: str
    name: str
    minutes: int
    open_min: int
    p: str
    odds: str
    chosen: bool
    why: str


@dataclass(frozen=True, slots=True)
class LegRow:
    """What he does on one leg when something changes, in words."""

    number: int
    hold: str
    cover: str
    off: str
    switch: str


@dataclass(frozen=True, slots=True)
class WayIf:
    """One way's legs, and what makes up its figure."""

    letter: str
    place: str
    minutes: int
    odds: str
    rests_on: Sequence[str]
    legs: Sequence[LegRow]
    his_own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole of it."""

    drawing: Drawing
    rows: Sequence[WayRow]
    choice: Sequence[str]
    left_out: Sequence[tuple[str, int]]
    others: int
    known: Sequence[str]
    near: Sequence[str]
    unknown: Sequence[str]
    ways: Sequence[WayIf]
    words: Sequence[tuple[str, str]]


def sheet_of(content: Content, *, zone: str) -> Sheet:
    """Return what a plan's content says to those who approve it, in the reader's language.

    Args:
        zone: of our own watch.
    """
    picture = drawn(
        content["figures"],
        content["ways"]["A"]["choice"],
        limit_milli=content["limit_milli"],
        front=content["front"],
    )
    watch = ZoneInfo(zone)
    return Sheet(
        drawing=picture,
        rows=[_row(dot, picture.dots, content) for dot in picture.dots],
        choice=_choice(content, watch),
        left_out=[(_(WHY_OUT[why]), count) for why, count in sorted(content["left_out"].items())],
        others=content["others"],
        known=_known(content, watch),
        near=[_near(each, watch) for each in content["near"]],
        unknown=_unknown(content, watch),
        ways=[_way_if(content, letter, watch) for letter in LETTERS],
        words=_words(content),
    )


def odds(p_milli: int) -> str:
    """Return a figure as people say it, rounded towards danger."""
    many, of = one_in(p_milli)
    if not many:
        return _("none by a known report")
    if many > 1:
        return _("about %(many)s in %(of)s") % {"many": many, "of": of}
    return _("about one in %(of)s") % {"of": of}


# ---- the choice ----


def _row(dot: Dot, dots: Sequence[Dot], content: Content) -> WayRow:
    return WayRow(
        dot.sign,
        ", ".join(_(WAYS[name]) for name in dot.names),
        dot.minutes,
        dot.open_min,
        dot.p,
        odds(dot.p_milli),
        dot.chosen,
        "" if dot.chosen else _why_not(dot, dots, content),
    )


def _why_not(dot: Dot, dots: Sequence[Dot], content: Content) -> str:
    taken = next((each for each in dots if each.chosen), None)
    if dot.p_milli > content["limit_milli"]:
        return _("above the programme's limit")
    if taken is None:
        return ""
    longer = dot.minutes - taken.minutes
    told = {"min": abs(longer), "odds": odds(dot.p_milli)}
    if longer > 0:
        return _("%(min)s min longer") % told
    if dot.p_milli > taken.p_milli:
        return _("%(min)s min shorter, but more exposed: %(odds)s") % told
    return _("no more exposed by this model, but not wished, or it cannot be told")


def _choice(content: Content, watch: ZoneInfo) -> list[str]:
    """Return why this way: what it costs against the fastest, and what it keeps away from."""
    mine = content["ways"]["A"]
    fastest = next(each for each in content["figures"] if each["name"] == "fastest")
    more = round(mine["time_s"] / 60) - round(fastest["time_s"] / 60)
    told = {
        "min": round(mine["time_s"] / 60),
        "more": more,
        "odds": odds(mine["p_milli"]),
        "fast": odds(fastest["p_milli"]),
    }
    said = [_("The way to A takes %(min)s min. Intercepted on it, by this model: %(odds)s.") % told]
    if mine["p_milli"] == fastest["p_milli"] and more <= 0:
        said.append(_("It is the fastest way, and none that is slower was taken for less danger."))
    else:
        said.append(
            _("Against the fastest way it costs %(more)s min more; intercepted there: %(fast)s.")
            % told
        )
    said.append(_in_the_open(content, mine))
    if mine["choice"] == PLAINEST:
        said.append(
            _("No way off the front can be told so that it has one meaning; this is the plainest.")
        )
    avoided = _avoided(content, mine, fastest)
    if avoided:
        named = "; ".join(_report(content, ref, watch) for ref in avoided)
        said.append(_("It keeps away from: %(named)s.") % {"named": named})
    return said


def _in_the_open(content: Content, way: Mapping[str, Any]) -> str:
    if not content["knows_cover"]:
        return _("The map tells no woods and no houses, so all of the way counts as in the open.")
    told = {"open": minutes_up(way["open_s"])}
    return _("%(open)s min of it lie in the open: neither in woods nor between houses.") % told


def _avoided(content: Content, mine: Mapping[str, Any], fastest: Mapping[str, Any]) -> list[str]:
    """Return the reports that weigh on the fastest way and hardly on the one that was taken."""

    def weights(way: Mapping[str, Any]) -> dict[str, float]:
        return {e["ref"]: e["part_milli"] * way["p_milli"] / 1000 for e in way["rests_on"]}

    here, there = weights(mine), weights(fastest)
    return [ref for ref, weight in there.items() if here.get(ref, 0) * 1000 < weight * GONE_MILLI]


def _report(content: Content, ref: str, watch: ZoneInfo) -> str:
    """Return what a report is and when it was seen, with its age when the plan was made."""
    danger = next((each for each in content["dangers"] if each["ref"] == ref), None)
    if danger is None:  # a plan repeats the reports near it alone
        return _("a report further away")
    told = {
        "kind": labels().get(danger["kind"], danger["kind"]),
        "clock": _clock(danger["seen_at"], watch),
        "age": _age(content["priced_at"] - danger["seen_at"]),
    }
    return _("%(kind)s, seen at %(clock)s, %(age)s before") % told


def _clock(second: int, watch: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(second, UTC).astimezone(watch):%H:%M}"


def _age(seconds: int) -> str:
    age = timedelta(seconds=max(seconds, 0))
    minutes = int(age.total_seconds()) // 60
    if minutes < 120:  # noqa: PLR2004  two hours
        return _("%(min)d min") % {"min": minutes}
    if minutes < 2 * DAY_H * 60:
        return _("%(h)d h") % {"h": minutes // 60}
    return _("%(d)d d") % {"d": age.days}


# ---- what can still go wrong ----


def _known(content: Content, watch: ZoneInfo) -> list[str]:
    """Return the figures in words, and how old what they rest on is."""
    dangers, at = content["dangers"], _clock(content["priced_at"], watch)
    if not dangers:
        return [
            _("No report was known at %(at)s, so the model says nothing of danger.") % {"at": at}
        ]
    worst = max(content["ways"].values(), key=lambda way: way["p_milli"])
    later = max(way["p_then_milli"] for way in content["ways"].values())
    count, oldest = len(dangers), min(each["seen_at"] for each in dangers)
    told = {"odds": odds(worst["p_milli"]), "at": at, "later": odds(later)}
    return [
        _(
            "Intercepted on the more exposed of both ways, by this model of the reports known at "
            "%(at)s: %(odds)s; if they only age until he sets out: %(later)s."
        )
        % told,
        ngettext(
            "It rests on %(count)s report, seen %(age)s before.",
            "It rests on %(count)s reports, the oldest seen %(age)s before.",
            count,
        )
        % {"count": count, "age": _age(content["priced_at"] - oldest)},
        _("The figure is a judgement and was never calibrated. It is never told to him."),
    ]


def _near(near: Mapping[str, Any], watch: ZoneInfo) -> str:
    told = {
        "way": near["way"],
        "m": near["metres"],
        "kind": labels().get(near["kind"], near["kind"]),
        "clock": _clock(near["seen_at"], watch),
    }
    return _("The way to %(way)s passes %(m)s m from: %(kind)s, seen at %(clock)s.") % told


def _unknown(content: Content, watch: ZoneInfo) -> list[str]:
    at = _clock(content["priced_at"], watch)
    return [
        *(said for letter in LETTERS for said in _untold(content, letter)),
        _("mines off the hard surface: he must stay on the road"),
        _("whatever nobody has reported, and who moves between the places that were"),
        _("what has happened since %(at)s") % {"at": at},
    ]


def _untold(content: Content, letter: str) -> list[str]:
    """Return what nobody has told of the roads to a place, where his vehicle is heavy or wide."""
    way = content["ways"][letter]
    if not content["size"][0]:  # whatever is told, it passes
        return []
    told, found = {"letter": letter, "m": way["narrow_m"]}, []
    if way["bridges"]:
        found.append(
            ngettext(
                "what %(n)s bridge on the way to %(letter)s carries: the map tells no weight",
                "what %(n)s bridges on the way to %(letter)s carry: the map tells no weight",
                way["bridges"],
            )
            % {"n": way["bridges"], **told}
        )
    if way["narrow_m"]:
        found.append(_("how wide %(m)s m of the way to %(letter)s are: the map tells none") % told)
    return found


# ---- if it changes ----


def _way_if(content: Content, letter: str, watch: ZoneInfo) -> WayIf:
    way, place = content["ways"][letter], content["places"][letter]
    rests = [
        _("%(part)s %% %(report)s")
        % {"part": round(each["part_milli"] / 10), "report": _report(content, each["ref"], watch)}
        for each in way["rests_on"]
    ]
    return WayIf(
        letter,
        named(place["names"]),
        round(way["time_s"] / 60),
        odds(way["p_milli"]),
        rests,
        [_leg(way, number) for number in range(1, way["legs"] + 1)],
        bool(place["his_own"]),
    )


def named(names: Mapping[str, str]) -> str:
    """Return a name in the reader's language, else in English, else as it is written."""
    reader = (get_language() or "en").split("-")[0]
    found = names.get(reader) or names.get("en")
    return found or next(iter(names.values()), "")


def area_named(content: Content, letter: str) -> str:
    """Return what is said of a place before it is named: the villages about it, as he is told."""
    villages = ", ".join(content["areas"][letter])
    return _("near %(villages)s") % {"villages": villages} if villages else _("named on the way")


def _leg(way: Mapping[str, Any], number: int) -> LegRow:
    def of(kind: str) -> dict[str, Any]:
        return next((each for each in way[kind] if each["leg"] == number), {})

    hold, abort, switch = of("holds"), of("aborts"), of("switches")
    return LegRow(
        number,
        named(hold["names"]) if hold else "",
        (_("in cover") if hold["cover"] else _("in the open")) if hold else "",
        _off(abort, hold),
        _switch(switch),
    )


def switch_in_words(content: Content, letter: str, leg: int) -> str:
    """Return where he would wait on a leg, and what leads on from there to the other place."""
    row = _leg(content["ways"][letter], leg)
    return f"{leg}: {row.hold}, {row.switch}"


def _off(abort: Mapping[str, Any], hold: Mapping[str, Any]) -> str:
    if not abort:
        return ""
    back = {"min": round(abort["back_s"] / 60), "odds": odds(abort["back_p_milli"])}
    at = named(abort["names"]) if abort["names"] else _("the crossroads")
    if abort["does"] == HOME:
        return _("goes home from %(at)s: %(min)s min, %(odds)s") % {"at": at, **back}
    if abort["does"] == WAIT and hold:
        return _("waits at %(at)s until he is written to") % {"at": named(hold["names"])}
    return _("stops where he is and waits until he is written to")


def _switch(switch: Mapping[str, Any]) -> str:
    if not switch:
        return _("no point to wait at, so no way to tell")
    if switch["why"]:
        return _(WHY_NOT_THERE[switch["why"]])
    told = {
        "to": switch["to"],
        "min": round(switch["time_s"] / 60),
        "odds": odds(switch["p_milli"]),
    }
    return _("to %(to)s in %(min)s min, %(odds)s") % told


def _words(content: Content) -> list[tuple[str, str]]:
    return [
        (_(text), content["words"][key])
        for key, text in MEANINGS.items()
        if key in content["words"]
    ]
