"""A danger is reported: fifty open cases priced anew, those touched searched anew, the first at once.

Through the product's own actions, the real keeper and the database, on a real extract, from sealed
reports and sealed plans to flagged rows. Beside what a planner waits for without noticing it. What is
done in memory alone is told in time of one core, all else by the clock on the wall.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np

from safeconduct.bench import house
from safeconduct.bench.figure import Figure, middle, share
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.exposure import ground_of
from safeconduct.ways.extract import read_extract
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.stitch import stitched

CASES, REPORTS, JUNCTIONS = 50, 500, 180_000
FULL, QUICK = 9, 3  # rounds
ALL_S, FIRST_S, AGE_MS, ADD_MS = 1.0, 0.5, 10.0, 20.0
RADII_M, OFF_M, RATES = (100.0, 400.0), (0.0, 150.0), (1e-5, 4e-4)
KINDS = ("checkpoint", "hunters", "hunters", "watchers", "shelling", "fire")


def run(*, quick: bool, extract: Path) -> Iterator[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    roads, rounds = read_extract(extract), QUICK if quick else FULL
    for ground in (roads, stitched(roads, junctions=JUNCTIONS)):
        yield from _columns(ground, rounds=rounds)
    rates = ("worker=100000", "join=100000")
    with house.exercise() as here, house.keeper_alone(here, rates=rates):
        from safeconduct.access import workers

        workers.take(here.tokens)
        yield from _cases(roads, rounds=rounds)


def reports_on(roads: Roads, *, count: int, seed: int) -> list[Danger]:
    """Return so many reports of all kinds, strewn beside the roads of a map by a seed."""
    from safeconduct import clock

    chance, now = np.random.default_rng(seed), clock.now()
    made = []
    for number in range(count):
        at = int(chance.integers(len(roads.shape_lat_e7)))
        kind = KINDS[chance.integers(len(KINDS))]
        made.append(
            Danger(
                ref=f"report{number:06d}",
                kind=kind,
                lat_deg=float(roads.shape_lat_e7[at]) / E7 + chance.uniform(-0.002, 0.002),
                lon_deg=float(roads.shape_lon_e7[at]) / E7 + chance.uniform(-0.002, 0.002),
                radius_m=round(chance.uniform(*RADII_M)),
                rate=chance.uniform(*RATES) * (10 if kind == "watchers" else 1),
                seen_at=now - timedelta(minutes=int(chance.integers(600))),
                half_life=timedelta(hours=int(chance.choice((2, 6, 24)))),
                uncertainty_m=round(chance.uniform(*OFF_M)),
            )
        )
    return made


def _columns(roads: Roads, *, rounds: int) -> Iterator[Figure]:
    """Measure in memory alone: all columns once, ageing them, adding one."""
    known = reports_on(roads, count=REPORTS + rounds, seed=1)
    standing, at = known[:REPORTS], known[0].seen_at

    def age(minutes: int) -> Callable[[], object]:
        return lambda: price(roads, standing, at=at + timedelta(minutes=minutes))

    def add(number: int) -> Callable[[], object]:
        return lambda: ground_of(roads).column(known[REPORTS + number].spot)

    first_ms = _cpu_ms(age(0))
    aged = [_cpu_ms(age(minute)) for minute in range(3 * rounds)]
    added = [_cpu_ms(add(number)) for number in range(rounds)]
    where = f"{roads.junctions} junctions"
    yield _limit(f"re-age {REPORTS} reports, {where}, p50", middle(aged), AGE_MS, "ms")
    yield _limit(f"re-age {REPORTS} reports, {where}, p99", share(aged, 0.99), AGE_MS, "ms")
    yield _limit(f"one report's column, {where}", middle(added), ADD_MS, "ms")
    yield Figure(
        "ways", f"re-age {REPORTS} reports, {where}, p50", middle(aged), "ms", "all their columns made anew",
        middle(aged) / first_ms, "<= 0.5",
    )  # fmt: skip


def _cases(roads: Roads, *, rounds: int) -> Iterator[Figure]:
    from safeconduct.bench import ways_cases as cases

    made = cases.fill(roads, reports_on(roads, count=REPORTS, seed=1), cases=CASES)
    own: list[float] = []
    whole, first, rest, touched = list(own), list(own), list(own), list(own)
    for number in range(rounds):
        made.report(seed=number)
        began = time.process_time()
        whole.append(_ms(made.reprice) / 1000)
        own.append(time.process_time() - began)
        touched.append(float(made.touched()))
        waiting = made.all_but_the_most_urgent()
        first.append(_ms(made.search) / 1000)
        made.due(waiting)
        rest.append(_ms(made.search) / 1000)
    yield _limit(f"{CASES} open cases priced anew and flagged", middle(whole), ALL_S, "s")
    yield _limit(
        f"{CASES} open cases priced anew and flagged, of one core", middle(own), ALL_S, "s"
    )
    yield _limit(f"{CASES} open cases priced anew and flagged, worst", max(whole), ALL_S, "s")
    yield _limit("the first new front, most urgent first", middle(first), FIRST_S, "s")
    yield _limit("the first new front, worst", max(first), FIRST_S, "s")
    each = sum(rest) / max(sum(touched) - len(touched), 1)
    yield _limit(f"each further front, {middle(touched):.0f} cases touched", each, FIRST_S, "s")


def _cpu_ms(act: Callable[[], object]) -> float:
    """Return what a call costs this process, however busy the machine is."""
    start = time.process_time()
    act()
    return 1000 * (time.process_time() - start)


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)


def _limit(metric: str, value: float, limit: float, unit: str) -> Figure:
    against = f"the {limit:g} {unit} that a planner waits"
    return Figure("ways", metric, value, unit, against, value / limit, "<= 1")
