import pytest

from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import Vault
from safeconduct.refusal import Refused


class Later(House):
    """A house whose wall clock the test sets: the clock is the world's edge."""

    at = 1_000

    def wall(self):
        return self.at


@pytest.fixture
def house(tmp_path):
    store = Store(tmp_path / "keys.db")
    journal = Journal(tmp_path / "keeper-log.db")
    yield Later(store, Vault(store, Held("two", b"r" * 32)), journal, {}, [], "localhost")
    store.close()
    journal.close()


def test_a_challenge_counts_once_for_its_use_in_its_context_and_in_time(house):
    nonce, until = house.mint("act", b"plan7", lives_s=60)
    for use, context in (("login", b"plan7"), ("act", b"plan8")):
        with pytest.raises(Refused, match="another question"):
            house.spend(nonce, use, context)
    assert house.spend(nonce, "act", b"plan7") == until == 1_060
    with pytest.raises(Refused, match="used before"):
        house.spend(nonce, "act", b"plan7")


def test_a_challenge_is_late_a_second_after_its_end(house):
    first, _ = house.mint("act", b"", lives_s=60)
    second, _ = house.mint("act", b"", lives_s=60)
    house.at = 1_060
    house.spend(first, "act", b"")
    house.at = 1_061
    with pytest.raises(Refused, match="too late"):
        house.spend(second, "act", b"")


def test_a_used_challenge_is_refused_until_it_would_be_late_anyway(house):
    nonce, _ = house.mint("act", b"", lives_s=60)
    house.spend(nonce, "act", b"")
    for _ in range(3):
        other, _ = house.mint("act", b"", lives_s=1)
        house.spend(other, "act", b"")
        house.at += 15
    with pytest.raises(Refused, match="used before"):
        house.spend(nonce, "act", b"")


def test_a_transaction_that_breaks_leaves_nothing(house):
    with pytest.raises(ZeroDivisionError):
        _half_write(house)
    assert house.store.mark("half") == 0
    house.store.set_mark("half", 1)
    assert house.store.mark("half") == 1


def _half_write(house):
    with house.store.write() as db:
        db.execute("INSERT INTO mark VALUES ('half', 7)")
        raise ZeroDivisionError
