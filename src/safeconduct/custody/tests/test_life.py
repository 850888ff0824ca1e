"""Generated histories of a man in our hands: none loses a clock, a pledge, a receipt or himself.

Every step is one of the product's own acts on the real database; the worker that follows may have
stood still for several of them, as after a kill.
"""

from collections import Counter

import pytest
from conftest import NOON
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.tests.walking import PROFILE, house
from safeconduct.custody import actions, rules
from safeconduct.custody.models import Clock
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as pledge_queries
from safeconduct.pledges.tests.conftest import STANDARD
from safeconduct.reception import actions as reception
from safeconduct.reception import queries as reception_queries

__all__ = ["house"]  # fixtures
pytestmark = pytest.mark.django_db
WAYS = (
    *("MEDICAL", "CHILD", "IN_CUSTODY", "OUTCOME_CHOSEN", "RELEASED", "AFTERCARE"),
    *("ESCAPED", "DECEASED"),
)
STEPS = st.one_of(
    st.tuples(st.just("goes"), st.sampled_from(WAYS)),
    st.tuples(st.just("moves"), st.sampled_from(sorted(rules.MOVES))),
    st.tuples(st.just("brings"), st.sampled_from(["card_again", "bureau_notice", "child_officer"])),
    st.tuples(st.just("offers"), st.sampled_from(["", "yes"])),
    st.tuples(st.just("waits"), st.sampled_from(["1", "8", "31", "400"])),
    st.just(("follows", "")),
)


class History:
    """Takes the steps that are open to him, and holds every state of the tables against the one before."""

    def __init__(self, crew):
        self.crew = crew
        self.clocks, self.cards_owed, self.months = {}, 1, 1
        self.person = crew.case().person_ref

    def takes(self, verb, what):
        """Take one step if it is open; a second has passed."""
        self.crew.wait(seconds=1)
        getattr(self, f"_{verb}")(what)
        self.holds()

    def _goes(self, to):
        way = MACHINE.transitions.get((self.crew.case().state, to))
        if way is None:
            return
        came_back = self.crew.case().state in rules.NO_CUSTODY and to not in rules.NO_CUSTODY
        self.crew.goes(to)
        self.months += came_back
        self.cards_owed += to == "MEDICAL"

    def _moves(self, why):
        actions.record_move(self.crew["MED"], ref=self.crew.ref, why=why, now=self.crew.now)
        self.cards_owed += why != rules.WELL

    def _offers(self, none):
        if self.crew.case().state in rules.NO_CUSTODY:
            return
        told = {"offered": "yes", "none": none}
        actions.offer_letters(self.crew["RCP"], ref=self.crew.ref, content=told, now=self.crew.now)
        self.months += 1

    def _brings(self, kind):
        self.crew.brings(kind)

    def _waits(self, days):
        self.crew.wait(days=int(days))

    def _follows(self, _what):
        while actions.follow(self.crew.clocks, profile=PROFILE, now=self.crew.now):
            pass
        while actions.ring(self.crew.clocks, now=self.crew.now):
            pass
        state, running = (
            self.crew.case().state,
            Counter(
                Clock.objects.filter(case__ref=self.crew.ref, done_at=None).values_list(
                    "kind", flat=True
                )
            ),
        )
        cards = Clock.objects.filter(case__ref=self.crew.ref, kind=rules.CARD).count()
        assert cards == self.cards_owed, "every move, sickness and hospital owes a card anew"
        months = Clock.objects.filter(case__ref=self.crew.ref, kind=rules.MAIL).count()
        assert months == self.months, "each coming into our hands and each offer begins a month"
        assert running[rules.MAIL] == (state not in rules.NO_CUSTODY)
        assert running[rules.REVIEW] >= (state in rules.IN_CUSTODY)
        assert running[rules.REVIEW] <= (state not in rules.NO_CUSTODY)
        assert running[rules.CHILD] <= (state not in rules.NO_CUSTODY)
        if state in rules.IN_CUSTODY:
            owed = pledge_queries.open_of(self.person)
            assert sorted(each.item for each in owed) == sorted(STANDARD.items), (
                "because he is held"
            )

    def holds(self):
        """Hold what must hold after any step, whether or not the worker has followed."""
        for clock in Clock.objects.filter(case__ref=self.crew.ref):
            marks = (clock.kind, clock.started_at, clock.due_at, clock.warn_at, clock.breach_at)
            before = self.clocks.setdefault(clock.ref, (marks, clock.done_at, clock.rung))
            assert before[0] == marks, "no date of a clock moves"
            assert before[1] in {None, clock.done_at}, "what is done stays done"
            assert before[2] <= clock.rung
            assert bool(clock.done_at) == bool(clock.done_by), "somebody did it"
            self.clocks[clock.ref] = (marks, clock.done_at, clock.rung)
        there = set(Clock.objects.filter(case__ref=self.crew.ref).values_list("ref", flat=True))
        assert there == set(self.clocks), "no clock is lost"
        case = self.crew.case()
        assert case.person_ref == self.person
        assert case.custody_since is not None
        promised = pledge_queries.promised_to(
            self.crew["PLG"], person_ref=self.person, compartment=self.crew.compartment
        )
        assert sorted(each.item for each in promised) == sorted(STANDARD.items)

    def has_his_receipt(self):
        """Say whether what was taken from him stands where it stood, and opens."""
        desk, ref = self.crew["RCP"], self.crew.ref
        arrival = reception_queries.arrival_for(desk, Purpose.READ, ref=ref)
        ring = reception_queries.ring_for(desk, Purpose.READ, arrival)
        return [each.told["money"] for each in reception_queries.things_of(arrival, ring)] == [
            "3500"
        ]


@pytest.fixture(scope="module")
def standing(house, registered, _staff):
    """Return the crew of a man in custody with a receipt, who was shown the standard."""
    crew = registered
    told = {"money": "3500", "currency": "RUB"}
    reception.add_item(
        crew["RCP"], ref=crew.ref, kind="money", content=told, profile=PROFILE, now=crew.now
    )
    for duty in ("CPO", "MED", "LEG", "PLG", "DPC", "RCP", "RCV", "AUD"):
        assert crew[duty]  # hired once: what a history undoes, the keeper would not
    author = _staff.hire(Duty.OFF)
    ref = pledges.propose(author, STANDARD, languages=("ru", "uk", "en"), now=NOON)
    for duty in (Duty.LEG, Duty.SUP):
        judge = _staff.hire(duty)
        version = pledge_queries.version_for(judge, Purpose.APPROVE, ref=ref)
        act = pledge_queries.act_for(judge, version)
        pledges.approve(judge, ref=ref, proof=_staff.touch(judge, act), now=NOON)
    place = {"person_ref": crew.case().person_ref, "compartment": crew.compartment}
    told = {"version_ref": ref, "language": "ru", "channel": "sms", "message_ref": ""}
    pledges.show(crew["OP"], **place, **told, now=crew.now)
    return crew


@settings(max_examples=12)
@given(st.lists(STEPS, min_size=4, max_size=14))
def test_no_history_loses_a_clock_a_pledge_a_receipt_or_a_person(standing, steps):
    with standing.undone(), transaction.atomic():
        history = History(standing)
        for verb, what in steps:
            history.takes(verb, what)
        history.takes("follows", "")
        assert history.has_his_receipt()
        transaction.set_rollback(True)
