"""A crew for tests: one person for each duty, hired when first needed, let into the case by rule."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self

import pytest
from conftest import NOON
from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring, workers
from safeconduct.access.rules import MAY_BE_MEMBER, Act, Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.cases import actions, queries
from safeconduct.cases.actions.steps import act_of
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import BurnedPlace, BurnedSign, Case, Proposal
from safeconduct.programme import load
from safeconduct.refs import new_ref

PROFILE = load.current()


class Crew:
    """Takes cases along the way, through the real actions, with real people and passkeys."""

    def __init__(
        self,
        hire: Callable[..., Officer],
        touch: Callable[[Officer, Act], Proof],
        worker: Callable[[Purpose], WorkerId],
        now: datetime,
    ) -> None:
        self._hire, self._touch = hire, touch
        self.clocks, self.now = worker(Purpose.CLOCKS), now
        self._people: dict[tuple[Duty, int], Officer] = {}
        self.ref = self.compartment = ""

    @contextmanager
    def undone(self) -> Iterator[Self]:
        """Be afterwards who one was before: what a test does to the tables is undone too."""
        was = {**vars(self), "_people": dict(self._people)}
        yield self
        vars(self).clear()
        vars(self).update(was)

    def __getitem__(self, duty: Duty | str) -> Officer:
        """Return whoever holds this duty alone."""
        return self.another(duty, 0)

    def another(self, duty: Duty | str, number: int = 1) -> Officer:
        """Return a second, third … person with this duty."""
        key = (Duty(duty), number)
        if key not in self._people:
            self._people[key] = self._hire(Duty(duty), now=self.now)
            if self.compartment:
                self.let_in(self._people[key], Duty(duty))
        return self._people[key]

    def let_in(self, officer: Officer, duty: Duty) -> None:
        """Bring a person to the case, as a worker may."""
        if duty in MAY_BE_MEMBER:
            access.join(
                self.clocks,
                compartment=self.compartment,
                person=officer.ref,
                duty=duty,
                reason="test",
                until=None,
                now=self.now,
            )

    def opened(self, state: str = "ENQUIRY") -> str:
        """Open a case and return its ref."""
        self.compartment = keyring.new_compartment(self.clocks, now=self.now)
        for (duty, _number), officer in self._people.items():
            self.let_in(officer, duty)
        self.ref = actions.open_case(
            self.clocks,
            person_ref=new_ref(),
            compartment=self.compartment,
            now=self.now,
            state=state,
        )
        return self.ref

    def case(self) -> Case:
        """Return the case as it stands."""
        return Case.objects.get(ref=self.ref)

    def walked_in(self) -> None:
        """Be one who walked in: no channel knows him."""
        Case.objects.filter(ref=self.ref).update(person_ref="", conversation_ref="")

    def owes(self, kind: str) -> datetime | None:
        """Return when something owed was done; None while it is owed."""
        return self.case().owed.get(kind=kind).done_at

    def open_debts(self) -> set[str]:
        """Return what is owed still."""
        return set(self.case().owed.filter(done_at=None).values_list("kind", flat=True))

    def places(self) -> list[bool]:
        """Return of each place told or burned in the case whether it has burned."""
        told = BurnedPlace.objects.filter(case_ref=self.ref).values_list("burned_at", flat=True)
        return [at is not None for at in told]

    def signs(self) -> list[bool]:
        """Return of each sign and answer told or burned in the case whether it has burned."""
        told = BurnedSign.objects.filter(case_ref=self.ref).values_list("burned_at", flat=True)
        return [at is not None for at in told]

    def wait(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def now_plus(self, **span: float) -> datetime:
        """Return a time that lies ahead."""
        return self.now + timedelta(**span)

    def brings(self, *kinds: str, note: str = "", number: int = 0) -> None:
        """Put evidence on record, each piece by somebody whose duty it is."""
        for slug in kinds:
            duty = sorted(MACHINE.kinds[slug].by - {"SYS"})
            actions.record_evidence(
                self.ref,
                kind=slug,
                by=self.another(duty[0], number) if duty else self.clocks,
                at=self.now,
                note=note,
            )

    def brings_all(self, to: str) -> None:
        """Put everything on record that the step to `to` asks for."""
        limits_s = PROFILE.limits_s
        standing = queries.standing_of(self.case())
        for need in queries.rules.needs(MACHINE, standing, to, now=self.now, limits_s=limits_s):
            if not need.met and not need.kind.judged:
                self.brings(*(need.kind.parts or (need.kind.slug,)))

    def yeses(self, to: str) -> list[tuple[Officer, Duty]]:
        """Return who says yes to the step, a different person each."""
        way = MACHINE.transitions[self.case().state, to]
        roles = list(way.staff[1:] if way.who_rule == "proposed" else way.staff)
        roles += [roles[0]] * (way.approvals - len(roles))
        found: list[tuple[Officer, Duty]] = []
        for role in roles[: max(way.approvals, len(roles) if way.who_rule == "all" else 0)]:
            number = sum(1 for _officer, duty in found if duty == role)
            found.append((self.another(role, number), Duty(role)))
        return found

    def propose(self, to: str) -> Proposal:
        """Put the step up and return the proposal."""
        officer = self.yeses(to)[0][0]
        ref = actions.propose(officer, ref=self.ref, to=to, profile=PROFILE, now=self.now)
        return Proposal.objects.get(ref=ref)

    def says_yes(self, officer: Officer, duty: Duty, proposal: Proposal) -> None:
        """Say yes with a passkey."""
        actions.say_yes(
            officer,
            proposal=proposal.ref,
            duty=duty,
            proof=self._touch(officer, act_of(proposal, duty)),
            profile=PROFILE,
            now=self.now,
        )

    def paper(self, to: str) -> tuple[str, bytes]:
        """Have a paper of another page approved; return its ref and digest."""
        ref, digest = new_ref(), bytes(32)
        access.put_subject(ref, verb="test.paper", digest=digest, author=None, now=self.now)
        for officer, duty in self.yeses(to):
            act = Act("test.paper", ref, digest, duty)
            access.approve(officer, act, self._touch(officer, act), now=self.now)
        return ref, digest

    def goes(self, *path: str) -> None:
        """Take the case along `path`, bringing what each step asks for."""
        for to in path:
            if to in MACHINE.stopping:
                way = MACHINE.transitions[self.case().state, to]
                actions.stop(self[way.staff[-1]], ref=self.ref, to=to, now=self.now)
                continue
            self.brings_all(to)
            self._takes(to)

    def _takes(self, to: str) -> None:
        state = self.case().state
        way = MACHINE.transitions[state, to]
        if way.approvals == 1:
            who = self[way.staff[0]] if way.staff else self.clocks
            actions.advance(who, ref=self.ref, to=to, profile=PROFILE, now=self.now)
        elif (state, to) in actions.steps.ELSEWHERE:
            subject, digest = self.paper(to)
            actions.advance(
                self[way.staff[0]],
                ref=self.ref,
                to=to,
                profile=PROFILE,
                now=self.now,
                subject=subject,
                digest=digest,
            )
        else:
            proposal = self.propose(to)
            for officer, duty in self.yeses(to):
                self.says_yes(officer, duty, proposal)


ON_THE_WAY = ("OP", "SUP", "VER", "DPC", "FCO", "LEG", "PIL", "PLN", "RCV")
TO_READY = ("APPLIED", "VERIFYING", "STANDBY", "READY")
TO_MOVING = (*TO_READY, "PLANNED", "AGREED", "MOVING")
TO_CUSTODY = (*TO_MOVING, "SIGHTED", "CONTACT", "SECURED", "RECEIVED", "IN_CUSTODY")


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Open the database for a module, in one transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def db(house: None) -> Iterator[None]:
    """Undo what one test does; the module's world stays. (pytest-django sees the name.)"""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def company(house: None, _staff: Any, keeper: Any) -> Crew:
    """Hire whom it takes to lead a case onto the road, once for a module."""
    crew = Crew(_staff.hire, _staff.touch, workers.me, NOON)
    for duty in ON_THE_WAY:
        assert crew[duty]
    return crew


@pytest.fixture
def crew(company: Crew, db: None) -> Iterator[Crew]:
    """Return the people of the module with no case yet; what a test does is undone, but for the keeper.

    Not for a test that ends a duty, a login or a key: to the next one he would be gone.
    """
    with company.undone():
        yield company
