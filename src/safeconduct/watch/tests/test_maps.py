"""What a map says raises alarms and ends none but its own; silence of a map is bad news like any other."""

from dataclasses import replace
from datetime import timedelta

from safeconduct.geo import moved
from safeconduct.watch.known import Maps, Unit
from safeconduct.watch.tests.test_alerts import LIMITS, NOON, ROUTE, START, fix, watch

FAR = moved(START, east_m=900, north_m=0)


def keys(second, maps, **more):
    route = replace(ROUTE, maps=maps, met_at=START, **more)
    found = watch(route, [], now=NOON + timedelta(seconds=second), limits=LIMITS)
    return {alert.key for alert in found} - {"SILENT", "STOPPED"}


def at(second):
    return NOON + timedelta(seconds=second)


def test_a_map_server_that_answers_nothing_for_a_minute_is_an_alarm_until_it_answers():
    assert keys(59, Maps(since=NOON)) == set()
    assert keys(60, Maps(since=NOON)) == {"MAP_SILENT"}
    assert keys(100, Maps(since=NOON, answered_at=at(39))) == {"MAP_SILENT"}
    assert keys(100, Maps(since=NOON, answered_at=at(90))) == set()
    assert keys(1000, None) == set()  # nothing stands there


def test_an_area_that_nobody_acknowledged_there_is_an_alarm_and_one_of_before_counts_for_nothing():
    shown = Maps(since=NOON, answered_at=at(600), area_told_at=NOON)
    assert keys(599, shown) == set()
    assert keys(600, shown) == {"AREA_UNHEARD"}
    assert keys(600, replace(shown, area_word_at=at(-1))) == {"AREA_UNHEARD"}
    assert keys(600, replace(shown, area_word_at=at(5))) == set()


def test_a_stop_that_the_maps_do_not_have_within_five_seconds_is_an_alarm():
    stopped = Maps(since=NOON, answered_at=NOON, stopped_at=NOON)
    assert keys(4, stopped) == set()
    assert keys(5, stopped) == {"STOP_UNREACHED"}
    assert keys(5, replace(stopped, stop_shown_at=at(4))) == set()


def test_a_unit_that_says_it_is_ready_and_is_shown_elsewhere_is_an_alarm_and_no_word_on_readiness():
    away = Maps(since=NOON, answered_at=NOON, unit=(FAR, NOON))
    ready, not_ready = Unit(NOON, ready=True), Unit(NOON, ready=False)
    assert keys(1, away, unit=ready) == {"UNIT_AWAY"}
    assert keys(1, away, unit=None) == set()
    assert keys(1, away, unit=not_ready) == {"UNIT"}  # its own word, which no map takes back
    there = replace(away, unit=(START, NOON))
    assert keys(1, there, unit=not_ready) == {"UNIT"}
    assert keys(1, there, unit=ready) == set()


def test_a_command_that_brings_no_motion_is_an_alarm_of_the_pilots_until_the_aircraft_moves():
    flying = replace(ROUTE, aircraft=True)

    def ignored(*fixes, standing=()):
        found = watch(flying, fixes, now=at(3), limits=LIMITS, standing=standing)
        return [(a.key, a.owner, a.measured) for a in found if a.key == "IGNORED"]

    told = fix(1, 0, subject="aircraft:1", satellites=10, ignored_s=6)
    moves = fix(2, 0, subject="aircraft:1", satellites=10)
    doubtful = fix(2, 0, subject="aircraft:1", satellites=2)
    assert ignored(moves) == []
    assert ignored(told) == [("IGNORED", "PIL", 6)]
    assert ignored(told, moves, standing={"IGNORED"}) == []
    assert ignored(told, doubtful, standing={"IGNORED"}) == [("IGNORED", "PIL", 0)]
