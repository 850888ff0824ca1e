"""The pilot's list: what it may say, within which bounds, and that nothing else leaves by any carrier."""

import math
import random
from dataclasses import replace
from types import MappingProxyType

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point, moved
from safeconduct.mavlink import lists
from safeconduct.mavlink.fence import Fence
from safeconduct.mavlink.lists import PILOT, Bounds
from safeconduct.mavlink.tests import never
from safeconduct.mavlink.tests.frames import (
    MISSION_TYPES,
    carriers,
    every_command,
    filled,
    leaking,
    of_every_message,
    packed,
)
from safeconduct.mavlink.wall import unlisted

HOME = Point(51.0, 34.0)
RING = tuple(
    moved(HOME, east_m=east, north_m=north)
    for east, north in ((-500, -500), (500, -500), (500, 500), (-500, 500))
)
BOUNDS = Bounds(fence=Fence(inclusions=(RING,)), follow_offset_m=30.0)
OURS = PILOT.within(BOUNDS)
IN, OUT = moved(HOME, east_m=100, north_m=50), moved(HOME, east_m=900, north_m=0)
NAN = math.nan


def e7(point):
    return round(point.lat_deg * 1e7), round(point.lon_deg * 1e7)


def says(message):
    """Return what the wall says of a message on the pilot's list, "" if it may leave."""
    refused = unlisted(packed(message), listed=OURS)
    return refused.code if refused else ""


@pytest.mark.parametrize(("name", "command"), sorted(never.COMMANDS.items()))
def test_a_never_command_leaves_the_pilots_station_in_no_carrier_and_mission_type(name, command):
    for mission_type in MISSION_TYPES:
        for message in carriers(command, mission_type):
            refused = unlisted(packed(message), listed=OURS)
            assert refused is not None, f"{name} left inside {message.get_type()}"
            assert refused.code in {"mavlink.message", "mavlink.command"}


@pytest.mark.parametrize(("name", "number"), sorted(never.MESSAGES.items()))
def test_a_never_message_leaves_the_pilots_station_neither(name, number):
    message = dict(of_every_message())[number]
    assert message.get_type() == name
    assert says(message) == "mavlink.message"


# The sweep fills each command alike, so of those that are listed only some leave; the rest are tried below.
COMMANDS = every_command([*never.COMMANDS.values(), *never.PILOTS_COMMANDS.values()])
FIRSTS = (0.0, 1.0, 3.0, 33.0)
SWEPT = {
    (20, None), (21, None), (76, 511), (76, 512), (76, 197), (73, 5001), (73, 5002), (73, 5003),
    (73, 5004), (75, 195),
}  # fmt: skip


def test_over_all_messages_commands_carriers_and_mission_types_only_the_pilots_list_leaves():
    assert leaking(unlisted, OURS, COMMANDS, FIRSTS) == SWEPT


@pytest.mark.parametrize("carrier", [73, 75, 76])
def test_the_sweep_would_notice_a_servo_command_on_the_pilots_list(carrier):
    careless = replace(
        OURS,
        commands=MappingProxyType({**OURS.commands, carrier: OURS.commands[carrier] | {183}}),
    )
    assert leaking(unlisted, careless, COMMANDS, FIRSTS) - SWEPT == {(carrier, 183)}
    assert leaked_by_chance(careless, seed=1, count=4000) == {(carrier, 183)}


# ---- chance: whatever anybody fills in, what leaves is what the design lists ----------------------


def by_the_design(message):
    """The design's table once more, by hand, on what pymavlink reads."""
    told, command = message, getattr(message, "command", None)
    kind = getattr(told, "mission_type", None)
    of = {
        20: lambda: True,
        21: lambda: True,
        76: lambda: of_a_long(told),
        75: lambda: command == 195 or (command == 192 and told.param2 == 0 and held(told)),
        73: lambda: (command in range(5001, 5005) and kind == 1) or (command, kind) == (5100, 2),
        **dict.fromkeys((43, 44, 45, 47, 51), lambda: kind in {1, 2}),
        84: lambda: told.type_mask == 0xDC7,
        86: lambda: told.type_mask in {0xDF8, 0xDC0},
        144: lambda: True,
    }
    return of.get(message.get_msgId(), lambda: False)()


def of_a_long(told):
    slow = told.param1 == 1 and 0 < told.param2 <= 15
    asked = told.command in {511, 512} and told.param1 in lists.TELEMETRY
    mode = told.command == 176 and told.param1 == 1 and told.param2 in {4, 5, 6, 9}
    return asked or mode or told.command in {197, 1000} or (told.command == 178 and slow)


def held(told):
    return BOUNDS.fence.holds(Point(told.x / 1e7, told.y / 1e7)) and 20 <= told.z <= 120


def some_value(dice, command):
    at = dict(
        zip(
            ("x", "lat_int", "lat", "y", "lon_int", "lon"),
            [e7(IN)[0]] * 3 + [e7(IN)[1]] * 3,
            strict=True,
        )
    )
    masks, floats = (0xDF8, 0xDC7, 0xDC0, 0, 0x1C0, 0xFC0), (0, 0, 0, 1, 3, 4, 50, NAN, -1, 1e9)

    def value(name, type_):
        told = {"target_system": 1, "target_component": 1, "command": command}.get(name)
        if told is not None:
            return told
        if name in at and "int32" in type_ and dice.random() < 0.7:
            return at[name]
        if type_ in {"float", "double"}:
            return float(dice.choice(floats))
        masked = name == "type_mask" and type_ == "uint16_t"
        return dice.choice(masks) if masked else dice.choice((0, 0, 0, 1, 2, 3, 6, 33))

    return value


def leaked_by_chance(listed, *, seed, count):
    """What left although the design does not list it, of so many frames filled by chance."""
    dice = random.Random(seed)
    listed_kinds = [codec.mavlink_map[number] for number in sorted(OURS.messages | {39})]
    kinds = listed_kinds * 8 + [codec.mavlink_map[n] for n in codec.mavlink_map if n >= 0]
    likely = [*never.PILOTS_COMMANDS.values(), 511, 512, 183, 211, 400]
    through = set()
    for _ in range(count):
        command = dice.choice(likely if dice.random() < 0.8 else COMMANDS)
        message = filled(dice.choice(kinds), some_value(dice, command))
        if unlisted(packed(message), listed=listed) is None and not by_the_design(message):
            through.add((message.get_msgId(), getattr(message, "command", None)))
    return through


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_filled_in_nothing_leaves_that_the_design_does_not_list(seed):
    assert leaked_by_chance(OURS, seed=seed, count=2500) == set()
    assert leaked_by_chance(PILOT, seed=seed, count=500) == set()


def test_bytes_turned_in_flight_never_make_an_unlisted_frame_leave():
    """A frame that is good is spoiled byte by byte: what still leaves is still listed."""
    dice = random.Random(7)
    reader = codec.MAVLink(None)
    good = [packed(m) for m in (*carriers(192), *carriers(5003, 1), *carriers(511))]
    left = 0
    for _ in range(4000):
        raw = bytearray(dice.choice(good))
        for _turn in range(dice.randint(1, 3)):
            raw[dice.randrange(5, len(raw) - 2)] = dice.randrange(256)
        crc = codec.x25crc(raw[1:-2])
        kind = codec.mavlink_map.get(int.from_bytes(raw[7:10], "little"))
        if kind is None:
            continue
        crc.accumulate(bytes([kind.crc_extra]))
        raw[-2:] = crc.crc.to_bytes(2, "little")
        if unlisted(bytes(raw), listed=OURS) is None:
            left += 1
            assert by_the_design(reader.decode(raw))
    assert left > 50


# ---- each entry, and the trap beside it ------------------------------------------------------------


def long(command, *params):
    return codec.MAVLink_command_long_message(1, 1, command, 0, *params, *[0] * (7 - len(params)))


def placed(command, at, *, z=50, first=-1, second=0, heading=NAN, frame=6):
    return codec.MAVLink_command_int_message(
        1, 1, frame, command, 0, 0, first, second, 0, heading, *e7(at), z
    )


def test_of_the_modes_four_may_be_told_and_none_that_arms():
    assert [mode for mode in range(30) if not says(long(176, 1, mode))] == [4, 5, 6, 9]
    assert says(long(176, 1 + 128, 4)) == "mavlink.content"
    assert says(long(176, 1, 4, 1)) == "mavlink.content"


def test_a_new_place_lies_in_our_copy_of_the_fence_and_may_not_change_the_mode():
    assert says(placed(192, IN)) == ""
    assert says(placed(192, IN, second=1)) == "mavlink.content"
    assert says(placed(192, OUT)) == "mavlink.content"
    assert says(placed(192, IN, z=10)) == says(placed(192, IN, z=200)) == "mavlink.content"
    assert says(placed(192, IN, z=NAN)) == says(placed(192, IN, frame=0)) == "mavlink.content"
    assert says(placed(192, IN, first=16)) == "mavlink.content"
    assert unlisted(packed(placed(192, IN)), listed=PILOT).code == "mavlink.content"
    assert says(long(192, -1, 0, 0, NAN, IN.lat_deg, IN.lon_deg, 50)) == "mavlink.command"


def test_a_speed_has_a_ceiling():
    assert says(long(178, 1, 15, -1)) == ""
    for params in (
        (1, 15.1, -1),
        (1, 0, -1),
        (1, NAN, -1),
        (1, 10, 50),
        (2, 3, -1),
        (1, math.inf, -1),
    ):
        assert says(long(178, *params)) == "mavlink.content"


def local(mask, *, position=(0, 0, 0), velocity=(0, 0, 0), acceleration=(0, 0, 0), frame=1):
    return codec.MAVLink_set_position_target_local_ned_message(
        0, 1, 1, frame, mask, *position, *velocity, *acceleration, 0, 0
    )


def across(mask, at, *, height=50, velocity=(0, 0, 0), acceleration=(0, 0, 0), frame=6):
    return codec.MAVLink_set_position_target_global_int_message(
        0, 1, 1, frame, mask, *e7(at), height, *velocity, *acceleration, 0, 0
    )


def test_a_target_is_a_place_in_the_fence_or_a_velocity_and_never_a_force():
    assert says(across(0xDF8, IN)) == ""
    assert says(across(0xDC0, IN, velocity=(5, 5, 0))) == ""
    assert says(across(0xDF8, OUT)) == "mavlink.content"
    assert says(across(0xDF8, IN, velocity=(5, 0, 0))) == "mavlink.content"
    assert says(local(0xDC7, velocity=(8, 0, 1))) == ""
    assert says(local(0xDC7, velocity=(0, 0, 9))) == "mavlink.content"
    assert says(local(0xDF8, position=(10, 10, -50))) == "mavlink.content"
    for mask in (0xC38, 0xDF8 | 512, 0, 0x1F8, 0xDC7 | 512):
        assert says(across(mask, IN, acceleration=(1, 0, 0))) == "mavlink.content"
        assert says(local(mask, acceleration=(1, 0, 0))) == "mavlink.content"
    assert says(local(0xDC7, velocity=(16, 0, 0))) == says(across(0xDC0, IN, velocity=(99, 0, 0)))


def follow(at=IN, velocity=(8, 0, 0), capabilities=3, acceleration=(0, 0, 0)):
    zero = [0, 0, 0]
    return codec.MAVLink_follow_target_message(
        1, capabilities, *e7(at), 0, list(velocity), list(acceleration), [1, 0, 0, 0], zero, zero, 0
    )


def test_whom_it_follows_is_told_only_where_its_stand_off_was_read():
    assert says(follow()) == ""
    assert says(follow(acceleration=(1, 0, 0))) == says(follow(capabilities=7)) == "mavlink.content"
    assert says(follow(velocity=(31, 0, 0))) == says(follow(at=Point(0, 0))) == "mavlink.content"
    for offset in (None, 5.0, NAN):
        listed = PILOT.within(replace(BOUNDS, follow_offset_m=offset))
        assert unlisted(packed(follow()), listed=listed).code == "mavlink.content"


def test_a_camera_turns_and_is_taken_from_nobody():
    assert says(placed(195, OUT, first=0, heading=0)) == says(long(197)) == ""
    assert says(long(1000, -45, 90, NAN, NAN, 16)) == says(long(1000, -90, 0, NAN, NAN, 28)) == ""
    for flags in (1, 2, 256, 512, 1024, 16.5, NAN):
        assert says(long(1000, -45, 90, NAN, NAN, flags)) == "mavlink.content"
    assert says(long(1000, -45, 90, 10, NAN, 16)) == says(long(1000, NAN, 0, NAN, NAN, 0))


def item(command, kind, *, first=4.0, at=IN, z=0, current=0):
    return codec.MAVLink_mission_item_int_message(
        1, 1, 0, 3, command, current, 1, first, 0, 0, 0, *e7(at), z, kind
    )


def test_an_upload_holds_parts_of_a_fence_or_rally_points_and_each_its_own_kind():
    for command in (5001, 5002, 5003, 5004):
        assert [kind for kind in MISSION_TYPES if not says(item(command, kind))] == [1]
    rally = [kind for kind in MISSION_TYPES if not says(item(5100, kind, first=0, z=50))]
    assert rally == [2]
    for command in (16, 22, 183, 211, 5000, 42702):
        assert {says(item(command, kind)) for kind in MISSION_TYPES} == {"mavlink.command"}
    for first in (0, -1, 2, 2.5, NAN, math.inf):
        assert says(item(5001, 1, first=first)) == "mavlink.content"
    assert (
        says(item(5003, 1, current=1)) == says(item(5100, 2, first=0, z=500)) == "mavlink.content"
    )


def test_a_transfer_is_of_a_fence_or_rally_points_and_never_of_a_mission_or_of_all():
    makers = (
        lambda kind: codec.MAVLink_mission_request_list_message(1, 1, kind),
        lambda kind: codec.MAVLink_mission_count_message(1, 1, 5, kind),
        lambda kind: codec.MAVLink_mission_clear_all_message(1, 1, kind),
        lambda kind: codec.MAVLink_mission_ack_message(1, 1, 0, kind),
        lambda kind: codec.MAVLink_mission_request_int_message(1, 1, 0, kind),
    )
    for make in makers:
        assert [kind for kind in range(256) if not says(make(kind))] == [1, 2]
        old = packed(
            make(1), force_mavlink1=True
        )  # MAVLink 1 has no mission type: it means a mission
        assert unlisted(old, listed=OURS).code == "mavlink.no_frame"
    assert says(codec.MAVLink_mission_count_message(1, 1, 0, 1)) == "mavlink.content"
    assert says(codec.MAVLink_mission_ack_message(1, 1, 1, 1)) == "mavlink.content"
