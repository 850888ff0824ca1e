"""Core and gateway are releases apart: what they understand passes, the rest waits, and none is lost or doubled."""

import asyncio
import contextlib
from dataclasses import field, fields, make_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import envelope
from safeconduct.envelope import Carried, InboundText, OutboundText
from safeconduct.spool import config, core_end, dial, link, standing
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.keyfiles import CORE
from safeconduct.spool.protocol import BEFORE, NEW, OLD, OURS, Skewed, Speech, beyond
from safeconduct.spool.queue import Queue
from safeconduct.spool.tests.made import programme, text
from safeconduct.spool.tests.test_link import outbound, running, until

NEXT = Speech(OURS.speaks + 1, OURS.speaks, "next")
THIS = OURS

pytestmark = pytest.mark.enable_socket


def of_the_next(kind, **more):
    """A kind as the next release has it: with one field more."""
    known = [(each.name, each.type) for each in fields(kind)]
    fresh = [(name, str, field(default=usual)) for name, usual in more.items()]
    return make_dataclass(kind.__name__, known + fresh, bases=(Carried,), frozen=True)


NextIn, NextOut = of_the_next(InboundText, mood=""), of_the_next(OutboundText, tone="")
Whisper = make_dataclass("Whisper", [("route", str)], bases=(Carried,), frozen=True)
LATER = {"InboundText": NextIn, "OutboundText": NextOut, "Whisper": Whisper}


def plain(thing):
    return {each.name: getattr(thing, each.name) for each in fields(thing)}


@contextlib.contextmanager
def release(speech):
    """What is read in here is read by this release."""
    before = dict(envelope.KINDS)
    envelope.KINDS.update(LATER if speech is NEXT else {})
    yield
    envelope.KINDS.clear()
    envelope.KINDS.update(before)


def inbound_of(speech, n):
    """Three things that a gateway of this release brings: as ever, one that says more, a kind of its own."""
    if speech is not NEXT:
        return [text(n), text(n + 1), text(n + 2)]
    more = NextIn(**plain(text(n + 1)), mood="afraid")
    return [NextIn(**plain(text(n))), more, Whisper(f"smpp {n}")]


def outbound_of(speech, n):
    if speech is not NEXT:
        return [outbound(f"a{n + i}") for i in range(3)]
    more = NextOut(**plain(outbound(f"a{n + 1}")), tone="calm")
    return [NextOut(**plain(outbound(f"a{n}"))), more, Whisper(f"core {n}")]


class Programme:
    """One core and one gateway, each of some release at a time; the disks stay."""

    def __init__(self, made):
        self.made, self.n = made, 0
        self.at_core, self.at_edge, self.put = [], [], {"in": [], "out": []}

    def dialler(self, speech):
        core = Dialler(self.made.data, config.peers(self.made.data, stamp="exercise")[0],
                       handed=self.made.handed())  # fmt: skip
        core.speech = speech
        return core

    def edge(self, speech):
        edge = Edge(self.made.config())
        edge.speech = speech
        return edge

    def write(self, edge, core, *, at_edge, at_core):
        """Put things on both disks while nothing is linked."""
        lane = core_end.sending_to(self.made.data, "smpp")
        arriving = [
            (f"smpp:{self.n + i}", each) for i, each in enumerate(inbound_of(at_edge, self.n))
        ]
        edge.to_core.put_many((key, thing.to_bytes()) for key, thing in arriving)
        leaving = [(f"a{self.n + i}", each) for i, each in enumerate(outbound_of(at_core, self.n))]
        lane.put_many((key, thing.to_bytes()) for key, thing in leaving)
        lane.queue.close()
        self.put["in"] += [key for key, _ in arriving]
        self.put["out"] += [key for key, _ in leaving]
        self.n += 3

    async def linked(self, *, core, edge, told=None):
        """Let both lives write, link them until all is carried, then read at both ends."""
        theirs, ours = self.edge(edge), self.dialler(core)
        self.write(theirs, ours, at_edge=edge, at_core=core)
        out = core_end.outgoing(self.made.data, "smpp")
        async with running(theirs.run(), ours.run()):
            await until(lambda: theirs.to_core.queue.waiting() == out.waiting() == 0)
            await until(lambda: theirs.has_key)
            with release(edge):
                while found := await theirs.take(wait_s=0.1):
                    self.at_edge += [one.key for one in found]
                    await theirs.done(found[-1])
            if told is not None:
                await until(lambda: told(self.standing()))
        with release(core):
            inbox = core_end.receiving(self.made.data, keys=self.made.core_keys)
            while found := inbox.take():
                self.at_core += [one.key for one in found]
                inbox.done(found[-1])
        self.waits = {"in": inbox.queue.whys(), "out": theirs.from_core.whys()}
        for queue in (out, inbox.queue, theirs.to_core.queue, theirs.from_core):
            queue.close()

    def standing(self):
        (found,) = core_end.standings(self.made.data)
        return found


@pytest.fixture
def there(tmp_path):
    return Programme(programme(tmp_path))


def test_a_gateway_of_the_next_release_is_read_and_what_it_says_beyond_us_waits_sealed(there):
    asyncio.run(there.linked(core=THIS, edge=NEXT))
    assert there.at_core == ["smpp:0"]  # of the next release, and it says nothing new
    assert len(there.waits["in"]) == 2
    assert all(why.startswith("Newer: ") for why in there.waits["in"].values())
    assert all("bring this side up" in why for why in there.waits["in"].values())
    asyncio.run(there.linked(core=NEXT, edge=NEXT))
    assert sorted(there.at_core) == sorted(there.put["in"])
    assert there.waits == {"in": {}, "out": {}}


def test_a_core_of_the_next_release_hears_what_waits_at_the_gateway_and_that_it_is_over(
    there, monkeypatch
):
    monkeypatch.setattr(link, "PING_S", 0.2)
    asyncio.run(there.linked(core=NEXT, edge=THIS, told=lambda told: told.aside == {"Newer": 2}))
    assert there.at_edge == ["a0"]
    assert "bring this side up" in next(iter(there.waits["out"].values()))
    assert there.standing().worries
    asyncio.run(there.linked(core=NEXT, edge=NEXT, told=lambda told: not told.aside))
    assert not there.standing().worries
    assert sorted(there.at_edge) == sorted(there.put["out"])


@pytest.mark.parametrize(
    "lives",
    [
        [(THIS, NEXT), (NEXT, NEXT)],
        [(NEXT, THIS), (NEXT, NEXT)],
        [(THIS, NEXT), (THIS, THIS), (THIS, NEXT), (NEXT, NEXT)],
        [(NEXT, NEXT), (THIS, NEXT), (NEXT, THIS), (NEXT, NEXT)],
    ],
    ids=["the gateway first", "the core first", "the gateway rolled back", "each rolled back"],
)
def test_upgraded_in_any_order_and_rolled_back_all_on_both_disks_is_read_once(there, lives):
    async def story():
        await there.linked(core=THIS, edge=THIS)
        for core, edge in lives:
            await there.linked(core=core, edge=edge)

    asyncio.run(story())
    assert sorted(there.at_core) == sorted(there.put["in"])
    assert sorted(there.at_edge) == sorted(there.put["out"])
    assert there.waits == {"in": {}, "out": {}}


# ---- the release before: it says nothing of itself, and knows H, K, S, A, P and B alone ------------


class Before(link.Link):
    def _send(self, kind, content=b""):
        if kind not in {b"V", b"W", b"E", b"C"}:
            super()._send(kind, content)

    def _meet(self, _kind, _content):
        self._met.set()  # it judged nobody


class EdgeBefore(Edge):
    async def _answer(self, reader, writer):
        landing = link.Landing(self.from_core, sender=CORE, chain=self._chain)
        ours = Before(
            reader,
            writer,
            outgoing=self.to_core.queue,
            landing=landing,
            ears={b"K": self._take_key},
        )
        with contextlib.suppress(*link.TROUBLE):
            await ours.run()
        await link.close(writer)


class CoreBefore(Dialler):
    async def _once(self):
        where, name = self._peer.address, f"{self.name}.edge.safeconduct"
        reader, writer = await asyncio.open_connection(
            where.host, where.port, ssl=self._context, server_hostname=name
        )
        ours = Before(
            reader, writer, outgoing=self._outgoing, landing=self._landing, handed=self._handed
        )
        try:
            await ours.run()
        finally:
            await link.close(writer)


@pytest.mark.parametrize(("core", "edge"), [(Dialler, EdgeBefore), (CoreBefore, Edge)])
def test_with_an_end_of_the_release_before_texts_go_both_ways(there, monkeypatch, core, edge):
    monkeypatch.setattr(there, "edge", lambda _speech: edge(there.made.config()))
    peer = config.peers(there.made.data, stamp="exercise")[0]
    monkeypatch.setattr(
        there, "dialler", lambda _speech: core(there.made.data, peer, handed=there.made.handed())
    )
    asyncio.run(there.linked(core=THIS, edge=THIS))
    assert there.at_core == there.put["in"]
    assert there.at_edge == there.put["out"]
    if core is Dialler:
        assert there.standing().speaks == BEFORE.speaks
        assert not there.standing().worries


# ---- beyond one release -----------------------------------------------------------------------------

LATEST = Speech(9, 8, "far")


@pytest.mark.parametrize(
    ("core", "edge", "verdict"),
    [
        (LATEST, THIS, OLD),
        (THIS, LATEST, NEW),
        (LATEST, BEFORE, OLD),
    ],
)
def test_beyond_one_release_nothing_passes_all_of_it_waits_and_the_page_says_which_side(
    there, core, edge, verdict
):
    async def story():
        silent = edge is BEFORE
        theirs = (EdgeBefore if silent else Edge)(there.made.config())
        theirs.speech, ours = edge, there.dialler(core)
        there.write(theirs, ours, at_edge=THIS, at_core=THIS)
        out = core_end.outgoing(there.made.data, "smpp")
        async with running(theirs.run(), ours.run()):
            await until(lambda: core_end.standings(there.made.data))
            await asyncio.sleep(0.3)
            assert (theirs.to_core.queue.waiting(), out.waiting()) == (3, 3)
            assert theirs.from_core.waiting() == 0
        assert there.standing().beyond == verdict
        assert there.standing().worries
        assert core_end.refusals(there.made.data) == []  # nobody lied
        out.close()
        theirs.to_core.queue.close()
        theirs.from_core.close()
        await there.linked(core=THIS, edge=THIS)  # brought up, or rolled back

    asyncio.run(story())
    assert there.standing().beyond == ""
    assert there.at_core == there.put["in"]
    assert there.at_edge == there.put["out"]


@given(st.tuples(*[st.integers(1, 6)] * 4))
def test_both_ends_judge_alike(numbers):
    speaks, reads, their_speaks, their_reads = numbers
    ours = Speech(max(speaks, reads), min(speaks, reads), "")
    theirs = Speech(max(their_speaks, their_reads), min(their_speaks, their_reads), "")
    mirror = {OLD: NEW, NEW: OLD, "": ""}
    assert beyond(ours, theirs) == mirror[beyond(theirs, ours)]
    assert beyond(ours, ours) == ""


def test_one_release_back_is_understood_and_what_an_end_says_besides_is_left():
    assert OURS.reads == OURS.speaks - 1
    assert beyond(OURS, BEFORE) == beyond(OURS, NEXT) == ""
    told = OURS.to_bytes().replace(b"{", b'{"mood": "fine", ', 1)
    assert Speech.from_bytes(told) == OURS
    assert Speech.from_bytes(b'{"speaks":2,"reads":1,"release":"a\\nb\\u0434"}').release == "ab"


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[1]", b'{"speaks":true,"reads":1}', b'{"speaks":-1,"reads":1}', b"\xff"]
)
def test_an_end_that_does_not_say_what_it_speaks_is_not_spoken_to(raw):
    with pytest.raises(Skewed):
        Speech.from_bytes(raw)


def test_what_a_seized_gateway_says_of_its_set_asides_costs_a_few_lines(tmp_path):
    queue = Queue(tmp_path / "in.db")
    standing.set_aside(queue, "smpp", b'{"Newer": 1}')
    assert standing.of(queue) == []  # it never said hello
    standing.met(queue, "smpp", OURS, beyond="")
    for told in (b"\xff", b"[]", b'{"<b>": 1, "Newer": -1, "Gap": "x"}', b"[" * 100_000):
        standing.set_aside(queue, "smpp", told)
        assert standing.of(queue)[0].aside == {}
    many = b"{" + b",".join(b'"k%d": 1' % n for n in range(500)) + b"}"
    standing.set_aside(queue, "smpp", many)
    assert len(standing.of(queue)[0].aside) == 20
    queue.close()


def test_a_supervisor_is_called_once_for_each_cause(tmp_path):
    queue = Queue(tmp_path / "in.db")

    def told():
        (found,) = standing.of(queue)
        standing.mark_told(queue, found)
        return found.told

    standing.met(queue, "smpp", OURS, beyond="")
    standing.set_aside(queue, "smpp", b'{"Newer": 1}')
    assert [told(), told()] == [False, True]
    standing.met(queue, "smpp", OURS, beyond="")
    assert told()  # dialled again, nothing new
    standing.set_aside(queue, "smpp", b'{"Newer": 2}')
    assert [told(), told()] == [False, True]
    standing.met(queue, "smpp", LATEST, beyond=NEW)
    assert not told()
    queue.close()


def test_of_the_lines_that_hand_keys_over_an_unknown_one_changes_nothing(there):
    assert dial.keys_in(there.made.data, b'{"later": 1}') == {}


def test_who_hears_of_no_turn_holds_the_keys_up_until_struck_out_or_taken_out_of_the_file(tmp_path):
    made = programme(tmp_path)
    assert not core_end.holds_keys(made.data)  # it was never linked, and may be of any release
    with contextlib.closing(core_end.incoming(made.data)) as queue:
        standing.met(queue, "smpp", BEFORE, beyond="")
    assert core_end.holds_keys(made.data)
    file = made.data / "gateways.toml"
    told = file.read_text()
    file.write_text("")
    assert not core_end.holds_keys(made.data)
    file.write_text(told)
    assert core_end.holds_keys(made.data)
    core_end.strike_out(made.data, "smpp")
    assert not core_end.holds_keys(made.data)


def test_a_link_that_stands_is_noted_and_one_that_ended_is_not(there, monkeypatch):
    monkeypatch.setattr(dial, "SEEN_S", 0.05)

    async def story():
        async with running(there.edge(THIS).run(), there.dialler(THIS).run()):
            await until(lambda: core_end.standings(there.made.data))
            first = there.standing().at
            await until(lambda: there.standing().at > first)
        await asyncio.sleep(0.2)  # a note that was on its way is written
        last = there.standing().at
        await asyncio.sleep(0.2)
        assert there.standing().at == last

    asyncio.run(story())
