"""Who is let into which compartment."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from safeconduct.access import client
from safeconduct.access.models import Glass, Membership
from safeconduct.access.queries.staff import living
from safeconduct.access.rules import Duty, Officer
from safeconduct.refusal import Refused


def member(officer: Officer, compartment: str, *, now: datetime | None = None) -> bool:
    """Return whether `officer` is let into `compartment`; removal acts at once.

    Args:
        now: world time; without it a membership whose term has run out, and which the clocks have
            not ended yet, still counts here. The keeper judges the term by itself in any case.
    """
    return compartment in compartments_of(officer, now=now, among=[compartment])


def compartments_of(
    officer: Officer, *, now: datetime | None = None, among: Iterable[str] | None = None
) -> set[str]:
    """Return the compartments `officer` is let into, for a duty he still holds."""
    rows = Membership.objects.filter(
        living(now=now) if now else Q(ended_at__isnull=True),
        person=officer.pk,
        duty__in=[str(duty) for duty in officer.duties],
    )
    if among is not None:
        rows = rows.filter(compartment__in=list(among))
    ours = set(rows.values_list("compartment", flat=True))
    return ours if officer.let_in is None else ours & officer.let_in


def as_the_keeper_knows(officer: Officer) -> Officer:
    """Return `officer` with the compartments that the keeper, which believes no table of ours, lets him into.

    While it is away or has ended the login he stays as he is: nothing sealed opens, stopping goes on.
    """
    try:
        return replace(officer, let_in=client.let_in(officer.login))
    except (Refused, client.KeeperAway):
        return officer


def members_of(compartment: str, *, now: datetime) -> dict[str, set[Duty]]:
    """Return person ref → duties of everybody let into `compartment` at `now`."""
    found: dict[str, set[Duty]] = {}
    rows = Membership.objects.filter(living(now=now), compartment=compartment)
    for ref, duty in rows.values_list("person__ref", "duty"):
        found.setdefault(ref, set()).add(Duty(duty))
    return found


def touched_by(person: str, *, since: datetime | None) -> set[str]:
    """Return the compartments a person could open at any time from `since` on, whatever ended since.

    The keeper opens to members and by broken glass, and to nobody else; so this holds every opening
    of his, and more: what he could have read and did not.

    Args:
        person: his ref.
        since: world time; None for all that he was ever let into.
    """
    member = Q(person__ref=person)
    broke = Q(person__ref=person, until__isnull=False)
    if since is not None:
        still = Q(ended_at__isnull=True) | Q(ended_at__gte=since)
        member &= still & (Q(until__isnull=True) | Q(until__gte=since))
        broke &= still & Q(until__gte=since)
    there = set(Membership.objects.filter(member).values_list("compartment", flat=True))
    there |= set(Glass.objects.filter(broke).values_list("compartment", flat=True))
    return there - {""}


def duties_in(compartments: Iterable[str], *, now: datetime) -> set[Duty]:
    """Return the duties for which anybody is let into one of `compartments` at `now`."""
    rows = Membership.objects.filter(living(now=now), compartment__in=set(compartments))
    return {Duty(duty) for duty in rows.values_list("duty", flat=True).distinct()}
