"""The edge runs in its own process, as on its own host; the core's end runs here."""

import asyncio
import contextlib
import ssl

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.ports import free_port

from safeconduct import sealing
from safeconduct.envelope import InboundText, OutboundText
from safeconduct.spool import certificates, config, core_end, link
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import NOON, programme, text

pytestmark = pytest.mark.enable_socket


def outbound(attempt):
    return OutboundText(
        attempt=attempt, route="smpp", sender="100", recipient="200", text="x", not_after=NOON
    )


async def until(told, *, within_s=30.0):
    async with asyncio.timeout(within_s):
        while not told():
            await asyncio.sleep(0.02)


async def listening(made):
    where = made.config().listen
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(ConnectionError):
                _, writer = await asyncio.open_connection(where.host, where.port)
                await link.close(writer)
                return
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


def dialler(made):
    return Dialler(made.data, config.peers(made.data, stamp="exercise")[0], handed=made.handed())


def test_words_go_both_ways_and_the_gateways_key_comes_over_the_link(tmp_path):
    made = programme(tmp_path)

    async def story():
        edge = Edge(made.config())
        taken = []

        async def channel():
            while True:
                for arrived in await edge.take():
                    taken.append(OutboundText.from_bytes(arrived.content).attempt)
                    await edge.done(arrived)

        await edge.store([(f"smpp:{n}", text(n)) for n in range(1, 4)])
        core_end.sending_to(made.data, "smpp").put("a1", outbound("a1").to_bytes())
        async with running(edge.run(channel()), dialler(made).run()):
            inbox = core_end.receiving(made.data, keys=made.core_keys)
            await until(lambda: inbox.queue.waiting() == 3 and taken == ["a1"])
            await until(lambda: edge.to_core.queue.waiting() == 0)
        arrivals = [InboundText.from_bytes(a.content).arrival for a in inbox.take()]
        assert arrivals == [1, 2, 3]

    asyncio.run(story())


def test_a_link_that_breaks_again_and_again_loses_and_doubles_nothing(tmp_path):
    made = programme(tmp_path)

    async def story():
        edge = Edge(made.config())
        inbox = core_end.receiving(made.data, keys=made.core_keys)
        async with running(edge.run()):
            for n in range(1, 300):
                await edge.store([(f"smpp:{n}", text(n))])
                if n % 50 == 0:
                    async with running(dialler(made).run()):
                        await asyncio.sleep(0.05 + n / 5000)
            async with running(dialler(made).run()):
                await until(lambda: inbox.queue.waiting() == 299)
        got = inbox.take(limit=1000)
        assert [InboundText.from_bytes(a.content).arrival for a in got] == list(range(1, 300))

    asyncio.run(story())


def stranger_of_ours(authority, folder):
    """Keys that our own authority lets dial, under another name than the core's."""
    may = ExtendedKeyUsageOID.CLIENT_AUTH
    certificates._write_leaf(authority, name="station.safeconduct", may=may, to=folder)
    (folder / "ca.pem").write_bytes((authority / "ca.pem").read_bytes())
    return folder


def test_nobody_from_another_authority_may_dial_and_no_gateway_may_play_the_core(tmp_path):
    made, other = programme(tmp_path / "a"), programme(tmp_path / "b")

    async def refused(keys):
        context = link.core_context(keys)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the impostor does not care whom he speaks to
        where = made.config().listen
        try:
            reader, writer = await asyncio.open_connection(where.host, where.port, ssl=context)
        except (ConnectionError, ssl.SSLError):
            return True
        try:
            return await asyncio.wait_for(reader.read(100), 15) == b""  # else: it said hello
        except (ConnectionError, ssl.SSLError):
            return True
        finally:
            await link.close(writer)

    async def story():
        edge = Edge(made.config())
        async with running(edge.run()):
            await listening(made)
            assert await refused(other.data / "link")
            assert await refused(made.folder / "keys")
            assert await refused(stranger_of_ours(made.data / "link", tmp_path / "stranger"))
            assert not await refused(made.data / "link")
            async with running(dialler(made).run()):
                await until(lambda: edge.has_key)

    asyncio.run(story())


def test_a_core_that_finds_another_gateways_certificate_does_not_speak(tmp_path):
    made = programme(tmp_path)
    certificates.enrol(made.data, "tak", box_public=sealing.new_box_keys()[1])
    listed = (made.data / "gateways.toml").read_text().replace('"smpp"', '"tak"')
    (made.data / "gateways.toml").write_text(listed)

    async def story():
        edge = Edge(made.config())
        async with running(edge.run()):
            await listening(made)
            with pytest.raises(ssl.SSLCertVerificationError):
                await dialler(made)._once()

    asyncio.run(story())


@pytest.mark.parametrize("again", [1, 2, 3])
def test_an_edge_whose_spool_was_wiped_is_refused_and_forgets_nothing(tmp_path, again):
    made = programme(tmp_path)

    async def carry(edge, want):
        inbox = core_end.incoming(made.data)
        async with running(edge.run(), dialler(made).run()):
            await until(lambda: inbox.waiting() == want)

    async def story():
        edge = Edge(made.config())
        await edge.store([("smpp:1", text(1)), ("smpp:2", text(2))])
        await carry(edge, 2)
        for path in (made.folder / "spool").iterdir():
            path.unlink()
        fresh = Edge(made.config())
        for n in range(1, again + 1):
            await fresh.store([(f"smpp:{n}", text(n))])
        async with running(fresh.run(), dialler(made).run()):
            await asyncio.sleep(1.0)
        assert core_end.incoming(made.data).waiting() == 2
        assert fresh.to_core.queue.waiting() == again  # kept for a person to mend, not forgotten

    asyncio.run(story())


def test_a_core_whose_spool_was_rolled_back_gets_nothing_that_would_hide_the_hole(tmp_path):
    made = programme(tmp_path)

    async def story():
        edge = Edge(made.config())
        await edge.store([("smpp:1", text(1)), ("smpp:2", text(2))])
        async with running(edge.run(), dialler(made).run()):
            await until(lambda: edge.to_core.queue.waiting() == 0)
        for path in (made.data / "spool").iterdir():
            path.unlink()
        await edge.store([("smpp:3", text(3))])
        async with running(edge.run(), dialler(made).run()):
            await asyncio.sleep(1.0)
        assert core_end.incoming(made.data).waiting() == 0
        assert edge.to_core.queue.waiting() == 1

    asyncio.run(story())


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        (('listen = "127.0.0.1', 'listen = "192.0.2.1'), "leaves this machine"),
        (('stamp = "exercise"', 'stamp = "training"'), "stamp"),
        (("[smpp]", "[other]"), "smpp"),
        (('name = "smpp"\n', ""), "name"),
        (("[gateway]", "[gateway"), "no TOML"),
    ],
)
def test_a_wrong_line_in_the_configuration_names_its_mend(tmp_path, change, mend):
    made = programme(tmp_path)
    path = made.folder / "gateway.toml"
    config.load(path, channel="smpp")
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ConfigWrong, match=mend):
        config.load(path, channel="smpp")


def test_ports_differ():
    assert free_port() != free_port()
