"""Random lives of three men and of the places they are told: real acts, the real list, one model.

The model knows metres on a plane and three sentences: a place that was told is used up; told and
gone wrong it takes 500 metres with it; nothing but time spent in this test forgets either.
"""

from dataclasses import dataclass
from math import hypot

import pytest
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from safeconduct.access.rules import MAY_BE_MEMBER, Duty
from safeconduct.cases import actions
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import BurnedPlace, Case, Proposal
from safeconduct.cases.rules import ENDED_BY, TOLD
from safeconduct.cases.tests.walking import PROFILE, TO_READY, Crew
from safeconduct.geo import Point, moved
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
# Four squares of the list's grid meet here: what is near often lies in another one.
CORNER = Point(5689 * 0.009, 1933 * 0.018)
BURNED_M, SAME_M = 500.0, 50.0
# Some are one place (42 m), some are not (60 m), some lie just within 500 m, some just beyond.
OFFSETS_M = sorted({sign * east for sign in (-1, 1) for east in (0, 30, 60, 250, 496, 504)})
ASKED_M = (0, 497, 503)
MEN = 3
ON = {"PLANNED": "AGREED", "AGREED": "MOVING", "MOVING": "SIGHTED"}


def at(east_m: float, north_m: float) -> Point:
    return moved(CORNER, east_m=east_m, north_m=north_m)


@dataclass
class Place:
    """A place that somebody was told."""

    east_m: float
    north_m: float
    man: Crew
    burned: bool = False
    met: bool = False

    def takes(self, east_m: float, north_m: float) -> bool:
        """Return whether nobody else may be led there because of this place."""
        reach_m = BURNED_M if self.burned else SAME_M
        return hypot(east_m - self.east_m, north_m - self.north_m) <= reach_m


class Pool:
    """Men with an approved plan. Who was erased is gone for good, as his key is; another comes."""

    def __init__(self, crew: Crew) -> None:
        self.crew, self.start = crew, crew.now
        for duty in sorted(MAY_BE_MEMBER):
            crew[duty]
        self.men = [self.planned() for _man in range(MEN)]

    def planned(self) -> Crew:
        man = Crew(self.crew._hire, self.crew._touch, lambda _purpose: self.crew.clocks, self.start)
        man._people = self.crew._people
        man.opened()
        man.goes(*TO_READY, "PLANNED")
        return man


class Places(RuleBasedStateMachine):
    """Three men at once; each rule is one thing that befalls one of them, or all."""

    offset_st = st.sampled_from(OFFSETS_M)

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool, self.asked = pool, 0
        self.places: list[Place] = []
        self.undone = transaction.atomic()
        self.undone.__enter__()
        for man in pool.men:
            man.now = pool.start
        self.went()

    def teardown(self) -> None:
        try:
            for each in self.places:
                for far_m in ASKED_M:
                    self.looks(each, far_m)
        finally:
            gone = [n for n, man in enumerate(self.pool.men) if man in self.some("PURGED")]
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)
        for number in gone:
            self.pool.men[number] = self.pool.planned()

    def some(self, *states: str) -> list[Crew]:
        """Return the men whose cases stand in one of `states`."""
        return [man for man in self.pool.men if self.states[man.ref] in states]

    def takes(self, east_m: float, north_m: float) -> bool:
        return any(each.takes(east_m, north_m) for each in self.places)

    def is_burned(self, east_m: float, north_m: float) -> bool:
        planner = self.pool.crew[Duty.PLN]
        return actions.is_burned(planner, at(east_m, north_m), radius_m=BURNED_M)

    def went(self) -> None:
        """Let the model follow: whoever left the way by anything but contact burns what he knew."""
        self.states = dict(Case.objects.values_list("ref", "state"))
        for each in self.places:
            state = self.states[each.man.ref]
            each.met = each.met or (state == "CONTACT" and not each.burned)
            each.burned = each.burned or (state not in TOLD and not each.met)

    def looks(self, place: Place, far_m: int) -> None:
        """Ask about what lies so far from a place: north, south, east and west of it by turns."""
        self.asked += 1
        sign, east = (-1) ** self.asked, self.asked % 4 > 1
        east_m = place.east_m + (sign * far_m if east else 0)
        north_m = place.north_m + (0 if east else sign * far_m)
        assert self.is_burned(east_m, north_m) == self.takes(east_m, north_m)

    @initialize(spots=st.tuples(*[st.tuples(offset_st, offset_st)] * MEN))
    def all_are_told_a_place(self, spots):
        for man, spot in zip(self.pool.men, spots, strict=True):
            self.is_told(man, *spot)

    @precondition(lambda self: self.some("READY", "PLANNED"))
    @rule(data=st.data(), east_m=offset_st, north_m=offset_st)
    def he_is_told_a_place(self, data, east_m, north_m):
        man = data.draw(st.sampled_from(self.some("READY", "PLANNED")))
        if man in self.some("READY"):
            man.goes("PLANNED")
        self.is_told(man, east_m, north_m)

    def is_told(self, man: Crew, east_m: float, north_m: float) -> None:
        before = BurnedPlace.objects.count()
        told = {"ref": man.ref, "places": [at(east_m, north_m)], "radius_m": BURNED_M}
        if self.takes(east_m, north_m):
            with pytest.raises(Refused, match="told to somebody, or burned"):
                actions.tell(man[Duty.OP], **told, now=man.now)
            assert BurnedPlace.objects.count() == before
        else:
            actions.tell(man[Duty.OP], **told, now=man.now)
            self.places.append(Place(east_m, north_m, man))
        self.went()

    @precondition(lambda self: self.some(*ON))
    @rule(data=st.data())
    def he_goes_on(self, data):
        man = data.draw(st.sampled_from(self.some(*ON)))
        man.goes(ON[self.states[man.ref]])
        self.went()

    @precondition(lambda self: self.some(*TOLD))
    @rule(data=st.data())
    def it_goes_wrong(self, data):
        man = data.draw(st.sampled_from(self.some(*TOLD)))
        ways = {way.target for way in MACHINE.ways_from(self.states[man.ref])} - TOLD - {"CONTACT"}
        man.goes(data.draw(st.sampled_from(sorted(ways))))
        self.went()

    @precondition(lambda self: self.some(*TOLD))
    @rule(data=st.data())
    def he_is_met(self, data):
        data.draw(st.sampled_from(self.some(*TOLD))).goes("CONTACT")
        self.went()

    @rule(hours=st.sampled_from([1, 7]))
    def time_runs(self, hours):
        for man in self.pool.men:
            man.wait(hours=hours)
        self.clocks_run()

    def clocks_run(self) -> None:
        man = self.pool.men[0]
        while actions.clock_steps(man.clocks, profile=PROFILE, now=man.now):
            pass
        self.went()

    @precondition(lambda self: self.some("DECLINED", "ABORTED"))
    @rule(data=st.data())
    def he_is_erased(self, data):
        man = data.draw(st.sampled_from(self.some("DECLINED", "ABORTED")))
        if man in self.some("ABORTED"):
            man.goes("DECLINED")
        for each in self.pool.men:
            each.wait(days=31)
        man.brings(*[ENDED_BY.get(kind, kind) for kind in sorted(man.open_debts())])
        ref = actions.propose_purge(man[Duty.DPO], ref=man.ref, profile=PROFILE, now=man.now)
        proposal = Proposal.objects.get(ref=ref)
        for duty in (Duty.DPO, Duty.AUD):
            man.says_yes(man[duty], duty, proposal)
        self.clocks_run()
        assert man in self.some("PURGED")

    @rule(east_m=offset_st, north_m=offset_st)
    def a_planner_asks(self, east_m, north_m):
        assert self.is_burned(east_m, north_m) == self.takes(east_m, north_m)

    @precondition(lambda self: self.places)
    @invariant()
    def what_was_told_is_known_as_the_model_knows_it(self):
        self.looks(self.places[self.asked % len(self.places)], ASKED_M[self.asked % 3])


def test_what_was_told_and_went_wrong_burns_for_ever_with_500_metres_and_nothing_more_does(crew):
    pool = Pool(crew)
    run_state_machine_as_test(
        lambda: Places(pool),
        settings=settings(
            max_examples=8,
            stateful_step_count=16,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),  # to shrink what real people do takes minutes
        ),
    )
