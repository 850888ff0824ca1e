"""Evidence: the one function by which every room hands in what happened."""

from datetime import datetime
from typing import Any

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.cases import hands, queries, rules
from safeconduct.cases.actions.taking import audience, journal, nudge, settle
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case, Evidence
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

NOTE_LETTERS = 2000
NOTE = "cases.Evidence.note"


@transaction.atomic
def record_evidence(
    case_ref: str,
    *,
    kind: str,
    by: Officer | WorkerId,
    at: datetime,
    now: datetime | None = None,
    digest: bytes = b"",
    valid_until: datetime | None = None,
    note: str = "",
    ring: Keyring | None = None,
) -> str:
    """Put one piece of evidence on record and settle what was owed for it; return its ref.

    Args:
        kind: a slug of machine.json.
        by: who brings it; rooms pass the officer whose act it was, or their worker.
        at: when it came about, world time.
        now: when it is recorded; without it, at once.
        digest: sha256 of the paper or text that proves it.
        valid_until: after that it no longer counts.
        note: free text, sealed in the case's compartment.
        ring: a keyring already opened for that compartment ("body"); else one is asked for.

    Raises:
        Refused: an unknown kind, not his to bring, of the future, or a second reading by the same
            person who took the step.
        Absent: there is no such case, or `by` is not let into it.
    """
    case = queries.case_for(by, Purpose.WRITE, ref=case_ref, lock=True)
    known = MACHINE.kinds.get(kind)
    if known is None:
        raise Refused(Refusal("case.unknown_kind", "There is no such kind of evidence."))
    insist(rules.may_record(known, by, at=at, now=now or at))
    insist(_other_person(case, kind, by))
    ref = new_ref()
    if note.strip() and case.compartment and ring is None:
        ring = keyring.open_fields(by, Purpose.WRITE, [case.compartment], ["body"])
    sealed = sealed_note(note, case, ref, ring, field=NOTE)
    told = {"valid_until": valid_until, "digest": digest, "note": sealed}
    put(case, kind=kind, by=by.ref, at=at, now=now or at, ref=ref, **told)
    return ref


def put(case: Case, *, kind: str, by: str, at: datetime, now: datetime, **told: Any) -> None:
    """Write one piece of evidence on a locked case, in the caller's transaction; all was judged before.

    Args:
        by: ref of whose act it was.
        told: further columns of `Evidence`.
    """
    Evidence.objects.create(
        case=case,
        kind=kind,
        by=by,
        at=at,
        recorded_at=now,
        veiled=kind in rules.VEILED_KINDS,
        **told,
    )
    settle(case, by=by, now=now)
    journal(case, by, f"evidence.{kind}", now=now, digest=told.get("digest", b""))
    nudge(case, veiled=kind in rules.VEILED_KINDS)


def record_by_hand(
    case_ref: str,
    *,
    kind: str,
    by: Officer,
    at: datetime,
    digest: bytes = b"",
    valid_until: datetime | None = None,
    note: str = "",
) -> str:
    """Put on record what somebody says is so, by a form that looks at nothing but the case.

    Raises:
        Refused: only an act of its own brings this, it needs words, or see `record_evidence`.
        Absent: see `record_evidence`.
    """
    insist(hands.may_record_by_hand(kind))
    insist(hands.in_words(kind, note))
    return record_evidence(
        case_ref, kind=kind, by=by, at=at, digest=digest, valid_until=valid_until, note=note
    )


def _other_person(case: Case, kind: str, by: Officer | WorkerId) -> Refusal | None:
    if kind != "force_review_second":
        return None
    owed = case.owed.filter(kind=kind, done_at=None).first()
    if owed is not None and owed.step_by == by.ref:
        return Refusal(
            "case.second_person",
            "This review is for a second supervisor: you recorded the step.",
            "Ask another supervisor (SUP).",
        )
    return None


def sealed_note(
    note: str, case: Case, ref: str, ring: Keyring | None, *, field: str
) -> bytes | None:
    """Return a note sealed for the row `ref`; None when there is none, or no compartment yet."""
    text = note.strip()[:NOTE_LETTERS]
    if not text or ring is None or not case.compartment:
        return None
    return ring.seal(text, field=field, compartment=case.compartment, ref=ref)


@transaction.atomic
def agree_check_in(officer: Officer, *, ref: str, by: datetime | None, now: datetime) -> None:
    """Write down by when he said that he would write again; None when nothing is agreed.

    Silence beyond it is shown to people. It is never a reason to write to him.

    Raises:
        Refused: not an operator, a planner or a supervisor, or a time that has passed.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if not officer.duties & {Duty.OP, Duty.SUP, Duty.PLN}:
        raise Refused(
            Refusal(
                "case.not_your_duty", "Agreeing a check-in is not among your duties.", "Ask: OP."
            )
        )
    if by is not None and by <= now:
        raise Refused(
            Refusal("case.in_past", "This time has passed.", "Give a time that lies ahead.")
        )
    case.check_in_at = by
    case.save(update_fields=["check_in_at"])
    journal(case, officer.ref, "case.check_in agreed", now=now)
    notices.emit("cases.case", case.ref, to=audience(case))
