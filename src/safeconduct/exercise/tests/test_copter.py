"""Each row of what a real autopilot was seen to do (design/escort.md 6), by the exercise's own; no socket."""

import math

import pytest

from safeconduct.exercise.copter import AUTO, FOLLOW, GUIDED, LAND, RTL, Copter
from safeconduct.exercise.keepout import Item, KeepOut
from safeconduct.exercise.parameters import PARAMETERS
from safeconduct.exercise.weather import Weather
from safeconduct.geo import Point, distance_m, moved

HOME = Point(51.0, 34.0)
DEFAULT = {"WPNAV_SPEED": 1000.0}  # ArduCopter's own; a plain aircraft of the exercise has 1500


def at(east_m, north_m=0.0):
    return moved(HOME, east_m=east_m, north_m=north_m)


def item(command, place, *, first=0.0, height_m=0.0):
    e7 = round(place.lat_deg * 1e7), round(place.lon_deg * 1e7)
    return Item(command, (first, 0.0, 0.0, 0.0), *e7, height_m, 3)


def square(half_m, command=5001):
    corners = ((-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m))
    return KeepOut([item(command, at(*corner), first=4.0) for corner in corners])


def run(craft, seconds, *, until=lambda _craft: False, beats=True):
    """Let it fly on; return how long until it came true."""
    began = craft.at_s
    while craft.at_s - began < seconds - 0.05 and not until(craft):
        if beats:
            craft.beat(link_s=craft.at_s)
        craft.step(craft.at_s + 0.11, link_s=craft.at_s)
    return craft.at_s - began


def aloft(*, height_m=40.0, fence=None, weather=None, **params):
    craft = Copter(HOME, {**PARAMETERS, **DEFAULT, **params}, weather or Weather())
    craft.fence = fence or KeepOut()
    run(craft, 60, until=lambda each: each.placed)
    assert craft.set_mode(GUIDED)
    assert craft.arm(on=True)
    assert craft.take_off(height_m)
    run(craft, 90, until=lambda each: each.frame.height_m > height_m - 0.5)
    return craft


def test_it_knows_where_it_is_after_38_seconds_and_is_armed_no_sooner():
    craft = Copter(HOME, dict(PARAMETERS))
    assert not craft.arm(on=True)
    assert not craft.set_mode(GUIDED)
    assert 38 <= run(craft, 60, until=lambda each: each.placed) <= 39.5
    assert craft.set_mode(GUIDED)
    assert craft.arm(on=True)
    assert not craft.take_off(0)


def test_it_takes_off_to_40_metres_in_20_seconds():
    craft = Copter(HOME, {**PARAMETERS, **DEFAULT})
    run(craft, 39)
    assert not craft.take_off(40)  # neither armed nor guided
    craft.set_mode(GUIDED)
    craft.arm(on=True)
    assert craft.take_off(40)
    assert run(craft, 60, until=lambda each: each.frame.height_m > 39.5) == pytest.approx(
        20, rel=0.2
    )


def test_it_goes_158_metres_in_19_and_a_half_seconds_and_is_down_at_home_65_after_it_was_called_back():
    craft = aloft()
    assert craft.reposition(at(158), height_m=40)
    there = run(craft, 60, until=lambda each: each.frame.away_m(158, 0) < 1)
    assert there == pytest.approx(19.5, rel=0.2)
    run(craft, 5)
    craft.set_mode(RTL)
    assert run(craft, 200, until=lambda each: not each.flying) == pytest.approx(65, rel=0.2)
    assert craft.frame.away_m(0, 0) < 2


def test_landing_and_disarming_from_40_metres_takes_55_seconds():
    craft = aloft()
    craft.set_mode(LAND)
    assert run(craft, 200, until=lambda each: not each.armed) == pytest.approx(55, rel=0.2)


def test_when_its_pilots_station_falls_silent_it_returns_within_five_seconds_and_says_so():
    craft = aloft()
    run(craft, 5)
    assert craft.mode == GUIDED
    silent = run(craft, 30, until=lambda each: each.mode == RTL, beats=False)
    assert silent == pytest.approx(4.3, rel=0.2)
    assert craft.texts[-1][1] == "GCS Failsafe"
    without = aloft(FS_GCS_ENABLE=0.0)
    run(without, 30, beats=False)
    assert without.mode == GUIDED


def test_a_low_battery_brings_it_home_after_its_timer():
    craft = aloft(BATT_LOW_VOLT=11.5)
    craft.frame.held_v = 11.0
    low = run(craft, 30, until=lambda each: each.mode == RTL)
    assert low == pytest.approx(3.3, rel=0.2)
    assert craft.texts[-1][1] == "Battery Failsafe"


def test_outside_its_fence_a_target_is_ignored_in_silence_and_a_reposition_refused():
    craft = aloft(fence=square(200))
    before, texts = craft.place, list(craft.texts)
    craft.target(at(400), height_m=40, velocity=(0, 0, 0))
    run(craft, 60)
    assert distance_m(craft.place, before) < 0.5
    assert craft.texts == texts
    assert not craft.reposition(at(400), height_m=40)
    assert not craft.reposition(at(100), height_m=130)  # above FENCE_ALT_MAX
    craft.target(at(100), height_m=40, velocity=(0, 0, 0))
    run(craft, 30)
    assert distance_m(craft.place, at(100)) < 2
    assert craft.reposition(at(-100), height_m=40)
    off = aloft(fence=square(200), FENCE_ENABLE=0.0)
    assert off.reposition(at(400), height_m=40)


def test_pushed_out_of_its_fence_by_a_velocity_it_returns_and_says_so():
    craft, out = aloft(fence=square(200)), 0.0
    while craft.mode == GUIDED and craft.at_s < 300:
        craft.drift(8.0, 0.0, 0.0)
        run(craft, 1)
    while craft.frame.east_m_s > 0:
        run(craft, 0.2)
        out = max(out, craft.frame.east_m - 200)
    assert (craft.mode, craft.breached, craft.breaches) == (RTL, True, 1)
    assert craft.texts[-1][1] == "Polygon fence breached"
    assert 15 < out < 60  # seen: about 45 m when it was read
    run(craft, 60)
    assert not craft.breached


def test_a_velocity_that_is_not_repeated_ends_after_three_seconds():
    craft = aloft()
    craft.drift(5.0, 0.0, 0.0)
    run(craft, 3)
    assert craft.frame.speed_m_s > 4
    run(craft, 4)
    assert craft.frame.speed_m_s < 0.2


def followed(craft, *, speed_m_s, seconds, tell):
    """Follow somebody eastward at 60 m stand-off, told each second; return the errors after a while."""
    errors = []
    for second in range(seconds):
        tell(craft, at(speed_m_s * second + 60))
        run(craft, 1)
        errors.append(abs(craft.frame.east_m - speed_m_s * (second + 1) - 60))
    return errors[20:]


def reposition(craft, place):
    craft.reposition(place, height_m=40)


def along(craft, place):
    craft.target(place, height_m=40, velocity=(8.0, 0.0, 0.0))


def test_at_ten_metres_a_second_by_its_default_speed_it_falls_behind_and_at_eight_it_keeps_up():
    behind = followed(aloft(), speed_m_s=10, seconds=240, tell=reposition)
    assert behind[-1] > behind[len(behind) // 2] > behind[0]
    assert behind[-1] > 100
    keeps = followed(aloft(WPNAV_SPEED=1500.0), speed_m_s=8, seconds=240, tell=along)
    assert sum(keeps) / len(keeps) < 12
    assert max(keeps) < 31
    slowed = followed(
        aloft(WPNAV_SPEED=1500.0, weather=Weather(wind_m_s=12, from_deg=90)),
        speed_m_s=8, seconds=120, tell=along,
    )  # fmt: skip
    assert slowed[-1] > 150  # through 18 m/s of air it makes 6 against such a wind


def test_its_own_follow_keeps_with_him_at_eight_metres_a_second():
    craft = aloft(WPNAV_SPEED=1500.0, FOLL_ENABLE=1.0, FOLL_OFS_X=0.0, FOLL_OFS_Y=60.0)
    assert craft.set_mode(FOLLOW)
    errors = followed(craft, speed_m_s=8, seconds=120,
                      tell=lambda each, place: each.see_him(moved(place, east_m=-60, north_m=0), (8.0, 0.0)))  # fmt: skip
    assert sum(errors) / len(errors) == pytest.approx(6.0, abs=6.0)
    assert max(errors) < 24
    assert not aloft(FOLL_ENABLE=0.0).set_mode(FOLLOW)


def test_a_mission_is_flown_item_by_item_and_ends_at_home():
    craft = aloft()
    craft.mission = [
        item(16, HOME), item(16, at(60), height_m=30), item(178, HOME),
        item(16, at(60, 60), first=3, height_m=30), item(20, HOME),
    ]  # fmt: skip
    assert craft.set_mode(AUTO)
    run(craft, 100, until=lambda each: each.current >= 3)
    assert craft.frame.away_m(60, 0) < 5
    run(craft, 100, until=lambda each: each.mode == RTL)
    run(craft, 200, until=lambda each: not each.armed)
    assert not craft.armed


def test_an_exclusion_and_a_circle_bar_and_a_polygon_that_lost_a_corner_is_none():
    fence = KeepOut([*square(300).items, *square(50, 5002).items, item(5003, HOME, first=200)])
    assert not fence.holds(at(10))
    assert fence.holds(at(120))
    assert not fence.holds(at(250))
    with pytest.raises(ValueError, match="corners"):
        KeepOut(square(300).items[:3])


def test_its_battery_falls_faster_the_faster_it_flies_and_wind_moves_no_aircraft_that_holds():
    still, windy = aloft(), aloft(weather=Weather(wind_m_s=8, from_deg=270))
    for craft in (still, windy):
        run(craft, 300)
        assert craft.frame.away_m(0, 0) < 1
    assert windy.frame.charge < still.frame.charge < 1
    assert math.isclose(Weather(wind_m_s=5, from_deg=90).wind(0)[0], -5)
    gusty = Weather(wind_m_s=5, gusts_m_s=3, seed=4)
    assert len({gusty.wind(second) for second in range(0, 60, 5)}) > 5
    assert gusty.wind(7) == Weather(wind_m_s=5, gusts_m_s=3, seed=4).wind(7)
    with pytest.raises(ValueError, match="'rain'"):
        gusty.obey({"rain": 1})
