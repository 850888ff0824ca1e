"""What law keeps after erasure, split off first; and what of an erased case goes with it."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.custody import queries
from safeconduct.custody.models import (
    Clock,
    Core,
    Document,
    Inspection,
    Letters,
    Move,
    Sentence,
    Talk,
    VideoCall,
    Visit,
    Voice,
    Wish,
)
from safeconduct.reception import actions as reception_actions
from safeconduct.reception import queries as reception
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def split_core(officer: Officer, *, ref: str, now: datetime) -> int:
    """Seal notices, card, medical note and property under keys that outlive the case; return how many.

    What names him is sealed to the own keys of data protection and legal, as it was to his case's.

    Raises:
        Refused: not the data protection officer, or what names him is shut, or not shared with him.
        Absent: there is no such case, or he is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if Duty.DPO not in officer.duties:
        raise Refused(
            Refusal(
                "custody.not_your_duty", "This is for the data protection officer.", "Ask: DPO."
            )
        )
    if Voice.objects.filter(case=case, answered_at=None).exists():
        raise Refused(
            Refusal(
                "custody.not_answered",
                "He has asked the ombudsman something and has no answer; nothing of him is erased while he waits.",
                "Ask the ombudsman (OMB).",
            )
        )
    kept = _papers(officer, ref) + _notices(officer, case)
    ring = keyring.open_fields(officer, Purpose.WRITE, [queries.core_of(ref)], queries.CORE_KINDS)
    for kind, content in kept:
        row, (text, digest) = new_ref(), papers.written({"kind": kind, "content": content})
        Core.objects.create(
            ref=row,
            case_ref=ref,
            kind=kind,
            kept_at=now,
            digest=digest,
            body=_sealed(officer, ring, kind, text, case_ref=ref, row=row),
        )
    for kind in ("retention_applied", "core_kept"):
        cases.record_evidence(ref, kind=kind, by=officer, at=now)
    audit.record(officer.ref, "custody.core kept", ref=ref, now=now)
    return len(kept)


def _sealed(
    officer: Officer, ring: keyring.Keyring, kind: str, text: str, *, case_ref: str, row: str
) -> bytes:
    field, compartment = queries.CORE_BODY, queries.core_of(case_ref)
    if kind in queries.NAMELESS:
        return ring.seal(text, field=field, compartment=compartment, ref=row)
    return access.seal_named(officer, ring, text, field=field, compartment=compartment, ref=row)


@transaction.atomic
def share_core(officer: Officer, *, ref: str, now: datetime) -> None:
    """Share what names him with readers who came later; seal anew what one who has left could read.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: nothing is kept of such a case, or he does not read it.
    """
    rows = queries.core_rows(officer, ref=ref, lock=True)
    named = [queries.as_named_core(row) for row in rows if row.kind not in queries.NAMELESS]
    ring = keyring.open_fields(officer, Purpose.WRITE, [queries.core_of(ref)], queries.CORE_KINDS)
    fresh = access.share(officer, ring, named, now=now)
    for row in rows:
        if row.ref in fresh:
            row.body = fresh[row.ref]
            row.save(update_fields=["body"])


def _papers(officer: Officer, ref: str) -> list[tuple[str, object]]:
    arrival = reception.arrival_for(officer, Purpose.READ, ref=ref)
    if arrival is None:
        return []
    ring = reception.ring_for(officer, Purpose.READ, arrival)
    papers = {
        "card": reception.named_of(officer, Purpose.READ, arrival).get("card"),
        "medical": reception.paper_of(arrival, "medical", ring),
    }
    told: list[tuple[str, object]] = [(kind, paper) for kind, paper in papers.items() if paper]
    things = [dict(thing.told) for thing in reception.things_of(arrival, ring)]
    return [*told, ("property", things)] if things else told


def _notices(officer: Officer, case: case_queries.CaseRow) -> list[tuple[str, object]]:
    rows = Document.objects.filter(case=case, body__isnull=False)
    if not rows:
        return []
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], [staff.NAME])
    named = [queries.as_named(row, case.compartment) for row in rows]
    told = staff.open_named(officer, ring, named)
    return [
        (
            row.kind,
            papers.read(
                ring,
                told[row.ref],
                digest=bytes(row.digest),
                field=queries.BODY,
                compartment=case.compartment,
                ref=row.ref,
            ),
        )
        for row in rows
    ]


def erase(case_ref: str) -> bool:
    """Delete what this room and reception keep of an erased case; True if there was anything."""
    gone = reception_actions.erase(case_ref)
    sent = Document.objects.filter(case__ref=case_ref, body__isnull=False)
    access.forget_named(sent.values_list("ref", flat=True))
    his = (
        *(Clock, Document, Inspection, Wish, Letters, Move, Sentence),
        *(Talk, VideoCall, Visit, Voice),
    )
    for model in his:
        count, _by_table = model.objects.filter(case__ref=case_ref).delete()
        gone |= bool(count)
    return gone
