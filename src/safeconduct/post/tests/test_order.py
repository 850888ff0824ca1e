"""Two processes put texts out at once: no cursor steps over the one whose transaction ends later."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections

from safeconduct.access.rules import Purpose
from safeconduct.envelope import InboundText
from safeconduct.post import actions
from safeconduct.post.models import Cursor, Message
from safeconduct.post.rules import LIVE, Kind
from safeconduct.post.tests.conftest import NOON
from safeconduct.programme import load

pytestmark = pytest.mark.usefixtures("committed")
PATIENCE_S = 30  # a guard, not a measure


@pytest.fixture
def puts(worker):
    """Return `puts(n)`: a text is put out to the n-th of two men who wrote."""
    ingest, profile = worker(Purpose.INGEST), load.current()
    people = [
        actions.admit(
            ingest,
            InboundText("smpp", n, NOON, f"+38050111223{n}", "7007", "Эй", 0, 1, 1, b"", False),
            key=f"smpp:order:{n}",
            region=profile.phone_region,
            stop_words=profile.stop_words,
            now=NOON,
        ).person_ref
        for n in range(2)
    ]

    def put(n):
        return actions.send(
            ingest, person_ref=people[n], text="Мы вас слышим.", kind=Kind.REPLY, language="ru",
            reply_after_stop=timedelta(days=1), now=NOON,
        )  # fmt: skip

    put.people = people
    return put


def claimed():
    claims = actions.claim_live(limit=50, now=NOON, wall=NOON, reply_after_stop=timedelta(days=1))
    return [Message.objects.get(pk=claim.message).ref for claim in claims]


STAND = 0x57A4D  # an advisory lock of this test
_SLOW = f"""
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.person_ref = TG_ARGV[0] THEN PERFORM pg_advisory_xact_lock({STAND}); END IF;
RETURN NEW; END $$;
CREATE TRIGGER slow AFTER INSERT ON post_message FOR EACH ROW EXECUTE FUNCTION slow('%s')
"""


@contextmanager
def slow_after_its_row(person):
    """Let a text to one man stand where its row has its number and its transaction goes on."""
    if connection.vendor == "sqlite":  # whoever writes there is alone until he commits
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_SLOW % person)
        cursor.execute(f"SELECT pg_advisory_lock({STAND})")
        try:
            yield
        finally:
            cursor.execute("DROP TRIGGER slow ON post_message; DROP FUNCTION slow()")


def go_on():
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({STAND})")


def waiting():
    """How many connections wait for a lock."""
    if connection.vendor == "sqlite":
        return 2
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def until(true):
    """Wait for the thing itself; PATIENCE_S is a guard."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_text_whose_transaction_ends_later_is_stepped_over_by_no_cursor(puts):
    Cursor.objects.get_or_create(lane=LIVE)
    left = {0: [], 1: []}

    def put_and_claim(n):
        left[n].append(puts(n))
        left[n].extend(claimed() if n else [])
        connections.close_all()

    first, second = (threading.Thread(target=put_and_claim, args=(n,)) for n in range(2))
    with slow_after_its_row(puts.people[0]):
        first.start()
        until(lambda: waiting() >= 1)
        second.start()
        # With the lane locked he waits too; were it not, he would be done, and past our text.
        until(lambda: waiting() >= 2 or not second.is_alive())
        go_on()
        first.join()
        second.join()
    refs = {*left[0], left[1][0]}
    assert len(refs) == 2
    assert refs == {*left[1][1:], *claimed()}
