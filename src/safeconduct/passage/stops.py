"""Where he may wait on a way, where he may leave it, and how he gets from there to the other place.

Pure: a map and a way in, plain values out. A leg ends where what its text tells ends. A point to wait
at is a junction with a landmark of a kind that he meets there first: what cannot be told so that it
has one meaning is no use to a man on the road.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from safeconduct.geo import Point, distance_m
from safeconduct.passage.outlook import most_hazard
from safeconduct.passage.rules import probability
from safeconduct.passage.words import Text, wait_text
from safeconduct.ways.clearly import Told, TooLong, Untellable, place_in_words, told_by_legs
from safeconduct.ways.danger import Danger
from safeconduct.ways.places import Landmark, landmarks
from safeconduct.ways.plain import plain_by_legs
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import LEAST, Tree, Way, Web, line_of, made_of, way_of
from safeconduct.ways.spoken import spoken
from safeconduct.ways.steps import runs
from safeconduct.ways.stepwords import TABLES
from safeconduct.ways.stored import seconds_along

# Built or dug, so that a vehicle stands behind or under it; the first is the best. What the map
# knows of woods is told of roads, not of a point: all other landmarks count as standing in the open.
COVER = ("quarry", "yard", "mill", "church", "bridge", "fuel", "parking")
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
    spoken: list[str]  # per text what is read to him by voice


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a way: the stretch that one of its texts brings him along.

    Attributes:
        inner: the junctions on it, by their place along the way; `end` is where it ends.
        turns: those of them at which he does something he was told.
    """

    number: int
    inner: Sequence[int]
    end: int
    turns: Sequence[int]


def legs_of(told: Told, way: Way) -> list[Leg]:
    """Return the legs of a way: each ends at the last step of its text, the last at the place.

    A text with the place alone has none.
    """
    last = len(way.edges)
    steps = [[each.at for each in part if each.at < last] for part in told.parts]
    upto = [part[-1] for part in steps if part]
    starts, ends = [0, *upto[:-1]], [*upto[:-1], last]
    turned = [at for part in steps for at in part if at]
    return [
        Leg(
            n,
            range(start + 1, end + (end != last)),
            end,
            [at for at in turned if start < at <= end],
        )
        for n, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]


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
    clear = set(_told_to_stop(roads, way, legs))
    found: list[HoldPlan] = []
    for leg in legs:
        middle = (leg.inner[0] + leg.end) / 2 if leg.inner else 0.0
        here = [
            n
            for n in leg.inner
            if n in clear
            and point_at(roads, way.junctions[n]) not in barred
            and not _watched(roads, way.junctions[n], web.priced.dangers)
        ]
        for n in sorted(here, key=lambda n: (_rank(marks[way.junctions[n]].kind), abs(n - middle))):
            hold = _hold(web, way, n, leg, language=language, languages=languages)
            if hold is not None:
                found.append(hold)
                break
    return found


def _told_to_stop(roads: Roads, way: Way, legs: Sequence[Leg]) -> Iterator[int]:
    """Yield each junction along a way at which the landmark that names it tells him to stop.

    None of its kind stands before it since he last turned, whoever looks.
    """
    marks, known = landmarks(roads), runs(roads)
    turned = [0, *(at for leg in legs for at in leg.turns)]
    for since, until in zip(turned, [*turned[1:], len(way.edges)], strict=True):
        for run in known.of(way.edges[since]):
            for stop in run.stops:
                n, driven = since + stop.run + 1, run.edges[: stop.run + 1]
                mark = marks.get(way.junctions[n]) if n <= until else None
                if mark and stop.step.mark == mark.kind and way.edges[since:n] == driven:
                    yield n


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
        n = max(leg.end - 1, 0) if at is None else at
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
    """Return where along a way a leg is left: where he waits, else where he last did as he was told."""
    roads = web.roads
    if hold is not None:
        here = [hold["lat_e7"], hold["lon_e7"]]
        return next(n for n in leg.inner if _e7(roads, way.junctions[n]) == here)
    return next(
        (n for n in reversed(leg.turns) if point_at(roads, way.junctions[n]) not in barred), None
    )


def _e7(roads: Roads, junction: int) -> list[int]:
    return [int(roads.junction_lat_e7[junction]), int(roads.junction_lon_e7[junction])]


def switches_of(
    web: Web,
    way: Way,
    holds: Sequence[HoldPlan],
    *,
    to: str,
    end: int,
    language: str,
    name: str,
    most_p_milli: int,
) -> list[SwitchPlan]:
    """Return, for each point to wait at, the way from it to the other place, told from where he waits.

    The least exposed one, or the plainest where that cannot be told.

    Args:
        to: letter of the other place, `end` its junction, and `name` what it is called in his
            language.
        most_p_milli: above it nobody is sent that way.
    """
    there = web.tree(end, hazard_s=LEAST, reverse=True)
    found: list[SwitchPlan] = []
    for hold in holds:
        here = [hold["lat_e7"], hold["lon_e7"]]
        n = next(n for n, each in enumerate(way.junctions) if n and _e7(web.roads, each) == here)
        other, told = there.way(way.junctions[n]), Told((), ())
        why = _may_switch(web, other, most_p_milli=most_p_milli)
        if not why:
            try:
                other, told = _turned(
                    web,
                    other,
                    coming=way.edges[n - 1],
                    language=language,
                    name=name,
                    most=most_hazard(most_p_milli, least=other.hazard),
                )
            except Untellable:
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
                for n, text in enumerate(told.texts, start=1)
            ],
            "spoken": spoken(web.roads, other, told, language=language, place=name),
        })  # fmt: skip
    return found


def _turned(
    web: Web, least: Way, *, coming: int, language: str, name: str, most: float
) -> tuple[Way, Told]:
    """Return the way that he is told to the other place who waits at the head of `coming`.

    Raises:
        Untellable: neither the least exposed way nor any plainer one can be told from there.
    """
    roads, (start, end) = web.roads, (least.junctions[0], least.junctions[-1])
    try:
        told = told_by_legs(roads, least, language=language, place=name, coming=coming)
    except Untellable:
        return plain_by_legs(
            web, start, end, language=language, place=name, most_hazard=most, coming=coming
        )
    return least, told


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
