"""Every written form is read within 10 m or refused; two libraries of others are the judges."""

from functools import cache

import mgrs
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, distance_m
from safeconduct.ways.grid import NoPlace, from_mgrs, from_sk42
from safeconduct.ways.written import Area, read_places

AREA = Area(44.0, 22.0, 52.5, 41.0)
NEAR_M = 10
ours = st.builds(Point, st.floats(44.01, 52.49), st.floats(22.01, 40.99))


@cache
def to_sk42(zone):
    """PROJ's own operation for EPSG:5044, turned round, and the zone's projection."""
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3"
        " +step +proj=cart +ellps=WGS84 +step +inv +proj=helmert +x=23.57 +y=-140.95 +z=-79.8"
        " +rx=0 +ry=-0.35 +rz=-0.79 +s=-0.22 +convention=coordinate_frame"
        " +step +inv +proj=cart +ellps=krass +step +proj=pop +v_3"
        f" +step +proj=tmerc +lon_0={6 * zone - 3} +k=1 +x_0={zone}500000 +ellps=krass"
    )


def sk42(point):
    east, north = to_sk42(int(point.lon_deg // 6) + 1).transform(point.lon_deg, point.lat_deg)
    return round(north), round(east)


def square(point, digits=5):
    return mgrs.MGRS().toMGRS(point.lat_deg, point.lon_deg, MGRSPrecision=digits)


def spaced(point):
    told = square(point)
    return f"{told[:3]} {told[3:5]} {told[5:10]} {told[10:]}"


def minutes(angle):
    return f"{int(angle)}°{angle % 1 * 60:.4f}'"


def seconds(angle, marks="°'\""):
    total = round(angle * 36000)
    return f"{total // 36000}{marks[0]}{total // 600 % 60:02}{marks[1]}{total % 600 / 10:04.1f}{marks[2]}"


FORMS = {
    "dot": lambda p: f"{p.lat_deg:.5f}, {p.lon_deg:.5f}",
    "comma": lambda p: f"{p.lat_deg:.5f} {p.lon_deg:.5f}".replace(".", ","),
    "letters": lambda p: f"N{p.lat_deg:.5f} E{p.lon_deg:.5f}",
    "labels": lambda p: f"долгота {p.lon_deg:.5f}, широта {p.lat_deg:.5f}",
    "minutes": lambda p: f"{minutes(p.lat_deg)} N {minutes(p.lon_deg)} E",
    "seconds": lambda p: f"{seconds(p.lat_deg)}N {seconds(p.lon_deg)}E",
    "seconds_ru": lambda p: f"{seconds(p.lat_deg)} с.ш., {seconds(p.lon_deg)} в.д.",
    "seconds_uk": lambda p: (
        f"{seconds(p.lat_deg, '°′″')} пн. ш. {seconds(p.lon_deg, '°′″')} сх. д."
    ),
    "seconds_words": lambda p: (
        f"{seconds(p.lat_deg, [' град ', ' мин ', ' сек'])}, {seconds(p.lon_deg, [' град ', ' мин ', ' сек'])}"
    ),
    "mgrs": square,
    "mgrs_spaced": spaced,
    "google_q": lambda p: f"https://maps.google.com/?q={p.lat_deg:.5f},{p.lon_deg:.5f}",
    "google_at": lambda p: f"https://www.google.com/maps/@{p.lat_deg:.5f},{p.lon_deg:.5f},17z",
    "google_pin": lambda p: (
        f"https://www.google.com/maps/place/x/@1.0,2.0,5z/data=!8m2!3d{p.lat_deg:.5f}!4d{p.lon_deg:.5f}"
    ),
    "yandex": lambda p: f"https://yandex.ru/maps/?ll={p.lon_deg:.5f}%2C{p.lat_deg:.5f}&z=17",
    "osm": lambda p: f"https://www.openstreetmap.org/#map=17/{p.lat_deg:.5f}/{p.lon_deg:.5f}",
    "geo": lambda p: f"geo:{p.lat_deg:.5f},{p.lon_deg:.5f}",
    "sk42": lambda p: "X={} Y={}".format(*sk42(p)),
    "sk42_named": lambda p: "СК-42 {} {}".format(*sk42(p)),
}
DECOYS = (
    *("в 18:30 или в 19.45", "https://goo.gl/maps/4Fq7xYz12345678", "+380 50 123 45 67"),
    *("наберите 5321456 7412345", "цена 12.5000 и 13.5000", "карта 4149 4390 1234 5678"),
    *("30.11.2026 или 10.12.2026", "192.168.101.100", "48 07 24 или 37 07 24", "5 рота 37 бригада"),
    *(
        "13.1234 грн, 45.1234 грн",
        "температура 36.6, потом 39.2",
        "37U AB 12",
        "X=5333132 Y=399932",
    ),
)


@settings(max_examples=20)
@given(ours)
def test_a_place_is_read_within_ten_metres_in_each_written_form(point):
    for form, write in FORMS.items():
        text = f"Мы тут: {write(point)} ждём"
        (place,) = read_places(text, area=AREA)
        assert distance_m(place.point, point) < NEAR_M, form
        assert text[place.start : place.end].strip() == place.words
        assert not place.outside


@pytest.mark.parametrize("text", DECOYS)
def test_a_clock_a_price_a_card_and_a_telephone_are_no_place(text):
    assert read_places(text, area=AREA) == []


@settings(max_examples=40)
@given(st.builds(Point, st.floats(-79, 83), st.floats(-179.9, 179.9)), st.integers(3, 5))
def test_a_square_of_the_whole_world_is_found_where_another_library_put_it(point, digits):
    told = square(point, digits)
    zone, rest = int(told[: -2 * digits - 3]), told[-2 * digits - 3 :]
    east, north = rest[3 : 3 + digits], rest[3 + digits :]
    found, side_m = from_mgrs(zone, rest[0], rest[1:3], east, north)
    assert distance_m(found, point) < side_m
    with pytest.raises(NoPlace):
        from_mgrs(zone, rest[0], "I" + rest[2], east, north)


@settings(max_examples=40)
@given(ours)
def test_old_soviet_metres_come_out_where_proj_puts_them_and_are_named(point):
    east, north = to_sk42(int(point.lon_deg // 6) + 1).transform(point.lon_deg, point.lat_deg)
    assert distance_m(from_sk42(north, east), point) < 0.01
    (place,) = read_places("X {} Y {}".format(*sk42(point)), area=AREA)
    assert "EPSG:5044" in place.datum
    assert place.error_m >= 3  # the operation's own


def test_exchanged_numbers_are_told_and_never_exchanged_in_silence():
    (place,) = read_places("37.65432, 48.12345", area=AREA)
    assert place.point == Point(37.65432, 48.12345)
    assert place.outside
    assert place.swapped == Point(48.12345, 37.65432)
    assert read_places("48.12345, 37.65432", area=AREA)[0].swapped is None


def test_what_is_written_roughly_says_how_roughly():
    found = [
        read_places(text, area=AREA)[0].error_m
        for text in (
            "48.12345, 37.65432",
            "48°07'24\"N 37°39'15\"E",
            "37U CP 998 308",
            "37U CP 99 30",
        )
    ]
    assert found == sorted(found)
    assert found[-1] > 500


def test_one_letter_alone_or_two_of_one_axis_are_refused():
    for text in ("N48.12345 37.65432E 1", "N48.12345 N37.65432", "48.12345N 37.65432N"):
        assert read_places(text, area=AREA) == []
