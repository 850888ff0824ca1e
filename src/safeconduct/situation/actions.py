"""Verbs of the picture: code a claim; enter, confirm and withdraw a total from the records."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from safeconduct.access.rules import Duty, Officer, Purpose, can, digest_of
from safeconduct.audit import actions as audit
from safeconduct.cells import open_month
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.situation import queries, rules
from safeconduct.situation.models import Claim, EarlierTotal, Source


@dataclass(frozen=True, slots=True)
class Saying:
    """A claim to be coded: who printed what whose words, and how the words count."""

    outlet: str
    claimant: str
    published_on: date
    quote: str
    language: str
    number_text: str
    region: str
    told: rules.Told


def _source(name: str, party: rules.Party) -> Source:
    made, _new = Source.objects.get_or_create(name=name, defaults={"party": party.value})
    return made


@transaction.atomic
def code_claim(officer: Officer, saying: Saying, *, now: datetime) -> Claim:
    """Enter one claim with its claimant, outlet and grade. It is never added to the programme's own.

    Raises:
        Refused: not the duty, or coded so that it says more than was said.
    """
    insist(can(officer, "situation.claim", among={Duty.PUB}))
    insist(rules.may_code(saying.told))
    told = saying.told
    claim = Claim.objects.create(
        outlet=_source(saying.outlet, rules.Party.THIRD),
        claimant=_source(saying.claimant, told.claimant_party),
        published_on=saying.published_on,
        quote=saying.quote,
        language=saying.language,
        counts=told.counts.value,
        qualifier=told.qualifier.value,
        low=told.low,
        high=told.high,
        number_text=saying.number_text,
        region=saying.region,
        reliability=told.reliability,
        credibility=told.credibility,
        coded_by=officer.ref,
        coded_at=now,
    )
    audit.record(officer.ref, "situation.claim_coded", ref=claim.ref, now=now)
    return claim


@transaction.atomic
def enter_earlier(
    officer: Officer,
    *,
    counts: rules.Counts,
    month: date,
    count: int,
    record_sha256: str,
    now: datetime,
) -> EarlierTotal:
    """Enter a finished month's total from the records; it counts once another has confirmed it.

    Raises:
        Refused: not the duty, not one of our counts, a running month, or entered before.
    """
    insist(can(officer, "situation.earlier", among={Duty.PUB}))
    insist(
        rules.may_enter_earlier(counts=counts, count=count, month=month, open_month=open_month(now))
    )
    try:
        with transaction.atomic():
            total = EarlierTotal.objects.create(
                counts=counts.value,
                month=month.replace(day=1),
                count=count,
                record_sha256=record_sha256,
                entered_by=officer.ref,
                entered_at=now,
            )
    except IntegrityError:
        raise Refused(
            Refusal("earlier.twice", "This month's total is entered already.", "Look below.")
        ) from None
    what = {"counts": total.counts, "month": total.month.isoformat(), "count": total.count}
    audit.record(
        officer.ref, "situation.earlier_entered", ref=total.ref, now=now, digest=digest_of(what)
    )
    return total


@transaction.atomic
def confirm_earlier(officer: Officer, *, ref: str, count: int, now: datetime) -> EarlierTotal:
    """Confirm a total that another person entered, by what one reads in the record oneself.

    Raises:
        Refused: one's own entry, confirmed before, or another number.
        Absent: no such total.
    """
    insist(can(officer, "situation.earlier", among={Duty.PUB}))
    total = queries.earlier_total(officer, Purpose.APPROVE, ref=ref, lock=True)
    insist(
        rules.may_confirm_earlier(
            entered_by=total.entered_by,
            confirmer=officer.ref,
            confirmed=total.confirmed_at is not None,
            withdrawn=total.withdrawn_at is not None,
            read=count,
            entered=total.count,
        )
    )
    total.confirmed_by, total.confirmed_at = officer.ref, now
    total.save(update_fields=["confirmed_by", "confirmed_at"])
    audit.record(officer.ref, "situation.earlier_confirmed", ref=total.ref, now=now)
    return total


@transaction.atomic
def doubt_earlier(officer: Officer, *, ref: str, why: str, now: datetime) -> EarlierTotal:
    """Say that a total is wrong. One that does not count yet is withdrawn by that.

    Args:
        why: one line for everybody who sees totals; up to 200 letters are kept.

    Raises:
        Refused: not the duty, no reason, said before, or withdrawn.
        Absent: no such total.
    """
    insist(can(officer, "situation.earlier", among={Duty.PUB}))
    total = queries.earlier_total(officer, Purpose.WRITE, ref=ref, lock=True)
    withdrawn = total.withdrawn_at is not None
    insist(rules.may_doubt_earlier(why=why, doubted=bool(total.doubted_by), withdrawn=withdrawn))
    total.doubted_by, total.doubted_at, total.doubt = officer.ref, now, why.strip()[:200]
    total.save(update_fields=["doubted_by", "doubted_at", "doubt"])
    audit.record(officer.ref, "situation.earlier_doubted", ref=total.ref, now=now)
    if total.confirmed_at is None:
        _withdraw(officer, total, now=now)
    return total


@transaction.atomic
def withdraw_earlier(officer: Officer, *, ref: str, now: datetime) -> EarlierTotal:
    """Withdraw, as a second person, a total that counts and that somebody said is wrong.

    It counts no more and stays to be seen; the month may be entered anew.

    Raises:
        Refused: not the duty, nobody said so or oneself did, or withdrawn before.
        Absent: no such total.
    """
    insist(can(officer, "situation.earlier", among={Duty.PUB}))
    total = queries.earlier_total(officer, Purpose.APPROVE, ref=ref, lock=True)
    withdrawn = total.withdrawn_at is not None
    insist(
        rules.may_withdraw_earlier(doubted_by=total.doubted_by, by=officer.ref, withdrawn=withdrawn)
    )
    _withdraw(officer, total, now=now)
    return total


def _withdraw(officer: Officer, total: EarlierTotal, *, now: datetime) -> None:
    total.withdrawn_by, total.withdrawn_at = officer.ref, now
    total.save(update_fields=["withdrawn_by", "withdrawn_at"])
    audit.record(officer.ref, "situation.earlier_withdrawn", ref=total.ref, now=now)
