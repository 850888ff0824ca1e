"""What a tired person types into one field is understood, or refused with why; never guessed."""

import mgrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, distance_m
from safeconduct.refusal import Refused
from safeconduct.ways import coordinates
from safeconduct.ways.coordinates import every_form, plus_code, understood
from safeconduct.ways.grid import to_mgrs
from safeconduct.ways.written import Area, read_places

HERE = Point(43.5012, 33.9021)
MAP = Area(43.2, 33.5, 43.8, 34.3)
# As fine as a map's own numbers: nearer than that to a zone's edge the other library rounds across it.
anywhere = st.builds(
    lambda lat_e7, lon_e7: Point(lat_e7 / 10**7, lon_e7 / 10**7),
    st.integers(-799 * 10**6, 839 * 10**6),
    st.integers(-1799 * 10**6, 1799 * 10**6),
)

WRITTEN = (
    *("43.5012, 33.9021", "43.5012 33.9021", "43.5012,33.9021", " 43.50120;33.90210 "),
    *("43,5012 33,9021", "43,5012, 33,9021", "43,5012,33,9021", "43,5012; 33,9021"),
    *("43.5012° 33.9021°", "N43.5012 E33.9021", "43.5012N, 33.9021E", "lat 43.5012 lon 33.9021"),
    *("43°30'04.3\"N 33°54'07.6\"E", "43°30'04,3\"С 33°54'07,6\"В", "43 30 04.3 N 33 54 07.6 E"),
    *("43°30′04.3″ с. ш. 33°54′07.6″ в. д.", "43°30′04,3″ пн. ш., 33°54′07,6″ сх. д."),
    *("43 град 30 мин 04,3 сек с.ш. 33 град 54 мин 07,6 сек в.д.", "E33°54.126' N43°30.072'"),
    *("36TWP72921686", "36T WP 7292 1686", "36т Wр 7292 1686", "8GMMGW22+FR", "8gммgw22+fr"),
    *("GW22+FR", "GW22+FR Заречье", "https://osm.org/?mlat=43.5012&mlon=33.9021"),
)
REFUSED = {
    "": "empty",
    "   ": "empty",
    "where he was yesterday": "unread",
    "Заречье": "unread",
    "43.7011": "unread",
    "43.7011, 33.9021, 12": "unread",
    "43,5012": "one_or_two",
    "43 33": "rough",
    "133.9021, 43.5012": "beyond",
    "43.5012, 533.9": "beyond",
    "33.9021, 43.5012": "exchanged",
    "N43.5012 E33.9021 or N43.6012 E33.8021": "many",
    "61T WP 7292 1686": "unread",
    "36T IP 7292 1686": "unread",
    "8GMMGW22+FA": "unread",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_each_way_of_writing_it_is_this_place(text):
    found = understood(text, near=HERE, area=MAP)
    assert distance_m(found.point, HERE) <= found.error_m + 1
    assert found.error_m < 20


@pytest.mark.parametrize("text", REFUSED)
def test_what_names_no_place_or_two_is_refused_and_says_why_without_repeating_it(text):
    with pytest.raises(Refused) as refused:
        understood(text, near=HERE, area=MAP)
    refusal = refused.value.refusal
    assert refusal.code == f"place.{REFUSED[text]}"
    assert refusal.remedy
    assert not text.strip() or text.strip() not in str(refusal)


def test_a_short_plus_code_is_short_for_a_place_on_the_map_alone():
    assert understood("GW22+FR", near=HERE) == understood(plus_code(HERE))
    assert distance_m(understood("GW22+FR", near=Point(50.0, 20.0)).point, HERE) > 100_000
    with pytest.raises(Refused, match="no map"):
        understood("GW22+FR")


def test_numbers_are_asked_about_only_where_the_other_order_lies_on_the_map():
    off = understood("43.5012, 12.3456", area=MAP)
    assert off.point == Point(43.5012, 12.3456)
    assert understood("33.9021, 43.5012").point == Point(33.9021, 43.5012)


@settings(max_examples=60)
@given(anywhere)
def test_what_we_write_we_read_back_in_each_form(point):
    for name, text in every_form(point).items():
        found = understood(text)
        assert distance_m(found.point, point) <= found.error_m + 1, name
        assert found.error_m <= 20, name


@settings(max_examples=60)
@given(anywhere)
def test_our_squares_are_those_of_another_library(point):
    told = mgrs.MGRS().toMGRS(point.lat_deg, point.lon_deg).zfill(15)
    zone, square, *ours = to_mgrs(point).split()
    assert zone + square == told[:5]
    for number, theirs in zip(ours, (told[5:10], told[10:]), strict=True):
        assert (
            abs(int(number) - int(theirs)) <= 1
        )  # a place on a metre's line is cut to either side
    assert coordinates.mgrs(point, digits=2).split() == [zone, square, *(n[:2] for n in ours)]


def test_near_a_pole_there_is_no_square_and_the_other_forms_remain():
    assert set(every_form(Point(86.0, 10.0))) == {"decimal", "marked", "plus"}


@pytest.mark.parametrize("text", ["36T WP 7292 1686", "36TWP 72926 16863"])
def test_a_square_in_two_halves_is_not_read_as_a_larger_one(text):
    (place,) = read_places(text)
    assert place.error_m < 10
