"""Silence never causes a message: time runs out in every state, and every loop of ours has looked.

All loops of all rooms run, with a man whom a text would reach: he has a number, and on the way a
window that lets our texts through. What lies in the outbox afterwards is what lay there before.
"""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

from datetime import timedelta

import pytest
from django.db import connection

from safeconduct import clock
from safeconduct.cases import queries
from safeconduct.cases.actions.taking import take
from safeconduct.cases.lane import CHILD
from safeconduct.cases.machine import MACHINE
from safeconduct.escort import worker as escort
from safeconduct.passage.tests.conftest import (  # noqa: F401  pytest finds fixtures by name
    PROFILE,
    country,
    db,
    house,
    journey,
    ready,
)
from safeconduct.post import actions as post
from safeconduct.post.rules import WindowKind
from safeconduct.web.rooms import WORKERS

# Beyond each clock of the machine: search, check-in, plan, custody, retention; then beyond them all.
SPANS = [timedelta(minutes=31), timedelta(hours=7), timedelta(days=40), timedelta(days=400)]
OUTBOX = ("post_message", "conversations_message")
# They stand at the lanes to a gateway, and no gateway is here.
AT_THE_GATEWAY = ("post.send", "conversations.ingest", "conversations.set_asides")
# They read the journal and keep its end elsewhere, where it outlives a test that is rolled back.
KEEP_ELSEWHERE = ("access.heads", "access.register")


@pytest.fixture
def now(journey, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    yield journey.now
    escort._watched.clear()


def outbox() -> dict[str, list[tuple[object, ...]]]:
    with connection.cursor() as cursor:
        rows = {}
        for table in OUTBOX:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  names of ours
            rows[table] = cursor.fetchall()
        return rows


def everything_looks() -> int:
    """Run every loop of every room until none finds anything more; return how many found something."""
    found = 0
    left_out = {*AT_THE_GATEWAY, *KEEP_ELSEWHERE}
    for loop in (loop for room in WORKERS for loop in room() if loop.name not in left_out):
        for _again in range(50):
            if loop.step() is not True:
                break
            found += 1
        else:
            raise AssertionError(f"{loop.name} finds no end")
    return found


def time_runs_out(journey) -> int:
    found = 0
    for span in SPANS:
        journey.wait(seconds=span.total_seconds())
        found += everything_looks()
    return found


@pytest.mark.parametrize("state", sorted(MACHINE.states.keys() - {MACHINE.end}))
def test_silence_causes_no_message_from_any_state(journey, now, state):
    post.open_window(
        journey.clocks,
        person_ref=journey.case().person_ref,
        kind=WindowKind.WAY,
        opens_at=now,
        now=now,
    )
    everything_looks()
    case = queries.case_to_stop(ref=journey.ref)
    if state != case.state:
        take(case, to=state, by="x", now=now, people=["a", "b"], kind="correction")
    case.check_in_at = now + timedelta(hours=1)
    case.save(update_fields=["check_in_at"])
    before = outbox()
    assert before["post_message"]  # the first answer to what he wrote: he can be reached
    time_runs_out(journey)
    assert outbox() == before
    assert journey.case().check_in_at is None  # the clocks did look
    if (
        state == CHILD
    ):  # whoever was let out of it is so at the keeper too, which no test rolls back
        for (duty, _number), officer in journey._people.items():
            journey.let_in(officer, duty)


@pytest.mark.parametrize("walked", ["to_open", "to_agreed", "to_moving"])
def test_silence_causes_no_message_to_one_who_was_told_a_plan(journey, now, walked):
    getattr(journey, walked)()
    everything_looks()
    before, stood = outbox(), journey.case().state
    assert time_runs_out(journey)
    assert outbox() == before
    if stood != "MOVING":  # its approval ran out, what he was told burned; he hears nothing of it
        assert journey.case().state == "READY"
        assert "told_burned" in journey.case().evidence.values_list("kind", flat=True)
