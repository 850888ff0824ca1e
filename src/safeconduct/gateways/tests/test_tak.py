"""What leaves for the units' maps: an area, a time, a random reference. Another's library reads it."""

import asyncio
import contextlib
import re
import shutil
import ssl
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree as ET  # noqa: N812  tests read as with the standard library
from tests.ports import free_port

from safeconduct import clock
from safeconduct.envelope import Marker
from safeconduct.gateways import tak
from safeconduct.spool import config as spool_config
from safeconduct.spool import core_end
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import programme

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pytak

pytestmark = pytest.mark.enable_socket
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def marker(ref="k7m2p9qrstuv", *, shape="polygon", ended=False, now=NOON, hours=1):
    ring = [[510_000_000, 340_000_000], [510_090_000, 340_000_000], [510_090_000, 340_140_000]]
    return Marker(
        marker=ref,
        shape=shape,
        ring_e7=ring if shape != "circle" else ring[:1],
        radius_m=800,
        valid_from=now,
        valid_until=now + timedelta(hours=hours),
        ended=ended,
    )


def test_a_polygon_is_closed_and_stale_an_hour_past_its_validity():
    event = ET.fromstring(tak.event_of(marker(), now=NOON))
    assert (event.get("type"), event.get("how"), event.get("uid")) == (
        "u-d-f", "h-e", "k7m2p9qrstuv",
    )  # fmt: skip
    points = [link.get("point") for link in event.iter("link")]
    assert points[0] == points[-1] == "51.0000000,34.0000000"
    assert len(points) == 4
    assert event.get("start") == "2026-03-01T12:00:00.000Z"
    assert event.get("stale") == "2026-03-01T14:00:00.000Z"


def test_a_circle_has_its_radius_and_an_ended_area_is_stale_at_once():
    event = ET.fromstring(tak.event_of(marker(shape="circle"), now=NOON))
    assert event.get("type") == "u-d-c-c"
    assert event.find("detail/shape/ellipse").get("major") == "800.0"
    ended = ET.fromstring(tak.event_of(marker(ended=True), now=NOON))
    assert ended.get("stale") == "2026-03-01T12:00:00.000Z"


def test_a_point_is_no_area():
    with pytest.raises(ValueError, match="no area"):
        tak.event_of(marker(shape="point"), now=NOON)


def test_pytak_reads_whole_events_and_they_hold_no_word_of_ours():
    raw = tak.event_of(marker(), now=NOON) + tak.event_of(marker("zz", shape="circle"), now=NOON)

    async def read():
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        worker = pytak.RXWorker(asyncio.Queue(), {}, reader)
        return [await worker.readcot(), await worker.readcot()]

    events = [ET.fromstring(event.decode().strip()) for event in asyncio.run(read())]
    assert [event.get("uid") for event in events] == ["k7m2p9qrstuv", "zz"]
    words = set(re.findall(r"[A-Za-z]{3,}", " ".join(
        [value for e in events for n in e.iter() for value in (*n.attrib.values(), n.text or "")]
    )))  # fmt: skip
    assert words <= {"fire", "valid", "until", "true", "qrstuv"}


def read_config(tmp_path, lines, stamp="exercise"):
    made = programme(tmp_path, name="tak", table=lines)
    path = made.folder / "gateway.toml"
    path.write_text(path.read_text().replace('stamp = "exercise"', f'stamp = "{stamp}"'))
    return made.config()


@pytest.mark.parametrize(
    ("stamp", "lines", "says"),
    [
        ("real", 'server = "239.2.3.1:6969"\n', "everybody"),
        ("real", 'server = "10.0.0.255:8087"\n', "everybody"),
        ("real", 'server = "0.0.0.0:8087"\n', "everybody"),
        ("exercise", 'server = "10.0.0.9:8087"\nplain = true\n', "leaves this machine"),
        ("real", 'server = "10.0.0.9:8087"\nplain = true\n', "exercises"),
        ("real", 'server = "127.0.0.1:8087"\nplain = true\n', "exercises"),
        ("real", 'server = "10.0.0.9:8089"\n', "'ca' is missing"),
        ("real", 'server = "10.0.0.9:8089"\nca = "a"\ncertificate = "b"\nkey = "c"\n', "not there"),
    ],
)
def test_it_does_not_start_toward_everybody_or_without_certificates(tmp_path, stamp, lines, says):
    config = read_config(tmp_path, lines, stamp)
    with pytest.raises(ConfigWrong, match=says):
        tak.security_of(config, server=tak.server_of(config))


def test_plain_words_are_for_an_exercise_on_loopback(tmp_path):
    config = read_config(tmp_path, 'server = "127.0.0.1:8087"\nplain = true\n')
    assert tak.security_of(config, server=tak.server_of(config)) is None


class Server:
    """A unit's server that keeps the events it was sent; it may ask for certificates."""

    def __init__(self, port, security=None):
        self.port, self.security, self.raw = port, security, b""

    async def __aenter__(self):
        self.server = await asyncio.start_server(
            self.take, "127.0.0.1", self.port, ssl=self.security
        )
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def take(self, reader, writer):
        try:
            while chunk := await reader.read(65536):
                self.raw += chunk
        except OSError:
            pass  # the gateway may end as it likes
        finally:
            writer.close()

    def uids(self):
        return re.findall(rb'uid="(\w+)"', self.raw)


async def until(told, *, within_s=30.0):
    async with asyncio.timeout(within_s):
        while not told():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(*works):
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_areas_leave_are_said_again_and_outlive_a_server_that_was_away(tmp_path):
    port = free_port()
    lines = f'server = "127.0.0.1:{port}"\nplain = true\nresend_s = 0.3\n'
    made = programme(tmp_path, name="tak", table=lines)
    lane = core_end.sending_to(made.data, "tak")
    peer = spool_config.peers(made.data, stamp="exercise")[0]

    async def story():
        dialler = Dialler(made.data, peer, handed=made.handed())
        async with running(tak.serve(made.config()), dialler.run()):
            lane.put("m1", marker("aaaa", now=clock.now()).to_bytes())
            await asyncio.sleep(1.2)  # nobody listens yet
            async with Server(port) as server:
                await until(lambda: server.uids().count(b"aaaa") >= 3)
                lane.put("m2", marker("bbbb", now=clock.now()).to_bytes())
                await until(lambda: server.uids().count(b"bbbb") >= 2)
                lane.put("m3", marker("aaaa", now=clock.now(), ended=True).to_bytes())
                await until(lambda: b"ended" in server.raw)
                told = server.uids().count(b"aaaa")
                await asyncio.sleep(0.8)
                return told, server.uids().count(b"aaaa")

    told, later = asyncio.run(story())
    assert told == later  # what a named person ended is not said again


def tls_server(keys, ca):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "link.pem", keys / "link-key.pem")
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_over_mutual_tls_both_sides_must_be_known(tmp_path):
    """The programme's own authority stands in for the unit's; the core's certificate for ours."""
    port = free_port()
    lines = (
        f'server = "127.0.0.1:{port}"\nserver_name = "tak.edge.safeconduct"\n'
        'ca = "keys/ca.pem"\ncertificate = "client/link.pem"\nkey = "client/link-key.pem"\n'
    )
    made, other = (programme(tmp_path / n, name="tak", table=lines) for n in ("a", "b"))
    shutil.copytree(made.data / "link", made.folder / "client")

    async def hears(ours, theirs, *, within_s=30.0):
        config = ours.config()
        server, areas = tak.server_of(config), tak.Areas()
        areas.take(marker("aaaa", now=clock.now()))
        security = tak.security_of(config, server=server)
        work = tak.speak(Edge(config), areas, server, security, 60)
        keys = theirs.folder / "keys"
        async with Server(port, tls_server(keys, keys / "ca.pem")) as heard, running(work):
            with contextlib.suppress(TimeoutError):
                await until(heard.uids, within_s=within_s)
            return heard.uids()

    assert asyncio.run(hears(made, made)) == [b"aaaa"]
    assert asyncio.run(hears(made, other, within_s=1.5)) == []
