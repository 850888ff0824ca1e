"""Verbs of a campaign: draft, read its list, approve, start, pause, resume, destroy. Pausing takes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.db import IntegrityError, transaction

from safeconduct.access import actions as access
from safeconduct.access.keyring import OVER_RATE
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.outreach import queries, rules
from safeconduct.outreach.listing import List
from safeconduct.outreach.models import Campaign
from safeconduct.outreach.rules import State, Statement
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.rules import Audience
from safeconduct.post import actions as post
from safeconduct.post import progress
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist

PLACE_OF_OFFER = "{offer}"
TITLE = N_("A campaign waits for a yes to its exact text and list.")
TITLE_RESUME = N_("A paused campaign waits for a yes to go on.")
UNSIGNED = Refusal(
    "campaign.unsigned",
    "Two people's yeses to this campaign cannot be proved by the keeper's signature.",
    "Try again while the keeper answers; if it is said again, call a supervisor and draft it anew.",
)
CHANGED = Refusal("campaign.changed", "This is not what was approved.", "Draft it anew.")
HOURS = post.Hours(rules.DAY[0].hour * 60, rules.DAY[1].hour * 60)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign is drafted from. `{offer}` in a text is where the offer's own words go."""

    name: str
    texts: Mapping[str, Sequence[str]]
    offers: Sequence[str]
    statement: Statement
    recipients: List
    route: str
    rate: post.Rate
    region: str
    stop: str


def _worded(draft: Draft, *, now: datetime) -> dict[str, list[str]]:
    """Put the offers' own words into the texts; a text never says them in other words."""
    live = {version.ref: version for version in pledges.live(now=now)}
    dead = [ref for ref in draft.offers if ref not in live]
    if dead:
        raise Refused(
            Refusal("campaign.offer", "An offer it names is not in force.", "Choose a living one.")
        )
    worded = {}
    for language, texts in draft.texts.items():
        said = " ".join(live[ref].texts.get(language, "") for ref in draft.offers)
        worded[language] = [" ".join(text.replace(PLACE_OF_OFFER, said).split()) for text in texts]
    return worded


@transaction.atomic
def draft_campaign(officer: Officer, draft: Draft, *, now: datetime) -> Campaign:
    """Freeze texts and a list for approval by two others; the numbers are sealed at once.

    The list's first thousand lines are read here and now. The rest is read by the worker, part by
    part (`read_on`), and until then nobody can approve it.

    Raises:
        Refused: not the duty; a statement, list or text with a gap; a promise without its token.
    """
    insist(can(officer, "outreach.draft", among={Duty.CAM}))
    insist(rules.may_state(draft.statement, today=now.date()))
    insist(rules.may_leave_at(draft.rate.per_second, draft.rate.per_hour))
    worded = _worded(draft, now=now)
    spoken = sorted({language for language, _zone in draft.recipients.segments})
    insist(rules.may_write(worded, languages=spoken, stop=draft.stop))
    variants = {language: len(worded[language]) for language in spoken}
    insist(rules.may_import(draft.recipients.segments, variants=variants))
    campaign = Campaign(
        ref=new_ref(),
        name=draft.name,
        state=State.READING,
        texts={language: worded[language] for language in spoken},
        offer_refs=list(draft.offers),
        holder=draft.statement.holder,
        basis=draft.statement.basis,
        document_sha256=draft.statement.document_sha256,
        term_ends=draft.statement.term_ends,
        list_sha256=draft.recipients.sha256,
        lines=sum(part.lines for part in draft.recipients.parts),
        route=draft.route,
        per_second=draft.rate.per_second,
        per_hour=draft.rate.per_hour,
        digest=b"",
        made_by=officer.ref,
        made_at=now,
    )
    _check_words(campaign, now=now)
    _store(campaign)
    parts = ((part.first_line, part.lines, part.text) for part in draft.recipients.parts)
    post.put_list(officer, campaign=campaign.ref, parts=parts, now=now)
    audit.record(officer.ref, "outreach.drafted", ref=campaign.ref, now=now)
    _read(officer, campaign, region=draft.region, now=now)
    return campaign


def _read(who: Officer | WorkerId, campaign: Campaign, *, region: str, now: datetime) -> None:
    """Read one part of a list; the last one freezes it.

    Raises:
        Refused: a line holds no number; a segment or a language's text is missing; over the rate.
    """
    variants = {language: len(texts) for language, texts in campaign.texts.items()}
    post.read_part(who, campaign=campaign.ref, region=region, variants=variants)
    if not progress.unread_of(campaign.ref):
        _freeze(campaign, variants, now=now)


@transaction.atomic
def _freeze(campaign: Campaign, variants: Mapping[str, int], *, now: datetime) -> None:
    """Bind the whole list by its counts and its file's hash, and put it up for two people's yes."""
    segments = progress.segments_of(campaign.ref)
    counts = {(language, zone): count for language, zone, count in segments}
    insist(rules.may_import(counts, variants=variants))
    campaign.segments = [list(segment) for segment in segments]
    campaign.listed = sum(counts.values())
    campaign.digest = queries.digest_now(campaign)
    campaign.save(update_fields=["segments", "listed", "digest"])
    _go(campaign, State.DRAFT)
    _put_up(campaign, verb=queries.VERB, author=campaign.made_by, title=TITLE, now=now)
    audit.record(
        campaign.made_by, "outreach.frozen", ref=campaign.ref, now=now, digest=campaign.digest
    )


def read_on(worker: WorkerId, *, region: str, now: datetime) -> bool:
    """Read one more part of the oldest list that is being read; False when there is nothing to do.

    A list that cannot be read is refused as a whole: what was read of it is deleted, and its
    campaign says which line it was.
    """
    campaign = queries.being_read()
    if campaign is None:
        return False
    try:
        _read(worker, campaign, region=region, now=now)
    except Refused as no:
        if no.refusal.code == OVER_RATE or no.refusal.code.startswith("keeper."):
            return False
        _refuse(worker, campaign.ref, no.refusal, now=now)
    else:
        notices.emit("outreach.campaign", campaign.ref)
    return True


@transaction.atomic
def _refuse(worker: WorkerId, ref: str, why: Refusal, *, now: datetime) -> None:
    campaign = Campaign.objects.select_for_update().get(ref=ref)
    insist(rules.may_go(State(campaign.state), State.REFUSED))
    campaign.fault = str(why)[:300]
    campaign.save(update_fields=["fault"])
    post.drop_recipients(worker, campaign=ref, now=now)
    _go(campaign, State.REFUSED, ended_at=now)
    audit.record(worker.ref, "outreach.list_refused", ref=ref, now=now)


def _check_words(campaign: Campaign, *, now: datetime) -> None:
    tokens = queries.tokens_of(campaign, now=now)
    for language, texts in campaign.texts.items():
        for text in texts:
            post.check_words(
                text, language=language, tokens=tokens[language], to=Audience.MANY, now=now
            )


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
        Refused: not approved, its yeses are not the keeper's, an offer that is no longer in force,
            another list than was approved, not the duty.
    """
    campaign = queries.campaign_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(can(officer, "outreach.start", among={Duty.CAM}))
    insist(rules.may_go(State(campaign.state), State.RUNNING))
    if campaign.state != State.APPROVED or queries.digest_now(campaign) != bytes(campaign.digest):
        insist(CHANGED)
    if len({each.person for each in queries.given_to(campaign)}) < rules.APPROVALS:
        insist(UNSIGNED)
    if [list(segment) for segment in progress.segments_of(ref)] != campaign.segments:
        insist(CHANGED)
    post.queue_campaign(
        officer,
        campaign=ref,
        route=campaign.route,
        texts=campaign.texts,
        tokens=queries.tokens_of(campaign, now=now),
        hours=HOURS,
        rate=post.Rate(campaign.per_second, campaign.per_hour),
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
    _destroy(officer, campaign, now=now)
    return campaign


def _destroy(who: Officer | WorkerId, campaign: Campaign, *, now: datetime) -> None:
    """Begin to delete; of a great list the rest goes by and by (`delete_on`), and is counted."""
    insist(rules.may_go(State(campaign.state), State.DESTROYED))
    post.drop_recipients(who, campaign=campaign.ref, now=now)
    for verb in (queries.VERB, queries.RESUME):
        access.close_subject(campaign.ref, verb=verb, now=now)
    _go(campaign, State.DESTROYED, ended_at=now)
    audit.record(who.ref, "outreach.list_destroyed", ref=campaign.ref, now=now)


def delete_on() -> bool:
    """Delete some more numbers of a list that was destroyed or refused; False when none is left."""
    ref = progress.first_left(queries.ended_refs())
    return bool(ref) and post.drop_more(ref)


def close_ended(worker: WorkerId, *, now: datetime) -> None:
    """Say of campaigns that all was said of that they are done; destroy lists whose term is over.

    One that still runs or stands at its term's end is done too: no text leaves after it.
    """
    for ref in queries.unended(now=now):
        over = queries.is_over(ref, now=now)
        if over or progress.is_told(ref):
            _close(worker, ref, over=over, now=now)


@transaction.atomic
def _close(worker: WorkerId, ref: str, *, over: bool, now: datetime) -> None:
    campaign = Campaign.objects.select_for_update().get(ref=ref)
    if State(campaign.state) is State.RUNNING:
        _go(campaign, State.DONE)
        audit.record(worker.ref, "outreach.done", ref=campaign.ref, now=now)
    if over and rules.may_go(State(campaign.state), State.DESTROYED) is None:
        _destroy(worker, campaign, now=now)


def _go(campaign: Campaign, to: State, **stamps: datetime) -> None:
    campaign.state = to.value
    for name, at in stamps.items():
        setattr(campaign, name, at)
    campaign.save(update_fields=["state", *stamps])
    notices.emit("outreach.campaign", campaign.ref)
