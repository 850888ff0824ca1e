"""A carrier, a gateway process, a dialler process and a core's inbox, all over real sockets."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from safeconduct.envelope import (
    InboundText,
    OutboundText,
    Page,
    Receipt,
    SendResult,
    SendResults,
    kind_of,
)
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.spool import core_end
from safeconduct.spool.edge import KILL_AT
from safeconduct.spool.handed import Handed
from safeconduct.spool.tests.made import programme

KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (InboundText, OutboundText, Page, Receipt, SendResult, SendResults)
}
PATHS = os.pathsep.join(sys.path)
EDGE_HOST = str(Path(__file__).parent / "edge_host")  # its sitecustomize.py says what was loaded


def gateway(channel, config, **env):
    """Start `safeconduct gateway CHANNEL --config FILE` as its operator does."""
    argv = ["-m", "safeconduct.command.main", "gateway", channel, "--config", str(config)]
    return subprocess.Popen(
        [sys.executable, *argv],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((EDGE_HOST, PATHS)), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def dialler(data, name, *, key):
    """Start the core's end of the link, and hand it the private box key of one gateway."""
    process = subprocess.Popen(
        [sys.executable, "-m", "safeconduct.spool.dial", "--data", str(data)],
        env={**os.environ, "PYTHONPATH": PATHS}, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    told = {"keys": {name: Handed(key).to_plain()}}
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.close()
    return process


class World:
    """See the module's words. `kill_at` goes to the gateway's first life and, as in truth, to the next."""

    def __init__(self, folder, *, name="smpp", habits=None, kill_at="", rate=400, more=""):
        self.record = folder / "carrier.jsonl"
        accounts = {"us": "secret", "pager": "secret"}
        self.carrier = Carrier(
            accounts=accounts, record=self.record, habits=habits or Habits(throttled=0.0)
        )
        port = self.carrier.start()
        who = "us" if name == "smpp" else name
        table = (
            f'server = "127.0.0.1:{port}"\nsystem_id = "{who}"\npassword = "secret"\n'
            f"segments_per_s = {rate}\nanswer_s = 3\n{more}"
        )
        self.name, self.made = name, programme(folder, name=name, table=table)
        self.inbox = core_end.receiving(self.made.data, keys=self.made.core_keys)
        self.lane = core_end.sending_to(self.made.data, name)
        self.kill_at, self.deaths = kill_at, 0
        self.arrived: list[tuple[str, Any]] = []
        self.gateway: Any = None
        self.dialler: Any = None

    def start_gateway(self):
        config = self.made.folder / "gateway.toml"
        self.gateway = gateway(self.name, config, **{KILL_AT: self.kill_at})

    def start_dialler(self):
        self.dialler = dialler(self.made.data, self.name, key=self.made.gateway_private)

    def kill_dialler(self):
        self.dialler.kill()
        self.dialler.wait()

    def tend(self):
        """Start the gateway again when it has died, as a supervisor does."""
        if self.gateway.poll() is not None:
            self.deaths += 1
            self.end_gateway()
            self.start_gateway()

    def end_gateway(self):
        self.gateway.terminate()
        told, errors = self.gateway.communicate(timeout=10)
        return told, errors

    def phone(self, number, **more):
        return Phone(number, carrier=self.carrier, programme="100", **more)

    def send(self, attempt, text, *, to, lasts_s=60):
        until = datetime.now(UTC) + timedelta(seconds=lasts_s)  # noqa: TID251  attempts lapse in real time
        thing = OutboundText(
            attempt=attempt, route=self.name, sender="100", recipient=to, text=text, not_after=until
        )
        self.lane.put(attempt, thing.to_bytes())

    def read(self):
        """Take what has landed; keep it by kind, in order."""
        for one in self.inbox.take(limit=500):
            self.arrived.append((one.key, KINDS[kind_of(one.content)].from_bytes(one.content)))
            self.inbox.done(one)
        return self.arrived

    def of(self, kind):
        return [thing for _, thing in self.read() if isinstance(thing, kind)]

    def until(self, told, *, within_s=60.0):
        end = time.monotonic() + within_s
        while not told():
            self.tend()
            assert time.monotonic() < end, f"waited in vain; arrived: {self.arrived[-5:]}"
            time.sleep(0.03)


@contextmanager
def world(folder, **more):
    made = World(folder, **more)
    made.start_gateway()
    made.start_dialler()
    try:
        yield made
    finally:
        for process in (made.gateway, made.dialler):
            process.kill()
            process.wait()
        for pipe in (made.gateway.stdout, made.gateway.stderr):
            pipe.close()
        made.carrier.stop()
        for queue in (made.inbox.queue, made.lane.queue):
            queue.close()
