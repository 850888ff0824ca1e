"""The exercise's aircraft is flown by two ground stations that nobody of ours wrote: MAVSDK and pymavlink."""

import asyncio
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from mavsdk.asyncio import ComponentType, Configuration, Mavsdk
from mavsdk.asyncio.plugins.action import ActionAsync
from mavsdk.asyncio.plugins.mission_raw import MissionRawAsync
from mavsdk.asyncio.plugins.telemetry import TelemetryAsync
from mavsdk.logging import log_subscribe
from mavsdk.plugins.action.action import ActionError
from mavsdk.plugins.mission_raw.mission_raw import MissionItem
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.exercise.aircraft import Aircraft
from safeconduct.geo import Point, distance_m, moved
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket
HOME = Point(51.0, 34.0)
GROUND_M = 100.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPEED = 50.0
KEY = b"the exercise's key: 32 bytes long"[:32]
FENCE = [(-300, -300), (300, -300), (300, 300), (-300, 300)]


def at(east_m, north_m=0.0):
    return moved(HOME, east_m=east_m, north_m=north_m)


def e7(place):
    return round(place.lat_deg * 1e7), round(place.lon_deg * 1e7)


@contextmanager
def craft(tmp_path, port, **more):
    """An aircraft in a world that runs fifty times as fast, on the ground, knowing where it is."""
    began = time.monotonic()

    def now():
        return NOON + timedelta(seconds=(time.monotonic() - began) * SPEED)

    made = Aircraft(
        system=1, to=("127.0.0.1", port), log=tmp_path / "heard", home=HOME, now=now, **more
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def until(stream, true, *, at_most_s=15.0):
    async with asyncio.timeout(at_most_s):
        async for told in stream:
            if true(told):
                return told
    return None


def items(*told, kind=0):
    return [
        MissionItem(
            number, frame, command, int(number == 0), 1, first, 0, 0, 0, *e7(place), z, kind
        )
        for number, (command, place, first, z, frame) in enumerate(told)
    ]


class Other:
    """MAVSDK, as its users have it."""

    def __init__(self, system):
        self.telemetry, self.action = TelemetryAsync(system), ActionAsync(system)
        self.mission = MissionRawAsync(system)

    async def listens(self):
        """Ask for rates, without which nothing comes, until the aircraft knows where it is."""
        for rate in ("position", "landed_state", "health", "gps_info", "home"):
            await getattr(self.telemetry, f"set_rate_{rate}")(20)
        await until(self.telemetry.subscribe_health(), lambda each: each.is_global_position_ok)

    async def takes_off(self):
        await self.action.set_takeoff_altitude(40)
        await self.action.arm()
        await self.action.takeoff()
        await until(self.telemetry.subscribe_position(), lambda p: p.relative_altitude_m > 39)

    async def goes_to(self, place):
        await self.action.goto_location(place.lat_deg, place.lon_deg, GROUND_M + 40, 0)

    async def comes_to(self, place):
        def there(told):
            return distance_m(Point(told.latitude_deg, told.longitude_deg), place) < 8

        await until(self.telemetry.subscribe_position(), there)


async def mavsdks_flight(system):
    """Fly by MAVSDK; return the fence that it read back."""
    other = Other(system)
    await other.listens()
    await other.mission.upload_geofence(
        items(*((5001, at(*each), 4, 0, 0) for each in FENCE), kind=1)
    )
    read = await other.mission.download_geofence()
    await other.takes_off()
    await other.goes_to(at(158))
    await other.comes_to(at(158))
    with pytest.raises(ActionError):
        await other.goes_to(at(500))
    await other.mission.upload_mission(
        items((16, HOME, 0, 0, 0), (16, at(100, 60), 0, 30, 6), (16, at(0, 90), 0, 30, 6))
    )
    await other.mission.start_mission()
    await other.comes_to(at(0, 90))
    await other.action.return_to_launch()
    await until(other.telemetry.subscribe_armed(), lambda armed: not armed)
    return read


def test_mavsdk_connects_reads_its_fence_back_flies_is_refused_outside_it_and_calls_it_home(
    tmp_path,
):
    log_subscribe(lambda *_told: True)
    port = free_port()

    async def story():
        configured = Configuration.create_with_component_type(ComponentType.GROUND_STATION)
        async with Mavsdk(configured) as mavsdk:
            await mavsdk.add_any_connection(f"udpin://127.0.0.1:{port}")
            with craft(tmp_path, port) as flown:
                read = await mavsdks_flight(await mavsdk.first_autopilot(timeout_s=10))
                return read, flown.copter

    read, copter = asyncio.run(story())
    assert [(each.command, each.x, each.y) for each in read] == [(5001, *e7(at(*c))) for c in FENCE]
    assert not copter.armed
    assert copter.frame.away_m(0, 0) < 3


class Station:
    """A ground station by pymavlink, as the pilots of MAVProxy have it: system 255, heartbeats."""

    def __init__(self, port, key=None):
        self.link = mavutil.mavlink_connection(
            f"udpin:127.0.0.1:{port}", source_system=255, dialect="ardupilotmega"
        )
        if key:
            self.link.setup_signing(
                key, sign_outgoing=True, allow_unsigned_callback=lambda *_: False
            )
        self.send = self.link.mav

    def wait(self, kind, true=lambda _m: True, *, at_most_s=10.0):
        end, beats = time.monotonic() + at_most_s, 0.0
        while time.monotonic() < end:
            if self.link.target_system and time.monotonic() > beats:
                beats = time.monotonic() + 0.5
                self.send.heartbeat_send(6, 8, 0, 0, 4)
            message = self.link.recv_match(type=kind, blocking=True, timeout=0.2)
            if message is not None and true(message):
                return message
        raise AssertionError(f"no {kind} came")

    def command(self, number, *params):
        filled = (*params, *[0] * (7 - len(params)))
        self.send.command_long_send(1, 1, number, 0, *filled)
        return self.wait("COMMAND_ACK", lambda m: m.command == number).result

    def goes_to(self, place, height_m=40, **how):
        self.send.command_int_send(1, 1, 6, 192, 0, 0, -1, 0, 0, 0, *e7(place), height_m, **how)
        return self.wait("COMMAND_ACK", lambda m: m.command == 192).result

    def upload(self, kind, told):
        self.send.mission_count_send(1, 1, len(told), kind)
        while True:
            asked = self.wait(["MISSION_REQUEST_INT", "MISSION_ACK"])
            if asked.get_type() == "MISSION_ACK":
                return asked.type
            number, place, first = told[asked.seq]
            self.send.mission_item_int_send(
                1, 1, asked.seq, 0, number, 0, 1, first, 0, 0, 0, *e7(place), 0, kind
            )

    def close(self):
        self.link.close()


@pytest.fixture
def signed(tmp_path, monkeypatch):
    """A station and an aircraft that share a key, and the aircraft in the air."""
    monkeypatch.setenv("MAVLINK20", "1")  # it would speak MAVLink 1
    port = free_port()
    station = Station(port, KEY)
    with craft(tmp_path, port, key=KEY, WPNAV_SPEED=1000.0) as flown:
        station.wait("HEARTBEAT")
        assert station.link.recv_match(blocking=True, timeout=1.5).get_type() == "HEARTBEAT"
        for number in (33, 193, 162, 24):  # nothing else came until it was asked
            assert station.command(511, number, 50_000) == 0
        assert station.command(511, 9999, 50_000) == 3
        station.wait("EKF_STATUS_REPORT", lambda m: m.flags == 831)
        assert station.upload(1, [(5001, at(*each), 4) for each in FENCE]) == 0
        assert station.command(22, 0, 0, 0, 0, 0, 0, 40) == 4  # neither guided nor armed
        assert station.command(176, 1, 4) == station.command(400, 1) == 0
        assert station.command(22, 0, 0, 0, 0, 0, 0, 40) == 0
        station.wait("GLOBAL_POSITION_INT", lambda m: m.relative_alt > 39_000)
        yield station, flown
    station.close()


def test_pymavlink_flies_it_signed_and_what_is_ignored_in_silence_brings_no_motion(signed):
    station, flown = signed
    assert station.goes_to(at(400)) == 4
    outside = (0, 1, 1, 6, 0xDF8, *e7(at(400)), 40, *[0] * 8)
    station.send.set_position_target_global_int_send(*outside)
    began = flown.copter.at_s
    while flown.copter.at_s < began + 60:
        station.wait("GLOBAL_POSITION_INT")
    assert flown.copter.frame.away_m(0, 0) < 1
    assert station.goes_to(at(100)) == 0
    station.wait("GLOBAL_POSITION_INT", lambda m: _away(m, at(100)) < 8)
    stranger = codec.MAVLink(None, srcSystem=255, srcComponent=190)  # unsigned: not believed
    rtl = codec.MAVLink_command_long_message(1, 1, 176, 0, 1, 6, 0, 0, 0, 0, 0)
    station.link.write(bytes(rtl.pack(stranger)))
    assert station.command(512, 148) == 0
    assert flown.copter.mode == 4
    flown.obey({"does": "jam"})
    raw = station.wait("GPS_RAW_INT", lambda m: m.satellites_visible == 4)
    assert (raw.fix_type, raw.eph) == (6, 121)
    assert station.command(176, 1, 6) == 0
    station.wait("HEARTBEAT", lambda m: not m.base_mode & 128, at_most_s=15)
    assert flown.copter.frame.away_m(0, 0) < 3


def _away(message, place):
    return distance_m(Point(message.lat / 1e7, message.lon / 1e7), place)
