"""Alerts over tracks: each cause beside the drive that must not raise it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from safeconduct.envelope import Position
from safeconduct.geo import Point, moved
from safeconduct.watch.alerts import watch
from safeconduct.watch.known import OWNERS, Cause, Checkpoint, Contact, Hold, Limits, Route
from safeconduct.watch.relay import Times

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = Point(51.0, 34.0)
LIMITS = Limits(
    silent_amber=timedelta(seconds=15),
    silent=timedelta(seconds=30),
    aircraft_silent=timedelta(seconds=5),
    stopped=timedelta(seconds=40),
    stopped_m=25,
    off_route=timedelta(seconds=5),
    off_route_m=75,
    off_route_clear=timedelta(seconds=10),
    off_route_clear_m=40,
    wrong_way_m=100,
    closing=timedelta(seconds=180),
    closing_m=150,
    contact_old=timedelta(seconds=60),
    link_weak=timedelta(seconds=10),
    keep_up=timedelta(seconds=10),
    keep_up_m=100,
    stand_off_m=60,
    light=timedelta(minutes=30),
    unit_word=timedelta(hours=1),
    flight=timedelta(minutes=60),
    relay=Times(prepare_s=120, transit_s=300, overlap_s=60, return_s=300, land_s=60, reserve_s=300),
)
LINE = (START, moved(START, east_m=3000, north_m=0))
ROUTE = Route(line=LINE, since=NOON)


def fix(second, east, north=0.0, subject="vehicle", **health):
    point = moved(START, east_m=east, north_m=north)
    at = NOON + timedelta(seconds=second)
    return Position(
        route="mavlink",
        arrival=0,
        subject=subject,
        source="tracker",
        fixed_at=at,
        received_at=at,
        lat_e7=round(point.lat_deg * 1e7),
        lon_e7=round(point.lon_deg * 1e7),
        alt_mm=0,
        speed_mm_s=0,
        heading_cdeg=0,
        health=health,
    )


def drive(seconds, speed=8.0, begin=0, east=0.0, north=0.0, **health):
    return [fix(begin + s, east + s * speed, north, **health) for s in range(seconds)]


def causes(route, track, second, standing=()):
    now = NOON + timedelta(seconds=second)
    return {a.key for a in watch(route, track, now=now, limits=LIMITS, standing=standing)}


def test_a_steady_drive_on_the_way_raises_nothing():
    assert causes(ROUTE, drive(120), 119.5) == set()


def test_silence_is_amber_at_fifteen_seconds_and_grave_at_thirty():
    track = drive(60)
    assert causes(ROUTE, track, 73) == set()
    amber = watch(ROUTE, track, now=NOON + timedelta(seconds=74), limits=LIMITS)
    assert [(a.key, a.grave) for a in amber] == [("SILENT", False)]
    grave = watch(ROUTE, track, now=NOON + timedelta(seconds=89), limits=LIMITS)
    assert [(a.key, a.grave, a.limit) for a in grave] == [("SILENT", True, 30)]


def test_silence_from_the_first_moment_is_silence_too():
    assert causes(ROUTE, [], 14) == set()
    assert causes(ROUTE, [], 15) == {"SILENT"}


def test_a_tracker_whose_clock_runs_ahead_cannot_hide_its_silence():
    late = [replace(f, fixed_at=f.fixed_at + timedelta(hours=1)) for f in drive(60)]
    assert "SILENT" in causes(ROUTE, late, 90)


def test_one_late_fix_does_not_end_a_silence_three_do():
    track = [*drive(60), fix(100, 800)]
    assert "SILENT" in causes(ROUTE, track, 101, standing={"SILENT"})
    track = [*track, fix(101, 808), fix(102, 816)]
    assert "SILENT" not in causes(ROUTE, track, 103, standing={"SILENT"})


def test_a_stop_of_forty_seconds_is_told_within_five_more_and_a_traffic_light_is_not():
    before = drive(60)
    stand = [fix(60 + s, 472) for s in range(60)]
    assert "STOPPED" not in causes(ROUTE, before + stand[:31], 90)
    assert "STOPPED" in causes(ROUTE, before + stand[:46], 105)


def test_silence_counts_as_a_stop():
    assert "STOPPED" in causes(ROUTE, drive(60), 105)


def test_a_planned_hold_is_excused_for_its_time_and_no_longer():
    hold = Hold(moved(START, east_m=472, north_m=0), 50, timedelta(seconds=60))
    track = drive(60) + [fix(60 + s, 472) for s in range(120)]
    assert "STOPPED" not in causes(replace(ROUTE, holds=(hold,)), track[:130], 129)
    assert "STOPPED" in causes(replace(ROUTE, holds=(hold,)), track, 179)
    assert "STOPPED" in causes(ROUTE, track[:130], 129)


def test_a_stop_ends_when_he_drives_on_not_when_he_shifts():
    stood = drive(60) + [fix(60 + s, 472) for s in range(60)]
    shifted = stood + [fix(120 + s, 480) for s in range(10)]
    assert "STOPPED" in causes(ROUTE, shifted, 130, standing={"STOPPED"})
    gone = stood + drive(30, begin=120, east=472)
    assert "STOPPED" not in causes(ROUTE, gone, 149.5, standing={"STOPPED"})


def test_leaving_the_way_is_told_within_ten_seconds_and_ends_only_well_inside():
    out = [fix(60 + s, 480, s * 20.0) for s in range(1, 11)]
    assert "OFF_ROUTE" in causes(ROUTE, drive(60) + out, 70)
    near = [*drive(60), *out, *drive(30, begin=71, east=480, north=60)]
    assert "OFF_ROUTE" in causes(ROUTE, near, 100, standing={"OFF_ROUTE"})
    back = near + drive(12, begin=101, east=720, north=30)
    assert "OFF_ROUTE" not in causes(ROUTE, back, 112, standing={"OFF_ROUTE"})


@pytest.mark.parametrize(
    ("beside", "left"),
    [
        ([90, 90, 70, 90, 90, 90], True),  # one strays as far as the noise of two
        ([90, 70, 90, 70, 90, 90], False),  # two of six do not
        ([90, 90, 39, 90, 90, 90], False),  # one was on his way
        ([90, 90, 90, 90, 90, 70], False),  # the last one says that he comes back
    ],
)
def test_one_stray_fix_between_breaks_no_departure_and_two_do(beside, left):
    out = [fix(60 + s, 480, metres) for s, metres in enumerate(beside)]
    assert ("OFF_ROUTE" in causes(ROUTE, drive(60) + out, 66)) is left


def test_two_stray_fixes_are_no_departure():
    assert "OFF_ROUTE" not in causes(ROUTE, [*drive(60), fix(60, 480, 90), fix(66, 528, 90)], 66)


def test_a_road_that_crosses_itself_does_not_make_him_jump():
    far = moved(START, east_m=2000, north_m=0)
    loop = (
        START,
        far,
        moved(START, east_m=2000, north_m=1000),
        moved(START, east_m=400, north_m=-500),
    )
    route = Route(line=loop, since=NOON)
    assert causes(route, drive(120), 119) == set()


def test_turning_round_is_the_wrong_way_until_he_has_come_a_hundred_metres_again():
    turned = drive(60) + [fix(60 + s, 472 - 8 * s) for s in range(20)]
    assert "WRONG_WAY" in causes(ROUTE, turned, 79)
    assert "WRONG_WAY" not in causes(ROUTE, turned[:70], 69)
    again = turned + drive(8, begin=80, east=320)
    assert "WRONG_WAY" in causes(ROUTE, again, 88, standing={"WRONG_WAY"})
    again = turned + drive(20, begin=80, east=320)
    assert "WRONG_WAY" not in causes(ROUTE, again, 100, standing={"WRONG_WAY"})


def contact(east, north, heading, speed, *, second=118, key="k"):
    return Contact(
        key,
        moved(START, east_m=east, north_m=north),
        heading,
        speed,
        NOON + timedelta(seconds=second),
    )


def test_a_vehicle_coming_toward_him_is_closing_and_one_that_keeps_clear_is_not():
    toward = replace(ROUTE, contacts=(contact(2500, 0, 270, 10),))
    aside = replace(ROUTE, contacts=(contact(2500, 900, 0, 10),))
    assert causes(toward, drive(120), 119) == {"CLOSING:k"}
    assert causes(aside, drive(120), 119) == set()


def test_one_that_needs_longer_than_the_limit_is_not_closing_yet():
    far = replace(ROUTE, contacts=(contact(952 + 8 * 300, 0, 0, 0),))
    assert causes(far, drive(120), 119) == set()


def test_closing_ends_by_a_new_report_never_by_an_old_one():
    parted = replace(ROUTE, contacts=(contact(1200, 900, 0, 15),))
    assert causes(parted, drive(120), 119, standing={"CLOSING:k"}) == set()
    old = replace(ROUTE, contacts=(contact(1200, 900, 0, 15, second=20),))
    (alert,) = watch(
        old, drive(120), now=NOON + timedelta(seconds=119), limits=LIMITS, standing={"CLOSING:k"}
    )
    assert alert.key == "CLOSING:k"
    assert alert.old


def test_the_aircraft_counts_only_while_it_is_on_station():
    on_station = replace(ROUTE, aircraft=True)
    heard = drive(60) + [fix(s, 8 * s, 60, "aircraft:1") for s in range(60)]
    assert causes(on_station, heard, 60) == set()
    assert causes(on_station, heard, 65) == {"AIRCRAFT_SILENT"}
    assert causes(ROUTE, heard, 65) == set()


def test_a_loitering_aircraft_is_not_a_stopped_man():
    still = [fix(s, 500, 300, "aircraft:1") for s in range(120)]
    assert causes(replace(ROUTE, aircraft=True), drive(120) + still, 119) == set()


JAM = [{"satellites": 4}, {"ekf_flags": 33599}, {"variance_permille": 900}, {"gnss_warning": 1}]


@pytest.mark.parametrize("sign", JAM)
def test_each_sign_of_a_jam_is_doubt_though_fix_type_stays_six(sign):
    good = {"satellites": 10, "ekf_flags": 831, "variance_permille": 50, "fix_type": 6}
    track = drive(60, **good)
    assert causes(ROUTE, track, 59) == set()
    jammed = [*track, fix(60, 480, **{**good, **sign})]
    assert causes(ROUTE, jammed, 60) == {"GNSS_DOUBT:vehicle"}


def test_a_jump_nothing_could_drive_is_doubt():
    assert "GNSS_DOUBT:vehicle" in causes(ROUTE, [*drive(60), fix(60, 900)], 60)


def test_doubtful_fixes_never_clear_anything():
    back = [fix(60 + s, 480 - 15 * s, 150) for s in range(1, 13)]
    doubtful = [fix(73 + s, 300 + 8 * s, 0, gnss_warning=1) for s in range(30)]
    standing = {"OFF_ROUTE", "SILENT", "STOPPED", "WRONG_WAY"}
    assert causes(ROUTE, drive(60) + back + doubtful, 103, standing=standing) >= standing
    trusted = [fix(73 + s, 300 + 8 * s, 0) for s in range(30)]
    assert causes(ROUTE, drive(60) + back + trusted, 102.5, standing=standing) == set()


def test_a_checkpoint_passed_late_is_told_until_he_is_there():
    point = Checkpoint("1", 600, NOON + timedelta(seconds=60))
    route = replace(ROUTE, checkpoints=(point,))
    assert causes(route, drive(60), 60) == set()
    assert causes(route, drive(61), 61) == {"LATE:1"}
    assert causes(route, drive(90), 89, standing={"LATE:1"}) == set()


def test_what_stood_stays_when_the_last_fix_has_left_the_window():
    route = replace(ROUTE, contacts=(contact(0, 0, 0, 0),))
    standing = {"STOPPED", "OFF_ROUTE", "CLOSING:k", "GNSS_DOUBT:vehicle", "WRONG_WAY"}
    assert causes(route, [], 2000, standing=standing) == standing | {"SILENT"}


def test_every_cause_has_an_owner():
    assert set(OWNERS) == set(Cause)
