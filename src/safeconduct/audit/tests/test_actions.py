import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from safeconduct.audit import queries, rules
from safeconduct.audit.actions import LOG, record
from safeconduct.audit.models import Entry, Tree

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def write(count, *, who="p1"):
    for number in range(count):
        with transaction.atomic():
            record(who, "case.opened", ref=f"case{number}", now=NOON)


@pytest.mark.django_db
def test_an_entry_says_who_did_what_and_the_head_covers_it():
    before = queries.head().size
    write(3)
    head = queries.head()
    assert head.size == before + 3
    newest = queries.latest(count=1)[0]
    assert (newest.who, newest.verb, newest.subject, newest.at) == (
        "p1",
        "case.opened",
        "case2",
        NOON,
    )
    assert rules.grow(queries.leaves(since=0, until=head.size)).root() == head.root


@pytest.mark.django_db
def test_an_act_that_rolls_back_was_never_written():
    before = queries.head()
    with transaction.atomic():
        record("p1", "case.opened", ref="case1", now=NOON)
        transaction.set_rollback(True)
    assert queries.head() == before


@pytest.mark.usefixtures("committed")
def test_outside_a_transaction_nothing_is_written():
    with pytest.raises(RuntimeError, match="atomic"):
        record("p1", "case.opened", ref="case1", now=NOON)
    assert queries.head().size == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "touch",
    [
        lambda: Entry.objects.update(who="somebody else"),
        lambda: Entry.objects.all().delete(),
        lambda: Tree.objects.update(size=1),
        lambda: Tree.objects.all().delete(),
        lambda: Entry.objects.create(
            seq=queries.head().size + 1,
            at_us=0,
            who="x",
            verb="x",
            subject="x",
            digest=b"",
            leaf=b"",
        ),
    ],
    ids=["changed", "removed", "shortened", "tree removed", "one skipped"],
)
def test_the_database_itself_lets_no_entry_be(touch):
    write(2)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        touch()


@pytest.mark.django_db
def test_entries_are_found_by_ref_and_by_person_newest_first_and_by_page():
    write(3, who="p7")
    assert [entry.subject for entry in queries.latest(ref="p7")] == ["case2", "case1", "case0"]
    newest = queries.latest(ref="case2")[0]
    assert newest.who == "p7"
    older = queries.latest(ref="p7", before=newest.seq, count=1)
    assert [entry.subject for entry in older] == ["case1"]


@pytest.mark.usefixtures("committed")
def test_people_who_act_at_once_leave_one_order_without_a_gap():
    barrier, failed = threading.Barrier(4), []

    def act(who):
        try:
            barrier.wait(10)
            write(10, who=who)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            failed.append(error)
        finally:
            connection.close()

    hands = [threading.Thread(target=act, args=(f"p{i}",)) for i in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert failed == []
    head = queries.head()
    assert head.size == 40
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(40))
    told = [
        rules.Told(e.seq, e.at_us, e.who, e.verb, e.subject, bytes(e.digest)).leaf(LOG)
        for e in entries
    ]
    assert rules.grow(told).root() == head.root
