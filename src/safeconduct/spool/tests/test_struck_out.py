"""A gateway that is struck out: nothing more of it is taken, in any process, and nothing goes to it."""

import asyncio
import shutil

import pytest

from safeconduct.spool import certificates, core_end
from safeconduct.spool.carried import Foreign, Mark, Sealer, after
from safeconduct.spool.edge import Edge
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.link import Landing
from safeconduct.spool.tests.made import programme, text
from safeconduct.spool.tests.test_link import dialler, outbound, running, until

pytestmark = pytest.mark.enable_socket  # a free port for the gateway


def sealed(made, count):
    """Return so many texts as the gateway's own machine would carry them."""
    keys = made.folder / "keys"
    core = read_key(keys / "core-box.pub")
    sealer = Sealer("smpp", to=lambda: core, sign=read_key(keys / "sign.key"), direction="in")
    mark, raws = Mark(), []
    for n in range(1, count + 1):
        raws.append(sealer.seal(f"smpp:{n}", text(n).to_bytes(), mark=mark))
        mark = after(raws[-1])
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
