"""Where he may wait on a way, where he may leave it, and how he gets from there to the other place.

Pure: a map and a way in, plain values out. A point to wait at is a junction with a landmark that can
be said, and nothing else: what cannot be told in words is no use to a man on the road.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

from safeconduct.geo import Point, distance_m
from safeconduct.passage.rules import probability
from safeconduct.passage.words import Text, wait_text
from safeconduct.ways.danger import Danger
from safeconduct.ways.phrases import TABLES
from safeconduct.ways.places import Landmark, landmarks
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Tree, Way, Web, line_of, made_of, way_of
from safeconduct.ways.stored import seconds_along
from safeconduct.ways.tell import TooLong, place_in_words, tell

# Built or dug, so that a vehicle stands behind or under it; the first is the best. The map knows no
# trees and no walls: all other landmarks count as standing in the open.
COVER = ("quarry", "yard", "mill", "church", "bridge", "fuel", "parking")
SAMPLES = 48  # prefixes of a way that are told to find where each of its texts ends
CROSSROADS = 3  # roads that lead on: one more than the way itself needs
HOME, WAIT, STOP = "home", "wait", "stop"


class HoldPlan(TypedDict):
    """A point to wait at, on one leg of a way."""

    leg: int
    lat_e7: int
    lon_e7: int
    kind: str
    cover: int
    along_m: int
    names: dict[str, str]
    texts: list[Text]


class AbortPlan(TypedDict):
    """Where he may leave a leg, and what he does then: "home", "wait" or "stop".

    `at_e7` is empty where the leg has no point to leave it at that is free. `back_s` and
    `back_p_milli` are of the least exposed way from there to where he set out.
    """

    leg: int
    at_e7: list[int]
    along_m: int
    does: str
    back_s: int
    back_p_milli: int
    names: dict[str, str]


class SwitchPlan(TypedDict):
    """The way from a point to wait at to the other place; `why` says why there is none."""

    leg: int
    to: str
    why: str
    line_e7: list[list[int]]
    at_ms: list[int]  # when each point of the line is reached
    time_s: int
    length_m: int
    p_milli: int
    texts: list[Text]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a way: the junctions on it, by their place along the way, and where it ends."""

    number: int
    inner: Sequence[int]
    end: int


def legs_of(web: Web, way: Way, *, language: str, count: int) -> list[Leg]:
    """Return the legs of a way as its texts cut it.

    Args:
        count: texts of the way, the one with the place apart; at least one leg is returned.

    A prefix of the way is told in as many texts as it needs, so each leg ends where one more is
    needed. Where a prefix cannot be told at all, the leg before it goes on.
    """
    last = len(way.edges)
    step = max(1, last // SAMPLES)
    cuts, told = [], 1
    for upto in range(1, last, step):
        texts = _texts_needed(web, way, upto, language=language)
        while texts > told and told < count:
            cuts.append(max(upto - 1, 1))
            told += 1
    ends = [*cuts, last]
    starts = [0, *cuts]
    return [
        Leg(n, range(start + 1, end + (end != last)), end)
        for n, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]


def _texts_needed(web: Web, way: Way, upto: int, *, language: str) -> int:
    prefix = way_of(web, way.edges[:upto], start=way.junctions[0])
    try:
        return len(tell(web.roads, prefix, language=language, place="-")) - 1
    except TooLong:
        return 0


def stands_on(roads: Roads, way: Way) -> list[Point]:
    """Return the junctions of a way between its ends: where he may come to stand."""
    return [point_at(roads, junction) for junction in way.junctions[1:-1]]


def point_at(roads: Roads, junction: int) -> Point:
    """Return where a junction lies."""
    return Point(
        float(roads.junction_lat_e7[junction]) / E7, float(roads.junction_lon_e7[junction]) / E7
    )


def holds_of(
    web: Web,
    way: Way,
    legs: Sequence[Leg],
    *,
    language: str,
    languages: Collection[str],
    barred: Collection[Point],
) -> list[HoldPlan]:
    """Return at most one point to wait at for each leg: in cover first, then nearest its middle.

    Args:
        barred: points that are used or burned; nobody waits there.
    """
    roads, marks = web.roads, landmarks(web.roads)
    found: list[HoldPlan] = []
    for leg in legs:
        middle = (leg.inner[0] + leg.end) / 2 if leg.inner else 0.0
        here = [
            n
            for n in leg.inner
            if way.junctions[n] in marks
            and point_at(roads, way.junctions[n]) not in barred
            and not _watched(roads, way.junctions[n], web.priced.dangers)
        ]
        for n in sorted(here, key=lambda n: (_rank(marks[way.junctions[n]].kind), abs(n - middle))):
            hold = _hold(web, way, n, leg, language=language, languages=languages)
            if hold is not None:
                found.append(hold)
                break
    return found


def _rank(kind: str) -> int:
    return COVER.index(kind) if kind in COVER else len(COVER)


def _watched(roads: Roads, junction: int, dangers: Sequence[Danger]) -> bool:
    """Return whether a junction lies within the radius of a report: nobody is told to wait there."""
    here = point_at(roads, junction)
    return any(distance_m(here, Point(d.lat_deg, d.lon_deg)) <= d.radius_m for d in dangers)


def _hold(
    web: Web, way: Way, n: int, leg: Leg, *, language: str, languages: Collection[str]
) -> HoldPlan | None:
    roads, junction = web.roads, way.junctions[n]
    landmark = landmarks(roads)[junction]
    names = _names(roads, landmark, languages)
    try:
        text = wait_text(f"hold {leg.number}", language=language, place=names[language])
    except TooLong:
        return None
    return {
        "leg": leg.number,
        "lat_e7": int(roads.junction_lat_e7[junction]),
        "lon_e7": int(roads.junction_lon_e7[junction]),
        "kind": landmark.kind,
        "cover": int(landmark.kind in COVER),
        "along_m": _along(web, way, n),
        "names": names,
        "texts": [text],
    }


def _names(roads: Roads, landmark: Landmark, languages: Collection[str]) -> dict[str, str]:
    return {
        each: place_in_words(each, landmark, roads.name)
        for each in sorted(languages)
        if each in TABLES
    }


def _along(web: Web, way: Way, n: int) -> int:
    return round(way_of(web, way.edges[:n], start=way.junctions[0]).length_m) if n else 0


def aborts_of(
    web: Web,
    way: Way,
    legs: Sequence[Leg],
    holds: Sequence[HoldPlan],
    *,
    back: Tree,
    languages: Collection[str],
    barred: Collection[Point],
    most_p_milli: int,
) -> list[AbortPlan]:
    """Return for each leg where he may leave it, and what he does there when all is called off.

    He goes home where the way back is the shorter one and no more exposed than a plan may be; else
    he waits at the leg's own point; on a leg without one he stops where he is.

    Args:
        back: least exposed ways to where he set out.
        most_p_milli: the programme's limit of the figure.
    """
    waits = {hold["leg"]: hold for hold in holds}
    found: list[AbortPlan] = []
    for leg in legs:
        at = _leaves_at(web, way, leg, waits.get(leg.number), barred)
        n = leg.end - 1 if at is None else at
        home, done = back.way(way.junctions[n]), way_of(web, way.edges[:n], start=way.junctions[0])
        p_milli = milli(home)
        sooner = home.time_s <= way.time_s - done.time_s and not home.mined
        goes = at is not None and sooner and p_milli <= most_p_milli
        does = HOME if goes else WAIT if leg.number in waits else STOP
        mark = landmarks(web.roads).get(way.junctions[n]) if goes else None
        found.append({
            "leg": leg.number,
            "at_e7": [] if at is None or does == STOP else _e7(web.roads, way.junctions[n]),
            "along_m": round(done.length_m),
            "does": does,
            "back_s": round(home.time_s),
            "back_p_milli": p_milli,
            "names": _names(web.roads, mark, languages) if mark else {},
        })  # fmt: skip
    return found


def _leaves_at(
    web: Web, way: Way, leg: Leg, hold: HoldPlan | None, barred: Collection[Point]
) -> int | None:
    """Return where along the way's junctions a leg is left: where he waits, else at a crossroads."""
    roads = web.roads
    if hold is not None:
        here = [hold["lat_e7"], hold["lon_e7"]]
        return next(n for n in leg.inner if _e7(roads, way.junctions[n]) == here)
    for n in reversed(leg.inner):
        junction = way.junctions[n]
        if roads.ways_out[junction] >= CROSSROADS and point_at(roads, junction) not in barred:
            return n
    return None


def _e7(roads: Roads, junction: int) -> list[int]:
    return [int(roads.junction_lat_e7[junction]), int(roads.junction_lon_e7[junction])]


def switches_of(
    web: Web,
    way: Way,
    holds: Sequence[HoldPlan],
    *,
    to: str,
    there: Tree,
    language: str,
    name: str,
    most_p_milli: int,
) -> list[SwitchPlan]:
    """Return, for each point to wait at, the least exposed way from it to the other place.

    Args:
        to: letter of the other place, and `name` what it is called in his language.
        there: least exposed ways to it.
        most_p_milli: above it nobody is sent that way.
    """
    at = {tuple(_e7(web.roads, junction)): junction for junction in way.junctions}
    found: list[SwitchPlan] = []
    for hold in holds:
        other = there.way(at[hold["lat_e7"], hold["lon_e7"]])
        why, texts = _may_switch(web, other, most_p_milli=most_p_milli), list[str]()
        if not why:
            try:
                texts = tell(web.roads, other, language=language, place=name)
            except TooLong:
                why = "untellable"
        lat, lon = line_of(web.roads, other)
        found.append({
            "leg": hold["leg"],
            "to": to,
            "why": why,
            "line_e7": [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)],
            "at_ms": [round(s * 1000) for s in seconds_along(web.roads, other).tolist()],
            "time_s": round(other.time_s),
            "length_m": round(other.length_m),
            "p_milli": milli(other),
            "texts": [
                {"part": f"{to}{hold['leg']} leg {n}", "fact": "place", "text": text}
                for n, text in enumerate(texts, start=1)
            ],
        })  # fmt: skip
    return found


def _may_switch(web: Web, way: Way, *, most_p_milli: int) -> str:
    if way.mined:
        return "mined"
    return "exposed" if milli(way) > most_p_milli else ""


def milli(way: Way) -> int:
    """Return P in thousandths, rounded up: a figure is never flattered."""
    return milli_of(way.hazard)


def milli_of(hazard: float) -> int:
    """Return P = 1 - exp(-hazard) in thousandths, rounded up."""
    return -int(-probability(hazard) * 1000 // 1)


def rests_on(web: Web, way: Way) -> list[dict[str, int | str]]:
    """Return which reports make up a way's figure, the largest part first; parts in thousandths."""
    parts = [(danger.ref, round(share * 1000)) for danger, share in made_of(web, way)]
    return [{"ref": ref, "part_milli": part} for ref, part in parts if part]
