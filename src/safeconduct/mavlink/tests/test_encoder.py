"""The gateway's list: nothing unlisted leaves, each deny-list entry by name, in every carrier."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink import intents, lists
from safeconduct.mavlink.encoder import PILOT_SYSTEM, Encoder, requests
from safeconduct.mavlink.intents import AskOnce, AskRate, Beat, ListParameters, ReadParameter
from safeconduct.mavlink.packing import message_of
from safeconduct.mavlink.tests import never
from safeconduct.mavlink.tests.frames import (
    MISSION_TYPES,
    carriers,
    every_command,
    leaking,
    of_every_message,
    packed,
)
from safeconduct.mavlink.wall import Frame, unlisted
from safeconduct.refusal import Refused

NEVER_COMMANDS = never.COMMANDS | never.PILOTS_COMMANDS
NEVER_MESSAGES = never.MESSAGES | never.PILOTS_MESSAGES | {"HEARTBEAT": 0}


@pytest.mark.parametrize(("name", "command"), sorted(NEVER_COMMANDS.items()))
def test_a_never_command_is_refused_in_every_carrier_and_mission_type(name, command):
    for mission_type in MISSION_TYPES:
        for message in carriers(command, mission_type):
            refused = unlisted(packed(message))
            assert refused is not None, f"{name} left inside {message.get_type()}"
            # The list itself refuses it, before anybody looks at what it holds.
            assert refused.code in {"mavlink.message", "mavlink.command"}


@pytest.mark.parametrize(("name", "number"), sorted(NEVER_MESSAGES.items()))
def test_a_never_message_is_refused(name, number):
    message = dict(of_every_message())[number]
    assert message.get_type() == name
    assert unlisted(packed(message)).code == "mavlink.message"


ALLOWED = {(20, None), (21, None), (76, 511), (76, 512)}
COMMANDS = every_command(NEVER_COMMANDS.values())


def test_over_all_messages_commands_carriers_and_mission_types_only_the_list_leaves():
    assert leaking(unlisted, lists.WATCH, COMMANDS) == ALLOWED


def test_the_sweep_would_notice_a_servo_command_on_the_list():
    careless = replace(
        lists.WATCH, commands=MappingProxyType({76: lists.WATCH.commands[76] | {183}})
    )
    assert leaking(unlisted, careless, COMMANDS) == ALLOWED | {(76, 183)}


def read(encoder, intent):
    return codec.MAVLink(None).decode(bytearray(encoder.encode(intent).raw)).to_dict()


def test_each_intent_becomes_the_frame_another_codec_reads():
    encoder = Encoder()
    rate = read(encoder, AskRate(1, 33, 4))
    assert (rate["command"], rate["param1"], rate["param2"]) == (511, 33, 250_000)
    once = read(encoder, AskOnce(1, 24))
    assert (once["command"], once["param1"], once["target_system"]) == (512, 24, 1)
    assert read(encoder, ReadParameter(1, "GRIP_ENABLE"))["param_id"] == "GRIP_ENABLE"
    assert read(encoder, ListParameters(7))["target_system"] == 7


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
    beat = codec.MAVLink_heartbeat_message(18, 8, 0, 0, 4, 3)
    for system in (0, 251, PILOT_SYSTEM):
        assert unlisted(packed(beat, system=system), listed=lists.WATCH.beating).code == (
            "mavlink.source"
        )


def test_a_heartbeat_of_ours_is_off_until_the_programme_wants_it_and_then_claims_nothing():
    with pytest.raises(Refused, match="message 0"):
        Encoder().encode(Beat())
    beat = read(Encoder(beats=True), Beat())
    assert (beat["type"], beat["autopilot"], beat["base_mode"]) == (18, 8, 0)
    armed = codec.MAVLink_heartbeat_message(18, 8, 128, 0, 4, 3)
    station = codec.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)
    for claiming in (armed, station):
        assert unlisted(packed(claiming), listed=lists.WATCH.beating).code == "mavlink.content"


def test_mavlink_1_and_a_second_frame_behind_the_first_never_leave():
    good = Encoder().encode(ListParameters(1)).raw
    old = packed(codec.MAVLink_param_request_list_message(1, 1), force_mavlink1=True)
    assert unlisted(good) is None
    for bad in (old, good + good, good[:-1], b""):
        assert unlisted(bad).code == "mavlink.no_frame"


def test_bytes_behind_the_fields_that_are_known_do_not_leave():
    raw = packed(codec.MAVLink_param_request_list_message(1, 1))
    longer = bytes([raw[0], raw[1] + 4]) + raw[2:-2] + b"\0\0\0\1" + raw[-2:]
    assert unlisted(longer).code == "mavlink.no_frame"


def test_a_frame_cannot_be_made_of_bytes_that_are_not_listed():
    (long, *_) = carriers(400)
    with pytest.raises(Refused, match="400"):
        Frame(packed(long))


def test_the_gateways_encoder_knows_no_movement():
    with pytest.raises(Refused, match="pilot's station alone"):
        Encoder().encode(intents.SetMode(1, lists.RTL))
    with pytest.raises(TypeError, match="no intent"):
        message_of(b"\xfd" * 40)
