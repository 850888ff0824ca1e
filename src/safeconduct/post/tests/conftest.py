"""A gateway's end of the spool, without its wire: what the core sealed to it, and what it says."""

from datetime import UTC, datetime

import pytest

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.conversations import actions as conversations
from safeconduct.conversations.models import Message
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.envelope import OutboundText, Receipt, SendResult
from safeconduct.programme import load
from safeconduct.spool import certificates, core, keyfiles
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.lanes import Receiving, Sending

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Gateway:
    """What a gateway does with its keys: opens what is for it, seals what it brings."""

    def __init__(self, data, keeper):
        link = WorkerId("SYS:link", keeper.tokens["link"])
        core_keys = client.gateway_keys(link, "core")
        certificates.found(data, box_public=core_keys.box_public)
        ours = client.gateway_keys(link, "smpp")
        folder = certificates.enrol(data, "smpp", box_public=ours.box_public)
        keys = folder / "keys" if (folder / "keys").exists() else folder
        signs = keyfiles.read_key(keys / "core-sign.pub")
        self._from_core = Receiving(
            core.outgoing(data, "smpp"),
            chain=Chain({"core": signs}, direction="out"),
            opener=Opener(ours.box_private, direction="out"),
        )
        sealer = Sealer(
            "smpp",
            to=core_keys.box_public,
            sign=keyfiles.read_key(keys / "sign.key"),
            direction="in",
        )
        self._to_core = Sending(core.incoming(data), sealer)
        self._receipts = 0

    def texts(self) -> list[OutboundText]:
        """Return what has come to leave, and take it."""
        arrived = self._from_core.take(limit=500)
        if arrived:
            self._from_core.done(arrived[-1])
        return [OutboundText.from_bytes(each.content) for each in arrived]

    def brings(self, key: str, thing) -> None:
        self._to_core.put(key, thing.to_bytes())

    def answers(self, text: OutboundText, outcome="SENT", ids=("7",), status=0) -> SendResult:
        return SendResult(text.attempt, text.route, outcome, list(ids), status, clock.wall())

    def receipt(self, text: OutboundText, carrier_id: str, stat="DELIVRD") -> Receipt:
        self._receipts += 1
        return Receipt("smpp", self._receipts, carrier_id, text.recipient, stat, clock.wall())


@pytest.fixture(scope="session")
def _gateway(data_folder, keeper):
    return Gateway(data_folder, keeper)


@pytest.fixture
def gateway(_gateway, db):
    """Return the gateway with an empty outbox before it."""
    _gateway.texts()
    return _gateway


@pytest.fixture
def ingest(worker):
    return worker(Purpose.INGEST)


@pytest.fixture
def writes(ingest, db):
    """Return `writes(text, …)`: a text comes in by the room behind this one."""

    def write(text, *, now=NOON, **how):
        arrived = inbound(text, **how)
        key = f"smpp:{arrived.arrival}"
        ref = conversations.receive_message(
            ingest, arrived, key=key, profile=load.current(), now=now
        )
        return Message.objects.get(ref=ref).conversation if ref else None

    return write
