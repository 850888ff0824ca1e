import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Ban
from safeconduct.ways.roads import E7
from safeconduct.ways.route import Web, snap
from safeconduct.ways.spot import leading_in, leading_on, snapped, straight
from safeconduct.ways.tests.grids import NOON, at, road, roads

LONG = roads(
    road((0, 0), (4000, 0), (4000, 4000), speed_m_s=10.0), road((0, 0), (0, 4000)),
    road((0, 4000), (4000, 4000)), road((0, 0), (-500, 0)), road((4000, 4000), (4500, 4000)),
    road((0, 4000), (-500, 4000)), road((-500, 0), (-500, 4000), one_way=True),
    road((-500, 4000), (-900, 4000)), road((-500, 0), (-900, 0)),
)  # fmt: skip


def spot_at(told, east_m, north_m):
    point = at(east_m, north_m)
    return snapped(told, lat_deg=point.lat_deg, lon_deg=point.lon_deg)


def test_a_place_beside_a_road_snaps_to_the_point_across_from_it_and_not_to_a_junction():
    spot = spot_at(LONG, 3000, 60)
    assert spot.off_m == pytest.approx(60, abs=0.5)
    assert spot.along == pytest.approx(3000 / 8000, abs=1e-3)
    ahead, back = sorted(leading_on(LONG, spot), key=lambda part: -part.length_m)
    assert (round(ahead.length_m, -1), round(back.length_m, -1)) == (5000, 3000)
    assert (round(ahead.time_s), round(back.time_s)) == (500, 300)


def test_from_a_one_way_road_one_leaves_by_one_end_and_comes_by_the_other():
    spot = spot_at(LONG, -520, 1000)
    (on,), (in_,) = leading_on(LONG, spot), leading_in(LONG, spot)
    assert (round(on.length_m, -1), round(in_.length_m, -1)) == (3000, 1000)
    assert on.junction == int(LONG.head[on.edge])
    assert in_.junction == int(LONG.tail[in_.edge])


def test_two_spots_of_one_road_are_joined_by_the_road_between_them():
    one, other = spot_at(LONG, -520, 1000), spot_at(LONG, -520, 1500)
    joined = straight(LONG, one, other)
    assert joined is not None
    assert joined.length_m == pytest.approx(500, abs=2)
    assert straight(LONG, other, one) is None
    assert straight(LONG, one, spot_at(LONG, 3000, 60)) is None


def test_who_starts_on_a_road_is_bound_by_what_may_not_follow_it():
    pieces = [
        road((0, 0), (1000, 0), way=1), road((1000, 0), (2000, 0), way=2),
        road((1000, 0), (1000, 1000), way=3), road((2000, 0), (1000, 1000), way=4),
        road((0, 0), (-300, 0), way=6), road((2000, 0), (2300, 0), way=7),
        road((1000, 1000), (1000, 1300), way=8),
    ]  # fmt: skip
    told = roads(*pieces, bans=[Ban(1, 3, via=hash((1000, 0)))])
    web = Web(told, price(told, [], at=NOON))
    point = at(1000, 1000)
    end, _off = snap(told, lat_deg=point.lat_deg, lon_deg=point.lon_deg)
    east = [part for part in leading_on(told, spot_at(told, 600, 0)) if part.length_m < 500]
    assert int(told.junction_place[east[0].junction]) != east[0].junction
    way = web.tree(east[0].junction, hazard_s=0.0).way(end)
    assert way.length_m == pytest.approx(1000 + 1000 * 2**0.5, rel=1e-3)
    from_there = web.tree(int(told.junction_place[east[0].junction]), hazard_s=0.0).way(end)
    assert from_there.length_m == pytest.approx(1000, rel=1e-3)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 5000), st.floats(0.1, 0.9))
def test_a_spot_costs_what_a_junction_there_would_cost(seed, share):
    chance = random.Random(seed)
    corners = [(chance.randrange(4000), chance.randrange(4000)) for _ in range(6)]
    ring = list(zip(corners, corners[1:] + corners[:1], strict=True))
    ring += [tuple(chance.sample(corners, 2)) for _ in range(4)]
    spurs = [road(corner, (corner[0] + 7, corner[1] + 7)) for corner in corners]
    plain = [road(a, b, speed_m_s=chance.choice((5.0, 10.0, 20.0))) for a, b in ring]
    told = roads(*plain, *spurs)
    (a, b), first = ring[0], plain[0]
    middle = tuple(round(x + share * (y - x), 3) for x, y in zip(a, b, strict=True))
    halves = [
        road(a, middle, speed_m_s=first.speed_m_s),
        road(middle, b, speed_m_s=first.speed_m_s),
    ]
    spur = road(middle, (middle[0] + 5, middle[1] - 5))
    cut = roads(*halves, spur, *plain[1:], *spurs)
    spot = spot_at(told, *middle)
    if spot.segment != int(np.flatnonzero(_is(told, a, b))[0]):
        return  # another road passes nearer
    web, brute = Web(told, price(told, [], at=NOON)), Web(cut, price(cut, [], at=NOON))
    begin = int(np.flatnonzero(cut.place_key == _key(middle))[0])
    far = brute.tree(begin, hazard_s=0.0)
    trees = [(part, web.tree(part.junction, hazard_s=0.0)) for part in leading_on(told, spot)]
    for corner in corners:
        here = int(np.flatnonzero(told.place_key == _key(corner))[0])
        there = int(np.flatnonzero(cut.place_key == _key(corner))[0])
        took = min(part.time_s + tree.way(here).time_s for part, tree in trees)
        assert took == pytest.approx(far.way(there).time_s, rel=1e-3, abs=0.02)


def _key(corner):
    point = at(*corner)
    return (round(point.lat_deg * E7) << 32) + round(point.lon_deg * E7)


def _is(told, a, b):
    ends = [int(np.flatnonzero(told.place_key == _key(corner))[0]) for corner in (a, b)]
    one = (told.segment_from == ends[0]) & (told.segment_to == ends[1])
    return one | (told.segment_from == ends[1]) & (told.segment_to == ends[0])
