"""Who knows of a case: let in by a member or a supervisor, with a reason and an end."""

from datetime import UTC, datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.rules import MAY_BE_MEMBER, Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.cases import queries
from safeconduct.cases.actions.taking import audience
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def let_in(
    who: Officer | WorkerId,
    *,
    ref: str,
    person: str,
    reason: str,
    until: datetime | None,
    now: datetime,
    duty: Duty | None = None,
) -> None:
    """Let a person into a case, for one duty or for all that he holds on the way.

    Args:
        person: his ref or his pseudonym.

    Raises:
        Refused: no reason, nobody of that name, or access refuses.
        Absent: there is no such case, or `who` neither knows it nor supervises.
    """
    if not reason.strip():
        raise Refused(
            Refusal("case.no_reason", "No reason was given.", "Write one line for the journal.")
        )
    supervises = isinstance(who, Officer) and Duty.SUP in who.duties
    case = (
        queries.case_to_stop(ref=ref)
        if supervises
        else queries.case_for(who, Purpose.WRITE, ref=ref, lock=True)
    )
    held = {
        (each, holds)
        for each, name, holds in staff.who_may_serve(now=now)
        if person.strip().casefold() in {each.casefold(), name.casefold()}
        and holds in MAY_BE_MEMBER
    }
    wanted = sorted((each, holds) for each, holds in held if duty in {None, holds})
    if not wanted:
        raise Refused(
            Refusal(
                "case.nobody",
                "There is nobody of that name who could be let in.",
                "Choose a person on duty.",
            )
        )
    for each, holds in wanted:
        access.join(
            who,
            compartment=case.compartment,
            person=each,
            duty=holds,
            reason=reason.strip(),
            until=until,
            now=now,
        )
    notices.emit("cases.case", case.ref, to=audience(case))


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
