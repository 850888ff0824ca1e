"""A state recorded in error goes back to the state before: two people, a reason, both entries stay."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.steps import act_of, insist_as_seen, mark_taken, put_up
from safeconduct.cases.actions.taking import journal, take
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def propose_correction(officer: Officer, *, ref: str, why: str, now: datetime) -> str:
    """Put the way back to the state before up for two people's yes; return the proposal's ref.

    What is owed, what burned and every clock go on: a correction says that a word was wrong, not
    that nothing happened.

    Raises:
        Refused: no reason, no step to take back, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist_as_seen(case, officer, lambda _seen: rules.may_correct(officer))
    last = case.steps.order_by("-seq").first()
    if last is None or last.kind != "step":
        raise Refused(
            Refusal("case.no_step", "There is no step to take back.", "See what was, on its page.")
        )
    if not why.strip():
        raise Refused(
            Refusal("case.no_reason", "No reason was given.", "Write one line for the journal.")
        )
    duties = tuple(sorted(rules.CORRECT))
    return put_up(officer, case, verb="correct", to=last.source, duties=duties, why=why, now=now)


@transaction.atomic
def correct(officer: Officer, *, proposal: str, duty: Duty, proof: Proof, now: datetime) -> bool:
    """Say yes to a correction; the second person's yes takes it. True when it is done.

    Raises:
        Refused: by the rules, the keeper or the database.
        Absent: nothing of that ref waits, or it is not for `officer`.
    """
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal, lock=True)
    case = queries.case_for(officer, Purpose.WRITE, ref=found.case.ref, lock=True)
    given = access.approve(officer, act_of(found, duty), proof, now=now)
    people = {each.person for each in given}
    if len(people) < rules.CORRECTED_BY:
        return False
    mark_taken(found, now=now)
    digest = bytes(found.digest)
    take(
        case, to=found.to, by=officer.ref, now=now, people=people, digest=digest, kind="correction"
    )
    journal(case, officer.ref, "case.corrected", now=now, digest=digest)
    return True
