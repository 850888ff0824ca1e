"""A disk that is really full: SQLite takes no further page, and undoes the whole transaction."""

from contextlib import contextmanager

import pytest
from conftest import NOON
from django.db import DatabaseError, connection

from safeconduct.cases import actions, queries
from safeconduct.cases.models import Case, Step
from safeconduct.cases.tests.walking import TO_READY
from safeconduct.spool import stops

pytestmark = pytest.mark.usefixtures("committed")
READ = queries.Purpose.READ
MOST_PAGES = 4_294_967_294  # SQLite's own limit


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def no_room_for_a_step():
    """Give the database no page more, and write steps until not one more finds room."""
    run("PRAGMA max_page_count = 1")  # that is, as few as it has already
    try:
        with pytest.raises(DatabaseError, match="full"):
            fill_up()
        yield
    finally:
        run(f"PRAGMA max_page_count = {MOST_PAGES}")


@contextmanager
def no_hold_is_written():
    """Let a hold fail as an error of the disk does: SQLite undoes all that the transaction wrote."""
    run(
        "CREATE TRIGGER no_hold BEFORE INSERT ON post_hold"
        " BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END"
    )
    try:
        yield
    finally:
        run("DROP TRIGGER no_hold")


def fill_up() -> None:
    case = Case.objects.get()
    for number in range(1000, 20_000):
        Step.objects.create(
            case=case,
            seq=number,
            kind="correction",
            source="READY",
            target="READY",
            pair="READY>READY",
            at=NOON,
            by="x",
            people=["a", "b"],
            approvals=2,
        )


@pytest.fixture
def ready(crew, data_folder):
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL the server's disk is another machine's")
    stops.prepare(data_folder)
    crew.opened()
    crew.goes(*TO_READY)
    for duty in ("OP", "SUP"):
        crew.another(duty, 0)
    yield crew
    for stop in stops.in_force(data_folder):
        stops.entered(data_folder, stop.key)


@pytest.mark.parametrize("failing", [no_room_for_a_step, no_hold_is_written])
def test_a_full_disk_loses_no_stop_wherever_it_strikes(ready, failing):
    with failing():
        actions.stop(ready["OP"], ref=ready.ref, to="DURESS", now=ready.now)
        assert queries.state_of(ready["SUP"], READ, ref=ready.ref) == "DURESS"
    actions.enter_stops(ready.clocks, now=ready.wait(minutes=1))
    assert ready.case().state == "DURESS"
