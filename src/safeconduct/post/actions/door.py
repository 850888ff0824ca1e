"""The way out: every text, whoever wrote it, passes here or does not leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.connection import KeeperAway
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId, shares_duty
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import queries as pledges
from safeconduct.pledges import rules as promises
from safeconduct.pledges.rules import Audience, Token
from safeconduct.post import across, facts, queries, rules, timed
from safeconduct.post.actions.armed import leave_by_kit
from safeconduct.post.channels import Channel, channel_of
from safeconduct.post.models import Cursor, Handle, Message
from safeconduct.post.queries import BODY, PROOF, SENT
from safeconduct.post.rules import Kind
from safeconduct.post.segments import size_of
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, insist

_ONCE = {"go": (rules.GO, rules.GOERS), "switch": (rules.SWITCH, rules.SWITCHERS)}
_FIXED = frozenset({Kind.ABORT, Kind.CONFIRM})  # the profile's own texts, and no time to lose


def verify_tokens(tokens: Sequence[Token], *, now: datetime) -> None:
    """Insist that each token stands on something alive: an offer's version, an approved plan, a GO.

    Raises:
        Refused: the offer was withdrawn, has run out or reads otherwise; the plan's exact text
            does not have two people's yes (any more), or its GO never had three, its turn two.
        KeeperAway: their yeses cannot be proved yet.
    """
    for token in tokens:
        if not _stands(token, now=now):
            insist(
                Refusal(
                    "words.dead_token",
                    "The offer, plan or GO behind these words is not in force.",
                    "Take the living version, or leave the words out.",
                )
            )


def _stands(token: Token, *, now: datetime) -> bool:
    if token.kind == "offer":
        return pledges.covers(token, now=now)
    if token.kind in _ONCE:  # it was done by these yeses, and they were taken down since
        verb, duties = _ONCE[token.kind]
        return shares_duty(access.approvals_once(token.ref, token.digest, verb=verb), duties)
    given = access.proved_approvals(token.ref, token.digest, verb=rules.PLAN)
    return len({each.person for each in given}) >= rules.PLAN_APPROVALS


def check_words(
    text: str,
    *,
    language: str,
    tokens: Sequence[Token],
    to: Audience = Audience.ONE,
    now: datetime,
) -> None:
    """Insist that a text may be said at all: no threat or deadline, no promise beyond its tokens.

    Args:
        to: ONE person, or MANY: then it names no unit, person or place either.

    Raises:
        Refused: with the words that stand in the way.
    """
    insist(promises.refused_outright(text, to=to))
    verify_tokens(tokens, now=now)
    insist(promises.one_fact_only(tokens))
    found = promises.unauthorised_promises(text, language=language, tokens=tokens)
    insist(promises.promise_refusal(found))


@transaction.atomic
def send(
    who: Officer | WorkerId,
    *,
    person_ref: str,
    text: str,
    kind: Kind | str,
    language: str,
    reply_after_stop: timedelta,
    tokens: Sequence[Token] = (),
    form: str = "",
    keys: Keyring | None = None,
    life: timedelta = rules.MESSAGE_LIFE,
    now: datetime,
) -> str:
    """Put one text into the outbox and return its ref; or refuse, and nothing is kept.

    Args:
        kind: reply, script, confirm, instruction or abort; campaigns have their own door.
        reply_after_stop: programme limit.
        tokens: what its promises, times and places stand on.
        form: of the programme, whose one place for a time is filled in `text` (timed.py); the process
            that sends holds it against the profile.
        keys: already opened for this person's compartment (body), to spare a keeper call.
        life: after which it does not leave any more.

    With the keeper gone, a worker's hold and abort texts leave by the kit that was armed for his
    way (armed.py); everything else waits for the keeper.

    Raises:
        Refused: opt-out, hold, window, promise, threat; what and why in words.
        Absent: nobody with this ref ever wrote.
        ValueError: `text` is not `form` with a time in it.
    """
    kind = Kind(kind)
    words = timed.without_time(text, form) if form else text
    if words is None:
        raise ValueError("the text is not its form with a time in it")
    handle = queries.handle_of(person_ref, lock=True)
    insist(
        rules.may_send(
            kind, queries.standing_of(handle), now=now, reply_after_stop=reply_after_stop
        )
    )
    check_words(words, language=language, tokens=tokens, now=now)
    insist(facts.may_tell(text, tokens=tokens, channel=channel_of(handle.route)))
    ref = new_ref()
    try:
        keys = keys or _keys(who, handle)
    except KeeperAway:
        if kind is not Kind.ABORT or isinstance(who, Officer):
            raise
        return leave_by_kit(who, person_ref=person_ref, text=text, language=language, now=now)
    if kind not in _FIXED:
        said = across.said_before(person_ref, keys, handle.compartment)
        insist(promises.split_promise(said, words, tokens=tokens))
    seal = partial(keys.seal, kind=SENT, compartment=handle.compartment, ref=ref)
    proof = next((token.proof for token in tokens if token.proof), "")
    # Under the lane's lock: ids then become visible in their order, and no cursor steps over one.
    Cursor.objects.select_for_update().get_or_create(lane=rules.LIVE)
    Message.objects.create(
        ref=ref,
        lane=rules.LIVE,
        person_ref=person_ref,
        compartment=handle.compartment,
        kind=kind,
        route=handle.route,
        language=language,
        body=seal(text, field=BODY),
        proof=seal(proof, field=PROOF) if proof else None,
        tokens=[[token.kind, token.ref, token.digest.hex()] for token in tokens],
        by=who.ref,
        parts=size_of(text).parts,
        put_at=now,
        not_after=now + life,
    )
    audit.record(who.ref, f"post.put_{kind}", ref=ref, now=now)
    notices.emit("post.put", ref)
    return ref


def may_say(
    who: Officer,
    *,
    person_ref: str,
    text: str,
    language: str,
    channel: Channel,
    heard_at: datetime | None,
    reply_after_stop: timedelta,
    tokens: Sequence[Token] = (),
    now: datetime,
) -> None:
    """Insist that words may be said to him by voice or radio; nothing is put out by this.

    His stop, a freeze and his hours bind a voice as they bind a text, and so do promises and threats.

    Args:
        heard_at: when he himself was last heard by voice; then he is there.

    Raises:
        Refused: opt-out, freeze, window, promise, threat; what and why in words.
        Absent: nobody with this ref ever wrote.
    """
    standing = queries.standing_of(queries.handle_of(person_ref))
    heard = [at for at in (standing.last_inbound_at, heard_at) if at is not None]
    there = replace(standing, last_inbound_at=max(heard, default=None), fetches=False, served=True)
    insist(rules.may_send(Kind.REPLY, there, now=now, reply_after_stop=reply_after_stop))
    check_words(text, language=language, tokens=tokens, now=now)
    insist(facts.may_tell(text, tokens=tokens, channel=channel))
    audit.record(who.ref, "post.may_say", ref=person_ref, now=now)


def _keys(who: Officer | WorkerId, handle: Handle) -> Keyring:
    purpose = who.purpose if isinstance(who, WorkerId) else Purpose.WRITE
    return keyring.open_fields(who, purpose, [handle.compartment], [SENT])
