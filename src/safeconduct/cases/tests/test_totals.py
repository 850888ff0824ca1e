"""What may be counted of cases, and that the few are not shown."""

import pytest

from safeconduct.cases import actions, totals
from safeconduct.cases.tests.walking import TO_CUSTODY, TO_READY
from safeconduct.refs import new_ref

pytestmark = pytest.mark.django_db


def test_claim_types_are_counted_apart_and_one_life_counts_in_several(crew):
    crew.opened()
    crew.goes(*TO_CUSTODY)
    told = {kind: cell._count for kind, cell in totals.by_kind().items()}
    assert told == {"application": 1, "verified": 1, "waiting": 0, "crossed": 1, "in_custody": 1}


def test_a_count_under_ten_shows_no_figure(crew):
    for _ in range(9):
        actions.open_case(
            crew.clocks, person_ref=new_ref(), compartment="c", now=crew.now, state="WALK_IN"
        )
    assert "9" not in str(totals.by_kind()["crossed"])
    actions.open_case(
        crew.clocks, person_ref=new_ref(), compartment="c", now=crew.now, state="WALK_IN"
    )
    assert "10" in str(totals.by_kind()["crossed"])


def test_suspected_force_moves_no_count(crew):
    crew.opened()
    crew.goes(*TO_READY[:3])
    before = str(totals.by_kind())
    actions.stop(crew["OP"], ref=crew.ref, to="DURESS", now=crew.now)
    assert str(totals.by_kind()) == before
