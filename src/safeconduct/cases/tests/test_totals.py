"""What may be counted of cases, and that the few are not shown."""

from datetime import timedelta

import pytest
from conftest import NOON

from safeconduct.cases import actions, totals
from safeconduct.cases.models import Case, Step
from safeconduct.cases.tests.walking import TO_CUSTODY, TO_READY
from safeconduct.refs import new_ref

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=30)  # the month of NOON has been over for 14 days and more


def shown(now):
    return {kind: str(cell) for kind, cell in totals.by_kind(now=now).items()}


def walk_in(crew, *, now, count=1):
    for _ in range(count):
        actions.open_case(
            crew.clocks, person_ref=new_ref(), compartment="c", now=now, state="WALK_IN"
        )


def stand(crew, state, *, at, count):
    """Let people stand in a state from `at` on, by steps that are on record."""
    for _ in range(count):
        ref = actions.open_case(crew.clocks, person_ref=new_ref(), compartment="c", now=at)
        moves(Case.objects.get(ref=ref), "ENQUIRY", state, at=at)


def moves(case, source, target, *, at):
    Step.objects.create(
        case=case, seq=case.steps.count() + 1, kind="correction", source=source, target=target,
        pair=f"{source}>{target}", at=at, by="x", people=["x", "y"], approvals=2,
    )  # fmt: skip


def test_one_life_counts_in_several_claim_types_once_in_each(crew):
    walk_in(crew, now=NOON, count=9)
    stand(crew, "STANDBY", at=NOON, count=9)
    stand(crew, "IN_CUSTODY", at=NOON, count=9)
    stand(crew, "APPLIED", at=NOON, count=9)
    few = dict.fromkeys(totals.ORDER, "<10")
    assert shown(LATER) == few
    crew.opened()
    crew.goes(*TO_CUSTODY)
    counted = {"application", "verified", "crossed", "in_custody"}  # he waits no more
    assert shown(LATER) == few | dict.fromkeys(counted, "10–19")


def test_a_count_under_ten_shows_no_figure(crew):
    walk_in(crew, now=NOON, count=9)
    assert shown(LATER)["crossed"] == "<10"
    walk_in(crew, now=NOON)
    assert shown(LATER)["crossed"] == "10–19"


def test_a_month_is_counted_when_it_has_been_over_for_fourteen_days(crew):
    walk_in(crew, now=NOON, count=20)
    assert shown(NOON)["crossed"] == "—"
    assert shown(NOON.replace(month=12, day=14))["crossed"] == "—"
    assert shown(NOON.replace(month=12, day=15, hour=0))["crossed"] == "20–29"


def test_months_are_rounded_before_they_are_added_so_that_the_few_of_one_cannot_be_read_off(crew):
    walk_in(crew, now=NOON, count=19)
    walk_in(crew, now=NOON + timedelta(days=20), count=4)
    assert shown(LATER + timedelta(days=31))["crossed"] == "10–28"


def test_who_waits_for_three_months_is_counted_once(crew):
    stand(crew, "STANDBY", at=NOON, count=10)
    for months in range(3):
        assert shown(LATER + timedelta(days=30 * months))["waiting"] == "10–19"
    for case in Case.objects.all()[:5]:
        moves(case, "STANDBY", "DECLINED", at=NOON + timedelta(days=20))
    assert shown(LATER)["waiting"] == "10–19"
    assert shown(LATER + timedelta(days=31))["waiting"] == "<10"
    assert shown(LATER + timedelta(days=31))["verified"].startswith("10–")


def test_suspected_force_moves_no_count(crew):
    stand(crew, "STANDBY", at=NOON, count=9)
    crew.opened()
    crew.goes(*TO_READY[:3])
    before = shown(LATER)
    assert before["waiting"] == "10–19"
    actions.stop(crew["OP"], ref=crew.ref, to="DURESS", now=crew.now)
    assert shown(LATER) == before
