"""A channel says, unasked, that somebody else may answer as him: over the real link, to the freeze."""

import asyncio

import pytest

from safeconduct import clock
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import queries as conversations
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation, Message
from safeconduct.envelope import IdentityChanged, InboundText
from safeconduct.post import queries as post
from safeconduct.spool import config, core_end
from safeconduct.spool.dial import Dialler
from safeconduct.spool.edge import Edge
from safeconduct.spool.form import numbers
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket
HIS = "+380507654321"


class Channel:
    """What the gateway of a channel with safety numbers would do: bring texts, and tell of a change."""

    def __init__(self, folder):
        self.made = programme(folder, name="signal")
        self.arrivals = 0

    def things(self, *told):
        """Return each thing under its key: a string is a text of his, None a change of identity."""
        found = []
        for text in told:
            self.arrivals += 1
            now = clock.wall()
            found.append(
                (
                    f"signal:{self.arrivals}",
                    IdentityChanged("signal", HIS, now)
                    if text is None
                    else InboundText(
                        "signal",
                        self.arrivals,
                        now,
                        HIS,
                        "us",
                        text,
                        0,
                        1,
                        1,
                        b"",
                        maybe_again=False,
                    ),
                )
            )
        return found

    def carries(self, things):
        """Bring things over the link, by mutual TLS, until the edge may forget them."""

        async def story():
            edge = Edge(self.made.config())
            peer = config.peers(self.made.data, stamp="exercise")[0]
            dialler = Dialler(self.made.data, peer, handed=self.made.handed())
            await edge.store(things)
            works = [asyncio.ensure_future(work) for work in (edge.run(), dialler.run())]
            async with asyncio.timeout(60):
                while edge.to_core.queue.waiting():
                    await asyncio.sleep(0.02)
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

        asyncio.run(story())


@pytest.fixture
def channel(tmp_path, data_folder, keeper, db):
    """A channel of its own, and the core's worker at the end of its link."""
    made = Channel(tmp_path)
    kept, reading._lane[:] = (
        list(reading._lane),
        [core_end.receiving(made.made.data, keys=made.made.core_keys)],
    )
    yield made
    reading._lane.pop().queue.close()
    reading._lane[:] = kept


def test_a_change_of_identity_comes_numbered_and_sealed_over_the_link_and_freezes(channel, officer):
    supervisor = officer(Duty.SUP)
    channel.carries(channel.things("Здравствуйте", None, "Вы там?"))
    rows = reading._lane[0].queue.take()
    assert [numbers(row.body) for row in rows] == [(1, 3)]
    assert not any(HIS.encode() in row.body or b"Identity" in row.body for row in rows)
    while reading._ingest():
        pass
    row = Conversation.objects.get()
    assert post.is_silent(row.person_ref)
    assert Message.objects.filter(direction="in").count() == 2  # a report is no text
    [waits] = conversations.readings_for(supervisor, Purpose.READ)
    assert conversations.cause_of(supervisor, Purpose.READ, ref=waits.ref) == "identity"
    assert (reading._lane[0].queue.set_asides(), reading._lane[0].queue.waiting()) == (0, 0)
