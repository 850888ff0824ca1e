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
from safeconduct.cot.writing import EVERYBODY, event_of
from safeconduct.envelope import MapHeard, MapPoint, Marker
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


def test_pytak_reads_whole_events_and_they_hold_no_word_of_ours():
    raw = event_of(marker(), to=EVERYBODY, now=NOON)
    raw += event_of(marker("zz", shape="circle"), to=["FDC1"], now=NOON)

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
    assert words <= {"fire", "valid", "until", "true", "qrstuv", "FDC"}


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
        ("real", 'server = "10.0.0.9:8089"\nareas_to = []\n', "names nobody"),
        ("real", 'server = "10.0.0.9:8089"\nfires = "FDC1"\n', "list of callsigns"),
        ("real", 'server = "10.0.0.9:8089"\nreceiving = ["RCV1"]\n', "now a table"),
        ("real", 'server = "10.0.0.9:8089"\n[tak.units]\nRCV = ["RCV1"]\n', "names units"),
        ("real", 'server = "10.0.0.9:8089"\nca = "a"\ncertificate = "b"\nkey = "c"\n', "not there"),
    ],
)
def test_it_does_not_start_toward_everybody_or_without_certificates(tmp_path, stamp, lines, says):
    lines = lines if "areas_to" in lines else f'areas_to = "everybody"\n{lines}'
    config = read_config(tmp_path, lines, stamp)
    with pytest.raises(ConfigWrong, match=says):
        asyncio.run(tak.serve(config))


def test_it_does_not_start_without_a_word_on_who_sees_the_areas(tmp_path):
    config = read_config(tmp_path, 'server = "127.0.0.1:8087"\nplain = true\n')
    with pytest.raises(ConfigWrong, match="'areas_to' is missing"):
        asyncio.run(tak.serve(config))


def test_plain_words_are_for_an_exercise_on_loopback(tmp_path):
    config = read_config(tmp_path, 'server = "127.0.0.1:8087"\nplain = true\n')
    assert tak.security_of(config, server=tak.server_of(config)) is None


class Server:
    """A unit's server that keeps the events it was sent; it may ask for certificates."""

    def __init__(self, port, security=None):
        self.port, self.security, self.raw, self.ends = port, security, b"", []
        self.answers = True

    def says(self, raw):
        for end in self.ends:
            end.write(raw)

    async def __aenter__(self):
        self.server = await asyncio.start_server(
            self.take, "127.0.0.1", self.port, ssl=self.security
        )
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def take(self, reader, writer):
        self.ends.append(writer)
        try:
            while chunk := await reader.read(65536):
                self.raw += chunk
                if self.answers and b'"t-x-c-t"' in chunk:  # as every server does
                    writer.write(said("t-x-c-t-r", "pong", ""))
        except OSError:
            pass  # the gateway may end as it likes
        finally:
            self.ends.remove(writer)
            writer.close()

    def uids(self):
        return [each for each in re.findall(rb'uid="(\w+)"', self.raw) if each != b"ping"]


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
    lines = f'server = "127.0.0.1:{port}"\nplain = true\nresend_s = 0.3\nareas_to = "everybody"\n'
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
        f'areas_to = "everybody"\nserver = "127.0.0.1:{port}"\nserver_name = "tak.edge.safeconduct"\n'
        'ca = "keys/ca.pem"\ncertificate = "client/link.pem"\nkey = "client/link-key.pem"\n'
    )
    made, other = (programme(tmp_path / n, name="tak", table=lines) for n in ("a", "b"))
    shutil.copytree(made.data / "link", made.folder / "client")

    async def hears(ours, theirs, *, within_s=30.0):
        config = ours.config()
        server, unit = tak.server_of(config), tak.Map(Edge(config), tak.meant_of(config))
        unit.standing.take(marker("aaaa", now=clock.now()))
        security = tak.security_of(config, server=server)
        work = unit.speak(server, security, resend_s=60)
        keys = theirs.folder / "keys"
        async with Server(port, tls_server(keys, keys / "ca.pem")) as heard, running(work):
            with contextlib.suppress(TimeoutError):
                await until(heard.uids, within_s=within_s)
            return heard.uids()

    assert asyncio.run(hears(made, made)) == [b"aaaa"]
    assert asyncio.run(hears(made, other, within_s=1.5)) == []


def said(kind, uid, detail, *, lat=51.05):
    now = clock.now().isoformat()
    return (
        f'<?xml version="1.0"?><event version="2.0" uid="{uid}" type="{kind}" how="m-g" time="{now}" '
        f'start="{now}" stale="{now}"><point lat="{lat}" lon="34.07" hae="0" ce="9999999" le="9999999"/>'
        f"<detail>{detail}</detail></event>"
    ).encode()


def answers(message):
    """What the units say: those who are believed, others beside them, and one event that cannot be."""
    chat = '<__chat senderCallsign="{}"/><remarks>ACK aaaa</remarks>'
    seen = '<link relation="p-p" parent_callsign="{}"/><contact callsign="x"/>'
    receipt = f'<__chatreceipt messageId="{message}" senderCallsign="FDC1"/>'
    return (
        said("b-t-f-r", message, receipt)
        + said("b-t-f", "g1", chat.format("NOBODY"))
        + said("b-t-f", "g2", chat.format("FDC1"))
        + said("a-f-G-U-C", "r1", '<contact callsign="RCV1"/>')
        + said("a-f-G-U-C", "r2", '<contact callsign="OTHER"/>')
        + said("a-h-G", "c0", "<x/>", lat=91)
        + said("a-h-G", "c1", seen.format("OBS1"), lat=51.06)
        + said("a-h-G", "c2", seen.format("OTHER"), lat=51.07)
    )


def with_a_unit(tmp_path, story):
    """Play a story of a unit's server and the core's lane to its gateway; return what the core was told."""
    port = free_port()
    lines = (
        f'server = "127.0.0.1:{port}"\nplain = true\nareas_to = "everybody"\ncallsign = "Watch"\n'
        'fires = ["FDC1"]\ncontacts_from = ["OBS1"]\n[tak.units]\n"unit:1" = ["RCV1"]\n"unit:2" = ["RCV2"]\n'
    )
    made = programme(tmp_path, name="tak", table=lines)
    lane = core_end.sending_to(made.data, "tak")
    peer = spool_config.peers(made.data, stamp="exercise")[0]
    inbox, heard, shown = core_end.receiving(made.data, keys=made.core_keys), [], []

    def receive():
        for arrived in inbox.take():
            told = MapHeard.from_bytes(arrived.content)
            heard.extend([told] * (told.what not in {"answers", "shown"}))
            shown.extend([told.about] * (told.what in {"shown", "withdrawn"}))
            inbox.done(arrived)
        return len(heard)

    async def play():
        dialler = Dialler(made.data, peer, handed=made.handed())
        async with running(tak.serve(made.config()), dialler.run()), Server(port) as server:
            await story(lane, server, receive)
            return server.raw

    return asyncio.run(play()), heard


BOTH = "fires unit:1"


def place(ref, what, *, at, to=BOTH, ended=False):
    return MapPoint(ref, what, at, 510_500_000, 340_700_000, ended=ended, to=to).to_bytes()


def test_he_is_seen_by_those_who_are_named_and_what_they_answer_comes_sealed_to_the_core(tmp_path):
    async def story(lane, server, receive):
        now = clock.now()
        lane.put("m1", marker("aaaapqrt", now=now).to_bytes())
        lane.put("m2", place("vvvv", "vehicle", at=now))
        lane.put("m3", place("oooo", "vehicle", at=now - timedelta(minutes=1)))
        lane.put("m4", place("ssss", "alert", at=now))
        await until(lambda: b"ssss" in server.raw and b"ack aaaa" in server.raw)
        server.says(answers(re.search(rb'messageId="(\w+)"', server.raw)[1].decode()))
        await until(lambda: receive() == 4)

    raw, heard = with_a_unit(tmp_path, story)
    assert [(each.what, each.about[:4]) for each in heard] == [
        ("read", "aaaa"), ("acknowledged", "aaaa"), ("position", ""), ("contact", ""),
    ]  # fmt: skip
    assert heard[2].unit == "unit:1"
    events = {re.search(rb'uid="(\w+)', e)[1]: e for e in raw.split(b"</event>") if b"uid=" in e}
    assert b"oooo" not in raw  # where he was a minute ago is no news
    assert b'"FDC1"/><dest callsign="RCV1"/>' in events[b"vvvv"]
    assert b"marti" not in events[b"aaaapqrt"]


def test_a_contact_never_leaves_again_even_where_the_core_itself_would_send_it(tmp_path):
    async def story(lane, server, receive):
        await until(lambda: server.ends)
        seen = '<link relation="p-p" parent_callsign="OBS1"/>'
        server.says(said("a-h-G", "zorro", seen, lat=51.0642817))
        await until(lambda: receive() == 1)
        now = clock.now()
        lane.put("m1", MapHeard("tak", 1, "contact", "", "x", now, now, 510_642_817).to_bytes())
        lane.put("m2", place("hhhh", "contact", at=now))
        lane.put("m3", place("vvvv", "vehicle", at=now))
        await until(lambda: b"vvvv" in server.raw)

    raw, heard = with_a_unit(tmp_path, story)
    assert heard[0].lat_e7 == 510_642_817
    assert b"vvvv" in raw
    for trace in (
        b"51.0642",
        b"hhhh",
        b"a-h",
        b"zorro",
    ):  # what no time and no random name is written with
        assert trace not in raw
    assert not {"hostile", "side", "type"} & set(MapHeard.__dataclass_fields__)
