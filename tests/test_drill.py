"""The drill: a copy is tried as a whole, and what would bring somebody back is found there."""

import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from conftest import NOON

from safeconduct.command import copies, sealed
from safeconduct.command import drill as trial
from safeconduct.command.trouble import Trouble
from safeconduct.spool.keyfiles import write_key
from tests import programme as running
from tests.restoring import POSTGRES, environment, new_database, one_drill, server, story

__all__ = ["story"]


def drill(story, at, *, keys, copy=None):
    """Run the drill in `at`; of PostgreSQL it needs some database to begin from."""
    story.forget_database()
    new_database()
    at.mkdir()
    told = ("drill", str(copy or story.copies), "--key", str(story.key), "--keys", str(keys))
    words = running.command(*told, "--heads", str(story.elsewhere), "--at", str(at))
    with one_drill():
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        if POSTGRES:
            with server("postgres") as db:
                names = {name for (name,) in db.execute("SELECT datname FROM pg_database")}
            assert "safeconduct_drill" not in names
    assert list(at.iterdir()) == []
    return done


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("keys", ["living", "a copy"])
def test_the_drill_proves_that_whoever_is_erased_stays_erased_and_touches_nothing(
    story, tmp_path, keys
):
    before = files(story.left[keys])
    done = drill(story, tmp_path / "at", keys=story.left[keys])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "One person was erased for the drill, and 1 were before" in done.stdout
    assert "2 erased, 1 stops, 4 burned" in done.stdout
    assert "2 of 4 numbers in the copy open" in done.stdout
    assert "The drill is passed." in done.stdout
    assert files(story.left[keys]) == before


def test_the_drill_fails_by_keys_that_no_longer_open_what_lives(story, tmp_path):
    keys = shutil.copytree(story.left["living"], tmp_path / "keys")
    with closing(sqlite3.connect(keys / "keys.db")) as db:
        db.execute("DELETE FROM compartment WHERE ref=?", (story.burned.compartment,))
        db.commit()
    done = drill(story, tmp_path / "at", keys=keys)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NOT SO: 1 numbers in the copy do not open with these keys." in done.stdout


@pytest.mark.skipif(POSTGRES, reason="emptied in the file")
def test_a_copy_without_anybody_in_it_proves_nothing_of_erasing(story, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    sealed.unpack(story.copy, kind=copies.CORE, key=story.key, into=raw)
    with closing(sqlite3.connect(raw / "safeconduct.db")) as db:
        db.execute("DELETE FROM post_handle")
        db.commit()
    (raw / copies.FACTS).unlink()
    write_key(raw / copies.PUBLIC, sealed.public_of(story.key))
    copies.back_up(raw, to=tmp_path / "empty", keys_to=None, at=NOON)
    done = drill(story, tmp_path / "at", keys=story.left["living"], copy=tmp_path / "empty")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing is proved of erasing" in done.stdout


def test_a_drill_with_another_programmes_keys_is_told_so(story, tmp_path):
    keys = shutil.copytree(story.left["living"], tmp_path / "keys")
    with closing(sqlite3.connect(keys / "keys.db")) as db:
        db.execute("DELETE FROM compartment")
        db.commit()
    done = drill(story, tmp_path / "at", keys=keys)
    assert done.returncode == 2
    assert "another programme's" in done.stderr


def only(person, story, place):
    """Return a folder with a copy in which one person alone has a number."""
    raw = place / "one"
    raw.mkdir()
    sealed.unpack(story.copy, kind=copies.CORE, key=story.key, into=raw)
    with closing(sqlite3.connect(raw / "safeconduct.db")) as db:
        db.execute("DELETE FROM post_handle WHERE compartment<>?", (person.compartment,))
        db.commit()
    (raw / copies.FACTS).unlink()
    write_key(raw / copies.PUBLIC, sealed.public_of(story.key))
    copies.back_up(raw, to=place / "of one", keys_to=None, at=NOON)
    return place / "of one"


@pytest.mark.skipif(POSTGRES, reason="emptied in the file")
@pytest.mark.parametrize("theirs", [False, True])
def test_a_drill_on_one_person_alone_knows_another_programmes_keys(story, tmp_path, theirs):
    keys = shutil.copytree(story.left["living"], tmp_path / "keys")
    if theirs:
        with closing(sqlite3.connect(keys / "keys.db")) as db:
            db.execute("DELETE FROM compartment")
            db.commit()
    copy = only(story.burned, story, tmp_path)
    done = drill(story, tmp_path / "at", keys=keys, copy=copy)
    assert done.returncode == int(theirs), done.stdout + done.stderr
    assert ("NOT SO: whom the drill erased had no number" in done.stdout) == theirs


def test_a_drill_that_is_told_to_end_leaves_no_root_and_no_keys(story, tmp_path):
    story.forget_database()
    new_database()
    told = ("drill", str(story.copies), "--key", str(story.key), "--keys")
    words = (*told, str(story.left["living"]), "--at", str(tmp_path))
    with (
        one_drill(),
        subprocess.Popen(
            running.command(*words), env=environment(), stdout=subprocess.DEVNULL
        ) as process,
    ):
        root = tmp_path / "safeconduct-drill.new/root.key"
        assert running.until(lambda: root.exists() or process.poll() is not None)
        process.terminate()
        assert process.wait(30) == 130
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_the_root_lies_in_memory_or_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "_MEMORY", tmp_path)
    with pytest.raises(Trouble, match="--at"):
        trial.own_place()
