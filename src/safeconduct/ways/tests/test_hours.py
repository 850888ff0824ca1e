"""When he may be met: by daylight wherever on earth, out of curfews, while the drone can stay."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point
from safeconduct.ways.hours import Curfew, Span, daylight, hours

KHERSON, TROMSO, SVALBARD = Point(46.64, 32.61), Point(69.65, 18.96), Point(78.22, 15.65)
KYIV, FIXED = ZoneInfo("Europe/Kyiv"), timezone(timedelta(hours=3))
HALF, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
NIGHT = Curfew(time(22), time(5), KYIV)


def local(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=KYIV)


def when(place=KHERSON, *, his=HALF, team=HALF, curfews=(), stay=None, now, **more):
    return hours(place, his=his, team=team, curfews=curfews, stay=stay, now=now, **more)


def minutes_of(spans):
    return sum(((span.until - span.since) / timedelta(minutes=1) for span in spans), 0.0)


# Almanac values for civil twilight, to the minute or two that a round figure allows.
@pytest.mark.parametrize(
    ("place", "day", "dawn", "dusk"),
    [
        (Point(0.0, 0.0), datetime(2026, 3, 20, tzinfo=UTC), "05:43", "18:32"),
        (Point(51.48, 0.0), datetime(2026, 6, 21, tzinfo=UTC), "02:55", "21:10"),
        (Point(51.48, 0.0), datetime(2026, 12, 21, tzinfo=UTC), "07:23", "16:34"),
    ],
)
def test_civil_dawn_and_dusk_are_those_of_the_almanac(place, day, dawn, dusk):
    (light,) = daylight(place, Span(day, day + DAY))
    for found, told in ((light.since, dawn), (light.until, dusk)):
        hour, minute = map(int, told.split(":"))
        assert abs(found - day.replace(hour=hour, minute=minute)) <= timedelta(minutes=4)


def test_in_the_polar_night_it_is_never_light_and_in_the_polar_day_always():
    winter, summer = datetime(2026, 12, 15, 12, tzinfo=UTC), datetime(2026, 6, 15, 12, tzinfo=UTC)
    assert when(SVALBARD, now=winter).why == "dark"
    assert when(SVALBARD, now=summer).spans == (Span(summer + HALF, summer + DAY),)
    dim = daylight(TROMSO, Span(winter - DAY / 2, winter + DAY / 2))
    assert 60 < minutes_of(dim) < 360, "no sun, but some hours of twilight about noon"


def test_he_is_met_by_day_from_when_both_are_there():
    found = when(now=local(11, 30, 12), his=HOUR, team=timedelta(hours=2))
    today, tomorrow = found.spans
    assert found.why == ""
    assert today.since == local(11, 30, 14)
    assert local(11, 30, 16) < today.until < local(11, 30, 17)
    assert local(12, 1, 6) < tomorrow.since < local(12, 1, 8)
    assert tomorrow.until == local(12, 1, 12)
    assert when(now=local(11, 30, 12), his=DAY).why == "late"


def test_he_is_on_no_road_in_a_curfew_over_midnight_or_within_a_day():
    summer = local(6, 21, 18)
    open_, kept = when(now=summer, his=HOUR), when(now=summer, his=HOUR, curfews=[NIGHT])
    assert open_.spans[1].since < local(6, 22, 6) == kept.spans[1].since, (
        "he leaves at 5, not before"
    )
    noon = Curfew(time(11), time(13), KYIV)
    assert kept.spans[1:] == (Span(local(6, 22, 6), local(6, 22, 18)),)
    both = when(now=summer, his=HOUR, curfews=[NIGHT, noon])
    assert [span.until for span in both.spans[1:]] == [local(6, 22, 11), local(6, 22, 18)]
    assert both.spans[2].since == local(6, 22, 14)
    assert when(now=summer, curfews=[Curfew(time(0), time(0), KYIV)]).why == "curfew"


def test_where_the_drone_cannot_stay_as_long_as_his_way_takes_he_is_never_met():
    now = local(11, 30, 9)
    assert when(now=now, his=HOUR, stay=HALF).why == "drone"
    assert when(now=now, his=HOUR, stay=HALF).spans == ()
    just = when(now=now, his=HOUR, stay=HOUR)
    assert just.spans
    assert just.waits == timedelta(0)
    assert when(now=now).waits is None


places = st.builds(Point, st.integers(-80, 80), st.integers(-179, 179))
curfews = st.lists(st.builds(Curfew, st.times(), st.times(), st.just(FIXED)), max_size=2)


@given(places, curfews, st.integers(5, 300), st.integers(5, 300), st.integers(0, 365))
@settings(max_examples=25)
def test_every_moment_offered_is_light_and_none_of_his_way_lies_in_a_curfew(
    place, closed, his_min, team_min, day
):
    now = datetime(2026, 1, 1, 9, tzinfo=UTC) + DAY * day
    his, team = timedelta(minutes=his_min), timedelta(minutes=team_min)
    found = when(place, now=now, his=his, team=team, curfews=closed)
    assert bool(found.spans) == (found.why == "")
    fewer = when(place, now=now, his=his, team=team, stay=his + HALF)
    assert minutes_of(found.spans) <= minutes_of(fewer.spans) + 1e-6, "a curfew adds no time"
    for span in found.spans:
        assert now + max(his, team) <= span.since < span.until <= now + DAY
        middle = span.since + (span.until - span.since) / 2
        assert daylight(place, Span(middle, middle + timedelta(seconds=1)))
        for moment in (span.since, middle):
            for curfew in closed:
                for on_the_road in (moment - his * share / 7 for share in range(1, 7)):
                    clock = on_the_road.astimezone(FIXED).time()
                    over_night = curfew.ends <= curfew.begins
                    inside = (
                        clock >= curfew.begins or clock < curfew.ends
                        if over_night
                        else curfew.begins <= clock < curfew.ends
                    )
                    assert not inside
