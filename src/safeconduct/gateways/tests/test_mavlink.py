"""The gateway listens first, hears only its own systems, sends only requests, and loses no fix."""

import asyncio
import socket
import tomllib

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec
from tests.ports import free_port

from safeconduct.envelope import FlightLog, Position
from safeconduct.exercise.aircraft import Aircraft
from safeconduct.exercise.parameters import PARAMETERS
from safeconduct.gateways import mavlink
from safeconduct.geo import Point
from safeconduct.mavlink import exchange, links, preflight
from safeconduct.mavlink.signing import Stamps
from safeconduct.spool import core_end
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.edge import Edge
from safeconduct.spool.link import Landing
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket
GOOD = {"listen": "127.0.0.1:1", "links": [], "rate_hz": 4, "system": 245, "keys": {}}
GOOD |= {"systems": {"1": "aircraft:1"}, "pilot": None}
TABLE = '[mavlink.systems]\n1 = "aircraft:1"\n2 = "vehicle"\n'


def table(port, more="", keys=""):
    return f'listen = "127.0.0.1:{port}"\nrate_hz = 10\n{more}{TABLE}{keys}'


@pytest.fixture(autouse=True)
def _links_closed():
    yield
    while Craft.links:
        Craft.links.pop().close()


class Nowhere:
    """A way on which nothing is answered."""

    def send(self, frame):
        links.raw_of(frame)


class Craft:
    """A system on UDP that says what it is told to, and keeps what it hears."""

    links: list[socket.socket] = []  # noqa: RUF012  closed after each test

    def __init__(self, port, system, key=None):
        self.codec = codec.MAVLink(None, srcSystem=system, srcComponent=1)
        if key:
            self.codec.signing.secret_key, self.codec.signing.sign_outgoing = key, True
            self.codec.signing.timestamp = 10**14
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.connect(("127.0.0.1", port))
        self.link.setblocking(False)
        self.links.append(self.link)

    def say(self, message):
        self.link.send(message.pack(self.codec))

    def beat(self):
        self.say(codec.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3))

    def fix(self, number):
        self.say(
            codec.MAVLink_global_position_int_message(number, 510_000_000 + number, 340_000_000,
                                                      0, 60_000, 0, 0, 0, 0)
        )  # fmt: skip

    def heard(self):
        reader, found = codec.MAVLink(None), []
        while True:
            try:
                raw = self.link.recv(2048)
            except BlockingIOError:
                return found
            found += reader.parse_buffer(raw) or []


def made_of(config):
    return mavlink.made(config, stamps=Stamps(noted=0, note=lambda _: None))


def with_listener(tmp_path, story, **more):
    port = free_port()
    made = programme(tmp_path, name="mavlink", table=table(port, **more))

    async def run():
        listener = made_of(made.config())
        async with links.listening("127.0.0.1", port, listener.hear):
            return await story(port, listener, made)

    return asyncio.run(run())


def test_it_asks_for_rates_once_heard_and_sends_nothing_but_requests(tmp_path):
    async def story(port, _listener, _made):
        craft = Craft(port, 1)
        await asyncio.sleep(0.1)
        assert craft.heard() == []
        craft.beat()
        await asyncio.sleep(0.2)
        return craft.heard()

    heard = with_listener(tmp_path, story)
    assert {(m.get_type(), m.command) for m in heard} == {("COMMAND_LONG", 511)}
    asked = {int(m.param1): 1e6 / m.param2 for m in heard}
    assert asked[33] == 10
    assert {0, 1, 2, 24, 33, 193} <= set(asked)


def test_it_hears_its_own_systems_and_no_strangers(tmp_path):
    async def story(port, listener, _made):
        for system in (1, 2, 7):
            Craft(port, system).fix(1)
        await asyncio.sleep(0.2)
        return [(fix.subject, fix.source) for fix in listener.fixes]

    assert sorted(with_listener(tmp_path, story)) == [
        ("aircraft:1", "aircraft"),
        ("vehicle", "tracker"),
    ]


def test_with_a_key_unsigned_and_wrongly_signed_frames_are_nothing(tmp_path):
    key = b"k" * 32

    async def story(port, listener, _made):
        for craft in (Craft(port, 1), Craft(port, 1, key=b"o" * 32)):
            craft.beat()
            craft.fix(1)
        await asyncio.sleep(0.2)
        assert listener.fixes == []
        Craft(port, 1, key=key).fix(2)
        await asyncio.sleep(0.2)
        return len(listener.fixes)

    (tmp_path / "data/gateways/mavlink").mkdir(parents=True)
    (tmp_path / "data/gateways/mavlink/1.key").write_bytes(key)
    assert with_listener(tmp_path, story, keys='[mavlink.keys]\n1 = "1.key"\n') == 1


def test_the_parameters_of_an_aircraft_are_read_over_the_link_and_what_is_silent_is_not_checked(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(exchange, "AGAIN_S", 0.2)
    monkeypatch.setattr(exchange, "AT_ONCE", 100)

    async def story(port, listener, _made):
        log = tmp_path / "heard.jsonl"
        craft = Aircraft(system=1, to=("127.0.0.1", port), log=log, home=Point(51.0, 34.0))
        craft.start()
        try:
            await asyncio.sleep(0.2)
            return await listener.read(1, preflight.wanted())
        finally:
            await asyncio.to_thread(craft.stop)

    read = with_listener(tmp_path, story)
    assert read == {name: PARAMETERS[name] for name in preflight.wanted() if name in PARAMETERS}
    found = preflight.findings(read, preflight.Plan(vehicle_m_s=8.0, our_system=245))
    marks = {each.key: each.mark for each in found}
    assert marks["GRIP_ENABLE"] is marks["WPNAV_SPEED"] is preflight.Mark.FINE
    assert marks["SERVO9_FUNCTION"] is marks["RELAY5_FUNCTION"] is preflight.Mark.SIGN
    assert preflight.Mark.REFUSED not in marks.values()


def test_fixes_reach_the_core_numbered_without_a_gap_across_a_restart(tmp_path):
    made = programme(tmp_path, name="mavlink", table=table(free_port()))

    def fixes(count):
        listener = made_of(made.config())
        craft = codec.MAVLink(None, srcSystem=2, srcComponent=1)
        for number in range(count):
            message = codec.MAVLink_global_position_int_message(
                number, 510_000_000, 340_000_000, 0, 0, 0, 0, 0, 0
            )
            listener.hear(message.pack(craft), Nowhere())
        return listener.fixes

    mavlink.numbered(Edge(made.config()), fixes(3))
    mavlink.numbered(Edge(made.config()), fixes(2))
    landed = Edge(made.config()).to_core.queue.take()
    inbox = core_end.receiving(made.data, keys=made.core_keys)
    landing = Landing(inbox.queue, sender=made.config().name, chain=core_end.enrolled(made.data))
    landing.land([item.body for item in landed])
    told = [Position.from_bytes(arrived.content) for arrived in inbox.take()]
    assert [fix.arrival for fix in told] == [1, 2, 3, 4, 5]
    assert {fix.subject for fix in told} == {"vehicle"}


def test_what_comes_and_what_is_asked_stands_in_one_flight_log_sealed_with_the_fixes(tmp_path):
    made = programme(tmp_path, name="mavlink", table=table(free_port()))
    listener, writer = made_of(made.config()), codec.MAVLink(None, srcSystem=1, srcComponent=1)
    beat = bytes(codec.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3).pack(writer))
    place = codec.MAVLink_global_position_int_message(1, 510_000_000, 340_000_000, 0, 0, 0, 0, 0, 0)
    for raw in (beat, bytes(place.pack(writer)), b"\0\1no frame"):
        listener.hear(raw, Nowhere())
    listener.close_pieces()
    assert listener.logs == []  # it goes on growing for two seconds
    listener.close_pieces(all_=True)
    edge = Edge(made.config())
    asyncio.run(mavlink.flush(edge, listener))
    assert (listener.fixes, listener.logs) == ([], [])
    inbox = core_end.receiving(made.data, keys=made.core_keys)
    landing = Landing(inbox.queue, sender=made.config().name, chain=core_end.enrolled(made.data))
    landing.land([item.body for item in edge.to_core.queue.take()])
    fix, log = inbox.take()
    assert (fix.read(Position).arrival, log.read(FlightLog).arrival) == (1, 2)
    told, frames = log.read(FlightLog).log, []
    while told:
        size = 12 + told[9]
        frames.append(codec.MAVLink(None).decode(bytearray(told[8 : 8 + size])))
        told = told[8 + size :]
    assert [m.get_type() for m in frames if m.get_srcSystem() == 1] == [
        "HEARTBEAT",
        place.get_type(),
    ]
    assert {m.get_type() for m in frames if m.get_srcSystem() == 245} == {"COMMAND_LONG"}


@pytest.mark.parametrize("fence", [[], [[51.0, 34.0]], [[51.0, 200.0]] * 4, "round", None])
def test_a_station_without_a_fence_does_not_start(tmp_path, fence):
    pilot = {"aircraft": [1]} if fence is None else {"aircraft": [1], "fence": fence}
    config = Config(
        "mavlink", "exercise", Address("127.0.0.1", 1), tmp_path, GOOD | {"pilot": pilot}
    )
    with pytest.raises(ConfigWrong, match=r"fence in \[mavlink.pilot\]"):
        mavlink.desk_of(config, made_of(config))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('listen = "10.0.0.7:14550"\n' + TABLE, "leaves this machine"),
        ('listen = "127.0.0.1:1"\n[mavlink.systems]\n255 = "vehicle"\n', "1 to 250"),
        ('listen = "127.0.0.1:1"\n[mavlink.systems]\n3 = "tank"\n', "vehicle"),
        ('listen = "127.0.0.1:1"\nrate_hz = 50\n' + TABLE, "rate_hz"),
        ('listen = "127.0.0.1:1"\n' + TABLE + '[mavlink.keys]\n1 = "none"\n', "32 bytes"),
        ('listen = "127.0.0.1:1"\n' + TABLE + '[mavlink.keys]\n9 = "none"\n', "names 9"),
        ('listen = "127.0.0.1:1"\nsystem = 255\n' + TABLE, "1 to 250"),
        ('listen = "127.0.0.1:1"\nsystem = 1\n' + TABLE, "no aircraft's"),
        ('links = ["serial:/dev/ttyUSB0:57600"]\n' + TABLE, "reaches no radio"),
        ('links = ["tcp:10.0.0.9:5760"]\n' + TABLE, "leaves this machine"),
        ('links = ["smoke:5"]\n' + TABLE, "cannot be used"),
        (
            'listen = "127.0.0.1:1"\n' + TABLE + "[mavlink.pilot]\naircraft = [2]\n",
            "must name aircraft",
        ),
        (
            'listen = "127.0.0.1:1"\n' + TABLE + "[mavlink.pilot]\naircraft = []\n",
            "must name aircraft",
        ),
        (
            'listen = "127.0.0.1:1"\n'
            + TABLE
            + "[mavlink.pilot]\naircraft = [1]\nfastest_m_s = 40\n",
            "fastest_m_s",
        ),
        (
            TABLE.replace("[mavlink.systems]", "rate_hz = 4\n[mavlink.systems]"),
            "'listen' is missing",
        ),
    ],
)
def test_a_wrong_line_names_its_mend(tmp_path, line, says):
    told = tomllib.loads(f"[mavlink]\n{line}")["mavlink"]
    config = Config("mavlink", "exercise", Address("127.0.0.1", 1), tmp_path, told)
    with pytest.raises(ConfigWrong, match=says):
        _ = mavlink.where_of(config), mavlink.links_of(config, made_of(config))
    good = Config("mavlink", "exercise", config.listen, tmp_path, told | GOOD)
    assert mavlink.links_of(good, made_of(good)) == []
    assert made_of(good).commands == {}  # without its table nobody is flown
    assert mavlink.where_of(good).port == 1


def test_each_gateway_numbers_its_own_fixes_and_takes_a_stop_only_where_a_pilot_would_see_it(
    tmp_path,
):
    told = Config("air1", "exercise", Address("127.0.0.1", 1), tmp_path, GOOD)
    heard = made_of(told)
    heard.note_read(1, {}, preflight.Plan(8.0, 245, home_known=False))
    assert heard.reads[0].route == "air1"
    blind = Config("air1", "exercise", told.listen, tmp_path, GOOD | {"stops_from": ["station1"]})
    with pytest.raises(ConfigWrong, match="nobody would see a stop"):
        made_of(blind)
