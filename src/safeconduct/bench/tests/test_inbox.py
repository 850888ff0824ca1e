"""The sealed page and its plain twin show the same, or nothing is compared."""

import pytest
from django.db import connection

from safeconduct.access.rules import Duty, Purpose
from safeconduct.bench import inbox, threads
from safeconduct.bench.figure import Figure
from safeconduct.conversations import queries, rules

PAGE = (200, [b"text"] * 50)


def test_pages_that_differ_or_are_not_full_are_refused():
    inbox.refuse_if_different(PAGE, PAGE)
    for other in ((200, [b"text"] * 49), (409, []), (200, [b"text"] * 49 + [b"other"])):
        with pytest.raises(inbox.NotTheSame):
            inbox.refuse_if_different(PAGE, other)
    short = (200, [b"text"] * 49)
    with pytest.raises(inbox.NotTheSame):
        inbox.refuse_if_different(short, short)


@pytest.fixture
def operator(committed, officer):
    yield officer(Duty.OP)
    with connection.schema_editor() as editor:
        editor.delete_model(threads.PlainConversation)
        editor.delete_model(threads.PlainMessage)


def test_the_twin_has_the_same_rows_in_clear_and_the_real_table_has_them_sealed(operator):
    threads.fill(operator.ref, 3)
    sealed = queries.own_for(operator, Purpose.TRIAGE)
    plain = threads._plain_for(operator, Purpose.TRIAGE, after="")
    texts = [rules.line_of(threads.text_of(number)) for number in (3, 2, 1)]
    for page in (sealed, plain):
        assert [line.last for line in page.lines] == texts
    assert type(plain.lines[0].conversation) is threads.PlainConversation
    assert type(sealed.lines[0].conversation) is threads.Conversation
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM bench_plainmessage WHERE id = 3")
        assert cursor.fetchone() == (threads.text_of(3),)
        cursor.execute("SELECT body FROM conversations_message WHERE id = 3")
        assert texts[0][:40].encode() not in bytes(cursor.fetchone()[0])


def test_each_page_stands_beside_its_twin_and_the_deep_one_beside_the_first():
    took = {
        (1, inbox.SEALED): [12.0, 14.0, 13.0],
        (1, inbox.PLAIN): [10.0, 10.0, 10.0],
        (100, inbox.SEALED): [26.0],
        (100, inbox.PLAIN): [13.0],
    }
    found: list[Figure] = list(inbox._figures(took, threads=10_000, deep=100))
    assert [figure.ratio for figure in found] == pytest.approx([1.3, 2.0, 2.0])
    assert [figure.met for figure in found] == [True, False, False]
    assert "10,000" in found[0].metric
