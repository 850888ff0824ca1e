"""The only way to read campaigns: text, statement, progress and counts. Never a number."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Duty, Given, Officer, Purpose, digest_of
from safeconduct.outreach.models import Campaign
from safeconduct.outreach.rules import State
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.rules import Token
from safeconduct.post import progress
from safeconduct.post.segments import Size, size_of

VERB = "outreach.approve"
RESUME = "outreach.resume"
LETTERS = "AB"  # of a campaign's two texts
READERS = frozenset({Duty.CAM, Duty.SUP, Duty.LEG, Duty.AUD})
APPROVERS = frozenset({Duty.CAM, Duty.LEG, Duty.SUP})


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a campaign: its language, its letter where there are two of it, and its size."""

    language: str
    letter: str
    text: str
    size: Size


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign as the page shows it.

    Attributes:
        counts: outcome → recipients, over all lanes; they add up to `done`.
        done: recipients that have been dealt with. put: recipients queued.
        read: lines of the list that are read. undeleted: numbers still to be deleted.
        end: when the last text will have left; None before it began and after.
    """

    campaign: Campaign
    given: tuple[Given, ...]
    lanes: list[progress.LaneProgress]
    counts: dict[str, int]
    put: int
    done: int
    delivered: int
    stopped: int
    texts: list[Said]
    read: int
    undeleted: int
    end: progress.End | None


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
        "per_hour": campaign.per_hour,
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


def card_for(
    officer: Officer, purpose: Purpose, *, ref: str, now: datetime, wall: datetime, speed: float
) -> Card:
    """Return one campaign with its progress, which is read from lanes and tallies alone.

    Args:
        speed: seconds of world time in a second of real time.
    """
    campaign = campaign_for(officer, purpose, ref=ref)
    lanes = progress.of(ref)
    counts: Counter[str] = Counter()
    for lane in lanes:
        counts.update(lane.outcomes)
    ended = campaign.state in {State.DESTROYED, State.REFUSED}
    return Card(
        campaign=campaign,
        given=given_to(campaign),
        lanes=lanes,
        counts=counts,
        put=sum(lane.put for lane in lanes),
        done=sum(lane.claimed for lane in lanes),
        delivered=progress.delivered_of(ref),
        stopped=progress.opted_out_of(ref),
        texts=list(said_of(campaign)),
        read=campaign.lines - progress.unread_of(ref),
        undeleted=progress.left_of(ref) if ended else 0,
        end=None if ended else progress.end_of(ref, now=now, wall=wall, speed=speed),
    )


def said_of(campaign: Campaign) -> Iterator[Said]:
    """Yield a campaign's texts, in the order of languages and letters."""
    for language, texts in campaign.texts.items():
        for text, letter in zip(texts, LETTERS, strict=False):
            yield Said(language, letter if len(texts) > 1 else "", text, size_of(text))


def being_read() -> Campaign | None:
    """Return the oldest campaign whose list is being read. For the worker, not for screens."""
    return Campaign.objects.filter(state=State.READING).order_by("pk").first()


def ended_refs() -> list[str]:
    """Return campaigns whose numbers must be gone. For the worker, not for screens."""
    rows = Campaign.objects.filter(state__in=[State.DESTROYED, State.REFUSED])
    return list(rows.order_by("-pk").values_list("ref", flat=True)[:100])


def unended(*, now: datetime) -> list[str]:
    """Return campaigns that run, and those whose term is over. For the worker, not for screens."""
    ended = [State.DESTROYED, State.REFUSED, State.READING]
    over = Q(term_ends__lte=now.date())
    rows = Campaign.objects.exclude(state__in=ended).filter(Q(state=State.RUNNING) | over)
    return list(rows.order_by("pk").values_list("ref", flat=True))


def is_over(ref: str, *, now: datetime) -> bool:
    """Return whether a list's term is over. For the worker, not for screens."""
    return Campaign.objects.filter(ref=ref, term_ends__lte=now.date()).exists()


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
