import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.danger import FLOOR, exposure_m, nearest_m, price, samples
from safeconduct.ways.route import Web, ways_between
from safeconduct.ways.tests.grids import NOON, danger, road, roads, tangle

CROSS = roads(
    road((0, 0), (10_000, 0)), road((10_000, 0), (0, 3000)), road((0, 3000), (0, 0)),
    road((0, 0), (-800, 0)), road((10_000, 0), (11_000, 0)),
)  # fmt: skip


def test_a_road_straight_past_a_danger_gathers_the_gaussians_integral():
    exposure = exposure_m(CROSS, [danger(5000, 0, radius_m=300)]).toarray()[:, 0]
    whole = 300 * math.sqrt(2 * math.pi)  # ∫ exp(−x² / 2r²) dx over the whole line
    assert exposure.max() == pytest.approx(whole, rel=0.005)


def test_a_road_beyond_three_and_a_half_radii_gathers_nothing():
    assert exposure_m(CROSS, [danger(5000, -1200, radius_m=300)]).nnz == 0
    assert exposure_m(CROSS, [danger(5000, -900, radius_m=300)]).nnz > 0


def test_samples_cover_the_whole_length_in_steps_that_are_short_enough():
    for step in (30.0, 100.0):
        segment, _lat, _lon, length = samples(CROSS, step_m=step)
        assert length.max() <= step
        summed = np.bincount(segment, weights=length)
        assert np.allclose(summed, CROSS.segment_length_m, rtol=2e-3)


def test_a_patrol_ages_to_a_floor_and_a_checkpoint_does_not():
    patrol, post = danger(0, 0), danger(0, 0, kind="checkpoint")
    assert patrol.share(NOON + timedelta(hours=2)) == pytest.approx(0.5)
    assert patrol.share(NOON + timedelta(days=9)) == FLOOR
    assert patrol.share(NOON - timedelta(hours=1)) == 1.0
    assert post.share(NOON + timedelta(days=9)) == 1.0


def test_only_mines_close_a_road():
    assert price(CROSS, [danger(5000, 20, kind="mines", radius_m=40)], at=NOON).mined.sum() == 1
    assert not price(CROSS, [danger(5000, 20, kind="checkpoint")], at=NOON).mined.any()


def test_a_report_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="one of"):
        danger(0, 0, kind="bad weather")
    with pytest.raises(ValueError, match="above 0"):
        danger(0, 0, radius_m=0)


def test_how_near_a_way_comes_is_measured_along_the_road_and_not_at_its_corners():
    segment = int(CROSS.segment_length_m.round().tolist().index(10_000))
    lat, lon = CROSS.shape(segment)
    assert nearest_m(lat, lon, danger(5000, 200)) == pytest.approx(200, abs=10)


spots = st.tuples(st.integers(-500, 4500), st.integers(-500, 4500))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.lists(spots, max_size=4), spots)
def test_one_more_danger_never_makes_the_least_exposed_way_less_exposed(seed, before, more):
    told = tangle(seed)
    few = [danger(*spot) for spot in before]
    fewer = Web(told, price(told, few, at=NOON))
    more_of_it = Web(told, price(told, [*few, danger(*more)], at=NOON))
    end = told.junctions - 1
    assert (
        ways_between(more_of_it, 0, end)["least"].hazard
        >= ways_between(fewer, 0, end)["least"].hazard - 1e-6
    )
