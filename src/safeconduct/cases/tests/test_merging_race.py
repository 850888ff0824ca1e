"""Two mergings at once take the two cases in one order, whichever is merged into which."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from safeconduct.access.tests.racing import PATIENCE_S, until_somebody_waits
from safeconduct.cases.models import Case, Merge, Proposal
from safeconduct.cases.tests.test_merging import Pair

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def pair(crew):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: no two acts wait for each other")
    return Pair(crew)


def free_meanwhile(ref, held, act):
    """Return whether the case `ref` is free while `act` waits for the case `held`; then `act` is done."""
    done = []

    def acts():
        act()
        done.append(True)
        connection.close()

    other = threading.Thread(target=acts)
    with transaction.atomic():
        assert Case.objects.select_for_update().get(ref=held)
        other.start()
        until_somebody_waits()
        free = list(Case.objects.select_for_update(skip_locked=True).filter(ref=ref))
    other.join(PATIENCE_S)
    assert done
    return bool(free)


def test_whoever_merges_holds_no_case_while_he_waits_for_an_older_one(pair):
    assert free_meanwhile(pair.walk_in, pair.earlier, pair.puts_up)
    proposal = Proposal.objects.get(verb="merge")
    for duty in ("RCP", "VER"):
        assert free_meanwhile(pair.walk_in, pair.earlier, partial(pair.yes, duty, proposal))
    assert Merge.objects.count() == 1
