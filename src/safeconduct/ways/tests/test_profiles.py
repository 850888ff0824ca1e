from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Facts
from safeconduct.ways.profiles import (
    CAR,
    FOOT,
    LORRY,
    TRACKED,
    Profile,
    allowed,
    for_vehicle,
    not_told,
    sized,
)
from safeconduct.ways.roads import VEHICLES, WrongMap
from safeconduct.ways.route import Web, snap
from safeconduct.ways.tests.grids import NOON, at, road, roads, tangle

MUD = Facts(surface=4)
NO_LORRY = Facts(closed=1 << VEHICLES.index("lorry"))


def river(short):
    """Two banks: a short bridge with these facts, and a long way round by a bridge nobody told of."""
    return roads(
        road((0, 0), (0, 1000), facts=short), road((0, 0), (4000, 0), speed_m_s=20.0),
        road((4000, 0), (4000, 1000), facts=Facts(bridge=True)), road((4000, 1000), (0, 1000)),
        road((0, 0), (-500, 0)), road((0, 1000), (-500, 1000)),
        road((4000, 0), (4500, 0)), road((4000, 1000), (4500, 1000)),
    )  # fmt: skip


def across(told):
    web = Web(told, price(told, [], at=NOON))
    ends = [snap(told, lat_deg=p.lat_deg, lon_deg=p.lon_deg)[0] for p in (at(0, 0), at(0, 1000))]
    return web.tree(ends[0], hazard_s=0.0).way(ends[1])


def test_a_tank_does_not_cross_a_bridge_of_ten_tonnes_and_a_car_does():
    told = river(Facts(bridge=True, weight_kg=10_000))
    assert across(told).length_m == pytest.approx(1000, rel=0.01)
    assert across(for_vehicle(told, TRACKED)).length_m == pytest.approx(9000, rel=0.01)
    light = sized(TRACKED, weight_kg=9_000, width_mm=2_900)
    assert across(for_vehicle(told, light)).length_m == pytest.approx(1000, rel=0.01)


@pytest.mark.parametrize(
    "facts", [Facts(width_mm=3_000), Facts(height_mm=2_500), Facts(weight_kg=20_000)]
)
def test_nor_does_it_take_a_road_narrower_lower_or_weaker_than_itself(facts):
    assert across(for_vehicle(river(facts), TRACKED)).length_m > 8_000
    assert across(for_vehicle(river(facts), CAR)).length_m < 1_100


def test_a_road_closed_to_lorries_is_closed_to_them_alone():
    told = river(NO_LORRY)
    assert across(for_vehicle(told, LORRY)).length_m > 8_000
    assert across(for_vehicle(told, TRACKED)).length_m < 1_100


def test_what_nobody_told_stops_nobody_and_is_counted():
    told = for_vehicle(river(Facts(bridge=True, weight_kg=10_000)), TRACKED)
    way = across(told)
    assert not_told(told, way.edges).bridges == 1
    assert not_told(told, way.edges).width_m == pytest.approx(way.length_m)
    told = river(Facts(bridge=True, weight_kg=10_000, width_mm=5_000))
    assert not_told(told, across(told).edges) == not_told(told, [])


def test_the_tightest_limit_of_a_road_holds_for_the_whole_of_it():
    bridge = Facts(bridge=True, weight_kg=10_000)
    told = roads(
        road((0, 0), (0, 400)), road((0, 400), (0, 500), facts=bridge), road((0, 500), (0, 1000)),
        road((0, 0), (900, 500)), road((900, 500), (0, 1000)), road((0, 0), (-500, 0)),
        road((0, 1000), (-500, 1000)),
    )  # fmt: skip
    assert sorted(told.segment_weight_kg.tolist()) == [0, 0, 0, 10_000]
    crossed = int(told.segment_weight_kg.argmax())
    assert not allowed(told, TRACKED)[crossed]
    assert told.segment_untold_width_m[crossed] == pytest.approx(told.segment_length_m[crossed])


def test_on_mud_a_lorry_is_slower_than_on_tar_and_never_faster_than_a_car():
    told = roads(
        road((0, 0), (1000, 0), facts=MUD, speed_m_s=30.0), road((0, 0), (0, 1000), speed_m_s=30.0),
        road((1000, 0), (0, 1000), speed_m_s=2.0), road((0, 0), (-500, 0)),
        road((1000, 0), (1500, 0)),
    )  # fmt: skip
    lorry = for_vehicle(told, LORRY)
    muddy = told.segment_surface[lorry.segment] == 4
    assert set(lorry.time_s[muddy].round()) == {450.0}
    assert (lorry.time_s >= told.time_s).all()


def test_the_car_is_what_the_map_holds_and_a_foot_needs_footpaths():
    told = tangle(3)
    assert for_vehicle(told, CAR) is told
    with pytest.raises(WrongMap, match="footpaths"):
        for_vehicle(told, FOOT)
    paths = replace(tangle(4), vehicle="foot")
    walked = for_vehicle(replace(told, afoot=paths), FOOT)
    assert np.array_equal(walked.place_key, paths.place_key)
    assert (walked.time_s >= paths.time_s).all()


def test_whoever_drives_names_the_same_version_of_the_map():
    told = replace(river(Facts(weight_kg=10_000)), afoot=replace(tangle(4), vehicle="foot"))
    for profile in (CAR, LORRY, TRACKED, FOOT):
        part = for_vehicle(told, profile)
        assert (part.vehicle, part.version) == (profile.vehicle, told.version)
    assert for_vehicle(told, TRACKED).digest != told.digest


def test_the_same_place_is_known_on_the_map_of_every_vehicle():
    told = river(Facts(weight_kg=10_000))
    tracked = for_vehicle(told, TRACKED)
    _keys, ours, theirs = np.intersect1d(told.place_key, tracked.place_key, return_indices=True)
    assert len(ours) == tracked.places
    assert np.array_equal(told.junction_lat_e7[ours], tracked.junction_lat_e7[theirs])


def test_a_profile_has_a_speed_above_nothing_for_every_surface():
    with pytest.raises(ValueError, match="above 0"):
        Profile("car", 0, 0, 0, (1.0, 2.0))
    with pytest.raises(ValueError, match="one of"):
        Profile("bicycle", 0, 0, 0, (1.0,) * 5)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 300), st.lists(st.integers(0, 50_000), min_size=30, max_size=30))
def test_whoever_weighs_more_may_use_no_road_that_who_weighs_less_may_not(seed, weights):
    told = tangle(seed)
    limits = np.array(weights[: told.segments], dtype=np.int32)
    bound = replace(told, segment_weight_kg=limits)
    light = sized(TRACKED, weight_kg=5_000, width_mm=0)
    for heavier in (10_000, 46_000):
        heavy = sized(TRACKED, weight_kg=heavier, width_mm=0)
        assert not (allowed(bound, heavy) & ~allowed(bound, light)).any()
        try:
            part = for_vehicle(bound, heavy)
        except WrongMap:
            continue
        web = Web(part, price(part, [], at=NOON))
        for end in range(part.places):
            way = web.tree(0, hazard_s=0.0).way(end)
            assert allowed(bound, heavy)[part.segment[list(way.edges)]].all()
