"""How a plan is made from an outlook and a planner's choice. Values in, canonical content out.

The content has integers and text only, so that its digest is the same everywhere: 1e-7 degrees,
UTC seconds, metres, thousandths. It names his start, both places and both ways; never the team's
road, start or name.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from safeconduct.geo import Point
from safeconduct.passage import stops
from safeconduct.passage.changing import TO_OTHER, WORDS
from safeconduct.passage.outlook import CHOICES, COVERED, Outlook, most_hazard, names_of
from safeconduct.passage.reports import ground_of, near, near_ways, snapshot
from safeconduct.passage.rules import LETTERS, folded
from safeconduct.passage.stops import milli, milli_of
from safeconduct.passage.vehicles import size_of
from safeconduct.passage.wayplan import Both, Taken, take, way_plan
from safeconduct.passage.words import Text, area_in_words, offer_texts
from safeconduct.post.marks import Proof, content_digest, digest_over, mark, salts_from
from safeconduct.programme.profile import Profile
from safeconduct.ways.disclosure import area_of, areas
from safeconduct.ways.places import LeftOut, MeetingPlace
from safeconduct.ways.roads import E7
from safeconduct.ways.route import (
    SHARES,
    Front,
    front_between,
    line_of,
    most_covered_between,
    open_time_s,
)

HOLD_RADIUS_M, HOLD_S = 60, 600


class PlacePlan(TypedDict):
    """A meeting place of a plan; `his_own` where he named it himself."""

    lat_e7: int
    lon_e7: int
    kind: str
    names: dict[str, str]
    his_s: int
    team_s: int
    ways_out: int
    his_own: int


Content = dict[str, Any]
Barred = Callable[[Collection[Point]], Collection[Point]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the planner decides.

    Attributes:
        junctions: of main and spare.
        way: one of CHOICES, or COVERED; where it cannot be told, the next one is taken, at last the plainest.
        signs: keys of the profile.
        why: one line for those who approve; `risk` what else can go wrong, in words.
        own: letters of the places that he named himself, "" for none; None where nobody said.
        words: what one word on the way means, as agreed with him: "switch", "hold", "abort"; none
            where none were agreed.
    """

    junctions: tuple[int, int]
    way: str
    starts_at: datetime
    signs: tuple[str, ...]
    question: str
    answer: str
    why: str
    risk: str
    offers: tuple[str, ...] = ()
    own: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def compose(
    outlook: Outlook,
    wish: Wish,
    *,
    passage: str,
    case: str,
    number: int,
    profile: Profile,
    now: datetime,
    barred: Barred = lambda _points: (),
) -> Content:
    """Return the canonical content of a plan.

    Args:
        barred: tells which of some points are used or burned; nobody is told to wait there.

    Raises:
        Untellable: no way to one of the places can be told so that it has one meaning.
        KeyError: a junction or sign that was not offered.
    """
    request = outlook.request
    places = {p.junction: p for p in outlook.ranking.choices}
    chosen = {letter: places[n] for letter, n in zip(LETTERS, wish.junctions, strict=True)}
    languages = {*profile.languages, *profile.console, request.language}
    named = {at: names_of(outlook.web.roads, place, languages) for at, place in chosen.items()}
    taken = {
        letter: take(
            outlook, place, wish.way,
            name=named[letter][request.language], most_p_milli=profile.milli("exposed"),
        )
        for letter, place in chosen.items()
    }  # fmt: skip
    walked = [p for way in taken.values() for p in stops.stands_on(outlook.web.roads, way.way)]
    both = Both(outlook, taken, named, barred(walked), wish.starts_at, profile.milli("exposed"))
    ways = {letter: way_plan(both, letter) for letter in chosen}
    stand = {
        at: _place(place, named[at], his_own=at in (wish.own or "")) for at, place in chosen.items()
    }
    there = near(
        outlook.web.priced.dangers,
        ground_of({"ways": ways, "places": stand}),
        within_m=profile.metres("danger_near"),
    )
    front = front_between(outlook.web, outlook.his, chosen["A"].junction)
    signs = {sign.key: sign.text for sign in profile.signs}
    told = sorted({*profile.languages, *profile.console})
    told_areas = _areas(outlook, chosen)
    return {
        "passage": passage,
        "case": case,
        "number": number,
        "heads": request.heads,
        "vehicle": request.vehicle,
        "size": list(size_of(request.vehicle)),
        "language": request.language,
        "start_e7": [request.his_lat_e7, request.his_lon_e7],
        "starts_at": int(wish.starts_at.timestamp()),
        "driven": [int(each.timestamp()) for each in outlook.drive or ()],
        "places": stand,
        "ways": ways,
        "figures": _figures(outlook, front, taken["A"], most_p_milli=profile.milli("exposed")),
        "knows_cover": int(outlook.web.roads.knows_cover),
        "front": _points(front),
        "limit_milli": profile.milli("exposed"),
        "signs": list(wish.signs),
        "sign_texts": {code: ", ".join(signs[key][code] for key in wish.signs) for code in told},
        "challenge": {"question": wish.question, "answer": wish.answer},
        "words": dict(wish.words),
        "offers": sorted(wish.offers),
        "map": outlook.web.roads.version,
        "dangers": [snapshot(d, now=now) for d in there],
        "near": near_ways(there, ways),
        "priced_at": int(now.timestamp()),
        "why": wish.why,
        "risk": wish.risk,
        "left_out": _left_out(outlook.ranking.left_out),
        "others": len(outlook.ranking.choices) - len(LETTERS),
        "areas": told_areas,
        "texts": _offer(outlook, wish, told_areas, signs, profile),
    }


def texts_of(content: Content) -> list[Text]:
    """Return every text of a plan: what he is told of it, then both ways, leg by leg and to wait at."""
    found: list[Text] = list(content["texts"])
    found += [word_text(content, key) for key in WORDS if key in content["words"]]
    for letter in LETTERS:
        way = content["ways"][letter]
        found += way["texts"]
        found += [text for hold in way["holds"] for text in hold["texts"]]
        found += [text for switch in way["switches"] for text in switch["texts"]]
    return found


def word_text(content: Content, meaning: str) -> Text:
    """Return the one word that tells him of a change; it names no fact.

    Raises:
        KeyError: none was agreed for it.
    """
    return {"part": f"word {meaning}", "fact": "", "text": content["words"][meaning]}


def signs_in(content: Content) -> list[str]:
    """Return what burns as signs do: the signs, and each word that means something on the way."""
    return [*content["signs"], *map(word_mark, content["words"].values())]


def word_mark(word: str) -> str:
    """Return how a word of the way stands in the list of what has burned."""
    return f"word:{folded(word)}"


def marks_of(content: Content, *, person_ref: str) -> list[Proof]:
    """Return for each text of a plan the proof that it stands in it, for him it is made for."""
    texts = texts_of(content)
    salts, needs = salts_from(content["salt"], len(texts)), [needs_of(each) for each in texts]
    marks = tuple(
        mark(salt, person_ref=person_ref, text=text["text"], needs=need)
        for salt, text, need in zip(salts, texts, needs, strict=True)
    )
    whole = content_digest(content)
    return [Proof(salt, whole, marks, need) for salt, need in zip(salts, needs, strict=True)]


def needs_of(text: Text) -> str:
    """Return whose yes beside the plan's a text waits for: "" nobody's, "go", "switch" (see `marks.Proof`).

    What he is offered waits for the plan's approvals alone. The words for hold and abort wait for
    nothing more: they stop him.
    """
    part = text["part"]
    if part == f"word {TO_OTHER}" or re.match(r"[AB]\d", part):
        return "switch"
    return "go" if part.startswith(("leg ", "hold ")) else ""


def digest_for(content: Content, *, person_ref: str) -> bytes:
    """Return what people sign when they approve a plan: its content, and each text of it for him."""
    first = marks_of(content, person_ref=person_ref)[0]
    return digest_over(first.content, first.marks)


def _areas(outlook: Outlook, chosen: Mapping[str, MeetingPlace]) -> dict[str, list[str]]:
    """Return by which villages each place's area is told; by none where that would say too much."""
    language, name = outlook.request.language, outlook.web.roads.name
    cut = areas(outlook.places)
    found = {letter: area_of(place, cut) for letter, place in chosen.items()}
    return {
        letter: [name(village, language) for village in area.villages] if area else []
        for letter, area in found.items()
    }


def _offer(
    outlook: Outlook,
    wish: Wish,
    told: Mapping[str, list[str]],
    signs: Mapping[str, Mapping[str, str]],
    profile: Profile,
) -> list[Text]:
    language = outlook.request.language
    return list(
        offer_texts(
            language=language,
            places={at: area_in_words(language, villages) for at, villages in told.items()},
            starts_at=wish.starts_at.astimezone(ZoneInfo(profile.his_zone)),
            sign=", ".join(signs[key][language] for key in wish.signs),
            by_words=bool(wish.words),
        )
    )


def _place(place: MeetingPlace, names: dict[str, str], *, his_own: bool) -> PlacePlan:
    return {
        "lat_e7": round(place.point.lat_deg * E7),
        "lon_e7": round(place.point.lon_deg * E7),
        "kind": place.landmark.kind,
        "names": names,
        "his_s": round(place.his_s),
        "team_s": round(place.team_s),
        "ways_out": place.ways_out,
        "his_own": int(his_own),
    }


def _figures(
    outlook: Outlook, front: Front, taken: Taken, *, most_p_milli: int
) -> list[dict[str, Any]]:
    """Return time, figure and line of the named ways of a front, and of those beside it.

    They are the one that is least in the open, where the map tells cover, and the one that was taken.
    """
    figures = []
    ways = {name: front.way(front.least_within(SHARES[name])) for name in CHOICES}
    if outlook.web.roads.knows_cover and taken.choice != COVERED:
        most = most_hazard(most_p_milli, least=ways["least"].hazard)
        end = taken.junction
        ways[COVERED] = most_covered_between(outlook.web, outlook.his, end, most_hazard=most)
    for name, way in {**ways, taken.choice: taken.way}.items():
        lat, lon = line_of(outlook.web.roads, way)
        figures.append(
            {
                "name": name,
                "time_s": round(way.time_s),
                "open_s": round(open_time_s(outlook.web.roads, way)),
                "p_milli": milli(way),
                "rests_on": stops.rests_on(outlook.web, way),
                "line_e7": [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)],
            }
        )
    return figures


def _points(front: Front) -> list[list[int]]:
    """Return seconds and thousandths of every way of a front; what rounds to the same stands once."""
    found = {
        (round(time_s), milli_of(hazard))
        for time_s, hazard in zip(front.time_s.tolist(), front.hazard.tolist(), strict=True)
    }
    return [list(point) for point in sorted(found)]


def _left_out(left: Sequence[LeftOut]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in left:
        counts[each.why] = counts.get(each.why, 0) + 1
    return counts


def point_of(pair: Sequence[int]) -> Point:
    """Return the place of a latitude and longitude in 1e-7 degrees."""
    return Point(pair[0] / E7, pair[1] / E7)


def ways_in(content: Content) -> list[tuple[Point, ...]]:
    """Return the ways of a plan, and those from one to the other place."""
    ways = [each for way in content["ways"].values() for each in (way, *way["switches"])]
    return [tuple(map(point_of, each["line_e7"])) for each in ways]


def points_in(content: Content) -> tuple[list[Point], list[Point]]:
    """Return the meeting places of a plan, and the points at which he may come to stand on its ways."""
    places = [point_of([each["lat_e7"], each["lon_e7"]]) for each in content["places"].values()]
    ways = content["ways"].values()
    holds = [[hold["lat_e7"], hold["lon_e7"]] for way in ways for hold in way["holds"]]
    aborts = [abort["at_e7"] for way in ways for abort in way["aborts"] if abort["at_e7"]]
    return places, list(dict.fromkeys(point_of(pair) for pair in (*holds, *aborts)))
