"""Grading the signals of who he is; what they amount to is put on record by the grades alone."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import graded, hands, queries
from safeconduct.cases.actions.records import record_evidence, sealed_note
from safeconduct.cases.actions.taking import audience, journal
from safeconduct.cases.models import Signal
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import insist

NOTE = "cases.Signal.note"


@transaction.atomic
def grade(
    officer: Officer, *, ref: str, signal: graded.Signal, note: str = "", now: datetime
) -> str:
    """Grade one signal; return its ref. It is never changed: a later one of its source replaces it.

    Raises:
        Refused: not a verifier, or no grade.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(graded.may_grade(officer))
    ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], ["body"])
    row_ref = new_ref()
    Signal.objects.create(
        ref=row_ref,
        case=case,
        source=signal.source,
        reliability=signal.reliability,
        credibility=signal.credibility,
        note=sealed_note(note, case, row_ref, ring, field=NOTE),
        by=officer.ref,
        at=now,
    )
    journal(case, officer.ref, "signal.graded", now=now)
    there = queries.signals_of(case)
    amounts = {
        hands.IDENTITY: graded.is_identity_b(there),
        hands.SIGNALS: graded.are_two_independent(there),
    }
    for kind, amounts_to_it in amounts.items():
        if amounts_to_it and not case.evidence.filter(kind=kind).exists():
            record_evidence(ref, kind=kind, by=officer, at=now, ring=ring)
    notices.emit("cases.case", case.ref, to=audience(case))
    return row_ref
