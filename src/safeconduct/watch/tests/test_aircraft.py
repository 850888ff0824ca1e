"""What is told of the aircraft: a link that wanes, and a drone that falls behind; each beside what is none."""

from dataclasses import replace

from safeconduct.watch.alerts import watch
from safeconduct.watch.tests.test_alerts import LIMITS, NOON, ROUTE, causes, drive, fix, timedelta

ON_STATION = replace(ROUTE, aircraft=True)


def over(seconds, behind=0.0, *, loses=0.0, begin=0, every=1, **health):
    """Return an aircraft 60 m beside him; `loses` metres a second from him."""
    return [
        fix(begin + s, (begin + s) * 8 - behind - loses * s, 60, "aircraft:1", **health)
        for s in range(0, seconds, every)
    ]


def test_a_link_below_thirty_percent_for_ten_seconds_is_weak_and_a_dip_is_not():
    good = over(60, link_percent=80)
    dip = [*good, *over(5, begin=60, link_percent=10)]
    assert causes(ON_STATION, drive(65) + dip, 64.5) == set()
    weak = [*good, *over(14, begin=60, link_percent=10)]
    assert causes(ON_STATION, drive(74) + weak, 73.5) == {"LINK_WEAK"}


def test_a_weak_link_ends_by_ten_good_seconds_and_not_at_the_limit_itself():
    weak = [*over(60, link_percent=80), *over(14, begin=60, link_percent=10)]
    hardly = [*weak, *over(20, begin=74, link_percent=35)]
    assert causes(ON_STATION, drive(94) + hardly, 93.5, {"LINK_WEAK"}) == {"LINK_WEAK"}
    good = [*weak, *over(20, begin=74, link_percent=60)]
    assert causes(ON_STATION, drive(94) + good, 93.5, {"LINK_WEAK"}) == set()


def test_a_link_that_tears_three_times_is_weak_though_each_gap_is_shorter_than_silence():
    torn = [*over(50), *over(13, begin=53, every=4), *over(3, begin=66)]
    assert causes(ON_STATION, drive(69) + torn, 68.5) == {"LINK_WEAK"}
    once = [*over(50), *over(10, begin=53)]
    assert causes(ON_STATION, drive(63) + once, 62.5) == set()


def test_a_drone_that_falls_behind_is_told_before_he_is_out_of_sight():
    flown = [*over(60), *over(40, begin=60, loses=4)]
    told = next(
        second
        for second in range(80, 100)
        if "CANNOT_KEEP_UP" in causes(ON_STATION, drive(second) + flown[:second], second - 0.5)
    )
    assert told <= 60 + 33  # 76 m more than it should be; by the plain limit it would be 49 s
    (alert,) = watch(
        ON_STATION, drive(100) + flown, now=NOON + timedelta(seconds=99.5), limits=LIMITS
    )
    assert (alert.owner, alert.unit, alert.limit) == ("PIL", "m", 160)


def test_a_drone_too_far_for_ten_seconds_is_told_and_ends_when_it_is_near_again():
    far = [*over(60), *over(14, 250, begin=60)]
    assert causes(ON_STATION, drive(74) + far, 73.5) == {"CANNOT_KEEP_UP"}
    assert causes(ON_STATION, drive(66) + far[:66], 65.5) == set()
    back = [*far, *over(14, 120, begin=74)]
    standing = {"CANNOT_KEEP_UP"}
    assert causes(ON_STATION, drive(88) + back, 87.5, standing) == standing
    near = [*far, *over(14, begin=74)]
    assert causes(ON_STATION, drive(88) + near, 87.5, standing) == set()


def test_a_drone_that_never_was_with_him_is_not_one_that_falls_behind():
    waits = [fix(s, 2500, 60, "aircraft:1") for s in range(100)]
    assert causes(ON_STATION, drive(100) + waits, 99.5) == set()
    assert causes(ROUTE, drive(100) + over(100, loses=4), 99.5) == set()


def test_the_next_drone_is_called_when_the_hand_over_takes_what_is_left_and_another_ends_it():
    # 60 minutes in the air by its papers; a hand-over takes 1140 s, of which 660 s come after it leaves.
    assert causes(ON_STATION, drive(60) + over(60, battery_percent=33), 59.5) == set()
    (alert,) = watch(
        ON_STATION,
        drive(60) + over(60, battery_percent=31),
        now=NOON + timedelta(seconds=59),
        limits=LIMITS,
    )
    assert (alert.key, alert.grave, alert.measured, alert.limit) == ("RELIEF", False, 456, 480)
    (alert,) = watch(
        ON_STATION,
        drive(60) + over(60, battery_percent=18),
        now=NOON + timedelta(seconds=59),
        limits=LIMITS,
    )
    assert (alert.grave, alert.measured) == (True, 0)
    standing = {"RELIEF"}
    little = drive(60) + over(60, battery_percent=34)
    assert causes(ON_STATION, little, 59.5, standing) == standing
    assert causes(ON_STATION, drive(60) + over(60), 59.5, standing) == standing  # none is told
    assert causes(ON_STATION, drive(60) + over(60, battery_percent=90), 59.5, standing) == set()


def test_wind_calls_the_next_drone_earlier_and_no_battery_calls_none():
    track = drive(60) + over(60, battery_percent=50)
    assert causes(ON_STATION, track, 59.5) == set()
    assert causes(replace(ON_STATION, wind_m_s=7), track, 59.5) == {"RELIEF"}
    assert causes(replace(ROUTE, wind_m_s=7), track, 59.5) == set()
    assert causes(replace(ON_STATION, wind_m_s=7), drive(60) + over(60), 59.5) == set()
