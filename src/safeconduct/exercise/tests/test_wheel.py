"""The man of an exercise drives where his texts lead, leg by leg, and says so when they lead nowhere."""

from datetime import datetime, timedelta

import pytest

from safeconduct.exercise.fleet import Fleet, Stuck
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.wheel import Wheel, legs_in
from safeconduct.geo import Point, distance_m
from safeconduct.ways.danger import price
from safeconduct.ways.plain import plain_told
from safeconduct.ways.route import Web, line_of, snap
from safeconduct.ways.tests.grids import NOON, at, mark, road, roads

# North, right at the third road, left at the church, and on to the end.
LAND = roads(
    *(road((0, y), (0, y + 400)) for y in range(0, 1600, 400)),
    *(road((0, y), (500, y)) for y in range(400, 1600, 400)),
    road((500, 1200), (500, 1700)), road((500, 1200), (1100, 1200)), road((0, 0), (-300, 0)),
    road((500, 1700), (900, 1700)), road((500, 1700), (100, 1700)),
    marks=[mark("church", 505, 1205, "")],
)  # fmt: skip
START, PLACE = at(0, 0), at(500, 1700)


def told():
    web = Web(LAND, price(LAND, [], at=NOON))
    ends = (snap(LAND, lat_deg=p.lat_deg, lon_deg=p.lon_deg)[0] for p in (START, PLACE))
    return plain_told(web, *ends, language="ru", place="мост")


def at_the_wheel(texts):
    return Wheel(LAND, lambda: texts, start=START, language="ru")


def same(one, other):
    return distance_m(one, other) < 1.0


def test_with_every_text_he_drives_the_way_they_were_made_for():
    way, texts = told()
    wheel = at_the_wheel(["Добрый день", *texts])
    lat, lon = line_of(LAND, way)
    drawn = [Point(north / 1e7, east / 1e7) for north, east in zip(lat, lon, strict=True)]
    assert len(wheel.line()) == len(drawn)
    assert all(same(*pair) for pair in zip(wheel.line(), drawn, strict=True))
    assert not wheel.lost


def test_before_the_next_text_he_comes_no_further_than_he_was_told():
    _way, (steps, place) = told()
    right, rest = steps.removeprefix("1) ").split("\n", 1)
    phone = [f"1) {right}"]
    wheel = at_the_wheel(phone)
    first = list(wheel.line())
    assert not wheel.lost
    assert not same(first[-1], PLACE)
    vehicle = Vehicle(first, speed_m_s=50.0, leads=wheel.line)
    vehicle.obey({"does": "go"})
    now = datetime.fromisoformat("2026-06-01T12:00:00+00:00")
    for _ in range(5):
        now += timedelta(seconds=50)
        stands = vehicle.where(now)
    assert same(stands, first[-1])
    phone += [f"2) {rest}", place.replace("2) ", "3) ")]
    for _ in range(5):
        now += timedelta(seconds=50)
        stands = vehicle.where(now)
    assert same(stands, PLACE)


def test_who_is_told_what_no_road_does_is_lost_and_the_exercise_is_stuck():
    _way, texts = told()
    wrong = [text.replace("право", "лево") for text in texts]
    assert wrong != texts
    wheel = at_the_wheel(wrong)
    wheel.line()
    assert "roads by" in wheel.lost
    fleet = Fleet.__new__(Fleet)
    fleet._wheels = [wheel]
    with pytest.raises(Stuck, match="lost on the way"):
        fleet.insist_he_knows()
    fleet._wheels = [at_the_wheel(texts)]
    fleet.insist_he_knows()


def test_legs_are_read_in_order_and_a_new_way_begins_anew():
    assert legs_in(["2) b", "hello", "1) a", "1) a"]) == ["1) a", "2) b"]
    assert legs_in(["1) a", "3) c"]) == ["1) a"]
    assert legs_in(["1) a", "2) b", "1) c"]) == ["1) c"]
    assert legs_in([]) == []
