"""Texts he agreed to, made ready while the keeper lives; then it was killed with -9, or locked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct.access import workers
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import Purpose
from safeconduct.post import actions
from safeconduct.post.actions.armed import EACH, LANE
from safeconduct.post.models import Kit, Message
from safeconduct.post.rules import Kind, WindowKind
from safeconduct.post.tests.conftest import NOON
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket  # a free port for the gateway
ABORT = load.current().text("abort", "ru")


@pytest.fixture(params=["killed", "locked"])
def gone(request, keeper, lock_keeper):
    """Return what kills the keeper with -9, or locks it; after the test it is back."""
    yield keeper.kill if request.param == "killed" else lock_keeper
    if request.param == "killed":
        keeper.start()


@pytest.fixture
def away(writes, ingest, gone, tmp_path, settings):
    """Return who wrote, and the kit armed for his way; then the keeper is gone."""
    row = writes("Здравствуйте")
    window = actions.open_window(
        ingest, person_ref=row.person_ref, kind=WindowKind.WAY, opens_at=NOON, now=NOON
    )
    send = workers.me(Purpose.SEND)
    texts = {"abort": load.current().texts["abort"]}
    actions.arm(send, window_ref=window, texts=texts, sender="7007", now=NOON)
    settings.DATA = programme(tmp_path).data
    gone()
    return row


def put(ingest, row, text=ABORT, kind=Kind.ABORT):
    return actions.send(
        ingest,
        person_ref=row.person_ref,
        text=text,
        kind=kind,
        language="ru",
        reply_after_stop=timedelta(days=1),
        now=NOON,
    )


def test_an_agreed_text_leaves_by_the_kit_as_often_as_it_holds_and_nothing_else_does(away, ingest):
    with pytest.raises(KeeperAway):
        put(ingest, away, "Мы вас слышим.", kind=Kind.REPLY)
    with pytest.raises(Refused, match="not made ready"):
        put(ingest, away, "Стойте на месте.")
    for _ in range(EACH):
        put(ingest, away)
    with pytest.raises(Refused, match="not made ready"):
        put(ingest, away)
    assert Message.objects.filter(lane=LANE, person_ref=away.person_ref).count() == EACH


def test_a_kit_opens_for_nobody_but_the_start_that_armed_it_and_ends_with_the_way(away, ingest):
    send = workers.me(Purpose.SEND)
    assert actions.unarmed(send) == []
    later = replace(send, token=send.token[::-1])
    assert actions.unarmed(later) != []
    kit = Kit.objects.get()
    assert ABORT.encode() not in bytes(kit.sealed)
    assert b"501112233" not in bytes(kit.sealed)
    actions.close_window(ingest, person_ref=away.person_ref, kind=WindowKind.WAY, now=NOON)
    assert not Kit.objects.exists()
    with pytest.raises(Refused, match="way is closed"):
        put(ingest, away)
