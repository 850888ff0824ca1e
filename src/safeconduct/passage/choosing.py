"""What the planner's part of a passage's page shows: places to choose from, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safeconduct.geo import distance_m
from safeconduct.passage import rules
from safeconduct.passage.outlook import COVERED, PLAINEST, Outlook, names_of, sets_out
from safeconduct.programme.profile import Profile
from safeconduct.refusal import N_
from safeconduct.watch.aircraft import CRUISE_M_S
from safeconduct.ways.places import MeetingPlace
from safeconduct.ways.screening import Screening
from safeconduct.ways.stepwords import TABLES

LABELS = {
    "start": N_("his start"),
    "team": N_("the unit's start, never told to him"),
    "drone": N_("the drone's start, never told to him"),
    "hold": N_("hold point"),
    "checkpoint": N_("checkpoint"),
    "hunters": N_("hunters"),
    "mines": N_("mines"),
    "watchers": N_("watchers"),
    "shelling": N_("shelling"),
    "fire": N_("fire"),
    "water": N_("water on the road"),
    "curfew": N_("curfew"),
}
WAYS = {
    "fastest": N_("fastest"),
    PLAINEST: N_("plainest to tell"),
    "within15": N_("least exposed within 15 % more time"),
    "within30": N_("least exposed within 30 % more time"),
    "least": N_("least exposed"),
    COVERED: N_("least in the open within 30 % more time"),
}
WHY_OUT = {
    "burned": N_("used or burned, or within 500 m of a burned place"),
    "untellable": N_(
        "no way there within the limit of danger can be told in short texts that mean one thing only"
    ),
    "not looked at": N_("not looked at: too many before could not be told"),
    "mined": N_("behind mined ground"),
    "far for him": N_("too far for him"),
    "far for the team": N_("too far for the unit"),
    "dominated": N_("another place is better in every respect"),
    "dark": N_("never: it is dark all day"),
    "curfew": N_("never: he would be on the road in a curfew"),
    "drone": N_("never: the drone cannot stay so long"),
}
GROUND = {
    Screening.SCREENS: N_("terrain screens it"),
    Screening.DOES_NOT: N_("terrain does not screen it"),
    Screening.NOT_KNOWN: N_("not known here"),
}
WHY_NOT_THERE = {
    "mined": N_("the way there is mined"),
    "exposed": N_("the way there is above the programme's limit"),
    "untellable": N_("the way there cannot be told"),
}
MEANINGS = {
    "switch": N_("go to the other place"),
    "hold": N_("stop and wait"),
    "abort": N_("all is called off"),
}


SOURCES = {
    "own": N_("seen by our own aircraft or people"),
    "unit": N_("the receiving unit"),
    "person": N_("he said so himself"),
    "partner": N_("another organisation"),
    "open": N_("open sources"),
}

WHY_NEVER = {
    **{why: WHY_OUT[why] for why in ("dark", "curfew", "drone")},
    "late": N_("never within a day"),
}


def sources() -> dict[str, str]:
    """Return what sources of a report are called, in the reader's language."""
    return {key: _(text) for key, text in SOURCES.items()}


def labels() -> dict[str, str]:
    """Return what map and tables call things, in the reader's language."""
    return {key: _(text) for key, text in LABELS.items()}


@dataclass(frozen=True, slots=True)
class Choice:
    """A meeting place to choose from, as both sides see it.

    `despite` says what speaks against it when it is offered for want of two others.
    """

    junction: int
    name: str
    his_min: int
    p: str
    team_min: int
    out_min: int
    out_p: str
    ways_out: int
    ground: str
    met: str  # from when to when he may be met there, or why never
    despite: str
    main: bool
    spare: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What the planner chooses from."""

    choices: Sequence[Choice]
    left_out: Sequence[tuple[str, int]]
    off_road_m: int
    starts_at: str
    knows_cover: bool  # the map tells woods and houses
    sets_out: bool  # one road at least can be told at his start
    ways: Sequence[tuple[str, str]]
    signs: Sequence[tuple[str, str]]


def draft_of(outlook: Outlook, *, profile: Profile, now: datetime) -> Draft:
    """Return an outlook as the page shows it, in the reader's language."""
    found = outlook.ranking.choices
    barred = {PLAINEST} if outlook.web.roads.knows_cover else {PLAINEST, COVERED}
    most = profile.milli("exposed")
    main, spare = outlook.main(most_p_milli=most), outlook.spare(most_p_milli=most)
    soon = (now + timedelta(minutes=60)).astimezone(ZoneInfo(profile.zone))
    names, despite = choice_names(outlook), outlook.ranking.despite
    out: dict[str, int] = {}
    for left in outlook.ranking.left_out:
        out[left.why] = out.get(left.why, 0) + 1
    return Draft(
        choices=[
            Choice(
                place.junction,
                names[place.junction],
                round(place.his_s / 60),
                f"{rules.probability(place.hazard):.2f}",
                round(place.team_s / 60),
                round(place.out_s / 60),
                f"{rules.probability(place.out_hazard):.2f}",
                place.ways_out,
                _(GROUND[place.screening]),
                _met(outlook, place, profile=profile, now=now),
                _(WHY_OUT[despite[place.junction]]) if place.junction in despite else "",
                place == main,
                place == spare,
            )
            for place in found
        ],
        left_out=[(_(WHY_OUT[why]), count) for why, count in out.items()],
        off_road_m=round(outlook.off_road_m),
        starts_at=f"{soon:%H:%M}",
        sets_out=sets_out(outlook),
        ways=[(key, _(text)) for key, text in WAYS.items() if key not in barred],
        knows_cover=outlook.web.roads.knows_cover,
        signs=[
            (sign.key, sign.text.get("en") or next(iter(sign.text.values())))
            for sign in profile.signs
        ],
    )


def _met(outlook: Outlook, place: MeetingPlace, *, profile: Profile, now: datetime) -> str:
    found = outlook.hours_at(place, stay=_stay(outlook, place, profile), now=now)
    zone = ZoneInfo(profile.zone)
    spans = [
        f"{span.since.astimezone(zone):%H:%M}–{span.until.astimezone(zone):%H:%M}"
        for span in found.spans
    ]
    return ", ".join(spans) or _(WHY_NEVER[found.why])


def never_met(outlook: Outlook, place: MeetingPlace, *, profile: Profile, now: datetime) -> str:
    """Return why he can never be met at a place: "dark", "curfew" or "drone"; "" where he can.

    Such a place is offered for want of two others only, and says so.
    """
    found = outlook.hours_at(place, stay=_stay(outlook, place, profile), now=now)
    return found.why if found.why in WHY_OUT else ""


def _stay(outlook: Outlook, place: MeetingPlace, profile: Profile) -> timedelta | None:
    """Return how long the drone can watch over him: its time in the air less the way there and back.

    It flies out to where he starts, and home from where he is met; where nobody said from where, both
    take the programme's time. In still air: the wind of the day is the pilot's word, hours before.
    """
    told, base = profile.limits_s, outlook.request.drone
    if "drone_flight" not in told:  # of a programme that has none, or an older profile
        return None
    if base is None:
        return timedelta(seconds=told["drone_flight"] - 2 * told.get("drone_transit", 0))
    flown_m = distance_m(base, outlook.request.his) + distance_m(place.point, base)
    return timedelta(seconds=told["drone_flight"] - round(flown_m / CRUISE_M_S))


def choice_names(outlook: Outlook) -> dict[int, str]:
    """Return what each choice is called in the reader's language."""
    reader = (get_language() or "en").split("-")[0]
    language = reader if reader in TABLES else "en"
    return {
        place.junction: names_of(outlook.web.roads, place, [language])[language]
        for place in outlook.ranking.choices
    }
