"""A place burns near where somebody on the way is to be met: his commander is called at once."""

import pytest

from safeconduct import clock
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases import queries
from safeconduct.cases.seized import Kind, Thing
from safeconduct.escort import worker
from safeconduct.escort.tests.conftest import LIMITS
from safeconduct.geo import moved
from safeconduct.passage.tests.test_burned_since import tells_another


def looks(under_way):
    """Let the worker judge once, as it does whenever something changed."""
    worker._judge_one(
        under_way.me,
        under_way.watched,
        burned=queries.burned_places(),
        now=under_way.now,
        limits=LIMITS,
    )
    return "PLACE_BURNED" in under_way.open_alerts()


def called():
    return Call.objects.filter(duty=Duty.DPC, kind="escort.place_burned").count()


def near(under_way, beside_m):
    """Let another man be told a place so far from where he is met; return that man."""
    place = under_way.watched.agreed.meeting_place
    return tells_another(under_way.journey, moved(place, east_m=beside_m, north_m=0))


@pytest.mark.parametrize(("beside_m", "alert"), [(480, True), (520, False)])
def test_another_mans_way_ends_badly_within_500_metres_of_his_meeting_place(
    under_way, beside_m, alert
):
    another = near(under_way, beside_m)
    assert not looks(under_way)
    another.goes("ABORTED")
    assert looks(under_way) is alert
    assert called() == int(alert)
    if alert:
        row = under_way.row().alerts.get(key="PLACE_BURNED")
        assert (row.owner, row.unit, row.limit) == ("DPC", "m", 500)
        assert row.measured == pytest.approx(beside_m, abs=2)


def test_it_is_said_once_and_stands_until_the_passage_ends(under_way):
    for another in [near(under_way, beside_m) for beside_m in (400, 480)]:
        another.goes("ABORTED")
        assert looks(under_way)
    assert under_way.row().alerts.filter(key="PLACE_BURNED").count() == 1
    assert called() == 1


def test_what_burns_while_he_is_missing_is_said_when_he_is_sighted_again(under_way):
    another = near(under_way, 480)
    under_way.journey.goes("MISSING")
    another.goes("ABORTED")
    assert not looks(under_way)
    under_way.journey.goes("SIGHTED")
    assert looks(under_way)
    assert called() == 1


def test_something_seized_that_knew_his_own_way_is_said_even_with_the_keeper_gone(
    under_way, keeper
):
    supervisor = under_way[Duty.SUP]
    assert not looks(under_way)
    keeper.kill()
    try:
        thing = Thing(Kind.CASE, under_way.journey.ref)
        cases.say_seized(supervisor, thing, now=under_way.now, wall=clock.wall())
        assert looks(under_way)
    finally:
        keeper.start()
    assert called() == 1
    assert under_way.row().alerts.get(key="PLACE_BURNED").measured == 0


def test_of_one_who_may_be_forced_it_is_not_said(under_way):
    under_way.journey.goes("DURESS")
    assert not looks(under_way)
    assert called() == 0
