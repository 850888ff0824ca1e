"""A man who writes, as this room first sees him."""

from datetime import UTC, datetime
from itertools import count

import pytest

from safeconduct.access.rules import Purpose
from safeconduct.envelope import InboundText
from safeconduct.post import actions
from safeconduct.programme import load

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_arrivals = count(1)


@pytest.fixture
def ingest(worker):
    return worker(Purpose.INGEST)


@pytest.fixture
def writes(ingest, db):
    """Return `writes(text, …)`: a text is admitted; None while it is a piece of a longer one."""

    def write(text, *, sender="+380501112233", now=NOON, part=1, parts=1, reference=0):
        profile, arrival = load.current(), next(_arrivals)
        inbound = InboundText(
            route="smpp",
            arrival=arrival,
            arrived_at=NOON,
            sender=sender,
            recipient="7007",
            text=text,
            reference=reference,
            part=part,
            parts=parts,
            raw=b"",
            maybe_again=False,
        )
        return actions.admit(
            ingest,
            inbound,
            key=f"smpp:{arrival}",
            region=profile.phone_region,
            stop_words=profile.stop_words,
            now=now,
        )

    return write
