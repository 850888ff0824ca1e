"""Who holds a gateway's keys can lie to the core; each lie is refused, set aside and noted."""

import asyncio
import contextlib
import hashlib

import pytest

from safeconduct import sealing
from safeconduct.envelope import InboundText
from safeconduct.spool import certificates, core_end, link, refused
from safeconduct.spool.carried import Chain, Foreign, Gap, Sealer
from safeconduct.spool.edge import Edge
from safeconduct.spool.form import Mark, read, write
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.lanes import Sending
from safeconduct.spool.queue import QUARANTINED, Queue
from safeconduct.spool.tests.made import programme, text
from safeconduct.spool.tests.test_link import dialler, running, until

pytestmark = pytest.mark.enable_socket


def hostile(made, *, after_seq=2, sign=None, sender="smpp", content=b"a lie"):
    """One carried form by whoever holds a gateway's keys, or has made some of his own."""
    keys = made.folder / "keys"
    sign = read_key(keys / "sign.key") if sign is None else sign
    core = read_key(keys / "core-box.pub")
    mark = Mark(after_seq, hashlib.sha256(b"another history").digest())
    return Sealer(sender, to=core, sign=sign, direction="in").seal("k", content, mark=mark)


def a_replay(made, raws):
    return raws[0]


def a_gap(made, raws):
    return hostile(made, after_seq=40)


def a_second_history(made, raws):
    return hostile(made, after_seq=2)


def a_foreign_signature(made, raws):
    return hostile(made, sign=sealing.new_sign_keys()[0])


def somebody_elses_words(made, raws):
    certificates.enrol(made.data, "pager", box_public=sealing.new_box_keys()[1])
    sign = read_key(made.data / "gateways" / "pager" / "keys" / "sign.key")
    return hostile(made, sender="pager", sign=sign)


def rubbish(made, raws):
    return b"SC1 and then nothing that one of ours would write"


LIES = {
    a_replay: "Replay",
    a_gap: "Gap",
    a_second_history: "Gap",
    a_foreign_signature: "Foreign",
    somebody_elses_words: "Foreign",
    rubbish: "CarriedRefused",
}


def true_words(folder, made):
    """Two texts, as the gateway that was enrolled seals them."""
    lane = Sending(
        Queue(folder / "true.db"),
        Sealer(
            "smpp",
            to=read_key(made.folder / "keys" / "core-box.pub"),
            sign=read_key(made.folder / "keys" / "sign.key"),
            direction="in",
        ),
    )
    lane.put_many([("smpp:1", text(1).to_bytes()), ("smpp:2", text(2).to_bytes())])
    return [item.body for item in lane.queue.take()]


async def says(made, raws, *, until_noted):
    """Speak to the core as whoever took the gateway's host can: with its keys, over its own link."""

    async def answer(reader, writer):
        ours = Queue(made.folder / "his.db")
        landing = link.Landing(ours, sender="core", chain=Chain({}, direction="out"))
        line = link.Link(reader, writer, outgoing=ours, landing=landing)
        line._send(b"H", Mark().to_bytes())
        await line._frames(limit=1)
        for raw in raws:
            line._send(b"S", raw)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:  # until the core hangs up
                await line._frames()
        await link.close(writer)

    where, context = made.config().listen, link.edge_context(made.folder / "keys")
    server = await asyncio.start_server(answer, where.host, where.port, ssl=context)
    async with server, running(dialler(made).run()):
        await until(until_noted)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_captured_gateways_lie_is_set_aside_and_noted_and_what_was_true_is_kept(tmp_path, lie):
    made = programme(tmp_path)
    told, raws = core_end.incoming(made.data), true_words(tmp_path, made)
    false = lie(made, raws)
    asyncio.run(says(made, [*raws, false], until_noted=lambda: refused.of(told)))
    (noted,), ((key, body),) = refused.of(told), told.quarantined()
    assert (noted.sender, set(noted.kinds), noted.told) == ("smpp", {LIES[lie]}, False)
    assert key.startswith("smpp/")
    assert body == false
    assert told.asides() == []  # nobody takes it in by asking for what else was set aside
    inbox = core_end.receiving(made.data, keys=made.core_keys)
    arrivals = [InboundText.from_bytes(each.content).arrival for each in inbox.take()]
    assert arrivals == [1, 2]


def test_a_gateway_whose_disk_was_wiped_is_noted_at_the_core(tmp_path):
    made = programme(tmp_path)

    async def story():
        edge, inbox = Edge(made.config()), core_end.incoming(made.data)
        await edge.store([("smpp:1", text(1))])
        async with running(edge.run(), dialler(made).run()):
            await until(lambda: inbox.waiting() == 1)
        assert refused.of(inbox) == []
        for path in (made.folder / "spool").iterdir():
            path.unlink()
        async with running(Edge(made.config()).run(), dialler(made).run()):
            await until(lambda: refused.of(inbox))
        assert set(refused.of(inbox)[0].kinds) == {"LinkBroken"}

    asyncio.run(story())


def test_what_is_refused_again_and_again_fills_no_disk_and_calls_once_for_each_kind(tmp_path):
    made = programme(tmp_path)
    queue = core_end.incoming(made.data)
    landing = link.Landing(queue, sender="smpp", chain=core_end.enrolled(made.data))
    for n in range(QUARANTINED + 10):
        for _ in range(2):
            with pytest.raises(Gap):
                landing.land([hostile(made, content=b"%d" % n)])
    assert len(queue.quarantined()) == QUARANTINED
    refused.mark_told(queue, refused.of(queue)[0])
    assert refused.of(queue)[0].told
    with pytest.raises(Gap):
        landing.land([hostile(made)])
    assert refused.of(queue)[0].told
    with pytest.raises(Foreign):
        landing.land([a_foreign_signature(made, [])])
    assert refused.of(queue)[0].kinds == {"Gap": 2 * QUARANTINED + 21, "Foreign": 1}
    assert not refused.of(queue)[0].told
    with queue.change() as change:
        change.quarantine("smpp2", b"another's", why="Gap")
    assert refused.look_into(queue, "smpp")
    assert refused.of(queue) == []
    assert [body for _, body in queue.quarantined()] == [b"another's"]


def signed(made, wrap, box, *, mark):
    """A carried form in good order, which holds what no gateway of ours would write."""
    sign = read_key(made.folder / "keys" / "sign.key")
    return write("smpp", mark, wrap, [("k", box)], lambda root: sealing.sign(sign, b"in" + root))[0]


WRAPS = [b"", b"\0", b"short", b"b" * 16, b"b" * 1200]
BOXES = [b"", b"\0", b"\1" + b"b" * 28, b"w" * 70_000]
BODIES = [(wrap, box) for wrap in WRAPS for box in BOXES]


def test_whatever_it_signs_in_good_order_is_set_aside_and_the_texts_of_the_others_are_read(
    tmp_path,
):
    made, other = programme(tmp_path), programme(tmp_path, name="web")
    inbox = core_end.incoming(made.data)
    landing = link.Landing(inbox, sender="smpp", chain=core_end.enrolled(made.data))
    mark = Mark()
    for wrap, box in BODIES:
        raw = signed(made, wrap, box, mark=mark)
        landing.land([raw])
        mark = read(raw).after
    for content in (b"", b"\0", b"[" * 100_000, b'{"is": []}', b'{"is": "InboundText"}'):
        core = read_key(made.folder / "keys" / "core-box.pub")
        sign = read_key(made.folder / "keys" / "sign.key")
        raw = Sealer("smpp", to=core, sign=sign, direction="in").seal("k", content, mark=mark)
        landing.land([raw])
        mark = read(raw).after
    theirs = Sealer(
        "web", to=read_key(other.folder / "keys" / "core-box.pub"),
        sign=read_key(other.folder / "keys" / "sign.key"), direction="in",
    )  # fmt: skip
    link.Landing(inbox, sender="web", chain=core_end.enrolled(made.data)).land(
        [theirs.seal("web:1", text(1).to_bytes(), mark=Mark())]
    )
    reading = core_end.receiving(made.data, keys=lambda: (made.core_private, other.core_private))
    assert [one.key for one in reading.ahead()][-1] == "web:1"
    taken = reading.take()
    assert taken[-1].key == "web:1"
    assert reading.queue.kinds_aside() == {"Unopenable": len(BODIES)}
