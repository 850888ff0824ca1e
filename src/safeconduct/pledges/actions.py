"""Offers are proposed, approved, withdrawn; promises are shown, accepted, kept, failed or waived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import queries, rules
from safeconduct.pledges.models import Offer, Pledge, Postponement, Shown, Version
from safeconduct.pledges.rules import Kind, State
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist

KEEPERS = frozenset({Duty.PLG})
SHOWERS = frozenset({Duty.OP, Duty.PLG, Duty.RCP, Duty.SUP})
Who = Officer | WorkerId


@dataclass(frozen=True, slots=True)
class Draft:
    """What an offers officer proposes.

    Attributes:
        items: what is promised, one line each ("USD 10,000", "right to apply for citizenship").
        conditions: one line each; "" for none. A standard of custody takes none.
        amount, budget: minor units of `currency` (ISO 4217): one payment, and the cap of all.
        texts: language → exactly what he is shown.
        offer_ref: "" for a new offer, else the offer whose next version this is.
    """

    kind: Kind
    name: str
    authority: str
    legal_basis: str
    items: Sequence[str]
    conditions: str
    amount: int | None
    budget: int | None
    currency: str
    starts_at: datetime
    expires_at: datetime | None
    texts: Mapping[str, str]
    offer_ref: str = ""


@transaction.atomic
def propose(officer: Officer, draft: Draft, *, languages: Sequence[str], now: datetime) -> str:
    """Put a version of an offer up for two others' approval; return its ref.

    Args:
        languages: every language of the programme; each needs its text.
    """
    insist(can(officer, "pledges.propose", among=[Duty.OFF]))
    lacking = [language for language in languages if not draft.texts.get(language, "").strip()]
    insist(
        rules.may_propose(
            kind=draft.kind,
            conditions=draft.conditions,
            amount=draft.amount,
            budget=draft.budget,
            starts_at=draft.starts_at,
            expires_at=draft.expires_at,
            lacking=lacking,
        )
    )
    for text in draft.texts.values():
        insist(rules.no_quarter(text))
    version = _new_version(officer, draft, now=now)
    access.put_subject(
        version.ref,
        verb=queries.APPROVE,
        digest=bytes(version.digest),
        author=officer.ref,
        now=now,
        title=N_("Approve an offer"),
        url=f"/pledges/offers/{version.ref}/",
        duties=sorted(queries.APPROVERS),
    )
    audit.record(
        officer.ref, "offer.proposed", ref=version.ref, now=now, digest=bytes(version.digest)
    )
    notices.emit("pledges.offer", version.ref)
    return version.ref


def _new_version(officer: Officer, draft: Draft, *, now: datetime) -> Version:
    offer = _offer_of(draft, now=now)
    last = offer.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version(
        ref=new_ref(),
        offer=offer,
        number=last + 1,
        kind=offer.kind,
        name=draft.name,
        authority=draft.authority,
        legal_basis=draft.legal_basis,
        items=list(draft.items),
        conditions=draft.conditions.strip(),
        amount=draft.amount,
        budget=draft.budget,
        currency=draft.currency,
        starts_at=draft.starts_at.replace(microsecond=0),
        expires_at=draft.expires_at.replace(microsecond=0) if draft.expires_at else None,
        texts=dict(draft.texts),
        digest=b"",
        proposed_by=officer.ref,
        proposed_at=now,
    )
    version.digest = queries.digest_now(version)
    version.save(force_insert=True)
    return version


def _offer_of(draft: Draft, *, now: datetime) -> Offer:
    if draft.offer_ref:
        return Offer.objects.select_for_update().get(ref=draft.offer_ref)
    last = Offer.objects.aggregate(last=Max("number"))["last"] or 0
    return Offer.objects.create(number=last + 1, kind=draft.kind, created_at=now)


@transaction.atomic
def approve(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> Version:
    """Give one of the two approvals an offer needs beside its proposer; the second one opens it."""
    version = queries.version_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    insist(can(officer, queries.APPROVE, among=queries.APPROVERS))
    if version.approved_at is not None or version.withdrawn_at is not None:
        raise Refused(Refusal("offer.not_waiting", "This version no longer waits for approval."))
    given = access.approve(officer, queries.act_for(officer, version), proof, now=now)
    if len({each.person for each in given}) >= rules.APPROVALS:
        version.approved_at = now
        version.approved_by = [[each.person, str(each.duty)] for each in given]
        version.save(update_fields=["approved_at", "approved_by"])
        access.close_subject(ref, verb=queries.APPROVE, now=now)
    audit.record(officer.ref, "offer.approved", ref=ref, now=now, digest=bytes(version.digest))
    notices.emit("pledges.offer", ref)
    return version


@transaction.atomic
def withdraw(officer: Officer, *, ref: str, now: datetime) -> None:
    """End a version at once; it cannot be shown any more, and what was promised still binds."""
    insist(can(officer, "pledges.withdraw", among=[Duty.OFF, Duty.SUP, Duty.LEG]))
    version = queries.version_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if version.withdrawn_at is None:
        version.withdrawn_at, version.withdrawn_by = now, officer.ref
        version.save(update_fields=["withdrawn_at", "withdrawn_by"])
        access.close_subject(ref, verb=queries.APPROVE, now=now)
        audit.record(officer.ref, "offer.withdrawn", ref=ref, now=now)
        notices.emit("pledges.offer", ref)


# ---- promises to people ----


@transaction.atomic
def show(
    who: Who,
    *,
    person_ref: str,
    compartment: str,
    version_ref: str,
    language: str,
    channel: str,
    message_ref: str,
    now: datetime,
) -> None:
    """Record that he was shown exactly this version: when, by which channel, in which text."""
    version = Version.objects.select_related("offer").get(ref=version_ref)
    insist(_alive(version, now=now))
    Shown.objects.create(
        person_ref=person_ref,
        version=version,
        language=language,
        channel=channel,
        message_ref=message_ref,
        at=now,
    )
    for item in version.items:
        Pledge.objects.get_or_create(
            person_ref=person_ref,
            version=version,
            item=item,
            defaults={
                "compartment": compartment,
                "language": language,
                "channel": channel,
                "message_ref": message_ref,
                "shown_at": now,
            },
        )
    audit.record(who.ref, "pledge.shown", ref=version.ref, now=now, digest=bytes(version.digest))
    notices.emit("pledges.ledger", person_ref, to=f"member:{compartment}")


def _alive(version: Version, *, now: datetime) -> Refusal | None:
    alive = rules.is_live(
        approved_at=version.approved_at,
        withdrawn_at=version.withdrawn_at,
        starts_at=version.starts_at,
        expires_at=version.expires_at,
        now=now,
    )
    if alive:
        return None
    return Refusal(
        "offer.not_in_force",
        "This version of the offer is not in force.",
        "Take the version that is, or none.",
    )


@transaction.atomic
def owe_standards(
    who: Who,
    *,
    person_ref: str,
    compartment: str,
    language: str,
    due_at: datetime,
    now: datetime,
) -> list[str]:
    """Owe him every standard of custody in force, shown to him or not; return the pledges' refs.

    Standards take no condition and no acceptance: he is owed them because he is here (GC III 16).
    """
    refs = []
    standards = [v for v in queries.live(now=now) if v.kind == Kind.STANDARD]
    for version in standards:
        for item in version.items:
            row, _new = Pledge.objects.get_or_create(
                person_ref=person_ref,
                version=version,
                item=item,
                defaults={
                    "compartment": compartment,
                    "language": language,
                    "channel": "reception",
                    "shown_at": now,
                },
            )
            if row.state == State.SHOWN:
                _accept(row, due_at=due_at, now=now)
            refs.append(row.ref)
    audit.record(who.ref, "pledge.standards_owed", ref=person_ref, now=now)
    notices.emit("pledges.ledger", person_ref, to=f"member:{compartment}")
    return refs


def _accept(row: Pledge, *, due_at: datetime, now: datetime) -> None:
    insist(rules.may_turn(State(row.state), State.ACCEPTED))
    row.state, row.accepted_at, row.due_at = State.ACCEPTED, now, due_at
    row.save(update_fields=["state", "accepted_at", "due_at"])


@transaction.atomic
def accept(officer: Officer, *, ref: str, due_at: datetime, now: datetime) -> Pledge:
    """Record that he accepted what he was shown; its due date is fixed here and never moves."""
    insist(can(officer, "pledges.accept", among=SHOWERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if due_at <= now:
        raise Refused(
            Refusal("pledge.due_past", "The due date has passed already.", "Give a later one.")
        )
    _accept(row, due_at=due_at, now=now)
    return _told(officer, row, "pledge.accepted", now=now)


def _told(who: Who, row: Pledge, verb: str, *, now: datetime) -> Pledge:
    audit.record(who.ref, verb, ref=row.ref, now=now)
    notices.emit("pledges.ledger", row.ref, to=f"member:{row.compartment}")
    return row


@transaction.atomic
def fulfil(
    officer: Officer, *, ref: str, receipt_ref: str, receipt_digest: bytes = b"", now: datetime
) -> Pledge:
    """Record that a promise was kept, against his receipt.

    Args:
        receipt_ref: what he signed, by its number or ref.
        receipt_digest: sha256 of the receipt where there is a file of it.
    """
    insist(can(officer, "pledges.fulfil", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if not receipt_ref.strip():
        raise Refused(
            Refusal(
                "pledge.no_receipt",
                "A promise counts as kept only against his receipt.",
                "Give the receipt's number.",
            )
        )
    insist(rules.may_turn(State(row.state), State.FULFILLED))
    row.state, row.settled_at = State.FULFILLED, now
    row.receipt_ref, row.receipt_digest = receipt_ref.strip(), receipt_digest or None
    row.save(update_fields=["state", "settled_at", "receipt_ref", "receipt_digest"])
    return _told(officer, row, "pledge.fulfilled", now=now)


@transaction.atomic
def fail(officer: Officer, *, ref: str, remedy: str, now: datetime) -> Pledge:
    """Record that a promise was broken, with what is done for him instead."""
    return _settle(officer, ref=ref, to=State.FAILED, note=remedy, now=now)


@transaction.atomic
def waive(officer: Officer, *, ref: str, reason: str, now: datetime) -> Pledge:
    """Record that he gave up a promise, in his own words; a standard cannot be waived (GC III 7, L)."""
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref)
    if row.version.kind == Kind.STANDARD:
        raise Refused(
            Refusal("pledge.standard_waived", "A standard of custody cannot be given up.")
        )
    return _settle(officer, ref=ref, to=State.WAIVED, note=reason, now=now)


def _settle(officer: Officer, *, ref: str, to: State, note: str, now: datetime) -> Pledge:
    insist(can(officer, f"pledges.{to.lower()}", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_turn(State(row.state), to))
    if not note.strip():
        raise Refused(
            Refusal("pledge.no_note", "One line is missing: the remedy, or his own reason.")
        )
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], ["body"])
    row.note = keys.seal(note.strip(), field=queries.NOTE, compartment=row.compartment, ref=row.ref)
    row.state, row.settled_at = to, now
    row.save(update_fields=["state", "settled_at", "note"])
    return _told(officer, row, f"pledge.{to.lower()}", now=now)


@transaction.atomic
def postpone(officer: Officer, *, ref: str, hoped_at: datetime, now: datetime) -> Pledge:
    """Record that it will be late and when it is hoped for; the due date stays where it is."""
    insist(can(officer, "pledges.postpone", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if State(row.state) not in {State.ACCEPTED, State.DUE}:
        raise Refused(Refusal("pledge.not_owed", "Nothing is owed here that could be late."))
    Postponement.objects.create(
        pledge=row, hoped_at=hoped_at, recorded_at=now, recorded_by=officer.ref
    )
    return _told(officer, row, "pledge.postponed", now=now)


@transaction.atomic
def fall_due(worker: WorkerId, *, now: datetime, limit: int = 50) -> bool:
    """Turn accepted promises into due ones two days before their date; return whether any did."""
    rows = Pledge.objects.select_for_update().filter(
        state=State.ACCEPTED, due_at__lte=now + rules.DUE_NOTICE
    )[:limit]
    for row in rows:
        row.state = State.DUE
        row.save(update_fields=["state"])
        _told(worker, row, "pledge.due", now=now)
    return bool(rows)


@transaction.atomic
def erase_person(who: Who, *, person_ref: str, now: datetime) -> None:
    """Take a person out of what was promised: the counts stay, under a ref that leads nowhere."""
    Shown.objects.filter(person_ref=person_ref).delete()
    for row in Pledge.objects.filter(person_ref=person_ref):
        Pledge.objects.filter(pk=row.pk).update(
            person_ref=new_ref("X-"),
            compartment="",
            message_ref="",
            receipt_ref="erased" if row.receipt_ref else "",
            receipt_digest=None,
            note=None,
        )
    audit.record(who.ref, "pledge.erased", ref=person_ref, now=now)
