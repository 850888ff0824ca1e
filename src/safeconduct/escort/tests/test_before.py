"""Before he sets out: the area is asked for and acknowledged while the plan is still a draft."""

import pytest

from safeconduct.access.rules import Duty
from safeconduct.escort import actions, queries
from safeconduct.escort.tests.conftest import LIMITS, Overwatch, evidence
from safeconduct.geo import Point, inside
from safeconduct.passage import actions as passage
from safeconduct.refusal import Refused


@pytest.fixture
def overwatch(journey):
    return Overwatch(journey)


def test_without_a_plan_there_is_nothing_to_protect(overwatch):
    overwatch.journey.drafts()
    with pytest.raises(Refused, match="no living plan"):
        actions.request_area(
            overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
        )


def test_the_area_lies_round_both_ways_and_its_shape_is_sealed(overwatch):
    overwatch.journey.drafts()
    overwatch.journey.proposes()
    area = actions.request_area(
        overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
    )
    again = actions.request_area(
        overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
    )
    assert again.ref == area.ref
    keys = overwatch.keys()
    ring = [Point(lat / 1e7, lon / 1e7) for lat, lon in queries.ring_in(area, keys)]
    for way in overwatch.journey.content()["ways"].values():
        assert all(inside(Point(lat / 1e7, lon / 1e7), ring) for lat, lon in way["line_e7"])
    assert area.marker not in {area.ref, overwatch.ref, overwatch.journey.ref}


def test_nobody_says_by_a_form_that_fires_acknowledged_and_with_an_area_they_do(
    overwatch, client_of
):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.drafts()
    plan, browser = journey.proposes(), client_of(fires)
    for kind in ("no_fire_ack", "no_fire_again"):
        with pytest.raises(Refused, match="in force"):
            passage.record(fires, ref=plan.ref, kind=kind, now=overwatch.now)
        by_hand = browser.post(f"/cases/{journey.ref}/record/", {"kind": kind})
        assert 'data-refusal="case.no_area"' in by_hand.content.decode()
    assert not evidence(journey) & {"no_fire_ack", "no_fire_again"}
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" in evidence(journey)


def test_an_area_that_has_ended_is_acknowledged_by_nobody(overwatch):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.drafts()
    journey.proposes()
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.end_area(fires, area=area.ref, reason="", now=overwatch.now)
    with pytest.raises(Refused, match="has ended"):
        actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" not in evidence(journey)


def test_an_acknowledgement_is_evidence_before_the_plan_and_again_before_go(overwatch):
    overwatch.journey.drafts()
    overwatch.journey.proposes()
    fires = overwatch[Duty.FCO]
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" in evidence(overwatch.journey)
    overwatch.journey.prepares()
    overwatch.journey.approves(Duty.DPC)
    overwatch.journey.approves(Duty.LEG)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_again" in evidence(overwatch.journey)
