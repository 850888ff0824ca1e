"""Ways through towns drawn by seed: carriageways, slip roads, narrow forks; all who are told arrive."""

import pytest

from safeconduct.exercise.sent import shares, trips
from safeconduct.ways.danger import price
from safeconduct.ways.route import Web
from safeconduct.ways.tests.grids import NOON
from safeconduct.ways.tests.town import town

TRIPS, LEAST_TOLD = 40, 0.8


@pytest.mark.parametrize("seed", [2, 3])
def test_through_a_town_most_are_told_and_all_who_are_told_arrive(seed):
    roads = town(seed)
    drawn = list(trips(Web(roads, price(roads, [], at=NOON)), TRIPS, language="uk", seed=seed))
    found = shares(drawn)
    assert found["told"] >= LEAST_TOLD
    assert found["arrive"] == 1.0, [(trip.lost, trip.texts) for trip in drawn if trip.lost]
