"""How fast a campaign leaves and when it ends: no rate is ever passed, and no end is made up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.post import pace
from safeconduct.post.pace import Ahead, Used

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@given(
    st.integers(1, 200),
    st.integers(0, 2000),
    st.integers(1, 4),
    st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=60),
)
def test_no_second_and_no_hour_takes_more_than_the_carrier_agreed_to(
    per_second, per_hour, longest, waits
):
    used, wall, claimed = Used(), NOON, []
    for wait in waits:
        wall += timedelta(seconds=wait)
        free = pace.room(
            used, per_second=per_second, per_hour=per_hour, longest=longest, waiting=0, wall=wall
        )
        used = pace.spend(used, free, per_second=per_second, longest=longest, wall=wall)
        claimed.append((wall, free))
    burst = max(per_second, longest)
    for at, _free in claimed:
        second = sum(free for when, free in claimed if at <= when < at + timedelta(seconds=1))
        assert second <= per_second + burst + 1
    whole = (claimed[-1][0] - claimed[0][0]).total_seconds()
    assert sum(free for _at, free in claimed) <= per_second * whole + burst + 1
    if per_hour:
        for hour in {pace.hour_of(at) for at, _free in claimed}:
            assert sum(free for at, free in claimed if pace.hour_of(at) == hour) <= per_hour


def test_tokens_that_are_asked_for_often_are_not_lost_by_rounding():
    used, wall, claimed = Used(), NOON, 0
    for _ in range(100):
        wall += timedelta(seconds=0.1)
        free = pace.room(used, per_second=15, per_hour=0, longest=1, waiting=0, wall=wall)
        used = pace.spend(used, free, per_second=15, longest=1, wall=wall)
        claimed += free
    assert 149 <= claimed <= 165


def test_a_text_longer_than_the_rate_leaves_all_the_same_and_slowly():
    free = pace.room(Used(), per_second=2, per_hour=0, longest=5, waiting=0, wall=NOON)
    assert free == 5
    used = pace.spend(Used(), 5, per_second=2, longest=5, wall=NOON)
    soon = {"per_second": 2, "per_hour": 0, "longest": 5, "waiting": 0}
    assert pace.room(used, wall=NOON + timedelta(seconds=1), **soon) < 5
    assert pace.room(used, wall=NOON + timedelta(seconds=2.5), **soon) == 5


def test_what_nobody_answered_for_takes_the_place_of_more():
    told = {"per_second": 10, "per_hour": 0, "longest": 1, "wall": NOON}
    assert pace.room(Used(), waiting=4, **told) == 6
    assert pace.room(Used(), waiting=10, **told) == 0
    assert pace.room(Used(), waiting=90, **told) == 0


def test_the_end_is_the_work_over_the_rate_while_all_is_open():
    end = pace.ends_at([Ahead("UTC", 3600)], per_second=1, now=NOON, not_after=NOON + DAY)
    assert end == NOON + timedelta(hours=1)


def test_a_night_is_reckoned_in_and_each_zone_has_its_own():
    hours = {"from_minute": 8 * 60, "to_minute": 21 * 60}
    kyiv = Ahead("Europe/Kyiv", 10 * 3600, **hours)  # noon UTC is 14:00 there: 7 h are left
    end = pace.ends_at([kyiv], per_second=1, now=NOON, not_after=NOON + 3 * DAY)
    assert end == datetime(2026, 11, 23, 11, tzinfo=ZoneInfo("Europe/Kyiv"))
    both = [kyiv, Ahead("America/New_York", 3600, **hours)]  # 07:00 there: it opens in an hour
    later = pace.ends_at(both, per_second=1, now=NOON, not_after=NOON + 3 * DAY)
    assert later is not None
    assert later == end + timedelta(hours=1)


def test_the_hours_follow_summer_time():
    before = datetime(2026, 3, 28, 18, 59, tzinfo=UTC)  # 20:59 in Kyiv, the last evening of winter
    lane = Ahead("Europe/Kyiv", 120, from_minute=8 * 60, to_minute=21 * 60)
    end = pace.ends_at([lane], per_second=1, now=before, not_after=before + 3 * DAY)
    assert end == datetime(2026, 3, 29, 5, 1, tzinfo=UTC)  # 08:01 by summer time


def test_an_end_that_nobody_can_foresee_is_not_said():
    lane = [Ahead("UTC", 10_000)]
    assert pace.ends_at(lane, per_second=0, now=NOON, not_after=NOON + DAY) is None
    assert pace.ends_at(lane, per_second=0.1, now=NOON, not_after=NOON + DAY) is None
    assert pace.ends_at(lane, per_second=1e-9, now=NOON, not_after=NOON + 999 * DAY) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Vladivostok", "America/New_York"]),
            st.integers(1, 5000),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda lane: lane[0],
    ),
    st.integers(1, 50),
    st.integers(0, 1439),
    st.integers(30, 1439),
)
def test_an_end_is_never_before_the_work_can_be_done(lanes, rate, opens, lasts):
    ahead = [Ahead(zone, parts, opens, (opens + lasts) % 1440) for zone, parts in lanes]
    end = pace.ends_at(ahead, per_second=rate, now=NOON, not_after=NOON + 30 * DAY)
    work = sum(parts for _zone, parts in lanes) / rate
    assert end is not None
    assert (end - NOON).total_seconds() >= work - 0.01
    assert any(
        pace.is_open(lane.zone, opens, (opens + lasts) % 1440, now=end - timedelta(seconds=0.01))
        for lane in ahead
    )
