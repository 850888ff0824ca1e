"""Offers are proposed, approved and withdrawn; the second approval opens an offer and its accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from safeconduct.access import actions as access
from safeconduct.access import queries as access_queries
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import conditions, money, queries, rules
from safeconduct.pledges.actions import books, clashes
from safeconduct.pledges.clash import Thing
from safeconduct.pledges.models import Offer, Version
from safeconduct.pledges.rules import Kind
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist


@dataclass(frozen=True, slots=True)
class Draft:
    """What an offers officer proposes.

    Attributes:
        items: what is promised, one line each ("USD 10,000", "right to apply for citizenship").
        conditions: one line each; "" for none. A standard of custody takes none.
        amount, budget: minor units of `currency` (ISO 4217): one payment, and the cap of all.
        texts: language → exactly what he is shown.
        given_for: the thing for which a reward is given; a standard is given for none.
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
    given_for: str = Thing.VEHICLE


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
    if draft.kind is Kind.REWARD:
        insist(conditions.may_hang_on(draft.conditions))
    insist(conditions.hangs_on_him([draft.name, *draft.items, *draft.texts.values()]))
    insist(money.names_one_sum(draft.items, draft.amount, draft.currency))
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
        given_for=draft.given_for if offer.kind == Kind.REWARD else "",
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
    act = queries.act_for(officer, version)
    before = access_queries.approvals_of(ref, act.digest, verb=queries.APPROVE)
    if len({each.person for each in before}) + 1 >= rules.APPROVALS:  # this yes would open it
        clashes.insist_on_none(version, now=now)
    given = access.approve(officer, act, proof, now=now)
    if len({each.person for each in given}) >= rules.APPROVALS:
        version.approved_at = now
        version.approved_by = [[each.person, str(each.duty)] for each in given]
        version.save(update_fields=["approved_at", "approved_by"])
        books.open_for(version, by=officer.ref, now=now)
        clashes.end_others(officer, version, now=now)
        access.close_subject(ref, verb=queries.APPROVE, now=now)
    audit.record(officer.ref, "offer.approved", ref=ref, now=now, digest=bytes(version.digest))
    notices.emit("pledges.offer", ref)
    return version


@transaction.atomic
def withdraw(officer: Officer, *, ref: str, now: datetime) -> None:
    """End a version at once; it cannot be shown any more, and what was promised still binds."""
    insist(can(officer, "pledges.withdraw", among=[Duty.OFF, Duty.SUP, Duty.LEG]))
    version = queries.version_for(officer, Purpose.WRITE, ref=ref, lock=True)
    clashes.end(officer, version, now=now)
