"""A gateway that sends what it may not: a supervisor is called, and Settings says what and what next."""

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.spool import core_end, link
from safeconduct.spool.form import CarriedRefused
from safeconduct.web.rooms import _call_for_refused as look

pytestmark = pytest.mark.django_db


@pytest.fixture
def lands(data_folder):
    """What a gateway sends to the queue of telemetry; nobody of the other tests reads it."""
    queue = core_end.incoming(data_folder, "in-mavlink")
    landing = link.Landing(queue, sender="air", chain=core_end.enrolled(data_folder))

    def land(raw):
        with pytest.raises(CarriedRefused):
            landing.land([raw])

    yield land
    core_end.look_into_refusals(data_folder, "air")
    queue.close()


def calls():
    return Call.objects.filter(kind="gateway.refused", duty="SUP", answered_at=None).count()


def test_a_supervisor_is_called_reads_what_it_was_and_says_that_he_looked(
    lands, officer, client_of, data_folder
):
    browser = client_of(officer(Duty.SUP))
    look()
    assert calls() == 0
    lands(b"rubbish")
    look()
    assert calls() == 1
    page = browser.get("/settings/").content.decode()
    assert 'data-kind="spool.refusals" data-ref="air"' in page
    assert "It sent what none of ours writes." in page
    assert "take it for seized" in page
    Call.objects.filter(kind="gateway.refused").delete()
    lands(b"rubbish")
    look()
    assert calls() == 0  # of the same kind he knows
    assert browser.post("/settings/refusals/air/seen/").status_code == 303
    assert "spool.refusals" not in browser.get("/settings/").content.decode()
    assert core_end.refusals(data_folder) == []


def test_who_mends_nothing_sees_no_gateway_and_says_nothing_of_it(lands, officer, client_of):
    lands(b"rubbish")
    browser = client_of(officer(Duty.OP))
    assert "spool.refusals" not in browser.get("/settings/").content.decode()
    assert browser.post("/settings/refusals/air/seen/").status_code == 404
