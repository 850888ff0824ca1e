"""A gateway that is struck out: nothing more of it is taken, in any process, and nothing goes to it."""

import asyncio
import shutil

import pytest

from safeconduct.spool import certificates, config, core_end
from safeconduct.spool.carried import Foreign, Sealer
from safeconduct.spool.edge import Edge
from safeconduct.spool.form import Mark, read
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.link import Landing, station_context
from safeconduct.spool.near import Ear, Near, Unheard
from safeconduct.spool.tests.made import NOON, programme, text
from safeconduct.spool.tests.test_link import dialler, listening, outbound, running, until
from safeconduct.spool.tests.test_skew import NEXT, NextIn, plain, release
from safeconduct.stationed import Stop, StopHeard

pytestmark = pytest.mark.enable_socket  # a free port for the gateway


def sealed(made, count):
    """Return so many texts as the gateway's own machine would carry them."""
    keys = made.folder / "keys"
    core = read_key(keys / "core-box.pub")
    sealer = Sealer("smpp", to=lambda: core, sign=read_key(keys / "sign.key"), direction="in")
    mark, raws = Mark(), []
    for n in range(1, count + 1):
        raws.append(sealer.seal(f"smpp:{n}", text(n).to_bytes(), mark=mark))
        mark = read(raws[-1]).after
    return raws


def test_what_comes_after_is_refused_and_set_aside_and_what_waited_is_not_read(tmp_path):
    made = programme(tmp_path)
    first, second, third = sealed(made, 3)
    landing = Landing(
        core_end.incoming(made.data), sender="smpp", chain=core_end.enrolled(made.data)
    )
    reading = core_end.receiving(made.data, keys=made.core_keys)
    landing.land([first])
    [one] = reading.take()
    reading.done(one)
    landing.land([second])
    assert core_end.strike_out(made.data, "smpp")
    with pytest.raises(Foreign):
        landing.land([third])
    assert reading.take() == []
    [refused] = core_end.refusals(made.data)
    assert refused.kinds == {"Foreign": 1}
    assert core_end.names(made.data) == []


def test_struck_out_twice_it_is_struck_out_and_a_stranger_was_never_in(tmp_path):
    made = programme(tmp_path)
    assert core_end.strike_out(made.data, "smpp")
    assert not core_end.strike_out(made.data, "smpp")
    assert not core_end.strike_out(made.data, "../../elsewhere")


def test_the_next_start_does_not_enrol_it_again_though_its_folder_was_carried_away(tmp_path):
    made = programme(tmp_path)
    core_end.strike_out(made.data, "smpp")
    shutil.rmtree(made.folder)
    certificates.enrol(made.data, "smpp", box_public=bytes(1216))
    assert core_end.names(made.data) == []
    certificates.enrol(made.data, "smpp2", box_public=bytes(1216))
    assert core_end.names(made.data) == ["smpp2"]


def test_another_gateway_is_read_as_before(tmp_path):
    made = programme(tmp_path)
    other = programme(tmp_path, name="web")  # in the same data folder
    landing = Landing(
        core_end.incoming(made.data), sender="smpp", chain=core_end.enrolled(made.data)
    )
    assert core_end.strike_out(other.data, "web")
    assert core_end.names(made.data) == ["smpp"]
    assert landing.land(sealed(made, 2)) == 2


@pytest.fixture
def waits_for_an_upgrade(tmp_path):
    """Two gateways; of "smpp" lies aside what only the next release knows, of "web" a text is under way."""
    made, other = programme(tmp_path), programme(tmp_path, name="web")
    keys = other.folder / "keys"
    core = read_key(keys / "core-box.pub")

    def carry(name, key, thing):
        sign = read_key(made.data / "gateways" / name / "keys" / "sign.key")
        sealer = Sealer(name, to=core, sign=sign, direction="in")
        queue = core_end.incoming(made.data)
        queue.put(f"{name}/1", sealer.seal(key, thing.to_bytes(), mark=Mark()))
        queue.close()

    def reading():
        return core_end.receiving(made.data, keys=lambda: (other.core_private,))

    carry("smpp", "smpp:1", NextIn(**plain(text(1)), mood="afraid"))
    before = reading()
    assert before.take() == []
    assert before.queue.kinds_aside() == {"Newer": 1}
    carry("web", "web:1", text(2))
    return made, reading


def keys_of(reading):
    return [one.key for one in reading.take()]


def test_what_waited_for_an_upgrade_stays_aside_once_its_gateway_is_struck_out_and_the_rest_is_read(
    waits_for_an_upgrade,
):
    made, reading = waits_for_an_upgrade
    core_end.strike_out(made.data, "smpp")
    with release(NEXT):
        upgraded = reading()
        assert keys_of(upgraded) == ["web:1"]
        assert upgraded.queue.kinds_aside() == {"Newer": 1}


def test_struck_out_between_its_reading_and_its_storing_it_holds_nobody_up(waits_for_an_upgrade):
    made, reading = waits_for_an_upgrade
    with release(NEXT):
        upgraded = reading()
        assert keys_of(upgraded) == ["smpp:1"]  # and whoever was to store it died
        core_end.strike_out(made.data, "smpp")
        assert keys_of(upgraded) == ["web:1"]
        assert upgraded.queue.kinds_aside() == {"Newer": 1}


@pytest.mark.parametrize("damage", [b"junk\n", b"", b"!!"])
def test_one_gateways_damaged_key_shuts_out_that_one_alone(tmp_path, damage):
    made, other = programme(tmp_path), programme(tmp_path, name="web")
    (other.data / "link" / "web-sign.pub").write_bytes(damage)
    landing = Landing(
        core_end.incoming(made.data), sender="smpp", chain=core_end.enrolled(made.data)
    )
    keys = read_key(made.folder / "keys" / "core-box.pub")
    sign = read_key(made.folder / "keys" / "sign.key")
    sealer = Sealer("smpp", to=keys, sign=sign, direction="in")
    landing.land([sealer.seal("smpp:1", text(1).to_bytes(), mark=Mark())])
    reading = core_end.receiving(made.data, keys=made.core_keys)
    assert keys_of(reading) == ["smpp:1"]
    with pytest.raises(Foreign):
        core_end.enrolled(made.data).check_sender(
            Sealer("web", to=keys, sign=sign, direction="in").seal("x", b"x", mark=Mark())
        )


def test_a_link_that_stands_ends_and_nothing_leaves_by_it(tmp_path):
    made = programme(tmp_path)

    async def story():
        edge = Edge(made.config())
        out = core_end.sending_to(made.data, "smpp")
        out.put("a1", outbound("a1").to_bytes())
        async with running(edge.run(), dialler(made).run()):
            await until(lambda: out.queue.waiting() == 0)
            core_end.strike_out(made.data, "smpp")
            await asyncio.sleep(1.5)
            out.put("a2", outbound("a2").to_bytes())
            await asyncio.sleep(1.0)
            assert out.queue.waiting() == 1

    asyncio.run(story())


def test_a_gateway_hears_a_station_no_more_once_it_is_struck_out_at_the_core_also_after_a_start_alone(
    tmp_path,
):
    made = programme(tmp_path)
    station = certificates.enrol(made.data, "station1", box_public=bytes(1216), dials=True)
    by, where = station_context(station / "keys"), made.config().listen
    near = Near("smpp", config.Address(where.host, where.port))

    async def take(_stop):
        return StopHeard(reached=True)

    async def heard():
        try:
            return (await near.tell(Stop(NOON, []), by=by)).reached
        except Unheard:
            return False

    def listens():
        edge = Edge(made.config())
        edge.near = Ear(frozenset({"station1"}), take)
        return running(edge.run())

    async def story():
        async with listens():
            await listening(made)
            assert await heard()  # the core has told nothing yet
            async with running(dialler(made).run()):
                core_end.strike_out(made.data, "station1")
                async with asyncio.timeout(10):
                    while await heard():
                        await asyncio.sleep(0.1)
        async with listens():  # started anew, and the core is not there
            await listening(made)
            assert not await heard()
            key = made.data / "link" / "station1-sign.pub"
            key.with_name(f"{key.name}.struck").rename(key)  # it was a mistake
            async with running(dialler(made).run()), asyncio.timeout(10):
                while not await heard():
                    await asyncio.sleep(0.1)

    asyncio.run(story())
