"""A man who writes, as this room first sees him."""

from itertools import count

import pytest

from safeconduct.access.rules import Duty, Purpose
from safeconduct.envelope import InboundText
from safeconduct.post import actions
from safeconduct.post.tests.listed import NOON, parts_of, read
from safeconduct.programme import load

_arrivals = count(1)


@pytest.fixture
def ingest(worker):
    return worker(Purpose.INGEST)


@pytest.fixture
def writes(ingest, db):
    """Return `writes(text, …)`: a text is admitted; None while it is a piece of a longer one."""

    def write(
        text, *, sender="+380501112233", now=NOON, part=1, parts=1, reference=0, meeting=None
    ):
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
            meeting=meeting,
            now=now,
        )

    return write


@pytest.fixture
def campaigner(officer, data_folder):
    return officer(Duty.CAM)


@pytest.fixture
def listed(campaigner):
    """A campaign of twelve numbers in two zones; who brought it."""
    actions.put_list(campaigner, campaign="camp", parts=parts_of(), now=NOON)
    read(campaigner)
    return campaigner
