"""Metres on the ground, against the sphere and against geometry that is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import geo
from safeconduct.geo import Point

KYIV, PARIS = Point(50.4501, 30.5234), Point(48.8566, 2.3522)
NEAR = st.builds(
    lambda e, n: geo.moved(KYIV, east_m=e, north_m=n),
    st.floats(-20_000, 20_000),
    st.floats(-20_000, 20_000),
)


def test_kyiv_to_paris_is_what_the_sphere_says():
    assert geo.distance_m(KYIV, PARIS) == pytest.approx(2_023_000, rel=0.01)


def test_a_place_that_is_none_is_refused():
    with pytest.raises(ValueError, match="latitude"):
        Point(95.0, 30.0)


@given(NEAR, NEAR)
def test_distance_is_the_same_both_ways_and_local_metres_agree_within_a_percent(a, b):
    assert geo.distance_m(a, b) == pytest.approx(geo.distance_m(b, a))
    assert math.hypot(*geo.local_m(b, origin=a)) == pytest.approx(
        geo.distance_m(a, b), rel=0.01, abs=1
    )


def test_north_is_zero_degrees_and_east_ninety():
    assert geo.bearing_deg(KYIV, geo.moved(KYIV, east_m=0, north_m=100)) == pytest.approx(
        0, abs=0.01
    )
    assert geo.bearing_deg(KYIV, geo.moved(KYIV, east_m=100, north_m=0)) == pytest.approx(
        90, abs=0.01
    )


LINE = [KYIV, geo.moved(KYIV, east_m=1000, north_m=0), geo.moved(KYIV, east_m=1000, north_m=500)]


def test_the_foot_of_a_point_is_how_far_along_and_how_far_beside():
    foot = geo.foot_on_line(geo.moved(KYIV, east_m=400, north_m=30), LINE)
    assert foot.along_m == pytest.approx(400, rel=0.01)
    assert foot.beside_m == pytest.approx(30, rel=0.01)
    assert geo.length_m(LINE) == pytest.approx(1500, rel=0.01)


def test_a_line_of_one_point_is_refused():
    with pytest.raises(ValueError, match="two points"):
        geo.foot_on_line(KYIV, [KYIV])


@given(st.floats(-900, 900), st.floats(-900, 900))
def test_inside_agrees_with_a_square_that_is_known(east, north):
    ring = [
        geo.moved(KYIV, east_m=e, north_m=n)
        for e, n in ((-500, -500), (500, -500), (500, 500), (-500, 500))
    ]
    point = geo.moved(KYIV, east_m=east, north_m=north)
    if abs(abs(east) - 500) > 1 and abs(abs(north) - 500) > 1:
        assert geo.inside(point, ring) == (abs(east) < 500 and abs(north) < 500)
