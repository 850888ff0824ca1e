import contextlib
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest
from tests import halting
from tests.programme import until

from safeconduct import sealing
from safeconduct.access import client, keyring
from safeconduct.access.connection import Keeper, KeeperAway
from safeconduct.access.rules import Duty, Purpose
from safeconduct.keeper.roots import file
from safeconduct.keeper.roots.choosing import Brought, choose
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.server import Calls, Server
from safeconduct.keeper.tests.process import ORIGIN, SRC
from safeconduct.refusal import Refused


def test_the_root_is_made_once_and_read_only_where_nobody_else_may(tmp_path):
    path = tmp_path / "root.key"
    with pytest.raises(NoRoot, match="make-root"):
        file.read(path)
    assert file.make(path)
    first = file.read(path)
    assert not file.make(path)
    assert file.read(path) == first
    path.chmod(0o640)
    with pytest.raises(NoRoot, match="chmod 600"):
        file.read(path)


def test_another_root_does_not_open_the_keys(fresh):
    town = fresh()
    town.process.stop()
    (town.process.folder / "root.key").write_bytes(sealing.new_key())
    again = town.process.run()
    assert again.returncode == 2


def test_what_the_keeper_leaves_on_disk_is_for_its_user_alone(town):
    for path in town.process.folder.glob("ke*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_nobody_may_look_into_the_keepers_memory():
    look = "import ctypes, resource; from safeconduct.traces import leave_none as go;"
    look += "dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0); before = dumpable(); go();"
    look += "print(before, dumpable(), *resource.getrlimit(resource.RLIMIT_CORE))"
    run = subprocess.run(
        [sys.executable, "-c", look], cwd=SRC, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["1", "0", "0", "0"]


def test_the_running_keeper_leaves_no_core(town):
    assert resource.prlimit(town.process.process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_the_running_keeper_is_not_dumpable_before_it_opens_its_keys(tmp_path):
    """The limit alone does not hold a core that goes into a pipe, nor a look into its memory.

    It is asked of the kernel inside of the keeper itself, as it opens keys.db: root may look into
    every process, so a look from outside says nothing where the tests run as root.
    """
    folder, said = tmp_path / "data", tmp_path / "said"
    folder.mkdir()
    choose("file", folder, Brought({}))
    asks = f"import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), file=open({str(said)!r}, 'w'), flush=True)"
    hook = halting.does(tmp_path / "hook", "sqlite3.connect", folder / "keys.db", asks)
    words = [sys.executable, "-m", "safeconduct.keeper", "--data", str(folder), "--origin", ORIGIN]
    keeper = subprocess.Popen(
        words,
        env={**os.environ, **hook},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        keeper.stdin.write("{}\n")
        keeper.stdin.flush()
        assert until(lambda: said.exists() and said.read_text().strip() != "")
        assert said.read_text().split() == ["0"]
    finally:
        keeper.stdin.close()
        keeper.wait(10)


def test_a_caller_of_another_user_gets_no_answer(town, tmp_path):
    calls = Calls.__new__(Calls)
    server = Server(tmp_path / "s.sock", calls, uid=os.geteuid() + 1)
    threading.Thread(target=server.handle_request, daemon=True).start()
    with pytest.raises(KeeperAway):
        Keeper(tmp_path / "s.sock").call("create")
    server.server_close()


def test_a_keeper_that_is_away_is_known_within_a_second_and_found_when_it_is_back(fresh):
    town = fresh()
    operator = town.person(Duty.OP)
    town.process.kill()
    took = []
    for _ in range(3):  # a busy machine holds up one of them, a caller that waits each
        began = time.monotonic()
        with pytest.raises(KeeperAway):
            client.whoami(operator.login)
        took.append(time.monotonic() - began)
    assert min(took) < 1.0
    town.process.start()
    assert client.whoami(operator.login).person == operator.ref


def test_the_keeper_ends_when_its_lifeline_ends(fresh):
    town = fresh()
    town.process.process.stdin.close()
    assert town.process.process.wait(5) == 0


@pytest.mark.parametrize("nonsense", [b"\x00\x00\x00\x02{}", b"\x00\x00\x00\x04nonz", b"\xff" * 9])
def test_nonsense_on_the_socket_is_answered_or_dropped_and_the_keeper_goes_on(town, nonsense):
    stream = Keeper(town.process.folder / "keeper.sock")._connect()
    stream.sendall(nonsense)
    stream.settimeout(2)
    with contextlib.suppress(ConnectionResetError):
        stream.recv(4096)
    stream.close()
    assert client.ping()["state"] == "open"


def test_the_panic_lock_shuts_everything_until_the_root_is_brought(fresh):
    town = fresh()
    operator, other = town.person(Duty.OP), town.person(Duty.OP)
    compartment = client.create(town.worker("ingest"))[0]
    client.lock(operator.login)
    assert client.ping()["state"] == "locked"
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(other.login)
    with pytest.raises(Refused, match="locked"):
        keyring.open_fields(town.worker("send"), Purpose.SEND, [compartment], ["sent"])
    town.process.kill()
    town.process.start()
    assert client.ping()["state"] == "locked"
    town.process.stop()
    assert town.process.run("--unlock").returncode == 0
    town.process.start()
    keyring.open_fields(town.worker("send"), Purpose.SEND, [compartment], ["sent"])
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(other.login)


def _makes(ingest, operator, answered):
    while True:
        try:
            refs = client.create(ingest, count=20)
            client.join_many(ingest, refs, person=operator.ref, duty=Duty.OP, reason="x")
        except KeeperAway:
            return
        answered.extend(refs)


def test_killed_while_it_makes_and_lets_in_it_comes_back_with_whole_rows(fresh):
    town = fresh("--rate", "join=100000")
    operator, ingest = town.person(Duty.OP), town.worker("ingest")
    answered: list[str] = []
    for pause_s in (0.05, 0.11, 0.17):
        hand = threading.Thread(target=_makes, args=(ingest, operator, answered))
        before = len(answered)
        hand.start()
        while hand.is_alive() and len(answered) == before:
            time.sleep(pause_s)
        town.process.kill()
        hand.join(10)
        town.process.start()
    assert answered
    for start in range(0, len(answered), 100):
        page = answered[start : start + 100]
        town_ring = keyring.open_fields(ingest, Purpose.INGEST, page, ["text"])
        assert not any(map(town_ring.gone, page))
    town.process.stop()
    db = sqlite3.connect(town.process.folder / "keys.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    made = db.execute("SELECT COUNT(*) FROM compartment").fetchone()[0]
    joined = db.execute("SELECT COUNT(*) FROM member").fetchone()[0]
    assert made % 20 == 0
    assert joined % 20 == 0
    assert made >= joined >= len(answered)
    db.close()


def test_link_keys_stay_the_same_and_private_halves_go_where_they_are_used(town):
    link, ingest, send = (town.worker(name) for name in ("link", "ingest", "send"))
    core, again = client.gateway_keys(link, "core"), client.gateway_keys(link, "core")
    assert core == again
    assert core.box_public == sealing.box_public(core.box_private)
    reads, signs = client.gateway_keys(ingest, "core"), client.gateway_keys(send, "core")
    assert (reads.box_private, reads.sign_private) == (core.box_private, b"")
    assert (signs.box_private, signs.sign_private) == (b"", core.sign_private)
    assert client.gateway_keys(link, "smpp").box_private
    assert client.gateway_keys(ingest, "smpp").box_private == b""
    with pytest.raises(Refused, match="may not ask"):
        client.gateway_keys(town.worker("web"), "core")
