import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, length_m
from safeconduct.ways.danger import price
from safeconduct.ways.roads import E7
from safeconduct.ways.route import (
    Web,
    front_between,
    front_in_cover_between,
    in_the_open_s,
    line_of,
    made_of,
    snap,
    three_costs,
    way_of,
    ways_between,
)
from safeconduct.ways.search import LAST, NoRoad, front, grains, graph_of, ticks
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


def costs(web, way):
    """What a way costs in whole ticks and grains, as the search counts."""
    along = list(way.edges)
    time, hazard = ticks(web.roads.time_s, web.mined), grains(web.hazard, web.mined)
    return float(time[along].sum()), float(hazard[along].sum())


def beaten_by_none(told):
    """Those of some costs that no other equals or betters in both."""
    return {a for a in told if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in told)}


kinds = st.sampled_from(("hunters", "mines"))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 500),
    st.integers(7, 9),
    st.lists(st.tuples(spots, kinds, st.integers(100, 900)), max_size=4),
)
def test_the_front_is_what_brute_force_finds_ties_and_clear_roads_and_mines_included(
    seed, corners, dangers
):
    told = tangle(seed, corners=corners)
    known = [danger(*spot, kind=kind, radius_m=radius) for spot, kind, radius in dangers]
    web = Web(told, price(told, known, at=NOON))
    for end in (told.junctions - 1, told.junctions // 2, 0):
        front = front_between(web, 0, end)
        found = [costs(web, way) for way in front]
        brute = every_way(web, 0, end)
        assert found == sorted(beaten_by_none({costs(web, way) for way in brute}))
        assert all(way.junctions[0] == 0 and way.junctions[-1] == end for way in front)
        assert {way.mined for way in front} == {all(way.mined for way in brute)}
        assert front.time_s == pytest.approx([way.time_s for way in front])
        assert front.hazard == pytest.approx([way.hazard for way in front])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.lists(st.tuples(spots, kinds), max_size=3), st.integers(0, 9))
def test_with_time_in_the_open_each_way_has_one_within_a_twentieth_of_it_in_all_three(
    seed, dangers, covered
):
    told = tangle(seed, corners=9)
    known = [danger(*spot, kind=kind) for spot, kind in dangers]
    web = Web(told, price(told, known, at=NOON))
    share = np.random.default_rng(covered).choice([0.0, 0.5, 1.0], size=told.segments)
    open_s = in_the_open_s(told, share)
    end = told.junctions - 1
    found = list(front_in_cover_between(web, 0, end, open_s=open_s, share=3.0))
    three = np.column_stack(three_costs(web, open_s))
    costs = [three[list(way.edges)].sum(axis=0) for way in found]
    brute = [three[list(way.edges)].sum(axis=0) for way in every_way(web, 0, end)]
    mined = min(cost[0] // LAST for cost in brute) * LAST
    soonest = min(cost[0] for cost in brute) - mined
    for cost in brute:
        if cost[0] - mined <= 3 * soonest:
            assert any((100 * (own - mined) <= 105 * (cost - mined)).all() for own in costs)
    for own in costs:
        assert not any((other <= own).all() and (other < own).any() for other in costs)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.lists(spots, max_size=3))
def test_the_planners_four_come_off_the_front_and_keep_their_time(seed, dangers):
    told = tangle(seed)
    web = Web(told, price(told, [danger(*spot) for spot in dangers], at=NOON))
    front = list(front_between(web, 0, told.junctions - 1))
    ways = ways_between(web, 0, told.junctions - 1)
    fastest = min(way.time_s for way in front)
    assert ways["fastest"].time_s == fastest
    assert ways["least"].hazard == min(way.hazard for way in front)
    for name, within in (("within15", 1.15), ("within30", 1.30)):
        in_time = [way.hazard for way in front if way.time_s <= fastest * within + 1e-6]
        assert ways[name].hazard == min(in_time)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.lists(spots, max_size=3), st.booleans())
def test_a_tree_finds_the_way_that_brute_force_finds_whichever_way_it_looks(seed, dangers, back):
    told = tangle(seed)
    web = Web(told, price(told, [danger(*spot) for spot in dangers], at=NOON))
    tree = web.tree(0, hazard_s=1000.0, reverse=back)
    for end in range(told.junctions):
        way = tree.way(end)
        start, there = (end, 0) if back else (0, end)
        assert (way.junctions[0], way.junctions[-1]) == (start, there)
        least = min(each.time_s + 1000 * each.hazard for each in every_way(web, start, there))
        assert way.time_s + 1000 * way.hazard == pytest.approx(least)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.lists(spots, min_size=1, max_size=3), spots)
def test_one_danger_more_never_makes_the_front_better(seed, few, more):
    told = tangle(seed)
    known = [danger(*spot) for spot in few]
    web = Web(told, price(told, known, at=NOON))
    worse = Web(told, price(told, [*known, danger(*more)], at=NOON))
    before = [costs(web, way) for way in front_between(web, 0, told.junctions - 1)]
    for time, hazard in (costs(worse, way) for way in front_between(worse, 0, told.junctions - 1)):
        assert any(t <= time and h <= hazard for t, h in before)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.lists(spots, max_size=3))
def test_where_every_road_goes_both_ways_the_way_back_has_the_same_front(seed, dangers):
    told = tangle(seed, one_way=0.0)
    web = Web(told, price(told, [danger(*spot) for spot in dangers], at=NOON))
    end = told.junctions - 1
    there, back = front_between(web, 0, end), front_between(web, end, 0)
    assert [costs(web, way) for way in there] == [costs(web, way) for way in back]


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


def test_a_ways_hazard_is_shared_out_among_the_reports_that_make_it_up():
    known = [
        danger(1500, 0, ref="near"),
        danger(1500, 700, ref="beside"),
        danger(9000, 0, ref="no"),
    ]
    web = Web(TWO_ROADS, price(TWO_ROADS, known, at=NOON))
    way = ways_between(web, HERE, THERE)["fastest"]
    shares = made_of(web, way)
    assert [report.ref for report, _share in shares] == ["near", "beside"]
    assert sum(share for _report, share in shares) == pytest.approx(1.0)
    alone = Web(TWO_ROADS, price(TWO_ROADS, known[:1], at=NOON))
    only = way_of(alone, way.edges, start=HERE)
    assert shares[0][1] == pytest.approx(only.hazard / way.hazard)
    assert made_of(Web(TWO_ROADS, price(TWO_ROADS, [], at=NOON)), way) == []


def test_a_road_of_infinite_time_is_none_and_who_has_no_other_is_told_so():
    web = Web(TWO_ROADS, price(TWO_ROADS, [], at=NOON))
    hazard = grains(web.hazard, web.mined)
    closed = np.where(web.roads.head == THERE, np.inf, ticks(web.roads.time_s, web.mined))
    with pytest.raises(NoRoad, match="this vehicle"):
        front(graph_of(TWO_ROADS), closed, hazard, start=HERE, ends=(THERE,))
    direct = web.roads.time_s == web.roads.time_s[web.roads.head == THERE].min()
    closed = np.where(direct, np.inf, ticks(web.roads.time_s, web.mined))
    found = front(graph_of(TWO_ROADS), closed, hazard, start=HERE, ends=(THERE,))
    assert len(found.at) == 2
    assert np.isfinite(closed[found.edges]).all()


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


def test_a_place_is_snapped_to_the_nearest_junction():
    beside = at(1400, 60)
    junction, off = snap(TWO_ROADS, lat_deg=beside.lat_deg, lon_deg=beside.lon_deg)
    assert junction == HERE
    assert off == pytest.approx(1401, abs=5)
