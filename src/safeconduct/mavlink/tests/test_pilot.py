"""What a pilot's station says to an aircraft, and when it says nothing; values alone, no socket."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point, bearing_deg, distance_m, foot_on_line, moved
from safeconduct.mavlink import orders
from safeconduct.mavlink.desk import Desk
from safeconduct.mavlink.encoder import Command
from safeconduct.mavlink.fence import Fence, typed
from safeconduct.mavlink.intents import ChangeSpeed, GoTo, Lead, Reposition, SetMode
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.links import raw_of
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.moving import Told, still
from safeconduct.mavlink.pilot import Doing, Pilot
from safeconduct.mavlink.standoff import (
    Him,
    StandOff,
    cannot_keep_up,
    is_ahead,
    place_of,
    too_near,
    unsafe,
    way_round,
)
from safeconduct.refusal import Refused

HOME = Point(51.0, 34.0)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FENCE = Fence(inclusions=(tuple(
    moved(HOME, east_m=e, north_m=n) for e, n in ((-500, -500), (500, -500), (500, 500), (-500, 500))
),))  # fmt: skip


def at(east_m, north_m=0.0):
    return moved(HOME, east_m=east_m, north_m=north_m)


def beat(mode=4, base=128 + 1):
    return codec.MAVLink_heartbeat_message(2, 3, base, mode, 4, 3)


def fix(place, height_m=60):
    e7 = round(place.lat_deg * 1e7), round(place.lon_deg * 1e7)
    return codec.MAVLink_global_position_int_message(0, *e7, 0, round(height_m * 1000), 0, 0, 0, 0)


def flown(*, fence=FENCE, limit_m_s=15.0):
    """An aircraft in the air in GUIDED, switched on, at home at second 0."""
    pilot = Pilot(1, Command(Leave(1), Bounds(fence=fence)), speed_limit_m_s=limit_m_s)
    pilot.hears(beat(), now_s=0)
    pilot.hears(fix(HOME), now_s=0)
    pilot.command.leave.switch_on(now_s=0)
    pilot.sees(Him(at(0, 60), 0.0))
    return pilot


def says(pilot, until_s, *, since_s=0.0, where=lambda _s: HOME, pace=True):
    """All that is said while it is heard each half second and flies as `where` says."""
    said = []
    for half in range(round(since_s * 2), round(until_s * 2) + 1):
        now_s = half / 2
        pilot.hears(beat(), now_s=now_s)
        pilot.hears(fix(where(now_s)), now_s=now_s)
        for intent in pilot.due(now_s=now_s):
            said.append(intent)
            if pace and isinstance(intent, ChangeSpeed):
                pilot.hears(codec.MAVLink_command_ack_message(178, 0), now_s=now_s)
    return said


def test_nothing_is_said_before_an_order_and_by_one_its_speed_first():
    pilot = flown()
    assert says(pilot, 5) == []
    pilot.sees(Him(at(0, 200), 5.0))
    assert pilot.watch(StandOff(), now_s=5) is None
    said = says(pilot, 12, since_s=5, where=lambda s: at(0, min(140, 28 * (s - 5))))
    assert said[0] == ChangeSpeed(1, 15.0)
    (place,) = [each for each in said if isinstance(each, Reposition)]
    assert distance_m(place.target, at(0, 140)) < 1
    assert pilot.alarm == ""


def test_who_moves_is_followed_with_his_velocity_and_who_is_not_told_of_is_flown_to_no_more():
    pilot = flown()
    pilot.sees(Him(at(0, 60), 0.0, north_m_s=5.0))
    pilot.watch(StandOff(), now_s=0)
    said = says(pilot, 14, where=lambda s: at(0, 5 * s))
    goes = [each for each in said if isinstance(each, GoTo)]
    assert len(goes) > 8
    assert goes[0].north_m_s == 5.0
    said = says(pilot, 20, since_s=14.5, where=lambda s: at(0, 5 * s))
    assert pilot.doing is Doing.HOLD
    assert isinstance(said[-1], Reposition)
    assert "stands" in pilot.said[-1]


@pytest.mark.parametrize(
    ("pilot", "code"),
    [
        (flown(fence=None), "mavlink.no_fence"),
        (flown(limit_m_s=None), "mavlink.unread"),
    ],
)
def test_without_a_fence_or_its_speed_it_watches_nobody(pilot, code):
    assert pilot.watch(StandOff(), now_s=0).code == code


def test_an_aircraft_that_he_has_not_put_into_guided_is_told_nothing():
    pilot = flown()
    pilot.hears(beat(mode=5), now_s=1)  # his switch
    assert pilot.watch(StandOff(), now_s=1).code == "mavlink.leave"
    pilot.command.leave.switch_on(now_s=1)
    assert pilot.watch(StandOff(), now_s=1).code == "mavlink.not_guided"
    pilot.hears(beat(mode=4, base=1), now_s=1.5)
    pilot.command.leave.switch_on(now_s=1.5)
    assert pilot.watch(StandOff(), now_s=1.5).code == "mavlink.not_guided"  # not armed


def test_he_is_led_from_ahead_at_walking_pace_and_no_longer_than_his_marks_stand():
    pilot = flown()
    assert pilot.lead(at(0, 400), now_s=0).code == "mavlink.lead"
    pilot.marks(sighted=True, acknowledged=True)
    assert pilot.lead(at(0, 400), now_s=0).code == "mavlink.lead"  # it stands behind him
    assert pilot.lead(at(0, -400), now_s=0) is None
    unpaced = says(pilot, 4, pace=False)
    assert {type(each) for each in unpaced} == {ChangeSpeed}  # no step before it flies slowly
    pilot.sees(Him(at(0, 60), 4.0))
    led = [each for each in says(pilot, 8, since_s=4) if isinstance(each, Lead)]
    assert all(each.speed_m_s <= 1.5 for each in led)
    assert all(distance_m(each.target, at(0, 60)) > 20 for each in led)
    pilot.marks(sighted=True, acknowledged=False)
    assert pilot.doing is Doing.HOLD


def test_what_brings_no_motion_or_is_refused_is_an_alarm_and_motion_ends_it():
    pilot = flown()
    pilot.sees(Him(at(0, 300), 0.0))
    pilot.watch(StandOff(), now_s=0)
    says(pilot, 5)
    assert pilot.alarm == ""
    says(pilot, 7, since_s=5.5)
    assert "does not move" in pilot.alarm
    says(pilot, 9, since_s=7.5, where=lambda s: at(0, 12 * (s - 7)))
    assert pilot.alarm == ""
    pilot.hears(codec.MAVLink_command_ack_message(192, 4), now_s=9)
    assert "said no" in pilot.alarm
    pilot.ends()
    assert (pilot.alarm, pilot.doing) == ("", Doing.NOTHING)


def test_home_is_one_word_and_an_alarm_when_it_does_not_turn():
    pilot = flown()
    assert pilot.home(now_s=0) is None
    assert says(pilot, 4) == [SetMode(1, 6)]
    says(pilot, 6, since_s=4.5)
    assert "does not move" in pilot.alarm


def test_that_it_cannot_keep_up_is_said_by_his_speed_before_any_way_is_lost():
    fast = Him(HOME, 0.0, north_m_s=14.0)
    assert "slow down" in cannot_keep_up(fast, [(0.0, 2.0)], limit_m_s=15.0)
    assert cannot_keep_up(Him(HOME, 0.0, north_m_s=13.0), [(0.0, 2.0)], limit_m_s=15.0) == ""
    grows = [(float(s), 40.0 + 3 * s) for s in range(10)]
    assert "falls behind" in cannot_keep_up(None, grows, limit_m_s=None)
    assert cannot_keep_up(None, grows[:3], limit_m_s=None) == ""
    nearer = [(float(s), 200.0 - 12 * s) for s in range(10)]
    assert cannot_keep_up(None, nearer, limit_m_s=None) == ""


def test_a_stand_off_has_safe_limits_and_the_way_to_its_other_side_goes_round_him():
    assert unsafe(StandOff(), Bounds()) is None
    for how in (StandOff(10), StandOff(900), StandOff(60, 10), StandOff(60, 200),
                StandOff(60, 60, -5), StandOff(float("nan"))):  # fmt: skip
        assert unsafe(how, Bounds()).code == "mavlink.stand_off"
    here, steps = place_of(StandOff(60, 60, 270), HOME), []
    there = place_of(StandOff(60, 60, 90), HOME)
    while distance_m(here, there) > 1:
        turn = way_round(here, there, him=HOME, nearest_m=20)
        assert foot_on_line(HOME, [here, turn]).beside_m > 20
        steps.append(round(bearing_deg(HOME, turn)))
        here = turn
    assert 2 <= len(steps) <= 5
    assert is_ahead(at(40), at(500, 100), him=HOME)
    assert not is_ahead(at(-40), at(500, 100), him=HOME)
    assert too_near(60, [65])
    assert not too_near(60, [75])


def test_one_stray_fix_is_no_motion_of_an_aircraft_that_is_to_follow():
    told = Told(at(200), HOME, 0.0)
    strays = [(float(s), HOME) for s in range(1, 5)]
    assert still(told, [*strays, (5.0, at(5))], now_s=5)
    assert still(told, [(float(s), at(8.0 * s)) for s in range(1, 6)], now_s=5) == ""


@pytest.mark.parametrize(
    "line",
    ["", "dance 1", "watch", "watch x", "watch 1 height=nan", "watch 1 mode=4", "lead 1 to=91,0",
     "fence 1 ring=51,34;51,34.1", "fence 1 ring=51,34;51,34.1;nan,34", "mark 1 sighted=perhaps", "arm 1", "watch 1 side=1 side=2", "on 1" + " " * 900, "watch ١"],
)  # fmt: skip
def test_nothing_is_guessed_from_what_is_typed(line):
    with pytest.raises(Refused):
        orders.read(line)


def test_an_order_is_a_verb_whom_and_named_words():
    read = orders.read("watch 1 distance=70 side=90")
    assert (read.verb, read.system, read.number("distance", 0), read.number("height", 60)) == (
        "watch", 1, 70.0, 60,
    )  # fmt: skip
    assert orders.read("lead 2 to=51.5,34.5").place("to") == Point(51.5, 34.5)
    assert orders.read("mark 1 sighted=yes acknowledged=no").yes("sighted")


def desk():
    listener = Listener(systems={1: "aircraft:1"}, rate_hz=4, now=lambda: NOON,
                        commands={1: Command(Leave(1), Bounds())})  # fmt: skip
    return listener, Desk(
        listener, fence=FENCE, vehicles=frozenset(), our_system=245, clock_s=lambda: 0.0
    )


class Nowhere:
    def send(self, frame):
        raw_of(frame)


def test_a_station_refuses_in_words_what_it_cannot_do_and_never_breaks():
    _listener, station = desk()
    for line, code in (("on 1", "preflight.unread"), ("watch 1", "mavlink.leave"),
                       ("fly me", "pilot.order"), ("sees 1", "pilot.relief"),
                       ("lead 1", "pilot.order"), ("see 1", "pilot.order")):  # fmt: skip
        assert asyncio.run(station.order(line))["code"] == code
    assert asyncio.run(station.order("off 1")) == {"done": True}
    assert asyncio.run(station.order("status"))["1"]["doing"] == "nothing"


def test_a_plans_ring_narrows_the_fence_of_the_file_and_an_aircraft_outside_keeps_what_stands():
    _listener, station = desk()
    pilot, ring = station.pilots[1], typed([at(-300, -300), at(900, -300), at(900, 300)])
    order = orders.read(f"fence 1 ring={ring}")
    pilot.command.bounds = replace(pilot.command.bounds, fence=FENCE)
    for where in (None, at(-310, -310)):
        pilot.at = where
        assert asyncio.run(station.order(f"fence 1 ring={ring}"))["code"] == "mavlink.fence"
        assert pilot.command.bounds.fence is FENCE
    pilot.at = at(0, -200)
    fence = station._fence_by(order, pilot)
    assert fence.holds(at(400, -200))
    assert not fence.holds(at(600, -200))  # in the ring, and outside the file's
    assert not fence.holds(at(-200, 200))  # the other way round
    assert station._fence_by(orders.read("fence 1"), pilot) == FENCE


def test_what_is_ignored_is_a_mark_on_each_fix_that_goes_to_the_core_and_ends_with_it():
    listener, station = desk()
    writer = codec.MAVLink(None, srcSystem=1, srcComponent=1)

    def told():
        station.tick()
        listener.hear(bytes(fix(HOME).pack(writer)), Nowhere())
        return listener.fixes[-1].health

    assert "ignored_s" not in told()
    station.pilots[1].alarm = "it does not move"
    assert told()["ignored_s"] >= 1
    station.pilots[1].alarm = ""
    assert "ignored_s" not in told()
