"""Signal's gateway before a process that speaks signal-cli's own lines."""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from safeconduct.envelope import IdentityChanged, InboundText, Receipt
from safeconduct.gateways import signal
from safeconduct.gateways.tests import signal_daemon
from safeconduct.gateways.tests.channels import Ends
from safeconduct.spool import saying
from safeconduct.spool.tests.test_claims import failing
from safeconduct.spool.tests.test_link import running, until

pytestmark = pytest.mark.enable_socket
UUID = "1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"
HIM = f"signal:{UUID}"


def said(text="", *, at=1, **more):
    """Return what the daemon tells of one text."""
    message = {"timestamp": at, "message": text or None, **more.pop("message", {})}
    envelope = {"sourceUuid": UUID, "sourceNumber": None, "sourceDevice": 1, "timestamp": at}
    return {"envelope": {**envelope, "dataMessage": message, **more}}


class Line(Ends):
    """The gateway and the daemon's process."""

    def __init__(self, folder):
        self.place = tempfile.TemporaryDirectory()  # a socket's path has room for a hundred letters
        self.path = Path(self.place.name) / "s"
        super().__init__(
            folder,
            name="signal",
            table=f'socket = "{self.path}"\nanswer_s = 0.5\ntexts_per_s = 50\n',
        )
        self.starts()

    def starts(self):
        self.daemon = subprocess.Popen(
            [sys.executable, "-I", signal_daemon.__file__, str(self.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.daemon.stdout.readline() == "ready\n"

    def brings(self, *things):
        for thing in things:
            self.daemon.stdin.write(json.dumps(thing) + "\n")
        self.daemon.stdin.flush()

    def ends(self):
        self.daemon.kill()
        rest = self.daemon.communicate()[0]
        self.path.unlink(missing_ok=True)
        return [json.loads(line) for line in rest.splitlines()]

    def runs(self, told):
        """Be the gateway until something is so."""

        async def play():
            daemon = signal.Daemon(self.edge, self.made.config())
            listens = saying.again_and_again(daemon.listen, gateway="signal")
            async with running(listens, daemon.saying.works.run()):
                await until(told)

        asyncio.run(play())

    def says(self, *pairs):
        for attempt, text in pairs:
            self.sends(attempt, text, to=HIM)
        queue = self.edge.to_core.queue
        self.runs(lambda: all(queue.knows(f"result:{attempt}") for attempt, _ in pairs))
        return self.outcomes()


@pytest.fixture
def line(tmp_path, monkeypatch):
    monkeypatch.setattr(saying, "AWAY_S", 0.05)
    monkeypatch.setattr(signal, "AWAY_S", 0.05)
    monkeypatch.setattr(signal, "FULL_AGAIN_S", 0.05)
    made = Line(tmp_path)
    yield made
    if made.daemon.poll() is None:
        made.ends()
    made.place.cleanup()


def test_what_waits_comes_once_somebody_subscribes_and_lands_sealed_under_his_account(line):
    group = {"message": {"groupInfo": {"groupId": "x"}}}
    line.brings(
        said("Здравствуйте", at=1),
        said("в группе", at=2, **group),
        said("вижу", at=3, message={"attachments": [{"id": "x"}]}),
        {"envelope": {**said()["envelope"], "dataMessage": None, "typingMessage": {"action": "STARTED"}}},
        {"envelope": {**said()["envelope"], "dataMessage": None, "editMessage": {
            "targetSentTimestamp": 1, "dataMessage": {"message": "Добрый день"}}}},
        said("Здравствуйте", at=4),
        said("Здравствуйте", at=4),
    )  # fmt: skip
    line.runs(lambda: line.edge.to_core.queue.waiting() == 5)
    assert [(each.text, each.edited, each.maybe_again) for each in line.of(InboundText)] == [
        ("Здравствуйте", False, False),
        ("[attachment] вижу", False, False),
        ("Добрый день", True, True),  # the same account and time as the first
        ("Здравствуйте", False, False),
        ("Здравствуйте", False, True),
    ]
    assert {each.sender for each in line.of(InboundText)} == {HIM}
    assert line.ends()[0]["method"] == "subscribeReceive"


def test_while_the_disk_takes_nothing_the_next_line_waits_and_then_all_of_it_comes(line):
    failing(line.edge.to_core.queue, on=True)
    line.brings(said("раз", at=1), said("два", at=2))

    async def play():
        daemon = signal.Daemon(line.edge, line.made.config())
        async with running(saying.again_and_again(daemon.listen, gateway="signal")):
            await until(daemon._open.is_set)
            failing(line.edge.to_core.queue, on=False)
            await until(lambda: line.edge.to_core.queue.waiting() == 2)

    asyncio.run(play())
    assert line.texts() == ["раз", "два"]


def test_a_changed_safety_number_is_told_as_a_change_of_identity_in_both_directions(line):
    untrusted = {"exception": {"message": "x", "type": "UntrustedIdentityException"}}
    line.brings({"envelope": {**said()["envelope"], "dataMessage": None}, **untrusted})
    line.runs(lambda: line.edge.to_core.queue.waiting() == 1)
    [report] = line.of(IdentityChanged)
    assert (report.route, report.handle) == ("signal", HIM)
    assert line.says(("a1", "identity"))["a1"] == ("REFUSED", [], signal.IDENTITY)
    assert [each.handle for each in line.of(IdentityChanged)] == [HIM, HIM]
    assert line.of(InboundText) == []


def test_each_answer_is_an_outcome_and_a_line_that_breaks_leaves_it_unknown(line):
    told = line.says(("a1", "слушаю"), ("a2", "unregistered"), ("a3", "silence"), ("a4", "line"))
    stamp = str(signal_daemon.TIMESTAMP)
    assert told == {
        "a1": ("SENT", [stamp], 0), "a2": ("REFUSED", [], 1), "a3": ("UNKNOWN", [], 0), "a4": ("UNKNOWN", [], 3),
    }  # fmt: skip
    assert line.says(("a5", "hang up"))["a5"] == ("UNKNOWN", [], 0)
    line.sends("a6", "слушаю", to="+380501112233")
    line.runs(lambda: line.edge.to_core.queue.knows("result:a6"))
    assert line.outcomes()["a6"] == ("REFUSED", [], signal.NO_ACCOUNT)
    sent = [each for each in line.ends() if each["method"] == "send"]
    assert [each["params"]["recipient"] for each in sent] == [[UUID]] * 5


def test_a_daemon_that_was_away_is_found_again_and_what_he_has_got_is_told(line):
    line.ends()

    async def play():
        daemon = signal.Daemon(line.edge, line.made.config())
        async with running(
            saying.again_and_again(daemon.listen, gateway="signal"), daemon.saying.works.run()
        ):
            line.sends("a1", "слушаю", to=HIM)
            await asyncio.sleep(0.1)
            assert (
                line.edge.from_core.notes("taken:") == {}
            )  # nothing is taken while there is no line
            await asyncio.to_thread(line.starts)
            receipt = {"isDelivery": True, "timestamps": [signal_daemon.TIMESTAMP]}
            line.brings(
                {"envelope": {**said()["envelope"], "dataMessage": None, "receiptMessage": receipt}}
            )
            queue = line.edge.to_core.queue
            await until(lambda: queue.knows("result:a1") and queue.waiting() == 2)

    asyncio.run(play())
    [receipt] = line.of(Receipt)
    assert (receipt.carrier_id, receipt.recipient, receipt.stat) == (
        str(signal_daemon.TIMESTAMP), HIM, "DELIVRD",
    )  # fmt: skip


def test_a_strangers_receipt_for_the_same_time_hides_nobodys(line):
    """Whoever has an account can tell of any time; the number beside it is what the core goes by."""
    other = UUID.replace("1b4e", "2c5f")
    told = {"isDelivery": True, "timestamps": [7]}
    for each in (other, UUID):
        envelope = {**said()["envelope"], "sourceUuid": each, "dataMessage": None}
        line.brings({"envelope": {**envelope, "receiptMessage": told}})
    line.runs(lambda: line.edge.to_core.queue.waiting() == 2)
    assert [each.recipient for each in line.of(Receipt)] == [f"signal:{other}", HIM]
