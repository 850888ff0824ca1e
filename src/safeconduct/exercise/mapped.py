"""What stood on the units' maps over a whole passage, judged from outside: another author's library cut it apart.

Known here are a handful of types, the words on them, and the callsigns of the exercise's own map gateway. The
product's own tables of these are not asked.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from safeconduct.exercise import staging, wire
from safeconduct.exercise.report import Verdict

if TYPE_CHECKING:
    from safeconduct.exercise.play import Play

AREAS = {"u-d-f", "u-d-c-c"}  # a drawn polygon, a drawn circle (CoT type tree)
WAY, HE, DRONE, STOP, STOP_OVER, CASUALTY = (
    "b-m-r", "a-n-G-E-V", "a-f-A-M-H-Q", "b-a-o-tbl", "b-a-o-can", "b-r-f-h-c",
)  # fmt: skip
HIS = {WAY, HE, DRONE, STOP, STOP_OVER, CASUALTY}
PRESENCE, WORD, DELETION, PING = "a-f-G-U-C", "b-t-f", "t-x-d-d", "t-x-c-t"
ALLOWED = AREAS | HIS | {PRESENCE, WORD, DELETION, PING}
FIRES, UNITS = "FDC1", ("RCV1",)  # of the gateway's file (command/edges.py)
_NAMES = re.compile(
    r"(?:No fire|Ask before fire|Corridor|Watch|(?:Neutral|Watch|Stop|Casualty) [a-z0-9]{4})"
)
_REF = re.compile(r"[acdefghjkmnpqrtuvwxy34679]{12}(?:\.over)?")


def map_shows(given: dict[str, Any], play: "Play") -> Verdict:
    """What the units' map was told names nobody, is of few types, and nothing of him stands or comes back after its end.

    Each area was renewed before it was stale, `validities` ends at least; with `ended` each was taken off by an
    event that ends it, without, none was. Of his own there was each type of `shows` at least, all of it for
    named callsigns. With `over` all of it has ended. With `doubted` he stood there with an unknown error.
    `units` are the callsigns, beside fires, that anything of him may be for.
    """
    events = wire.map_events(play.stage.records / staging.MAP_RECORD)
    areas = _by_uid(e for e in events if e.type in AREAS)
    his = _by_uid(e for e in events if e.type in HIS)
    words = [play.fill(w) for w in given["never"]]
    named = sum(any(w in e.xml for w in words) for e in events)
    trouble = {each for told in areas.values() for each in _amiss(told, given)}
    trouble |= {f"another type, {e.type}" for e in events if e.type not in ALLOWED}
    trouble |= {each for e in events for each in _wrong_name(e)}
    trouble |= {each for told in his.values() for each in _his_amiss(told, given)}
    units = frozenset(given.get("units", UNITS))
    trouble |= _start_told(his, units)
    if given.get("doubted", False) and not any(_doubted(e) for e in events):
        trouble.add("never in doubt")
    lacking = set(given.get("shows", ())) - {e.type for e in events if not e.ends}
    trouble |= {f"never shown, {each}" for each in lacking}
    validities = sorted(len({e.stale for e in told if not e.ends}) for told in areas.values())
    told = {"events": len(events), "areas": len(areas), "validities": validities, "naming": named}
    told["his"] = {kind: sum(e.type == kind for e in events) for kind in sorted(HIS)}
    held = bool(areas) and not named and not trouble
    found = f"{len(areas)} areas, {validities} validities, {len(his)} things of his, {named} naming anybody, {sorted(trouble)}"
    return Verdict(held, found, told | {"amiss": sorted(trouble)})


def _by_uid(events: Iterable[wire.Event]) -> dict[str, list[wire.Event]]:
    found: dict[str, list[wire.Event]] = {}
    for event in events:
        found.setdefault(event.uid, []).append(event)
    return found


def _amiss(told: list[wire.Event], given: dict[str, Any]) -> list[str]:
    """Return what is wrong with what the map was told of one area, oldest first."""
    living = [e for e in told if not e.ends]
    amiss = []
    if len({e.stale for e in living}) < int(given["validities"]):
        amiss.append("not renewed")
    if any(after.time >= before.stale for before, after in pairwise(living)):
        amiss.append("stale before it was renewed")
    if told[-1].ends != bool(given["ended"]):
        amiss.append("ended" if told[-1].ends else "not ended")
    if any(before.ends and not after.ends for before, after in pairwise(told)):
        amiss.append("back after its end")
    return amiss


def _wrong_name(event: wire.Event) -> list[str]:
    """Return what of an event's names is no random name of ours, or no word of the few."""
    if event.type in {PRESENCE, WORD, PING}:
        return [] if event.place == (0.0, 0.0) else [f"a place in a {event.type}"]
    wrong = [] if _REF.fullmatch(event.uid) else [f"another name, {event.type}"]
    if event.callsign and not _NAMES.fullmatch(event.callsign):
        wrong.append(f"another callsign, {event.callsign}")
    return wrong


def _doubted(event: wire.Event) -> bool:
    return event.type == HE and not event.ends and event.error_m >= wire.UNKNOWN_M


def _ends(event: wire.Event) -> bool:
    return event.ends or event.type == STOP_OVER


def _his_amiss(told: list[wire.Event], given: dict[str, Any]) -> list[str]:
    """Return what is wrong with one thing of his: for others, back after its end, or never ended."""
    known = {FIRES, *given.get("units", UNITS)}
    amiss = [f"for others, {e.type}" for e in told if not e.to or not e.to <= known]
    if any(_ends(before) and not _ends(after) for before, after in pairwise(told)):
        amiss.append(f"of him after its end, {told[0].type}")
    if any(_ends(e) and e.place != (0.0, 0.0) for e in told):
        amiss.append(f"a place in an end, {told[0].type}")
    if given.get("over", False) and not _ends(told[-1]):
        amiss.append(f"never ended, {told[0].type}")
    return amiss


def _start_told(his: dict[str, list[wire.Event]], units: AbstractSet[str]) -> set[str]:
    """Return whether the receiving unit was shown where his way begins, which fires alone may know."""
    ways = [e for told in his.values() for e in told if e.type == WAY and not e.ends]
    starts = {e.line[0] for e in ways if FIRES in e.to}
    shown = any(units & e.to and starts & set(e.line) for e in ways)
    return {"the unit was shown where he starts"} if shown else set()
