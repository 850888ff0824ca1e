"""Which places he can be offered, as a planner's page finds them: what cannot be told is never offered.

The places that both sides reach are ranked, and tried the soonest first; where no way can be told, a
place is left out, and those that it had beaten are ranked anew.
"""

import math
import random
from collections.abc import Iterator, Sequence

from safeconduct.ways.clearly import Untellable, place_in_words, told_clearly
from safeconduct.ways.places import MeetingPlace, candidates, rank, spare_for
from safeconduct.ways.plain import plain_told
from safeconduct.ways.route import LEAST, Way, Web

LIMIT_S = 90 * 60.0  # how long either side may drive there
MOST_TRIED = 60  # places tried for one page (`passage/actions/drafting.py`)
DRAWN_BY = 8  # the seed of the draw


def offered(
    web: Web,
    his: int,
    found: Sequence[MeetingPlace],
    *,
    language: str,
    most_hazard: float = math.inf,
) -> Iterator[MeetingPlace]:
    """Yield the choices to which he can be told a way, the soonest of a ranking first.

    Args:
        his: the junction he starts from.
        found: candidates; see `places.candidates`.
        most_hazard: see `plain_by_legs`.
    """
    tried, barred, least = set[int](), dict[int, str](), web.tree(his, hazard_s=LEAST)
    while len(tried) < MOST_TRIED:
        choices = rank(found, his_limit_s=LIMIT_S, team_limit_s=LIMIT_S, barred=barred).choices
        fresh = sorted((p for p in choices if p.junction not in tried), key=_later)
        if not fresh:
            return
        for place in fresh[: MOST_TRIED - len(tried)]:
            tried.add(place.junction)
            way = least.way(place.junction)
            if _is_told(web, way, place, language=language, most_hazard=most_hazard):
                yield place
            else:
                barred[place.junction] = "untellable"


def _is_told(
    web: Web, least: Way, place: MeetingPlace, *, language: str, most_hazard: float
) -> bool:
    name = place_in_words(language, place.landmark, web.roads.name)
    his, end = least.junctions[0], place.junction
    try:
        return bool(told_clearly(web.roads, least, language=language, place=name))
    except Untellable:
        pass
    try:
        return bool(
            plain_told(web, his, end, language=language, place=name, most_hazard=most_hazard)
        )
    except Untellable:
        return False


def _later(place: MeetingPlace) -> float:
    return place.later_s


def has_two(web: Web, his: int, team: int, *, language: str) -> bool:
    """Return whether he can be offered two places that do not lie together."""
    told: list[MeetingPlace] = []
    for place in offered(web, his, candidates(web, his=his, team=team), language=language):
        if spare_for(place, told):
            return True
        told.append(place)
    return False


def share(web: Web, count: int, *, language: str, seed: int = DRAWN_BY) -> float:
    """Draw where he and the unit start, any two junctions; return of how many he can be offered two places."""
    chance = random.Random(seed)
    drawn = [chance.sample(range(web.roads.places), 2) for _ in range(count)]
    return sum(has_two(web, *pair, language=language) for pair in drawn) / count
