"""What is to leave, leaves once and is told of once, whenever a gateway dies or its disk takes nothing."""

import asyncio
import dataclasses

import pytest

from safeconduct.envelope import OutboundBatch, OutboundText, SendResult, SendResults
from safeconduct.spool import claims, core_end
from safeconduct.spool.carried import Opener
from safeconduct.spool.claims import Claims, Works
from safeconduct.spool.edge import Edge
from safeconduct.spool.lanes import Receiving
from safeconduct.spool.link import Landing
from safeconduct.spool.tests.made import NOON, programme
from safeconduct.spool.tests.test_link import outbound, running, until

pytestmark = pytest.mark.enable_socket  # a free port for the gateway


@pytest.fixture
def edge(tmp_path, monkeypatch):
    """A gateway that holds its key, and one text that is to leave by it."""
    monkeypatch.setattr(claims, "FULL_AGAIN_S", 0.02)
    made = programme(tmp_path)
    lane = core_end.sending_to(made.data, "smpp")
    lane.put("a1", outbound("a1").to_bytes())
    edge = Edge(made.config())
    Landing(edge.from_core, sender="core", chain=edge._chain).land(
        [item.body for item in lane.queue.take()]
    )
    edge._take_key(made.gateway_private)
    return edge


def failing(queue, *, on):
    """Nothing can be written to this queue's file any more, as on a disk that was set read-only."""
    queue._db.execute(f"PRAGMA query_only={int(on)}")


def works_of(edge, sent, *, fail=None):
    ours = Claims(edge)

    async def do(arrived):
        attempt = arrived.read(OutboundText).attempt
        sent.append(attempt)
        if fail is not None:
            failing(fail, on=True)
        await ours.settle(SendResult(attempt, "smpp", "SENT", ["c1"], 0, NOON))

    async def is_open():
        return None

    return Works(ours, most=5, is_open=is_open, do=lambda batch: map(do, batch))


def test_nothing_leaves_that_could_not_be_marked_and_all_of_it_does_once_it_can(edge):
    sent = []

    async def story():
        failing(edge.from_core, on=True)
        works = asyncio.ensure_future(works_of(edge, sent).run())
        async with running(works):
            await asyncio.sleep(0.8)
            assert (works.done(), sent) == (False, [])
            failing(edge.from_core, on=False)
            await until(lambda: edge.to_core.queue.knows("result:a1"))
        assert sent == ["a1"]

    asyncio.run(story())


def test_what_left_is_told_once_its_result_can_be_stored_and_it_leaves_no_second_time(edge):
    sent = []

    async def story():
        works = asyncio.ensure_future(works_of(edge, sent, fail=edge.to_core.queue).run())
        async with running(works):
            await until(lambda: sent == ["a1"])
            await asyncio.sleep(0.1)
            assert not edge.to_core.queue.knows("result:a1")
            failing(edge.to_core.queue, on=False)
            await until(lambda: edge.to_core.queue.knows("result:a1"))
        assert sent == ["a1"]
        assert edge.from_core.notes("taken:") == {}

    asyncio.run(story())


def a_batch(lane, attempts, *, says=None):
    batch = OutboundBatch(
        route="smpp",
        sender="7007",
        texts=["Сдаться можно живым. Стоп: 0", "Плен по закону. Стоп: 0"],
        attempts=attempts,
        recipients=[f"+3805011122{n:02}" for n in range(len(attempts))],
        says=[n % 2 for n in range(len(attempts))] if says is None else says,
        not_after=NOON,
    )
    lane.put("b1", batch.to_bytes())


@pytest.fixture
def batched(tmp_path):
    """Return `batched(attempts, …)`: a gateway before which lies a batch of a campaign, and then one text."""

    def make(attempts, **how):
        made = programme(tmp_path)
        lane = core_end.sending_to(made.data, "smpp")
        a_batch(lane, attempts, **how)
        lane.put("a1", outbound("a1").to_bytes())
        edge = Edge(made.config())
        Landing(edge.from_core, sender="core", chain=edge._chain).land(
            [item.body for item in lane.queue.take()]
        )
        edge._take_key(made.gateway_private)
        edge.core = Receiving(
            edge.to_core.queue,
            chain=core_end.enrolled(made.data),
            opener=Opener(made.core_private, direction="in"),
        )
        return edge

    return make


def taken(claims_, *, limit):
    return asyncio.run(claims_.take(limit=limit, wait_s=0.1))


def test_of_a_batch_so_many_are_taken_as_may_be_at_work_and_each_once_after_any_death(batched):
    edge = batched([f"r{n}" for n in range(7)])
    first = taken(Claims(edge), limit=3)
    assert [one.key for one in first] == ["r0", "r1", "r2"]
    texts = [one.read(OutboundText) for one in first]
    assert [text.recipient for text in texts] == [f"+3805011122{n:02}" for n in range(3)]
    assert texts[0].text == texts[2].text != texts[1].text
    again = Claims(edge)  # another life: what was taken is UNKNOWN, and is not taken again
    assert again.recover(now=NOON) == 3
    later = []
    while more := taken(again, limit=3):
        later += [one.key for one in more]
    assert later == ["r3", "r4", "r5", "r6", "a1"]


def told(edge):
    """Return every outcome that lies before the core, by attempt, each with the carrier's id."""
    found = {}
    for one in edge.core.take():
        if one.kind == "SendResults":
            many = one.read(SendResults)
            rows = zip(many.attempts, many.outcomes, many.carrier_ids, strict=True)
        else:
            result = one.read(SendResult)
            rows = [(result.attempt, result.outcome, "+".join(result.carrier_ids))]
        for attempt, *word in rows:
            assert attempt not in found, "told twice"
            found[attempt] = tuple(word)
    return found


def sent(claims_, *attempts, ids=("c1",)):
    results = [SendResult(each, "smpp", "SENT", list(ids), 0, NOON) for each in attempts]
    asyncio.run(claims_.settle_all(results))


def test_what_of_a_range_was_told_of_before_a_death_is_not_unknown_after_it(batched):
    edge = batched([f"r{n}" for n in range(7)])
    ours = Claims(edge)
    taken(ours, limit=5)
    sent(ours, "r3", "r0")
    sent(ours, "r1", ids=("p1", "p2"))  # of two parts: told by itself
    again = Claims(edge)
    assert again.recover(now=NOON) == 2
    assert told(edge) == {
        "r0": ("SENT", "c1"), "r3": ("SENT", "c1"), "r1": ("SENT", "p1+p2"),
        "r2": ("UNKNOWN", ""), "r4": ("UNKNOWN", ""),
    }  # fmt: skip
    assert {one.key for one in taken(again, limit=9)} == {"r5", "r6", "a1"}
    assert Claims(edge).recover(now=NOON) == 3  # killed once more: those, and no other again


def test_a_death_between_a_result_and_whatever_follows_it_makes_nothing_unknown(batched):
    edge = batched(["r0", "r1"])
    ours = Claims(edge)
    taken(ours, limit=2)
    edge.from_core._db.execute("PRAGMA query_only=1")  # the mark itself can go no more
    sent(ours, "r0", "r1")
    edge.from_core._db.execute("PRAGMA query_only=0")
    again = Claims(edge)
    assert again.recover(now=NOON) == 0
    taken(again, limit=1)  # takes the mark off, and the next result what stood beside it
    sent(again, "a1")
    assert set(told(edge)) == {"r0", "r1", "a1"}
    assert (edge.from_core.notes("range:"), edge.to_core.queue.notes("left:")) == ({}, {})


def test_a_batch_that_comes_again_leaves_no_second_time(batched):
    edge = batched(["r0", "r1", "r2"])
    ours, again = Claims(edge), Claims(edge)
    arrived = asyncio.run(edge.take(limit=1, wait_s=0.1))
    assert len(ours._mark(arrived, 9)) == 3
    later = [dataclasses.replace(arrived[0], row=arrived[0].row + 5)]
    assert again._mark(later, 9) == []


def test_a_batch_is_opened_once_and_what_lies_behind_it_waits_for_its_end(batched):
    edge = batched([f"r{n}" for n in range(4)])
    ours, asked, take = Claims(edge), [], edge.take

    async def counted(**how):
        asked.append(how)
        return await take(**how)

    edge.take = counted
    found = [[one.key for one in taken(ours, limit=2)] for _ in range(3)]
    assert (found, len(asked)) == ([["r0", "r1"], ["r2", "r3"], ["a1"]], 2)


def test_a_batch_that_contradicts_itself_is_one_thing_that_nobody_can_send(batched):
    edge = batched(["r0", "r1"], says=[0, 9])
    one, text = taken(Claims(edge), limit=9)
    assert one.kind == "OutboundBatch"
    assert text.key == "a1"
