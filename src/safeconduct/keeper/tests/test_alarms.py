"""What is grave is counted before it is written down, and no flood covers it."""

import sqlite3

import pytest

from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.keeper.vault import Vault


@pytest.fixture
def house(tmp_path):
    """A keeper without its socket."""
    store, journal = Store(tmp_path / "keys.db"), Journal(tmp_path / "keeper-log.db")
    vault, tokens = Vault(store, Held("two", b"r" * 32)), {"web": "w"}
    yield House(store, vault, journal, tokens, [ORIGIN], "localhost")
    store.close()
    journal.close()


def test_a_limit_that_could_not_be_written_down_calls_all_the_same(house):
    house.journal.db.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.Error):
        Alarms(house).note("p1", "p1|case")
    assert house.store.mark("limits met") == 1


def test_invented_columns_are_one_alarm_a_minute(house):
    alarms, web = Alarms(house), {"worker": "web", "token": "w", "compartment": "programme"}
    for name in "abcdefgh":
        alarms.changed({**web, "column": f"cases.Step.{name}"})
    assert house.store.mark("limits met") == 1


def test_no_flood_of_limits_and_drills_pushes_off_who_signed_in_under_force(house):
    alarms = Alarms(house)
    house.write_down("p1", "signed in by passkey, under force", ["p1"])
    for each in range(60):
        alarms.note("p2", f"p2|{each}")
        house.write_down("p2", "told a drill of force", ["p2"])
    said = [verb for _, _, _, verb, _ in house.journal.grave(0)]
    assert len(said) == 51
    assert said[-1] == "signed in by passkey, under force"
