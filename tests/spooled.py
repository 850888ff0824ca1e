"""A gateway at the far end of the real spool, and who has written by it."""

import pytest

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.conversations import worker as reading
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.envelope import OutboundText, Receipt, SendResult
from safeconduct.post import queries
from safeconduct.post import worker as sending
from safeconduct.post.models import Retry
from safeconduct.spool import certificates, core_end, keyfiles
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.lanes import Receiving, Sending


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
            core_end.outgoing(data, "smpp"),
            chain=Chain({"core": signs}, direction="out"),
            opener=Opener(ours.box_private, direction="out"),
        )
        sealer = Sealer(
            "smpp",
            to=core_keys.box_public,
            sign=keyfiles.read_key(keys / "sign.key"),
            direction="in",
        )
        self._to_core = Sending(core_end.incoming(data), sealer)
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
    reading._lane.clear()  # whoever read before did not know this gateway
    _gateway.texts()
    return _gateway


@pytest.fixture
def fate_of(officer):
    """Return `fate_of(ref)`: what an operator is told of a text of ours."""
    operator = officer(Duty.OP)
    return lambda ref: queries.fates_of(operator, Purpose.READ, [ref])[ref]


def steps(step, most=30):
    while step() and most:
        most -= 1


@pytest.fixture
def written(gateway, data_folder):
    """A man has written; the gateway holds our first answer."""
    gateway.brings(f"smpp:{clock.wall().timestamp()}", inbound("Здравствуйте"))
    steps(reading._ingest)
    steps(sending._send)
    return gateway.texts()


def fields_of(text):
    return {name: getattr(text, name) for name in type(text).__slots__}


def a_receipt_did_not_come():
    Retry.objects.update(due_at=clock.now())
