from hypothesis import given
from hypothesis import strategies as st

from safeconduct.geo import Point
from safeconduct.ways.danger import price
from safeconduct.ways.places import (
    Landmark,
    MeetingPlace,
    candidates,
    landmarks,
    rank,
    spare_for,
)
from safeconduct.ways.route import Web, snap
from safeconduct.ways.tests.grids import NOON, at, danger, mark, road, roads

COUNTRY = roads(
    *(road((x, y), (x + 1000, y)) for x in range(0, 4000, 1000) for y in range(0, 4000, 1000)),
    *(road((x, y), (x, y + 1000)) for x in range(0, 5000, 1000) for y in range(0, 3000, 1000)),
    road((0, 0), (-500, 0)), road((4000, 3000), (4500, 3000)),
    marks=[
        mark("fuel", 1010, 1000, "Зірка"), mark("church", 3000, 2020), mark("bridge", 3000, 1010),
        mark("mast", 2500, 1500), mark("village", 900, 900, "Лозна"),
    ],
)  # fmt: skip


def junction_at(east_m, north_m):
    point = at(east_m, north_m)
    return snap(COUNTRY, lat_deg=point.lat_deg, lon_deg=point.lon_deg)[0]


def seen(*dangers):
    web = Web(COUNTRY, price(COUNTRY, dangers, at=NOON))
    return candidates(web, his=junction_at(0, 0), team=junction_at(4000, 3000))


def test_a_landmark_in_a_field_is_no_place_and_a_village_is_only_a_name():
    found = landmarks(COUNTRY)
    assert {found[j].kind for j in found} == {"fuel", "church", "bridge"}
    fuel = found[junction_at(1000, 1000)]
    assert COUNTRY.name(fuel.village, "uk") == "Лозна"
    assert COUNTRY.name(fuel.name, "uk") == "Зірка"


def test_each_place_shows_both_sides_and_his_exposure():
    fuel = next(
        place for place in seen(danger(500, 1000, radius_m=100)) if place.landmark.kind == "fuel"
    )
    assert round(fuel.his_s) == 200
    assert round(fuel.team_s) == 500
    assert fuel.ways_out == 4


def test_a_burned_a_far_and_a_mined_place_are_left_out_with_their_reason():
    church, bridge = junction_at(3000, 2000), junction_at(3000, 1000)
    ranking = rank(seen(), his_limit_s=450, team_limit_s=900, barred={bridge: "burned"})
    why = {left.place.junction: left.why for left in ranking.left_out}
    assert why == {bridge: "burned", church: "far for him"}
    assert [place.landmark.kind for place in ranking.choices] == ["fuel"]
    near_team = rank(seen(), his_limit_s=900, team_limit_s=250)
    assert {left.why for left in near_team.left_out} == {"far for the team"}


def test_the_spare_lies_apart_from_the_main_place():
    choices = seen()
    main = choices[0]
    spare = spare_for(main, choices)
    assert spare is not None
    assert spare != main
    assert spare_for(main, [main]) is None


def beats(one, other):
    a, b = (
        (round(p.his_s / 60), round(p.hazard * 100), round(p.team_s / 60), -min(p.ways_out, 4))
        for p in (one, other)
    )
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


numbers = st.integers(0, 4)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=8))
def test_what_is_shown_is_beaten_by_nothing_and_what_is_left_out_by_something(values):
    mark_ = Landmark("fuel", 0, 0, 1.0)
    places = [
        MeetingPlace(n, Point(0, 0), mark_, 60 * a, b / 100, 60 * c, d, False)
        for n, (a, b, c, d) in enumerate(values)
    ]
    ranking = rank(places, his_limit_s=1e9, team_limit_s=1e9)
    assert ranking.choices
    assert not any(beats(one, other) for one in places for other in ranking.choices)
    for left in ranking.left_out:
        assert any(beats(one, left.place) for one in places)
