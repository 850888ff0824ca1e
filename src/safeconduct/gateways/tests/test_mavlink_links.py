"""Each kind of link: heard, asked, cut, back again and asked again; several aircraft, each its own key."""

import asyncio
import contextlib
import os
import socket

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec
from tests.ports import free_port

from safeconduct import clock
from safeconduct.gateways import mavlink
from safeconduct.mavlink import links
from safeconduct.mavlink import listener as listening
from safeconduct.mavlink.encoder import Encoder
from safeconduct.mavlink.intents import AskOnce, ListParameters, LookAhead
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.signing import Stamps, stamp_of
from safeconduct.refusal import Refused
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.queue import Queue
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket
KEYS = {1: b"1" * 32, 2: b"2" * 32}
NOW = stamp_of(1_900_000_000)  # later than any clock of a test


def stamps():
    return Stamps(noted=0, note=lambda _: None)


def listener(**more):
    systems = {1: "aircraft:1", 2: "aircraft:2"}
    return Listener(systems=systems, rate_hz=4, now=clock.now, **more)


class Craft:
    """What one aircraft says and understands, without a link of its own."""

    def __init__(self, system=1, key=None):
        self.writer, self.reader = (
            codec.MAVLink(None, srcSystem=system, srcComponent=1),
            codec.MAVLink(None),
        )
        if key:
            self.writer.signing.secret_key, self.writer.signing.sign_outgoing = key, True
            self.writer.signing.timestamp = NOW
            self.reader.signing.secret_key = key
            self.reader.signing.allow_unsigned_callback = lambda *_: False
        self.reader.robust_parsing = True

    def beat(self):
        return bytes(codec.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3).pack(self.writer))

    def fix(self, number):
        place = (510_000_000 + number, 340_000_000, 0, 60_000, 0, 0, 0, 0)
        return bytes(codec.MAVLink_global_position_int_message(number, *place).pack(self.writer))

    def asked(self, raw):
        """Which messages it was asked for at a rate, "BAD_DATA" for what it does not believe."""
        heard = self.reader.parse_buffer(raw) or []
        return {int(m.param1) if m.get_type() == "COMMAND_LONG" else m.get_type() for m in heard}


class Kept:
    """A way that keeps what is sent."""

    def __init__(self):
        self.sent = b""

    def send(self, frame):
        self.sent += links.raw_of(frame)


@contextlib.asynccontextmanager
async def running(keeping):
    task = asyncio.create_task(keeping)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true, *, at_most_s=3.0):
    async with asyncio.timeout(at_most_s):
        while not true():
            await asyncio.sleep(0.01)


def test_only_frames_of_the_encoder_leave_by_any_link():
    frame = Encoder().encode(ListParameters(1))
    assert links.raw_of(frame) == frame.raw
    for other in (frame.raw, b"\xfd" * 40, None):
        with pytest.raises(TypeError, match="encoder"):
            links.raw_of(other)


def test_over_tcp_rates_are_asked_for_and_again_when_the_link_was_cut(monkeypatch):
    monkeypatch.setattr(links, "AGAIN_S", 0.05)

    async def story():
        ours, craft, asked = listener(), Craft(), []

        async def aircraft(reader, writer):
            writer.write(craft.beat() + craft.fix(len(asked)))
            raw = b""
            while len(craft.asked(raw)) < 8:
                raw += await reader.read(4096)
            asked.append(craft.asked(raw))
            writer.close()

        server = await asyncio.start_server(aircraft, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server, running(links.keep_tcp(host, port, ours.hear)):
            await until(lambda: len(asked) >= 3)
        return asked, len(ours.fixes)

    asked, fixes = asyncio.run(story())
    assert all({0, 1, 24, 33, 193} <= each for each in asked)
    assert fixes >= 3


def test_an_aircraft_may_dial_us_over_tcp_is_heard_and_asked_and_heard_again_when_it_dials_anew(
    monkeypatch,
):
    monkeypatch.setattr(links, "MOST_CALLERS", 1)

    async def story():
        ours, craft, port, asked = listener(), Craft(), free_port(), []

        async def dials(number):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(craft.beat() + craft.fix(number))
            raw = b""
            with contextlib.suppress(ConnectionResetError):
                while len(craft.asked(raw)) < 8 and (data := await reader.read(4096)):
                    raw += data
            writer.close()
            return craft.asked(raw)

        async with running(links.take_tcp("127.0.0.1", port, ours.hear)):
            await asyncio.sleep(0.05)
            asked = [await dials(1)]
            await asyncio.sleep(0.05)
            asked.append(await dials(2))
            _reader, holds = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
            asked.append(await dials(3))  # one too many: closed, and nothing is heard of it
            holds.close()
        return asked, [fix.lat_e7 - 510_000_000 for fix in ours.fixes]

    asked, fixes = asyncio.run(story())
    assert all({0, 1, 24, 33, 193} <= each for each in asked[:2])
    assert asked[2] == set()
    assert fixes == [1, 2]


def test_frames_that_are_lost_and_a_radios_own_word_tell_how_good_the_link_is():
    ours, craft, way, radio = listener(), Craft(), Kept(), codec.MAVLink(None, 51, 68)

    def percents(count, *, every=1):
        for number in range(count):
            raw = craft.fix(number)
            craft.writer.seq = (craft.writer.seq + 1) % 256
            if number % every == 0:
                ours.hear(raw, way)
        return ours.fixes[-1].health.get("link_percent")

    def radio_says(rssi, noise, remote):
        told = codec.MAVLink_radio_status_message(rssi, remote, 100, noise, 30, 0, 0)
        ours.hear(bytes(told.pack(radio)), way)
        return percents(1)

    assert percents(10) is None  # too few to tell a share
    assert percents(30) == 100
    assert percents(900, every=5) < 30
    ours, way = listener(), Kept()
    assert percents(30) == 100
    assert radio_says(60, 41, 200) == 50  # ten decibels above its noise
    assert radio_says(200, 30, 34) < 15  # the far end hears us no more
    assert radio_says(200, 30, 200) == 100
    told = codec.MAVLink_radio_status_message(31, 31, 100, 30, 30, 0, 0)
    ours.hear(bytes(told.pack(craft.writer)), way)  # an aircraft is no radio
    assert percents(1) >= 95


def test_over_a_serial_line_it_hears_and_asks_and_again_when_it_was_pulled_out(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(links, "AGAIN_S", 0.05)
    port = tmp_path / "ttyUSB0"

    async def plugged(ours, number):
        craft, (far, near) = Craft(), os.openpty()
        os.set_blocking(far, False)
        port.unlink(missing_ok=True)
        port.symlink_to(os.ttyname(near))
        heard = b""

        def answered():
            nonlocal heard
            with contextlib.suppress(BlockingIOError):
                heard += os.read(far, 4096)
            return 33 in craft.asked(heard)

        os.write(far, craft.beat()[:5])  # a frame that comes in two halves
        await asyncio.sleep(0.2)
        os.write(far, craft.beat() + craft.fix(number))
        await until(answered)
        os.close(far)
        os.close(near)

    async def story():
        ours = listener()
        async with running(links.keep_serial(str(port), 57600, ours.hear)):
            await plugged(ours, 1)
            await plugged(ours, 2)
        return [fix.lat_e7 - 510_000_000 for fix in ours.fixes]

    assert asyncio.run(story()) == [1, 2]


def test_an_aircraft_that_waits_on_udp_is_spoken_to_first():
    async def story():
        ours, craft = listener(), Craft()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            far.bind(("127.0.0.1", 0))
            far.setblocking(False)
            async with running(ours.call(*far.getsockname())):
                loop = asyncio.get_running_loop()
                raw, peer = await loop.sock_recvfrom(far, 2048)
                assert craft.asked(raw) == {0}
                far.sendto(craft.fix(7), peer)
                await until(lambda: ours.fixes)
        return ours.fixes[0].subject

    assert asyncio.run(story()) == "aircraft:1"


def test_each_aircraft_has_its_own_key_and_believes_and_is_believed_by_no_other():
    ours, way = listener(keys=KEYS, stamps=stamps()), Kept()
    first, second = Craft(1, KEYS[1]), Craft(2, KEYS[2])
    ours.hear(Craft(2, KEYS[1]).fix(1), way)  # the key of one under the name of the other
    ours.hear(Craft(1).fix(2), way)
    assert (ours.fixes, way.sent) == ([], b"")
    ours.hear(first.fix(3), way)
    assert 33 in first.asked(way.sent)
    assert second.asked(way.sent) == {"BAD_DATA"}
    ours.hear(second.fix(4), way)
    assert [fix.subject for fix in ours.fixes] == ["aircraft:1", "aircraft:2"]


def test_a_frame_that_was_heard_over_one_link_is_not_believed_again_over_another():
    ours, again = listener(keys=KEYS, stamps=stamps()), Craft(1, KEYS[1]).fix(1)
    ours.hear(again, Kept())
    ours.hear(again, Kept())
    assert len(ours.fixes) == 1


def test_our_heartbeat_is_sent_only_where_the_programme_wants_it(monkeypatch):
    monkeypatch.setattr(listening, "BEAT_S", 0.01)

    async def beats(**how):
        ours, way = listener(**how), Kept()
        ours.hear(Craft().beat(), way)
        async with running(ours.beat()):
            await asyncio.sleep(0.1)
        heard = codec.MAVLink(None).parse_buffer(way.sent)
        return {m.get_srcSystem() for m in heard if m.get_type() == "HEARTBEAT"}

    assert asyncio.run(beats()) == set()
    assert asyncio.run(beats(beats=True)) == {245}


def test_signing_times_go_on_behind_what_an_earlier_run_may_have_used(tmp_path):
    queue = Queue(tmp_path / "to-core.db")
    first = mavlink.noted(queue).next()
    last = max(mavlink.noted(queue).next(), first)
    assert mavlink.noted(Queue(tmp_path / "to-core.db")).next() > last > first


def test_two_systems_with_one_key_and_a_real_one_without_are_refused(tmp_path):
    told = 'listen = "127.0.0.1:1"\n[mavlink.systems]\n1 = "aircraft:1"\n2 = "vehicle"\n[mavlink.keys]\n'
    made = programme(tmp_path, name="mavlink", table=told + '1 = "a.key"\n2 = "b.key"\n')
    (made.folder / "a.key").write_bytes(KEYS[1])
    (made.folder / "b.key").write_bytes(KEYS[1])
    with pytest.raises(ConfigWrong, match="one key"):
        mavlink.keys_of(made.config())
    (made.folder / "b.key").write_bytes(KEYS[2])
    assert mavlink.keys_of(made.config()) == KEYS
    file = made.folder / "gateway.toml"
    real = file.read_text().replace('stamp = "exercise"', 'stamp = "real"')
    file.write_text(real.replace('2 = "b.key"\n', ""))
    with pytest.raises(ConfigWrong, match=r"no line in \[mavlink.keys\]"):
        mavlink.keys_of(made.config())
    file.write_text(real)
    assert mavlink.keys_of(made.config()) == KEYS


def test_links_are_read_from_the_file(tmp_path):
    port = free_port()
    lines = (
        f'links = ["udp:127.0.0.1:{port}", "tcp:127.0.0.1:{port}", "serial:/dev/pts/9999:57600"]\n'
    )
    made = programme(
        tmp_path, name="mavlink", table=lines + '[mavlink.systems]\n1 = "aircraft:1"\n'
    )
    assert len(mavlink.links_of(made.config(), listener())) == 3


class Counted:
    """A way that keeps the number of each frame."""

    def __init__(self):
        self.numbers = []

    def send(self, frame):
        self.numbers.append(links.raw_of(frame)[4])


def test_our_frames_are_numbered_on_each_link_whoever_they_are_for_so_that_a_lost_one_is_counted():
    heard, one, other = listener(), Counted(), Counted()
    for system in (1, 2):
        heard._systems[system].way = one
    for system in (1, 2, 1):
        heard.say(system, AskOnce(system, 0))
    with pytest.raises(Refused):
        heard.say(1, LookAhead(1))
    heard.say(1, AskOnce(1, 0))
    heard._systems[2].way = other
    heard.say(2, AskOnce(2, 0))
    assert (one.numbers, other.numbers) == ([0, 1, 2, 3], [0])
    heard._sent[one] = 255
    for _ in range(2):
        heard.say(1, AskOnce(1, 0))
    assert one.numbers[-2:] == [255, 0]
