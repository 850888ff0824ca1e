"""How a plan is made from an outlook and a planner's choice. Values in, canonical content out.

The content has integers and text only, so that its digest is the same everywhere: 1e-7 degrees,
UTC seconds, metres, thousandths. It names his start, both places and both ways; never the team's
road, start or name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from safeconduct.geo import Point
from safeconduct.passage.outlook import CHOICES, Outlook, Request, names_of
from safeconduct.passage.reports import ground_of, near, near_ways, snapshot
from safeconduct.passage.rules import LETTERS
from safeconduct.passage.words import Text, offer_texts
from safeconduct.post.marks import Proof, content_digest, digest_over, mark, salts_from
from safeconduct.programme.profile import Profile
from safeconduct.ways.danger import price
from safeconduct.ways.places import LeftOut, MeetingPlace, landmarks
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Way, Web, line_of, way_of, ways_between
from safeconduct.ways.stored import seconds_along
from safeconduct.ways.tell import TooLong, tell

HOLD_RADIUS_M, HOLD_S = 60, 600
CHECKPOINT_SHARES = (1, 2, 3)  # quarters of the way
LATE_SHARE, LATE_S = 1.3, 300  # a checkpoint is reached by a third over its time and 5 minutes


class PlacePlan(TypedDict):
    """A meeting place of a plan."""

    lat_e7: int
    lon_e7: int
    kind: str
    names: dict[str, str]
    his_s: int
    team_s: int
    ways_out: int


class WayPlan(TypedDict):
    """A way of a plan: its line, its figures as known now and aged to the start, its texts."""

    choice: str
    line_e7: list[list[int]]
    at_ms: list[int]  # when each point of the line is reached
    time_s: int
    length_m: int
    p_milli: int
    p_then_milli: int
    mined: int
    holds_e7: list[list[int]]
    checkpoints: list[list[int]]
    texts: list[Text]


Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the planner decides.

    Attributes:
        junctions: of main and spare.
        way: one of CHOICES; where it cannot be told, the next one is taken.
        signs: keys of the profile.
        why: one line for those who approve; `risk` what else can go wrong, in words.
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


def compose(
    outlook: Outlook,
    wish: Wish,
    *,
    passage: str,
    case: str,
    number: int,
    profile: Profile,
    now: datetime,
) -> Content:
    """Return the canonical content of a plan.

    Raises:
        TooLong: no way to one of the places can be told in its texts.
        KeyError: a junction or sign that was not offered.
    """
    request = outlook.request
    places = {p.junction: p for p in outlook.ranking.choices}
    chosen = {letter: places[n] for letter, n in zip(LETTERS, wish.junctions, strict=True)}
    languages = {*profile.languages, *profile.console, request.language}
    named = {at: names_of(outlook.web.roads, place, languages) for at, place in chosen.items()}
    ways = {
        letter: _way(outlook, place, wish, request.language, named[letter])
        for letter, place in chosen.items()
    }
    stand = {at: _place(place, named[at]) for at, place in chosen.items()}
    there = near(
        outlook.web.priced.dangers,
        ground_of({"ways": ways, "places": stand}),
        within_m=profile.metres("danger_near"),
    )
    signs = {sign.key: sign.text for sign in profile.signs}
    told = sorted(languages & set(profile.languages))
    return {
        "passage": passage,
        "case": case,
        "number": number,
        "heads": request.heads,
        "vehicle": request.vehicle,
        "language": request.language,
        "start_e7": [request.his_lat_e7, request.his_lon_e7],
        "starts_at": int(wish.starts_at.timestamp()),
        "driven": [int(each.timestamp()) for each in outlook.drive or ()],
        "places": stand,
        "ways": ways,
        "figures": _figures(outlook, chosen["A"].junction),
        "signs": list(wish.signs),
        "sign_texts": {code: ", ".join(signs[key][code] for key in wish.signs) for code in told},
        "challenge": {"question": wish.question, "answer": wish.answer},
        "offers": sorted(wish.offers),
        "map": outlook.web.roads.version,
        "dangers": [snapshot(d, now=now) for d in there],
        "near": near_ways(there, ways),
        "priced_at": int(now.timestamp()),
        "why": wish.why,
        "risk": wish.risk,
        "left_out": _left_out(outlook.ranking.left_out),
        "others": len(outlook.ranking.choices) - len(LETTERS),
        "texts": _offer(request, wish, named, signs, profile),
    }


def texts_of(content: Content) -> list[Text]:
    """Return every text of a plan: what he is told of it, then both ways leg by leg."""
    return [*content["texts"], *(t for at in LETTERS for t in content["ways"][at]["texts"])]


def marks_of(content: Content, *, person_ref: str) -> list[Proof]:
    """Return for each text of a plan the proof that it stands in it, for him it is made for."""
    texts = [text["text"] for text in texts_of(content)]
    salts = salts_from(content["salt"], len(texts))
    marks = tuple(
        mark(salt, person_ref=person_ref, text=text)
        for salt, text in zip(salts, texts, strict=True)
    )
    return [Proof(salt, content_digest(content), marks) for salt in salts]


def digest_for(content: Content, *, person_ref: str) -> bytes:
    """Return what people sign when they approve a plan: its content, and each text of it for him."""
    first = marks_of(content, person_ref=person_ref)[0]
    return digest_over(first.content, first.marks)


def _offer(
    request: Request,
    wish: Wish,
    named: Mapping[str, Mapping[str, str]],
    signs: Mapping[str, Mapping[str, str]],
    profile: Profile,
) -> list[Text]:
    language = request.language
    return list(
        offer_texts(
            language=language,
            places={letter: names[language] for letter, names in named.items()},
            starts_at=wish.starts_at.astimezone(ZoneInfo(profile.his_zone)),
            sign=", ".join(signs[key][language] for key in wish.signs),
        )
    )


def _place(place: MeetingPlace, names: dict[str, str]) -> PlacePlan:
    return {
        "lat_e7": round(place.point.lat_deg * E7),
        "lon_e7": round(place.point.lon_deg * E7),
        "kind": place.landmark.kind,
        "names": names,
        "his_s": round(place.his_s),
        "team_s": round(place.team_s),
        "ways_out": place.ways_out,
    }


def _way(
    outlook: Outlook, place: MeetingPlace, wish: Wish, language: str, names: Mapping[str, str]
) -> WayPlan:
    """Return the wished way to a place, or the next one that can be told."""
    web = outlook.web
    ways = ways_between(web, outlook.his, place.junction)
    too_long = TooLong("there is no way to tell")
    for choice in dict.fromkeys((wish.way, *CHOICES)):
        try:
            texts = tell(web.roads, ways[choice], language=language, place=names[language])
        except TooLong as no:
            too_long = no
            continue
        return _way_plan(outlook, choice, ways[choice], texts, wish.starts_at)
    raise too_long


def _way_plan(
    outlook: Outlook, choice: str, way: Way, texts: list[str], starts_at: datetime
) -> WayPlan:
    web = outlook.web
    lat, lon = line_of(web.roads, way)
    aged_to = price(web.roads, web.priced.dangers, at=starts_at, drive=outlook.drive)
    then = Web(web.roads, aged_to)
    aged = way_of(then, way.edges, start=way.junctions[0])
    legs: list[Text] = [
        {"part": f"leg {n}", "fact": "place", "text": text} for n, text in enumerate(texts, start=1)
    ]
    return {
        "choice": choice,
        "line_e7": [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)],
        "at_ms": [round(second * 1000) for second in seconds_along(web.roads, way).tolist()],
        "time_s": round(way.time_s),
        "length_m": round(way.length_m),
        "p_milli": _milli(way),
        "p_then_milli": _milli(aged),
        "mined": int(way.mined),
        "holds_e7": _holds(web.roads, way),
        "checkpoints": _checkpoints(way, starts_at),
        "texts": legs,
    }


def _milli(way: Way) -> int:
    """Return P in thousandths, rounded up: a figure is never flattered."""
    return -int(-way.probability * 1000 // 1)


def _holds(roads: Roads, way: Way) -> list[list[int]]:
    """Return one hold point: the landmark on the way nearest to its middle, else the middle."""
    inner = way.junctions[1:-1]
    if not inner:
        return []
    marked = set(landmarks(roads))
    middle = len(inner) // 2
    known = [n for n, junction in enumerate(inner) if junction in marked] or [middle]
    best = inner[min(known, key=lambda n: abs(n - middle))]
    return [[int(roads.junction_lat_e7[best]), int(roads.junction_lon_e7[best])]]


def _checkpoints(way: Way, starts_at: datetime) -> list[list[int]]:
    """Return number, metres along, and the UTC second by which he should be there."""
    start = int(starts_at.timestamp())
    return [
        [
            n,
            round(way.length_m * n / 4),
            start + round(way.time_s * n / 4 * LATE_SHARE) + LATE_S,
        ]
        for n in CHECKPOINT_SHARES
    ]


def _figures(outlook: Outlook, junction: int) -> list[dict[str, Any]]:
    """Return time, figure and line of the ways to the main place, for those who approve."""
    ways = ways_between(outlook.web, outlook.his, junction)
    figures = []
    for name in CHOICES:
        lat, lon = line_of(outlook.web.roads, ways[name])
        line = [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)]
        seconds = round(ways[name].time_s)
        figures.append(
            {"name": name, "time_s": seconds, "p_milli": _milli(ways[name]), "line_e7": line}
        )
    return figures


def _left_out(left: Sequence[LeftOut]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in left:
        counts[each.why] = counts.get(each.why, 0) + 1
    return counts


def point_of(pair: Sequence[int]) -> Point:
    """Return the place of a latitude and longitude in 1e-7 degrees."""
    return Point(pair[0] / E7, pair[1] / E7)


def points_in(content: Content) -> tuple[list[Point], list[Point]]:
    """Return the meeting places of a plan, and the points at which he is to stand on its ways."""
    places = [point_of([each["lat_e7"], each["lon_e7"]]) for each in content["places"].values()]
    return places, [point_of(pair) for way in content["ways"].values() for pair in way["holds_e7"]]
