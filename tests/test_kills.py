"""Processes killed by SIGKILL over real sockets, judged by the carrier's own log."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from safeconduct.exercise import wire
from safeconduct.exercise.debts import Debts
from safeconduct.exercise.smsc import ACCOUNTS, DEBTS, RECORD, from_phone
from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import Status
from safeconduct.smpp.segments import messages
from tests import programme
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket

OURS = next(iter(ACCOUNTS))


@pytest.mark.story  # for minutes: by `just test-kills`
@pytest.mark.kills
def test_twenty_rounds_of_kills_lose_merge_and_double_nothing_untold():
    """Each round's seed is told; `python -m safeconduct.bench.kill --seed N` plays it by itself."""
    done = programme_bench("kill", "--quick", "--json")
    figures = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    told = {each["metric"]: each for each in figures}
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout
    assert all(each["met"] for each in figures)
    assert told["rounds, each with one kill"]["value"] == 20
    assert told["lost"]["value"] == told["merged"]["value"] == told["doubled, untold"]["value"] == 0


def programme_bench(*words):
    return subprocess.run(
        programme.command("bench", *words),
        env=programme.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


class Killed:
    """A carrier of a process of its own, before which the gateway's own client is bound."""

    def __init__(self, place):
        self.place, self.port = place, free_port()
        self.debts = Debts(place / DEBTS)
        self.came: list[bytes] = []
        self.process = None
        self.begin()

    def begin(self):
        words = ["-m", "safeconduct.exercise.smsc", "--folder", str(self.place)]
        self.process = subprocess.Popen(
            [sys.executable, *words, "--port", str(self.port)], env=programme.environment()
        )

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def say(self, text):
        draft = from_phone("+380671000777", "100")
        self.debts.owe(OURS, messages(draft, text, reference=1))

    async def take(self, *, status, until):
        """Bind and answer everything with one status, until something is so."""

        async def deliver(batch):
            self.came += [pdu.body for pdu in batch]
            return [status] * len(batch)

        account = Account("127.0.0.1", self.port, OURS, ACCOUNTS[OURS])
        client = Client(account, deliver=deliver)
        running = asyncio.ensure_future(client.run())
        while not until():
            await asyncio.sleep(0.02)
        await client.stop()
        running.cancel()


def test_a_carrier_that_was_killed_owes_what_was_not_acknowledged_and_nothing_else(tmp_path):
    carrier = Killed(tmp_path)
    try:
        carrier.say("one")
        asyncio.run(carrier.take(status=Status.TEMPORARY, until=lambda: carrier.came))
        carrier.kill()
        carrier.say("two")
        carrier.begin()
        asyncio.run(carrier.take(status=Status.OK, until=lambda: carrier.debts.count(OURS) == 0))
        carrier.kill()
        carrier.say("three")
        carrier.begin()
        asyncio.run(carrier.take(status=Status.OK, until=lambda: carrier.debts.count(OURS) == 0))
    finally:
        carrier.process.kill()
        carrier.process.wait()
    told = wire.carrier(tmp_path / RECORD)
    assert [t.text for t in told.delivered if t.asked in told.acknowledged] == [
        "one",
        "two",
        "three",
    ]
    assert len({link for link, _sequence in told.acknowledged}) == 2
