"""Who may know what of a plan, and when: the area first, the place late; on a map as on a page. Pure.

He himself is told by the same order (`may_tell`), and the process that sends asks for the yeses that a
text waits for once more (post/marks.py). Whoever plans, approves, keeps the fires off or flies must know
the whole. The unit knows where and when, and by which sign: never where he starts, nor his way. Whoever
talks with him knows what he was told: a seized desk, or an operator under pressure, gives no more away
than his telephone would.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access.rules import Duty
from safeconduct.passage.rules import LETTERS
from safeconduct.refusal import Refusal

WHOLE = frozenset({Duty.PLN, Duty.DPC, Duty.LEG, Duty.FCO, Duty.PIL, Duty.SUP})
UNIT = frozenset({Duty.RCV, Duty.RCP})


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a plan has come.

    Attributes:
        approved: two people have said yes to it.
        letter: of the place he is led to now, "" before GO.
        told_all: the last text of his way, which names the place, has left.
    """

    approved: bool
    letter: str = ""
    told_all: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see of a plan.

    Attributes:
        whole: ways, starts, figures and texts.
        places: letters of the places that are named, and drawn; of the others the area.
        legs: the texts of his way that he was told, and the next one.
    """

    whole: bool
    places: frozenset[str]
    legs: bool


NOTHING = Sight(whole=False, places=frozenset(), legs=False)


def sight(duties: Collection[Duty], stage: Stage) -> Sight:
    """Return what somebody with these duties may see of a plan at a stage."""
    if WHOLE & set(duties):
        return Sight(whole=True, places=frozenset(LETTERS), legs=True)
    if UNIT & set(duties):
        talks = bool(set(duties) - UNIT)
        return Sight(whole=False, places=frozenset(LETTERS if stage.approved else ()), legs=talks)
    last = stage.letter if stage.told_all else ""
    return Sight(whole=False, places=frozenset({last} - {""}), legs=True)


def may_tell(
    part: str, *, legs: Sequence[str], said: Collection[str], gone: bool, turned: bool
) -> Refusal | None:
    """Judge whether a text of a plan is the next in the order in which he hears of it.

    Args:
        part: of the text, as a plan writes it: "A", "time", "leg 2", "hold 1", "B2 leg 1", "word switch" …
        legs: parts of the way he is led now, the place in the last.
        said: parts that have left.
        gone: GO was given; `turned` that two led him to the other place.
    """
    if part == "word switch":
        return None if gone and turned else _TOO_EARLY
    if part.startswith("hold "):
        return None if gone else _TOO_EARLY
    if part in legs:
        before = set(legs[: legs.index(part)])
        return None if gone and before <= set(said) else _TOO_EARLY
    return _OTHER_WAY if " " in part else None


_TOO_EARLY = Refusal(
    "passage.too_early",
    "This is told later: first the area, then his way leg by leg after GO, the place last of all.",
    "Tell him what comes before it.",
)
_OTHER_WAY = Refusal(
    "passage.other_way",
    "This text is of a way that he is not led.",
    "Tell him the next leg of the way he is on.",
)


def sees_last_place(
    duties: Collection[Duty], *, state: str, until: datetime | None, now: datetime
) -> bool:
    """Return whether the unit sees where he was last: while he is missing, and a commander lets it search.

    Without a place nobody searches; on a map that nobody asked for, whoever holds the unit's screen has
    it too. So one named person gives it, for a time, and it is gone once he is found or all is stopped.

    Args:
        state: of his case.
        until: as the commander said; None where he gave nothing.
    """
    return bool(UNIT & set(duties)) and state == "MISSING" and until is not None and now < until


# ---- on the units' own maps ----

FIRES_MAP, UNIT_MAP = "fires", "unit"
WAY, ARRIVAL, VEHICLE, DRONE, STOP, CASUALTY = (
    "way", "arrival", "vehicle", "drone", "stop", "casualty",
)  # fmt: skip
ARRIVAL_M = 2000.0  # by which the unit sees from where he comes: four minutes at 8 m/s (proposed)
_DRIVES = frozenset({"MOVING", "SIGHTED"})
_OUT = _DRIVES | {"ABORTED", "MISSING"}


def on_map(thing: str, *, state: str, told_all: bool) -> frozenset[str]:
    """Return on whose map a thing of his may stand now: of who holds fires, of the unit that receives him.

    A map is somebody's page: who holds fires must know his way, the unit never does. It sees the last
    stretch, `ARRIVAL_M` long, from when he himself was told the place or was sighted. After an abort, or
    once nobody knows where he is, it sees no more of him: he may be on his way home.

    Args:
        thing: his whole way, the last stretch of it, he or the aircraft where they are, a stop that is in
            force, a casualty whom a person asked to have fetched.
        state: of his case; `told_all` that the last text of his way has left.
    """
    both = frozenset({FIRES_MAP, UNIT_MAP})
    if thing in {STOP, CASUALTY}:
        return both if state in _OUT else frozenset()
    if state not in _DRIVES:
        return frozenset()
    if thing == WAY:
        return frozenset({FIRES_MAP})
    if thing == ARRIVAL:
        return frozenset({UNIT_MAP} if told_all or state == "SIGHTED" else ())
    return both if thing in {VEHICLE, DRONE} else frozenset()
