"""Box keys are turned while texts wait on both disks: no restart, none lost, none twice."""

import asyncio
import base64
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest

from safeconduct import sealing
from safeconduct.envelope import InboundText, OutboundText
from safeconduct.spool import config, core_end, dial
from safeconduct.spool.carried import Foreign
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.handed import Handed, sign_core
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.tests.made import programme, text
from safeconduct.spool.tests.test_link import outbound, running, until

pytestmark = pytest.mark.enable_socket


@dataclass
class Weeks:
    """What the keeper tells in one week of a programme, and in the next."""

    made: object
    gateway: list
    core: list
    turned: int = 1

    @classmethod
    def of(cls, made):
        return cls(made, [made.gateway_private], [made.core_private])

    def turn(self):
        self.gateway = [sealing.new_box_keys()[0], *self.gateway[:1]]
        self.core = [sealing.new_box_keys()[0], *self.core[:1]]
        self.turned += 1

    def line(self):
        handed = Handed(*self.gateway).to_plain()
        handed["public"] = base64.b64encode(sealing.box_public(self.gateway[0])).decode()
        core = base64.b64encode(sealing.box_public(self.core[0])).decode()
        told = {"core": {"public": core, "turned": self.turned}, "keys": {"smpp": handed}}
        return json.dumps(told).encode() + b"\n"

    def handed(self):
        return dial.keys_in(self.made.data, self.line())["smpp"]

    def dialler(self, handed=None):
        peer = config.peers(self.made.data, stamp="exercise")[0]
        return Dialler(self.made.data, peer, handed=handed or self.handed())

    def inbox(self):
        return core_end.receiving(self.made.data, keys=lambda: tuple(self.core))


class Channel:
    """What the gateway's channel sends on, each attempt as often as it is told."""

    def __init__(self):
        self.sent = []

    async def of(self, edge):
        while True:
            for arrived in await edge.take():
                self.sent.append(OutboundText.from_bytes(arrived.content).attempt)
                await edge.done(arrived)


@pytest.fixture
def weeks(tmp_path):
    return Weeks.of(programme(tmp_path))


def brought(inbox):
    found = []
    while arrived := inbox.take():
        found += [InboundText.from_bytes(one.content).arrival for one in arrived]
        inbox.done(arrived[-1])
    return found


def send(weeks, *attempts):
    lane = core_end.sending_to(weeks.made.data, "smpp")
    for attempt in attempts:
        lane.put(attempt, outbound(attempt).to_bytes())
    lane.queue.close()


def test_keys_are_turned_under_a_living_link_and_every_text_arrives_once(weeks, monkeypatch):
    monkeypatch.setattr("safeconduct.spool.carried.BATCH_S", 0.0)
    channel, read = Channel(), []

    async def week(edge, core, inbox, numbers):
        for number in numbers:
            await edge.store([(f"smpp:{number}", text(number))])
            send(weeks, f"a{number}")
            if number == numbers[10]:
                weeks.turn()
                dial.Handover(weeks.made.data, [core]).hand_all({"smpp": weeks.handed()})
        await until(lambda: inbox.queue.waiting() == 20 and channel.sent[-1:] == [f"a{number}"])
        read.extend(brought(inbox))

    async def story():
        edge, core, inbox = Edge(weeks.made.config()), weeks.dialler(), weeks.inbox()
        async with running(edge.run(channel.of(edge)), core.run()):
            for n in range(4):
                await week(edge, core, inbox, range(n * 20, n * 20 + 20))
        assert (channel.sent, read) == ([f"a{n}" for n in range(80)], list(range(80)))
        assert edge.from_core.set_asides() == inbox.queue.set_asides() == 0

    asyncio.run(story())


# How far a turn came when the power went: what was done with the link's end, `handed` being the new keys.
STEPS = {
    "the keeper turned": lambda _core, _handed: None,
    "the link was told": lambda core, handed: setattr(core, "_handed", handed),
    "the gateway was told": lambda core, handed: core.hand(handed),
    "the workers seal to it": lambda core, handed: dial.Handover(core.folder, [core]).hand_all(
        {"smpp": handed}
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_of_a_turn_all_that_waits_arrives_once(weeks, step):
    channel = Channel()

    async def life(core, *, until_told):
        edge = Edge(weeks.made.config())
        async with running(edge.run(channel.of(edge)), core.run()):
            await until(lambda: edge.has_key)
            await until_told(edge, core)
        edge.to_core.queue.close()
        edge.from_core.close()

    async def cut_short(_edge, core):
        weeks.turn()
        STEPS[step](core, weeks.handed())
        await asyncio.sleep(0.1)

    async def all_of_it(_edge, _core):
        await until(lambda: len(channel.sent) == 3 and weeks.inbox().queue.waiting() == 3)

    async def story():
        await life(weeks.dialler(), until_told=cut_short)
        await dead(weeks)
        await life(weeks.dialler(), until_told=all_of_it)
        inbox = weeks.inbox()
        assert (channel.sent, brought(inbox)) == (["a1", "a2", "a3"], [1, 2, 3])
        assert inbox.queue.set_asides() == 0

    asyncio.run(story())


async def dead(weeks):
    """Nothing is linked; what comes is sealed to whatever key lies there, before and after a start."""
    edge = Edge(weeks.made.config())
    await edge.store([(f"smpp:{n}", text(n)) for n in (1, 2)])
    send(weeks, "a1", "a2")
    dial.Handover(weeks.made.data, []).hand_all({"smpp": weeks.handed()})
    send(weeks, "a3")
    await edge.store([("smpp:3", text(3))])


def test_what_waited_longer_than_its_key_lived_is_set_aside_and_the_next_one_goes_on(
    weeks, monkeypatch
):
    monkeypatch.setattr("safeconduct.spool.carried.BATCH_S", 0.0)
    data, channel = weeks.made.data, Channel()
    send(weeks, "old")

    async def story():
        edge = Edge(weeks.made.config())
        await edge.store([("smpp:1", text(1))])
        weeks.turn()
        weeks.turn()
        dial.Handover(data, []).hand_all({"smpp": weeks.handed()})
        send(weeks, "new")
        async with running(edge.run(channel.of(edge)), weeks.dialler().run()):
            await until(lambda: channel.sent == ["new"])
            inbox = weeks.inbox()
            await until(lambda: inbox.queue.waiting() == 1)
            await edge.store([("smpp:2", text(2))])
            await until(lambda: inbox.queue.waiting() == 2)
        assert brought(inbox) == [2]
        for queue in (edge.from_core, inbox.queue):
            (row,) = queue.asides()
            assert queue.aside(row) is not None  # sealed, and not dropped
            assert "more than a week ago" in queue.whys()[row]

    asyncio.run(story())


def test_the_core_asks_for_its_keys_anew_and_judges_nothing_while_nobody_answers(weeks):
    held = [tuple(weeks.core)]

    def keys():
        if held[0] is None:
            raise ConnectionError("no keeper")
        return held[0]

    async def story():
        inbox = core_end.receiving(weeks.made.data, keys=keys)
        edge = Edge(weeks.made.config())
        weeks.turn()
        edge._take_core_box(weeks.handed().core)
        await edge.store([("smpp:1", text(1))])
        async with running(edge.run(), weeks.dialler().run()):
            await until(lambda: inbox.queue.waiting() == 1)
        held[0] = None
        with pytest.raises(ConnectionError):
            inbox.take()
        assert (inbox.queue.waiting(), inbox.queue.set_asides()) == (1, 0)
        held[0] = tuple(weeks.core)
        assert brought(inbox) == [1]

    asyncio.run(story())


def test_a_gateway_takes_the_cores_new_key_from_the_core_alone_and_never_an_older_one(weeks):
    edge = Edge(weeks.made.config())
    older = weeks.handed().core
    weeks.turn()
    newer = weeks.handed().core
    edge._take_core_box(newer)
    edge._take_core_box(older)
    known = (weeks.turned, sealing.box_public(weeks.core[0]))
    assert edge._core_box == known
    strangers, _ = sealing.new_sign_keys()
    _, public = sealing.new_box_keys()
    for forged in (
        sign_core(public, turned=99, sign=strangers),
        newer[:-1] + bytes([newer[-1] ^ 1]),
        b"",
    ):
        with pytest.raises(Foreign):
            edge._take_core_box(forged)
    edge.to_core.queue.close()
    assert Edge(weeks.made.config())._core_box == known  # it is on its disk


def test_a_key_that_the_disk_refused_is_laid_at_a_later_round_and_the_newest_of_them(
    weeks, monkeypatch
):
    monkeypatch.setattr(dial, "ROUND_S", 0.02)
    data, core = weeks.made.data, weeks.dialler()
    link = data / "link"
    first = read_key(link / "smpp-box.pub")
    weeks.turn()
    handed = weeks.handed()
    (link / "smpp-box.pub.new").mkdir()  # where a key is written before it takes its name

    async def story():
        handover = dial.Handover(data, [core])
        async with running(handover.run()):
            handover.take(weeks.line())
            assert core._handed.present == handed.present  # the link has it, and tells its gateway
            await asyncio.sleep(0.1)
            assert read_key(link / "smpp-box.pub") == first
            weeks.turn()
            handover.take(weeks.line())
            (link / "smpp-box.pub.new").rmdir()
            newest = sealing.box_public(weeks.gateway[0])
            await until(lambda: read_key(link / "smpp-box.pub") == newest)

    asyncio.run(story())


def test_a_line_that_could_not_be_read_whole_is_taken_at_a_later_round(weeks, monkeypatch):
    monkeypatch.setattr(dial, "ROUND_S", 0.02)
    link, core = weeks.made.data / "link", weeks.dialler()
    weeks.turn()
    handed = weeks.handed()
    (link / "sign.key").rename(link / "sign.away")  # the disk does not give it out now

    async def story():
        handover = dial.Handover(weeks.made.data, [core])
        async with running(handover.run()):
            handover.take(weeks.line())
            assert core._handed.present != handed.present
            (link / "sign.away").rename(link / "sign.key")
            await until(lambda: core._handed.present == handed.present)
            await until(lambda: read_key(link / "smpp-box.pub") == handed.public)

    asyncio.run(story())


def test_the_links_process_takes_turned_keys_on_its_stdin_and_ends_in_order(weeks):
    process = subprocess.Popen(
        [sys.executable, "-m", "safeconduct.spool.dial", "--data", str(weeks.made.data)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    def told():
        process.stdin.write(weeks.line())
        process.stdin.flush()

    async def story():
        edge, channel = Edge(weeks.made.config()), Channel()
        public = weeks.made.data / "link" / "smpp-box.pub"
        async with running(edge.run(channel.of(edge))):
            told()
            await until(lambda: edge.has_key)
            weeks.turn()
            told()
            await until(lambda: read_key(public) == sealing.box_public(weeks.gateway[0]))
            send(weeks, "a1")
            await until(lambda: channel.sent == ["a1"])
            assert edge._core_box[1] == sealing.box_public(weeks.core[0])

    try:
        asyncio.run(story())
        process.terminate()
        _, said = process.communicate(timeout=10)
        assert (process.returncode, b"Fatal" in said) == (0, False)
    finally:
        process.kill()
        process.communicate()


def test_what_is_handed_shows_no_key_in_a_traceback(weeks):
    assert repr(weeks.handed()) == "<Handed>"
    assert replace(weeks.handed(), core=b"").core == b""
    assert dial.keys_in(weeks.made.data, io.BytesIO(b"").readline()) == {}
