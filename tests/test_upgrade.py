"""`up` on the tables of an older release, and of a newer one; with people in them, sealed."""

import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib.util import cache_from_source

import pytest
from conftest import NOON
from django.core.management.commands import migrate

from safeconduct.command import copies, folder, upgrading
from safeconduct.command.trouble import Trouble
from tests import halting
from tests.programme import Programme
from tests.restoring import POSTGRES, RESTORED_DB, ask, environment, server, story

__all__ = ["story"]

PEOPLE = "SELECT ref FROM cases_case"  # their clocks go on meanwhile
pytestmark = pytest.mark.enable_socket

# Each room's last step is taken back: what is left an older release had made. Not the journal's, which
# would take the register with it; not access's, which took readable words away that nothing brings
# back; not that of conversations, whose last lines come with the next text and no sooner; of the post none
# before campaigns got tables of their own; and a room with one step was there whole, or not at all.
EARLIER = (
    ("situation", "0001"),
    ("escort", "0001"),
    ("passage", "0002"),
    ("custody", "0001"),
    ("pledges", "0001"),
    ("post", "0006"),
    ("cases", "0006"),
)
UPGRADE = """
import os, pathlib
from safeconduct.command import upgrading
upgrading.upgrade(pathlib.Path(os.environ["SAFECONDUCT_DATA"]))
"""
TAKE_BACK = f"""
import django
from django.core.management import call_command
django.setup()
for room, step in {EARLIER}:
    call_command("migrate", room, step, verbosity=0)
"""


_OLDER = []


def of_an_older_release(story, place):
    """Return a folder with people in it, whose tables are those of an older release; made once."""
    if not _OLDER or POSTGRES:  # whose one database the test before this one brought up again
        data = place / "older"
        to, _said = story.restored()
        story.forget_database()
        shutil.copytree(to, data)
        (data / "stamp").write_text("real")  # the story was played as an exercise
        (data / "clock.json").unlink()
        have_done(TAKE_BACK, data)
        _OLDER[:] = [data]
    return _OLDER[0]


@pytest.fixture
def programme(story, tmp_path, tmp_path_factory):
    """A programme with people in it, whose tables are those of an older release."""
    made = Programme(tmp_path)
    made.told = {k: v for k, v in environment().items() if k.startswith("SAFECONDUCT_POSTGRES")}
    shutil.copytree(of_an_older_release(story, tmp_path_factory.mktemp("release")), made.data)
    yield made
    if made.runs():
        made.stop()


def have_done(code, data):
    """Have a process of its own do something to the tables of a folder that stands still."""
    told = {"SAFECONDUCT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings"}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(
        argv, env={**environment(), **told}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@contextmanager
def opened(data):
    with (
        server(RESTORED_DB) if POSTGRES else closing(sqlite3.connect(data / "safeconduct.db")) as db
    ):
        yield db


MADE_ANEW = ("post_told", "passage_dangerreport")  # by their rooms' last steps, with other columns


def everything(data, columns=None):
    """Return table → its columns and all its rows; or of these columns alone, where they are given."""
    found = {}
    with opened(data) as db:
        for table, names in (columns or columns_of(db)).items():
            rows = db.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()  # noqa: S608  names of ours
            found[table] = names, sorted(map(repr, rows))
    return found


def columns_of(db):
    """Return table → its columns, each by both names: SQLite takes a quoted one alone that is gone for a word."""
    if POSTGRES:
        asked = "SELECT table_name, quote_ident(column_name) FROM information_schema.columns"
        told = db.execute(f"{asked} WHERE table_schema = 'public'").fetchall()
    else:
        ours = "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'"
        tables = [row[0] for row in db.execute(ours)]
        told = [(t, f'"{row[1]}"') for t in tables for row in db.execute(f"PRAGMA table_info({t})")]
    tables = {table for table, _name in told}
    return {table: [f"{at}.{name}" for at, name in told if at == table] for table in tables}


def test_each_rooms_last_step_is_taken_again_on_sealed_rows_and_not_a_byte_of_them_is_lost(
    programme,
):
    before = everything(programme.data)
    made_anew = {table: before.pop(table) for table in MADE_ANEW}
    assert all(
        rows == [] for _names, rows in made_anew.values()
    )  # no list and no report was brought
    sealed = {"post_handle", "post_message", "cases_burnedplace", "cases_burnedsign"}
    assert sealed <= {table for table, (_, rows) in before.items() if rows}
    have_done(UPGRADE, programme.data)
    for table, (names, _rows) in made_anew.items():
        with pytest.raises(Exception, match="column"):  # or a lost one would be the same word twice
            everything(programme.data, {table: names})
    now = everything(programme.data, {table: names for table, (names, _) in before.items()})
    _, steps = before.pop("django_migrations")
    assert set(steps) < set(now.pop("django_migrations")[1])
    assert now == before


def steps_of(programme, room):
    return ask(programme.data, f"SELECT name FROM django_migrations WHERE app='{room}'")  # noqa: S608  our own


def people(programme):
    return sorted(ask(programme.data, PEOPLE))


def killed_in_the_upgrade(programme, tmp_path):
    """Have what brings the tables up die between the copy and the first step; `up` says so and ends."""
    before = dict(programme.told)
    loaded = cache_from_source(migrate.__file__)  # for the steps, and for nothing before them
    programme.told |= halting.at(tmp_path / "hook", "open", loaded)
    programme.launch()
    assert programme.supervisor.wait(60) == 2, programme.said.read_text()
    assert "Run this again; it goes on where it stands." in programme.said.read_text()
    programme.told = before


def test_an_older_folder_is_copied_brought_up_and_goes_on_after_a_kill(story, programme, tmp_path):
    place, before = programme.data / upgrading.FOLDER, people(programme)
    (programme.data / copies.PUBLIC).unlink()  # nobody made a key for copies
    assert "0007_proof" not in steps_of(programme, "post")
    killed_in_the_upgrade(programme, tmp_path)
    assert (place / "begun").exists()
    assert "0007_proof" not in steps_of(programme, "post")
    (copy,) = place.glob("*.copy")
    programme.begin()
    with urllib.request.urlopen(f"{programme.origin}/healthz") as told:  # noqa: S310  our own
        assert told.status == 200
    programme.stop()
    assert "0007_proof" in steps_of(programme, "post")
    assert people(programme) == before
    assert list(place.glob("*.copy")) == [copy]
    assert not (place / "begun").exists()
    back = tmp_path / "back"
    done = story.restore(back, keys=programme.data, copy=place, key=place / upgrading.KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(ask(back, PEOPLE)) == before


def test_tables_of_a_newer_release_are_refused_and_left_alone(programme):
    add = "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '0999_x', '2030-01-01')"
    if POSTGRES:
        with server(RESTORED_DB) as db:
            db.execute(add)
    else:
        with closing(sqlite3.connect(programme.data / "safeconduct.db")) as db:
            db.execute(add)
            db.commit()
    before = [steps_of(programme, room) for room in ("post", "cases")]
    programme.launch()
    assert programme.supervisor.wait(60) == 2
    said = programme.said.read_text().splitlines()
    assert len(said) == 1
    assert "A newer release has worked in these tables (cases 0999_x)" in said[0]
    assert [steps_of(programme, room) for room in ("post", "cases")] == before
    assert not (programme.data / upgrading.FOLDER).exists()


@pytest.mark.skipif(POSTGRES, reason="the copy is of the file")
def test_the_copy_of_an_earlier_upgrade_stays_until_the_new_one_is_whole(tmp_path):
    data = tmp_path / "p"
    folder.make(data, stamp="real", profile=None)
    tables = data / copies.LOGS[0]
    with closing(sqlite3.connect(tables)) as db:
        db.execute("CREATE TABLE a (x)")
    upgrading._copy(data, at=NOON)
    before = {path.name: path.read_bytes() for path in (data / upgrading.FOLDER).iterdir()}
    whole = tables.read_bytes()
    tables.write_bytes(b"no tables")
    with pytest.raises(Trouble):
        upgrading._copy(data, at=NOON + timedelta(days=1))
    now = {path.name: path.read_bytes() for path in (data / upgrading.FOLDER).iterdir()}
    assert now == before
    assert [path.name for path in data.glob("before-*")] == [upgrading.FOLDER]
    tables.write_bytes(whole)
    (data / upgrading.FOLDER).rename(data / "before-upgrade.earlier")  # killed between two names
    upgrading._copy(data, at=NOON + timedelta(days=1))
    (copy,) = (data / upgrading.FOLDER).glob("*.copy")
    assert copy.name not in before
    assert [path.name for path in data.glob("before-*")] == [upgrading.FOLDER]
