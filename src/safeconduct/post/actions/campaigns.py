"""The door for campaigns: approved texts for a frozen list, begun, paused and let go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges.rules import Audience, Token
from safeconduct.post.actions.door import check_words
from safeconduct.post.actions.lists import compartment_of
from safeconduct.post.campaign_tables import Lane, Wording
from safeconduct.post.queries import SENT
from safeconduct.post.segments import size_of
from safeconduct.refs import new_ref

WORDING = "post.Wording.body"
Who = Officer | WorkerId


@dataclass(frozen=True, slots=True)
class Hours:
    """When a zone's numbers may be written to: minutes of their day; equal means all day."""

    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Short messages a second and an hour, of real time, by the carrier's contract; 0: no hour's limit."""

    per_second: int
    per_hour: int = 0


@transaction.atomic
def queue_campaign(
    who: Who,
    *,
    campaign: str,
    route: str,
    texts: Mapping[str, Sequence[str]],
    tokens: Mapping[str, Sequence[Token]],
    hours: Hours,
    rate: Rate,
    not_after: datetime,
    now: datetime,
) -> int:
    """Let a campaign's lanes begin; return how many numbers they have.

    Args:
        route: by which gateway they leave.
        texts: by language, the variants; every text passes the promise and no-quarter checks.
        tokens: by language; of offers alone, for a campaign has no plan.

    Raises:
        Refused: a text promises beyond its tokens, or threatens.
    """
    for language, variants in texts.items():
        for text in variants:
            check_words(
                text, language=language, tokens=tokens.get(language, ()), to=Audience.MANY, now=now
            )
    compartment = compartment_of(campaign)
    keys = keyring.open_fields(who, Purpose.WRITE, [compartment], [SENT])
    for language, variants in texts.items():
        for variant, text in enumerate(variants):
            ref = new_ref()
            Wording.objects.create(
                ref=ref,
                campaign=campaign,
                language=language,
                variant=variant,
                body=keys.seal(text, field=WORDING, kind=SENT, compartment=compartment, ref=ref),
                parts=size_of(text).parts,
                offers=[token.ref for token in tokens.get(language, ())],
            )
    lanes = Lane.objects.filter(campaign=campaign)
    lanes.update(
        route=route,
        from_minute=hours.from_minute,
        to_minute=hours.to_minute,
        per_second=rate.per_second,
        per_hour=rate.per_hour,
        not_after=not_after,
    )
    audit.record(who.ref, "post.campaign_queued", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)
    return sum(lane.total for lane in lanes)


@transaction.atomic
def pause_campaign(who: Who, *, campaign: str, now: datetime) -> None:
    """Stop every lane; at most one second's batch more leaves."""
    Lane.objects.filter(campaign=campaign, stopped_at=None).update(
        stopped_at=now, stopped_by=who.ref
    )
    audit.record(who.ref, "post.campaign_paused", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)


@transaction.atomic
def resume_campaign(who: Who, *, campaign: str, now: datetime) -> None:
    """Let the lanes run on from where they stand."""
    Lane.objects.filter(campaign=campaign).update(stopped_at=None, stopped_by="")
    audit.record(who.ref, "post.campaign_resumed", ref=campaign, now=now)
    notices.emit("post.campaign", campaign)
