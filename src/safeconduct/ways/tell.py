"""A way told in a few short texts: decisions only, each text standing alone, the place last.

Parts come out of order or not at all, so each has its number, at most `UNITS` UTF-16 units (one
joined UCS-2 part) and whole instructions. A way that does not fit is refused, never cut: the next
one on the front is told instead.
"""

from collections.abc import Callable
from dataclasses import dataclass

from safeconduct.ways.phrases import TABLES, Table
from safeconduct.ways.places import Landmark, landmarks
from safeconduct.ways.roads import Floats, Roads
from safeconduct.ways.route import Way

UNITS = 67
MOST = 5  # texts for one way, the place apart; the aim is three (docs/decisions/0050)
STRAIGHT_DEG = 40.0  # less than this is "straight on", if nothing else lies straighter
TENTHS, WHOLE_KM = 10, 5  # of a kilometre; from 5 km on whole kilometres are said
FAR_M = 700.0  # beyond it a distance helps more than a count alone


class TooLong(ValueError):
    """This way cannot be told within its texts; offer the next one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing he must do.

    Attributes:
        side: "left" or "right".
        count: which turning on that side it is since the last decision, 1 for the first.
        after_m: metres since the last decision.
        landmark: kind of what stands there, "" for none.
    """

    side: str
    count: int
    after_m: float
    landmark: str


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, as a UCS-2 channel counts."""
    return len(text.encode("utf-16-le")) // 2


def decisions(roads: Roads, way: Way) -> list[Decision]:
    """Return what must be decided along `way`; where the road simply goes on, nothing is said."""
    marks = landmarks(roads)
    told: list[Decision] = []
    since_m, passed = 0.0, {"left": 0, "right": 0}
    for edge, following in zip(way.edges, way.edges[1:], strict=False):
        since_m += float(roads.segment_length_m[roads.segment[edge]])
        junction = int(roads.junction_place[roads.head[edge]])
        ours, others = _turns(roads, edge, following)
        if _goes_on(ours, others):
            for angle in others:
                passed[_side(angle)] += 1
            continue
        side = _side(ours)
        before = sum(1 for angle in others if _side(angle) == side and abs(angle) > abs(ours))
        mark = marks[junction].kind if junction in marks else ""
        told.append(Decision(side, passed[side] + before + 1, since_m, mark))
        since_m, passed = 0.0, {"left": 0, "right": 0}
    return told


def _turns(roads: Roads, edge: int, following: int) -> tuple[float, list[float]]:
    """Return the angle of the way at a junction, and those of the other roads: left is negative."""
    at_start, at_end = roads.headings_deg
    junction = int(roads.tail[following])
    first, last = int(roads.indptr[junction]), int(roads.indptr[junction + 1])
    others = roads.segment[first:last] != roads.segment[edge]
    others[following - first] = False
    angles = _angle(at_end[edge], at_start[first:last])
    return float(angles[following - first]), angles[others].tolist()


def _goes_on(ours: float, others: list[float]) -> bool:
    straightest = all(abs(angle) > abs(ours) + 15 for angle in others)
    return not others or (abs(ours) < STRAIGHT_DEG and straightest)


def _side(angle: float) -> str:
    return "left" if angle < 0 else "right"


def _angle(arriving: float, leaving: Floats) -> Floats:
    """Return the turns from one heading to others, -180 to 180 degrees, left negative."""
    return (leaving - arriving + 180) % 360 - 180


def tell(
    roads: Roads,
    way: Way,
    *,
    language: str,
    place: str,
    most: int = MOST,
) -> list[str]:
    """Return the texts, numbered "1/3" …, the last one with the place alone.

    Args:
        language: one of `phrases.TABLES`.
        place: what the meeting place is called, in that language (`place_in_words`).
        most: texts for the way, beside the one with the place.

    Raises:
        TooLong: it does not fit, or there is no table for the language.
    """
    table = _table(language)
    steps = [_start(roads, way, table)] + [_said(d, table) for d in decisions(roads, way)]
    if steps == [""]:
        steps = []
    packed = _packed([step for step in steps if step], most=most)
    end = table["end"].format(place=place)
    texts = [f"{n}/{len(packed) + 1} {text}" for n, text in enumerate([*packed, end], start=1)]
    if any(units(text) > UNITS for text in texts):
        raise TooLong(f"the name of the place is too long for one text of {UNITS}")
    return texts


def _table(language: str) -> Table:
    if language not in TABLES:
        raise TooLong(
            f"there are no words for a way in {language!r}; known are {', '.join(TABLES)}"
        )
    return TABLES[language]


def _packed(steps: list[str], *, most: int) -> list[str]:
    """Return whole steps packed into as few texts as they need, "1/4 " left free before each.

    Raises:
        TooLong: more than `most` texts, or one step alone is longer than a text.
    """
    room = UNITS - len("1/4 ")
    packed: list[str] = []
    for step in (_capital(step) for step in steps):
        if units(step) > room:
            raise TooLong("one step of this way is longer than a text")
        joined = f"{packed[-1]}. {step}" if packed else ""
        if joined and units(joined) <= room:
            packed[-1] = joined
        else:
            packed.append(step)
    if len(packed) > most:
        raise TooLong(f"this way takes {len(packed)} texts, {most} are allowed")
    return packed


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _start(roads: Roads, way: Way, table: Table) -> str:
    if not way.edges:
        return ""
    heading = float(roads.headings_deg[0][way.edges[0]])
    compass = ("north", "east", "south", "west")[round(heading / 90) % 4]
    return table["start"].format(compass=table[compass])


def _said(decision: Decision, table: Table) -> str:
    """Return one decision in words: how far, at what, which turning."""
    words = []
    if decision.after_m >= FAR_M:
        words.append(table["after"].format(d=_distance(decision.after_m, table)))
    if decision.landmark:
        words.append(table[f"at {decision.landmark}"])
    words.append(_turning(decision, table))
    return " ".join(words)


def _turning(decision: Decision, table: Table) -> str:
    if decision.count == 1 and decision.landmark:
        return table[decision.side]
    if decision.count == 1:
        return table[f"first {decision.side}"]
    return table[f"nth {decision.side}"].format(n=decision.count)


def _distance(length_m: float, table: Table) -> str:
    tenths = round(length_m / 100)
    if tenths < TENTHS:
        return table["m"].format(d=tenths * 100)
    whole = tenths % TENTHS == 0 or tenths >= WHOLE_KM * TENTHS
    said = str(round(tenths / 10)) if whole else f"{tenths // 10},{tenths % 10}"
    return table["km"].format(d=said)


def place_in_words(language: str, landmark: Landmark, name: Callable[[int, str], str]) -> str:
    """Return what a place is called: the landmark's own name or kind, and its village.

    Args:
        name: `Roads.name`.

    Raises:
        TooLong: there is no table for the language.
    """
    table = _table(language)
    own = name(landmark.name, language)
    village = name(landmark.village, language)
    said = f"{table[landmark.kind]} «{own}»" if own and own != village else table[landmark.kind]
    return f"{said}, {village}" if village else said
