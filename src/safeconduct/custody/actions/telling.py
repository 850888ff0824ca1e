"""Telling the bureau, his Power and his family: three notices, three decisions, none by default."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access import papers as paper
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, ask
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.custody import queries, rules
from safeconduct.custody.actions.ringing import card_starts
from safeconduct.custody.models import Document
from safeconduct.documents import sheets
from safeconduct.notices import actions as notices
from safeconduct.reception import actions as papers
from safeconduct.reception import queries as reception
from safeconduct.refusal import Refusal, Refused, Said, insist, said


def _document(officer: Officer, *, case: str, ref: str) -> Document:
    row = (
        Document.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(ref=ref, case__ref=case)
        .first()
    )
    if row is None or not case_queries.may_see(officer, row.case):
        raise Absent
    return row


def _duty(officer: Officer, duty: Duty, what: Said) -> None:
    if duty not in officer.duties:
        raise Refused(
            Refusal(
                "custody.not_your_duty",
                said("{what}: this is not among your duties.", what=what),
                ask([duty]),
            )
        )


@transaction.atomic
def decide(officer: Officer, *, case: str, ref: str, decision: str, now: datetime) -> None:
    """Decide, as legal adviser, whether a notice to his Power or family is sent or waits.

    Raises:
        Refused: not a lawyer, no such decision, or a notice that waits for nobody.
        Absent: there is no such document, or not for `officer`.
    """
    row = _document(officer, case=case, ref=ref)
    _duty(officer, Duty.LEG, said("To decide this"))
    if row.kind not in rules.NOTICES or decision not in {"send", "wait"} or row.sent_at:
        raise Refused(
            Refusal(
                "custody.no_decision",
                "There is nothing to decide here.",
                "The bureau is told in any case; only notices to his Power and family wait.",
            )
        )
    row.decision, row.decided_by = decision, officer.ref
    row.save(update_fields=["decision", "decided_by"])
    audit.record(officer.ref, f"custody.{row.kind}.{decision}", ref=case, now=now)


@transaction.atomic
def send_document(officer: Officer, *, case: str, ref: str, now: datetime) -> bytes:
    """Seal a notice as it leaves, and put on record that it was sent; return its digest.

    It carries what he said and no more: the four items and what stands on his card.

    Raises:
        Refused: not the reception officer's, a notice that waits for a legal decision, a card that is
            not written, or what names him is shut.
        Absent: there is no such document, or not for `officer`.
    """
    row = _document(officer, case=case, ref=ref)
    _duty(officer, Duty.RCP, said("To send notices"))
    insist(rules.may_send(row.kind, row.decision, dead=row.case.state in rules.DEAD))
    if row.sent_at is not None:
        return bytes(row.digest)
    if row.kind == rules.SENT_CARD:
        return _send_card(officer, row, now=now)
    text, digest = paper.written(_content(officer, row))
    place = {"field": queries.BODY, "compartment": row.case.compartment, "ref": row.ref}
    ring = keyring.open_fields(officer, Purpose.WRITE, [row.case.compartment], [staff.NAME])
    body = access.seal_named(officer, ring, text, **place)
    row.body, row.digest = body, digest
    row.sent_at, row.sent_by = now, officer.ref
    row.save(update_fields=["body", "digest", "sent_at", "sent_by"])
    if row.kind in rules.BUREAU_KINDS:
        cases.record_evidence(case, kind=row.kind, by=officer, at=now, digest=bytes(row.digest))
    audit.record(
        officer.ref, f"custody.sent.{row.kind}", ref=case, now=now, digest=bytes(row.digest)
    )
    notices.emit("custody.due", case, to=f"member:{row.case.compartment}")
    return bytes(row.digest)


def _send_card(officer: Officer, row: Document, *, now: datetime) -> bytes:
    """Put on record that his card left: which, by its digest. It is kept where it was written, and once."""
    case = row.case
    starts = card_starts(case, case.custody_since or case.entered_at)
    written = reception.last_written(case, "card")
    insist(
        rules.may_send_card(written.at if written else None, moved_at=max(starts[1:], default=None))
    )
    row.digest = bytes(written.digest) if written else b""
    row.sent_at, row.sent_by = now, officer.ref
    row.save(update_fields=["digest", "sent_at", "sent_by"])
    verb = f"custody.sent.{row.kind}"
    audit.record(officer.ref, verb, ref=case.ref, now=now, digest=bytes(row.digest))
    notices.emit("custody.due", case.ref, to=f"member:{case.compartment}")
    return bytes(row.digest)


def _content(officer: Officer, row: Document) -> dict[str, str]:
    """Return what the sheet of this notice shows: only that is sealed, and kept, as it left."""
    told = {**queries.who_he_is(officer, ref=row.case.ref), "kind": row.kind}
    if row.kind == rules.DEATH:
        told |= queries.last_talk(officer, row.case, "death")[0]
    if row.kind == rules.TRANSFER:
        moved = queries.untold_moves(row.case)
        told[sheets.MOVES] = "\n".join(f"{why} {at:%Y-%m-%dT%H:%M:%SZ}" for at, why in moved)
    return sheets.as_told(told)


@transaction.atomic
def share_names(officer: Officer, *, case: str, now: datetime) -> None:
    """Share papers and notices that name him with those who came later; see `reception.share_names`.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: there is no such case, or `officer` is not let into it.
    """
    found = case_queries.case_for(officer, Purpose.WRITE, ref=case)
    papers.share_names(officer, ref=case, now=now)
    rows = list(Document.objects.select_for_update().filter(case=found, body__isnull=False))
    ring = keyring.open_fields(officer, Purpose.WRITE, [found.compartment], [staff.NAME])
    named = [queries.as_named(row, found.compartment) for row in rows]
    fresh = access.share(officer, ring, named, now=now)
    for row in rows:
        if row.ref in fresh:
            row.body = fresh[row.ref]
            row.save(update_fields=["body"])


@transaction.atomic
def confirm_document(officer: Officer, *, case: str, ref: str, now: datetime) -> None:
    """Record that the bureau has confirmed a notice; from then on it is a fact that may be traced.

    Raises:
        Refused: not the reception officer's, or it was not sent.
        Absent: there is no such document, or not for `officer`.
    """
    row = _document(officer, case=case, ref=ref)
    _duty(officer, Duty.RCP, said("To record the bureau's confirmation"))
    if row.sent_at is None:
        raise Refused(
            Refusal("custody.not_sent", "This notice has not been sent.", "Send it first.")
        )
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    audit.record(officer.ref, f"custody.confirmed.{row.kind}", ref=case, now=now)
