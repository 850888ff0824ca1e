"""The relief drill: 200 simulated passages that the planner takes on, each with it and with a plain swap.

A plain swap: the next one is ordered when this one must leave. Each passage is drawn by its number."""

# ruff: noqa: S311, TID251  by seed, so that a figure can be had again

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from safeconduct.bench.figure import Figure
from safeconduct.watch.relay import Craft, Times, covered_s, over_ground_s, relief, schedule

PASSAGES, QUICK = 200, 40
AIRSPEED_M_S, STEP_S, WORST = 12.0, 5, 0.9
LATE, LATE_S = 0.05, 180.0
WHOLE = 0.999  # of a passage: not a step of five seconds alone
TIMES = Times(prepare_s=120, transit_s=0, overlap_s=60, return_s=0, land_s=60, reserve_s=300)


@dataclass(frozen=True, slots=True)
class Drill:
    """One passage: how long, how far its middle is from the base, the wind, and how each flight deviates."""

    length_s: float
    distance_m: float
    wind_m_s: float
    flight_s: float
    swap_s: float
    seed: int


@dataclass(slots=True)
class Flight:
    """One aircraft over him, or on its way: when it arrives and when it is empty."""

    arrives_s: float
    empty_s: float


def drawn(number: int) -> Drill:
    """Return one passage by its number."""
    dice = random.Random(number)
    return Drill(
        length_s=dice.uniform(30, 120) * 60,
        distance_m=dice.uniform(1000, 5000),
        wind_m_s=dice.uniform(0, 7),
        flight_s=dice.uniform(28, 45) * 60,
        swap_s=dice.uniform(120, 300),
        seed=number,
    )


def accepted(drill: Drill) -> bool:
    """Return whether the planner takes a passage on: by the worst batteries, nobody is left alone on paper."""
    times = times_of(drill)
    fleet = [Craft(name, WORST * drill.flight_s, -drill.flight_s) for name in "ABC"]
    turns = schedule(fleet, length_s=drill.length_s, times=lambda _at: times, swap_s=drill.swap_s)
    return covered_s(turns, length_s=drill.length_s) >= drill.length_s


def times_of(drill: Drill) -> Times:
    """Return what a relief takes: the wind is taken as against the aircraft on both ways."""
    way = over_ground_s(drill.distance_m, airspeed_m_s=AIRSPEED_M_S, headwind_m_s=drill.wind_m_s)
    return replace(TIMES, transit_s=way, return_s=way)


def flown(drill: Drill, *, planned: bool) -> tuple[float, float, bool]:
    """Return the share of the passage with an aircraft overhead, the least that one landed with, and if any came late.

    The least in seconds.

    Three aircraft. A battery gives up to a tenth less than its papers say, making ready takes one to three
    minutes where two are planned, and in one relief of twenty the next one starts three minutes late.
    """
    dice, times = random.Random(drill.seed + 1_000_000), times_of(drill)
    real = drill.flight_s * dice.uniform(WORST, 1.0)
    over, coming, ready = Flight(0.0, real - times.transit_s), None, [0.0, 0.0]
    seen_s, least_s, flying, lates = 0.0, real, True, 0.0
    for second in range(0, int(drill.length_s), STEP_S):
        overlap_s = times.overlap_s if planned and flying else 0.0
        if coming is not None and second >= coming.arrives_s + overlap_s:
            if flying:
                least_s = min(least_s, over.empty_s - second - times.return_s - times.land_s)
                ready.append(second + times.return_s + times.land_s + drill.swap_s)
            over, coming, flying = coming, None, True
        seen_s += STEP_S if flying else 0
        now = relief(over.empty_s - second, times)
        if flying and now.stays_s < STEP_S:  # the reserve is never spent over him
            least_s = min(least_s, now.left_s - times.return_s - times.land_s)
            ready.append(second + times.return_s + times.land_s + drill.swap_s)
            flying = False
        ordered = now.launch_s <= 0 if planned and flying else not flying
        if coming is None and ordered and min(ready, default=drill.length_s) <= second:
            ready.remove(min(ready))
            late = LATE_S if dice.random() < LATE else 0.0
            lates += late
            starts = second + dice.uniform(60, 180) + late
            empty = starts + drill.flight_s * dice.uniform(WORST, 1.0)
            coming = Flight(starts + times.transit_s, empty)
    return min(1.0, seen_s / drill.length_s), least_s, lates > 0


def figures(*, quick: bool) -> Iterator[Figure]:
    """Yield the shares."""
    count = QUICK if quick else PASSAGES
    drills = list(islice(filter(accepted, map(drawn, itertools.count())), count))
    with_, without = (
        [flown(each, planned=planned) for each in drills] for planned in (True, False)
    )
    share, bare = (sum(run[0] for run in runs) / count for runs in (with_, without))
    whole, alone = (sum(run[0] > WHOLE for run in runs) / count for runs in (with_, without))
    # Whose relief is late is alone: three minutes are more than the overlap and the shortest making ready spare.
    most = sum(not late or share_ > WHOLE for share_, _, late in with_) / count
    yield Figure(
        bench="watch", metric=f"relief: of {count} passages an aircraft is overhead", value=share,
        unit="share", against=f"a plain swap when one must leave: {bare:.3f}",
        ratio=(1 - share) / max(1e-9, 1 - bare), target="<= 0.2",
    )  # fmt: skip
    yield Figure(
        bench="watch", metric="relief: passages without a second alone", value=whole, unit="share",
        against=f"the most where reliefs start late: {most:.3f}; plain swap: {alone:.3f}",
        ratio=whole / most, target=">= 0.99",
    )  # fmt: skip
    least = min(run[1] for run in with_)
    yield Figure(
        bench="watch", metric="relief: the least that any aircraft landed with", value=least, unit="s",
        against=f"its reserve, {TIMES.reserve_s:.0f} s", ratio=least / TIMES.reserve_s, target=">= 0.98",
    )  # fmt: skip
