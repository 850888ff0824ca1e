"""The site's own relay: who hears whom, what late joiners get, and that a slow client holds nobody."""

import asyncio
import contextlib
import json
import socket
import ssl
import warnings
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.ports import free_port

from safeconduct import clock, log
from safeconduct.cot.reading import Cutter, read
from safeconduct.cot.writing import EVERYBODY, event_of, point_of, withdrawn
from safeconduct.envelope import MapPoint, Marker
from safeconduct.gateways import relay
from safeconduct.spool import certificates
from safeconduct.spool.config import ConfigWrong, load

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pytak

pytestmark = pytest.mark.enable_socket
RING = [[510_000_000, 340_000_000], [510_090_000, 340_000_000], [510_090_000, 340_140_000]]
LINES = """
ca = "ca.pem"
certificate = "relay.pem"
key = "relay-key.pem"
events_per_s = {rate}
[relay.clients.watch]
groups = ["site"]
says = ["areas", "moving", "alerts"]
hears = ["positions", "words"]
[relay.clients.fdc1]
callsign = "FDC1"
groups = ["site"]
says = ["positions", "words"]
hears = ["areas", "moving", "alerts"]
[relay.clients.rcv1]
groups = ["site"]
says = ["positions"]
hears = ["areas", "moving"]
[relay.clients.else]
groups = ["another"]
says = ["areas"]
hears = ["areas", "moving", "positions"]
"""
NAMES = ("relay", "watch", "fdc1", "rcv1", "else", "stranger")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    by = certificates.authority("site", days=2)
    for name in NAMES:
        may = (
            ExtendedKeyUsageOID.SERVER_AUTH if name == "relay" else ExtendedKeyUsageOID.CLIENT_AUTH
        )
        certificate, key = certificates.leaf(name, may=may, by=by)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem)
        (folder / f"{name}-key.pem").write_bytes(certificates.pem(key))
    pem = by[0].public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    return folder


def config_of(folder, *, lines=LINES, port=0, rate=10_000.0, host="127.0.0.1"):
    path = folder / f"gateway-{port}.toml"
    path.write_text(
        f'[gateway]\nname = "relay"\nstamp = "real"\nlisten = "{host}:{port}"\n'
        f"[relay]{lines.format(rate=rate)}"
    )
    return load(path, channel="relay")


class Unit:
    """A client with a certificate; it keeps the uids it was sent, unless it was told to be silent."""

    def __init__(self, reader, writer):
        self.writer, self.events = writer, []
        self.read = asyncio.ensure_future(self.hear(reader))
        self.reads = asyncio.Event()
        self.reads.set()

    async def hear(self, reader):
        cutter = Cutter()
        while chunk := await reader.read(65536):
            self.events += [read(raw) for raw in cutter.feed(chunk)]
            await self.reads.wait()

    def uids(self):
        return [event.uid for event in self.events]


class Site:
    """The relay, and the units that dial it."""

    def __init__(self, folder, port):
        self.folder, self.port, self.units = folder, port, []

    def context(self, name):
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}-key.pem")
        return context

    async def unit(self, name, *, reads=True, joins=True):
        while True:
            try:
                sock = socket.socket()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**15)
                sock.connect(("127.0.0.1", self.port))
                sock.setblocking(False)
                tls = {"ssl": self.context(name), "server_hostname": "relay"}
                ends = await asyncio.open_connection(sock=sock, limit=2**14, **tls)
                break
            except ConnectionRefusedError:
                sock.close()
                await asyncio.sleep(0.02)
        unit = Unit(*ends)
        self.units.append(unit)
        if joins:  # in TLS 1.3 a client is done before the server knows who it is
            unit.writer.write(own("ping-1", "t-x-c-t"))
            await until(lambda: "pong" in unit.uids())
            unit.events = [event for event in unit.events if event.uid != "pong"]
        if not reads:
            unit.reads.clear()
        return unit

    def gone(self):
        for unit in self.units:
            unit.read.cancel()
            unit.writer.close()
            unit.writer.transport.abort()


def at_a_site(folder, story, *, rate=10_000.0):
    async def play():
        port = free_port()
        serving = asyncio.ensure_future(relay.serve(config_of(folder, port=port, rate=rate)))
        site = Site(folder, port)
        try:
            async with asyncio.timeout(60):
                return await story(site)
        finally:
            site.gone()
            serving.cancel()
            await asyncio.gather(serving, *(u.read for u in site.units), return_exceptions=True)

    return asyncio.run(play())


async def until(told):
    while not told():
        await asyncio.sleep(0.01)


def area(ref, *, ended=False, to=EVERYBODY):
    now = clock.now()
    until_ = now + timedelta(hours=1)
    return event_of(Marker(ref, "polygon", RING, 0, now, until_, ended=ended), to=to, now=now)


def place(ref, what="vehicle", *, to=EVERYBODY, ended=False):
    now = clock.now()
    point = MapPoint(ref, what, now, 510_000_000, 340_000_000, ended=ended)
    return point_of(point, to=to, now=now)


def own(uid, kind="a-f-G-U-C"):
    return place(uid).replace(b"a-n-G-E-V", kind.encode())


def test_each_hears_what_it_may_of_its_own_group_and_nobody_says_what_it_may_not(keys):
    async def story(site):
        watch, fdc, rcv, other = [await site.unit(name) for name in NAMES[1:5]]
        watch.writer.write(area("area1") + place("moves") + place("stops", "alert"))
        watch.writer.write(place("for-fdc", to=["FDC1"]) + own("not-its-to-say"))
        fdc.writer.write(own("fdc-place") + own("hostile", "a-h-G") + own("area1", "u-d-f"))
        fdc.writer.write(own("strange", "t-x-d-d") + deletes("area1") + own("last"))
        await until(lambda: "for-fdc" in fdc.uids() and "last" in watch.uids())
        watch.writer.write(area("area2"))
        await until(lambda: "area2" in rcv.uids())
        return [unit.uids() for unit in (watch, fdc, rcv, other)]

    watch, fdc, rcv, other = at_a_site(keys, story)
    assert watch == ["fdc-place", "last"]
    assert fdc == ["area1", "moves", "stops", "for-fdc", "area2"]
    assert rcv == ["area1", "moves", "area2"]  # alerts are not among what it hears
    assert other == []


def deletes(uid):
    return withdrawn(uid, to=["FDC1"], now=clock.now())


def test_a_client_deletes_what_it_has_drawn_and_nobody_elses_and_no_area(keys):
    async def story(site):
        watch, fdc = await site.unit("watch"), await site.unit("fdc1")
        rcv = await site.unit("rcv1")
        fdc.writer.write(own("fdc-place"))
        await until(lambda: "fdc-place" in watch.uids())
        watch.writer.write(place("he") + area("area1"))
        watch.writer.write(deletes("area1") + deletes("fdc-place") + deletes("he") + place("last"))
        await until(lambda: "last" in fdc.uids() and "last" in rcv.uids())
        return fdc.uids(), rcv.uids()

    fdc, rcv = at_a_site(keys, story)
    assert fdc == ["he", "area1", "he.over", "last"]
    assert rcv == ["he", "area1", "last"]  # it was for FDC1 alone


def test_who_joins_late_is_given_the_areas_that_stand_and_nothing_else(keys):
    async def story(site):
        watch, fdc = await site.unit("watch"), await site.unit("fdc1")
        watch.writer.write(area("ends") + area("stays") + place("moves") + place("alarm", "alert"))
        watch.writer.write(area("ends", ended=True) + area("for-fdc", to=["FDC1"]))
        await until(lambda: "for-fdc" in fdc.uids())
        late = await site.unit("rcv1")
        again = await site.unit("fdc1")  # the same name anew: the earlier connection ends
        await until(fdc.read.done)
        return late.uids(), again.uids()

    late, again = at_a_site(keys, story)
    assert (late, again) == (["stays"], ["stays", "for-fdc"])


def test_a_client_that_does_not_read_holds_nobody_and_misses_places_but_no_area_and_no_abort(
    keys, monkeypatch
):
    monkeypatch.setattr(relay, "HIGH_WATER", 2**14)  # the same with fewer places

    async def story(site):
        watch, fdc = await site.unit("watch"), await site.unit("fdc1", reads=False)
        rcv = await site.unit("rcv1")
        for turn in range(80):
            if turn == 20:
                over = place("abort", "alert", ended=True)
                watch.writer.write(area("area") + place("abort", "alert") + over)
            watch.writer.write(b"".join(place(f"p{turn}-{n}") for n in range(50)))
            await until(lambda last=f"p{turn}-49": rcv.events and rcv.events[-1].uid == last)
        fdc.reads.set()
        await until(lambda: "p79-49" in fdc.uids())
        return fdc.events, rcv.uids()

    slow, quick = at_a_site(keys, story, rate=100_000.0)
    uids = [event.uid for event in slow]
    assert len([uid for uid in quick if uid.startswith("p")]) == 4000
    assert len(uids) < 4000
    assert uids.count("area") == 1
    assert [event.type for event in slow if event.uid == "abort"][-1] == "b-a-o-can"


def test_beyond_its_rate_a_clients_places_are_dropped_and_its_areas_wait(keys):
    async def story(site):
        watch, rcv = await site.unit("watch"), await site.unit("rcv1")
        watch.writer.write(b"".join(place(f"p{n}") for n in range(300)))
        watch.writer.write(b"".join(area(f"a{n}") for n in range(30)))
        await until(lambda: "a29" in rcv.uids())
        return rcv.uids()

    uids = at_a_site(keys, story, rate=50.0)
    assert len([uid for uid in uids if uid.startswith("p")]) <= 110
    assert [uid for uid in uids if uid.startswith("a")] == [f"a{n}" for n in range(30)]


def test_a_stranger_another_authority_and_what_is_no_cot_are_sent_away(keys, tmp_path):
    async def story(site):
        stranger = await site.unit(
            "stranger", joins=False
        )  # a good certificate of a name that is not in the file
        wrong = await site.unit("else")
        wrong.writer.write(b"GET / HTTP/1.1\r\n\r\n</event>")
        await asyncio.wait([stranger.read, wrong.read])
        nobody = ssl.create_default_context(cafile=str(keys / "ca.pem"))
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", site.port, ssl=nobody, server_hostname="relay"
        )
        with contextlib.suppress(OSError):
            assert await reader.read(1) == b""
        writer.close()
        writer.transport.abort()
        assert (await site.unit("rcv1")).uids() == []

    at_a_site(keys, story)


def test_its_log_says_how_many_and_never_who_joins_leaves_or_is_sent_away(keys, capfd):
    log.configure(process="relay")

    async def story(site):
        fdc, watch = await site.unit("fdc1"), await site.unit("watch")
        stranger = await site.unit("stranger", joins=False)
        fdc.writer.write(own("hostile", "a-h-G") + own("mine"))
        await until(lambda: watch.uids() == ["mine"])
        fdc.writer.write(b"GET / HTTP/1.1\r\n\r\n</event>")
        await asyncio.wait([stranger.read, fdc.read])

    at_a_site(keys, story)
    told = capfd.readouterr().err
    lines = [json.loads(line) for line in told.splitlines()]
    events = {line["event"] for line in lines}
    assert events >= {
        *("relay.joined", "relay.left", "relay.stranger", "relay.refused", "relay.not_cot"),
    }
    known = {"event", "level", "timestamp", "process", "count", "error", "port"}
    assert {name for line in lines for name in line} <= known
    for name in (*NAMES[1:], "FDC1", "hostile", "mine"):
        assert name not in told.replace("relay.stranger", "")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"ca.pem"', '"none.pem"', "not there"),
        ('ca = "ca.pem"\n', "", "'ca' is missing"),
        ('["positions", "words"]', '["everything"]', "another kind"),
        ("groups =", "group =", "lines beside"),
        (LINES[LINES.index("[relay.clients.watch]") :], "", "'clients' is missing"),
        ("{rate}", "0", "above 0"),
    ],
)
def test_it_does_not_start_without_certificates_and_names(keys, old, new, says):
    config = config_of(keys, lines=LINES.replace(old, new))
    with pytest.raises(ConfigWrong, match=says):
        asyncio.run(relay.serve(config))


def test_it_does_not_listen_everywhere(keys):
    with pytest.raises(ConfigWrong, match="one address"):
        asyncio.run(relay.serve(config_of(keys, host="::", port=1)))


def test_another_authors_client_hears_and_is_heard_over_mutual_tls(keys):
    def made(site, name):
        return {
            "COT_URL": f"tls://127.0.0.1:{site.port}",
            "PYTAK_TLS_CLIENT_CERT": str(keys / f"{name}.pem"),
            "PYTAK_TLS_CLIENT_KEY": str(keys / f"{name}-key.pem"),
            "PYTAK_TLS_CLIENT_CAFILE": str(keys / "ca.pem"),
            "PYTAK_TLS_DONT_CHECK_HOSTNAME": "1",
        }

    async def story(site):
        watch = await site.unit("watch")
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of options that it sets, and of the name we do not check
            reader, writer = await pytak.protocol_factory(made(site, "fdc1"))
        worker = pytak.RXWorker(asyncio.Queue(), {}, reader)
        await pytak.TXWorker(asyncio.Queue(), {}, writer).handle_data(own("fdc-place"))
        await until(lambda: watch.uids() == ["fdc-place"])
        watch.writer.write(area("area1"))
        heard = await worker.readcot()
        writer.close()
        writer.transport.abort()
        return heard

    heard = at_a_site(keys, story)
    assert read(heard.strip()).uid == "area1"
    assert heard.strip() == read_back(heard)


def read_back(raw):
    """What we wrote, byte for byte."""
    return Cutter().feed(raw)[0]
