"""What does not leave: under a hold, after a stop, while the keeper is gone."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from safeconduct import clock
from safeconduct.access import connection as client_connection
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import worker as reading
from safeconduct.conversations.tests.conftest import NOON, inbound
from safeconduct.envelope import IdentityChanged
from safeconduct.notices.loops import SOON
from safeconduct.post import actions, queries
from safeconduct.post import worker as sending
from safeconduct.post.models import Attempt, Kit
from safeconduct.post.rules import (
    ANSWER_DUE,
    Kind,
    WindowKind,
)
from safeconduct.programme import load
from safeconduct.refusal import Refused
from tests.spooled import steps

CHANGED = IdentityChanged("smpp", "+380501112233", NOON)
WITHDRAWN = inbound("Всё хорошо, больше ничего не нужно.")


def answered(gateway, name, *things):
    """Return what the carrier gets for him, step by step, when `things` come; all of it is undone."""
    seen = []
    with transaction.atomic():
        for n, thing in enumerate((*things, inbound("стоп"))):
            gateway.brings(f"{name}:{n}", thing)
            steps(reading._ingest)
            sending._send()
            texts = gateway.texts()
            seen.append([(each.route, each.sender, each.recipient, each.text) for each in texts])
        transaction.set_rollback(True)
    return seen


def test_under_a_sign_of_force_the_same_bytes_leave_to_him_in_the_same_step(gateway, officer):
    officer(Duty.SUP)
    hello, as_any = inbound("Здравствуйте"), inbound("У дороги подорожник.")
    first, none, confirmed = answered(gateway, "as-ever", hello, as_any)
    assert [len(texts) for texts in (first, none, confirmed)] == [1, 0, 1]
    assert answered(gateway, "withdrawn", hello, WITHDRAWN) == [first, none, confirmed]
    assert answered(gateway, "at-once", WITHDRAWN, as_any) == [first, none, confirmed]
    assert answered(gateway, "changed", hello, CHANGED, as_any) == [first, [], none, confirmed]


@pytest.fixture
def replied(gateway, writes, worker):
    """He has had our first answer, and a reply is to leave for him; return his conversation."""
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    steps(sending._send)
    gateway.texts()
    how = {"language": "ru", "reply_after_stop": timedelta(days=1), "now": now}
    answer = {"person_ref": row.person_ref, "text": "Мы здесь.", "kind": Kind.REPLY}
    actions.send(worker(Purpose.CLOCKS), **answer, **how)
    return row


@pytest.mark.usefixtures("replied")
@pytest.mark.parametrize("comes", ["report", "стоп"])
def test_what_was_claimed_and_not_written_does_not_leave_once_he_is_held_or_has_said_stop(
    gateway, data_folder, comes
):
    with keeper_gone(data_folder), pytest.raises(KeeperAway):
        sending._send()  # claimed, and nobody could open what was to be written
    assert Attempt.objects.filter(message__kind="reply").count() == 1
    changed = IdentityChanged("smpp", "+380501112233", clock.wall())
    gateway.brings(f"before:{comes}", changed if comes == "report" else inbound(comes))
    steps(reading._ingest)
    steps(sending._send)
    assert "Мы здесь." not in [text.text for text in gateway.texts()]
    actions.give_up_waiting(now=clock.now(), wall=clock.wall() + ANSWER_DUE * 2)
    steps(sending._send)
    assert "Мы здесь." not in [text.text for text in gateway.texts()]


def test_with_the_keeper_gone_a_report_waits_and_nothing_leaves_before_it_is_read(
    gateway, replied, data_folder, monkeypatch
):
    monkeypatch.setattr(sending, "UNREAD_S", 0.0)
    gateway.brings("away:report", IdentityChanged("smpp", "+380501112233", clock.wall()))
    with keeper_gone(data_folder):
        with pytest.raises(KeeperAway):
            reading._ingest()
        sending._reading_lags()
        assert sending._send() == SOON
    assert sending._send() == SOON  # the keeper is back, and the report is not read yet
    steps(reading._ingest)
    assert queries.is_silent(replied.person_ref)
    steps(sending._send)
    assert gateway.texts() == []


def test_an_agreed_abort_reaches_him_with_the_keeper_gone_and_nothing_else_does(
    gateway, writes, worker, data_folder, django_capture_on_commit_callbacks
):
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    clocks, profile = worker(Purpose.CLOCKS), load.current()
    actions.open_window(
        clocks, person_ref=row.person_ref, kind=WindowKind.WAY, opens_at=now, now=now
    )
    sending._arm()
    assert actions.unarmed(worker(Purpose.SEND)) == []
    steps(sending._send)
    gateway.texts()
    how = {
        "person_ref": row.person_ref, "language": "ru", "reply_after_stop": timedelta(days=1),
        "now": now,
    }  # fmt: skip
    with keeper_gone(data_folder):
        with pytest.raises(KeeperAway):
            actions.send(clocks, text="Мы здесь.", kind=Kind.REPLY, **how)
        with django_capture_on_commit_callbacks(execute=True):
            abort = profile.text("abort", "ru")
            ref = actions.send(clocks, text=abort, kind=Kind.ABORT, **how)
        [text] = gateway.texts()
        assert (text.recipient, text.text) == ("+380501112233", abort)
        with pytest.raises(Refused, match="not made ready"):
            actions.send(clocks, text="Стойте.", kind=Kind.ABORT, **how)
    assert Attempt.objects.filter(message__ref=ref).count() == 1
    actions.close_window(clocks, person_ref=row.person_ref, kind=WindowKind.WAY, now=now)
    assert not Kit.objects.exists()


@contextmanager
def keeper_gone(folder):
    """The keeper's socket is where nobody listens."""
    socket = folder / "keeper.sock"
    away = socket.with_suffix(".away")
    socket.rename(away)
    client_connection.keeper().close()
    try:
        yield
    finally:
        away.rename(socket)
