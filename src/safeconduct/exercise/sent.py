"""Trips that are drawn before anything is composed, told, followed, and told wrong.

What of all trips is told, of those told who arrives, and how often one wrong word is noticed: by
men who differ in what they make of a metre, an angle, a lane.
"""

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safeconduct.exercise.driver import Driver, drivers
from safeconduct.exercise.follower import follow
from safeconduct.exercise.refused import CLASSES, refused_for
from safeconduct.exercise.streets import streets
from safeconduct.ways.clearly import Untellable, told_clearly
from safeconduct.ways.places import landmarks
from safeconduct.ways.plain import plain_told
from safeconduct.ways.route import Web, ways_between

SHORTEST_M, LONGEST_M = 300.0, 15_000.0  # of the fastest way
NEAR_M = 75.0  # so near he sees who waits for him
MEN, DRAWN_BY = 5, 5  # different men who follow each text; the seed of the draw
_OTHER = {
    "ru": {"влево": "вправо", "вправо": "влево", "левее": "правее", "правее": "левее"},
    "uk": {"вліво": "вправо", "вправо": "вліво", "лівіше": "правіше", "правіше": "лівіше"},
    "en": {"left": "right", "right": "left"},
    "fr": {"à gauche": "à droite", "à droite": "à gauche"},
    "sw": {"kushoto": "kulia", "kulia": "kushoto"},
}
_COUNT = re.compile(
    r"(?<![\d,])(\d)(?:-?[йяемагї]|e\b)|(?:turning|junction|exit|roundabout|track|road|lane) (\d)(?![\d,]*k?m)"
    r"|(?:rue|accès|piste|carrefour|sortie|rond-point|route|\by[ao]|\bwa) (\d)(?![\d,]* ?k?m)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip, and what came of it.

    Attributes:
        texts: what he is sent, none when it is refused; `refused` is one of `refused.CLASSES`.
        lost: of how many men who followed it none was to come there.
        swapped, miscounted: whether with left and right swapped, or one count wrong, he still comes;
            None where there is nothing to swap or to count.
    """

    start: int
    end: int
    length_m: float
    texts: tuple[str, ...]
    refused: str = ""
    lost: int = 0
    swapped: bool | None = None
    miscounted: bool | None = None


def drawn(
    web: Web, count: int, *, seed: int = DRAWN_BY, offered: bool = False
) -> list[tuple[int, int]]:
    """Return starts and ends: any two junctions whose fastest way has 300 m to 15 km.

    Args:
        offered: the end is one that the product may offer, whether or not it can be told:
            a junction with a landmark and two ways out.
    """
    chance = random.Random(seed)
    marks, roads = landmarks(web.roads), web.roads
    ends = [j for j in range(roads.places) if not offered or (j in marks and roads.ways_out[j] > 1)]
    found: list[tuple[int, int]] = []
    while len(found) < count:
        start, end = chance.randrange(roads.places), chance.choice(ends)
        length = web.tree(start, hazard_s=0.0).way(end).length_m
        if start != end and SHORTEST_M <= length <= LONGEST_M:
            found.append((start, end))
    return found


def trips(
    web: Web, count: int, *, language: str, seed: int = DRAWN_BY, offered: bool = False
) -> Iterator[Trip]:
    """Draw trips, then tell each as the product does: the ways of the front, then the plainest."""
    men = drivers(MEN, seed=seed)
    chance = random.Random(seed + 1)
    for start, end in drawn(web, count, seed=seed, offered=offered):
        texts, length = told(web, start, end, language=language)
        if not texts:
            why = refused_for(web, start, end, language=language)
            yield Trip(start, end, length, (), refused=why)
            continue
        text = "\n".join(texts)
        lost = sum(not comes(web, (start, end), text, language, man) for man in men)
        wrong = [swapped(text, language), miscounted(text, chance)]
        came = [
            None if each == text else comes(web, (start, end), each, language, men[-1])
            for each in wrong
        ]
        yield Trip(start, end, length, tuple(texts), lost=lost, swapped=came[0], miscounted=came[1])


def told(web: Web, start: int, end: int, *, language: str) -> tuple[list[str], float]:
    """Return the texts of the first way that can be told, none without one, and the fastest's metres."""
    ways = ways_between(web, start, end)
    length = ways["fastest"].length_m
    for way in ways.values():
        try:
            texts = told_clearly(web.roads, way, language=language, place="")
        except Untellable:
            continue
        return texts, length
    try:
        return plain_told(web, start, end, language=language, place="")[1], length
    except Untellable:
        return [], length


def comes(web: Web, trip: tuple[int, int], text: str, language: str, man: Driver) -> bool:
    """Return whether a man who reads `text` at the start comes to the end, and knows it."""
    (start, end), roads = trip, web.roads
    there = streets(roads).spot(int(roads.junction_lat_e7[end]), int(roads.junction_lon_e7[end]))
    journey = follow(roads, start, text, language=language, driver=man)
    return not journey.lost and math.dist(journey.spot, there) <= NEAR_M


def swapped(text: str, language: str) -> str:
    """Return a text with left and right swapped throughout."""
    others = _OTHER[language]

    def other(word: re.Match[str]) -> str:
        said = others[word[0].lower()]
        return said.capitalize() if word[0][0].isupper() else said

    return re.sub("|".join(others), other, text, flags=re.IGNORECASE)


def miscounted(text: str, chance: random.Random) -> str:
    """Return a text in which one count is wrong by one; the same where it has none."""
    places = [found.start(found.lastindex or 0) for found in _COUNT.finditer(text)]
    if not places:
        return text
    at = chance.choice(places)
    number = int(text[at])
    wrong = number + 1 if number == 1 else number + chance.choice((-1, 1))
    return f"{text[:at]}{wrong}{text[at + 1 :]}"


def shares(found: Sequence[Trip]) -> dict[str, float]:
    """Return what of all is told, of those told who arrives, and how often a wrong word is noticed."""
    sent = [trip for trip in found if trip.texts]
    swaps = [trip.swapped for trip in sent if trip.swapped is not None]
    counts = [trip.miscounted for trip in sent if trip.miscounted is not None]

    def part(some: int, whole: int) -> float:
        return some / whole if whole else math.nan

    return {
        "told": part(len(sent), len(found)),
        "arrive": part(sum(trip.lost == 0 for trip in sent), len(sent)),
        "swapped noticed": part(swaps.count(False), len(swaps)),
        "miscount noticed": part(counts.count(False), len(counts)),
    } | {why: part(sum(trip.refused == why for trip in found), len(found)) for why in CLASSES}
