"""What crosses between the core and a station. Pure values; envelope.py knows all that is carried."""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.canonical import Carried


@dataclass(frozen=True, slots=True)
class Briefing(Carried):
    """One passage under way as its station needs it: it has no field for a name, a number or a case.

    Attributes:
        passage: a random reference, made for this station.
        turn: 1, 2, 3 …; a later one takes the place of the one before.
        since: GO.
        line_e7: the agreed way, lat and lon pairs in 1e-7 degrees.
        holds: where he may stand: lat and lon in 1e-7 degrees, radius in mm, seconds.
        checkpoints: metres along the way, and by when, in seconds since 1970.
        tracker, aircraft: whose fixes are his, and which machine watches; "" while none does.
        limits: as `watch/limits.py` writes them.
        area_e7, marker: the no-fire area's ring, and its reference on the units' maps; empty without one.
        heads: for how many people it is planned.
        advice: "uk:STOPPED" → title, and what to do now; "uk:WAIT" the rule that he stops and waits.
        dusk: when it is too dark to see his signs, in seconds since 1970; 0 when it never is.
        maps: what of him stands on the units' maps: its name of chance there, and for whom; "stop" is what a stop is
            to be called and for whom. Empty where no map is told.
        untaken_s: seconds after which it is said that nobody has taken an alert.
        fence: the plan's for its drone, as the pilot types it (mavlink/fence.py:typed); "" where none is told.
        stopped, held: since when everything is stopped, or he was told to stand, in seconds since 1970; 0 if not.
    """

    passage: str
    turn: int
    since: datetime
    line_e7: list[list[int]]
    holds: list[list[int]]
    checkpoints: list[list[int]]
    tracker: str
    aircraft: str
    limits: dict[str, int]
    area_e7: list[list[int]]
    marker: str
    heads: int
    advice: dict[str, list[str]]
    maps: dict[str, list[str]]
    dusk: int = 0
    untaken_s: int = 60
    stopped: int = 0
    held: int = 0
    fence: str = ""


@dataclass(frozen=True, slots=True)
class Around(Carried):
    """What is known at home of what is around one passage; the newest alone counts. It names nobody.

    Attributes:
        contacts: whom a human saw coming: by key lat and lon in 1e-7 degrees, heading in degrees, speed in mm/s, and
            when that was, in seconds since 1970.
        taken: alerts that somebody at home has taken, by key, and when.
        wind_m_s: by the pilot's word.
        unit_said, unit_ready: when the receiving unit spoke last, 0 if never, and whether it was ready.
        unit_seen, unit_m: when its own map had it last, 0 if never, and how far from where he is met; its place is not told.
    """

    passage: str
    at: datetime
    contacts: dict[str, list[int]]
    taken: dict[str, int]
    wind_m_s: int = 0
    unit_said: int = 0
    unit_ready: bool = True
    unit_seen: int = 0
    unit_m: int = 0


@dataclass(frozen=True, slots=True)
class BriefingEnded(Carried):
    """The passage is a station's no more: it forgets it once all that it recorded has arrived."""

    passage: str


@dataclass(frozen=True, slots=True)
class StationWord(Carried):
    """One thing that a station noted.

    Attributes:
        what: "briefed", "refused" (it holds another), "alert", "cleared", "taken" (somebody there has an alert), "untaken"
            (nobody took it in time), "abort", "told" (a stop reached somebody
            without the core), "sighted", "here", "fires", "locked".
        about: the key of an alert; the marker of an area; of an abort what it is called on the maps; of "told" whom,
            "pilot" or "maps".
        numbers: what it measured and its limit, how many people, whether it is grave.
        unit: of what was measured; of an abort for whom it is on the maps.
    """

    what: str
    at: datetime
    about: str
    numbers: dict[str, int]
    unit: str


@dataclass(frozen=True, slots=True)
class Records(Carried):
    """Some records of a station, in their order: fixes and words, chained (watch/chain.py).

    Attributes:
        passage: as its briefing names it.
        first: number of the first of them, from 1.
        before: head of the chain before it.
        records: each as canonical text.
    """

    passage: str
    first: int
    before: bytes
    records: list[str]


@dataclass(frozen=True, slots=True)
class Stop(Carried):
    """Everything is stopped: the one word that a station says to gateways near it, past the core.

    Attributes:
        at: when it was pressed.
        things: for the units' maps: the stop, and that all else of him there is over (`MapPoint`, `Marker`), each as
            canonical text; empty for a pilot.
    """

    at: datetime
    things: list[str]


@dataclass(frozen=True, slots=True)
class StopHeard(Carried):
    """What a gateway answers to a stop.

    Attributes:
        reached: a pilot's screen shows it; the map server answered after it was given it.
    """

    reached: bool
