"""The exercise's vehicles: they move in world time, and speak as the real ones were seen to."""

import json
import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import clock
from safeconduct.exercise.aircraft import Aircraft, Tracker
from safeconduct.exercise.hunter import Hunter
from safeconduct.exercise.tak import Listener
from safeconduct.exercise.vehicle import Order, Vehicle
from safeconduct.geo import Point, distance_m, moved
from safeconduct.ways.danger import price
from safeconduct.ways.route import Web
from safeconduct.ways.tests.grids import at as spot
from safeconduct.ways.tests.grids import road
from safeconduct.ways.tests.grids import roads as drawn_roads

pytestmark = pytest.mark.enable_socket
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = Point(51.0, 34.0)
LINE = [START, moved(START, east_m=1000, north_m=0), moved(START, east_m=1000, north_m=500)]


def after(vehicle, seconds):
    """Let the world go on by so many seconds, half a second at a time."""
    place = vehicle.where(NOON)
    for step in range(1, seconds * 2 + 1):
        place = vehicle.where(NOON + timedelta(seconds=step / 2))
    return place


def test_it_drives_the_line_at_its_speed_and_stops_at_the_end():
    vehicle = Vehicle(LINE, speed_m_s=10)
    vehicle.obey({"does": "go"})
    assert distance_m(after(vehicle, 50), moved(START, east_m=500, north_m=0)) < 6
    assert not vehicle.arrived
    assert distance_m(after(vehicle, 200), LINE[-1]) < 2
    assert vehicle.arrived


def test_a_world_that_jumps_does_not_carry_it_to_the_end():
    vehicle = Vehicle(LINE, speed_m_s=10)
    vehicle.obey({"does": "go"})
    vehicle.where(NOON)
    vehicle.where(NOON + timedelta(days=3))
    assert vehicle.along_m <= 600


def test_scripted_orders_stop_it_lead_it_aside_and_bring_it_back():
    orders = [Order(100, "halt", for_s=60), Order(200, "leave", for_s=30, beside_m=120)]
    vehicle = Vehicle(LINE, speed_m_s=10, orders=orders)
    vehicle.obey({"does": "go"})
    places = [vehicle.where(NOON + timedelta(seconds=s / 2)) for s in range(2 * 145)]
    halted = [p for p in places if distance_m(p, moved(START, east_m=100, north_m=0)) < 8]
    assert len(halted) >= 2 * 60
    south = [(START.lat_deg - p.lat_deg) * 111_195 for p in places]
    assert 119 < max(south) < 121
    assert abs(south[-1]) < 1


def test_an_unknown_order_is_refused_by_name():
    with pytest.raises(ValueError, match="'fly'"):
        Vehicle(LINE).obey({"does": "fly"})


@pytest.fixture
def watcher():
    """A bound UDP socket that listens first, as a gateway does."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))
    link.settimeout(5)
    yield link
    link.close()


def heard(watcher, seconds=0.0, until=""):
    """Return the messages heard for so long, or until all that is said in `until` came, and from where."""
    reader, found, peer, end = codec.MAVLink(None), [], None, time.monotonic() + (seconds or 20)
    wanted = Counter(until.split())
    while time.monotonic() < end:
        watcher.settimeout(max(0.01, end - time.monotonic()))
        try:
            raw, peer = watcher.recvfrom(2048)
        except TimeoutError:
            break
        found += reader.parse_buffer(raw) or []
        if until and wanted <= Counter(message.get_type() for message in found):
            break
    return found, peer


def ask(watcher, peer, number, hz):
    writer = codec.MAVLink(None, srcSystem=245)
    message = codec.MAVLink_command_long_message(1, 1, 511, 0, number, 1e6 / hz, 0, 0, 0, 0, 0)
    watcher.sendto(message.pack(writer), peer)


def test_it_sends_a_heartbeat_until_asked_and_then_what_was_asked(watcher, tmp_path):
    log = tmp_path / "aircraft.jsonl"
    craft = Aircraft(system=1, to=watcher.getsockname(), log=log, home=START)
    craft.start()
    try:
        found, peer = heard(watcher, until="HEARTBEAT HEARTBEAT")
        assert {m.get_type() for m in found} == {"HEARTBEAT"}
        ask(watcher, peer, 33, 10)
        ask(watcher, peer, 24, 5)
        found, _ = heard(watcher, until=f"COMMAND_ACK GPS_RAW_INT{5 * ' GLOBAL_POSITION_INT'}")
        places = [m for m in found if m.get_type() == "GLOBAL_POSITION_INT"]
        assert min(b.time_boot_ms - a.time_boot_ms for a, b in pairwise(places)) < 500  # no 1 Hz
        assert {"GPS_RAW_INT", "COMMAND_ACK"} <= {m.get_type() for m in found}
    finally:
        craft.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    sent = [codec.MAVLink(None).decode(bytearray.fromhex(line["hex"])) for line in lines]
    assert [(m.command, m.param1) for m in sent] == [(511, 33), (511, 24)]


def test_who_does_not_listen_first_hears_nothing_at_all(tmp_path):
    free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    free.bind(("127.0.0.1", 0))
    address = free.getsockname()
    free.close()
    craft = Aircraft(system=1, to=address, log=tmp_path / "log", home=START)
    craft.start()
    try:
        end = time.monotonic() + 20
        while not craft.link.refused and time.monotonic() < end:
            time.sleep(0.02)
        late = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        late.bind(address)
        found, _ = heard(late, 1.3)
        late.close()
        assert found == []
        assert craft.link.refused
    finally:
        craft.stop()


def test_a_jam_shows_in_satellites_and_flags_while_the_fix_type_stays_six(watcher, tmp_path):
    began = clock.wall()
    craft = Aircraft(
        system=1, to=watcher.getsockname(), log=tmp_path / "log", home=START,
        now=lambda: clock.wall() + (clock.wall() - began) * 200,
    )  # fmt: skip
    craft.start()
    try:
        _, peer = heard(watcher, until="HEARTBEAT")
        time.sleep(0.25)  # 50 s of its world: it knows where it is
        ask(watcher, peer, 24, 10)
        ask(watcher, peer, 193, 10)
        found, _ = heard(watcher, until="GPS_RAW_INT")
        assert found[-1].satellites_visible == 10
        craft.obey({"does": "jam"})
        texts, _ = heard(watcher, until="STATUSTEXT STATUSTEXT")
        found, _ = heard(watcher, until="GPS_RAW_INT EKF_STATUS_REPORT")  # of after the texts
    finally:
        craft.stop()
    raw = [m for m in found if m.get_type() == "GPS_RAW_INT"][-1]
    ekf = [m for m in found if m.get_type() == "EKF_STATUS_REPORT"][-1]
    assert (raw.fix_type, raw.eph, raw.satellites_visible) == (6, 121, 4)
    assert ekf.flags == 831 | 32768
    said = [m.text for m in texts if m.get_type() == "STATUSTEXT"]
    assert said == ["GPS Glitch or Compass error", "EKF variance"]


def test_a_silent_link_says_nothing_and_comes_back(watcher, tmp_path):
    tracker = Tracker(Vehicle(LINE), system=2, to=watcher.getsockname(), log=tmp_path / "log")
    tracker.start()
    try:
        heard(watcher, until="HEARTBEAT")
        tracker.obey({"does": "silent"})
        heard(watcher, 0.1)
        assert heard(watcher, 1.2)[0] == []
        tracker.obey({"does": "back"})
        assert heard(watcher, until="HEARTBEAT")[0]
    finally:
        tracker.stop()


def test_its_pilot_takes_off_keeps_over_the_vehicle_and_greets(tmp_path):
    now = [NOON]
    vehicle = Vehicle(LINE, speed_m_s=8)
    craft = Aircraft(system=1, to=("127.0.0.1", 9), log=tmp_path / "log", home=START,
                     now=lambda: now[0])  # fmt: skip
    craft.over(vehicle)

    def world_goes_on(seconds):
        heights = []
        for _ in range(seconds):
            now[0] += timedelta(seconds=1)
            craft.place(now[0])
            heights.append(craft.height_m())
        return heights

    world_goes_on(90)
    vehicle.obey({"does": "go"})
    world_goes_on(60)
    assert distance_m(craft.place(now[0]), vehicle.where(now[0])) < 60
    assert 88 < craft.battery_percent < 97
    craft.obey({"does": "greet"})
    heights = world_goes_on(12)
    assert max(heights) - min(heights) > 3
    craft.obey({"does": "mode", "to": "home"})
    world_goes_on(200)
    assert not craft.copter.armed
    with pytest.raises(ValueError, match="'swim'"):
        craft.obey({"does": "swim"})
    craft.stop()


def test_a_hunter_drives_by_the_roads_to_where_he_is_now():
    roads = drawn_roads(road((0, 0), (500, 0), (500, 500)), road((500, 0), (900, 0)))
    web = Web(roads, price(roads, [], at=NOON))
    corners = [spot(0, 0), spot(500, 500), spot(900, 0)]
    his = [corners[1]]
    hunter = Hunter(web, start=corners[0], him=lambda _now: his[0], speed_m_s=20)
    hunter.obey({"does": "go"})

    def drives(first, seconds):
        for second in range(first, first + seconds):
            here = hunter.where(NOON + timedelta(seconds=second))
        return here

    assert distance_m(drives(0, 600), corners[1]) < 30
    his[0] = corners[2]
    assert distance_m(drives(600, 600), corners[2]) < 30  # by the road, and back past the corner


def test_the_listener_writes_down_whole_events_and_nothing_else(tmp_path):
    log = tmp_path / "tak.xml"
    listener = Listener(port=0, log=log)
    listener.start()
    try:
        with socket.create_connection(("127.0.0.1", listener.port)) as link:
            link.sendall(b"<event uid='a'></event>\n<event uid='b'>")
            link.sendall(b"</event><event uid='cut off'")
        end = time.monotonic() + 5
        while time.monotonic() < end and (not log.exists() or log.read_bytes().count(b"\n") < 2):
            time.sleep(0.02)
    finally:
        listener.stop()
    assert log.read_bytes() == b"<event uid='a'></event>\n<event uid='b'></event>\n"
