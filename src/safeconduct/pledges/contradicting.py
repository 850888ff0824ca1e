"""Which versions contradict one another just now, and what a lawyer has signed about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Duty, Officer, digest_of
from safeconduct.pledges import clash, queries
from safeconduct.pledges.models import Ruling, Version
from safeconduct.pledges.rules import Kind
from safeconduct.refusal import Said

RULE = "pledges.rule"


@dataclass(frozen=True, slots=True)
class Clash:
    """Another version that contradicts one, in what, and the ruling that was signed on the two."""

    other: Version
    standing: str
    reasons: Sequence[Said]
    ruling: Ruling | None


def _promised(version: Version) -> clash.Promised:
    return clash.Promised(
        version.offer.number,
        version.authority,
        version.given_for,
        tuple(version.items),
        version.amount,
        version.currency,
        version.starts_at,
        version.expires_at,
    )


def clashes_of(version: Version, *, now: datetime) -> list[Clash]:
    """Return what contradicts a version among all that are in force, begin later, or wait for approval.

    Of an offer's versions in force only the newest is shown to anybody, and so only it contradicts.
    """
    if version.kind != Kind.REWARD or version.withdrawn_at is not None:
        return []
    rows = Version.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), kind=Kind.REWARD)
    rows = rows.filter(withdrawn_at=None).exclude(offer=version.offer_id)
    shown = {each.pk for each in queries.live(now=now)}
    found = []
    for other in rows.select_related("offer").order_by("offer__number", "number"):
        running = other.approved_at is not None and other.starts_at <= now
        why = clash.reasons(_promised(version), _promised(other))
        if why and (not running or other.pk in shown):
            standing = queries.standing_of(other, now=now)
            found.append(Clash(other, standing, why, _signed_on(version, other)))
    return found


def rulings_on(version: Version) -> list[Ruling]:
    """Return every ruling that was written on a version, the newest first, signed or not."""
    rows = Ruling.objects.filter(Q(version=version) | Q(other=version))
    return list(
        rows.select_related("version__offer", "other__offer", "binds__offer").order_by("-pk")
    )


def _signed_on(one: Version, other: Version) -> Ruling | None:
    both = {one.pk, other.pk}
    rows = (each for each in rulings_on(one) if {each.version_id, each.other_id} == both)
    return next((each for each in rows if is_signed(each)), None)


def is_signed(ruling: Ruling) -> bool:
    """Return whether a lawyer has signed a ruling as it stands in the table, whatever else the row says."""
    given = access.approvals_once(ruling.ref, digest_now(ruling), verb=RULE)
    return any(each.duty is Duty.LEG for each in given)


def digest_now(ruling: Ruling) -> bytes:
    """Return the digest of a ruling: which two versions, letter for letter, which binds, and why."""
    binds = ruling.binds
    return digest_of(
        {
            "ruling": ruling.ref,
            "version": bytes(ruling.version.digest).hex(),
            "other": bytes(ruling.other.digest).hex(),
            "binds": binds.ref if binds else "",
            "why": ruling.why,
        }
    )


def act_for(ruling: Ruling) -> Act:
    """Return the act of signing a ruling; a lawyer's alone."""
    return Act(RULE, ruling.ref, bytes(ruling.digest), Duty.LEG)


def ruling_for(officer: Officer, *, ref: str) -> Ruling:
    """Return one ruling to a lawyer.

    Raises:
        Absent: there is none, or `officer` is no lawyer.
    """
    rows = Ruling.objects.select_related("version__offer", "other__offer", "binds__offer")
    found = rows.filter(ref=ref).first()
    if found is None or Duty.LEG not in officer.duties:
        raise Absent
    return found
