"""Opening what is sealed, for a reason; and opening a case from a conversation."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import queries
from safeconduct.cases.actions.grading import NOTE as SIGNAL_NOTE
from safeconduct.cases.actions.handing import hand_in
from safeconduct.cases.actions.records import NOTE
from safeconduct.cases.actions.steps import open_case
from safeconduct.cases.actions.taking import journal
from safeconduct.conversations import queries as conversations
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def open_notes(officer: Officer, *, ref: str, reason: str, now: datetime) -> dict[str, str]:
    """Return ref of evidence or signal → note, opened for `officer`; that he did and when goes on record.

    Raises:
        Refused: no reason, or the keeper does not open them for him.
        Absent: see `queries.case_for`.
    """
    insist_reason(reason)
    case = queries.case_for(officer, Purpose.READ, ref=ref)
    journal(case, officer.ref, "case.notes opened", now=now)
    rows = case.evidence.filter(note__isnull=False)
    if not KNOW_OF_FORCE & officer.duties:
        rows = rows.filter(veiled=False)
    signals = case.signals.filter(note__isnull=False)
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], ["body"])
    sealed = [(NOTE, row.ref, row.note) for row in rows]
    sealed += [(SIGNAL_NOTE, row.ref, row.note) for row in signals]
    return {
        row: ring.open(note, field=field, compartment=case.compartment, ref=row)
        for field, row, note in sealed
        if note is not None
    }


def insist_reason(reason: str) -> None:
    """Refuse to open notes for no reason."""
    if not reason.strip():
        raise Refused(
            Refusal("case.no_reason", "No reason was given.", "Write why you need to read this.")
        )


@transaction.atomic
def open_from(officer: Officer, *, conversation: str, now: datetime) -> str:
    """Open the case of a conversation's person and return its ref.

    Raises:
        Refused: not among the duties of `officer`.
        Absent: there is no such conversation, or it is not for him.
    """
    found = conversations.conversation_for(officer, Purpose.WRITE, ref=conversation)
    ref = open_case(
        officer,
        person_ref=found.person_ref,
        compartment=found.compartment,
        conversation_ref=found.ref,
        now=now,
    )
    hand_in(officer, [queries.case_for(officer, Purpose.WRITE, ref=ref)], now=now)
    return ref
