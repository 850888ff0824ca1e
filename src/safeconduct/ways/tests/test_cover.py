"""What of a road lies in woods or between houses, and the way that is least in the open."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.cover import covered
from safeconduct.ways.danger import price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.roads import metres
from safeconduct.ways.route import Web, most_covered_between, open_time_s, snap
from safeconduct.ways.tests.grids import NOON, ORIGIN, at, danger, e7, road, roads, tangle
from safeconduct.ways.tests.test_extract import NODES, SQUARE


def ring(*corners):
    return np.array([e7(at(*corner)) for corner in (*corners, corners[0])], dtype=np.int64)


def square(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


ACROSS = roads(
    road((0, 0), (1000, 0)), road((1000, 0), (1000, 400)), road((0, 0), (-60, 0)),
    road((1000, 0), (1050, 0)), road((0, 0), (0, -60)),
)  # fmt: skip


def share_of(areas, *, length_m):
    at_m = int(np.abs(ACROSS.segment_length_m - length_m).argmin())
    return float(covered(ACROSS, areas)[at_m])


def test_of_a_road_through_a_wood_with_a_clearing_the_clearing_lies_open():
    wood, clearing = square(200, -300, 800, 300), square(400, -100, 500, 100)
    assert share_of([[wood]], length_m=1000) == pytest.approx(0.6, abs=0.03)
    assert share_of([[wood, clearing]], length_m=1000) == pytest.approx(0.5, abs=0.03)
    town = square(700, -300, 900, 300)
    assert share_of([[wood, clearing], [town]], length_m=1000) == pytest.approx(0.6, abs=0.03)
    assert share_of([[wood]], length_m=400) == 0
    assert not covered(ACROSS, []).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(3, 9), st.integers(100, 2500))
def test_a_wood_round_a_middle_covers_the_points_that_lie_within_it(seed, corners, radius_m):
    told, chance = tangle(seed), np.random.default_rng(seed)
    reach = radius_m * chance.uniform(0.3, 1.0, corners)
    turn = np.arange(corners) * 2 * math.pi / corners
    corner = np.column_stack([2000 + reach * np.cos(turn), 2000 + reach * np.sin(turn)])
    found = covered(told, [[ring(*map(tuple, corner))]])
    flat = metres(told.shape_lat_e7, told.shape_lon_e7, at_lat_deg=ORIGIN.lat_deg)
    begin = metres(*np.array([e7(ORIGIN)]).T, at_lat_deg=ORIGIN.lat_deg)
    for segment in range(told.segments):
        shape = (flat - begin)[told.shape_at[segment] : told.shape_at[segment + 1]]
        along = np.linspace(0, 1, 200, endpoint=False) + 1 / 400
        points = np.concatenate([a + along[:, None] * (b - a) for a, b in pairwise(shape)])
        long_m = np.repeat(np.hypot(*np.diff(shape, axis=0).T), len(along))
        by = points - 2000
        turned = np.arctan2(by[:, 1], by[:, 0]) % (2 * math.pi)
        piece = np.minimum(turned / (2 * math.pi / corners), corners - 1).astype(int)
        a, b = corner[piece], corner[(piece + 1) % corners]
        outside = (b[:, 0] - a[:, 0]) * (points[:, 1] - a[:, 1])
        within = outside - (b[:, 1] - a[:, 1]) * (points[:, 0] - a[:, 0]) >= 0
        share = np.average(within, weights=long_m)
        steps = max(told.segment_length_m[segment] / 25, 1)
        assert found[segment] == pytest.approx(share, abs=(corners + 1) / steps + 0.02)


def with_areas(path, *areas):
    """SQUARE and closed ways about it, by their tags."""
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        far = {6: (-0.01, -0.01), 7: (0.005, -0.01), 8: (0.005, 0.02), 9: (-0.01, 0.02)}
        for number, (lon, lat) in (NODES | far).items():
            out.add_node(osmium.osm.mutable.Node(id=number, version=1, location=(lon, lat)))
        for number, (ids, tags) in enumerate(SQUARE, start=1):
            out.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=ids, tags=tags))
        for number, tags in enumerate(areas, start=50):
            out.add_way(
                osmium.osm.mutable.Way(id=number, version=1, nodes=[6, 7, 8, 9, 6], tags=tags)
            )
    return path


def test_woods_and_houses_are_read_with_the_roads_and_a_map_without_any_says_so(tmp_path):
    for tags in ({"landuse": "forest"}, {"natural": "wood"}, {"landuse": "residential"}):
        told = read_extract(with_areas(tmp_path / "a.osm.pbf", tags))
        assert told.knows_cover
        hidden = (told.segment_cover * told.segment_length_m).sum() / told.segment_length_m.sum()
        assert hidden == pytest.approx(0.5, abs=0.05)
        assert told.afoot.segment_cover.any()
    bare = read_extract(with_areas(tmp_path / "b.osm.pbf", {"landuse": "meadow"}))
    assert not bare.knows_cover
    assert not bare.segment_cover.any()


def test_the_way_that_is_least_in_the_open_keeps_to_time_and_to_the_limit_of_danger():
    bare = roads(
        road((0, 0), (2000, 0)), road((0, 0), (0, 250)), road((0, 250), (2000, 250)),
        road((2000, 250), (2000, 0)), road((0, 0), (-300, 0)), road((2000, 0), (2300, 0)),
        road((0, 250), (-300, 250)), road((2000, 250), (2300, 250)),
    )  # fmt: skip
    told = replace(bare, segment_cover=covered(bare, [[square(-100, 125, 2100, 900)]]))
    ends = [snap(told, lat_deg=p.lat_deg, lon_deg=p.lon_deg)[0] for p in (at(0, 0), at(2000, 0))]

    def taken(*known, within):
        way = most_covered_between(
            Web(told, price(told, known, at=NOON)), *ends, most_hazard=within
        )
        return round(way.time_s, -1), round(open_time_s(told, way), -1)

    by_the_wood, straight = (250, 20), (200, 200)
    in_it, beside_it = (danger(1000, north, radius_m=30) for north in (250, 0))
    assert taken(within=0.1) == by_the_wood
    assert taken(in_it, within=1.0) == by_the_wood
    assert taken(in_it, within=0.01) == straight
    assert taken(in_it, beside_it, within=0.001) in {by_the_wood, straight}, "never none"
