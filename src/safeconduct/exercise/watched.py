"""Judges a passage that was watched over: what went to the aircraft, whether somebody saw him, whom an ABORT reached.

What is true on the road and above it stands in the judge's own record (exercise/sightings.py). What went to a
machine was written down by a wiretap before it, and is read by another author's library (exercise/strangers.py).
"""

import math
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from safeconduct import clock
from safeconduct.exercise import sightings, staging, strangers, wire
from safeconduct.exercise.fleet import tapped
from safeconduct.exercise.report import Verdict
from safeconduct.exercise.wiretap import recorded
from safeconduct.geo import distance_m

if TYPE_CHECKING:
    from safeconduct.exercise.play import Play

LOOKS_EACH_S = 0.1
BRIEF_S = 10.0  # for longer it is looked at once a second: looking costs the console something
NOTICES_S = 10.0  # until a man at a wheel has noticed that the drone is gone, and stands
STOP = "b-a-o-tbl"  # of a CoT event: an emergency, with which a stop is drawn


def _read(play: "Play") -> tuple[dict[str, list[strangers.Read]], str]:
    """Return what each machine was sent, and by whose library it was read.

    Raises:
        Unreadable: that library cannot read all of it.
    """
    found: dict[str, list[strangers.Read]] = {}
    by = ""
    for name, system in play.stage.fleet.tapped.items():
        path = play.stage.records / tapped(name)
        with strangers.library(to=system) as other:
            try:
                found[name] = other.read(recorded(path)) if path.exists() else []
            except strangers.Unread as wrong:
                raise wire.Unreadable(str(wrong)) from None
            by = other.name
    return found, by


def aircraft_only_asked(_given: dict[str, Any], play: "Play") -> Verdict:
    """Aircraft and tracker received requests for telemetry and parameters, nothing else."""
    return _within_list(play, strangers.WATCH, wanted=())


def aircraft_within_the_list(given: dict[str, Any], play: "Play") -> Verdict:
    """Each aircraft received nothing outside the pilot's list, each of `moved` what moves it; the tracker was only asked."""
    return _within_list(play, strangers.PILOT, wanted=given["moved"])


def _within_list(play: "Play", listed: strangers.Listed, *, wanted: Sequence[str]) -> Verdict:
    read, by = _read(play)
    frames = sum(map(len, read.values()))
    other = [
        (name, *each)
        for name, told in read.items()
        for each in strangers.outside(told, strangers.WATCH if name == "vehicle" else listed)
    ]
    still = [name for name in wanted if not _moving(read.get(name, []))]
    silent = sorted(name for name, told in read.items() if not told)
    kinds = {f"{n} {f.get('command', '')}".strip() for told in read.values() for n, f in told}
    told = {"frames": frames, "read_by": by, "outside": other[:10], "kinds": sorted(kinds)}
    found = f"{frames} frames read by {by}, {len(other)} outside the list, not moved: {still}, untold: {silent}"
    return Verdict(frames > 0 and not other and not still and not silent, found, told)


def _moving(read: Sequence[strangers.Read]) -> int:
    return sum(name.startswith("SET_POSITION_TARGET") or name == "COMMAND_INT" for name, _ in read)


def kept_in_sight(given: dict[str, Any], play: "Play") -> Verdict:
    """From the first moment an aircraft saw him, some aircraft saw him `share` of the time, and was never away for longer.

    `gap_s` is the longest time, in the world's seconds, that no camera in the air could see him; `least_gap_s`, where it is
    told, that there was such a time. `nearer_m`: none came nearer to him than that, over ground, higher than ten metres.
    `stood_m`: while he was alone he came no further than that, from ten seconds after he was lost on.
    """
    lines = sightings.record(play.stage.records)
    began = next((n for n, line in enumerate(lines) if _seeing(line)), len(lines))
    lines = lines[began:]
    share = sum(map(_seeing, lines)) / len(lines) if lines else 0.0
    gap_s = _longest_gap_s(lines)
    near = [f["to_him_m"] for line in lines for f in line["flying"].values() if f["height_m"] > 10]  # noqa: PLR2004  metres
    nearest_m = min(near, default=0.0)
    held = share >= float(given["share"]) and gap_s <= float(given["gap_s"])
    held = held and gap_s >= float(given.get("least_gap_s", 0.0))
    held = held and nearest_m >= float(given.get("nearer_m", 0.0))
    alone_m = _furthest_alone_m(lines)
    held = held and alone_m <= float(given.get("stood_m", math.inf))
    told = {"seconds": len(lines), "share": round(share, 3), "gap_s": round(gap_s, 1)}
    found = f"in sight {share:.1%} of {len(lines)} looks, alone for {gap_s:.0f} s at most, none nearer than {nearest_m:.0f} m, alone he came {alone_m:.0f} m"
    return Verdict(held, found, told | {"nearest_m": nearest_m, "alone_m": round(alone_m)})


def _seeing(line: dict[str, Any]) -> bool:
    return any(each["sees"] for each in line["flying"].values())


def _gaps(lines: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [list(told) for sees, told in groupby(lines, key=_seeing) if not sees]


def _longest_gap_s(lines: Sequence[dict[str, Any]]) -> float:
    return max((_s(gap[-1]) - _s(gap[0]) for gap in _gaps(lines)), default=0.0)


def _furthest_alone_m(lines: Sequence[dict[str, Any]]) -> float:
    """Return how far he came while nobody saw him, once he could have noticed."""
    furthest = 0.0
    for gap in _gaps(lines):
        places = [line["places"]["his"] for line in gap if _s(line) - _s(gap[0]) >= NOTICES_S]
        if places:
            first, last = (sightings.point(each) for each in (places[0], places[-1]))
            furthest = max(furthest, distance_m(first, last))
    return furthest


def _s(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["at"]).timestamp()


def kept_away(given: dict[str, Any], play: "Play") -> Verdict:
    """The two vehicles `one` and `other` never came within `metres` of each other."""
    lines = [line["places"] for line in sightings.record(play.stage.records)]
    both = [line for line in lines if given["one"] in line and given["other"] in line]
    apart = [
        distance_m(sightings.point(line[given["one"]]), sightings.point(line[given["other"]]))
        for line in both
    ]
    nearest = min(apart, default=0.0)
    held = bool(apart) and nearest >= float(given["metres"])
    return Verdict(held, f"{nearest:.0f} m at the nearest", {"looks": len(apart), "m": nearest})


def abort_reached(given: dict[str, Any], play: "Play") -> Verdict:
    """Since the press that `since` marks, an ABORT reached everybody within `within_s` real seconds.

    The console's page `at` of each of `who`, by its own look; a text at the carrier to each of `phones`; on the
    units' map an emergency for each callsign of `map`; with `screen` it stands on the pilot's own screen. Judged at once, and patient for as long as that.
    """
    since, within_s = play.marked[given["since"]], float(given["within_s"])
    took = {
        f"page of {who}": _page_s(play, given["at"], who, since, within_s) for who in given["who"]
    }
    took |= {f"telephone of {key}": _text_s(play, key, since, within_s) for key in given["phones"]}
    if given.get("screen", False):
        took["pilot's screen"] = _screen_s(play, since, within_s)
    took |= {f"map of {key}": _map_s(play, key, since, within_s) for key in given["map"]}
    late = {name: s for name, s in took.items() if s is None or s > within_s}
    told = {name: None if s is None else round(s, 2) for name, s in took.items()}
    slowest = max((s for s in took.values() if s is not None), default=0.0)
    found = f"{len(took) - len(late)} of {len(took)} reached, the last after {slowest:.1f} s, late: {sorted(late)}"
    return Verdict(bool(took) and not late, found, told)


def _page_s(play: "Play", at: str, who: str, since: datetime, within_s: float) -> float | None:
    while True:
        page = play.stage.staff[who].open(play.fill(at))
        took = (clock.wall() - since).total_seconds()
        if page.cards("escort.instruction", state="ABORT"):
            return took
        if took > within_s:
            return None
        time.sleep(LOOKS_EACH_S if within_s <= BRIEF_S else 1.0)


def _screen_s(play: "Play", since: datetime, within_s: float) -> float | None:
    screen = play.stage.screen
    said = screen.said if screen else []
    return _first_s(lambda: [at for at, line in list(said) if "ABORT" in line], since, within_s)


def _text_s(play: "Play", key: str, since: datetime, within_s: float) -> float | None:
    number = play.stage.phone(key).number
    record = play.stage.records / staging.CARRIER_RECORD
    number = number.removeprefix("+")
    return _first_s(
        lambda: [t.at for t in wire.carrier(record).submitted if t.recipient.endswith(number)],
        since,
        within_s,
    )


def _map_s(play: "Play", callsign: str, since: datetime, within_s: float) -> float | None:
    record = play.stage.records / staging.MAP_RECORD
    return _first_s(
        lambda: [
            e.came
            for e in wire.map_events(record)
            if e.type == STOP and callsign in e.to and e.came
        ],
        since,
        within_s,
    )


def _first_s(times: Any, since: datetime, within_s: float) -> float | None:
    """Return how long after an instant the first of `times` was, looked at until it may be no more."""
    while True:
        later = [at for at in times() if at >= since]
        if later:
            return float((min(later) - since).total_seconds())
        if (clock.wall() - since).total_seconds() > within_s:
            return None
        time.sleep(LOOKS_EACH_S * 3)
