"""Ways across a country: at each price the best there is, as our own search finds it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways import country
from safeconduct.ways.danger import price
from safeconduct.ways.far import far
from safeconduct.ways.route import Web, front_between
from safeconduct.ways.tests.grids import NOON, danger, tangle

DANGERS = [danger(1500, 1500), danger(2500, 800, kind="mines", radius_m=100.0)]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_at_each_price_the_hierarchy_finds_what_our_own_search_does(seed, pick):
    told = tangle(seed)
    web = Web(told, price(told, DANGERS, at=NOON))
    start, end = pick % told.places, (pick // 7) % told.places
    found = country.ways_across(web, start, end)
    front = front_between(web, start, end)
    assert found[0].time_s == pytest.approx(front.time_s.min(), abs=0.01)
    for hazard_s in country.PRICES_S[:3]:
        best = web.tree(start, hazard_s=hazard_s).way(end)
        got = far(told).weighed(country.priced(web, hazard_s)).way(start, end)
        assert got is not None
        own = best.time_s + hazard_s * best.hazard
        if not best.mined:
            assert got[0] == pytest.approx(own, abs=0.001 * (len(best.edges) + 1))
    assert [way.time_s for way in found] == sorted(way.time_s for way in found)
    assert all(a.hazard > b.hazard for a, b in pairwise(found))
    assert found[-1].hazard <= front.hazard.min() + found[-1].time_s / country.PRICES_S[-1] + 0.001


def test_near_places_and_small_maps_are_asked_of_the_exact_search():
    small = tangle(3)
    assert not country.is_far(small, 200_000.0)
    assert np.isfinite(country.priced(Web(small, price(small, [], at=NOON)), 600.0)).all()
