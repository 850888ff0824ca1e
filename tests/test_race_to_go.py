"""Twenty hands at one plan: two approve it, three set him off, and he is told the way once."""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

from datetime import timedelta
from functools import partial

import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.access.tests.racing import YES, at_once
from safeconduct.cases import actions as cases
from safeconduct.cases import touching
from safeconduct.cases.models import BurnedPlace, Step
from safeconduct.cases.seized import Kind, Thing
from safeconduct.passage import actions, queries
from safeconduct.passage.models import Plan, Said
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.passage.tests.conftest import (  # noqa: F401  pytest finds the fixture by name
    ON_DUTY,
    PROFILE,
    WORDS,
    Journey,
    country,
)
from safeconduct.post.models import Message as Sent

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def man(committed, officer, touch, country):
    """A man whose case is ready, with everybody on duty; what he does really commits."""
    made = Journey(officer, touch, workers.me, NOON - timedelta(hours=1))
    made.ingest = workers.me(Purpose.INGEST)
    made.begins(country)
    for duty in ON_DUTY:
        made[duty]
    return made


def clicks(man, verb, does, duties, *, each):
    """Return so many clicks of each of them, each with a touch of its own."""
    plan = man.plan()
    return [
        partial(
            does,
            man[duty],
            ref=plan.ref,
            duty=duty,
            proof=man._touch(man[duty], queries.act_for(plan, verb, duty)),
            profile=PROFILE,
            now=man.now,
        )
        for duty in duties
        for _ in range(each)
    ]


def test_a_plan_that_is_drafted_while_the_plans_of_a_seizure_burn_burns_with_the_next(man):
    man.drafts()
    man.proposes()
    seized = partial(cases.say_seized, man[Duty.SUP], Thing(Kind.CASE, man.ref), wall=clock.wall())
    seized(now=man.now)
    draft = partial(
        actions.propose, man[Duty.PLN], ref=man.passage.ref, profile=PROFILE, roads=man.map(),
        wish=man.wish(signs=("turret_back",), answer="Рыжик"), now=man.now,
    )  # fmt: skip
    burn = partial(actions.burn_plans, man.clocks)
    said = at_once([draft, partial(burn, now=man.wait(minutes=1))])
    assert said[1] == YES, said
    assert nothing_broke(said), said
    seized(now=man.now)
    while burn(now=man.now):
        pass
    assert not Plan.objects.filter(burned_at=None).exists()
    assert not BurnedPlace.objects.filter(burned_at=None).exists()
    assert not touching.waiting()


def nothing_broke(said):
    """Return whether each was done or refused: no error of the database reached anybody."""
    return not [each for each in said if ":" in each]


def test_two_of_twenty_approvals_open_a_plan_and_three_of_twenty_one_gos_set_him_off_once(man):
    man.drafts()
    man.proposes()
    man.prepares()
    said = at_once(clicks(man, APPROVE, actions.approve, (Duty.DPC, Duty.LEG), each=10))
    assert [said[:10].count(YES), said[10:].count(YES)] == [1, 1], said
    assert nothing_broke(said), said
    assert man.plan().state == State.OPEN
    assert Step.objects.filter(case__ref=man.ref, target="PLANNED").count() == 1
    man.offers()
    man.agrees()
    man.wait(minutes=50)
    for duty in WORDS:
        man.reads_back(duty)
    man.on_station()
    sent = Sent.objects.count()
    said = at_once(clicks(man, GO, actions.give_go, tuple(WORDS), each=7))
    assert [said[n : n + 7].count(YES) for n in (0, 7, 14)] == [1, 1, 1], said
    assert nothing_broke(said), said
    assert Step.objects.filter(case__ref=man.ref, target="MOVING").count() == 1
    assert (man.plan().gone_at, man.plan().told) == (man.now, 1)
    assert Sent.objects.count() == sent + 1
    an_abort_among_those_who_tell_him_the_way_is_the_last_word(man)


def an_abort_among_those_who_tell_him_the_way_is_the_last_word(man):
    plan = man.plan()
    tell = partial(actions.tell_next, man[Duty.PIL], ref=plan.ref, profile=PROFILE, now=man.now)
    stop = {"ref": plan.ref, "reason": "", "profile": PROFILE, "now": man.now}
    said = at_once([tell, tell, partial(actions.abort, man[Duty.RCV], **stop), tell, tell])
    assert said[2] == YES, said
    assert nothing_broke(said), said
    assert man.case().state == "ABORTED"
    parts = list(Said.objects.filter(plan=plan).values_list("part", flat=True))
    assert len(parts) == len(set(parts))  # no leg was told twice
    man.follows()
    assert Plan.objects.get(pk=plan.pk).state == State.BURNED
    assert cases.was_told(man[Duty.PLN], ref=man.ref, what="sign", value="white_cloth")
