"""Movement exists while the pilot has switched it on; his own switch wins; what is ignored is an alarm."""

from dataclasses import replace

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point, moved
from safeconduct.mavlink import intents, lists
from safeconduct.mavlink.encoder import Command, Encoder
from safeconduct.mavlink.fence import Circle, Fence, Item, differs, rally
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.moving import ignored, told_of
from safeconduct.refusal import Refused

HOME = Point(51.0, 34.0)
RING = tuple(
    moved(HOME, east_m=east, north_m=north)
    for east, north in ((-500, -500), (500, -500), (500, 500), (-500, 500))
)
BOUNDS = Bounds(fence=Fence(inclusions=(RING,)), follow_offset_m=30.0)
IN = moved(HOME, east_m=100, north_m=0)
THERE = moved(HOME, east_m=400, north_m=0)
STABILIZE = 0


def flying(*, mode=lists.GUIDED, armed=True, bounds=BOUNDS, on=True):
    """A pilot's encoder for aircraft 1, heard at second 0."""
    leave = Leave(1)
    leave.heartbeat(custom_mode=mode, base_mode=128 if armed else 0, now_s=0)
    if on:
        assert leave.switch_on(now_s=0) is None
    return Encoder(command=Command(leave, bounds)), leave


def read(encoder, intent, now_s=0.0):
    raw = bytearray(encoder.encode(intent, now_s=now_s).raw)
    return codec.MAVLink(None).decode(raw).to_dict()


GO = intents.Reposition(1, THERE, 60.0)
LEAD = intents.Lead(
    1, THERE, 40.0, him=HOME, him_age_s=1.0, speed_m_s=1.2, sighted=True, acknowledged=True
)


# ---- his leave -------------------------------------------------------------------------------------


def test_nothing_moves_until_the_pilot_has_switched_it_on_and_no_longer():
    encoder, leave = flying(on=False)
    with pytest.raises(Refused, match="has not switched it on"):
        encoder.encode(GO)
    leave.switch_on(now_s=0)
    assert encoder.encode(GO)
    leave.switch_off()
    with pytest.raises(Refused, match="switched it off"):
        encoder.encode(GO)
    assert encoder.encode(intents.AskOnce(1, 33))


def test_it_cannot_be_switched_on_for_an_aircraft_that_is_not_heard():
    leave = Leave(1)
    assert leave.switch_on(now_s=0).code == "mavlink.unheard"
    leave.heartbeat(custom_mode=4, base_mode=128, now_s=0)
    assert leave.switch_on(now_s=3.5).code == "mavlink.unheard"
    assert leave.switch_on(now_s=2.5) is None


def test_his_own_mode_switch_wins_at_once_and_is_said():
    encoder, leave = flying()
    said = leave.heartbeat(custom_mode=STABILIZE, base_mode=128, now_s=1)
    assert "without our command" in said
    with pytest.raises(Refused, match="the pilot has it"):
        encoder.encode(GO, now_s=1)
    assert leave.heartbeat(custom_mode=lists.GUIDED, base_mode=128, now_s=2) == ""
    with pytest.raises(Refused, match="the pilot has it"):  # it does not come back by itself
        encoder.encode(GO, now_s=2)


def test_a_mode_of_ours_is_no_switch_of_his_but_only_that_one_and_only_in_time():
    encoder, leave = flying()
    told = read(encoder, intents.SetMode(1, lists.LOITER))
    assert (told["command"], told["param1"], told["param2"]) == (176, 1, 5)
    assert leave.heartbeat(custom_mode=lists.LOITER, base_mode=128, now_s=2) == ""
    assert leave.on
    encoder.encode(intents.SetMode(1, lists.GUIDED), now_s=2)
    assert "RTL" in leave.heartbeat(custom_mode=lists.RTL, base_mode=128, now_s=3)

    encoder, leave = flying()
    encoder.encode(intents.SetMode(1, lists.LAND))
    for second in range(1, 7):
        leave.heartbeat(custom_mode=lists.GUIDED, base_mode=128, now_s=second)
    assert leave.heartbeat(custom_mode=lists.LAND, base_mode=128, now_s=7)
    assert not leave.on


def test_an_aircraft_that_fell_silent_is_told_nothing_and_must_be_switched_on_anew():
    encoder, leave = flying()
    with pytest.raises(Refused, match="not heard"):
        encoder.encode(GO, now_s=4)
    assert "not heard" in leave.heartbeat(custom_mode=lists.GUIDED, base_mode=128, now_s=9)
    with pytest.raises(Refused, match="not heard"):
        encoder.encode(GO, now_s=9)


def test_leave_for_one_aircraft_moves_no_other():
    encoder, _ = flying()
    with pytest.raises(Refused, match="another aircraft"):
        encoder.encode(replace(GO, system=2))


def test_our_own_heartbeat_is_not_the_pilots_to_switch_on():
    encoder, _ = flying()
    with pytest.raises(Refused):
        encoder.encode(intents.Beat())


# ---- what is said, as another codec reads it ---------------------------------------------------------


def test_each_intent_of_the_pilots_is_one_frame():
    encoder, _ = flying()
    to = read(encoder, GO)
    assert (to["mavpackettype"], to["command"], to["param1"], to["param2"]) == (
        "COMMAND_INT", 192, -1, 0,
    )  # fmt: skip
    assert (to["x"], to["y"], to["z"], to["frame"]) == (
        round(THERE.lat_deg * 1e7), round(THERE.lon_deg * 1e7), 60, 6,
    )  # fmt: skip
    assert read(encoder, intents.ChangeSpeed(1, 10))["param2"] == 10
    assert read(encoder, intents.GoTo(1, THERE, 60))["type_mask"] == 0xDF8
    passing = read(encoder, intents.GoTo(1, THERE, 60, north_m_s=3))
    assert (passing["type_mask"], passing["vx"]) == (0xDC0, 3)
    drift = read(encoder, intents.Drift(1, IN, 3, -2, 0.5))
    assert (drift["type_mask"], drift["vx"], drift["vy"], drift["vz"]) == (0xDC7, 3, -2, 0.5)
    him = read(encoder, intents.Follow(1, HOME, 0, 8, 0, 1000))
    assert (him["est_capabilities"], him["vel"][0], him["timestamp"]) == (3, 8, 1000)
    look = read(encoder, intents.LookAt(1, HOME))
    assert (look["mavpackettype"], look["command"]) == ("COMMAND_INT", 195)
    assert read(encoder, intents.LookAhead(1))["command"] == 197
    camera = read(encoder, intents.TurnCamera(1, -45, 10))
    assert (camera["command"], camera["param1"], camera["param2"]) == (1000, -45, 10)


def test_bounds_refuse_the_intent_before_it_is_a_frame():
    encoder, _ = flying()
    far = moved(HOME, east_m=900, north_m=0)
    for intent in (
        replace(GO, target=far),
        replace(GO, height_m=500),
        intents.ChangeSpeed(1, 16),
        intents.SetMode(1, STABILIZE),
        intents.GoTo(1, far, 60),
        intents.Drift(1, moved(HOME, east_m=490, north_m=0), 0, 10),
        intents.Drift(1, IN, float("nan"), 0),
        intents.TurnCamera(1, -100, 0),
    ):
        with pytest.raises(Refused):
            encoder.encode(intent)
    without, _ = flying(bounds=Bounds())
    for intent in (
        GO,
        intents.GoTo(1, IN, 60),
        intents.Drift(1, IN, 1, 0),
        intents.Follow(1, HOME, 0, 1, 0, 1),
    ):
        with pytest.raises(Refused):
            without.encode(intent)


# ---- leading -----------------------------------------------------------------------------------------


def test_he_is_led_only_while_sighted_and_acknowledged_at_walking_pace_and_never_from_near():
    encoder, _ = flying()
    led = read(encoder, LEAD)
    assert (led["command"], round(led["param1"], 3), led["param2"]) == (192, 1.2, 0)
    for wrong in (
        replace(LEAD, sighted=False),
        replace(LEAD, acknowledged=False),
        replace(LEAD, speed_m_s=2.0),
        replace(LEAD, speed_m_s=0.0),
        replace(LEAD, him_age_s=6.0),
        replace(LEAD, him_age_s=float("nan")),
        replace(LEAD, target=moved(HOME, east_m=10, north_m=0)),
        replace(LEAD, target=moved(HOME, east_m=900, north_m=0)),
    ):
        with pytest.raises(Refused):
            encoder.encode(wrong)


# ---- whether it moves --------------------------------------------------------------------------------


def east(metres):
    return moved(HOME, east_m=metres, north_m=0)


def test_a_movement_that_brings_no_motion_within_five_seconds_is_an_alarm():
    told = told_of(GO, at=HOME, now_s=10)
    still = [(10 + s, east(0.5 * (s % 3))) for s in range(1, 6)]
    assert ignored(told, still, now_s=14.9) == ""
    assert "does not move" in ignored(told, still, now_s=15)
    assert ignored(told, [], now_s=15)  # no news is bad news
    assert ignored(told, [(9, east(300))], now_s=15)  # what was before counts for nothing
    assert ignored(told, [(14, east(-40))], now_s=15)  # away from it is not toward it
    assert ignored(told, [(10 + s, east(2 * s)) for s in range(1, 6)], now_s=15) == ""
    assert ignored(told, [*still[:-1], (15, east(6))], now_s=15)  # one fix that strays is no motion
    near = told_of(intents.Reposition(1, east(4), 60.0), at=HOME, now_s=10)
    assert ignored(near, [], now_s=30) == ""
    drift = told_of(intents.Drift(1, HOME, 0, 2), at=HOME, now_s=10)
    assert ignored(drift, [(14, east(5))], now_s=15) == ""
    assert ignored(drift, [(14, east(1))], now_s=15)
    assert told_of(intents.LookAhead(1), at=HOME, now_s=10) is None


# ---- the fence ---------------------------------------------------------------------------------------


def test_inside_is_in_every_inclusion_and_in_no_exclusion():
    hole = tuple(moved(HOME, east_m=e, north_m=n) for e, n in ((50, 50), (90, 50), (70, 90)))
    fence = Fence((RING,), (hole,), (Circle(HOME, 450),), (Circle(east(-100), 20),))
    assert fence.holds(HOME)
    assert not fence.holds(moved(HOME, east_m=70, north_m=60))
    assert not fence.holds(east(460))
    assert not fence.holds(east(-90))
    assert fence.holds_way(HOME, east(400))
    assert not fence.holds_way(HOME, east(-300))
    for wrong in ({}, {"inclusions": (RING[:2],)}, {"circles_in": (Circle(HOME, 0),)}):
        with pytest.raises(ValueError, match=r"fence"):
            Fence(**wrong)


def test_a_fence_goes_up_item_by_item_and_is_not_changed_on_an_armed_aircraft():
    fence = Fence((RING,), (), (), (Circle(IN, 25),))
    encoder, _ = flying(armed=False)
    count = read(encoder, intents.UploadCount(1, lists.FENCE, len(fence.items())))
    assert (count["count"], count["mission_type"]) == (5, 1)
    sent = [
        read(encoder, intents.UploadItem(1, lists.FENCE, n, item))
        for n, item in enumerate(fence.items())
    ]
    assert [told["command"] for told in sent] == [5001] * 4 + [5004]
    assert {told["mission_type"] for told in sent} == {1}
    assert (sent[0]["param1"], sent[4]["param1"]) == (4, 25)
    (point,) = rally([(IN, 40.0)])
    told = read(encoder, intents.UploadItem(1, lists.RALLY, 0, point))
    assert (told["command"], told["mission_type"], told["z"]) == (5100, 2, 40)
    assert read(encoder, intents.ReadItems(1, lists.FENCE))["mission_type"] == 1
    assert read(encoder, intents.ReadItem(1, lists.FENCE, 3))["seq"] == 3
    assert read(encoder, intents.EndItems(1, lists.FENCE, given_up=True))["type"] == 15
    assert read(encoder, intents.ClearItems(1, lists.FENCE))["mission_type"] == 1
    with pytest.raises(Refused, match="never all"):
        encoder.encode(intents.ClearItems(1, lists.ALL))
    with pytest.raises(Refused, match="not on the list"):
        encoder.encode(intents.UploadItem(1, lists.FENCE, 0, Item(183, 1.0, 1, 1)))
    armed, _ = flying()
    for change in (intents.UploadCount(1, lists.FENCE, 5), intents.ClearItems(1, lists.FENCE)):
        with pytest.raises(Refused, match="armed"):
            armed.encode(change)


def test_a_fence_that_comes_back_as_another_is_named():
    sent = Fence((RING,), (), (), (Circle(IN, 25),)).items()
    assert differs(sent, list(sent)) == ""
    assert "5 items were sent and 4" in differs(sent, sent[:4])
    assert "item 1" in differs(sent, [replace(sent[0], lat_e7=sent[0].lat_e7 + 1), *sent[1:]])
    assert "item 5" in differs(sent, [*sent[:4], replace(sent[4], first=26.0)])
    assert "item 5" in differs(sent, [*sent[:4], replace(sent[4], first=float("nan"))])
    assert differs(sent, [*sent[:4], replace(sent[4], first=25.004)]) == ""
