"""Facts that hold in any state: frozen, child, medical. One person sets each, at once."""

from datetime import datetime

from django.db import DatabaseError, transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.sending import free_sending, hold_sending
from safeconduct.cases.actions.steps import act_of, mark_taken, put_up
from safeconduct.cases.actions.taking import journal, nudge
from safeconduct.log import get_logger
from safeconduct.refusal import Refusal, insist

logger = get_logger()


def set_fact(who: Officer | WorkerId, *, ref: str, fact: str, now: datetime) -> bool:
    """Set a fact on a case. Being let in is not asked: whoever sees a child says so.

    Returns:
        Whether it is written. If not, it is a freeze that a person set: his texts are held and his
        case is frozen from the local spool, and the hold is entered later.

    Raises:
        Refused: there is no such fact, or it is not for `who` to set.
        Absent: there is no such case.
        DatabaseError: it is not in force.
    """
    insist(_known(fact))
    insist(rules.may_set(fact, who))
    try:
        _set(who, ref=ref, fact=fact, now=now)
    except DatabaseError as fault:
        if isinstance(who, WorkerId) or fact != "frozen" or not queries.is_held(ref=ref):
            raise
        logger.warning("case.freeze_spooled", ref=ref, error=type(fault).__name__)
        return False
    return True


@transaction.atomic
def _set(who: Officer | WorkerId, *, ref: str, fact: str, now: datetime) -> None:
    case = queries.case_to_stop(ref=ref)
    if fact == "frozen":  # first, for it is in force though nothing else can be written
        hold_sending(who, case, now=now)
    setattr(case, fact, True)
    case.save(update_fields=[fact])
    journal(case, who.ref, f"case.{fact} set", now=now)
    nudge(case, veiled=fact == "frozen")


@transaction.atomic
def lift_fact(
    officer: Officer,
    *,
    ref: str,
    fact: str,
    now: datetime,
    duty: Duty | None = None,
    proof: Proof | None = None,
) -> bool:
    """Lift a fact: a medic alone lifts "medical", the others take two people's passkeys.

    Call it without a proof to put it up, then with each person's proof.

    Returns:
        Whether it is lifted now.

    Raises:
        Refused: not for `officer` to lift.
        Absent: see `queries.case_for`.
    """
    insist(_known(fact))
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    lifters, needed = rules.FACTS[fact][1], rules.FACTS[fact][2]
    if not officer.duties & lifters:
        insist(rules.may_lift(fact, ()))
    if needed > 1:
        if proof is None or duty is None:
            put_up(officer, case, verb="lift", to=fact, duties=tuple(sorted(lifters)), now=now)
            return False
        proposal = queries.proposals_of(case).filter(verb="lift", to=fact).get()
        given = access.approve(officer, act_of(proposal, duty), proof, now=now)
        if rules.may_lift(fact, given) is not None:
            return False
        mark_taken(proposal, now=now)
    setattr(case, fact, False)
    case.save(update_fields=[fact])
    if fact == "frozen":
        free_sending(officer, case, now=now)
    journal(case, officer.ref, f"case.{fact} lifted", now=now)
    nudge(case, veiled=fact == "frozen")
    return True


def _known(fact: str) -> Refusal | None:
    if fact in rules.FACTS:
        return None
    return Refusal("case.unknown_fact", "There is no such fact.")
