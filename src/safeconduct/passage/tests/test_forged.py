"""One real touch beside rows that nobody signed: no plan opens, and nobody sets off."""

from safeconduct.access.rules import Duty
from safeconduct.access.tests import forging
from safeconduct.passage import queries
from safeconduct.passage.models import Said
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.post.models import Message
from safeconduct.post.rules import Kind


def forges(journey, verb, *duties):
    """Put yeses of people on duty into the table, as whoever owns the database can."""
    plan = journey.plan()
    for duty in duties:
        digest = queries.act_for(plan, verb, duty).digest
        forging.insert(plan.ref, journey[duty], digest=digest, verb=verb, duty=duty, at=journey.now)


def test_one_touch_beside_a_forged_yes_opens_no_plan(journey):
    journey.drafts()
    journey.proposes()
    journey.prepares()
    forges(journey, APPROVE, Duty.LEG)
    assert journey.approves(Duty.DPC).state == State.ONE_OF_TWO
    assert journey.approves(Duty.LEG, number=1).state == State.OPEN


def test_one_touch_beside_two_forged_goes_sets_nobody_off_and_tells_him_nothing(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    told = Said.objects.count()
    forges(journey, GO, Duty.DPC, Duty.FCO)
    assert journey.goes_ahead(Duty.RCV).gone_at is None
    assert (journey.case().state, Said.objects.count()) == ("AGREED", told)
    assert not Message.objects.filter(kind=Kind.INSTRUCTION).exists()
    for duty in (Duty.DPC, Duty.FCO):
        journey.reads_back(duty, 1, words=f"{duty}: white cloth, at the first place, at noon")
        journey.goes_ahead(duty, 1)
    assert journey.case().state == "MOVING"
