"""The process that sends is killed in the middle of a campaign, and goes on: each number once."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from safeconduct.access import client
from safeconduct.access.rules import WorkerId
from safeconduct.envelope import OutboundBatch
from safeconduct.spool import certificates, core_end, keyfiles
from safeconduct.spool.carried import Chain, Opener
from safeconduct.spool.claims import texts_of
from safeconduct.spool.lanes import Receiving

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent


@pytest.fixture
def gateway(keeper, tmp_path):
    """The other end of the spool: what opens the boxes."""
    link = WorkerId("SYS:link", keeper.tokens["link"])
    core, ours = (client.gateway_keys(link, name) for name in ("core", "smpp"))
    certificates.found(tmp_path, box_public=core.box_public)
    folder = certificates.enrol(tmp_path, "smpp", box_public=ours.box_public)
    signs = keyfiles.read_key(folder / "keys" / "core-sign.pub")
    return Receiving(
        core_end.outgoing(tmp_path, "smpp"),
        chain=Chain({"core": signs}, direction="out"),
        opener=Opener(ours.box_private, direction="out"),
    )


@pytest.fixture
def life(elsewhere, keeper):
    """Return `life(does)`: the process that sends lives once more, up to what it is to do."""

    def live(does):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.sending_campaign"],
            env={**elsewhere, "PYTHONPATH": f"{elsewhere['PYTHONPATH']}:{ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(json.dumps({"does": does, "token": keeper.tokens["send"]}) + "\n")
        process.stdin.flush()
        return process

    return live


def test_killed_between_claim_and_spool_behind_the_spool_and_anywhere_each_number_leaves_once(
    life, gateway
):
    for gap in ("claim", "write"):
        process = life(gap)
        _out, err = process.communicate(timeout=300)
        assert process.returncode == -9, err
    sending = life("send")
    for _ in range(3):
        assert sending.stdout.readline() == "sent\n"
    sending.kill()  # wherever it is by now
    sending.communicate(timeout=300)
    out, err = life("send").communicate(timeout=300)
    assert out.endswith("done\n"), err
    told = json.loads(out.splitlines()[-2])
    assert told["claimed"] == told["put"] == len(told["refs"])
    left = Counter()
    while boxes := gateway.take(limit=50):
        for box in boxes:
            left.update(text.attempt for text in texts_of(OutboundBatch.from_bytes(box.content)))
        gateway.done(boxes[-1])
    assert left == Counter(told["refs"])
    assert max(left.values()) == 1
