"""How another's way is laid onto our roads, before it is compared with anything."""

import numpy as np
import pytest

from safeconduct.bench.ways_valhalla import Laid, joins
from safeconduct.ways.danger import price
from safeconduct.ways.route import Web, line_of, ways_between
from safeconduct.ways.tests.grids import NOON, tangle


def told(roads, way):
    """A line as a peer writes it: millionths of a degree."""
    lat, lon = line_of(roads, way)
    return np.column_stack([np.rint(lat / 10), np.rint(lon / 10)]).astype(int).tolist()


@pytest.mark.parametrize("seed", [3, 11])
def test_a_way_of_ours_written_by_another_takes_as_long_and_runs_over_as_many_roads(seed):
    roads = tangle(seed)
    way = ways_between(Web(roads, price(roads, [], at=NOON)), 0, roads.junctions - 1)["fastest"]
    route = Laid(roads).route(told(roads, way))
    assert route.time_s == pytest.approx(way.time_s, rel=2e-3)
    assert route.roads == len(way.edges)


def test_a_way_that_leaves_our_roads_is_laid_nowhere():
    roads = tangle(3)
    way = ways_between(Web(roads, price(roads, [], at=NOON)), 0, roads.junctions - 1)["fastest"]
    beside = [[lat + 500, lon] for lat, lon in told(roads, way)]
    assert Laid(roads).route(beside) is None


def test_a_way_to_another_place_than_was_asked_is_no_answer():
    line = [[47_000_000, 9_500_000], [47_100_000, 9_500_000]]
    here, there = (47.0, 9.5), (47.1, 9.5002)
    assert joins(line, (here, there))
    assert not joins(line, (here, (47.101, 9.5)))
    assert not joins(line, (there, here))
