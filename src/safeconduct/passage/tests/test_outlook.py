"""Which places the page proposes first: those that could be approved, and then the soonest."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from safeconduct.geo import Point
from safeconduct.passage.outlook import Outlook, Request, look
from safeconduct.refusal import Refused
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.drawn import Facts
from safeconduct.ways.places import Landmark, MeetingPlace, Ranking
from safeconduct.ways.roads import E7
from safeconduct.ways.route import Web
from safeconduct.ways.tests.grids import NOON, at, mark, road, roads

MILL = Landmark("mill", 0, 0, 20.0)
SPOKES = roads(*(road((0, 0), (1000 * n, 500), ids=(0, n)) for n in range(1, 5)))
WEB = Web(SPOKES, price(SPOKES, [], at=NOON))  # he starts at the hub: no two ways share a road
REQUEST = Request(0, 0, 0, 0, 1, "car", "ru", 5400, 5400)


def place(junction, *, minutes, hazard, north_km):
    point = Point(48.0 + north_km / 111.2, 35.0)
    return MeetingPlace(junction, point, MILL, minutes * 60.0, hazard, 60.0, 3, mined=False)


def outlook(*places):
    return Outlook(WEB, REQUEST, 0, 0.0, places, Ranking(places, ()))


def proposed(found, *, most_p_milli=150):
    letters = found.main(most_p_milli=most_p_milli), found.spare(most_p_milli=most_p_milli)
    return [letter and letter.junction for letter in letters]


def test_a_place_that_would_be_refused_is_not_proposed_while_two_others_are_within_the_limit():
    behind_the_checkpoint = place(1, minutes=5, hazard=0.8, north_km=0)
    round_it = place(2, minutes=9, hazard=0.05, north_km=3)
    further = place(3, minutes=14, hazard=0.02, north_km=6)
    far_and_exposed = place(4, minutes=30, hazard=0.7, north_km=20)
    found = outlook(behind_the_checkpoint, round_it, further, far_and_exposed)
    assert proposed(found) == [2, 3]
    assert proposed(found, most_p_milli=900) == [1, 4]


def test_without_two_places_within_the_limit_the_page_still_proposes_what_there_is():
    exposed, also = (
        place(1, minutes=5, hazard=0.8, north_km=0),
        place(2, minutes=9, hazard=0.9, north_km=3),
    )
    assert proposed(outlook(exposed, also)) == [1, 2]
    quiet = place(3, minutes=20, hazard=0.01, north_km=9)
    assert proposed(outlook(exposed, also, quiet)) == [3, 1]
    assert proposed(outlook()) == [None, None]


def test_a_curfew_on_his_way_closes_its_hours_and_one_elsewhere_does_not():
    far_spoke = place(4, minutes=60, hazard=0.0, north_km=9)
    open_ = outlook(far_spoke).hours_at(far_spoke, stay=None, now=NOON)
    found = {}
    for where, lat in (("on it", 48.05), ("elsewhere", 10.0)):
        all_day = Danger(
            "c", "curfew", lat, 35.0, 500.0, 0.0, NOON, timedelta(days=1), hours=(time(0), time(0))
        )
        web = Web(SPOKES, price(SPOKES, [all_day], at=NOON))
        start = replace(REQUEST, his_lat_e7=480000000, his_lon_e7=350000000)
        held = replace(outlook(far_spoke), web=web, request=start)
        found[where] = held.hours_at(far_spoke, stay=None, now=NOON)
    assert found["on it"].why == "curfew"
    assert found["elsewhere"] == open_
    assert open_.spans


def by(vehicle, weakest=0):
    """Two banks; a church on the far one, by a bridge of so many kilograms, or a long way round."""
    told = roads(
        road((0, 0), (0, 1000), facts=Facts(weight_kg=weakest)), road((0, 0), (4000, 0)),
        road((4000, 0), (4000, 1000)), road((4000, 1000), (0, 1000)), road((0, 0), (-500, 0)),
        road((0, 1000), (-500, 1000)), road((4000, 0), (4500, 0)), road((4000, 1000), (4500, 1000)),
        marks=[mark("church", 0, 1010), mark("fuel", 4000, 1010)],
    )  # fmt: skip
    his, team = at(0, 0), at(4000, 0)
    ends = [round(degrees * E7) for p in (his, team) for degrees in (p.lat_deg, p.lon_deg)]
    request = Request(*ends, 1, vehicle, "ru", 5400, 5400)
    found = look(told, request, [], now=NOON)
    return {place.landmark.kind: place for place in found.places}, found


def test_who_drives_a_tank_is_led_round_a_bridge_of_ten_tonnes_and_the_unit_comes_across_it():
    light, _found = by("car", weakest=10_000)
    heavy, found = by("tank", weakest=10_000)
    assert light["church"].his_s < 150
    assert heavy["church"].his_s > 700
    assert heavy["church"].team_s == light["church"].team_s
    assert heavy["fuel"].out_s == light["fuel"].out_s
    assert found.web.roads.vehicle == "tracked"
    assert by("tank", weakest=50_000)[0]["church"].his_s < 200
    assert by("on foot")[0]["church"].his_s == pytest.approx(1000 / 4.5 * 3.6, rel=0.01)


def test_where_no_road_carries_his_vehicle_the_planner_is_told_so():
    told = roads(*(
        road((0, 0), (1000 * n, 500), facts=Facts(weight_kg=10_000)) for n in range(1, 5)
    ))  # fmt: skip
    with pytest.raises(Refused, match="carry his vehicle"):
        look(told, replace(REQUEST, vehicle="lorry"), [], now=NOON)
