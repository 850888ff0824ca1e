"""HOLD, LEAD and ABORT: words to the pilot, the units and, where he agreed to it, to him.

No byte of these goes to an aircraft. ABORT takes effect before anything here is written: the case
stops first, on the local spool if need be, and telling follows.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.client import KeeperAway
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as case_actions
from safeconduct.cases import queries as cases
from safeconduct.cases.actions import Stopped
from safeconduct.escort import queries, rules
from safeconduct.escort.actions.alarms import clear_own, raise_own
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.models import Escort, Heard, Instruction
from safeconduct.escort.rules import Order
from safeconduct.log import get_logger
from safeconduct.passage import actions as passage_actions
from safeconduct.passage import queries as passages
from safeconduct.post import actions as post
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, insist

logger = get_logger()


def abort(
    who: Officer | WorkerId, *, passage: str, case_ref: str, now: datetime, reason: str = ""
) -> Stopped:
    """Stop everything: one person, nothing asked first, nothing waited for.

    The case stops first and never fails to (cases.actions.stop). Then all parties are told; what
    cannot be written now, the escort's worker writes and sends as soon as it can.

    Args:
        passage: for the page to return to.
        case_ref: came with the form, so that no row has to be read before the stop.

    Raises:
        Refused: it is not among the duties of `who`, or the case is not before or on the way.
        Absent: there is no such case.
    """
    stopped = case_actions.stop(who, ref=case_ref, to="ABORTED", now=now, reason=reason)
    try:
        with transaction.atomic(), audit.waiting_at_most(post.STOP_WAITS):
            _order_abort(who.ref, case_ref=case_ref, now=now)
    except Exception as fault:  # noqa: BLE001  the stop stands; the worker tells the others
        logger.warning("escort.abort_told_later", ref=passage, error=type(fault).__name__)
    return stopped


def _order_abort(by: str, *, case_ref: str, now: datetime) -> None:
    escort = Escort.objects.filter(case_ref=case_ref).order_by("-pk").first()
    if escort is None:
        for duty in rules.PARTIES:
            access.page(duty, "escort.abort", now=now)
        return
    instruction, new = Instruction.objects.get_or_create(
        escort=escort, order=Order.ABORT, ended_at=None, defaults={"by": by, "at": now}
    )
    if new:
        escort.instructions.filter(order=Order.HOLD, ended_at=None).update(
            ended_at=now, ended_by=by
        )
    elif now < instruction.at:  # a station that was cut off had pressed it before
        instruction.at = now
        instruction.save(update_fields=["at"])
    _call_parties(instruction, now=now)


def _call_parties(instruction: Instruction, *, now: datetime) -> None:
    if instruction.called_at is not None:
        return
    instruction.called_at = now
    instruction.save(update_fields=["called_at"])
    kind = f"escort.{instruction.order.lower()}"
    for duty in rules.PARTIES:
        access.page(duty, kind, now=now)
    tell(instruction.escort, f"escort.{instruction.order.lower()}")


@transaction.atomic
def hold(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Instruction:
    """Let him stand where he is: one press, told to all parties and to him.

    Where no text may leave to him, the others still hear it, and the page says why.

    Raises:
        Refused: he is not on the way.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_hold(cases.state_of(officer, Purpose.READ, ref=escort.case_ref)))
    instruction = _order(officer, escort, Order.HOLD, now=now)
    if instruction.told_at is None:
        _tell_him(officer, instruction, profile=profile, now=now)
    return instruction


def _tell_him(
    officer: Officer, instruction: Instruction, *, profile: Profile, now: datetime
) -> None:
    escort = instruction.escort
    passage = passages.passage_for(officer, Purpose.WRITE, ref=escort.passage)
    plan = passages.living_plan(passage)
    try:
        if plan is not None:
            passage_actions.hold(officer, ref=plan.ref, profile=profile, now=now)
            instruction.told_at, instruction.not_told = now, ""
        else:
            instruction.not_told = "escort.no_plan"
    except Refused as no:
        instruction.not_told = no.refusal.code
    except KeeperAway:
        instruction.not_told = "keeper.away"
    instruction.save(update_fields=["told_at", "not_told"])
    if instruction.not_told:
        raise_own(escort, rules.HOLD_UNTOLD, measured=0, limit=0, by=officer.ref, now=now)
    else:
        clear_own(escort, rules.HOLD_UNTOLD, by=officer.ref, now=now)


@transaction.atomic
def lead(officer: Officer, *, ref: str, now: datetime) -> Instruction:
    """Ask the pilot to fly before him at walking pace; the pilot flies, we send nothing.

    Raises:
        Refused: he was not sighted by mutual sign, or the case waits for a second reading.
        Absent: there is no such escort for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_lead(cases.state_of(officer, Purpose.READ, ref=escort.case_ref)))
    case_actions.insist_not_frozen(officer, ref=escort.case_ref)
    return _order(officer, escort, Order.LEAD, now=now)


def _order(officer: Officer, escort: Escort, order: Order, *, now: datetime) -> Instruction:
    instruction, new = Instruction.objects.get_or_create(
        escort=escort, order=order, ended_at=None, defaults={"by": officer.ref, "at": now}
    )
    if new:
        audit.record(officer.ref, f"escort.{order.lower()}", ref=escort.passage, now=now)
        _call_parties(instruction, now=now)
    tell(escort, "escort.order")
    return instruction


@transaction.atomic
def end_hold(officer: Officer, *, ref: str, order: Order, now: datetime) -> None:
    """Take an instruction back: he may go on, or the pilot leads no more. An ABORT stays.

    Raises:
        Refused: an abort is not taken back.
        Absent: there is no such escort for `officer`.
    """
    if order is Order.ABORT:
        raise Refused(
            Refusal(
                "escort.abort_stays",
                "An abort is not taken back.",
                "If he wants to come all the same, a new passage is planned.",
            )
        )
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    living = escort.instructions.filter(order=order, ended_at=None)
    if living.update(ended_at=now, ended_by=officer.ref):
        if order is Order.HOLD:
            clear_own(escort, rules.HOLD_UNTOLD, by=officer.ref, now=now)
        audit.record(officer.ref, f"escort.{order.lower()}.ended", ref=ref, now=now)
        tell(escort, "escort.order")


@transaction.atomic
def hear(officer: Officer, *, instruction: str, now: datetime) -> str:
    """Say, for each of one's duties among the parties, that an instruction was heard.

    Returns:
        The passage.

    Raises:
        Absent: there is no such instruction for `officer`.
    """
    row = queries.instruction_for(officer, Purpose.WRITE, ref=instruction)
    for duty in officer.duties & set(rules.PARTIES):
        Heard.objects.get_or_create(
            instruction=row, duty=duty, defaults={"by": officer.ref, "at": now}
        )
    audit.record(officer.ref, "escort.heard", ref=row.ref, now=now)
    tell(row.escort, "escort.order")
    return row.escort.passage


def tell_all(worker: WorkerId, *, now: datetime) -> int:
    """Do what is still owed of every abort: calls to all parties, evidence. Returns how many.

    An abort that was recorded anywhere (the case's page, the local spool) is told from here too.
    The text he agreed to leaves by the passage, which follows its case.
    """
    done = 0
    for escort in Escort.objects.filter(ended_at=None):
        if cases.state_of(worker, Purpose.READ, ref=escort.case_ref) != "ABORTED":
            continue
        with transaction.atomic():
            done += _tell_abort(worker, escort, now=now)
    return done


def _tell_abort(worker: WorkerId, escort: Escort, *, now: datetime) -> int:
    instruction = escort.instructions.filter(order=Order.ABORT, ended_at=None).first()
    if instruction is not None and instruction.told_at is not None:
        return 0
    if instruction is None or instruction.called_at is None:
        _order_abort(worker.ref, case_ref=escort.case_ref, now=now)
        instruction = escort.instructions.get(order=Order.ABORT, ended_at=None)
    case_actions.record_evidence(escort.case_ref, kind="abort_order", by=worker, at=instruction.at)
    instruction.told_at = now
    instruction.save(update_fields=["told_at"])
    tell(escort, "escort.order")
    return 1
