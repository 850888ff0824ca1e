"""No difference of two rows, columns, months or looks gives back what a small cell hides.

If all pages that anybody ever saw are the same for every value of a small cell, nothing on them
tells its value. That is tried on the real tables, for cells of each kind and month.
"""

from contextlib import contextmanager
from datetime import date

import pytest
from conftest import NOON
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.access.rules import Duty, Purpose
from safeconduct.cells import total
from safeconduct.situation import queries
from safeconduct.situation.models import EarlierTotal
from safeconduct.situation.rules import OURS

pytestmark = pytest.mark.django_db
MONTHS = [date(2026, month, 1) for month in (6, 7, 8)]
small = st.integers(0, 9)
months = st.lists(st.integers(0, 40), min_size=len(MONTHS), max_size=len(MONTHS))
tables = st.fixed_dictionaries(dict.fromkeys(OURS, months))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def looks(officer, table, ledger):
    """Return the funnel as it stands before, and after each month's records are confirmed."""
    ours = {kind: total(kind, counts) for kind, counts in ledger.items()}
    seen = []
    with undone():
        for n, month in enumerate((None, *MONTHS)):
            for kind in OURS if month else ():
                EarlierTotal.objects.create(
                    counts=kind, month=month, count=table[kind][n - 1], record_sha256="a" * 64,
                    entered_by="a", entered_at=NOON, confirmed_by="b", confirmed_at=NOON,
                )  # fmt: skip
            lines = queries.funnel(officer, Purpose.READ, ours=ours)
            seen.append(
                [(line.kind, str(line.before), line.until, str(line.ours)) for line in lines]
            )
    return seen


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    table=tables,
    ledger=tables,
    cell=st.tuples(st.sampled_from(OURS), st.integers(0, len(MONTHS) - 1), st.booleans()),
    values=st.tuples(small, small),
)
def test_all_looks_at_the_funnel_are_the_same_whatever_a_small_cell_holds(
    reader, table, ledger, cell, values
):
    kind, which, in_ledger = cell
    seen = []
    for few in values:
        changed = (ledger if in_ledger else table)[kind]
        told = {kind: [*changed[:which], few, *changed[which + 1 :]]}
        both = (table, ledger | told) if in_ledger else (table | told, ledger)
        seen.append(looks(reader, *both))
    assert seen[0] == seen[1]


@pytest.fixture
def reader(officer):
    return officer(Duty.SUP)
