"""A copy is made whole or not at all, of one moment, and never over another."""

# ruff: noqa: S608  every word in these queries is our own

import os
import resource
import shutil
import sqlite3
import subprocess
import tarfile
import threading
import tracemalloc
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from conftest import NOON

from safeconduct import clock, sealing
from safeconduct.command import authority, copies, folder, main, public, sealed
from safeconduct.command.trouble import Trouble
from safeconduct.conversations import queries
from tests import programme as running


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder that nobody ever started, with tables of 2 MB and a key for copies."""
    monkeypatch.delenv("SAFECONDUCT_POSTGRES", raising=False)
    data = tmp_path / "p"
    folder.make(data, stamp="real", profile=None)
    copies.make_key(data, to=tmp_path / "key")
    for name in (*copies.LOGS, copies.KEYS):
        with closing(sqlite3.connect(data / name)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE a (x)")
            db.execute("CREATE TABLE b (x)")
            db.execute("INSERT INTO a VALUES (?)", (os.urandom(2_000_000),))
            db.commit()
    return data


def backup(data, to, **more):
    words = ("backup", "--data", str(data), "--to", str(to))
    return subprocess.run(
        running.command(*words),
        env=running.environment(),
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def test_a_full_disk_makes_no_copy_and_leaves_no_half_of_one(data, tmp_path):
    to = tmp_path / "stick"
    small = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (100_000, 100_000))
    done = backup(data, to, preexec_fn=small)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "Free space" in done.stderr
    assert list(to.iterdir()) == []
    assert [path.name for path in (data / "run").iterdir()] == ["backup.lock"]
    assert backup(data, to).returncode == 0
    assert len(list(to.iterdir())) == 1


def test_a_disk_without_room_is_refused_before_anything_is_written(data, tmp_path):
    to = tmp_path / "stick"
    to.mkdir()
    words = ("backup", "--data", str(data), "--to", str(to))
    done = running.run(*words, before=small_disk(to, mb=4))
    assert done.returncode == 2
    assert "nothing was written" in done.stderr


def small_disk(to, *, mb):
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.fail("Nobody may make a small disk here: allow user namespaces.", pytrace=False)
    mount = f'mount -t tmpfs -o size={mb}m none "$0" && exec "$@"'
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(to))


def test_a_copy_on_the_disk_of_the_programme_needs_room_twice(data, tmp_path):
    with (data / "roads").joinpath("map").open("wb") as roads:
        roads.truncate(2 * 2**20)  # the map is packed where it lies
    disk = tmp_path / "disk"
    disk.mkdir()
    bring = 'cp -R "$0" "$1" && mkdir "$1/to" && shift 1 && exec "$@"'
    for mb, code in ((30, 2), (36, 0)):  # tables of 8 with the programme, roads of 2; room 16
        before = (*small_disk(disk, mb=mb), "sh", "-c", bring, str(data), str(disk))
        words = ("backup", "--data", str(disk / data.name), "--to", str(disk / "to"))
        done = running.run(*words, before=before)
        assert done.returncode == code, done.stdout + done.stderr
        assert code == 0 or "nothing was written" in done.stderr


def test_what_a_killed_backup_had_taken_is_removed_but_not_what_one_at_work_takes(data):
    taken = data / "run/copy-killed"
    taken.mkdir()
    (taken / copies.KEYS).write_bytes(b"keys of before")
    with copies.making(data):
        assert not taken.exists()
        taken.mkdir()
        copies.sweep(data)
        assert taken.exists()
    copies.sweep(data)
    assert not taken.exists()


def test_a_lock_is_made_through_no_link_and_what_is_taken_is_for_its_user_alone(data, tmp_path):
    before = os.umask(0o022)
    try:
        with copies.making(data):
            (data / "run/taken").touch()
        assert (data / "run/taken").stat().st_mode & 0o077 == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    for name, take in (("backup", copies.making), ("supervisor", folder.alone)):
        (data / f"run/{name}.lock").unlink(missing_ok=True)
        (data / f"run/{name}.lock").symlink_to(tmp_path / "of-somebody")
        with pytest.raises(Trouble, match="is a link"), take(data):
            pass
        assert not (tmp_path / "of-somebody").exists()


def test_no_copy_is_written_over_and_older_keys_are_taken_away(data, tmp_path):
    stick, safe = tmp_path / "stick", tmp_path / "safe"
    for day in range(3):
        copies.back_up(data, to=stick, keys_to=safe, at=NOON + timedelta(days=day))
    assert len(list(stick.iterdir())) == 3
    mark = (data / copies.MARK).read_text()
    assert [path.name for path in safe.iterdir()] == [f"keys-20261124T120000Z-{mark}.copy"]
    before = copies.newest(stick, copies.CORE).read_bytes()
    with pytest.raises(Trouble, match="is there already"):
        copies.back_up(data, to=stick, keys_to=safe, at=NOON + timedelta(days=2))
    assert copies.newest(stick, copies.CORE).read_bytes() == before
    with pytest.raises(Trouble, match="open together"):
        copies.back_up(data, to=stick, keys_to=stick, at=NOON)


def test_a_copy_brings_the_consoles_name_and_its_authority_back_and_no_key_that_opens(
    data, tmp_path
):
    key = sealing.new_key()
    authority.found(data, "console.example", key=key)
    public.keep(data, public.Open())
    copies.back_up(data, to=tmp_path / "stick", keys_to=None, at=NOON)
    copy, again = copies.newest(tmp_path / "stick", copies.CORE), tmp_path / "again"
    sealed.unpack(copy, kind=copies.CORE, key=tmp_path / "key", into=again)
    assert public.kept(again) == public.Open()
    assert authority.root_of(again) == authority.root_of(data)
    assert not any(b"PRIVATE" in p.read_bytes() for p in again.rglob("*") if p.is_file())
    issued = authority.issue(again, "console.example", key=key, wall=clock.wall())
    assert "PRIVATE KEY" in issued.key


def test_a_copy_brings_the_programmes_scripts_back_byte_for_byte(data, tmp_path):
    place, elsewhere = data / "scripts", tmp_path / "elsewhere.toml"
    place.mkdir()
    (place / "first.toml").write_text('about = "Who may wait"')
    elsewhere.write_text('about = "Of the programme beside"')
    (place / "second.toml").symlink_to(elsewhere)  # a link in a copy would be refused
    copies.back_up(data, to=tmp_path / "stick", keys_to=None, at=NOON)
    copy, again = copies.newest(tmp_path / "stick", copies.CORE), tmp_path / "again"
    sealed.unpack(copy, kind=copies.CORE, key=tmp_path / "key", into=again)
    found = queries.script_files(again)
    assert [each.name for each in found] == ["first", "second"]
    assert [each.digest for each in found] == [
        each.digest for each in queries.script_files(data)
    ]  # a run that was under way goes on: its digest is that of the file


def test_what_leads_out_of_a_copy_or_is_no_file_is_not_laid_out(data, tmp_path):
    (link := tmp_path / "link").symlink_to("/etc")
    for number, (path, name) in enumerate(
        [(data / "stamp", "../stamp"), (data / "stamp", "in/../../stamp"), (link, "link")]
    ):
        made, into = tmp_path / f"{number}.copy", tmp_path / f"into{number}"
        with made.open("xb") as file:
            sealed.pack([(path, name)], kind="core", public=data / copies.PUBLIC, into=file)
        with pytest.raises(Trouble, match="changed"):
            sealed.unpack(made, kind="core", key=tmp_path / "key", into=into)
    assert not (tmp_path / "stamp").exists()
    assert not any(each.is_symlink() for each in tmp_path.rglob("into*/*"))


def test_another_programmes_copies_in_the_same_folder_are_left_alone(data, tmp_path):
    stick, safe = tmp_path / "stick", tmp_path / "safe"
    other = shutil.copytree(data, tmp_path / "other")
    copies.back_up(other, to=stick, keys_to=safe, at=NOON)
    theirs = [*stick.iterdir(), *safe.iterdir()]
    begun = safe / f"keys-20261122T110000Z-{(other / copies.MARK).read_text()}.new"
    begun.touch()  # they may be at work on it
    (data / copies.PUBLIC).unlink()
    copies.make_key(data, to=tmp_path / "second key")
    for day in (1, 2):
        copies.back_up(data, to=stick, keys_to=safe, at=NOON + timedelta(days=day))
    assert all(path.exists() for path in (*theirs, begun))
    assert len(list(safe.glob("*.copy"))) == 2
    ours = (data / copies.MARK).read_text()
    assert copies.newest(safe, copies.KEEPER, of=ours).name.endswith(f"{ours}.copy")
    with pytest.raises(Trouble, match="several programmes"):
        copies.newest(stick, copies.CORE)


def test_a_copy_made_under_load_is_of_one_moment(data, tmp_path):
    done = threading.Event()
    writer = threading.Thread(target=keep_writing, args=(data / copies.LOGS[0], done))
    writer.start()
    try:
        sizes = [one_copy(data, tmp_path, number) for number in range(5)]
    finally:
        done.set()
        writer.join()
    assert all(a == b + 1 for a, b in sizes)
    assert len(set(sizes)) > 1  # it was written to meanwhile


def keep_writing(path, done):
    with closing(sqlite3.connect(path)) as db:
        while not done.is_set():
            db.executemany("INSERT INTO a VALUES (?)", [(os.urandom(500),)] * 20)
            db.executemany("INSERT INTO b VALUES (?)", [(os.urandom(500),)] * 20)
            db.commit()


def one_copy(data, place, number):
    raw, to = place / f"raw{number}", place / f"copy{number}"
    raw.mkdir()
    copies.back_up(data, to=to, keys_to=None, at=NOON)
    copy = copies.newest(to, copies.CORE)
    sealed.unpack(copy, kind=copies.CORE, key=place / "key", into=raw)
    with closing(sqlite3.connect(raw / copies.LOGS[0])) as db:
        return tuple(db.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in "ab")


def test_without_a_key_no_copy_is_made_and_the_commands_say_what_to_do(tmp_path, capsys):
    data = tmp_path / "p"
    folder.make(data, stamp="real", profile=None)
    assert main.main(["backup", "--data", str(data), "--to", str(tmp_path / "copy")]) == 2
    assert "safeconduct backup-key" in capsys.readouterr().err
    key = ["backup-key", "--data", str(data), "--to", str(tmp_path / "key")]
    assert main.main(key) == 0
    assert main.main(key) == 2
    with pytest.raises(Trouble, match="is no data folder"):
        copies.back_up(tmp_path, to=tmp_path / "copy", keys_to=None, at=NOON)


def test_a_box_that_claims_four_gigabytes_is_refused_before_they_are_held(tmp_path):
    sealed.make_key(private=tmp_path / "key", public=tmp_path / "pub")
    copy = tmp_path / "core.copy"
    copy.write_bytes(sealed._MAGIC + b"\xff" * 9)
    tracemalloc.start()
    with pytest.raises(Trouble, match="does not open"):
        sealed.unpack(copy, kind=copies.CORE, key=tmp_path / "key", into=tmp_path / "into")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * sealed._CHUNK_BYTES


# What tarfile trips over: a hard link into nothing, more folders than it goes down, a time without end.
ODD = {
    "link": {"type": tarfile.LNKTYPE, "linkname": "nowhere"},
    "folders": {"name": "a/" * 2000},
    "time": {"pax_headers": {"mtime": "inf"}},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_copy_sealed_by_a_stranger_who_had_the_public_half_is_refused_in_words(tmp_path, odd):
    sealed.make_key(private=tmp_path / "key", public=tmp_path / "pub")
    copy, member = tmp_path / "core.copy", tarfile.TarInfo("a")
    for name, told in odd.items():
        setattr(member, name, told)
    with (
        copy.open("wb") as file,
        sealed._Sealing(file, copies.CORE, tmp_path / "pub") as box,
        tarfile.open(fileobj=box, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.addfile(member)
    with pytest.raises(Trouble, match="does not open"):
        sealed.unpack(copy, kind=copies.CORE, key=tmp_path / "key", into=tmp_path / "into")


def test_a_copy_is_read_to_its_last_byte_though_tar_ends_before(tmp_path):
    sealed.make_key(private=tmp_path / "key", public=tmp_path / "pub")
    # The first block of tar's end is the last of the first chunk: all that follows only fills it up.
    (tmp_path / "a").write_bytes(bytes(sealed._CHUNK_BYTES - 2 * tarfile.BLOCKSIZE))
    whole = tmp_path / "core.copy"
    with whole.open("xb") as file:
        sealed.pack([(tmp_path / "a", "a")], kind="core", public=tmp_path / "pub", into=file)
    raw = whole.read_bytes()
    assert len(raw) > sealed._MOST_BYTES  # there is a second chunk
    sealed.unpack(whole, kind="core", key=tmp_path / "key", into=tmp_path / "into")
    told = {
        "bit": raw[:-40] + bytes((raw[-40] ^ 1,)) + raw[-39:],
        "cut": raw[:-1],
        "more": raw + b"x",
    }
    for name, changed in told.items():
        (copy := tmp_path / name).write_bytes(changed)
        with pytest.raises(Trouble, match="does not open"):
            sealed.unpack(copy, kind="core", key=tmp_path / "key", into=tmp_path / f"into {name}")
