"""Fifty open passages with plans, and five hundred reports, sealed in compartments at the real keeper.

By the door of the product each would take a man's whole way from his first text; here their rows are
written as the actions write them, and everything that is measured is done by the actions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from safeconduct import clock
from safeconduct.access import client, keyring, workers
from safeconduct.access.keyring import DANGERS, Keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.envelope import canonical
from safeconduct.passage import actions, dangers, queries, reports
from safeconduct.passage.actions.repricing import begin_pricing
from safeconduct.passage.models import DangerReport, Passage, Plan, Repricing
from safeconduct.passage.rules import State
from safeconduct.programme import load
from safeconduct.refs import new_ref
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Web, line_of, snap, ways_between
from safeconduct.ways.stored import seconds_along

FAR_M, NEAR_M = 15_000.0, 3_000.0  # how far a way leads, as the crow flies
STATES = (State.AGREED, State.OFFERED, State.OPEN, State.DRAFT)
M_A_DEGREE = 111_195.0


@dataclass
class Made:
    """What was filled, and what is done to it."""

    who: WorkerId
    keys: Keyring
    roads: Roads
    lines: list[list[list[int]]]

    def report(self, *, seed: int) -> None:
        """Report one more danger in the middle of somebody's way, as a planner's action writes it."""
        line = self.lines[seed % len(self.lines)]
        lat_e7, lon_e7 = line[len(line) // 2]
        told = {
            "kind": "hunters", "lat_e7": lat_e7, "lon_e7": lon_e7, "uncertainty_m": 100,
            "radius_m": 500, "rate_e9": 100_000, "seen_at": int(clock.now().timestamp()),
            "half_life_s": 7200, "source": "own", "grade": "B2",
        }  # fmt: skip
        put_report(self.keys, told)

    def reprice(self) -> None:
        """Do what the worker does once it is woken."""
        while actions.reprice(self.who, profile=load.current(), now=clock.now()):
            pass

    def search(self) -> None:
        """Do what the other loop does."""
        actions.search_anew(self.who, roads=self.roads, now=clock.now())

    def touched(self) -> int:
        """Return how many plans are to be searched anew."""
        return Repricing.objects.filter(front_due=True).count()

    def all_but_the_most_urgent(self) -> list[int]:
        """Set all but the most urgent aside, so that the first front is timed by itself."""
        waiting = [plan.repricing.pk for plan in dangers.fronts_due(now=clock.now())[1:]]
        Repricing.objects.filter(pk__in=waiting).update(front_due=False)
        return waiting

    def due(self, waiting: Sequence[int]) -> None:
        """Make those due again."""
        Repricing.objects.filter(pk__in=waiting).update(front_due=True)


def put_report(keys: Keyring, told: dict[str, Any]) -> None:
    """Write down one report."""
    ref = new_ref()
    box = dangers.sealed(keys, told, ref=ref)
    DangerReport.objects.create(ref=ref, content=box, made_by="PER:bench", made_at=clock.now())


def fill(roads: Roads, known: Sequence[Danger], *, cases: int) -> Made:
    """Write reports, and so many open passages with a plan each."""
    who = workers.me(Purpose.CLOCKS)
    places = client.create(workers.me(Purpose.INGEST), count=cases)
    keys = keyring.open_fields(who, Purpose.CLOCKS, [DANGERS, *places], ["pos"])
    for each in known:
        put_report(keys, reports.plain(each))
    standing = dangers.to_price_with(who, keys=keys)
    web = Web(roads, price(roads, standing, at=clock.now()))
    chance = np.random.default_rng(cases)
    made = Made(who, keys, roads, [])
    for number, compartment in enumerate(places):
        content = _content(web, chance, standing)
        made.lines.append(content["ways"]["A"]["line_e7"])
        _put(keys, compartment, content, standing, state=STATES[number % len(STATES)])
    return made


def _put(
    keys: Keyring, compartment: str, content: Any, standing: Sequence[Danger], *, state: State
) -> None:
    now, ref = clock.now(), new_ref()
    passage = Passage(
        case_ref=new_ref(), person_ref=new_ref(), compartment=compartment, opened_by="PER:bench",
        opened_at=now,
    )  # fmt: skip

    def seal(text: str | bytes, field: str, row: str) -> bytes:
        return keys.seal(text, field=field, kind="pos", compartment=compartment, ref=row)

    passage.request = seal("{}", queries.REQUEST, passage.ref)
    passage.save()
    told = state in {State.AGREED, State.OFFERED}
    plan = Plan.objects.create(
        ref=ref, passage=passage, number=1, state=state, digest=bytes(32), language="ru",
        content=seal(canonical(content), queries.CONTENT, ref),
        made_by="PER:bench", made_at=now, approved_at=now if state != State.DRAFT else None,
        offered_at=now if told else None, agreed_at=now if state == State.AGREED else None,
    )  # fmt: skip
    begin_pricing(plan, content, standing, keys)


def _content(web: Web, chance: np.random.Generator, standing: Sequence[Danger]) -> dict[str, Any]:
    start, a, b = _ends(web.roads, chance)
    ways = {letter: _way(web, start, end) for letter, end in (("A", a), ("B", b))}
    places = {letter: _place(web.roads, end) for letter, end in (("A", a), ("B", b))}
    near = reports.near(
        standing, reports.ground_of({"ways": ways, "places": places}), within_m=2000
    )
    return {
        "start_e7": [int(web.roads.junction_lat_e7[start]), int(web.roads.junction_lon_e7[start])],
        "driven": [],
        "ways": ways,
        "places": places,
        "dangers": [reports.snapshot(each, now=clock.now()) for each in near],
    }


def _ends(roads: Roads, chance: np.random.Generator) -> tuple[int, int, int]:
    start = int(chance.integers(roads.junctions))
    lat, lon = (float(each[start]) / E7 for each in (roads.junction_lat_e7, roads.junction_lon_e7))
    found: list[int] = []
    while len(found) < 2:  # noqa: PLR2004  main and spare
        away = chance.uniform(NEAR_M, FAR_M) / M_A_DEGREE
        end, _off_m = snap(
            roads,
            lat_deg=lat + chance.uniform(-away, away),
            lon_deg=lon + chance.uniform(-away, away),
        )
        if end != start and end not in found:
            found.append(end)
    return start, found[0], found[1]


def _way(web: Web, start: int, end: int) -> dict[str, Any]:
    way = ways_between(web, start, end)["within30"]
    lat, lon = line_of(web.roads, way)
    return {
        "line_e7": [list(pair) for pair in zip(lat.tolist(), lon.tolist(), strict=True)],
        "at_ms": [round(second * 1000) for second in seconds_along(web.roads, way).tolist()],
        "p_milli": -int(-way.probability * 1000 // 1),
        "time_s": round(way.time_s),
        "switches": [],
    }


def _place(roads: Roads, junction: int) -> dict[str, int]:
    return {
        "lat_e7": int(roads.junction_lat_e7[junction]),
        "lon_e7": int(roads.junction_lon_e7[junction]),
    }
