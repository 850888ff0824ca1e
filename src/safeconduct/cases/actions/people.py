"""Who knows of a case: let in by a member or a supervisor, with a reason and an end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.rules import MAY_BE_MEMBER, Absent, Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.cases import lane, queries
from safeconduct.cases.actions.taking import audience
from safeconduct.cases.models import Case
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused, insist


@dataclass(frozen=True, slots=True)
class Comer:
    """Who would be let into a case, and for which duties; none when he is in for all he could be."""

    compartment: str
    person: str
    name: str
    duties: tuple[Duty, ...]


@transaction.atomic
def to_let_in(officer: Officer, *, ref: str, person: str, reason: str, now: datetime) -> Comer:
    """Return whom `officer` would let into a case, before he touches a key.

    Args:
        person: his ref or his pseudonym.

    Raises:
        Refused: no reason, nobody of that name, or access refuses.
        Absent: there is no such case, or `officer` neither knows it nor supervises.
    """
    case, said = _case(officer, ref), person.strip().casefold()
    found = {
        (each, name, holds)
        for each, name, holds in staff.who_may_serve(now=now)
        if said in {each.casefold(), name.casefold()} and holds in MAY_BE_MEMBER
    }
    if len({each for each, _, _ in found}) != 1:
        raise Refused(
            Refusal(
                "case.nobody",
                "There is nobody of that name who could be let in.",
                "Choose a person on duty.",
            )
        )
    who, name, _ = next(iter(found))
    inside = staff.members_of(case.compartment, now=now).get(who, set())
    able = {holds for _, _, holds in found}
    if (reads := queries.readers_of(case)) is not None:
        insist(lane.may_be_let_in(able & reads or able, reads=reads))
        able &= reads
    duties = tuple(sorted(able - inside))
    access.refuse_letting_in(
        officer, compartment=case.compartment, person=who, duties=duties, reason=reason, now=now
    )
    return Comer(case.compartment, who, name, duties)


@transaction.atomic
def let_in(
    officer: Officer,
    *,
    ref: str,
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
    proof: Proof,
    now: datetime,
) -> None:
    """Let another person into a case for all of `duties`, by one touch; see `access.actions.let_in`.

    Raises:
        Refused: access or the keeper refuses.
        Absent: there is no such case or person, or `officer` neither knows it nor supervises.
    """
    case = _case(officer, ref)
    insist(lane.may_be_let_in(duties, reads=queries.readers_of(case)))
    access.let_in(
        officer,
        compartment=case.compartment,
        person=person,
        duties=duties,
        reason=reason,
        until=until,
        duty=duty,
        proof=proof,
        now=now,
    )
    notices.emit("cases.case", case.ref, to=audience(case))


def _case(officer: Officer, ref: str) -> Case:
    if Duty.SUP in officer.duties:
        return queries.case_to_stop(ref=ref)
    return queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)


JOB = "cases.receiver"
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # jobs are due by real time, which is not known here


def ask_in(officer: Officer, *, ref: str) -> None:
    """Ask the clocks to let in somebody who has him before him; nobody lets himself in."""
    for duty in sorted(officer.duties & queries.RECEIVERS):
        notices.put_job(JOB, f"{ref} {officer.ref} {duty}", due_at=_AT_ONCE)


@transaction.atomic
def let_receiver_in(who: WorkerId, job: notices.Claimed, *, now: datetime) -> None:
    """Let a receiver into the case of whoever stands before him, and finish the job.

    Raises:
        LeaseLost: another worker did it.
    """
    ref, person, duty = job.ref.split(" ")
    try:
        case = queries.case_to_stop(ref=ref)
    except Absent:  # erased meanwhile: there is nothing left to be let into
        notices.finish_job(job, job.token)
        return
    if case.compartment:
        access.join(
            who,
            compartment=case.compartment,
            person=person,
            duty=Duty(duty),
            reason="he is here",
            until=None,
            now=now,
        )
        notices.emit("cases.case", case.ref, to=audience(case))
    notices.finish_job(job, job.token)
