"""A man who writes, as the gateway hands him over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from safeconduct.access.rules import Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.models import Message
from safeconduct.envelope import InboundText
from safeconduct.programme import load

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TELEGRAM = "telegram:5550001"
_arrivals = count(1)


def inbound(
    text, *, sender="+380501112233", part=1, parts=1, reference=0, again=False, edited=False
):
    return InboundText(
        route="smpp",
        arrival=next(_arrivals),
        arrived_at=NOON,
        sender=sender,
        recipient="7007",
        text=text,
        reference=reference,
        part=part,
        parts=parts,
        raw=b"",
        maybe_again=again,
        edited=edited,
    )


@pytest.fixture
def writes(worker, db):
    """Return `writes(text, sender=…, now=…)`: a text comes in; the conversation it stands in."""

    def write(text, *, now=NOON, **how):
        arrived = inbound(text, **how)
        ref = actions.receive_message(
            worker(Purpose.INGEST),
            arrived,
            key=f"smpp:{arrived.arrival}",
            profile=load.current(),
            now=now,
        )
        if not ref:
            return None
        return Message.objects.get(ref=ref).conversation

    return write


@pytest.fixture
def takes(writes):
    """Return `takes(officer)`: he takes the next conversation."""

    def take(officer, *, now=NOON):
        return actions.take_next(officer, lock_for=timedelta(minutes=15), wall=now, now=now)

    return take


@pytest.fixture
def answers():
    """Return `answers(officer, conversation, text)`: he replies to what he has read."""

    def answer(officer, row, text, *, seen=None, offers=(), now=NOON):
        return actions.reply(
            officer,
            ref=row.ref,
            text=text,
            seen=queries.newest_in(row) if seen is None else seen,
            offer_refs=offers,
            lock_for=timedelta(minutes=15),
            reply_after_stop=timedelta(hours=24),
            wall=now,
            now=now,
        )

    return answer


@pytest.fixture
def brings(worker, db):
    """Return `brings(text, route=…, sender=…)`: a gateway's text comes in; its message."""

    def bring(text, *, route="telegram", sender=TELEGRAM, now=NOON, **how):
        arrived = replace(inbound(text, sender=sender), route=route, **how)
        key = f"{route}:{arrived.arrival}"
        who, profile = worker(Purpose.INGEST), load.current()
        ref = actions.receive_message(who, arrived, key=key, profile=profile, now=now)
        return Message.objects.get(ref=ref)

    return bring
