"""`safeconduct station` as it is typed on a laptop: killed where it stands, cut off, and joined to the core again."""

import os
import subprocess
import sys

import pytest

from safeconduct.envelope import Position
from safeconduct.spool import core_end
from safeconduct.station.tests.laptop import NAME, WORDS, Laptop, briefing
from safeconduct.stationed import Records
from safeconduct.watch import chain
from tests import programme as running
from tests.edge_world import PATHS, dialler
from tests.ports import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
COMMAND = ["-m", "safeconduct.command.main", "station"]


def started(laptop, *, argv=("-m", "safeconduct.station"), words=WORDS):
    """Start the station as its own process, and tell it its passphrase."""
    read, write = os.pipe()
    told = ["--config", str(laptop.folder / "station.toml"), "--passphrase-fd", str(read)]
    process = subprocess.Popen(
        [sys.executable, *argv, *told],
        env={**os.environ, "PYTHONPATH": PATHS},
        pass_fds=(read,),
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        pipe.write(f"{words}\n")
    return process


def killed(process):
    process.kill()
    process.communicate()


@pytest.fixture
def laptop(tmp_path):
    """Return a laptop whose station was started once, with a passphrase that costs a test little."""
    made = Laptop(tmp_path, port=free_port)
    made.starts()
    return made


def records_at(data, laptop):
    lane = core_end.receiving(data, keys=lambda: (laptop.core_private,), into="in-station")
    return [each.read(Records) for each in lane.take(limit=10_000)]


def test_killed_again_and_again_while_cut_off_it_brings_every_fix_once_and_its_chain_holds(laptop):
    core_end.sending_to(laptop.data, NAME).put("b", briefing().to_bytes())
    out, beside = core_end.outgoing(laptop.data, NAME), laptop.beside()
    home = laptop.process.edge.to_core.queue  # looked at from here; its process is another
    process = started(laptop, argv=COMMAND)
    link = dialler(laptop.data, NAME, key=laptop.private)
    try:
        assert running.until(lambda: out.waiting() == 0 and home.knows("station-records:p1:1"))
        killed(link)
        told = []
        for life in range(2):
            fixes = [laptop.fix(east_m=n) for n in range(150)]
            for few in range(0, 150, 10):
                beside.say([(f"mavlink:{each.arrival}", each) for each in fixes[few : few + 10]])
            told += fixes
            at_least = 150 * life + 20
            assert running.until(
                lambda least=at_least: laptop.process.lane.queue.position() > least
            )
            killed(process)
            process = started(laptop)
        assert running.until(lambda: laptop.process.lane.queue.waiting() == 0)
        link = dialler(laptop.data, NAME, key=laptop.private)
        assert running.until(lambda: home.waiting() == 0)
    finally:
        killed(process)
        killed(link)
    head, number, arrived = chain.BEGIN, 0, []
    for each in records_at(laptop.data, laptop):
        assert (each.first, each.before) == (number + 1, head)
        raws = [raw.encode() for raw in each.records]
        number, head = number + len(raws), chain.follow(head, raws, first=each.first)
        arrived += [Position.from_bytes(raw) for raw in raws if b'"Position"' in raw]
    assert [fix.arrival for fix in arrived] == [fix.arrival for fix in told]


def test_what_keeps_it_from_starting_is_said_in_one_line(laptop):
    path = laptop.folder / "station.toml"
    path.write_text(path.read_text() + 'language = "fr"\n')
    process = started(laptop)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors == "language in [station] must be one of en, uk, ru.\n"
