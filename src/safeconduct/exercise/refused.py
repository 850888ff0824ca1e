"""Why a trip cannot be told: one word for each class, so that what is lost to it can be counted.

For a trip that no words lead to, the place is looked at that is nearest to its end of all to which
words lead: what lies there is what stopped them.
"""

from collections.abc import Iterable, Iterator, Sequence

from safeconduct.ways.clearly import TooLong, Unclear
from safeconduct.ways.lexicon import words
from safeconduct.ways.outset import begun
from safeconduct.ways.plain import MORE_S, MOST_TIME, TRIES, least_to, plainest
from safeconduct.ways.route import Web
from safeconduct.ways.sight import PLAIN_DEG, Sight, sight
from safeconduct.ways.steps import runs

LETTERS, SLOW = "letters", "time"
START, STOP = "no first direction", "no words for the stop"
CIRCLE, NARROW, CLOSE, OTHER = "circle", "narrow fork", "junctions close by", "angles"
CLASSES = (LETTERS, SLOW, START, STOP, CIRCLE, NARROW, CLOSE, OTHER)
CLOSE_M = 40.0  # of two junctions that people take for one
ANY_TEXTS, ANY_TIME = 1000, 1e6


def refused_for(web: Web, start: int, end: int, *, language: str) -> str:
    """Return the class of a trip that was refused, one of `CLASSES`."""
    roads = web.roads
    first = range(int(roads.indptr[start]), int(roads.indptr[start + 1]))
    out = [edge for edge in first if begun(roads, edge) is not None]
    if not out:
        return START
    for more_time, found in ((MOST_TIME, LETTERS), (ANY_TIME, SLOW)):
        try:
            plainest(
                web, start, end, language=language, place="", most=ANY_TEXTS,
                price=TRIES[0]._replace(more_time=more_time),
            )  # fmt: skip
        except TooLong:
            return LETTERS
        except Unclear:
            continue
        return found
    return _stuck(web, out, start, end, language)


def _stuck(web: Web, out: Iterable[int], start: int, end: int, language: str) -> str:
    """Return what lies where words come nearest to the end."""
    roads, away_s = web.roads, least_to(web, end, web.time_s)
    place = roads.junction_place[roads.head].tolist()
    best, least_s = -1, away_s[start] * MOST_TIME + MORE_S
    for driven in _driven(web, out, [least_s > each for each in away_s], language):
        if place[driven] == end:
            return STOP
        if away_s[place[driven]] < least_s:
            best, least_s = driven, away_s[place[driven]]
    if best < 0:
        return OTHER
    return _lies(sight(roads), best, web.tree(place[best], hazard_s=0.0).way(end).edges[0])


def _driven(web: Web, out: Iterable[int], near: Sequence[bool], language: str) -> Iterator[int]:
    """Yield each edge on which words can bring him, of those that lead to a place that is near."""
    told, heads = words(web.roads, language), web.roads.head.tolist()
    seen, todo = set[int](out), list(out)
    while todo:
        edge = todo.pop()
        for run in runs(web.roads).of(edge):
            yield from run.edges
        nexts, _lasts = told.after(edge)
        fresh = {step.edge for step in nexts if near[heads[step.edge]]} - seen
        seen |= fresh
        todo += fresh


def _lies(seen: Sight, coming: int, wanted: int) -> str:
    if seen.may_lead_round(coming) or seen.in_circle(coming):
        return CIRCLE
    arms = seen.arms(coming)
    ours = [arm for arm in arms if arm.edge >= 0 and seen.driven(arm.edge) == seen.driven(wanted)]
    others = [arm for arm in arms if arm not in ours]
    if any(abs(arm.angle - own.angle) < PLAIN_DEG for own in ours for arm in others):
        return NARROW
    if min(seen.length_m[coming], seen.length_m[wanted]) < CLOSE_M:
        return CLOSE
    return OTHER
