"""`safeconduct up` as root with two users: what each of them is kept out of, and that all of it works."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from safeconduct.command import copies, given, users
from safeconduct.command.trouble import Trouble
from tests import programme as running
from tests.programme import ROOT, Programme, until
from tests.two_users import FLICKER, PATHS, PING, TWO, WAYS_IN, as_user, python

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])


@pytest.fixture(scope="module")
def _root(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root can give the keeper a user of its own")
    try:
        os.chown(tmp_path_factory.mktemp("given"), TWO.keeper.uid, TWO.others.gid)
    except OSError as no:
        pytest.skip(f"root cannot give a file to user {TWO.keeper.uid} here: {no.strerror}")


@pytest.fixture(scope="module")
def up(_root):
    """A programme that root runs as two users, with people in it."""
    found = python()
    if not found:
        pytest.skip(f"no other user may run {sys.executable} here, nor the Python of the system")
    place = Path(tempfile.mkdtemp(prefix="sc-users-"))  # pytest's own lets nobody in
    made = Programme(place)
    made.python, made.told = found, {"PYTHONPATH": PATHS}
    place.chmod(0o711)
    made.more = ("--users", f"{TWO.keeper.uid},{TWO.others.uid}")
    made.start()
    yield made
    for browser in made.people.values():
        browser.close()
    if made.runs():
        made.stop()
    shutil.rmtree(place)


def may_trace() -> bool:
    """Return whether root may look into processes here: a container's often may not."""
    status = Path("/proc/self/status").read_text().splitlines()
    (held,) = (line for line in status if line.startswith("CapEff:"))
    return bool(int(held.split()[1], 16) >> 19 & 1)  # CAP_SYS_PTRACE, linux/capability.h


def uids(pid: int) -> set[str]:
    told = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith(("Uid", "Gid", "Groups"))
    )
    return {*told["Uid"].split(), *told["Gid"].split(), *told["Groups"].split()}


def owners_in(data: Path) -> dict[tuple[bool, int], set[str]]:
    """Return (is the keeper's folder or in it, owner) → what is his there."""
    found: dict[tuple[bool, int], set[str]] = {}
    for path in (data, *data.rglob("*")):
        inner = path.relative_to(data).parts[:1] == ("keeper",)
        found.setdefault((inner, path.lstat().st_uid), set()).add(path.name)
    return found


def test_no_part_runs_as_root_and_the_keeper_shares_its_user_with_none(up):
    parts = up.parts()
    assert uids(parts.pop("keeper")) == {"61801"}
    assert set(parts) >= {"web", "worker", "link"}
    assert {uid for pid in parts.values() for uid in uids(pid)} == {"61802"}


def test_people_sign_in_and_work_as_ever(up):
    status, page = up.shows("/people/")
    assert (status, "Operator 14" in page) == (200, True)
    assert up.shows("/readyz")[0] == 200
    assert set(owners_in(up.data)) == {(True, 61801), (False, 61802)}


@pytest.mark.usefixtures("_root")
@pytest.mark.parametrize("moved", [(), ("keys.db",), ("keys.db", "keys.db-journal", "root.key")])
def test_what_one_user_left_is_laid_apart_wherever_an_earlier_try_was_killed(tmp_path, moved):
    names = {"keys.db", "keys.db-journal", "root.key", "keeper-log.db", "keeper-log.db-wal"}
    for name in (*names, "safeconduct.db", "stamp", "logs/keeper.log", "keeper.new/here"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "keeper.new/here").unlink()
    for name in moved:
        (tmp_path / name).rename(tmp_path / "keeper.new" / name)
    (elsewhere := tmp_path.with_name("elsewhere")).write_text("of somebody")
    (tmp_path / "second").hardlink_to(elsewhere)
    (tmp_path / "link").symlink_to(elsewhere)
    os.chown(tmp_path / "safeconduct.db", 12345, 12345)  # who ran it before was another one
    users._take_apart(tmp_path, TWO)
    assert {path.name: path.read_text() for path in (tmp_path / "keeper").iterdir()} == {
        name: name for name in names
    }
    assert owners_in(tmp_path)[False, 0] == {"second"}
    assert set(owners_in(tmp_path)) == {(True, 61801), (False, 61802), (False, 0)}
    assert elsewhere.stat().st_uid == 0
    assert (tmp_path / "safeconduct.db").stat().st_mode & 0o077 == 0
    users._take_apart(tmp_path, TWO)
    assert set(owners_in(tmp_path)) == {(True, 61801), (False, 61802), (False, 0)}


def test_a_folder_that_is_half_apart_is_opened_by_nobody_who_would_make_new_keys(tmp_path):
    for name in ("stamp", "keeper.new/keys.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("of before")
    for words in (("root",), ("root", "--to", "file"), ("unlock",), ("up",)):
        done = running.run(*words, "--data", str(tmp_path))
        assert (done.returncode, "with --users" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "keys.db").exists()


@pytest.mark.usefixtures("_root")
def test_no_file_is_moved_over_another_nor_one_that_would_stay_another_users(tmp_path):
    (tmp_path / "keeper.new").mkdir()
    for name in ("keys.db", "keeper.new/keys.db", "root.key"):
        (tmp_path / name).write_text(name)
    with pytest.raises(Trouble, match="Both"):
        users._take_apart(tmp_path, TWO)
    assert (tmp_path / "keeper.new/keys.db").read_text() == "keeper.new/keys.db"
    (tmp_path / "keys.db").unlink()
    (tmp_path / "kept").hardlink_to(tmp_path / "root.key")
    with pytest.raises(Trouble, match="second name"):
        users._take_apart(tmp_path, TWO)
    assert set(owners_in(tmp_path)) == {(False, 0)}
    (tmp_path / "kept").unlink()
    users._take_apart(tmp_path, TWO)
    assert (tmp_path / "keeper/root.key").read_text() == "root.key"


def test_where_nothing_can_be_given_away_nothing_is_changed(tmp_path):
    if subprocess.run(["unshare", "-r", "true"], capture_output=True, check=False).returncode:
        pytest.skip("nobody may make a user namespace here")
    (tmp_path / "keys.db").write_text("of before")
    told = "from pathlib import Path; from safeconduct.command import users; from tests.test_users import TWO;"
    for act, why in (
        ("users._take_apart(Path(sys.argv[1]), TWO)", "can be given"),
        ("users.living_in(Path(sys.argv[1]), TWO).__enter__()", "may not become"),
    ):
        argv = ["unshare", "-r", sys.executable, "-c", f"import sys; {told} {act}", str(tmp_path)]
        done = subprocess.run(
            argv, capture_output=True, text=True, cwd=ROOT, env=running.environment(), check=False
        )
        assert why in done.stderr.splitlines()[-1], done.stderr
        assert "nothing was changed" in done.stderr
    assert (tmp_path / "keys.db").read_text() == "of before"
    assert not (tmp_path / "keeper.new").exists()


@pytest.mark.usefixtures("_root")
def test_a_clock_with_a_second_name_elsewhere_is_not_opened_to_all(tmp_path):
    (elsewhere := tmp_path.with_name("secret")).write_text("of root")
    elsewhere.chmod(0o600)
    (tmp_path / "clock.json").hardlink_to(elsewhere)
    users._take_apart(tmp_path, TWO)
    assert elsewhere.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("_root")
def test_what_comes_and_goes_while_root_gives_away_is_passed_over(tmp_path):
    (tmp_path / "stamp").write_text("real")
    users._take_apart(tmp_path, TWO)
    comes = subprocess.Popen([sys.executable, "-c", FLICKER, str(tmp_path)])
    try:
        while comes.poll() is None:
            users.mend(tmp_path)
    finally:
        comes.kill()
        comes.wait()
    assert set(owners_in(tmp_path)) == {(True, 61801), (False, 61802)}


@pytest.mark.usefixtures("_root")
def test_root_goes_on_with_no_folder_that_is_not_the_keepers_and_makes_no_keys_beside_half_moved_ones(
    tmp_path,
):
    (tmp_path / "keeper.new").mkdir()
    with pytest.raises(Trouble, match="--users"):
        users.chosen("", tmp_path)
    (tmp_path / "stamp").write_text("real")
    users._take_apart(tmp_path, users.chosen("61801,61802", tmp_path))
    assert users.chosen("", tmp_path) == TWO
    (tmp_path / "keeper").rename(tmp_path / "x")
    (tmp_path / "keeper").symlink_to("/etc")
    with pytest.raises(Trouble, match="not the keeper's own"):
        users.chosen("61801,61802", tmp_path)
    (tmp_path / "keeper").unlink()
    (tmp_path / "keeper").mkdir()
    os.chown(tmp_path / "keeper", 61802, 61802)
    with pytest.raises(Trouble, match="not the keeper's own"):
        users.chosen("61801,61802", tmp_path)


def test_the_others_reach_neither_the_keepers_files_nor_its_process_and_it_not_theirs(up):
    told = (str(up.parts()["keeper"]), str(up.data))
    ways = as_user(up.python, TWO.others, "-c", WAYS_IN, *told)
    assert ways.stdout.split() == ["tables", "clock"]
    tried = ("keys", "root", "list", "memory", "trace", "kill", "tables", "clock")
    own = as_user(up.python, TWO.keeper, "-c", WAYS_IN, *told, *tried)
    assert own.stdout.split() == ["keys", "root", "list", "kill", "clock"]
    if may_trace():
        look = as_user(up.python, users.ROOT, "-c", WAYS_IN, *told, "memory", "trace")
        assert look.stdout.split() == ["memory", "trace"]  # there is a way, and it is root's


def test_the_keepers_socket_answers_the_others_and_nobody_else_not_even_root(up):
    said = {
        user.uid: as_user(up.python, user, "-c", PING, str(up.data)).stdout.strip()
        for user in (TWO.others, TWO.keeper, users.ROOT)
    }
    assert said == {61802: "open", 61801: "away", 0: "away"}


def test_the_others_prove_the_keepers_log_and_cannot_write_it(up):
    look = ("-m", "safeconduct.audit.verify", "--data", str(up.data))
    said = as_user(up.python, TWO.others, *look).stdout
    assert "keeper: cannot be proved" in said
    assert "cannot be read" not in said
    write = f"open({str(up.data / 'keeper/keeper-log.db')!r}, 'r+b')"
    assert "PermissionError" in as_user(up.python, TWO.others, "-c", write).stderr


def test_what_root_does_beside_it_leaves_nothing_of_roots_in_the_folder(up, tmp_path):
    for words in (
        ("backup-key", "--data", str(up.data), "--to", str(tmp_path / "backup.key")),
        (
            "backup",
            "--data",
            str(up.data),
            "--to",
            str(tmp_path / "a"),
            "--keys-to",
            str(tmp_path / "b"),
        ),
        ("root", "--data", str(up.data)),
    ):
        done = running.run(*words, told=up.told, python=up.python)
        assert done.returncode == 0, done.stderr
    assert list((tmp_path / "b").glob("keys-*.copy"))
    assert set(owners_in(up.data)) == {(True, 61801), (False, 61802)}
    assert up.shows("/readyz")[0] == 200


def test_a_keeper_that_is_killed_is_back_as_the_same_user(up):
    before = up.parts()["keeper"]
    os.kill(before, signal.SIGKILL)
    assert until(lambda: up.parts()["keeper"] != before, wait_s=10)
    assert until(lambda: up.shows("/readyz")[0] == 200, wait_s=10)
    assert uids(up.parts()["keeper"]) == {"61801"}


def test_when_the_supervisor_is_killed_both_users_processes_end_and_the_folder_knows_its_users(up):
    children = up.parts().values()
    up.stop(signal.SIGKILL)
    assert until(lambda: not any(map(running.living, children)), wait_s=5)
    assert users.chosen("", up.data) == TWO
    up.start()
    assert up.shows("/people/")[0] == 200


@pytest.mark.usefixtures("_root")
def test_the_key_of_a_certificate_may_be_for_roots_eyes_alone(tmp_path):
    (key := tmp_path / "key").write_text("of root")
    with users.acting(TWO.others):
        with pytest.raises(PermissionError):
            key.read_text()
        assert given._text(key, named=True) == "of root"
        with pytest.raises(Trouble, match="name it again"):  # the folder's word is the others'
            given._text(key, named=False)
        assert (os.geteuid(), os.getegid()) == (61802, 61802)
    assert (os.geteuid(), os.getegid()) == (0, 0)


@pytest.fixture
def two_folders(_root):
    """A folder that root and the keeper enter, and one of the others."""
    place = Path(tempfile.mkdtemp(prefix="sc-users-"))  # pytest's own lets nobody in
    place.chmod(0o711)
    for name, owner in (("keeper", 0), ("others", TWO.others.uid)):
        (place / name).mkdir(mode=0o700)
        os.chown(place / name, owner, owner)
    yield place / "keeper", place / "others"
    shutil.rmtree(place)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_copy_of_the_keepers_log_is_the_others_and_follows_no_link_of_theirs(
    two_folders, journal
):
    keepers, others = two_folders
    log = keepers / "keeper-log.db"
    with contextlib.closing(sqlite3.connect(log)) as db:
        db.execute(f"PRAGMA journal_mode={journal}")
        db.execute("CREATE TABLE a (x)")
        db.execute("INSERT INTO a VALUES (7)")
        db.commit()
        with users.acting(TWO.others):
            copies.snapshot(log, others / "copy")
            with contextlib.closing(sqlite3.connect(others / "copy")) as copied:
                assert copied.execute("SELECT x FROM a").fetchall() == [(7,)]
            (others / "trap").symlink_to(keepers / "made")
            with pytest.raises(Trouble, match="cannot be copied"):
                copies.snapshot(log, others / "trap")
    told = (others / "copy").stat()
    assert (told.st_uid, told.st_mode & 0o777) == (61802, 0o600)
    assert not (keepers / "made").exists()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("no-such-keeper,no-such-user", "useradd"),
        ("61801", "KEEPER,OTHERS"),
        ("61801,61801", "two different users"),
        ("61801,0", "neither is root"),
    ],
)
def test_users_that_would_not_do_are_refused_in_one_line(tmp_path, told, why):
    if os.geteuid() != 0:
        why = "as root"
    with pytest.raises(Trouble, match=why):
        users.chosen(told, tmp_path)
