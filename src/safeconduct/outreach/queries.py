"""The only way to read campaigns: text, statement, progress and counts. Never a number."""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Duty, Given, Officer, Purpose, digest_of
from safeconduct.outreach.models import Campaign
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.rules import Token
from safeconduct.post import queries as post
from safeconduct.post.segments import Size, size_of

VERB = "outreach.approve"
RESUME = "outreach.resume"
READERS = frozenset({Duty.CAM, Duty.SUP, Duty.LEG, Duty.AUD})
APPROVERS = frozenset({Duty.CAM, Duty.LEG, Duty.SUP})


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign as the page shows it.

    Attributes:
        counts: outcome → recipients, over all lanes; they add up to `done`.
        done: recipients that have been dealt with. put: recipients queued.
    """

    campaign: Campaign
    given: tuple[Given, ...]
    lanes: list[post.LaneProgress]
    counts: dict[str, int]
    put: int
    done: int
    delivered: int
    stopped: int
    sizes: dict[str, Size]


def content_of(campaign: Campaign) -> dict[str, object]:
    """Return the canonical content that approvals bind: text, list, statement, rate."""
    return {
        "campaign": campaign.ref,
        "texts": dict(campaign.texts),
        "offers": list(campaign.offer_refs),
        "holder": campaign.holder,
        "basis": campaign.basis,
        "document": campaign.document_sha256,
        "term_ends": campaign.term_ends.isoformat(),
        "segments": [list(segment) for segment in campaign.segments],
        "listed": campaign.listed,
        "list": campaign.list_sha256,
        "route": campaign.route,
        "per_second": campaign.per_second,
    }


def digest_now(campaign: Campaign) -> bytes:
    """Return the digest of the campaign as it stands in the table this moment."""
    return digest_of(content_of(campaign))


def act_for(officer: Officer, campaign: Campaign, *, verb: str = VERB) -> Act:
    """Return the act of approving this campaign under a duty `officer` holds."""
    duty = next((d for d in (Duty.LEG, Duty.SUP, Duty.CAM) if d in officer.duties), Duty.CAM)
    return Act(verb, campaign.ref, bytes(campaign.digest), duty)


def campaign_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> Campaign:
    """Return one campaign to somebody who works with campaigns.

    Raises:
        Absent: there is none, or `officer` has no such duty.
    """
    rows = Campaign.objects.select_for_update() if lock else Campaign.objects.all()
    found = rows.filter(ref=ref).first()
    if found is None or not officer.duties & READERS:
        raise Absent
    return found


def campaigns(officer: Officer, _purpose: Purpose) -> list[Campaign]:
    """Return all campaigns, newest first."""
    if not officer.duties & READERS:
        raise Absent
    return list(Campaign.objects.order_by("-made_at", "-pk")[:100])


def given_to(campaign: Campaign) -> tuple[Given, ...]:
    """Return the yeses to exactly this campaign, each believed by the keeper's signature."""
    return access.approvals_of(campaign.ref, bytes(campaign.digest), verb=VERB)


def card_for(officer: Officer, purpose: Purpose, *, ref: str) -> Card:
    """Return one campaign with its progress; progress costs two counts a lane."""
    campaign = campaign_for(officer, purpose, ref=ref)
    lanes = post.progress_of(ref)
    counts: dict[str, int] = {}
    for lane in lanes:
        for outcome, count in lane.outcomes.items():
            counts[outcome] = counts.get(outcome, 0) + count
    return Card(
        campaign=campaign,
        given=given_to(campaign),
        lanes=lanes,
        counts=counts,
        put=sum(lane.put for lane in lanes),
        done=sum(lane.claimed for lane in lanes),
        delivered=post.delivered_of(ref),
        stopped=post.opted_out_of(ref),
        sizes={language: size_of(text) for language, text in campaign.texts.items()},
    )


def tokens_of(campaign: Campaign, *, now: datetime) -> dict[str, list[Token]]:
    """Return, by language, the leave for the offers' words in this campaign's texts."""
    live = {version.ref: version for version in pledges.live(now=now)}
    return {
        language: [
            pledges.token_for(live[ref], language)
            for ref in campaign.offer_refs
            if ref in live and live[ref].texts.get(language)
        ]
        for language in campaign.texts
    }
