"""Ways of a real country told in three texts, and followed by men who get nothing else."""

import os
from pathlib import Path

import pytest

from safeconduct.exercise.sent import shares, trips
from safeconduct.ways.danger import price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.route import Web
from safeconduct.ways.tests.grids import NOON

pytestmark = pytest.mark.real
SHARED = Path(
    os.environ.get("SAFECONDUCT_SHARED", Path(__file__).parents[4].parent / "shared/data")
)
TRIPS, LEAST_TOLD = 60, 0.7  # the whole figure: docs/decisions/0119-telling-the-way.md


def test_most_ways_to_a_place_that_may_be_offered_are_told_and_all_who_are_told_arrive():
    roads = read_extract(SHARED / "osm" / "liechtenstein-2022.osm.pbf")
    web = Web(roads, price(roads, [], at=NOON))
    drawn = list(trips(web, TRIPS, language="ru", offered=True))
    found = shares(drawn)
    assert found["told"] >= LEAST_TOLD
    assert found["arrive"] == 1.0, [(trip.lost, trip.texts) for trip in drawn if trip.lost]
    assert found["swapped noticed"] >= 0.9
    assert found["miscount noticed"] >= 0.9
