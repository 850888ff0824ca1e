"""What is grave is counted before it is written down."""

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
    yield House(store, Vault(store, Held("two", b"r" * 32)), journal, {}, [ORIGIN], "localhost")
    store.close()
    journal.close()


def test_a_limit_that_could_not_be_written_down_calls_all_the_same(house):
    house.journal.db.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.Error):
        Alarms(house).note("p1", "p1|case")
    assert house.store.mark("limits met") == 1
