"""A passage that was, made into an exercise: what happened in which order, on invented ground, with the invented cast.

Of the record it takes three things: the order of alerts and orders, how fast he was, rounded, and how long lay between
two things, rounded and capped. No place, no date, no name and no reference of it is in the file.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from safeconduct.geo import Point, distance_m

MOVES_M_S = 1.0  # slower is standing: a receiver strays as much
SLOWEST_M_S, FASTEST_M_S = 1.0, 12.0  # the watch's own limits are judged in between
ROUND_S, LONGEST_S = 10, 60  # of what lies between two things
MOST = 30  # things: an exercise of an hour trains nobody
SEEDS = 1000  # districts to choose from


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of the record: an alert's cause or an order, in seconds since GO."""

    what: str
    at_s: int
    until_s: int | None


def read(said: Mapping[str, Any], track: Mapping[str, Any]) -> tuple[list[Happened], float]:
    """Return what happened, oldest first, and how fast he mostly was, of an opened record's two files.

    Args:
        said: of said.json.
        track: of track.geojson.

    Raises:
        ValueError: they are no such files.
    """
    try:
        happened = [Happened(str(what), int(at), until) for what, at, until in said["said"]]
        ours = [f for f in track["features"] if f["properties"]["subject"].startswith("vehicle")]
        speeds = [each for feature in ours for each in _speeds(feature)]
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"this is no opened record: {type(wrong).__name__}") from None
    moving = [each for each in speeds if each >= MOVES_M_S]
    fast = statistics.median(moving) if moving else SLOWEST_M_S
    happened.sort(key=lambda each: each.at_s)
    return happened[:MOST], min(max(round(fast), SLOWEST_M_S), FASTEST_M_S)


def _speeds(feature: Mapping[str, Any]) -> list[float]:
    places = [Point(lat, lon) for lon, lat in feature["geometry"]["coordinates"]]
    times = [datetime.fromisoformat(at) for at in feature["properties"]["times"]]
    legs = zip(pairwise(places), pairwise(times), strict=True)
    return [distance_m(*two) / s for two, (a, b) in legs if (s := (b - a).total_seconds()) > 0]


def retold(happened: Sequence[Happened], speed_m_s: float, *, seed: int) -> str:
    """Return the exercise file: its cast, ground and parts are the shipped ones.

    Args:
        happened, speed_m_s: as `read` returns them.
        seed: which fictional district.
    """
    acts, last_s, left_out = [], 0, 0
    for each in happened:
        if each.what not in _TELLS:
            left_out += 1
            continue
        wait_s = min(LONGEST_S, round((each.at_s - last_s) / ROUND_S) * ROUND_S)
        last_s = each.at_s
        acts.append(_TELLS[each.what](max(0, wait_s)))
        if each.what == "ABORT":
            break
    over = any(each.what == "ABORT" for each in happened)
    begin = _BEGIN.format(seed=seed % SEEDS, left_out=left_out, speed=f"{speed_m_s:.1f}")
    return begin + "".join(acts) + (_STOPPED if over else _COMES) + _EXPECT


def _act(does: str, body: str, *, pause_s: int = 1) -> str:
    return f'[[act]]\nstep = 4\ndoes = "{does}"\n{body}\npause_s = {pause_s}\n'


def _sees(cause: str, *, state: str = "") -> str:
    wanted = f'{{ kind = "escort.alert", cause = "{cause}"' + (
        f', state = "{state}"' if state else ""
    )
    return f'who = "pil"\nat = "/escort/{{passage}}/"\nsee = {wanted} }}\npatience_s = 90'


def _press(who: str, press: str, more: str = "") -> str:
    return f'who = "{who}"\nat = "/escort/{{passage}}/"\npress = "{press}"{more}'


def _raised(
    cause: str, does: str, order: str, ends: str, *, clears: bool = True
) -> Callable[[int], str]:
    """Return what tells one alert: an order to the world that brings it, and one that ends it."""

    def told(wait_s: int) -> str:
        end = _act("and it is over", ends)
        clear = _act(f"{cause} is cleared", _sees(cause, state="CLEARED")) if clears else ""
        return _act(does, order, pause_s=wait_s + 1) + _act(f"{cause}", _sees(cause)) + end + clear

    return told


def _closing(wait_s: int) -> str:
    fill = (
        '\nfill = { direction_deg = "{his_rear_deg}", distance_m = "350",'
        ' heading_deg = "{his_heading_deg}", speed_m_s = "22" }'
    )
    return (
        _act(
            "another vehicle comes from behind",
            _press("pil", "escort.contact", fill),
            pause_s=wait_s + 1,
        )
        + _act("CLOSING", _sees("CLOSING"))
        + _act("it has turned off", _press("pil", "escort.contact_end"))
    )


def _hold(wait_s: int) -> str:
    return (
        _act("HOLD", _press("dpc", "escort.hold"), pause_s=wait_s + 1)
        + _act("it reaches him", 'phone = "him"\nhears = "Сосна"\npatience_s = 60')
        + _act("he stands", 'drive = { does = "halt" }')
        + _act("the hold ends", _press("dpc", "escort.order_end"))
        + _act("he goes on", 'drive = { does = "go" }')
    )


def _abort(wait_s: int) -> str:
    judge = (
        'judge = { kind = "abort_reached", since = "abort", within_s = 5.0, at = "/escort/{passage}/",'
        ' who = ["pil", "dpc", "fco", "rcv"], phones = ["him", "pil", "dpc", "fco", "rcv", "op"], map = ["FDC1", "RCV1"] }'
    )
    stop = _press("dpc", "escort.abort", '\nmarks = "abort"')
    return _act("time passes", 'drive = { does = "go" }', pause_s=wait_s + 1) + (
        _act("ABORT: one person, and no reason", stop, pause_s=0)
        + _act("it is with everybody in five seconds", judge)
    )


_TELLS: Mapping[str, Callable[[int], str]] = {
    "STOPPED": _raised(
        "STOPPED", "he stops", 'drive = { does = "halt" }', 'drive = { does = "go" }'
    ),
    "OFF_ROUTE": _raised(
        "OFF_ROUTE", "he leaves the way", 'drive = { does = "leave", beside_m = 250 }',
        'drive = { does = "rejoin" }',
    ),
    "GNSS_DOUBT": _raised(
        "GNSS_DOUBT", "his receiver is jammed", 'drive = { does = "jam" }',
        'drive = { does = "clear" }',
    ),
    "SILENT": _raised(
        "SILENT", "his tracker falls silent", 'drive = { does = "silent" }',
        'drive = { does = "back" }',
    ),
    "AIRCRAFT_SILENT": _raised(
        "AIRCRAFT_SILENT", "the drone's link is gone", 'aircraft = { does = "silent" }',
        'aircraft = { does = "back" }',
    ),
    "CLOSING": _closing,
    "HOLD": _hold,
    "ABORT": _abort,
}  # fmt: skip

_BEGIN = """# A passage that was, retold: what happened in which order, on invented ground. Nothing of it is real.
# So many alerts of it have no telling here: {left_out}. Change what you like: docs/exercises.md.
title = "A passage, retold"
profile = "ukraine"
starts = 2026-03-02T09:00:00Z
district_seed = {seed}
cast = "_cast"
on_duty = ["sup", "op", "ver", "ver2", "pln", "dpc", "fco", "pil", "rcv", "rcp", "med", "leg", "plg"]
steps = [
  "A reply becomes a conversation",
  "The case, to READY",
  "A place and a way, agreed, and GO",
  "On the way, as it was",
  "The end",
]

[[act]]
include = "_talk"
step = 1
[[act]]
include = "_case"
step = 2
[[act]]
include = "_passage"
step = 3
[[act]]
include = "_road"
step = 4
[[act]]
step = 4
does = "as fast as he was"
drive = {{ does = "go", speed_m_s = {speed} }}
"""
_STOPPED = """[[act]]
step = 5
does = "stopped"
who = "dpc"
at = "/cases/{case}/"
see = { kind = "cases.case", state = "ABORTED" }
"""
_COMES = """[[act]]
step = 5
does = "he is here: one person says so, nothing is asked first"
who = "rcv"
at = "/cases/{case}/"
press = "cases.here"
[[act]]
step = 5
does = "contact"
who = "rcv"
at = "/reception/{case}/"
see = { kind = "reception.arrival", state = "CONTACT" }
patience_s = 60
"""
_EXPECT = """
[[expect]]
kind = "aircraft_only_asked"
step = 4
why = "aircraft and tracker were asked for telemetry and parameters, and nothing else"
[[expect]]
kind = "unreadable_on_disk"
step = 5
why = "neither his number, nor a text of his, nor where a vehicle stands can be read in the data folder"
phones = ["him"]
places = true
[[expect]]
kind = "log_is_proved"
step = 5
why = "the audit log is proved by an exported head"
"""
