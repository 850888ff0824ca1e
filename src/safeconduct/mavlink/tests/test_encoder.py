"""Nothing unlisted leaves: every deny-list entry by name, in every carrier, and the whole sweep."""

import itertools
from dataclasses import replace
from types import MappingProxyType

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink import lists
from safeconduct.mavlink.encoder import (
    PILOT_SYSTEM,
    AskOnce,
    AskRate,
    Encoder,
    Frame,
    ListParameters,
    ReadParameter,
    requests,
    unlisted,
)
from safeconduct.refusal import Refused

NEVER_COMMANDS = {
    "NAV_TAKEOFF": 22,
    "NAV_PAYLOAD_PLACE": 94,
    "DO_SET_RELAY": 181,
    "DO_REPEAT_RELAY": 182,
    "DO_SET_SERVO": 183,
    "DO_REPEAT_SERVO": 184,
    "DO_FLIGHTTERMINATION": 185,
    "DO_SET_ACTUATOR": 187,
    "DO_PARACHUTE": 208,
    "DO_MOTOR_TEST": 209,
    "DO_GRIPPER": 211,
    "DO_SPRAYER": 216,
    "DO_SEND_SCRIPT_MESSAGE": 217,
    "DO_AUX_FUNCTION": 218,
    "DO_ENGINE_CONTROL": 223,
    "DO_SET_MISSION_CURRENT": 224,
    "PREFLIGHT_CALIBRATION": 241,
    "PREFLIGHT_SET_SENSOR_OFFSETS": 242,
    "PREFLIGHT_UAVCAN": 243,
    "PREFLIGHT_STORAGE": 245,
    "PREFLIGHT_REBOOT_SHUTDOWN": 246,
    "COMPONENT_ARM_DISARM": 400,
    "PAYLOAD_PREPARE_DEPLOY": 30001,
    "PAYLOAD_CONTROL_DEPLOY": 30002,
    **{f"USER_{n}": n for n in range(31000, 31015)},
    "PAYLOAD_CONTROL": 40002,
    "DO_WINCH": 42600,
    "FLASH_BOOTLOADER": 42650,
    "SCRIPTING": 42701,
    "NAV_SCRIPT_TIME": 42702,
    # the pilot's station may send these one day; the gateway never
    "DO_SET_MODE": 176,
    "DO_CHANGE_SPEED": 178,
    "DO_REPOSITION": 192,
    "DO_SET_ROI_LOCATION": 195,
    "DO_GIMBAL_MANAGER_PITCHYAW": 1000,
    "NAV_WAYPOINT": 16,
    "FENCE_VERTEX_INCLUSION": 5001,
    "RALLY_POINT": 5100,
}
NEVER_MESSAGES = {
    "HEARTBEAT": 0,
    "SET_MODE": 11,
    "PARAM_SET": 23,
    "MANUAL_CONTROL": 69,
    "RC_CHANNELS_OVERRIDE": 70,
    "SET_ATTITUDE_TARGET": 82,
    "SET_POSITION_TARGET_LOCAL_NED": 84,
    "SET_POSITION_TARGET_GLOBAL_INT": 86,
    "FILE_TRANSFER_PROTOCOL": 110,
    "LOG_ERASE": 121,
    "SERIAL_CONTROL": 126,
    "SET_ACTUATOR_CONTROL_TARGET": 139,
    "FOLLOW_TARGET": 144,
    "SETUP_SIGNING": 256,
    "PARAM_EXT_SET": 323,
    "TUNNEL": 385,
    "CAN_FRAME": 386,
}
MISSION_TYPES = (0, 1, 2, 255)


def packed(message, **how):
    writer = codec.MAVLink(None, srcSystem=245, srcComponent=191)
    return bytes(message.pack(writer, **how))


def carriers(command, mission_type=0):
    """The same command in each of its four carriers, as pymavlink writes them."""
    yield codec.MAVLink_command_long_message(1, 1, command, 0, 33, 0, 0, 0, 0, 0, 0)
    yield codec.MAVLink_command_int_message(1, 1, 0, command, 0, 0, 33, 0, 0, 0, 0, 0, 0)
    yield codec.MAVLink_mission_item_message(
        1, 1, 0, 0, command, 0, 1, 33, 0, 0, 0, 0, 0, 0, mission_type
    )
    yield codec.MAVLink_mission_item_int_message(
        1, 1, 0, 0, command, 0, 1, 33, 0, 0, 0, 0, 0, 0, mission_type
    )


def sizes(kind):
    by_name = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    return [by_name[name] for name in kind.fieldnames]


def of_every_message():
    for number in sorted(codec.mavlink_map):
        kind = codec.mavlink_map[number]
        if number < 0:
            continue
        values = []
        for name, type_, size in zip(kind.fieldnames, kind.fieldtypes, sizes(kind), strict=True):
            plain = 1 if name.startswith("target_") else 0
            if type_ == "char":
                values.append(b"")
            else:
                values.append([plain] * size if size else plain)
        yield number, kind(*values)


def every_command():
    return sorted(set(codec.enums["MAV_CMD"]) | set(NEVER_COMMANDS.values()))


@pytest.mark.parametrize(("name", "command"), sorted(NEVER_COMMANDS.items()))
def test_a_never_command_is_refused_in_every_carrier_and_mission_type(name, command):
    for mission_type in MISSION_TYPES:
        for message in carriers(command, mission_type):
            refused = unlisted(packed(message))
            assert refused is not None, f"{name} left inside {message.get_type()}"


@pytest.mark.parametrize(("name", "number"), sorted(NEVER_MESSAGES.items()))
def test_a_never_message_is_refused(name, number):
    message = dict(of_every_message())[number]
    assert message.get_type() == name
    assert unlisted(packed(message)).code == "mavlink.message"


def leaking(listed):
    """Every message id, and every command in four carriers and four mission types, that leaves."""
    through = {
        (number, None)
        for number, message in of_every_message()
        if unlisted(packed(message), listed=listed) is None
    }
    for command, mission_type in itertools.product(every_command(), MISSION_TYPES):
        for message in carriers(command, mission_type):
            if unlisted(packed(message), listed=listed) is None:
                through.add((message.get_msgId(), command))
    return through


ALLOWED = {(20, None), (21, None), (76, 511), (76, 512)}


def test_over_all_messages_commands_carriers_and_mission_types_only_the_list_leaves():
    assert leaking(lists.WATCH) == ALLOWED


def test_the_sweep_would_notice_a_servo_command_on_the_list():
    careless = replace(
        lists.WATCH, commands=MappingProxyType({76: lists.WATCH.commands[76] | {183}})
    )
    assert leaking(careless) == ALLOWED | {(76, 183)}


def test_each_intent_becomes_the_frame_another_codec_reads():
    encoder, reader = Encoder(), codec.MAVLink(None)

    def read(intent):
        return reader.decode(bytearray(encoder.encode(intent).raw)).to_dict()

    rate = read(AskRate(1, 33, 4))
    assert (rate["command"], rate["param1"], rate["param2"]) == (511, 33, 250_000)
    once = read(AskOnce(1, 24))
    assert (once["command"], once["param1"], once["target_system"]) == (512, 24, 1)
    assert read(ReadParameter(1, "GRIP_ENABLE"))["param_id"] == "GRIP_ENABLE"
    assert read(ListParameters(7))["target_system"] == 7


def test_it_asks_only_for_telemetry_and_for_no_more_than_ten_a_second():
    encoder = Encoder()
    with pytest.raises(Refused, match="not telemetry"):
        encoder.encode(AskRate(1, 256, 1))
    with pytest.raises(Refused, match="10 Hz"):
        encoder.encode(AskRate(1, 33, 11))
    with pytest.raises(Refused, match="10 Hz"):
        encoder.encode(AskRate(1, 33, 0))
    assert all(encoder.encode(intent) for intent in requests(1, rate_hz=10))


def test_no_frame_goes_to_all_or_to_the_pilots_station():
    for system in (0, PILOT_SYSTEM):
        with pytest.raises(Refused, match="one aircraft"):
            Encoder().encode(ListParameters(system))


def test_we_never_speak_under_the_pilots_system_id():
    with pytest.raises(ValueError, match="pilot"):
        Encoder(system=PILOT_SYSTEM)


def test_mavlink_1_and_a_second_frame_behind_the_first_never_leave():
    good = Encoder().encode(ListParameters(1)).raw
    old = packed(codec.MAVLink_param_request_list_message(1, 1), force_mavlink1=True)
    assert unlisted(good) is None
    for bad in (old, good + good, good[:-1], b""):
        assert unlisted(bad).code == "mavlink.no_frame"


def test_a_frame_cannot_be_made_of_bytes_that_are_not_listed():
    (long, *_) = carriers(400)
    with pytest.raises(Refused, match="400"):
        Frame(packed(long))


def test_with_a_key_every_frame_is_signed_and_another_key_does_not_read_it():
    key, other = b"k" * 32, b"o" * 32
    raw = Encoder(key=key, timestamp=10**12).encode(AskOnce(1, 33)).raw

    def read(with_key):
        reader = codec.MAVLink(None)
        reader.robust_parsing = True
        reader.signing.secret_key = with_key
        reader.signing.allow_unsigned_callback = lambda *_: False
        return reader.parse_buffer(raw)[0].get_type()

    assert read(key) == "COMMAND_LONG"
    assert read(other) == "BAD_DATA"
    with pytest.raises(ValueError, match="32 bytes"):
        Encoder(key=b"short")
