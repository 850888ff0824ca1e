"""Somebody holds the case or the journal and hangs: a stop is in force without him, and entered later."""

import threading
from datetime import timedelta

import pytest
from conftest import NOON
from django.db import connection, transaction

from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import YES, at_once
from safeconduct.audit import actions as audit
from safeconduct.cases import actions, queries
from safeconduct.cases.actions import stopping
from safeconduct.cases.models import Case
from safeconduct.post import actions as post
from safeconduct.post.actions import stopping as door
from safeconduct.spool import stops

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def crew(crew, data_folder, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock, whose patience is tried with a full disk")
    for module in (post, stopping, door):
        monkeypatch.setattr(module, "STOP_WAITS", timedelta(milliseconds=200))
    stops.prepare(data_folder)
    crew.opened()
    crew[Duty.OP]
    yield crew
    for stop in stops.in_force(data_folder):
        stops.entered(data_folder, stop.key)


def the_case(crew):
    assert Case.objects.select_for_update().get(ref=crew.ref)


def the_journal(_crew):
    audit.record("test", "test.hangs", ref="x", now=NOON)


@pytest.fixture(params=[the_case, the_journal])
def while_he_hangs(crew, request):
    """Return what runs an act in another connection while somebody holds a row; then he lets go."""

    def run(act):
        with transaction.atomic():
            request.param(crew)
            said = at_once([act])
        assert said == [YES], said

    return run


def test_a_stop_is_in_force_while_another_hangs(crew, while_he_hangs):
    def stop():
        assert actions.stop(crew[Duty.OP], ref=crew.ref, to="DECLINED", now=crew.now).spooled
        assert queries.state_of(crew.clocks, queries.Purpose.READ, ref=crew.ref) == "DECLINED"

    while_he_hangs(stop)
    assert actions.enter_stops(crew.clocks, now=crew.wait(minutes=1))
    assert crew.case().state == "DECLINED"


def test_a_freeze_is_in_force_while_another_hangs(crew, while_he_hangs):
    def freeze():
        assert not actions.set_fact(crew[Duty.OP], ref=crew.ref, fact="frozen", now=crew.now)
        assert queries.is_frozen(crew.case())

    while_he_hangs(freeze)
    while post.enter_spooled_stops() or actions.enter_stops(crew.clocks, now=crew.now):
        pass
    assert crew.case().frozen


def test_whoever_does_not_hang_is_waited_for(crew, monkeypatch):
    monkeypatch.setattr(stopping, "STOP_WAITS", timedelta(seconds=20))
    held, done = threading.Event(), []

    def holds():
        with transaction.atomic():
            the_case(crew)
            held.set()
            threading.Event().wait(0.3)
            done.append(True)
        connection.close()

    other = threading.Thread(target=holds)
    other.start()
    assert held.wait(20)
    assert not actions.stop(crew[Duty.OP], ref=crew.ref, to="DECLINED", now=crew.now).spooled
    assert done
    other.join(20)
