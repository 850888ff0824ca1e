"""What a unit is told on paper: of the plan that lives, once two have approved it, without place or hour."""

from dataclasses import asdict

import pytest

from safeconduct.access.rules import Absent, Duty
from safeconduct.passage import actions
from safeconduct.passage.briefing import briefing_for, may_print
from safeconduct.passage.disclosing import Stage
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused


def told(journey, duty=Duty.RCV):
    return briefing_for(journey[duty], case_ref=journey.ref)


def test_the_page_is_printed_of_the_plan_that_lives_and_of_no_other(journey):
    journey.drafts()
    journey.proposes()
    with pytest.raises(Refused, match="once two have approved"):
        told(journey)
    journey.prepares()
    for duty in (Duty.DPC, Duty.LEG):
        journey.approves(duty)
    page = told(journey)
    assert (page.heads, page.answer) == (1, "Мухтар")
    content, said = journey.content(), str(asdict(page))
    for place in content["places"].values():
        assert not [name for name in place["names"].values() if name and name in said]
        assert str(place["lat_e7"])[:5] not in said
    assert str(content["starts_at"]) not in said
    actions.withdraw(journey[Duty.PLN], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    with pytest.raises(Absent):
        told(journey)


def test_it_is_for_whoever_may_read_the_places_and_for_nobody_who_was_not_let_in(journey, officer):
    journey.to_open()
    with pytest.raises(Absent):
        briefing_for(officer(Duty.RCV), case_ref=journey.ref)
    assert may_print({Duty.RCV}, Stage(approved=False)) is not None
    assert may_print({Duty.OP}, Stage(approved=True)) is not None
    assert may_print({Duty.RCP}, Stage(approved=True)) is None
