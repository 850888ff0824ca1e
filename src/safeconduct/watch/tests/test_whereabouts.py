"""Where he is: the circle grows until somebody tells more, what is late moves nothing, a jump is doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import distance_m, moved
from safeconduct.watch.fixes import in_order
from safeconduct.watch.tests.test_alerts import NOON, START, drive, fix
from safeconduct.watch.whereabouts import FAST_M_S, Whereabouts, apart_m, where


def at(second):
    return NOON + timedelta(seconds=second)


def said(second, east, north=0.0, source="tracker", **health):
    return replace(fix(second, east, north, **health), source=source)


def one(told):
    """Return one fix as the estimate takes it, trusted unless it says itself that it is not."""
    (taken,) = in_order([told])
    return taken


def known_of(told):
    known = Whereabouts()
    for each in told:
        known.take(one(each))
    return known


@st.composite
def words(draw):
    """Fixes of all sources as they come: late ones, jumps, doubtful ones."""
    found, second = [], 0
    for _ in range(draw(st.integers(1, 12))):
        second += draw(st.integers(-30, 60))
        health = draw(st.sampled_from([{}, {"h_acc_mm": 90_000}, {"gnss_warning": 1}]))
        source = draw(st.sampled_from(["tracker", "pilot", "map", "share", "text"]))
        where_to = draw(st.floats(-3000, 9000)), draw(st.floats(-3000, 3000))
        found.append(said(second, *where_to, source, **health))
    return found


@settings(max_examples=80, deadline=None)
@given(words(), st.integers(0, 600), st.integers(0, 600))
def test_without_a_fix_the_circle_never_shrinks_and_the_place_never_moves(told, first, more):
    known = known_of(told)
    end = max(each.fixed_at for each in told) + timedelta(seconds=first)
    early, late = known.place(now=end), known.place(now=end + timedelta(seconds=more))
    if early is None:
        assert late is None
        return
    assert late.point == early.point
    assert late.radius_m >= early.radius_m
    assert late.radius_m - early.radius_m <= FAST_M_S * more + 1
    assert early.doubt <= late.doubt


@settings(max_examples=80, deadline=None)
@given(words(), words())
def test_what_is_late_repeated_or_not_believed_moves_nothing_and_shrinks_nothing(told, more):
    known = known_of(told)
    now = max(each.fixed_at for each in [*told, *more]) + timedelta(seconds=5)
    for each in more:
        before = known.place(now=now)
        if not known.take(one(each)):
            after = known.place(now=now)
            assert before is None or (after.point, after.at) == (before.point, before.at)
            assert before is None or after.radius_m >= before.radius_m
        elif before is not None:
            assert each.fixed_at >= before.at
    stale = replace(told[0], fixed_at=at(-9999), received_at=at(-9999))
    assert not known.take(one(stale))


def test_a_drive_is_followed_within_its_circle_and_told_by_its_source():
    place = where(in_order(drive(60)), now=at(59))
    assert (place.source, place.doubt) == ("tracker", False)
    assert distance_m(place.point, moved(START, east_m=472, north_m=0)) < 5
    assert place.radius_m < 20
    old = where(in_order(drive(60)), now=at(89))
    assert old.point == place.point
    assert place.radius_m + 30 * 8 < old.radius_m < place.radius_m + 30 * FAST_M_S


@pytest.mark.parametrize("step_m", [400, 5000])
def test_a_spoofed_jump_is_doubt_for_as_long_as_it_lasts_and_ends_when_the_source_agrees(step_m):
    known = known_of(drive(60))
    before = known.place(now=at(60))
    for second in range(60, 200):
        assert not known.take(one(said(second, 8 * second, step_m)))
    there = known.place(now=at(200))
    assert there.doubt
    assert there.point == before.point
    assert apart_m(there, there.told[0]) > step_m * 0.9
    for second in range(200, 204):
        known.take(one(said(second, 490)))
    assert not known.place(now=at(204)).doubt


def test_a_person_who_sees_him_where_a_doubted_source_points_ends_the_doubt():
    known = known_of(drive(60))
    for second in range(60, 80):
        known.take(one(said(second, 480, 900)))
    assert known.place(now=at(80)).doubt
    assert known.take(one(said(80, 490, 880, "map")))
    assert known.take(one(said(81, 480, 900)))
    assert not known.place(now=at(81)).doubt


def test_whoever_sees_him_is_believed_against_a_tracker_and_his_words_are_not():
    known = known_of(drive(60))
    assert not known.take(one(said(61, 0, 5000, "text")))
    assert known.place(now=at(61)).doubt
    known = known_of(drive(60))
    assert known.take(one(said(61, 480, 2000, "pilot")))
    seen = known.place(now=at(61))
    assert (seen.source, seen.doubt) == ("pilot", True)
    assert not known.take(one(said(62, 490)))
    tracked = known_of([said(0, 0, 5000, "text"), *drive(60, begin=1)])
    assert tracked.place(now=at(61)).source == "tracker"


def test_a_doubtful_position_tells_doubt_and_moves_nothing():
    known = known_of(drive(60))
    assert not known.take(one(said(61, 488, gnss_warning=1)))
    assert known.place(now=at(61)).doubt


def test_before_anybody_is_believed_there_is_no_place():
    assert Whereabouts().place(now=NOON) is None
    assert where(in_order([said(0, 0, gnss_warning=1)]), now=NOON) is None


def test_words_make_a_wide_circle_that_a_click_makes_small():
    wide = where([one(said(0, 0, source="text"))], now=NOON)
    assert 600 < wide.radius_m < 900
    both = known_of([said(0, 0, source="text"), said(30, 200, source="map")])
    assert both.place(now=at(30)).radius_m < 100
