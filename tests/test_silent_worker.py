"""A worker that stands still cannot say so: every page does, and the supervisor calls by the pager."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import pytest
from conftest import NOON
from django.db import connection

from safeconduct import clock, sealing
from safeconduct.access import actions, queries, worker, workers
from safeconduct.access.rules import Duty
from safeconduct.command.family import House
from safeconduct.command.silence import SILENT_AFTER, Silence
from safeconduct.notices import actions as notices
from safeconduct.programme import load
from safeconduct.spool import certificates, core_end
from tests import programme as product

pytestmark = pytest.mark.django_db
# The worker's own heart, without its loops: they are not what is looked at.
_BEATS = "import threading, django; django.setup(); from safeconduct.web import worker; worker.run([], stop=threading.Event())"


@contextmanager
def beating(env):
    """Run the worker's heart in a process of its own."""
    told = {**env, "DJANGO_SETTINGS_MODULE": "safeconduct.web.settings"}
    process = subprocess.Popen([sys.executable, "-c", _BEATS], env=told)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def beat_in(folder):
    """Return the last beat in the tables of that process."""
    with closing(sqlite3.connect(folder / "safeconduct.db")) as db:
        row = db.execute("SELECT at FROM notices_heartbeat WHERE name='worker'").fetchone()
    return datetime.fromisoformat(f"{row[0]}+00:00") if row else None


@pytest.fixture
def called(tmp_path, settings, monkeypatch, keeper, officer):
    """Return the lane to a pager; an administrator and a supervisor on duty have one, in this order."""
    settings.DATA = tmp_path
    monkeypatch.setattr(clock, "now", lambda: NOON)
    public = sealing.new_box_keys()[1]
    certificates.found(tmp_path, box_public=public)
    certificates.enrol(tmp_path, queries.PAGER, box_public=public)
    chief = officer(Duty.SUP)
    for place, who in enumerate((officer(Duty.SUP), chief), start=1):
        actions.add_shift(
            chief, person=who.ref, duty=Duty.SUP, begins_at=NOON, ends_at=NOON + timedelta(hours=8),
            place=place, handle=f"+38044123456{place}", now=NOON,
        )  # fmt: skip
    yield lambda: core_end.outgoing(tmp_path, queries.PAGER).waiting()
    worker._lane.cache_clear()


def test_a_stopped_worker_is_called_about_by_its_supervisor_until_it_beats_and_stands_on_pages(
    called, elsewhere, tmp_path, officer, client_of
):
    if connection.vendor != "sqlite":
        pytest.skip("its beats are read from its file")
    patience = load.current().limit("page_unanswered")
    house = House(tmp_path, 8400, "exercise", dict(workers._tokens))
    with beating(elsewhere) as process:
        assert product.until(lambda: beat_in(tmp_path) is not None)
        silence = Silence(house, since=beat_in(tmp_path))

        def looks(wall):
            notices.beat("worker", wall=beat_in(tmp_path))  # as it stands in its own tables
            return silence.look(wall=wall)

        assert not looks(clock.wall())
        process.send_signal(signal.SIGSTOP)
        last = beat_in(tmp_path)
        silent = last + SILENT_AFTER + timedelta(seconds=5)
        assert looks(silent)
        assert looks(silent + timedelta(seconds=5))
        assert called() == 1, "one after another, and not one each second"
        assert looks(silent + patience)
        assert called() == 2, "nobody answered: the next"
        process.send_signal(signal.SIGCONT)
        assert product.until(lambda: beat_in(tmp_path) > last)
        assert not looks(clock.wall())
        assert called() == 2
    notices.beat("worker", wall=clock.wall() - SILENT_AFTER)
    assert "The clocks stand still since" in client_of(officer(Duty.MED)).get("/").content.decode()
    assert silence.look(wall=clock.wall() + SILENT_AFTER), "and so is one that died"
    assert called() == 3


def test_where_nobody_has_a_pager_it_is_said_in_the_log_and_the_supervisor_goes_on(
    tmp_path, keeper
):
    silence = Silence(House(tmp_path, 8400, "exercise", keeper.tokens), since=NOON)
    assert not silence.look(wall=NOON + SILENT_AFTER)
    assert silence.look(wall=NOON + 2 * SILENT_AFTER)
