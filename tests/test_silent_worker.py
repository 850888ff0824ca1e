"""A worker that stands still cannot say so: every page does, and the supervisor calls by the pager."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from conftest import NOON

from safeconduct import clock, sealing
from safeconduct.access import actions, queries, worker, workers
from safeconduct.access.rules import Duty
from safeconduct.command.family import House
from safeconduct.command.silence import SILENT_AFTER, Silence, call_one
from safeconduct.notices import actions as notices
from safeconduct.notices import pulse
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
    patience = load.current().limit("page_unanswered")
    house = House(tmp_path, 8400, "exercise", dict(workers._tokens))
    with beating(elsewhere) as process:
        silence = Silence(house, since=clock.wall(), calls=partial(call_one, house))
        assert product.until(lambda: pulse.felt(tmp_path) is not None)
        assert not silence.look(wall=clock.wall())
        process.send_signal(signal.SIGSTOP)
        last = pulse.felt(tmp_path)
        silent = last + SILENT_AFTER + timedelta(seconds=5)
        assert silence.look(wall=silent)
        assert silence.look(wall=silent + timedelta(seconds=5))
        assert called() == 1, "one after another, and not one each second"
        assert silence.look(wall=silent + patience)
        assert called() == 2, "nobody answered: the next"
        process.send_signal(signal.SIGCONT)
        assert product.until(lambda: pulse.felt(tmp_path) > last)
        assert not silence.look(wall=clock.wall())
        assert called() == 2
    notices.beat("worker", wall=clock.wall() - SILENT_AFTER)
    assert "The clocks stand still since" in client_of(officer(Duty.MED)).get("/").content.decode()
    assert silence.look(wall=clock.wall() + SILENT_AFTER), "and so is one that died"
    assert called() == 3


def test_where_nobody_has_a_pager_it_is_said_in_the_log_and_the_supervisor_goes_on(
    tmp_path, keeper
):
    house = House(tmp_path, 8400, "exercise", keeper.tokens)
    silence = Silence(house, since=NOON, calls=partial(call_one, house))
    assert not silence.look(wall=NOON + SILENT_AFTER)
    assert silence.look(wall=NOON + 2 * SILENT_AFTER)
