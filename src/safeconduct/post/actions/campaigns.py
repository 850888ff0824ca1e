"""The door for campaigns: a frozen list of numbers, lanes by zone, each number written to once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges.rules import Token
from safeconduct.post.actions.admit import e164
from safeconduct.post.actions.door import check_words
from safeconduct.post.models import Cursor, Message, Recipient
from safeconduct.post.queries import BODY, SENT
from safeconduct.post.rules import Kind
from safeconduct.refs import new_ref

RECIPIENT = "post.Recipient.number"
Who = Officer | WorkerId


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of an imported list; nothing else is ever taken from it."""

    number: str
    language: str
    zone: str


def compartment_of(campaign: str) -> str:
    """Return the compartment that holds a campaign's list."""
    return f"campaign:{campaign}"


@transaction.atomic
def import_recipients(
    who: Who, *, campaign: str, rows: Iterable[Listed], region: str, now: datetime
) -> int:
    """Seal a campaign's numbers, each once; return how many stand in the list now.

    Numbers are sealed and blind-indexed here and now, in two keeper calls for the whole list, and
    no room sees them again. Doubles fall together.
    """
    listed = list({e164(row.number, region=region): row for row in rows}.items())
    numbers = [number for number, _row in listed]
    compartment = compartment_of(campaign)
    keys = keyring.open_fields(who, Purpose.WRITE, [compartment], ["phone"])
    by_phone = keyring.blind_many(who, "phone", numbers)
    by_optout = keyring.blind_many(who, "optout", numbers)
    places: dict[str, int] = {}
    made = []
    for (number, row), index, optout in zip(listed, by_phone, by_optout, strict=True):
        places[row.zone] = places.get(row.zone, 0) + 1
        ref = new_ref()
        sealed = keys.seal(number, field=RECIPIENT, kind="phone", compartment=compartment, ref=ref)
        made.append(
            Recipient(
                campaign=campaign,
                position=places[row.zone],
                ref=ref,
                number=sealed,
                index=index,
                optout_index=optout,
                language=row.language,
                zone=row.zone,
            )
        )
    Recipient.objects.filter(campaign=campaign).delete()
    Recipient.objects.bulk_create(made, batch_size=500)
    audit.record(who.ref, "post.list_imported", ref=campaign, now=now)
    return len(made)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a zone's numbers may be written to: minutes of their day; equal means all day."""

    from_minute: int
    to_minute: int


@transaction.atomic
def queue_campaign(
    who: Who,
    *,
    campaign: str,
    route: str,
    texts: Mapping[str, str],
    tokens: Mapping[str, Sequence[Token]],
    hours: Hours,
    per_second: int,
    not_after: datetime,
    now: datetime,
) -> int:
    """Put a campaign's texts into its lanes, one a number; return how many.

    Args:
        route: by which gateway they leave.
        texts, tokens: by language; every text passes the promise and no-quarter checks.
        per_second: short messages a second on each lane, by the carrier's contract.

    Raises:
        Refused: a text promises beyond its tokens, or threatens.
    """
    for language, text in texts.items():
        check_words(text, language=language, tokens=tokens.get(language, ()), now=now)
    compartment = compartment_of(campaign)
    keys = keyring.open_fields(who, Purpose.WRITE, [compartment], [SENT])
    made = []
    rows = Recipient.objects.filter(campaign=campaign).order_by("zone", "position")
    for row in rows:
        ref = new_ref()
        text = texts[row.language]
        made.append(
            Message(
                ref=ref,
                lane=_lane(campaign, row.zone),
                recipient=row,
                compartment=compartment,
                kind=Kind.CAMPAIGN,
                route=route,
                language=row.language,
                body=keys.seal(text, field=BODY, kind=SENT, compartment=compartment, ref=ref),
                tokens=[[t.kind, t.ref, t.digest.hex()] for t in tokens.get(row.language, ())],
                by=who.ref,
                put_at=now,
                not_after=not_after,
            )
        )
    Message.objects.bulk_create(made, batch_size=500)
    for zone in sorted({row.zone for row in rows}):
        Cursor.objects.create(
            lane=_lane(campaign, zone),
            campaign=campaign,
            zone=zone,
            from_minute=hours.from_minute,
            to_minute=hours.to_minute,
            per_second=per_second,
        )
    audit.record(who.ref, "post.campaign_queued", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)
    return len(made)


def _lane(campaign: str, zone: str) -> str:
    return f"campaign:{campaign}:{zone}"


@transaction.atomic
def pause_campaign(who: Who, *, campaign: str, now: datetime) -> None:
    """Stop every lane's cursor; at most one second's batch more leaves."""
    Cursor.objects.filter(campaign=campaign, stopped_at=None).update(
        stopped_at=now, stopped_by=who.ref
    )
    audit.record(who.ref, "post.campaign_paused", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)


@transaction.atomic
def resume_campaign(who: Who, *, campaign: str, now: datetime) -> None:
    """Let the lanes run on from where they stand."""
    Cursor.objects.filter(campaign=campaign).update(stopped_at=None, stopped_by="")
    audit.record(who.ref, "post.campaign_resumed", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)


@transaction.atomic
def drop_recipients(who: Who, *, campaign: str, now: datetime) -> int:
    """Delete a campaign's list and texts at the end of its term; opt-outs stay."""
    gone, _by_model = Recipient.objects.filter(campaign=campaign).delete()
    audit.record(who.ref, "post.list_dropped", ref=campaign, now=now)
    return gone
