"""Facts that hold in any state: frozen, child, medical. One person sets each, at once."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction

from safeconduct.access import actions as access
from safeconduct.access import known
from safeconduct.access.rules import Absent, Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.sending import free_sending, hold_sending
from safeconduct.cases.actions.steps import act_of, mark_taken, put_up
from safeconduct.cases.actions.taking import journal, nudge
from safeconduct.cases.models import Case
from safeconduct.log import get_logger
from safeconduct.post import actions as post
from safeconduct.post.rules import HoldKind
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, insist
from safeconduct.spool import stops

FROZEN = "frozen"
logger = get_logger()


def set_fact(who: Officer | WorkerId, *, ref: str, fact: str, now: datetime) -> bool:
    """Set a fact on a case. Being let in is not asked: whoever sees a child says so.

    Returns:
        Whether it is written. If not, it is a freeze that a person set: it is in force from the local
        spool, and entered later.

    Raises:
        Refused: there is no such fact, or it is not for `who` to set.
        Absent: there is no such case.
        DatabaseError: it is not in force.
    """
    insist(_known(fact))
    insist(rules.may_set(fact, who))
    try:
        with transaction.atomic(), audit.waiting_at_most(post.STOP_WAITS):
            _write(who, queries.case_to_stop(ref=ref), fact=fact, by=who.ref, now=now)
    except DatabaseError as fault:
        if isinstance(who, WorkerId) or fact != FROZEN:  # a worker comes again
            raise
        logger.warning("case.freeze_spooled", ref=ref, error=type(fault).__name__)
        _spool_freeze(who, ref=ref, now=now)
        return False
    return True


def _spool_freeze(who: Officer, *, ref: str, now: datetime) -> None:
    stop = stops.Stop(
        key=new_ref(), kind=queries.FACT, ref=ref, what=FROZEN, by=who.ref, at=now.isoformat()
    )
    stops.put(Path(settings.DATA), stop)
    person = known.behind(who, ref)
    if person:  # the door for words asks by the person, before a case is entered anywhere
        post.hold(who, person_ref=person, kind=HoldKind.CASE, now=now)


def enter_freeze(who: WorkerId, waiting: stops.Stop) -> None:
    """Enter a freeze of the local spool where it belongs, in the caller's transaction."""
    try:
        case = queries.case_to_stop(ref=waiting.ref)
    except Absent:
        audit.record(waiting.by, "case.stop of no case", ref=waiting.ref, now=waiting.when)
        return
    _write(who, case, fact=FROZEN, by=waiting.by, now=waiting.when)


def _write(who: Officer | WorkerId, case: Case, *, fact: str, by: str, now: datetime) -> None:
    if fact == FROZEN:  # first, for it is in force though nothing else can be written
        hold_sending(who, case, now=now)
    setattr(case, fact, True)
    case.save(update_fields=[fact])
    journal(case, by, f"case.{fact} set", now=now)
    nudge(case, veiled=fact == FROZEN)


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
