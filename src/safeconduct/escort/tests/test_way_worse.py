"""A danger is reported on the way of somebody who is on it: his commander is called, once, and decides."""

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.cases import queries
from safeconduct.escort import worker
from safeconduct.escort.tests.conftest import LIMITS
from safeconduct.passage import actions as passages
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_repricing import on_the_way


def looks(under_way):
    """Let both workers do what they have to do."""
    passages.reprice(under_way.journey.clocks, profile=PROFILE, now=under_way.now)
    worker._judge_one(
        under_way.me,
        under_way.watched,
        burned=queries.burned_places(),
        now=under_way.now,
        limits=LIMITS,
    )
    return "WAY_WORSE" in under_way.open_alerts()


def called():
    return Call.objects.filter(duty=Duty.DPC, kind="escort.way_worse").count()


def test_a_danger_on_the_way_of_one_under_way_calls_his_commander_once_and_clears_when_it_is_gone(
    under_way,
):
    journey = under_way.journey
    given = {"ref": journey.passage.ref, "profile": PROFILE, "now": under_way.now}
    assert not looks(under_way)
    told = on_the_way(journey) | {"seen_at": int(under_way.now.timestamp())}
    report = passages.report_danger(journey[Duty.PLN], report=told, **given)
    assert looks(under_way)
    assert looks(under_way)
    row = under_way.row().alerts.get(key="WAY_WORSE")
    assert (row.owner, row.unit, row.grave) == ("DPC", "%", True)
    assert called() == 1
    passages.end_danger(journey[Duty.PLN], report=report.ref, **given)
    assert not looks(under_way)
