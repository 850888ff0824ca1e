"""What he was shown, and what is owed to everybody in custody without being shown."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import money, queries, rules
from safeconduct.pledges.actions import books
from safeconduct.pledges.actions.keeping import turn_accepted
from safeconduct.pledges.models import Pledge, Shown, Version
from safeconduct.pledges.rules import Kind, State
from safeconduct.refusal import Refusal, insist

Who = Officer | WorkerId


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
    insist(_bears_one_more(version, person_ref))
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


def _bears_one_more(version: Version, person_ref: str) -> Refusal | None:
    """Refuse to show money of which not one promise is left; who was shown it has been shown it."""
    free = books.free_of(version)
    if version.amount is None or free is None:
        return None
    if Pledge.objects.filter(version=version, person_ref=person_ref).exists():
        return None
    return money.may_reserve(version.amount, free=free, currency=version.currency)


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
    """Owe him every standard of custody in force, shown to him or not; return the pledges of this call.

    Standards take no condition and no acceptance: he is owed them because he is here (GC III 16). What
    he is owed already stays as it is, with its date; so does a line that an earlier version owes him.
    """
    refs = []
    for version, item in _unowed(person_ref, now=now):
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
        turn_accepted(row, due_at=due_at, now=now)
        refs.append(row.ref)
    if refs:
        audit.record(who.ref, "pledge.standards_owed", ref=person_ref, now=now)
        notices.emit("pledges.ledger", person_ref, to=f"member:{compartment}")
    return refs


def _unowed(person_ref: str, *, now: datetime) -> list[tuple[Version, str]]:
    """Return each line of the standards in force that this person is not owed yet."""
    his = Pledge.objects.filter(person_ref=person_ref, version__kind=Kind.STANDARD)
    owed = set(his.exclude(state=State.SHOWN).values_list("version__offer_id", "item"))
    return [
        (version, item)
        for version in queries.live(now=now)
        if version.kind == Kind.STANDARD
        for item in version.items
        if (version.offer_id, item) not in owed
    ]
