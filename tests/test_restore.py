"""An old copy is restored, and nothing comes back that ended after it was made."""

# ruff: noqa: S608  a fixture asked for by its name; every word in these queries is our own

import os
import re
import resource
import shutil
import sqlite3
import struct
import subprocess
from contextlib import closing
from functools import partial

import pytest
from conftest import NOON

from safeconduct import sealing
from safeconduct.access import heads, keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.audit import queries, register, rules, verify
from safeconduct.command import copies, restoring, sealed
from safeconduct.command.trouble import Trouble
from safeconduct.exercise import diskgrep
from safeconduct.keeper.tests.process import KeeperProcess
from safeconduct.spool.keyfiles import read_key, write_key
from tests import halting
from tests.restoring import (
    FARM,
    MILL,
    NUMBER,
    POSTGRES,
    RESTORED_DB,
    WORDS,
    ask,
    environment,
    new_database,
    server,
    story,
)

__all__ = ["story"]


@pytest.mark.parametrize("keys", ["living", "of monday", "a copy"])
def test_an_old_copy_revives_no_erased_case_no_stopped_number_and_no_burned_place(
    story, keys, monkeypatch
):
    to, said = story.restored(keys)
    assert "1 erased, 1 stops, 4 burned" in said
    person = story.erased.person_ref
    assert ask(to, f"SELECT state FROM cases_case WHERE ref='{story.gone.ref}'") == ["PURGED"]
    for table in ("post_handle", "post_message", "conversations_conversation", "cases_case"):
        assert ask(to, f"SELECT person_ref FROM {table} WHERE person_ref='{person}'") == []
    stopped = ask(to, 'SELECT "index" FROM post_optout')
    assert [bytes(index).hex() for index in stopped] == [story.index]
    burned = ask(to, "SELECT burned_at FROM cases_burnedplace")
    assert len(burned) == 2
    assert all(burned)
    assert all(ask(to, "SELECT burned_at FROM cases_burnedsign"))
    assert register.read(to / register.FILE) == register.read(story.elsewhere / register.FILE)
    opened = opens_after(to, story, monkeypatch)
    assert opened == {story.erased.compartment: False, story.burned.compartment: True}


def opens_after(to, story, monkeypatch):
    """Return compartment → whether a keeper over the restored folder opens it."""
    there = shutil.copytree(to, to.with_name("under a keeper"))
    kept = KeeperProcess(there)
    monkeypatch.setenv("SAFECONDUCT_DATA", str(there))
    try:
        who = WorkerId("SYS:clocks", kept.tokens["clocks"])
        refs = [story.erased.compartment, story.burned.compartment]
        ring = keyring.open_fields(who, Purpose.CLOCKS, refs, ["body"])
        since = heads.signed_until(who)
        assert heads.sign(who, since=since, head=ends_at(to, since))["log"] == "core.1"
        return {ref: not ring.gone(ref) for ref in refs}
    finally:
        monkeypatch.undo()
        kept.stop()


def ends_at(place, size):
    """Return the head of the core's log that was restored: the keeper goes on from exactly there."""
    leaves = [
        bytes(leaf) for leaf in ask(place, f"SELECT leaf FROM audit_entry WHERE seq < {size}")
    ]
    peaks = rules.grow(leaves)
    assert peaks.size == size
    return queries.Head(size, peaks.root())


def raw_of(story, to):
    """Return the copy laid out as it is, nothing done again."""
    to.mkdir()
    sealed.unpack(story.copy, kind=copies.CORE, key=story.key, into=to)
    return to


@pytest.mark.skipif(POSTGRES, reason="a dump is looked into by pg_restore alone")
def test_the_copy_itself_still_held_all_of_it_so_the_restore_did_it(story, tmp_path):
    raw = raw_of(story, tmp_path / "raw")
    assert ask(raw, f"SELECT state FROM cases_case WHERE ref='{story.gone.ref}'") == ["DECLINED"]
    assert ask(raw, "SELECT at FROM post_optout") == []
    assert ask(raw, "SELECT COUNT(*) FROM cases_burnedplace") == [1]
    assert story.erased.compartment in compartments(story.left["of monday"])
    assert story.erased.compartment not in compartments(story.left["living"])
    assert story.erased.compartment not in compartments(story.restored("of monday")[0])


def compartments(keys):
    with closing(sqlite3.connect(keys / "keys.db")) as db:
        return {ref for (ref,) in db.execute("SELECT ref FROM compartment")}


def test_a_stolen_copy_opens_nothing_by_itself_nor_with_its_key(story, tmp_path):
    for copy in (story.copy, copies.newest(story.key_copies, copies.KEEPER)):
        stolen = copy.read_bytes()
        assert b"SQLite" not in stolen
        assert story.burned.compartment.encode() not in stolen
    raw, of_keys = raw_of(story, tmp_path / "raw"), tmp_path / "keys"
    assert not {"keys.db", "root.key", "spool"} & {path.name for path in raw.iterdir()}
    of_keys.mkdir()
    sealed.unpack(
        copies.newest(story.key_copies, copies.KEEPER),
        kind=copies.KEEPER,
        key=story.key,
        into=of_keys,
    )
    assert [path.name for path in of_keys.iterdir()] == ["keys.db"]
    for folder in (story.copies, story.key_copies, raw, of_keys):
        assert readable_in(folder) == []
    (raw / "left").write_bytes(WORDS.encode("utf-16-le") + struct.pack("<d", FARM.lat_deg))
    assert {found.secret for found in readable_in(raw)} == {"his words", "farm"}


def readable_in(folder):
    """Return where a number, a word or a place of the story stands readable below this folder."""
    told = {f"number {number}": f"{NUMBER}{number}" for number in range(5)}
    told |= {"his words": WORDS, "our words": "Мы вас слышим"}
    return diskgrep.search(folder, told, places={"farm": FARM, "mill": MILL})


def test_a_text_that_waited_in_the_copy_does_not_leave_once_more(story):
    to, said = story.restored()
    assert "1 texts that waited" in said
    told = ask(
        to,
        "SELECT reason FROM post_result JOIN post_attempt ON attempt_id = post_attempt.id "
        f"JOIN post_message ON message_id = post_message.id WHERE post_message.ref='{story.waiting}'",
    )
    assert told == ["restored"]


def test_what_was_lost_is_said_exactly(story):
    to, said = story.restored()
    url = f"host={os.environ.get('SAFECONDUCT_POSTGRES')} dbname={RESTORED_DB} user=postgres"
    told = url if POSTGRES else ""
    verdict = verify.verify(to, "core", heads=[story.elsewhere], postgres=told)
    assert verdict.code == verify.RESTORED
    last = max(story.elsewhere.glob("core-*.json")).stem.rpartition("-")[2]
    lost = f"to {int(last) - 1} of before are lost"
    assert lost in " ".join(verdict.said)
    assert lost in said
    # The keeper is every test's: whom others brought to it meanwhile, it counts too.
    assert re.search(r"[1-9]\d* people wrote since: all that was said and agreed is lost", said)
    assert "3 of 4 numbers in the copy open" in said
    assert verify.verify(to, "keeper", heads=[story.elsewhere]).code == verify.PROVED


def test_with_old_keys_the_keepers_log_takes_a_branch_too(story):
    to, _said = story.restored("of monday")
    assert verify.verify(to, "keeper", heads=[story.elsewhere]).code == verify.RESTORED


def refused(story, to, why, **given):
    """Refuse this, and leave nothing."""
    done = story.restore(to, **{"keys": story.left["living"], **given})
    assert done.returncode == 2, done.stdout + done.stderr
    assert why in done.stderr
    assert not to.exists()
    assert not to.with_name(f"{to.name}.new").exists()


def test_what_the_second_organisation_cannot_have_written_is_not_believed(story, tmp_path):
    elsewhere = shutil.copytree(story.elsewhere, tmp_path / "bar")
    path = elsewhere / register.FILE
    path.write_text(path.read_text().replace("erased", "optout", 1))
    refused(story, tmp_path / "again", "register cannot be believed", heads=elsewhere)


@pytest.fixture
def changed(story, tmp_path):
    """Return name → a copy of the copy that somebody had in his hands."""
    whole = story.copy.read_bytes()
    told = {
        "cut": whole[: len(whole) // 2],
        "one bit": whole[:-40] + bytes((whole[-40] ^ 1,)) + whole[-39:],
        "in front": b"x" + whole,
    }
    for name, raw in told.items():
        (tmp_path / name).write_bytes(raw)
    return {name: tmp_path / name for name in told}


@pytest.mark.parametrize("name", ["cut", "one bit", "in front"])
def test_a_copy_that_was_changed_is_refused(story, tmp_path, changed, name):
    refused(story, tmp_path / "again", "does not open: another key, cut", copy=changed[name])


def test_another_key_and_a_copy_without_keys_are_refused(story, tmp_path):
    other = tmp_path / "other.key"
    sealed.make_key(private=other, public=tmp_path / "other.pub")
    refused(story, tmp_path / "again", "does not open: another key", key=other)
    refused(story, tmp_path / "again", "Without the keys nothing", keys=tmp_path)


def test_keys_whose_root_is_a_file_ask_for_it(story, tmp_path):
    keys = shutil.copytree(story.left["living"], tmp_path / "keys")
    (keys / "root.key").unlink()
    refused(story, tmp_path / "again", "Bring it: --root-at file=", keys=keys)


def test_who_has_the_public_key_alone_makes_no_copy_that_opens(story, tmp_path):
    """The public half without its secret: what a thief could read of a copy's header, say."""
    key = read_key(story.key)
    forger = tmp_path / "forger.pub"
    write_key(forger, bytes(32) + sealing.box_public(key[32:]))
    (tmp_path / "stamp").write_text("real")
    forged = tmp_path / "forged.copy"
    with forged.open("wb") as file:
        sealed.pack([(tmp_path / "stamp", "stamp")], kind=copies.CORE, public=forger, into=file)
    refused(story, tmp_path / "again", "does not open", copy=forged)


@pytest.mark.skipif(POSTGRES, reason="forged in the file")
def test_a_copy_whose_log_was_altered_is_refused_by_a_head_that_was_kept(story, tmp_path):
    raw = raw_of(story, tmp_path / "raw")
    with closing(sqlite3.connect(raw / "safeconduct.db")) as db:
        db.execute("DROP TRIGGER audit_entry_update")
        db.execute("UPDATE audit_entry SET who='nobody' WHERE seq=3")
        db.commit()
    (raw / copies.FACTS).unlink()
    write_key(raw / copies.PUBLIC, sealed.public_of(story.key))  # he had the machine
    copies.back_up(raw, to=tmp_path / "forged", keys_to=None, at=NOON)
    refused(story, tmp_path / "again", "entry 3 was altered", copy=tmp_path / "forged")


# Where the restore is killed, before it does so: its keys just brought; everything told to the keeper
# and nothing done again; all of it done, and no name yet.
KILLED_AT = (
    ("os.chmod", "again.new/keys.db"),
    ("os.rename", "again.new/heads/branch-core-001.json"),
    ("os.rename", "again"),
)


def test_a_restore_killed_on_its_way_is_run_again(story, tmp_path):
    story.forget_database()
    to, words = tmp_path / "again", story.words(tmp_path / "again", keys=story.left["of monday"])
    new_database()
    for number, (event, name) in enumerate(KILLED_AT):
        env = {**environment(), **halting.at(tmp_path / f"hook{number}", event, tmp_path / name)}
        killed = subprocess.run(words, env=env, capture_output=True, check=False)
        assert killed.returncode == halting.KILLED, (name, killed.stderr)
        assert (to.with_name("again.new") / "restoring").exists()
        assert not to.exists()
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 erased, 1 stops, 4 burned" in done.stdout
    assert ask(to, f"SELECT state FROM cases_case WHERE ref='{story.gone.ref}'") == ["PURGED"]


def test_a_restore_killed_after_all_was_done_is_ended_by_the_next(story, tmp_path):
    to, _said = story.restored()
    story.forget_database()
    again = shutil.copytree(to, tmp_path / "again")
    (again / "restoring").write_text("abcd")
    words = story.words(again, keys=story.left["living"])
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"Restored into {again}" in done.stdout
    assert not (again / "restoring").exists()


def test_what_is_unfinished_is_known_as_ours_until_the_last_of_it_is_gone(tmp_path):
    (tmp_path / "key").touch()
    wish = restoring.Wish(tmp_path, tmp_path / "key", tmp_path / "again", tmp_path)
    place, mark = restoring.begin(wish)
    (place / "root.key").touch()
    assert restoring.begin(wish) == (place, mark)
    assert [path.name for path in place.iterdir()] == ["restoring"]
    (place / "restoring").unlink()  # killed before it was marked
    assert restoring.begin(wish)[0] == place
    (place / "restoring").unlink()
    (place / "diary").touch()
    with pytest.raises(Trouble, match="not ours"):
        restoring.begin(wish)


def test_a_full_disk_is_told_and_leaves_no_root_behind(story, tmp_path):
    story.forget_database()
    new_database()
    keys = shutil.copytree(story.left["living"], tmp_path / "keys")
    (keys / "link").mkdir()
    with (keys / "link/big").open("wb") as file:
        file.truncate(40_000_000)
    small = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))
    words = story.words(tmp_path / "again", keys=keys)
    done = subprocess.run(
        words, env=environment(), capture_output=True, text=True, check=False, preexec_fn=small
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert f"{tmp_path / 'again'} could not be made" in done.stderr
    assert "Free space" in done.stderr
    assert not list(tmp_path.glob("again*"))


def test_a_folder_that_cannot_take_its_name_leaves_no_root_behind(story, tmp_path):
    """Somebody put something into the folder that was asked for, while it was made."""
    story.forget_database()
    new_database()
    to = tmp_path / "again"
    told = halting.does(
        tmp_path / "hook",
        "os.rename",
        to,
        f"os.mkdir({str(to)!r}); open({str(to / 'diary')!r}, 'x')",
    )
    done = subprocess.run(
        story.words(to, keys=story.left["living"]),
        env={**environment(), **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "nothing of it is left" in done.stderr
    assert [path.name for path in to.iterdir()] == ["diary"]
    assert not (tmp_path / "again.new").exists()


def test_nothing_is_restored_over_what_is_there(story, tmp_path):
    (tmp_path / "again").mkdir()
    (tmp_path / "again/diary").write_text("mine")
    done = story.restore(tmp_path / "again", keys=story.left["living"])
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert (tmp_path / "again/diary").read_text() == "mine"


@pytest.mark.skipif(not POSTGRES, reason="a database that others work in")
def test_a_database_that_is_not_empty_is_refused_and_left_alone(story, tmp_path):
    story.forget_database()
    new_database()
    with server(RESTORED_DB) as db:
        db.execute("CREATE TABLE theirs (x int)")
    done = subprocess.run(
        story.words(tmp_path / "again", keys=story.left["living"]),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert ask(tmp_path, "SELECT count(*) FROM theirs") == [0]
