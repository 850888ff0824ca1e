"""Stopping: one person, nothing first, and nothing that can fail stands in its way.

If the keeper, the journal or the disk fails, the stop lands in the local spool, is in force from
there for every process of this host, and is entered when that can be written again. Meanwhile
every other act on the case is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.connection import KeeperLocked
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.facts import enter_freeze
from safeconduct.cases.actions.people import ask_in
from safeconduct.cases.actions.sending import hold_sending
from safeconduct.cases.actions.taking import journal, settle, take
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case, Evidence
from safeconduct.log import get_logger
from safeconduct.post.actions import STOP_WAITS
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused, insist
from safeconduct.spool import stops

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of a stop: it is in force either way."""

    ref: str
    state: str
    spooled: bool


def stop(who: Officer | WorkerId, *, ref: str, to: str, now: datetime, reason: str = "") -> Stopped:
    """Take a stopping step, or put it in force from the local spool.

    It waits for no keeper, and for whoever holds the case or the journal not longer than STOP_WAITS.

    Args:
        to: ABORTED, DECLINED, DURESS, MISSING, CONTACT, WALK_IN, MEDICAL or CHILD.
        reason: may be empty, and may come later.

    Raises:
        Refused: it is not among the duties of `who`, or no such step leads from where the case is.
        Absent: there is no such case.
    """
    insist(rules.may_stop(MACHINE, to, who))
    try:
        with transaction.atomic(), audit.waiting_at_most(STOP_WAITS):
            case = _stopped(who, ref=ref, to=to, now=now)
            journal(case, who.ref, f"case.{to}", now=now)
            if to in rules.VEILED:
                hold_sending(who, case, now=now)
            if to == "CONTACT" and isinstance(who, Officer) and not queries.may_see(who, case):
                ask_in(who, ref=case.ref)
    except KeeperLocked as locked:  # a lock refuses what opens, never what stops
        logger.warning("case.stop_spooled", ref=ref, error=type(locked).__name__)
        return _spool(who, ref=ref, to=to, now=now, reason=reason)
    except (Refused, Absent):
        raise
    except Exception as fault:  # noqa: BLE001  a stop is not lost to a fault that nobody foresaw
        logger.warning("case.stop_spooled", ref=ref, error=type(fault).__name__)
        return _spool(who, ref=ref, to=to, now=now, reason=reason)
    _give_reason(who, ref=ref, to=to, now=now, reason=reason)
    return Stopped(ref, to, spooled=False)


def _stopped(who: Officer | WorkerId, *, ref: str, to: str, now: datetime) -> Case:
    case = queries.case_to_stop(ref=ref)
    if case.state == to:  # said twice is said once
        return case
    insist(
        rules.verdict(
            MACHINE, rules.Standing(case.state, case.entered_at), to, who=who, now=now, limits_s={}
        )
    )
    take(case, to=to, by=who.ref, now=now)
    return case


def _spool(who: Officer | WorkerId, *, ref: str, to: str, now: datetime, reason: str) -> Stopped:
    folder = Path(settings.DATA)
    stops.put(
        folder,
        stops.Stop(
            key=new_ref(),
            kind="case",
            ref=ref,
            what=to,
            by=who.ref,
            at=now.isoformat(),
            reason=stops.sealed_reason(folder, reason.strip()),
        ),
    )
    try:  # the journal alone may be what failed; then the state itself is written now
        with transaction.atomic(), audit.waiting_at_most(timedelta(milliseconds=1)):
            _stopped(who, ref=ref, to=to, now=now)
    except Exception as fault:  # noqa: BLE001  the spool holds it already
        logger.warning("case.stop_waits", ref=ref, error=type(fault).__name__)
    return Stopped(ref, to, spooled=True)


def _give_reason(who: Officer | WorkerId, *, ref: str, to: str, now: datetime, reason: str) -> None:
    """Put the reason on record as what was owed for it; failing that, the debt stays open."""
    kind = rules.REASON_IS.get(to)
    if not reason.strip() or kind is None:
        return
    try:
        with transaction.atomic():
            _record_reason(who, ref=ref, kind=kind, text=reason.strip(), now=now)
    except Exception as fault:  # noqa: BLE001  the stop stands; its reason may be given later
        logger.warning("case.reason_lost", ref=ref, error=type(fault).__name__)


def _record_reason(
    who: Officer | WorkerId, *, ref: str, kind: str, text: str, now: datetime, by: str = ""
) -> None:
    case = queries.case_to_stop(ref=ref)
    row = new_ref()
    note = None
    if case.compartment:
        purpose = who.purpose if isinstance(who, WorkerId) else Purpose.WRITE
        ring = keyring.open_fields(who, purpose, [case.compartment], ["body"])
        note = ring.seal(text, field="cases.Evidence.note", compartment=case.compartment, ref=row)
    Evidence.objects.create(
        ref=row,
        case=case,
        kind=kind,
        by=by or who.ref,
        at=now,
        recorded_at=now,
        note=note,
        veiled=kind in rules.VEILED_KINDS,
    )
    settle(case, by=by or who.ref, now=now)


def enter_stops(who: WorkerId, *, now: datetime, keys: Sequence[bytes] = ()) -> bool:
    """Enter the oldest stop of the local spool where it belongs; True if one was entered.

    Args:
        keys: the core's private keys, by which a sealed reason is opened; without one it is left owed.
    """
    folder = Path(settings.DATA)
    waiting = [stop for stop in stops.in_force(folder) if stop.kind in queries.SPOOLED]
    if not waiting:
        return False
    first = waiting[0]
    with transaction.atomic():
        if first.kind == queries.FACT:
            enter_freeze(who, first)
        else:
            _enter(who, first, now=now, keys=keys)
    stops.entered(folder, first.key)
    return True


def _enter(who: WorkerId, waiting: stops.Stop, *, now: datetime, keys: Sequence[bytes]) -> None:
    try:
        case = queries.case_to_stop(ref=waiting.ref)
    except Absent:
        audit.record(waiting.by, "case.stop of no case", ref=waiting.ref, now=waiting.when)
        return
    follows = (case.state, waiting.what) in MACHINE.transitions
    if follows and case.entered_at <= waiting.when:
        take(case, to=waiting.what, by=waiting.by, now=waiting.when)
    if waiting.what in rules.VEILED:
        hold_sending(who, case, now=now)
    journal(case, waiting.by, f"case.{waiting.what} entered late", now=now)
    kind = rules.REASON_IS.get(waiting.what)
    if waiting.reason and keys and kind:
        text = stops.opened_reason(keys, waiting.reason)
        _record_reason(who, ref=case.ref, kind=kind, text=text, now=now, by=waiting.by)
