"""Both ways of a plan, with all that may change on them. Values in, canonical content out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from safeconduct.geo import Point
from safeconduct.passage import stops
from safeconduct.passage.outlook import CHOICES, COVERED, PLAINEST, Outlook, most_hazard
from safeconduct.passage.rules import LETTERS
from safeconduct.passage.stops import AbortPlan, HoldPlan, SwitchPlan, milli
from safeconduct.passage.words import Text
from safeconduct.ways.clearly import Told, Untellable, told_by_legs
from safeconduct.ways.danger import price
from safeconduct.ways.places import MeetingPlace
from safeconduct.ways.plain import plain_by_legs
from safeconduct.ways.profiles import not_told
from safeconduct.ways.route import (
    LEAST,
    Way,
    Web,
    line_of,
    most_covered_between,
    open_time_s,
    way_of,
    ways_between,
)
from safeconduct.ways.spoken import spoken
from safeconduct.ways.stored import seconds_along

CHECKPOINT_SHARES = (1, 2, 3)  # quarters of the way
LATE_SHARE, LATE_S = 1.3, 300  # a checkpoint is reached by a third over its time and 5 minutes


class Changes(TypedDict):
    """What may change on a way: how many legs it has, and what each of them offers."""

    legs: int
    holds: list[HoldPlan]
    aborts: list[AbortPlan]
    switches: list[SwitchPlan]


class WayPlan(Changes):
    """A way of a plan: its line, its figures as known now and aged to the start, its texts.

    `rests_on` says which reports make up its figure, in thousandths of it. `bridges` and `narrow_m`:
    bridges on it whose weight nobody told, and metres whose width nobody told.
    """

    choice: str
    line_e7: list[list[int]]
    at_ms: list[int]  # when each point of the line is reached
    time_s: int
    length_m: int
    open_s: int  # of it neither in woods nor between houses, as the map tells them
    p_milli: int
    p_then_milli: int
    mined: int
    bridges: int
    narrow_m: int
    rests_on: list[dict[str, int | str]]
    checkpoints: list[list[int]]
    texts: list[Text]
    spoken: list[str]  # per text what is read to him by voice


@dataclass(frozen=True, slots=True)
class Taken:
    """The way that is taken to a place, and what he is told along it."""

    junction: int
    choice: str
    way: Way
    told: Told


@dataclass(frozen=True, slots=True)
class Both:
    """What both ways of a plan are made from.

    Attributes:
        taken, named: by letter; what each place is called, by language.
        spent: points that are used or burned, where nobody waits.
        most_p_milli: the programme's limit of the figure.
    """

    outlook: Outlook
    taken: Mapping[str, Taken]
    named: Mapping[str, Mapping[str, str]]
    spent: Collection[Point]
    starts_at: datetime
    most_p_milli: int


def take(
    outlook: Outlook, place: MeetingPlace, wished: str, *, name: str, most_p_milli: int
) -> Taken:
    """Return the wished way to a place, or the next one that can be told: the plainest comes last.

    Args:
        name: what the place is called in his language.
        most_p_milli: the programme's limit of the figure; no way above it stands in for another
            while there is one within it.

    Raises:
        Untellable: none of them can be told so that it has one meaning.
    """
    web, language = outlook.web, outlook.request.language
    ways = ways_between(web, outlook.his, place.junction)
    most = most_hazard(most_p_milli, least=ways["least"].hazard)
    if wished == COVERED and web.roads.knows_cover:
        ways[COVERED] = most_covered_between(web, outlook.his, place.junction, most_hazard=most)
    for choice in dict.fromkeys((wished, *CHOICES)):
        if choice not in ways:
            continue
        if ways[choice].hazard > most and choice != wished:
            continue
        try:
            told = told_by_legs(web.roads, ways[choice], language=language, place=name)
        except Untellable:
            continue
        return Taken(place.junction, choice, ways[choice], told)
    way, told = plain_by_legs(
        web, outlook.his, place.junction, language=language, place=name, most_hazard=most
    )
    return Taken(place.junction, PLAINEST, way, told)


def way_plan(both: Both, letter: str) -> WayPlan:
    """Return one way of a plan as it stands in the content."""
    web, mine = both.outlook.web, both.taken[letter]
    language = both.outlook.request.language
    lat, lon = line_of(web.roads, mine.way)
    aged_to = price(web.roads, web.priced.dangers, at=both.starts_at, drive=both.outlook.drive)
    then = Web(web.roads, aged_to)
    aged = way_of(then, mine.way.edges, start=mine.way.junctions[0])
    untold = not_told(web.roads, mine.way.edges)
    told: list[Text] = [
        {"part": f"leg {n}", "fact": "place", "text": text}
        for n, text in enumerate(mine.told.texts, start=1)
    ]
    return {
        "choice": mine.choice,
        "line_e7": [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)],
        "at_ms": [round(second * 1000) for second in seconds_along(web.roads, mine.way).tolist()],
        "time_s": round(mine.way.time_s),
        "length_m": round(mine.way.length_m),
        "open_s": round(open_time_s(web.roads, mine.way)),
        "p_milli": milli(mine.way),
        "p_then_milli": milli(aged),
        "mined": int(mine.way.mined),
        "bridges": untold.bridges,
        "narrow_m": round(untold.width_m),
        "rests_on": stops.rests_on(web, mine.way),
        **_changes(both, letter),
        "checkpoints": _checkpoints(mine.way, both.starts_at),
        "texts": told,
        "spoken": spoken(
            web.roads, mine.way, mine.told,
            language=language, place=both.named[letter][language],
        ),
    }  # fmt: skip


def _changes(both: Both, letter: str) -> Changes:
    """Return where he may wait on a way, leave it, and turn to the other place."""
    outlook, mine = both.outlook, both.taken[letter]
    web, language = outlook.web, outlook.request.language
    languages = both.named[letter].keys()
    other = next(each for each in LETTERS if each != letter)
    legs = stops.legs_of(mine.told, mine.way)
    holds = stops.holds_of(
        web, mine.way, legs, language=language, languages=languages, barred=both.spent
    )
    return {
        "legs": len(legs),
        "holds": holds,
        "aborts": stops.aborts_of(
            web, mine.way, legs, holds,
            back=web.tree(outlook.his, hazard_s=LEAST, reverse=True),
            languages=languages, barred=both.spent, most_p_milli=both.most_p_milli,
        ),
        "switches": stops.switches_of(
            web, mine.way, holds,
            to=other, end=both.taken[other].junction, language=language,
            name=both.named[other][language], most_p_milli=both.most_p_milli,
        ),
    }  # fmt: skip


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
