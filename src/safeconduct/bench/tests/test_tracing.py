"""Whoever asks sees the same bytes in the same order for all four; and a leak in time would be found."""

# ruff: noqa: S311, TID251  by seed, so that what fails once fails again

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from safeconduct.access.rules import Purpose
from safeconduct.bench import asking, equivalence, tracing
from safeconduct.post.models import Message
from safeconduct.programme import load
from safeconduct.tracing import actions

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OF_EACH = 25  # in each round; each asker asks once in it
ROUNDS = 10  # a thousand requests


@pytest.fixture
def desk(db, worker):
    """Return the askers, and by which keys one person of each kind is asked after."""
    told = {"profile": load.current(), "now": NOON}
    askers = asking.askers(4 * OF_EACH, worker(Purpose.INGEST), **told)
    return askers, asking.sought(worker(Purpose.CLOCKS), now=NOON)


def answers(worker, *, now=NOON):
    told = {"profile": load.current(), "reply_after_stop": timedelta(days=1), "now": now}
    after = actions.answer_due(worker(Purpose.CLOCKS), **told)
    while after:
        after = actions.answer_due(worker(Purpose.CLOCKS), after=after, **told)


def test_unknown_applied_unconfirmed_and_refused_get_the_same_bytes_in_the_order_they_asked(
    desk, worker
):
    askers, keys = desk
    rows = asks(desk, 0, worker)
    answers(worker, now=NOON - timedelta(seconds=1))
    assert answered(rows) == {None}, "none before its time"
    with CaptureQueriesContext(connection) as heard:
        answers(worker)
    looked_up_first(split(heard.captured_queries))
    said = heard_by(askers, rows, worker)
    for number in range(1, ROUNDS):
        Message.objects.all().delete()  # their term is over: nobody reads them again
        rows = asks(desk, number, worker)
        answers(worker)
        said |= heard_by(askers, rows, worker)
    assert [text for text, _length in said] == [load.current().text("tracing_same", "ru").encode()]
    asking.confirm(NOON)  # and whom the bureau confirms then, and who wishes it, is told of
    again = list(zip(askers, asking.KINDS, strict=False))
    asking.ask(again, keys, worker(Purpose.INGEST), now=NOON)
    answers(worker)
    news = load.current().text("tracing_confirmed", "ru")
    told = {kind: asking.last_said(asker, worker(Purpose.CLOCKS))[0] for asker, kind in again}
    assert [kind for kind, text in told.items() if text == news] == ["unconfirmed"]


def looked_up_first(by_step):
    """Insist that in each step all are looked up before the first is answered."""
    assert len(by_step) == 4 * OF_EACH // actions.AT_ONCE + 1
    for step in by_step:
        looked = [n for n, sql in enumerate(step) if "custody_sentence" in sql]
        put = [n for n, sql in enumerate(step) if sql.startswith('INSERT INTO "post_message"')]
        assert not put or max(looked) < min(put), "all are looked up before the first is answered"


def asks(desk, number, worker):
    """Let each asker ask once, in an order of chance."""
    (askers, keys), kinds = desk, asking.shuffled(OF_EACH, random.Random(number))
    asked = list(zip(askers, kinds, strict=True))
    return asking.ask(asked, keys, worker(Purpose.INGEST), now=NOON)


def heard_by(askers, rows, worker):
    """Return the bytes of what each was told, and the length of its box: one pair where all are one."""
    assert answered(rows) == {NOON}
    left = list(Message.objects.order_by("id").values_list("person_ref", flat=True))
    assert left == [row.person_ref for row in rows], "the order of asking, whatever was found"
    last = (asking.last_said(asker, worker(Purpose.CLOCKS)) for asker in askers)
    return {(text.encode(), length) for text, length in last}


def answered(rows):
    for row in rows:
        row.refresh_from_db()
    return {row.answered_at for row in rows}


def split(queries):
    """Return the SQL of each step of the job: it begins by reading what is due."""
    steps = []
    for each in queries:
        sql = each["sql"]
        if 'FROM "tracing_tracingrequest"' in sql and '"due_at" <=' in sql:
            steps.append([])
        if steps:
            steps[-1].append(sql)
    return steps


def noise(dice, count, *, leak_ms=0.0):
    """Return differences as a busy machine gives them: a few milliseconds, and one in ten anything."""
    some = [leak_ms + dice.gauss(0, 6) for _ in range(count)]
    return [each + dice.choice((-400, 400)) if dice.random() < 0.1 else each for each in some]


def test_a_leak_of_20_ms_is_found_in_noise_and_none_is_found_where_there_is_none():
    for seed in range(200):
        dice = random.Random(seed)
        assert equivalence.farthest(noise(dice, 250)) < tracing.MARGIN_MS
        found = equivalence.nearest(noise(dice, tracing.PLANTED_ROUNDS, leak_ms=20))
        assert found > tracing.MARGIN_MS
    low, high = equivalence.median_between(list(range(100)))
    assert (low, high) == (41, 58)  # ranks 42 and 59 of 100: a median's interval of 90 %
    with pytest.raises(ValueError, match="30"):
        equivalence.farthest([1.0] * 29)
