"""What must hold for every track: silence is never good news, and a cause is told once."""

# ruff: noqa: S311, TID251  seeded noise, so that a failure can be driven again

import itertools
import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.geo import moved
from safeconduct.watch.alerts import assess, look, watch
from safeconduct.watch.followed import Followed
from safeconduct.watch.known import Checkpoint, Contact, Hold, Unit
from safeconduct.watch.tests.test_alerts import LIMITS, NOON, ROUTE, START, drive, fix


@st.composite
def tracks(draw):
    """A journey in hops: any pace, any side, gaps, doubtful fixes, an aircraft beside it."""
    track, second, east, north = [], 0, 0.0, 0.0
    for _ in range(draw(st.integers(1, 25))):
        second += draw(st.integers(1, 20))
        east += draw(st.floats(-150, 250))
        north += draw(st.floats(-90, 90))
        health = draw(
            st.sampled_from(
                [{}, {"satellites": 11}, {"satellites": 4}, {"gnss_warning": 1}, {"ekf_flags": 831}]
            )
        )
        track.append(fix(second, east, north, **health))
        if draw(st.booleans()):
            link = {"link_percent": draw(st.integers(0, 100))} if draw(st.booleans()) else {}
            link |= {"battery_percent": draw(st.integers(0, 100))} if draw(st.booleans()) else {}
            beside = draw(st.sampled_from([50, 400]))
            track.append(fix(second, east, beside, "aircraft:1", **health, **link))
    return track


@st.composite
def routes(draw):
    """The way with holds, a checkpoint, contacts and an aircraft, or without any."""
    contacts = [
        Contact(
            str(number),
            moved(START, east_m=draw(st.floats(-500, 3500)), north_m=draw(st.floats(-900, 900))),
            draw(st.floats(0, 359)),
            draw(st.floats(0, 25)),
            NOON + timedelta(seconds=draw(st.integers(0, 300))),
        )
        for number in range(draw(st.integers(0, 2)))
    ]
    hold = Hold(moved(START, east_m=500, north_m=0), 60, timedelta(seconds=90))
    point = Checkpoint("1", 800, NOON + timedelta(seconds=100))
    return replace(
        ROUTE,
        contacts=contacts,
        holds=draw(st.sampled_from([(), (hold,)])),
        checkpoints=draw(st.sampled_from([(), (point,)])),
        aircraft=draw(st.booleans()),
        dusk=draw(st.sampled_from([None, NOON + timedelta(seconds=2000)])),
        unit=draw(st.sampled_from([None, Unit(NOON, ready=True), Unit(NOON, ready=False)])),
    )


keys = st.sets(
    st.sampled_from(
        [
            *("SILENT", "STOPPED", "OFF_ROUTE", "WRONG_WAY", "CLOSING:0", "GNSS_DOUBT:vehicle"),
            *("LATE:1", "LINK_WEAK", "CANNOT_KEEP_UP", "RELIEF"),
        ]
    )
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), tracks(), st.integers(0, 400), st.integers(0, 4000), keys)
def test_time_without_news_ends_no_alert(route, track, first, more, standing):
    end = max(f.fixed_at for f in track) + timedelta(seconds=first)
    before = {a.key for a in watch(route, track, now=end, limits=LIMITS, standing=standing)}
    later = end + timedelta(seconds=more)
    after = {a.key for a in watch(route, track, now=later, limits=LIMITS, standing=before)}
    assert before <= after


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), tracks())
def test_a_silence_twice_its_limit_is_always_told(route, track):
    later = max(f.fixed_at for f in track) + LIMITS.silent * 2
    (silent,) = [a for a in watch(route, track, now=later, limits=LIMITS) if a.key == "SILENT"]
    assert silent.grave


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), tracks(), st.integers(0, 200), keys)
def test_a_cause_is_told_once(route, track, after, standing):
    now = max(f.fixed_at for f in track) + timedelta(seconds=after)
    told = [a.key for a in watch(route, track, now=now, limits=LIMITS, standing=standing)]
    assert len(told) == len(set(told))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), tracks(), keys)
def test_a_doubtful_fix_ends_no_alert(route, track, standing):
    end = max(f.fixed_at for f in track) + timedelta(seconds=1)
    before = {a.key for a in watch(route, track, now=end, limits=LIMITS, standing=standing)}
    jammed = [*track, replace(track[-1], fixed_at=end, received_at=end, health={"gnss_warning": 1})]
    after = {a.key for a in watch(route, jammed, now=end, limits=LIMITS, standing=before)}
    assert before <= after


@settings(max_examples=40, deadline=None)
@given(routes(), tracks(), st.randoms(use_true_random=False), keys)
def test_fixes_followed_as_they_come_are_judged_as_all_of_them_anew(route, track, dice, standing):
    late = sorted(track, key=lambda each: each.fixed_at.timestamp() + dice.choice([0, 0, 40]))
    vehicle, drone = Followed(tuple(route.line)), Followed()
    for each in late:
        (vehicle if each.subject == "vehicle" else drone).take(each)
    now = max(each.fixed_at for each in track) + timedelta(seconds=9)
    asked = {"now": now, "limits": LIMITS, "standing": standing}
    assert look(route, vehicle, drone, **asked) == assess(route, track, **asked)


def noisy(seed, hours):
    """A drive with 10 m of noise on each axis; stops of up to 30 s, as traffic has them."""
    dice = random.Random(seed)
    second, east, track = 0, 0.0, []
    while second < hours * 3600:
        for _ in range(dice.randint(120, 300)):
            east += 11.0
            track.append((second, east))
            second += 1
        for _ in range(dice.randint(5, 30)):
            track.append((second, east))
            second += 1
    return [
        fix(s, x + dice.gauss(0, 10), dice.gauss(0, 10), h_acc_mm=10_000) for s, x in track
    ], east


def test_ten_hours_of_noisy_driving_raise_at_most_one_false_alert():
    track, length = noisy(seed=7, hours=10)
    line = (START, moved(START, east_m=length + 500, north_m=0))
    route, standing, raised = replace(ROUTE, line=line), set(), []
    vehicle = Followed(line)
    for number, each in enumerate(track):
        vehicle.take(each)
        if number % 20:
            continue
        vehicle.forget(before=NOON, most=120, least=5)
        now = each.fixed_at + timedelta(seconds=0.5)
        here = replace(route, furthest_m=vehicle.start_m)
        told = look(here, vehicle, Followed(), now=now, limits=LIMITS, standing=standing).alerts
        raised += sorted({a.key for a in told} - standing)
        standing = {a.key for a in told}
    assert len(raised) <= 1, raised


def test_under_the_same_noise_a_real_stop_and_a_real_departure_are_told_in_time():
    dice = random.Random(3)

    def blur(fixes):
        for f in fixes:
            east, north = dice.gauss(0, 10), dice.gauss(0, 10)
            yield replace(
                f, lat_e7=f.lat_e7 + round(north * 90), lon_e7=f.lon_e7 + round(east * 143),
                health={"h_acc_mm": 10_000},
            )  # fmt: skip

    stop = list(blur(drive(60) + [fix(60 + s, 472) for s in range(70)]))
    now = NOON + timedelta(seconds=110)
    assert "STOPPED" in {a.key for a in watch(ROUTE, stop[:111], now=now, limits=LIMITS)}
    out = list(blur(drive(60) + [fix(60 + s, 480, 25 * s) for s in range(1, 15)]))
    first = next(
        second
        for second in itertools.count(60)
        if "OFF_ROUTE"
        in {
            a.key
            for a in watch(
                ROUTE, out[: second + 1], now=NOON + timedelta(seconds=second), limits=LIMITS
            )
        }
    )
    assert first <= 60 + 4 + 10
