"""A programme, a copy of it on Monday, and what ended until Friday: for tests of the restore."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from conftest import NOON
from django.conf import settings
from django.db import connection

from safeconduct import clock
from safeconduct.access import heads
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit import register
from safeconduct.cases import actions as cases
from safeconduct.cases.models import BurnedPlace, Proposal
from safeconduct.cases.tests.walking import PROFILE, TO_READY, Crew
from safeconduct.command import copies
from safeconduct.envelope import InboundText
from safeconduct.geo import Point
from safeconduct.post import actions as post
from safeconduct.post.models import Handle
from safeconduct.post.rules import Kind
from tests import programme as running

FARM, MILL = Point(51.2, 34.8), Point(50.1, 30.2)
NUMBER, WORDS = "+38050111223", "Здравствуйте, я хочу жить"
POSTGRES = bool(os.environ.get("SAFECONDUCT_POSTGRES"))
# Each process of the tests has its own beside the others, on one server.
RESTORED_DB = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@contextmanager
def one_drill() -> Iterator[None]:
    """Wait until no other process of the tests drills: on PostgreSQL a drill's database has one name."""
    with Path(os.environ.get("SAFECONDUCT_POSTGRES") or tempfile.gettempdir(), "drills").open(
        "w"
    ) as held:
        if POSTGRES:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


class Story:
    """A programme, a copy of it, and what ended after the copy. Made once; its tables go with a test."""

    def __init__(self, place, data, hire, touch, worker):
        self.place, self.data, self.worker = place, data, worker
        self._hire, self._touch = hire, touch
        self.ingest, self.clocks = worker(Purpose.INGEST), worker(Purpose.CLOCKS)
        self.copies, self.key_copies = place / "stick", place / "safe"
        self.key, self.elsewhere = place / "usb/backup.key", place / "bar"
        self.left = {"living": place / "left", "of monday": place / "old", "a copy": place / "safe"}
        self._restored, self._there = {}, ""  # PostgreSQL's one database holds the last one

    @property
    def copy(self):
        return copies.newest(self.copies, copies.CORE)

    def writes(self, number, sender):
        profile = PROFILE
        inbound = InboundText(
            route="smpp",
            arrival=number,
            arrived_at=NOON,
            sender=sender,
            recipient="7007",
            text=WORDS,
            reference=0,
            part=1,
            parts=1,
            raw=b"",
            maybe_again=False,
        )
        return post.admit(
            self.ingest,
            inbound,
            key=f"smpp:{number}",
            region=profile.phone_region,
            stop_words=profile.stop_words,
            now=NOON,
        )

    def case_of(self, person):
        crew = Crew(self._hire, self._touch, self.worker, NOON)
        crew.compartment = person.compartment
        crew.ref = cases.open_case(
            crew.clocks, person_ref=person.person_ref, compartment=person.compartment, now=NOON
        )
        return crew

    def until_monday(self):
        """Four men write; two have a case; then a copy is made."""
        self.quiet, self.erased, self.burned, self.stopped = (
            self.writes(number, f"{NUMBER}{number}") for number in (0, 1, 2, 3)
        )
        self.gone, self.going = self.case_of(self.erased), self.case_of(self.burned)
        self.gone.goes("DECLINED")
        self.going.goes(*TO_READY, "PLANNED")
        self.tell(MILL, "red_cloth")
        self.waiting = post.send(
            self.ingest,
            person_ref=self.stopped.person_ref,
            text="Мы вас слышим.",
            kind=Kind.REPLY,
            language="ru",
            reply_after_stop=NOON - NOON,
            now=NOON,
        )
        heads.export(self.data / "heads", self.clocks)
        copies.make_key(self.data, to=self.key)
        copies.back_up(self.data, to=self.copies, keys_to=self.key_copies, at=clock.wall())
        shutil.copy(self.data / "root.key", self.key_copies)
        self.leave_keys(self.left["of monday"])

    def leave_keys(self, to):
        to.mkdir()
        copies.snapshot(self.data / "keys.db", to / "keys.db")
        shutil.copy(self.data / "root.key", to)

    def tell(self, place, sign):
        crew = self.going
        cases.tell(crew["PLN"], ref=crew.ref, places=[place], radius_m=500, signs=[sign], now=NOON)

    def until_friday(self):
        """One case is erased, one place is told and burns with the first, one number says stop."""
        crew = self.gone
        crew.brings("his_no")
        crew.wait(days=31)
        dpo = crew["DPO"]
        ref = cases.propose_purge(dpo, ref=crew.ref, profile=PROFILE, now=crew.now)
        proposal = Proposal.objects.get(ref=ref)
        crew.says_yes(dpo, Duty.DPO, proposal)
        crew.says_yes(crew["AUD"], Duty.AUD, proposal)
        assert crew.case().state == "PURGED"
        self.tell(FARM, "white_cloth")
        self.going.goes("DECLINED")
        assert BurnedPlace.objects.exclude(burned_at=None).count() == 2
        handle = Handle.objects.get(person_ref=self.stopped.person_ref)
        self.index = bytes(handle.optout_index).hex()
        post.opt_out(self.ingest, person_ref=self.stopped.person_ref, now=NOON)
        self.writes(4, f"{NUMBER}4")
        heads.export(self.data / "heads", self.clocks)
        shutil.copytree(self.data / "heads", self.elsewhere)
        shutil.copy(self.data / register.FILE, self.elsewhere)
        self.leave_keys(self.left["living"])
        copies.snapshot(self.data / "keeper-log.db", self.left["living"] / "keeper-log.db")

    def words(self, to, *, keys, copy=None, key=None, heads=None):
        told = ("restore", str(copy or self.copy), "--key", str(key or self.key))
        told += ("--data", str(to), "--keys", str(keys))
        return running.command(*told, "--heads", str(heads or self.elsewhere))

    def restore(self, to, **given):
        """Run the command; on PostgreSQL into a new database."""
        self.forget_database()
        new_database()
        return subprocess.run(
            self.words(to, **given), env=environment(), capture_output=True, text=True, check=False
        )

    def forget_database(self):
        self._there = ""

    def restored(self, which="living"):
        """Return the folder restored with these keys, and what the command said; made once."""
        if which not in self._restored or (POSTGRES and which != self._there):
            to = Path(tempfile.mkdtemp(dir=self.place)) / "again"
            done = self.restore(to, keys=self.left[which])
            assert done.returncode == 0, done.stdout + done.stderr
            self._restored[which], self._there = (to, done.stdout), which
        return self._restored[which]


def environment():
    env = running.environment()
    if POSTGRES:
        env["SAFECONDUCT_POSTGRES"] = os.environ["SAFECONDUCT_POSTGRES"]
        env["SAFECONDUCT_POSTGRES_DB"] = RESTORED_DB
    return env


def new_database():
    if POSTGRES:
        with server("postgres") as db:
            db.execute(f"DROP DATABASE IF EXISTS {RESTORED_DB} WITH (FORCE)")
            db.execute(f"CREATE DATABASE {RESTORED_DB}")


def server(name):
    import psycopg  # noqa: PLC0415  an extra

    told = connection.settings_dict
    return psycopg.connect(host=told["HOST"], user=told["USER"], dbname=name, autocommit=True)


_MADE = []


@pytest.fixture
def story(request, tmp_path_factory, committed):
    """Return the story: played by whoever asks first, kept as files for the others."""
    if not _MADE:
        _MADE.append(played(request, tmp_path_factory.mktemp("story")))
    return _MADE[0]


def played(request, place):
    request.getfixturevalue("no_head_yet")
    data = request.getfixturevalue("data_folder")
    settings.DATA = data
    before = {path.name for path in data.iterdir()}
    folder_as_up_makes_it(data)
    database = data / "safeconduct.db"
    with pytest.MonkeyPatch.context() as patch:
        if POSTGRES:
            patch.setenv("SAFECONDUCT_POSTGRES_DB", connection.settings_dict["NAME"])
        else:
            database.symlink_to(Path(connection.settings_dict["NAME"]).absolute())
        hire, touch, worker = map(request.getfixturevalue, ("officer", "touch", "worker"))
        told = Story(place, data, hire, touch, worker)
        try:
            told.until_monday()
            told.until_friday()
        finally:
            for path in data.iterdir():
                if path.name not in before or path.name in {"heads", register.FILE}:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return told


def folder_as_up_makes_it(data):
    (data / register.FILE).unlink(missing_ok=True)
    shutil.rmtree(data / "heads", ignore_errors=True)
    for inner in ("run", "heads", "gateways"):
        (data / inner).mkdir(exist_ok=True)


def ask(data, sql):
    """Return the first column of what the restored tables answer."""
    if POSTGRES:
        with server(RESTORED_DB) as db:
            return [row[0] for row in db.execute(sql)]
    with closing(sqlite3.connect(data / "safeconduct.db")) as db:
        return [row[0] for row in db.execute(sql)]
