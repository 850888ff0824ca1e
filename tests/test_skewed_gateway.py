"""A gateway of another release: a supervisor is called, and Settings says which side is to be brought up."""

from html import unescape

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.spool import core_end, standing
from safeconduct.spool.keyfiles import write_key
from safeconduct.spool.protocol import BEFORE, NEW, OLD, OURS, Speech
from safeconduct.web.rooms import _call_for_skew as look

pytestmark = pytest.mark.django_db
NEXT = Speech(OURS.speaks + 1, OURS.speaks, "9.0")


@pytest.fixture
def queue(data_folder):
    """The queue of telemetry, in which a gateway "air" of ours lands."""
    known = data_folder / "link" / "air-sign.pub"
    write_key(known, b"k" * 32)
    queue = core_end.incoming(data_folder, "in-mavlink")
    yield queue
    known.unlink()
    with queue.change() as change:
        change.set_note("standing:air", None)
    queue.close()


@pytest.fixture
def page(officer, client_of):
    browser = client_of(officer(Duty.SUP))
    return lambda: unescape(browser.get("/settings/").content.decode())


def calls():
    return Call.objects.filter(kind="gateway.skew", duty="SUP", answered_at=None).count()


@pytest.mark.parametrize(
    ("speech", "beyond", "words"),
    [
        (BEFORE, OLD, "Too old for this release: nothing passes, and all of it waits"),
        (NEXT, NEW, "Bring the core up, or the gateway back to its release before"),
    ],
)
def test_a_gateway_that_is_refused_calls_once_and_says_what_to_do(
    queue, page, speech, beyond, words
):
    standing.met(queue, "air", speech, beyond=beyond)
    for _ in range(3):
        look()
        standing.met(queue, "air", speech, beyond=beyond)  # it is dialled again and again
    assert calls() == 1
    assert words in page()
    assert 'class="is-attention"' in page()


@pytest.mark.parametrize(
    ("speech", "words"),
    [(BEFORE, "the keys of all links stay as they are"), (NEXT, "Bring the core up next")],
)
def test_one_release_apart_calls_nobody_and_says_who_comes_next(queue, page, speech, words):
    standing.met(queue, "air", speech, beyond="")
    look()
    assert calls() == 0
    assert words in page()


def test_what_lies_aside_at_a_gateway_calls_a_supervisor_and_says_which_side(queue, page):
    standing.met(queue, "air", OURS, beyond="")
    assert "air" in page()
    standing.set_aside(queue, "air", b'{"Newer": 2, "Unopenable": 1, "Later": 1}')
    look()
    look()
    assert calls() == 1
    assert "Bring the gateway up to this release" in page()
    assert "more than a week ago" in page()
    assert "What failed when it was taken in." in page()


def test_who_mends_nothing_sees_no_gateway_and_one_that_was_struck_out_is_gone(
    queue, officer, client_of, data_folder
):
    standing.met(queue, "air", BEFORE, beyond=OLD)
    told = client_of(officer(Duty.OP)).get("/settings/").content.decode()
    assert "spool.standing" not in told
    known, away = (data_folder / "link" / f"air-{name}.pub" for name in ("sign", "was"))
    known.rename(away)
    assert "air" not in {each.gateway for each in core_end.standings(data_folder)}
    away.rename(known)
