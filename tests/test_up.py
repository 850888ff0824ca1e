"""`safeconduct up` as whoever runs it finds it: twice, ended, killed, on a full disk, on a taken port."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.command import folder, main
from safeconduct.command.trouble import Trouble
from safeconduct.exercise.console import fields_of
from safeconduct.notices import pulse
from safeconduct.programme import load
from tests import programme as running
from tests.programme import Programme, until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])
KILLED = {"keeper", "web", "worker", "link", "gateway-air"}
# A family of one, which makes a temporary file, tells its path and waits to be ended.
ONE_PART = """
import pathlib, sys, time
from safeconduct.command.supervise import Family, Part
look = "import tempfile; print(tempfile.mkstemp()[1], flush=True); input()"
parts = Family(pathlib.Path(sys.argv[1]), env={})
parts.start((Part("look", ("-c", look), 1),))
while not pathlib.Path(sys.argv[1], "logs/look.log").read_text().endswith("\\n"):
    time.sleep(0.02)
parts.stop()
"""
SMALL = 64 * 1024  # bytes: more than the keys take, less than the tables


@pytest.fixture(scope="module")
def first_try(tmp_path_factory):
    """A folder whose first `up` met a full disk: here no file may grow (RLIMIT_FSIZE)."""
    made = Programme(tmp_path_factory.mktemp("programme"))
    tried = subprocess.run(
        running.command(*made.words),
        env=running.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL)),
    )
    return made, tried


@pytest.fixture(scope="module")
def shared(first_try):
    """One programme for the tests of this file; each begins by having it run."""
    made, _tried = first_try
    made.give_gateway()
    yield made
    for browser in made.people.values():
        browser.close()
    if made.runs():
        made.stop()


@pytest.fixture
def up(shared):
    shared.start()
    return shared


def answers(up):
    """The console answers, and what was written is there: nobody had to sign in again."""
    status, text = up.shows("/people/")
    return status == 200 and "Operator 14" in text


def ready(up):
    return up.shows("/readyz")[0] == 200


def test_a_disk_full_at_the_start_is_told_in_one_line_and_with_room_the_next_up_works(
    first_try, up
):
    _made, tried = first_try
    assert tried.returncode == 2
    assert len(tried.stderr.splitlines()) == 1
    assert "Free space on the disk" in tried.stderr
    assert answers(up)


def test_a_small_disk_is_refused_before_anything_is_begun(tmp_path):
    data = tmp_path / "disk"
    data.mkdir()
    small = ("sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"', str(data))
    before = ("unshare", "--map-root-user", "--mount", *small)  # a disk that nobody else sees
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        before = ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh")  # no such disk may be made here
    tried = running.run("up", "--data", str(data / "p"), before=before)
    assert tried.returncode == 2
    assert len(tried.stderr.splitlines()) == 1
    assert "Free space on it" in tried.stderr


def test_up_a_second_time_says_where_the_console_is_and_leaves_the_first_alone(up):
    before = up.parts()
    second = running.run(*up.words)
    assert (second.returncode, second.stderr) == (0, "")
    assert f"It runs already: {up.origin}" in second.stdout
    assert up.parts() == before
    assert set(before) == KILLED
    assert answers(up)


def test_the_supervisor_holds_no_django(up):
    """It made the tables and the first link, in processes that ended: half its memory, as long as it lives."""
    django = "_zoneinfo"  # a library that Django has loaded, and nothing else of ours
    assert django in Path(f"/proc/{up.parts()['web']}/maps").read_text()
    assert django not in Path(f"/proc/{up.supervisor.pid}/maps").read_text()


def test_without_a_proxy_nobody_is_believed_that_a_page_came_by_tls(up):
    browser = up.people["admin"]
    page = browser.open("/settings/")
    told = {"Referer": page.url, "Origin": up.origin, "X-Forwarded-Proto": "https"}
    sent = fields_of(page.form("settings.keys"))
    answer = browser._http.post("/settings/keys/", data=sent, headers=told)
    assert answer.headers["set-cookie"].startswith("keys=")
    assert "secure" not in answer.headers["set-cookie"].lower()
    assert {each.name for each in browser.cookies()} >= {"login", "device", "csrftoken"}


def test_ctrl_c_and_sigterm_end_all_of_it_in_order_and_the_next_up_goes_on(up):
    os.killpg(up.supervisor.pid, signal.SIGINT)
    assert up.supervisor.wait(30) == 0
    assert running.running_for(up.data) == []
    assert up.said.read_text().endswith("Stopped.\n")
    up.start()
    assert "/sign-in/join/" not in up.said.read_text()
    assert answers(up)
    assert up.stop(signal.SIGTERM) == 0
    assert running.running_for(up.data) == []


def test_a_worker_that_stands_still_is_noticed_by_the_supervisor_that_runs(up):
    """Stopped (SIGSTOP), and its pulse set back, for nobody need wait half a minute to see it."""
    until(lambda: pulse.felt(up.data) is not None)
    log, worker = up.data / "logs" / "supervisor.log", up.parts()["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        os.utime(up.data / "run" / "worker.beat", (0, 0))
        assert until(lambda: '"nobody to call"' in log.read_text()), log.read_text()[-600:]
    finally:
        os.kill(worker, signal.SIGCONT)
    assert "chore.failed" not in log.read_text()


def test_each_part_that_is_killed_is_back_in_seconds_with_all_that_was_written(up):
    for name in sorted(KILLED):
        before = up.parts()
        os.kill(before[name], signal.SIGKILL)

        def back(name=name, before=before):
            now = up.parts()
            return now.get(name, before[name]) != before[name] and running.living(now[name])

        assert until(back, wait_s=10), name
        assert until(lambda: answers(up) and ready(up), wait_s=10), name
        assert {k: v for k, v in up.parts().items() if k != name} == {
            k: v for k, v in before.items() if k != name
        }


def test_no_part_leaves_a_core_file(up):
    for pid in (up.supervisor.pid, *up.parts().values()):
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


def test_what_a_part_puts_into_a_temporary_file_lies_in_the_data_folder_till_the_next_start(
    tmp_path,
):
    argv, env = [sys.executable, "-c", ONE_PART, str(tmp_path)], running.environment()
    subprocess.run(argv, check=True, env=env, timeout=30)
    made = Path((tmp_path / "logs/look.log").read_text().strip())
    assert made.parent == tmp_path / "tmp"
    assert made.exists()
    subprocess.run(argv, check=True, env=env, timeout=30)
    assert not made.exists()


def test_when_the_supervisor_is_killed_its_children_end_and_the_next_up_resumes(up):
    children = up.parts().values()
    assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    assert until(lambda: not any(map(running.living, children)), wait_s=5)
    assert running.running_for(up.data) == []
    taken = up.data / "run/copy-killed"  # a backup was killed with them
    taken.mkdir()
    (taken / "keys.db").write_bytes(b"keys of before")
    up.start()
    assert not taken.exists()
    assert answers(up)
    assert until(lambda: ready(up), wait_s=10)


def panic(browser):
    page = browser.open("/people/me/")
    headers = {"Referer": page.url, "Origin": browser.base}
    sent = fields_of(page.form("access.panic"))
    assert browser._http.post("/people/lock/", data=sent, headers=headers).status_code == 303


def test_the_panic_lock_is_named_by_up_and_ended_by_unlock(up):
    operator = up.people["op"]
    panic(operator)
    up.stop()
    locked = running.run(*up.words)
    assert locked.returncode == 2
    assert "`safeconduct unlock`" in locked.stderr
    done = running.run("unlock", "--data", str(up.data))
    assert (done.returncode, done.stderr) == (0, "")
    up.start()
    panic(operator)
    assert "starts anew" in running.run("unlock", "--data", str(up.data)).stdout
    assert until(lambda: ready(up), wait_s=10)
    up.people["admin"].sign_in()
    assert answers(up)


def test_what_audit_verify_is_given_reaches_the_proof(tmp_path):
    data, heads = tmp_path / "p", tmp_path / "kept"
    folder.make(data, stamp="real", profile=None)
    words = ("audit", "verify", "--data", str(data))
    nowhere = running.run(*words, "--heads", str(heads))
    assert (nowhere.returncode, "--heads" in nowhere.stderr) == (2, True)
    heads.mkdir()
    (heads / "core-000000000001.json").write_text("{}")
    assert running.run(*words).returncode == 3
    typed = running.run(*words, "--head", "core/1/nothing")
    assert "read it again" in typed.stdout
    altered = running.run(*words, "--heads", str(heads), "--key", "00")
    assert altered.returncode == 1
    assert "is no head as it left the house" in altered.stdout


def test_help_lists_every_command_with_one_line(capsys):
    with pytest.raises(SystemExit):
        main.main(["--help"])
    told = capsys.readouterr().out
    for word in (
        "demo",
        "exercise",
        "bench",
        "up",
        "invite",
        "unlock",
        "gateway",
        "audit",
        "roads",
    ):
        assert re.search(rf"^    {word} +\w.{{10,}}$", told, re.MULTILINE), word


def test_ctrl_c_while_it_starts_breaks_the_start_off(tmp_path):
    made = Programme(tmp_path)
    made.launch()
    assert until((made.data / "root.key").exists)
    os.killpg(made.supervisor.pid, signal.SIGINT)
    assert made.supervisor.wait(30) == 130
    assert running.running_for(made.data) == []
    assert "Traceback" not in made.said.read_text()


def test_a_port_in_use_is_named_with_the_setting_that_chooses_another(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        tried = running.run("up", "--data", str(tmp_path / "p"), "--port", port)
    assert tried.returncode == 2
    assert tried.stderr == (
        f"safeconduct: Port {port} is taken by another program. Choose another with --port.\n"
    )


def test_a_folder_half_made_is_made_whole_and_a_strange_one_is_left_alone(tmp_path):
    half = tmp_path / "half"
    (half / "run").mkdir(parents=True)
    (half / "programme.toml").write_text("cut o")
    (half / "stamp.new").touch()
    assert folder.make(half, stamp="real", profile=None)
    assert not folder.make(half, stamp="real", profile=None)
    with pytest.raises(Trouble, match="a stamp is never changed"):
        folder.make(half, stamp="exercise", profile=None)
    strange = tmp_path / "strange"
    (strange / "run").mkdir(parents=True)
    (strange / "run" / "letter.txt").touch()
    for theirs in (strange, strange / "run" / "letter.txt"):
        with pytest.raises(Trouble, match="not ours"):
            folder.make(theirs, stamp="real", profile=None)
    assert sorted(strange.rglob("*")) == [strange / "run", strange / "run" / "letter.txt"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('console = ["en"]', 'console = ["en", "fr"]', "no catalogue in fr, only in en, ru, uk"),
        ("[duties.RCV]", "[duties.RVC]", "[duties] lacks RCV"),
        ('apart = ["OP"]', 'apart = ["OPS"]', "[duties] names 'OPS'"),
        ("[states.RECEIVED]", "[states.RECIEVED]", "no state of a case"),
        ("no_fire_margin = 800", "no_fire_margin = 80", "from 300 to 5000"),
    ],
)
def test_a_profile_that_no_part_could_work_by_stops_the_first_start_and_any_later_one(
    tmp_path, old, new, told
):
    whole = (load.SHIPPED / "rivers.toml").read_text(encoding="utf-8")
    assert old in whole
    theirs = tmp_path / "theirs.toml"
    theirs.write_text(whole.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Trouble, match=re.escape(told)):
        folder.make(tmp_path / "data", stamp="real", profile=theirs)
    folder.make(tmp_path / "data", stamp="real", profile=load.SHIPPED / "rivers.toml")
    folder.insist_on_profile(tmp_path / "data")
    (tmp_path / "data/programme.toml").write_bytes(theirs.read_bytes())
    with pytest.raises(Trouble, match=re.escape(told)):
        folder.insist_on_profile(tmp_path / "data")
