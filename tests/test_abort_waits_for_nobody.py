"""Somebody holds the journal and hangs: whoever says ABORT is answered, and the clocks tell the others."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import connection, transaction

from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import YES, at_once
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases.actions import stopping
from safeconduct.cases.tests.walking import TO_MOVING, Crew
from safeconduct.escort import actions
from safeconduct.post import actions as post
from safeconduct.spool import stops

pytestmark = pytest.mark.usefixtures("committed")


def test_an_abort_is_answered_while_another_holds_the_journal(
    officer, touch, worker, data_folder, monkeypatch
):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock, whose patience is tried with a full disk")
    for module in (post, stopping):
        monkeypatch.setattr(module, "STOP_WAITS", timedelta(milliseconds=200))
    stops.prepare(data_folder)
    crew = Crew(officer, touch, worker, NOON)
    crew.opened()
    crew.goes(*TO_MOVING)
    pilot = crew[Duty.PIL]

    def abort():
        told = {"passage": "none", "case_ref": crew.ref, "reason": "", "now": crew.now}
        assert actions.abort(pilot, **told).spooled

    with transaction.atomic():
        audit.record("test", "test.hangs", ref="x", now=NOON)
        assert at_once([abort]) == [YES]
    while cases.enter_stops(crew.clocks, now=crew.now):
        pass
    assert crew.case().state == "ABORTED"
