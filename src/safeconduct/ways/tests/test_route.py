import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, length_m
from safeconduct.ways.danger import price
from safeconduct.ways.roads import E7
from safeconduct.ways.route import Web, line_of, snap, snap_to_road, way_of, ways_between
from safeconduct.ways.tests.grids import NOON, at, danger, road, roads, tangle

spots = st.tuples(st.integers(0, 4000), st.integers(0, 4000))


def every_way(web, start, end):
    """All ways without a repeated junction, by brute force."""
    found = []
    stack: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(start, (start,), ())]
    while stack:
        here, seen, edges = stack.pop()
        if here == end:
            found.append(way_of(web, edges, start=start))
            continue
        for edge in range(int(web.roads.indptr[here]), int(web.roads.indptr[here + 1])):
            head = int(web.roads.head[edge])
            if head not in seen:
                stack.append((head, (*seen, head), (*edges, edge)))
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.lists(spots, max_size=3))
def test_the_search_finds_what_brute_force_finds(seed, dangers):
    told = tangle(seed)
    web = Web(told, price(told, [danger(*spot) for spot in dangers], at=NOON))
    end = told.junctions - 1
    ways, brute = ways_between(web, 0, end), every_way(web, 0, end)
    fastest = min(way.time_s for way in brute)
    assert ways["fastest"].time_s == pytest.approx(fastest)
    assert ways["least"].hazard == pytest.approx(min(way.hazard for way in brute), abs=1e-6)
    for name, within in (("within15", 1.15), ("within30", 1.30)):
        best = min(way.hazard for way in brute if way.time_s <= fastest * within + 1e-6)
        assert ways[name].time_s <= fastest * within + 1e-6
        assert best - 1e-9 <= ways[name].hazard <= ways["fastest"].hazard + 1e-9


@settings(deadline=None)
@given(st.integers(0, 200), st.lists(spots, min_size=1, max_size=6))
def test_no_danger_ever_leaves_him_without_a_way(seed, mines):
    told = tangle(seed)
    dangers = [danger(*spot, kind="mines", radius_m=400) for spot in mines]
    web = Web(told, price(told, dangers, at=NOON))
    for end in range(1, told.junctions):
        for way in ways_between(web, 0, end).values():
            assert way.junctions[0] == 0
            assert way.junctions[-1] == end


TWO_ROADS = roads(
    road((0, 0), (3000, 0)), road((0, 0), (1500, 2500), (3000, 0)),
    road((0, 0), (-500, 0)), road((3000, 0), (3500, 0)),
)  # fmt: skip
HERE, THERE = (
    snap(TWO_ROADS, lat_deg=at(x, 0).lat_deg, lon_deg=at(x, 0).lon_deg)[0] for x in (0, 3000)
)


def test_mined_ground_is_driven_only_where_no_other_road_leads_on():
    mines = danger(1500, 0, kind="mines", radius_m=50)
    around = ways_between(Web(TWO_ROADS, price(TWO_ROADS, [mines], at=NOON)), HERE, THERE)
    assert not any(way.mined for way in around.values())
    assert around["fastest"].length_m > 5000
    both = [mines, danger(1500, 2500, kind="mines", radius_m=50)]
    through = ways_between(Web(TWO_ROADS, price(TWO_ROADS, both, at=NOON)), HERE, THERE)
    assert all(way.mined for way in through.values())


def test_a_danger_on_the_short_road_sends_the_least_exposed_way_round():
    web = Web(TWO_ROADS, price(TWO_ROADS, [danger(1500, 0)], at=NOON))
    ways = ways_between(web, HERE, THERE)
    assert ways["fastest"].length_m < 3100
    assert ways["least"].length_m > 5000
    assert ways["within30"].edges == ways["fastest"].edges
    assert 0 < ways["fastest"].probability < 1
    assert ways["least"].probability < ways["fastest"].probability


def test_of_two_roads_between_the_same_junctions_each_is_found_by_its_own_weight():
    web = Web(TWO_ROADS, price(TWO_ROADS, [], at=NOON))
    assert len(set(ways_between(web, HERE, THERE)["fastest"].edges)) == 1


def test_a_ways_line_runs_from_its_start_to_its_end_and_is_as_long_as_it_says():
    web = Web(TWO_ROADS, price(TWO_ROADS, [danger(1500, 0)], at=NOON))
    way = ways_between(web, THERE, HERE)["least"]
    lat, lon = line_of(TWO_ROADS, way)
    line = [Point(a / E7, o / E7) for a, o in zip(lat.tolist(), lon.tolist(), strict=True)]
    assert length_m(line) == pytest.approx(way.length_m, rel=1e-3)
    assert (lat[0], lon[0]) == (
        TWO_ROADS.junction_lat_e7[THERE], TWO_ROADS.junction_lon_e7[THERE],
    )  # fmt: skip


def test_a_way_from_a_place_to_itself_is_no_way_and_no_error():
    web = Web(TWO_ROADS, price(TWO_ROADS, [], at=NOON))
    way = ways_between(web, HERE, HERE)["fastest"]
    assert (way.edges, way.time_s, way.probability) == ((), 0.0, 0.0)


def test_a_place_is_snapped_to_the_nearest_junction_and_the_nearest_road():
    beside = at(1400, 60)
    junction, off = snap(TWO_ROADS, lat_deg=beside.lat_deg, lon_deg=beside.lon_deg)
    assert junction == HERE
    assert off == pytest.approx(1401, abs=5)
    segment, off = snap_to_road(TWO_ROADS, lat_deg=beside.lat_deg, lon_deg=beside.lon_deg)
    assert off == pytest.approx(60, abs=12)
    assert np.isclose(TWO_ROADS.segment_length_m[segment], 3000, rtol=1e-3)
