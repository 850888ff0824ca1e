"""The keeper is killed with -9, or locked, while a man is on the road: stopping him waits for neither."""

import pytest

from safeconduct.access import workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.envelope import OutboundText
from safeconduct.passage import actions
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.post import actions as post
from safeconduct.post.models import Kit
from safeconduct.post.worker import AGREED
from safeconduct.spool import core_end
from safeconduct.spool.carried import Opener
from safeconduct.spool.form import read
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket  # a free port for the gateway


@pytest.fixture
def moving(journey, tmp_path, settings):
    """Return a plan under way, and the gateway that texts leave by from now on."""
    plan, gateway = journey.to_moving(), programme(tmp_path)
    settings.DATA = gateway.data
    return plan, gateway


@pytest.fixture
def killed(keeper):
    """Return what kills the keeper with -9; it is started again after the test."""
    yield keeper.kill
    if keeper.process.poll() is not None:
        keeper.start()


@pytest.fixture(params=["killed", "locked"])
def gone(request):
    """Return what makes the keeper useless: a kill, or the panic lock."""
    return request.getfixturevalue("killed" if request.param == "killed" else "lock_keeper")


def arms(journey):
    send = workers.me(Purpose.SEND)
    texts = {name: PROFILE.texts[name] for name in AGREED if name in PROFILE.texts}
    waiting = post.unarmed(send)
    for window in waiting:
        post.arm(send, window_ref=window, texts=texts, sender="7007", now=journey.now)
    return waiting


def left(gateway):
    """Return the texts in the spool, opened with the key that only the gateway has."""
    opener = Opener(gateway.gateway_private, direction="out")
    items = core_end.outgoing(gateway.data, "smpp").take()
    sealed = [one for item in items for one in read(item.body).each()]
    return [OutboundText.from_bytes(opener.open(each)) for each in sealed]


@pytest.mark.parametrize("by", [Duty.PIL, Duty.RCV])
def test_with_the_keeper_gone_one_person_stops_it_and_he_gets_the_text_he_agreed_to(
    journey, moving, gone, django_capture_on_commit_callbacks, by
):
    plan, gateway = moving
    assert len(arms(journey)) == 1
    assert arms(journey) == []
    gone()
    with django_capture_on_commit_callbacks(execute=True):
        actions.abort(journey[by], ref=plan.ref, reason="", profile=PROFILE, now=journey.now)
        journey.follows()
        journey.follows()
    plan.refresh_from_db()
    assert (journey.case().state, plan.state) == ("ABORTED", State.BURNED)
    [text] = left(gateway)
    assert text.text == PROFILE.text("abort", "ru")
    assert text.recipient == "+380501234567"


def test_without_a_kit_the_stop_stands_and_the_text_waits_for_the_keeper(
    journey, moving, killed, keeper, django_capture_on_commit_callbacks
):
    plan, gateway = moving
    Kit.objects.all().delete()
    killed()
    with django_capture_on_commit_callbacks(execute=True):
        actions.abort(journey[Duty.PIL], ref=plan.ref, reason="", profile=PROFILE, now=journey.now)
    assert journey.case().state == "ABORTED"
    assert left(gateway) == []
    keeper.start()
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.BURNED
