"""Random lives of a case, judged by the rules alone: what must hold after any sequence of steps."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from safeconduct.access.rules import Duty, Given, Officer, WorkerId
from safeconduct.cases import rules
from safeconduct.cases.machine import MACHINE
from safeconduct.programme import load

LIMITS = load.current().limits_s
CREW = [(f"p{n}", duty) for n, duty in enumerate([*Duty, *Duty])]  # two people for each duty
CLOCKS = WorkerId("SYS:clocks", "")


def officer(person: str, duty: Duty) -> Officer:
    return Officer(person, 1, person, frozenset({duty}), "")


class Life(RuleBasedStateMachine):
    """One case; at each step somebody tries something, sensible or not."""

    @initialize(start=st.sampled_from(sorted(MACHINE.opens_in)))
    def begin(self, start):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.state, self.entered = start, self.now
        self.evidence: list[rules.Entry] = []
        self.frozen = self.verified = False

    def standing(self):
        return rules.Standing(
            self.state,
            self.entered,
            tuple(self.evidence),
            frozen=self.frozen,
            verified_before=self.verified,
        )

    def judge(self, to, who, given=()):
        return rules.verdict(
            MACHINE, self.standing(), to, who=who, given=given, now=self.now, limits_s=LIMITS
        )

    def move(self, to):
        self.verified = self.verified or to == rules.VERIFIED
        self.state, self.entered = to, self.now

    @rule(hours=st.integers(1, 400))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(data=st.data())
    def somebody_brings_what_a_step_asks_for(self, data):
        ways = MACHINE.ways_from(self.state)
        if not ways:
            return
        way = data.draw(st.sampled_from(ways))
        for slug in way.before:
            for n, part in enumerate(MACHINE.kinds[slug].parts or (slug,)):
                if not MACHINE.kinds[part].judged:
                    self.evidence.append(rules.Entry(part, f"b{n}", self.now))

    @rule(frozen=st.booleans())
    def somebody_freezes_or_two_lift_it(self, frozen):
        self.frozen = frozen

    @rule(data=st.data())
    def one_person_tries_a_step(self, data):
        person, duty = data.draw(st.sampled_from(CREW))
        to = data.draw(st.sampled_from(sorted(MACHINE.states)))
        if self.judge(to, officer(person, duty)) is None:
            way = MACHINE.transitions[self.state, to]
            assert way.approvals == 1, "one person set off alone"
            assert duty in way.staff
            self.move(to)

    @rule(data=st.data(), size=st.integers(1, 4))
    def some_people_say_yes_to_a_step(self, data, size):
        ways = [way for way in MACHINE.ways_from(self.state) if way.approvals > 1]
        if not ways:
            return
        way = data.draw(st.sampled_from(ways))
        able = [each for each in CREW if each[1] in way.staff]
        said = data.draw(st.lists(st.sampled_from(able), min_size=size, max_size=size))
        given = tuple(
            Given(person, duty, self.now + timedelta(seconds=n))
            for n, (person, duty) in enumerate(said)
        )
        if self.judge(way.target, CLOCKS, given) is None:
            assert len({each.person for each in given}) >= way.approvals
            if way.target == "MOVING":
                assert {each.duty for each in given} == {Duty.DPC, Duty.FCO, Duty.RCV}
                assert not self.frozen
            self.move(way.target)

    @rule(data=st.data())
    def the_clocks_try_a_step(self, data):
        to = data.draw(st.sampled_from(sorted(MACHINE.states)))
        if self.judge(to, CLOCKS) is None:
            assert to in {"LOST_CONTACT", "MISSING", "READY"}
            self.move(to)

    @precondition(lambda self: self.state in MACHINE.living)
    @rule()
    def a_receiver_says_that_he_is_here(self):
        assert self.judge("CONTACT", officer("r", Duty.RCV)) is None

    @precondition(lambda self: MACHINE.group(self.state) == "before_move")
    @rule()
    def he_says_no(self):
        assert self.judge("DECLINED", officer("o", Duty.OP)) is None

    @invariant()
    def every_stop_from_here_is_open_to_one_person(self):
        if not hasattr(self, "state"):
            return
        for way in MACHINE.ways_from(self.state):
            if way.target in MACHINE.stopping:
                assert self.judge(way.target, officer("s", Duty(way.staff[-1]))) is None


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyLife = Life.TestCase
