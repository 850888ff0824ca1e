"""Two authorities, two promises for one thing: refused, until one is gone or a lawyer signs which binds.

What was promised to anybody before binds as it was: a version that is ended is shown to nobody new,
and who was shown two may take the one that is better for him.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import clash, contradicting, queries
from safeconduct.pledges.models import Ruling, Version
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist

BOTH = "both"


def insist_on_none(version: Version, *, now: datetime) -> None:
    """Refuse to put a version in force beside one that contradicts it, unless a lawyer has ruled.

    Raises:
        Refused: it names the other, its authority, and in what they contradict one another.
    """
    for each in contradicting.clashes_of(version, now=now):
        if each.ruling is None:
            number = f"O-{each.other.offer.number} v{each.other.number}"
            raise Refused(clash.refused(number, each.other.authority, each.reasons))


def end(officer: Officer, version: Version, *, now: datetime) -> None:
    """Withdraw a version: it is shown to nobody any more; what was promised still binds."""
    if version.withdrawn_at is not None:
        return
    version.withdrawn_at, version.withdrawn_by = now, officer.ref
    version.save(update_fields=["withdrawn_at", "withdrawn_by"])
    access.close_subject(version.ref, verb=queries.APPROVE, now=now)
    audit.record(officer.ref, "offer.withdrawn", ref=version.ref, now=now)
    notices.emit("pledges.offer", version.ref)


def end_others(officer: Officer, version: Version, *, now: datetime) -> None:
    """Withdraw what a lawyer has ruled out beside a version that is in force now."""
    for each in contradicting.clashes_of(version, now=now):
        if each.ruling is not None and each.ruling.binds_id == version.pk:
            end(officer, each.other, now=now)


@transaction.atomic
def rule(officer: Officer, *, ref: str, other: str, binds: str, why: str, now: datetime) -> str:
    """Write down which of two versions binds and why; it counts once it is signed. Return its ref.

    Args:
        ref: of the version on whose page it is written.
        other: of the one that contradicts it.
        binds: ref of one of the two, or "both" where they are for different things after all.

    Raises:
        Refused: they do not contradict one another, no reason, or not among his duties.
        Absent: there is no such version.
    """
    insist(can(officer, contradicting.RULE, among=[Duty.LEG]))
    version = queries.version_for(officer, Purpose.WRITE, ref=ref)
    found = {each.other.ref: each.other for each in contradicting.clashes_of(version, now=now)}
    if other not in found or binds not in {ref, other, BOTH}:
        raise Refused(Refusal("offer.no_clash", "These two do not contradict one another."))
    if not why.strip():
        raise Refused(Refusal("offer.no_why", "Why it binds is missing: one line."))
    row = Ruling(
        ref=new_ref(),
        version=version,
        other=found[other],
        binds={ref: version, other: found[other], BOTH: None}[binds],
        why=why.strip(),
        by=officer.ref,
        at=now,
    )
    row.digest = contradicting.digest_now(row)
    row.save(force_insert=True)
    # Written and signed by a lawyer: its author is nobody, for it needs no second person's yes.
    access.put_subject(
        row.ref,
        verb=contradicting.RULE,
        digest=row.digest,
        author=None,
        now=now,
        title=N_("Sign which of two offers binds"),
        url=f"/pledges/offers/{ref}/",
        duties=[Duty.LEG],
    )
    audit.record(officer.ref, "offer.ruling_written", ref=row.ref, now=now, digest=row.digest)
    notices.emit("pledges.offer", ref)
    return row.ref


@transaction.atomic
def sign_ruling(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> Ruling:
    """Sign a ruling. What it rules out beside a version in force is withdrawn at once.

    Raises:
        Refused: signed already, changed since, or not among his duties.
        Absent: there is no such ruling.
    """
    insist(can(officer, contradicting.RULE, among=[Duty.LEG]))
    row = contradicting.ruling_for(officer, ref=ref)
    access.approve(officer, contradicting.act_for(row), proof, now=now)
    access.close_subject(ref, verb=contradicting.RULE, now=now)
    audit.record(officer.ref, "offer.ruled", ref=ref, now=now, digest=bytes(row.digest))
    if row.binds is not None and row.binds.approved_at is not None:
        end_others(officer, row.binds, now=now)
    notices.emit("pledges.offer", row.version.ref)
    return row
