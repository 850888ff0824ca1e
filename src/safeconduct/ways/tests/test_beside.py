"""Landmarks beside a road become places on it, and nothing else about the road changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.beside import cut_beside
from safeconduct.ways.build import built
from safeconduct.ways.clearly import told_clearly
from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Drawn
from safeconduct.ways.extract import KINDS, MARK_KINDS
from safeconduct.ways.places import candidates, landmarks
from safeconduct.ways.route import Web, snap
from safeconduct.ways.tests.grids import NOON, at, mark, road, tangled_roads

LONG = [
    road((0, 0), (1000, 0), (2000, 0)), road((0, 0), (0, -500)), road((0, 0), (-500, 0)),
    road((2000, 0), (2000, -500)), road((2000, 0), (2500, 0)), road((0, -500), (2000, -500)),
    road((0, -500), (-500, -500)), road((2000, -500), (2500, -500)),
]  # fmt: skip


def drawn_with(pieces, marks):
    drawn = Drawn()
    for piece in pieces:
        drawn.add(piece)
    cut_beside(drawn, marks)
    return built(drawn, marks, kinds=KINDS, mark_kinds=MARK_KINDS)


def where(roads, east_m, north_m):
    point = at(east_m, north_m)
    return snap(roads, lat_deg=point.lat_deg, lon_deg=point.lon_deg)


def test_a_quarry_in_the_middle_of_a_road_is_a_place_to_which_a_way_is_told():
    roads = drawn_with(LONG, [mark("quarry", 700, 30), mark("village", 900, 200)])
    place, off_m = where(roads, 700, 0)
    assert off_m < 1
    assert landmarks(roads)[place].kind == "quarry"
    assert landmarks(roads)[place].distance_m == pytest.approx(30, abs=1)
    web = Web(roads, price(roads, [], at=NOON))
    his, team = where(roads, 0, -500)[0], where(roads, 2000, 0)[0]
    (found,) = candidates(web, his=his, team=team)
    assert (found.junction, found.ways_out, round(found.his_s)) == (place, 2, 120)
    told = told_clearly(
        roads, web.tree(his, hazard_s=0.0).way(place), language="en", place="quarry"
    )
    assert told[-1].endswith("quarry")


def test_a_landmark_at_a_junction_in_a_field_or_of_no_use_cuts_no_road():
    whole = drawn_with(LONG, [])
    at_one, afield = mark("fuel", 30, 30), mark("fuel", 700, 60)
    for each in (at_one, afield, mark("cross", 700, 20), mark("village", 700, 20)):
        assert drawn_with(LONG, [each]).segments == whole.segments
    bend = drawn_with(LONG, [mark("fuel", 1001, 20)])
    assert bend.segments == whole.segments + 1
    assert len(bend.shape_lat_e7) == len(whole.shape_lat_e7) + 1, "a drawn point serves as it is"
    both = drawn_with(LONG, [mark("fuel", 700, 20), mark("parking", 720, -20)])
    assert both.segments == whole.segments + 1, "two landmarks across the road are one place"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 400), st.lists(st.tuples(*[st.integers(0, 4000)] * 2), max_size=12))
def test_no_way_between_two_junctions_is_longer_or_slower_for_the_cuts(seed, spots):
    pieces = tangled_roads(seed)
    whole = drawn_with(pieces, [])
    cut = drawn_with(pieces, [mark("yard", *spot) for spot in spots])
    assert cut.segment_length_m.sum() == pytest.approx(whole.segment_length_m.sum())
    keys = whole.place_key.tolist()
    same = {key: n for n, key in enumerate(cut.place_key.tolist())}
    one, other = (Web(each, price(each, [], at=NOON)) for each in (whole, cut))
    before, after = one.tree(0, hazard_s=0.0), other.tree(same[keys[0]], hazard_s=0.0)
    for end, key in enumerate(keys):
        assert after.way(same[key]).time_s == pytest.approx(before.way(end).time_s)
        assert after.way(same[key]).length_m == pytest.approx(before.way(end).length_m)
    assert np.isin(list(same), keys).sum() == len(keys)
