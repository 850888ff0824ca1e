"""One plan that cannot be priced or searched keeps no other waiting, and its people are called."""

from datetime import timedelta

import pytest

from safeconduct.access import keyring
from safeconduct.access.boxes import Box
from safeconduct.access.keyring import DANGERS
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.envelope import canonical
from safeconduct.passage import actions, dangers, queries, verdicts
from safeconduct.passage.actions.repricing import begin_pricing
from safeconduct.passage.models import Passage, Plan, Repricing
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_repricing import reported
from safeconduct.passage.verdicts import Verdict
from safeconduct.refs import new_ref


def without(key):
    return lambda content: {name: each for name, each in content.items() if name != key}


def kept(content):
    return content


def put_beside(journey, spoil):
    """Put another's plan into the tables, agreed, so that it comes first; its content is spoiled."""
    where = keyring.new_compartment(journey.clocks, now=journey.now)
    keys = keyring.open_fields(journey.clocks, Purpose.CLOCKS, [where, DANGERS], ["pos"])
    own, box = new_ref(), {"field": queries.REQUEST, "kind": "pos", "compartment": where}
    passage = Passage.objects.create(
        ref=own, case_ref=new_ref(), person_ref=new_ref(), compartment=where,
        opened_by="PER:x", opened_at=journey.now, request=keys.seal("{}", **box, ref=own),
    )  # fmt: skip
    ref, content = new_ref(), journey.content()
    box = keys.seal(
        canonical(spoil(content)), field=queries.CONTENT, kind="pos", compartment=where, ref=ref
    )
    plan = Plan.objects.create(
        ref=ref, passage=passage, number=1, state=State.AGREED, content=box, digest=bytes(32),
        language="ru", made_by="PER:x", made_at=journey.now, approved_at=journey.now,
        offered_at=journey.now, agreed_at=journey.now,
    )  # fmt: skip
    begin_pricing(plan, content, dangers.to_price_with(journey.clocks), keys)
    return plan


@pytest.fixture
def planned(journey):
    journey.drafts()
    journey.proposes()
    return journey


def prices(journey):
    while actions.reprice(journey.clocks, profile=PROFILE, now=journey.now):
        pass


def of(plan):
    return Repricing.objects.get(plan=plan)


def called():
    return Call.objects.filter(duty=Duty.PLN, kind="passage.not_priced").count()


@pytest.mark.parametrize("spoil", [without("driven"), without("ways")])
def test_a_plan_that_cannot_be_priced_is_flagged_and_the_others_are_priced(planned, spoil):
    bad = put_beside(planned, spoil)
    reported(planned)
    prices(planned)
    assert of(planned.plan()).verdict == Verdict.WORSE
    row = of(bad)
    assert (row.verdict, row.front_due) == (Verdict.UNKNOWN, False)
    assert called() == 1
    assert Entry.objects.filter(verb="passage.not priced", subject=bad.passage.ref).count() == 1
    assert "could not be worked out" in str(dangers.may_go_on(bad))
    assert queries.way_now(bad.ref)[0]
    actions.search_anew(planned.clocks, roads=planned.map(), now=planned.now)
    assert of(planned.plan()).front_at == planned.now


def test_a_sound_plan_beside_is_priced_like_the_others_and_nobody_is_called(planned):
    good = put_beside(planned, kept)
    reported(planned)
    prices(planned)
    assert of(good).verdict == of(planned.plan()).verdict == Verdict.WORSE
    assert called() == 0


def test_a_plan_whose_box_was_changed_or_whose_keys_are_not_given_keeps_no_other_waiting(planned):
    changed, closed = put_beside(planned, kept), put_beside(planned, kept)
    other = bytes([*changed.content[:-1], changed.content[-1] ^ 1])
    box = Box(other, column=queries.CONTENT, ref=changed.ref, fresh=True)
    Plan.objects.filter(pk=changed.pk).update(content=box)
    Passage.objects.filter(pk=closed.passage.pk).update(compartment="nowhere")
    reported(planned)
    prices(planned)
    assert of(planned.plan()).verdict == Verdict.WORSE
    assert {of(changed).verdict, of(closed).verdict} == {Verdict.UNKNOWN}


def test_what_could_not_be_priced_is_tried_again_a_minute_later_and_calls_nobody_twice(planned):
    bad = put_beside(planned, without("driven"))
    reported(planned)
    prices(planned)
    planned.wait(minutes=2)
    assert actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)
    assert not actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)
    assert of(bad).at == planned.now
    assert called() == 1


def test_a_plan_that_cannot_be_searched_is_flagged_and_the_others_are_searched(planned, client_of):
    bad = put_beside(planned, without("start_e7"))
    reported(planned)
    prices(planned)
    while actions.search_anew(planned.clocks, roads=planned.map(), now=planned.now):
        pass
    assert (of(planned.plan()).front_due, of(planned.plan()).front_failed) == (False, False)
    assert (of(bad).front_due, of(bad).front_failed, of(bad).front_at) == (False, True, planned.now)
    assert called() == 1
    assert bad.ref in {
        plan.ref for plan in dangers.fronts_due(now=planned.now + timedelta(minutes=1))
    }
    Repricing.objects.filter(plan=planned.plan()).update(front_failed=True)
    page = client_of(planned[Duty.PLN]).get(f"/passage/{planned.passage.ref}/").content.decode()
    assert 'data-kind="passage.unsearched"' in page


def test_the_page_of_a_plan_that_could_not_be_priced_says_so_and_shows_no_figure(
    planned, client_of
):
    Repricing.objects.filter(plan=planned.plan()).update(verdict=Verdict.UNKNOWN)
    page = client_of(planned[Duty.DPC]).get(f"/passage/{planned.passage.ref}/").content.decode()
    assert 'data-state="UNKNOWN"' in page
    assert "figure for the way is" not in page


def test_whoever_was_called_for_one_reason_is_called_for_the_next():
    known = {"told_of": ["a"], "knew": []}
    for old, new, heard in (
        (Verdict.SAME, Verdict.UNKNOWN, True),
        (Verdict.UNKNOWN, Verdict.UNKNOWN, False),
        (Verdict.WORSE, Verdict.UNKNOWN, True),
        (Verdict.UNKNOWN, Verdict.WORSE, True),
        (Verdict.WORSE, Verdict.BARRED, True),
        (Verdict.BARRED, Verdict.WORSE, False),
        (Verdict.UNKNOWN, Verdict.SAME, False),
    ):
        assert verdicts.calls(new, ["a"], old=old, **known) is heard
