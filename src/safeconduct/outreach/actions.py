"""Verbs of a campaign: draft, approve, start, pause, resume, destroy. Pausing takes one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.db import IntegrityError, transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.outreach import queries, rules
from safeconduct.outreach.listing import List
from safeconduct.outreach.models import Campaign
from safeconduct.outreach.rules import State, Statement
from safeconduct.pledges import queries as pledges
from safeconduct.post import actions as post
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

PLACE_OF_OFFER = "{offer}"
TITLE = "A campaign waits for a yes to its exact text and list."
TITLE_RESUME = "A paused campaign waits for a yes to go on."
UNSIGNED = Refusal(
    "campaign.unsigned",
    "Two people's yeses to this campaign cannot be proved by the keeper's signature.",
    "Try again while the keeper answers; if it is said again, call a supervisor and draft it anew.",
)
HOURS = post.Hours(rules.DAY[0].hour * 60, rules.DAY[1].hour * 60)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign is drafted from. `{offer}` in a text is where the offer's own words go."""

    name: str
    texts: dict[str, str]
    offers: Sequence[str]
    statement: Statement
    recipients: List
    route: str
    per_second: int
    region: str
    stop: str


def _worded(draft: Draft, *, now: datetime) -> dict[str, str]:
    """Put the offers' own words into the texts; a text never says them in other words."""
    live = {version.ref: version for version in pledges.live(now=now)}
    dead = [ref for ref in draft.offers if ref not in live]
    if dead:
        raise Refused(
            Refusal("campaign.offer", "An offer it names is not in force.", "Choose a living one.")
        )
    worded = {}
    for language, text in draft.texts.items():
        said = " ".join(live[ref].texts.get(language, "") for ref in draft.offers)
        worded[language] = " ".join(text.replace(PLACE_OF_OFFER, said).split())
    return worded


@transaction.atomic
def draft_campaign(officer: Officer, draft: Draft, *, now: datetime) -> Campaign:
    """Freeze a text and a list for approval by two others; the numbers are sealed at once.

    Raises:
        Refused: not the duty; a statement, list or text with a gap; a promise without its token.
    """
    insist(can(officer, "outreach.draft", among={Duty.CAM}))
    insist(rules.may_state(draft.statement, today=now.date()))
    worded = _worded(draft, now=now)
    spoken = {language for language, _zone, _count in draft.recipients.segments}
    insist(rules.may_write(worded, languages=sorted(spoken), stop=draft.stop))
    campaign = Campaign(
        ref=new_ref(),
        name=draft.name,
        texts={language: worded[language] for language in sorted(spoken)},
        offer_refs=list(draft.offers),
        holder=draft.statement.holder,
        basis=draft.statement.basis,
        document_sha256=draft.statement.document_sha256,
        term_ends=draft.statement.term_ends,
        segments=[list(segment) for segment in draft.recipients.segments],
        listed=len(draft.recipients.lines),
        list_sha256=draft.recipients.sha256,
        route=draft.route,
        per_second=draft.per_second,
        made_by=officer.ref,
        made_at=now,
    )
    _check_words(campaign, now=now)
    campaign.digest = queries.digest_now(campaign)
    _store(campaign)
    rows = [post.Listed(line.number, line.language, line.zone) for line in draft.recipients.lines]
    post.import_recipients(officer, campaign=campaign.ref, rows=rows, region=draft.region, now=now)
    _put_up(campaign, verb=queries.VERB, author=officer.ref, title=TITLE, now=now)
    audit.record(
        officer.ref, "outreach.drafted", ref=campaign.ref, now=now, digest=bytes(campaign.digest)
    )
    return campaign


def _check_words(campaign: Campaign, *, now: datetime) -> None:
    tokens = queries.tokens_of(campaign, now=now)
    for language, text in campaign.texts.items():
        post.check_words(text, language=language, tokens=tokens[language], now=now)


def _store(campaign: Campaign) -> None:
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            Refusal("campaign.name", "There is a campaign of that name.", "Choose another name.")
        ) from None


def _put_up(campaign: Campaign, *, verb: str, author: str, title: str, now: datetime) -> None:
    access.put_subject(
        campaign.ref,
        verb=verb,
        digest=bytes(campaign.digest),
        author=author,
        now=now,
        title=title,
        url=f"/outreach/{campaign.ref}/",
        duties=sorted(queries.APPROVERS),
    )


@transaction.atomic
def approve_campaign(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> Campaign:
    """Give one of the two yeses; the second one opens the campaign.

    Raises:
        Refused: one's own draft, a changed text, not the duty, no passkey.
    """
    campaign = queries.campaign_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    insist(can(officer, "outreach.approve", among=queries.APPROVERS))
    insist(rules.may_go(State(campaign.state), State.APPROVED))
    given = access.approve(officer, queries.act_for(officer, campaign), proof, now=now)
    if len({each.person for each in given}) >= rules.APPROVALS:
        _go(campaign, State.APPROVED, approved_at=now)
    audit.record(officer.ref, "outreach.approved", ref=ref, now=now, digest=bytes(campaign.digest))
    return campaign


@transaction.atomic
def start_campaign(officer: Officer, *, ref: str, now: datetime) -> Campaign:
    """Let an approved campaign begin; every text passes the door of words once more.

    Raises:
        Refused: not approved, its yeses are not the keeper's, an offer that is no longer in force, not the duty.
    """
    campaign = queries.campaign_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(can(officer, "outreach.start", among={Duty.CAM}))
    insist(rules.may_go(State(campaign.state), State.RUNNING))
    if campaign.state != State.APPROVED or queries.digest_now(campaign) != bytes(campaign.digest):
        insist(Refusal("campaign.changed", "This is not what was approved.", "Draft it anew."))
    if len({each.person for each in queries.given_to(campaign)}) < rules.APPROVALS:
        insist(UNSIGNED)
    post.queue_campaign(
        officer,
        campaign=ref,
        route=campaign.route,
        texts=campaign.texts,
        tokens=queries.tokens_of(campaign, now=now),
        hours=HOURS,
        per_second=campaign.per_second,
        not_after=datetime.combine(campaign.term_ends, time(), tzinfo=UTC),
        now=now,
    )
    _go(campaign, State.RUNNING, started_at=now)
    audit.record(officer.ref, "outreach.started", ref=ref, now=now)
    return campaign


@transaction.atomic
def pause_campaign(officer: Officer, *, ref: str, now: datetime) -> Campaign:
    """Stop it at once: any one person who sees campaigns, without a reason."""
    campaign = queries.campaign_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_go(State(campaign.state), State.PAUSED))
    post.pause_campaign(officer, campaign=ref, now=now)
    _go(campaign, State.PAUSED)
    _put_up(campaign, verb=queries.RESUME, author=officer.ref, title=TITLE_RESUME, now=now)
    audit.record(officer.ref, "outreach.paused", ref=ref, now=now)
    return campaign


@transaction.atomic
def resume_campaign(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> Campaign:
    """Say yes to going on; it goes on with the second person's yes.

    Raises:
        Refused: the one who paused it, not paused, not the duty.
    """
    campaign = queries.campaign_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    insist(can(officer, "outreach.resume", among=queries.APPROVERS))
    insist(rules.may_go(State(campaign.state), State.RUNNING))
    act = queries.act_for(officer, campaign, verb=queries.RESUME)
    given = access.approve(officer, act, proof, now=now)
    if len({each.person for each in given}) >= rules.APPROVALS:
        access.close_subject(ref, verb=queries.RESUME, now=now)
        post.resume_campaign(officer, campaign=ref, now=now)
        _go(campaign, State.RUNNING)
    audit.record(officer.ref, "outreach.resumed", ref=ref, now=now)
    return campaign


@transaction.atomic
def destroy_list(officer: Officer, *, ref: str, now: datetime) -> Campaign:
    """Delete the list and its texts; counts and opt-outs stay.

    Raises:
        Refused: it runs; not the duty.
    """
    campaign = queries.campaign_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(can(officer, "outreach.destroy", among={Duty.CAM, Duty.SUP}))
    insist(rules.may_go(State(campaign.state), State.DESTROYED))
    post.drop_recipients(officer, campaign=ref, now=now)
    for verb in (queries.VERB, queries.RESUME):
        access.close_subject(ref, verb=verb, now=now)
    _go(campaign, State.DESTROYED, ended_at=now)
    audit.record(officer.ref, "outreach.list_destroyed", ref=ref, now=now)
    return campaign


def _go(campaign: Campaign, to: State, **stamps: datetime) -> None:
    campaign.state = to.value
    for name, at in stamps.items():
        setattr(campaign, name, at)
    campaign.save(update_fields=["state", *stamps])
    notices.emit("outreach.campaign", campaign.ref)
