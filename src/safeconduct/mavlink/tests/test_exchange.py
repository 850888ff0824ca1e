"""Over a link that loses every third frame parameters are read, a fence goes up, and comes back the same."""

import asyncio
import random

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point, moved
from safeconduct.mavlink import exchange, lists
from safeconduct.mavlink.encoder import Command, Encoder
from safeconduct.mavlink.exchange import ReadBack, Reading, Upload, carry
from safeconduct.mavlink.fence import Circle, Fence, differs, rally
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.tests.frames import packed
from safeconduct.refusal import Refused

HOME = Point(51.0, 34.0)
RING = tuple(moved(HOME, east_m=e, north_m=n) for e, n in ((-500, -500), (500, -500), (0, 600)))
FENCE = Fence((RING,), (), (), (Circle(moved(HOME, east_m=90, north_m=0), 25),))
PARAMETERS = {"GRIP_ENABLE": 0.0, "WPNAV_SPEED": 1500.0, "SERVO1_FUNCTION": 33.0}


class Craft:
    """An aircraft's side of these conversations, by pymavlink, over a link that loses frames."""

    def __init__(self, *, loses=0.33, answers=0, spoils=False, seed=3):
        self.reader, self.heard = codec.MAVLink(None), asyncio.Queue()
        self.stored, self.coming, self.wanted = {1: [], 2: []}, {}, 0
        self._dice, self._loses = random.Random(seed), loses
        self._answers, self._spoils = answers, spoils
        self.asked = []

    def take(self, frame):
        for message in self.reader.parse_buffer(frame.raw):
            self.asked.append(message.get_type())
            if self._dice.random() >= self._loses:
                getattr(self, message.get_type().lower(), lambda _m: None)(message)

    def say(self, message):
        if self._dice.random() >= self._loses:
            self.heard.put_nowait(codec.MAVLink(None).decode(bytearray(packed(message, system=1))))

    def param_request_read(self, asked):
        name = asked.param_id
        if name in PARAMETERS:
            self.say(codec.MAVLink_param_value_message(name.encode(), PARAMETERS[name], 9, 3, 0))

    def mission_count(self, told):
        self.coming[told.mission_type], self.wanted = [None] * told.count, told.count
        self._ask(told.mission_type)

    def mission_item_int(self, told):
        self.coming[told.mission_type][told.seq] = told
        self._ask(told.mission_type)

    def _ask(self, kind):
        missing = [n for n, item in enumerate(self.coming[kind]) if item is None]
        if missing:
            self.say(codec.MAVLink_mission_request_int_message(245, 191, missing[0], kind))
        else:
            if not self._answers:
                self.stored[kind] = list(self.coming[kind])
            self.say(codec.MAVLink_mission_ack_message(245, 191, self._answers, kind))

    def mission_request_list(self, asked):
        kind = asked.mission_type
        self.say(codec.MAVLink_mission_count_message(245, 191, len(self.stored[kind]), kind))

    def mission_request_int(self, asked):
        item = self.stored[asked.mission_type][asked.seq]
        self.say(
            codec.MAVLink_mission_item_int_message(
                245, 191, asked.seq, 0, item.command, 0, 1, item.param1, 0, 0, 0,
                item.x + (1 if self._spoils else 0), item.y, item.z, asked.mission_type,
            )
        )  # fmt: skip


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(exchange, "AGAIN_S", 0.01)
    monkeypatch.setattr(exchange, "TICK_S", 0.002)
    monkeypatch.setattr(exchange, "TRIES", 12)


def talk(craft, *talks, armed=False):
    """Have conversations, one after the other, through the one encoder."""
    leave = Leave(1)
    leave.heartbeat(custom_mode=4, base_mode=128 if armed else 0, now_s=0)
    leave.switch_on(now_s=0)
    encoder = Encoder(command=Command(leave, Bounds()))

    async def run():
        for one in talks:
            await carry(one, say=lambda i: craft.take(encoder.encode(i)), heard=craft.heard)

    asyncio.run(run())


def test_parameters_are_asked_for_again_and_what_never_answers_is_left_out():
    reading = Reading(1, [*PARAMETERS, "WP_SPD"])
    craft = Craft()
    talk(craft, reading)
    assert reading.values == PARAMETERS
    assert craft.asked.count("PARAM_REQUEST_READ") >= 12 + 3
    silent = Reading(1, PARAMETERS)
    talk(Craft(loses=1.0), silent)
    assert silent.values == {}


def test_no_more_than_eight_are_asked_for_at_once():
    reading = Reading(1, [f"SERVO{n}_FUNCTION" for n in range(1, 33)])
    assert len(reading.due(0.0)) == 8
    assert reading.due(0.005) == []
    assert len(reading.due(1.0)) == 8


def test_a_fence_goes_up_and_comes_back_the_same_over_a_link_that_loses_frames():
    upload, back = Upload(1, lists.FENCE, FENCE.items()), ReadBack(1, lists.FENCE)
    talk(Craft(), upload, back)
    assert (upload.done, upload.failed, back.done) == (True, False, True)
    assert differs(FENCE.items(), back.items) == ""
    points = rally([(HOME, 40.0)])
    up, down = Upload(1, lists.RALLY, points), ReadBack(1, lists.RALLY)
    talk(Craft(), up, down)
    assert differs(points, down.items) == ""


def test_a_fence_that_the_aircraft_holds_otherwise_is_found_by_reading_it_back():
    upload, back = Upload(1, lists.FENCE, FENCE.items()), ReadBack(1, lists.FENCE)
    talk(Craft(spoils=True), upload, back)
    assert upload.done
    assert "item 1" in differs(FENCE.items(), back.items)


def test_an_upload_that_is_refused_or_not_answered_ends_and_says_why():
    refused = Upload(1, lists.FENCE, FENCE.items())
    craft = Craft(loses=0.0, answers=4)
    talk(craft, refused)
    assert (refused.failed, refused.done) == (True, False)
    assert "refused it with 4" in refused.why
    assert craft.asked[-1] == "MISSION_ACK"  # it is told that we gave it up
    silent, unread = Upload(1, lists.FENCE, FENCE.items()), ReadBack(1, lists.FENCE)
    talk(Craft(loses=1.0), silent, unread)
    assert "did not answer" in silent.why
    assert (unread.failed, unread.done, unread.items) == (True, False, [])


def test_a_transfer_of_another_kind_is_no_answer():
    upload = Upload(1, lists.FENCE, FENCE.items())
    upload.due(0.0)
    upload.took(codec.MAVLink_mission_ack_message(245, 191, 0, lists.MISSION))
    upload.took(codec.MAVLink_mission_ack_message(245, 191, 0, lists.RALLY))
    assert not upload.done


def test_on_an_armed_aircraft_the_encoder_ends_the_conversation():
    with pytest.raises(Refused, match="armed"):
        talk(Craft(), Upload(1, lists.FENCE, FENCE.items()), armed=True)
