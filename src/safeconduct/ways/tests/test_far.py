"""The country's hierarchy against our own Dijkstra; what is kept beside a map, and what is not used."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.danger import price
from safeconduct.ways.far import STAMP, far
from safeconduct.ways.roads import WrongMap
from safeconduct.ways.route import Web
from safeconduct.ways.tests.grids import NOON, road, roads, tangle
from safeconduct.ways.tests.test_turns import bound_tangle


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_what_the_hierarchy_finds_is_what_dijkstra_finds_banned_turns_and_all(seed):
    pieces, bans = bound_tangle(seed)
    try:
        told = roads(*pieces, bans=bans)
    except WrongMap:
        return
    web, weighed = Web(told, price(told, [], at=NOON)), far(told).weighed(told.time_s)
    every = list(range(told.places))
    for start in every[:3]:
        tree = web.tree(start, hazard_s=0.0)
        for end in every:
            least = tree.way(end).time_s
            found = weighed.way(start, end)
            assert found is not None
            time_s, edges = found
            assert time_s == pytest.approx(least, abs=0.0006 * (1 + len(edges)))
            assert told.time_s[list(edges)].sum() == pytest.approx(time_s, abs=0.0006 * 20)
            _drives(told, edges, start=start, end=end)


def _drives(told, edges, *, start, end):
    here = start
    for edge in edges:
        assert int(told.tail[edge]) == here
        here = int(told.head[edge])
    assert int(told.junction_place[here]) == end


def test_a_new_price_is_the_one_that_counts_and_a_closed_road_is_not_taken():
    told = tangle(5)
    weighed = far(told).weighed(told.time_s)
    end = told.places - 1
    found = weighed.way(0, end)
    assert found is not None
    weighed.again(told.time_s * 3)
    slow = weighed.way(0, end)
    assert slow is not None
    assert slow[0] == pytest.approx(3 * found[0], abs=0.05)
    closed = np.where(np.isin(told.segment, told.segment[list(found[1])]), np.inf, told.time_s)
    weighed.again(closed)
    other = weighed.way(0, end)
    assert other is None or not set(other[1]) & set(found[1])
    weighed.again(np.full(told.edges, np.inf))
    assert weighed.way(0, end) is None


def test_a_price_below_nothing_is_refused():
    told = tangle(5)
    with pytest.raises(ValueError, match="at least 0"):
        far(told).weighed(-told.time_s)
    with pytest.raises(ValueError, match="24 days"):
        far(told).weighed(told.time_s + 1e8)


def test_the_order_is_kept_beside_the_map_and_one_of_another_map_is_made_anew(tmp_path):
    beside = tmp_path / "roads" / "a.far"
    told, other = tangle(5), tangle(6)
    first = far(told, beside=beside).weighed(told.time_s).way(0, told.places - 1)
    kept = (beside / "order").stat().st_mtime_ns
    again = far(told, beside=beside).weighed(told.time_s).way(0, told.places - 1)
    assert (beside / "order").stat().st_mtime_ns == kept
    assert again == first
    anew = far(other, beside=beside).weighed(other.time_s).way(0, other.places - 1)
    assert anew == far(other).weighed(other.time_s).way(0, other.places - 1)
    assert [path.name for path in beside.parent.iterdir()] == ["a.far"]
    assert (beside / STAMP).is_file()


def test_a_loop_is_on_no_way_and_does_no_harm():
    told = roads(
        road((0, 0), (1000, 0)), road((1000, 0), (1500, 500), (1500, -500), (1000, 0)),
        road((0, 0), (-900, 0)), road((0, 0), (0, 900)),
    )  # fmt: skip
    weighed = far(told).weighed(told.time_s)
    for end in range(1, told.places):
        assert weighed.way(0, end) is not None
