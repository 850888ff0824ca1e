"""Whoever may be out there: what he writes is read at once, and what may be written to him."""

from datetime import timedelta

import pytest

from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.conversations.models import Conversation
from safeconduct.passage import actions
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.post import queries as post
from safeconduct.post.models import Message as Sent


def urgency(journey):
    row = journey.conversation
    row.refresh_from_db()
    return row.context, row.tier


def test_from_the_approved_plan_until_he_is_secured_whatever_he_writes_is_read_at_once(journey):
    assert urgency(journey)[0] == ""
    journey.to_agreed()
    assert urgency(journey)[0] == "approved"
    Conversation.objects.filter(pk=journey.conversation.pk).update(tier="soon", reasons=[])
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.goes_ahead(duty)
    assert urgency(journey) == ("in_passage", "now")  # his text that nobody had answered
    Conversation.objects.filter(pk=journey.conversation.pk).update(waiting_since=None, reasons=[])
    journey.says("ок")
    journey.conversation.refresh_from_db()
    assert journey.conversation.reasons == ["in_passage"]
    cases.stop(journey[Duty.RCV], ref=journey.ref, to="CONTACT", now=journey.now)
    assert urgency(journey)[0] == "in_passage"
    journey.goes("SECURED")
    assert urgency(journey) == ("", "now")  # only a person lowers what waits


@pytest.mark.parametrize("to", ["ABORTED", "MISSING"])
def test_one_who_was_stopped_or_lost_is_out_there_still_and_read_at_once(journey, to):
    journey.to_moving()
    cases.stop(journey[Duty.DPC], ref=journey.ref, to=to, now=journey.now)
    assert urgency(journey)[0] == "in_passage"


def test_suspected_force_on_the_way_changes_nothing_in_the_inbox(journey):
    journey.to_moving()
    looked = urgency(journey)
    cases.stop(journey[Duty.SUP], ref=journey.ref, to="DURESS", now=journey.now)
    assert urgency(journey) == looked


def test_a_case_that_begins_anew_on_another_line_is_as_urgent_there(journey):
    journey.to_moving()
    Conversation.objects.filter(pk=journey.conversation.pk).update(state="closed")
    again = journey.says("где вы")
    assert (again.conversation.pk, again.conversation.context) != (journey.conversation.pk, "")
    assert again.conversation.context == "in_passage"


def test_a_reply_on_the_way_waits_for_his_word_while_hold_and_abort_do_not(journey):
    journey.to_moving()
    journey.wait(hours=25)
    person = {"person_ref": journey.conversation.person_ref, "now": journey.now}
    reach = post.reach_of(
        journey[Duty.OP], Purpose.WRITE, reply_after_stop=timedelta(days=1), **person
    )
    assert reach.refusal_code == "post.window"
    before = Sent.objects.count()
    actions.hold(journey[Duty.DPC], ref=journey.plan().ref, profile=PROFILE, now=journey.now)
    assert Sent.objects.count() == before + 1
