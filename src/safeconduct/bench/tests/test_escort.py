"""What the benchmark of an escort counts as an alert, and to which jam it belongs."""

from datetime import UTC, datetime, timedelta

from safeconduct.bench import escort, watch
from safeconduct.envelope import Position
from safeconduct.watch.known import Route

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fix(at_s, **health):
    at = NOON + timedelta(seconds=at_s)
    place = (510_000_000, 340_000_000, 60_000, 0, 0)
    return Position(
        "mavlink", 1, "aircraft:1", "aircraft", at, at, *place, {"satellites": 10, **health}
    )


def test_a_jam_begins_one_alert_and_what_comes_too_soon_says_nothing():
    line = (watch.START, watch.moved(watch.START, east_m=1000, north_m=0))
    one = escort.Escorted(Route(line=line, since=NOON, aircraft=True))
    for tenth in range(20):
        one.take(fix(tenth / 10))
    assert len(one.aircraft.fixes) == 5
    assert not one.judge(watch.limits(), NOON + timedelta(seconds=2))
    one.take(fix(2.0, ekf_flags=831 | 32768))
    assert one.fresh
    assert one.judge(watch.limits(), NOON + timedelta(seconds=2.1))
    assert not one.judge(watch.limits(), NOON + timedelta(seconds=2.2))


def test_an_alert_belongs_to_the_jam_before_it_and_to_no_other_escort():
    sent = [(1, 10.0), (2, 10.5), (1, 16.0)]
    began = [(1, 10.2), (2, 10.6), (1, 16.1), (2, 99.0)]
    assert [round(lag, 2) for lag in escort._lags(sent, began)] == [0.2, 0.1, 0.1]
    took = escort.Took(lags=[0.2, 0.1], jams=3)
    assert [figure.met for figure in escort.figures(50, took)] == [True, True, False]
