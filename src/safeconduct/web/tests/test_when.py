from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import translation

from safeconduct import clock
from safeconduct.programme import load
from safeconduct.web.templatetags import when


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=52), "52 s"),
        (timedelta(minutes=4, seconds=59), "4 min"),
        (timedelta(hours=18, minutes=52), "18 h 52 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=-3), "3 d"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(length, told):
    assert when.span(length) == told


def test_what_was_today_shows_its_age_then_the_clock():
    at = clock.now() - timedelta(minutes=4, seconds=5)
    local = when.ours(at)
    assert f">4 min · {local:%H:%M}</time>" in when.when(at)
    assert f'datetime="{at.isoformat()}"' in when.when(at)


def test_what_is_older_shows_its_day_and_no_age():
    shown = when.when(datetime(2020, 11, 19, 19, 20, tzinfo=UTC))
    assert "19 November, 21:20" in shown  # the programme's watch is two hours ahead in winter
    assert "min" not in shown


def test_what_is_to_come_says_so():
    assert "in 9 min" in when.when(clock.now() + timedelta(minutes=9, seconds=30))


def test_a_limit_shows_what_is_left_and_what_is_over_never_looks_like_what_is_left():
    assert "left" in when.left(clock.now() + timedelta(minutes=5))
    over = when.left(clock.now() - timedelta(minutes=5))
    assert "over" in over
    assert "left" not in over


def test_his_time_is_named_as_his_with_its_zone():
    shown = when.his(datetime(2026, 11, 22, 19, 44, tzinfo=UTC))
    assert "22:44 his time, UTC+3" in shown


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (timezone(timedelta(hours=2)), "UTC+2"),
        (timezone(timedelta(hours=5, minutes=30)), "UTC+5:30"),
        (timezone(timedelta(hours=-3)), "UTC-3"),
        (UTC, "UTC+0"),
    ],
)
def test_a_clock_always_has_its_zone(zone, told):
    assert when.utc_offset(datetime(2026, 1, 1, tzinfo=zone)) == told


def test_what_has_no_time_is_a_dash():
    assert [f(None) for f in (when.when, when.left, when.his, when.day, when.lasting)] == ["—"] * 5


def test_our_watch_is_the_programmes():
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert str(when.ours(at).tzinfo) == load.current().zone


def test_the_console_speaks_ukrainian_and_russian_of_time():
    with translation.override("uk"):
        assert when.span(timedelta(minutes=4)) == "4 хв"
        assert "22 листопада" in when.day(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    with translation.override("ru"):
        assert when.span(timedelta(minutes=4)) == "4 мин"


def test_a_window_without_an_end_is_said_in_words_in_every_zone():
    endless = datetime.max.replace(tzinfo=UTC)
    assert when.left(endless) == "until it is done"
    assert "left" in when.left(clock.now() + timedelta(days=400))
