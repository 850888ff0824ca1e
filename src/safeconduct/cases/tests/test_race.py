"""Twenty hands at one step: it is taken once, by as many different people as it needs."""

from functools import partial

import pytest

from safeconduct.access.models import Approval
from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import HANDS, YES, at_once
from safeconduct.cases import actions
from safeconduct.cases.actions.steps import act_of
from safeconduct.cases.models import Proposal, Step
from safeconduct.cases.tests.walking import PROFILE, TO_READY

pytestmark = pytest.mark.usefixtures("committed")


def verifying(crew):
    """A case whose next step takes two people, with that step put up; return those two."""
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    return crew.propose("STANDBY"), crew.yeses("STANDBY")


def yeses(crew, proposal, people, *, each):
    """Return so many clicks of everybody, each with a touch of its own."""
    return [
        partial(
            actions.approve,
            who,
            proposal=proposal.ref,
            duty=duty,
            proof=crew._touch(who, act_of(proposal, duty)),
            profile=PROFILE,
            now=crew.now,
        )
        for who, duty in people
        for _ in range(each)
    ]


def entered(crew):
    """Enter what was in force from the spool: on a busy machine twenty may hold a case for long."""
    while actions.enter_stops(crew.clocks, now=crew.now):
        pass


def test_of_twenty_yeses_to_a_step_for_two_exactly_two_count_and_it_is_taken_once(crew):
    proposal, people = verifying(crew)
    said = at_once(yeses(crew, proposal, people, each=HANDS // 2))
    assert said.count(YES) == 2, said
    assert [said[:10].count(YES), said[10:].count(YES)] == [1, 1]
    assert set(said) <= {YES, "approve.twice", "Absent"}, said
    step = Step.objects.get(case__ref=crew.ref, target="STANDBY")
    assert len(set(step.people)) == 2
    given = Approval.objects.filter(subject__ref=proposal.ref).values_list("person__ref", flat=True)
    assert sorted(given) == sorted(step.people)
    assert crew.case().version == step.seq


def test_a_stop_among_twenty_yeses_is_always_taken_and_is_the_last_word(crew):
    proposal, people = verifying(crew)
    stop = partial(actions.stop, crew[Duty.OP], ref=crew.ref, to="DECLINED", now=crew.now)
    said = at_once([*yeses(crew, proposal, people, each=HANDS // 2), stop])
    assert said[-1] == YES, said
    assert set(said) <= {YES, "approve.twice", "Absent"}, said
    entered(crew)
    assert crew.case().state == "DECLINED"
    steps = list(crew.case().steps.order_by("seq").values_list("target", flat=True))
    assert steps[-1] == "DECLINED"
    assert steps.count("DECLINED") == 1
    assert steps.count("STANDBY") <= 1


def test_twenty_who_set_him_off_at_once_set_him_off_once(crew):
    crew.opened()
    crew.goes(*TO_READY, "PLANNED", "AGREED")
    crew.brings_all("MOVING")
    subject, digest = crew.paper("MOVING")
    go = partial(
        actions.advance, crew[Duty.DPC], ref=crew.ref, to="MOVING", profile=PROFILE,
        now=crew.now, subject=subject, digest=digest,
    )  # fmt: skip
    said = at_once([go] * HANDS)
    assert said.count(YES) == 1, said
    assert set(said) == {YES, "case.no_way"}, said
    step = Step.objects.get(case__ref=crew.ref, target="MOVING")
    assert len(set(step.people)) == 3
    stops = [
        partial(actions.stop, crew[Duty.DPC], ref=crew.ref, to="ABORTED", now=crew.now)
    ] * HANDS
    at_once(stops)
    entered(crew)
    assert crew.case().state == "ABORTED"
    assert Step.objects.filter(case__ref=crew.ref, target="ABORTED").count() == 1


def test_a_step_put_up_twenty_times_at_once_is_up_once(crew):
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    who = crew.yeses("STANDBY")[0][0]
    put = partial(actions.propose, who, ref=crew.ref, to="STANDBY", profile=PROFILE, now=crew.now)
    assert at_once([put] * HANDS) == [YES] * HANDS
    assert Proposal.objects.filter(case__ref=crew.ref).count() == 1
