"""The drill: a copy is tried as a whole, and what would bring somebody back is found there."""

import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from conftest import NOON

from safeconduct.command import copies, sealed
from safeconduct.spool.keyfiles import write_key
from tests import programme as running
from tests.restoring import POSTGRES, environment, new_database, server, story

__all__ = ["story"]


def drill(story, at, *, keys, copy=None):
    """Run the drill in `at`; of PostgreSQL it needs some database to begin from."""
    story.forget_database()
    new_database()
    at.mkdir()
    told = ("drill", str(copy or story.copies), "--key", str(story.key), "--keys", str(keys))
    words = running.command(*told, "--heads", str(story.elsewhere), "--at", str(at))
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert list(at.iterdir()) == []
    if POSTGRES:
        with server("postgres") as db:
            names = {name for (name,) in db.execute("SELECT datname FROM pg_database")}
        assert "safeconduct_drill" not in names
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
