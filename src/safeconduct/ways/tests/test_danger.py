import math
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.danger import FLOOR, NEARLY_ALL, exposure_m, price, samples, slowest_s_per_m
from safeconduct.ways.exposure import ground_of
from safeconduct.ways.route import LEAST, Web, way_of, ways_between
from safeconduct.ways.stored import Strewn, line_from
from safeconduct.ways.tests.grids import NOON, danger, road, roads, tangle


def cross(**more):
    return roads(
        road((0, 0), (10_000, 0), **more), road((10_000, 0), (0, 3000), **more),
        road((0, 3000), (0, 0), **more), road((0, 0), (-800, 0), **more),
        road((10_000, 0), (11_000, 0), **more),
    )  # fmt: skip


CROSS = cross()


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


def test_hunters_age_to_a_floor_and_a_checkpoint_does_not():
    hunters, post = danger(0, 0), danger(0, 0, kind="checkpoint")
    assert hunters.share(NOON + timedelta(hours=2)) == pytest.approx(0.5)
    assert hunters.share(NOON + timedelta(days=9)) == FLOOR
    assert hunters.share(NOON - timedelta(hours=1)) == 1.0
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
    line = line_from(CROSS, long_road())
    near = Strewn([danger(5000, 200), danger(5000, -1200)]).nearest_m(line)
    assert near[0] == pytest.approx(200, abs=1)
    assert math.isinf(near[1])


def long_road():
    segment = CROSS.segment_length_m.round().tolist().index(10_000)
    edge = np.flatnonzero((CROSS.segment == segment) & CROSS.forward)[0]
    web = Web(CROSS, price(CROSS, [], at=NOON))
    return way_of(web, [int(edge)], start=int(CROSS.tail[edge]))


def test_a_place_told_give_or_take_costs_what_it_costs_on_the_mean_of_all_places_it_may_be():
    vague = danger(5000, 0, uncertainty_m=400)
    chance = np.random.default_rng(11)
    where = chance.normal(scale=400, size=(800, 2))
    told = [danger(5000 + east, north) for east, north in where]
    mean = exposure_m(CROSS, told).toarray().mean(axis=1)
    priced = exposure_m(CROSS, [vague]).toarray()[:, 0] * vague.amplitude
    assert priced.max() == pytest.approx(mean.max(), rel=0.1)
    hazards = exposure_m(CROSS, told).toarray().max(axis=0) * vague.rate
    assert -math.expm1(-priced.max() * vague.rate) >= np.mean(-np.expm1(-hazards)) * 0.9


def test_mines_told_give_or_take_wall_off_nearly_all_places_where_they_may_lie():
    mines = danger(5000, 500, kind="mines", radius_m=40, uncertainty_m=200)
    assert mines.wall_m == pytest.approx(40 + NEARLY_ALL * 200)
    assert price(CROSS, [mines], at=NOON).mined.sum() == 1
    assert not price(CROSS, [danger(5000, 500, kind="mines", radius_m=40)], at=NOON).mined.any()


def test_a_curfew_counts_only_where_the_way_may_be_driven_in_its_hours():
    zone = ZoneInfo("Europe/Kyiv")
    curfew = danger(0, 0, kind="curfew", hours=(time(22), time(5)), zone=zone)
    noon = datetime(2026, 11, 22, 12, tzinfo=zone).astimezone(UTC)
    for hours, counts in ((0, 0), (9, 0), (10, 1), (16, 1), (18, 0), (24, 0)):
        drive = (noon + timedelta(hours=hours), noon + timedelta(hours=hours, minutes=30))
        assert curfew.share(noon, drive) == counts
    # one moment of the drive in it is enough: the worst hour counts for the whole drive
    assert curfew.share(noon, (noon, noon + timedelta(hours=10))) == 1
    assert curfew.share(noon) == 1  # not known when: then it counts


def test_watchers_harm_by_the_second_and_hunters_by_the_metre():
    slow, fast = (cross(speed_m_s=speed) for speed in (5.0, 20.0))
    for kind, ratio in (("watchers", 4.0), ("hunters", 1.0)):
        there = [danger(5000, 0, kind=kind, rate=1e-4)]
        one, other = (price(each, there, at=NOON).per_segment().max() for each in (slow, fast))
        assert one / other == pytest.approx(ratio, rel=1e-3)
    assert slowest_s_per_m(slow).max() == pytest.approx(0.2, rel=1e-3)


def test_a_grade_is_shown_and_makes_no_report_cheaper():
    assert danger(0, 0, grade="E5").counted(NOON) == danger(0, 0, grade="A1").counted(NOON)
    with pytest.raises(ValueError, match="A1 to F6"):
        danger(0, 0, grade="Z1")


def test_a_report_more_makes_no_other_column_anew():
    ground, first = ground_of(CROSS), danger(5000, 0)
    exposure_m(CROSS, [first])
    kept = ground.columns[first.spot]
    price(CROSS, [first, danger(2000, 10, radius_m=10)], at=NOON + timedelta(hours=3))
    assert ground.columns[first.spot] is kept


spots = st.tuples(st.integers(-500, 4500), st.integers(-500, 4500))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.lists(spots, max_size=4), spots)
def test_one_more_danger_never_makes_the_least_exposed_way_less_exposed(seed, before, more):
    told = tangle(seed)
    few = [danger(*spot) for spot in before]
    fewer = Web(told, price(told, few, at=NOON))
    more_of_it = Web(told, price(told, [*few, danger(*more)], at=NOON))
    end = told.junctions - 1
    after, then = (web.tree(0, hazard_s=LEAST).way(end).hazard for web in (more_of_it, fewer))
    assert after >= then - 1e-6


kinds = st.sampled_from(("hunters", "checkpoint", "watchers", "mines"))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.lists(st.tuples(kinds, spots, st.integers(0, 300)), max_size=5))
def test_a_stored_way_costs_what_it_costs_on_the_map(seed, told):
    country = tangle(seed)
    there = [danger(*spot, kind=kind, uncertainty_m=off) for kind, spot, off in told]
    web = Web(country, price(country, there, at=NOON))
    way = ways_between(web, 0, country.junctions - 1)["fastest"]
    cost = Strewn(there).cost(line_from(country, way), at=NOON)
    assert cost.hazard.sum() <= way.hazard + 1e-6  # by segments the slower direction counts
    if not any(kind == "watchers" for kind, _spot, _off in told):
        assert cost.hazard.sum() == pytest.approx(way.hazard, abs=1e-6, rel=1e-3)
    assert cost.mined.any() == way.mined
