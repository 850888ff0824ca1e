"""The relay: the next aircraft starts in time, and no turn is planned into the reserve."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.watch.followed import followed
from safeconduct.watch.relay import (
    Craft,
    Times,
    covered_s,
    endurance_s,
    link_s,
    over_ground_s,
    relief,
    schedule,
)
from safeconduct.watch.tests.test_alerts import NOON, fix

TIMES = Times(prepare_s=120, transit_s=300, overlap_s=60, return_s=300, land_s=60, reserve_s=300)


def flown(percent_at, seconds=600, step=10):
    told = [fix(s, 0, 60, "aircraft:1", **percent_at(s)) for s in range(0, seconds + 1, step)]
    return followed(told).fixes


def test_the_next_one_starts_when_the_hand_over_takes_what_is_left():
    now = relief(1140, TIMES)
    assert (now.launch_s, now.stays_s) == (0, 480)
    assert relief(1139, TIMES).launch_s < 0 < relief(1141, TIMES).launch_s


def test_wind_makes_the_way_home_longer_and_no_wind_makes_it_endless():
    assert over_ground_s(3000, airspeed_m_s=12, headwind_m_s=0) == 250
    assert over_ground_s(3000, airspeed_m_s=12, headwind_m_s=6) == 500
    assert over_ground_s(3000, airspeed_m_s=12, headwind_m_s=30) == 1500


def test_what_is_left_is_the_lesser_of_the_papers_and_the_drain_that_was_measured():
    now = NOON + timedelta(seconds=600)
    steady = flown(lambda s: {"battery_percent": 90 - s // 60})
    assert endurance_s(steady, flight_s=3600, now=now) == 80 / 100 * 3600
    fast = flown(lambda s: {"battery_percent": 90 - s // 20})
    assert endurance_s(fast, flight_s=3600, now=now) == pytest.approx(60 * 20, rel=0.05)
    later = now + timedelta(seconds=100)
    assert endurance_s(fast, flight_s=3600, now=later) == pytest.approx(60 * 20 - 100, rel=0.06)
    assert endurance_s(flown(lambda _s: {}), flight_s=3600, now=now) is None


def test_a_link_that_wanes_says_in_how_long_it_is_weak_and_a_steady_one_does_not():
    over = timedelta(seconds=120)
    waning = flown(lambda s: {"link_percent": 90 - s // 20})
    assert link_s(waning, weak_percent=30, over=over) == pytest.approx(600, rel=0.1)
    assert link_s(flown(lambda _s: {"link_percent": 90}), weak_percent=30, over=over) is None
    assert link_s(flown(lambda _s: {}), weak_percent=30, over=over) is None


spans = st.floats(0, 1800)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(Times, spans, spans, st.floats(1, 600), spans, spans, spans),
    st.lists(st.tuples(st.floats(60, 9000), st.floats(0, 3600)), min_size=1, max_size=4),
    st.floats(60, 20_000),
    st.floats(0, 3600),
)
def test_nothing_is_scheduled_below_reserve_transit_and_overlap(need, crafts, length_s, swap_s):
    fleet = [Craft(str(n), flight, ready) for n, (flight, ready) in enumerate(crafts)]
    turns = schedule(fleet, length_s=length_s, times=lambda _at: need, swap_s=swap_s)
    for turn in turns:
        assert turn.left_s >= need.leave_s - 1e-6
        assert (
            min(turn.until_s, length_s) - turn.from_s
            >= min(need.overlap_s, length_s - turn.from_s) - 1e-6
        )
    for leaves, comes in pairwise(turns):
        if comes.from_s > leaves.until_s - need.overlap_s + 1e-6:
            continue  # nobody was ready: a gap, or less than the overlap, that the plan shows
        left_s = leaves.left_s + leaves.until_s - comes.order_s
        assert left_s >= need.relief_s - 1e-6
        assert left_s >= need.reserve_s + need.transit_s + need.overlap_s - 1e-6
    assert 0 <= covered_s(turns, length_s=length_s) <= length_s + 1e-6


def test_two_aircraft_keep_an_hour_and_a_half_without_a_second_alone_and_one_does_not():
    two = [Craft("A", 2400, -600), Craft("B", 2400, -600)]  # both ready before he sets out
    turns = schedule(two, length_s=5400, times=lambda _at: TIMES, swap_s=120)
    assert covered_s(turns, length_s=5400) == 5400
    assert {turn.name for turn in turns} == {"A", "B"}
    alone = schedule(two[:1], length_s=5400, times=lambda _at: TIMES, swap_s=120)
    assert covered_s(alone, length_s=5400) < 4000
    short = replace(TIMES, return_s=2400)
    assert schedule(two, length_s=5400, times=lambda _at: short, swap_s=120) == []
