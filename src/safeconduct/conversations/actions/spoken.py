"""What is said by voice or radio, written down by a person: his words, and ours before they are said.

Nothing leaves here. Our words pass the same rules as a text before anybody says them, and stand as said
once he who said them tells so. His words count as his for every sign of force, and never as a text of his
own hand: no hour for texts opens by them, and no read-back is taken from them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries, rules
from safeconduct.conversations.actions import scripted
from safeconduct.conversations.actions.care import TALKERS
from safeconduct.conversations.actions.receive import put_sign, sign_in
from safeconduct.conversations.actions.speaking import line_of
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.queries import BODY, CAUSE_KIND, TEXT
from safeconduct.notices import actions as notices
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as offers
from safeconduct.pledges.rules import joined
from safeconduct.post import actions as post
from safeconduct.post.channels import SPOKEN_CHANNELS, Channel
from safeconduct.post.rules import HoldKind, is_stop
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

TO_SAY, UNSAID = "to_say:", "unsaid"  # of ours: checked and not said yet; given up
KEYS = (TEXT, "line", CAUSE_KIND)


@transaction.atomic
def write_down(
    officer: Officer,
    *,
    ref: str,
    channel: str,
    text: str,
    ago: timedelta,
    profile: Profile,
    now: datetime,
) -> Message:
    """Write down what he said, and when; a stop or a sign of force in it does what it does in a text.

    Args:
        channel: voice or radio.
        ago: how long before `now` he said it.
    """
    insist(can(officer, "conversations.spoken", among=TALKERS))
    insist(rules.may_write_down(text, ago=ago))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], KEYS)
    message = _put(
        officer, row, text, kind=_spoken(channel), direction="in", at=now - ago, keys=keys, now=now
    )
    if is_stop(text, profile.stop_words):
        post.opt_out(officer, person_ref=row.person_ref, now=now)
    sign, _clear = sign_in(row, text, keys=keys, profile=profile)
    if sign:
        post.hold(officer, person_ref=row.person_ref, kind=HoldKind.SILENT, now=now)
        put_sign(officer, row, cause=sign, keys=keys, now=now)
    _lead(row, message, text, keys=keys)
    audit.record(officer.ref, "conversation.heard", ref=message.ref, now=now)
    notices.emit("conversations.message", row.ref)
    return message


@transaction.atomic
def put_to_say(
    officer: Officer,
    *,
    ref: str,
    channel: str,
    text: str,
    offer_refs: Sequence[str] = (),
    reply_after_stop: timedelta,
    now: datetime,
) -> Message:
    """Check words that he is to hear; they stand in the conversation as not said yet.

    Raises:
        Refused: not his to answer, or the door: stop, freeze, window, promise, threat.
    """
    insist(can(officer, "conversations.reply", among=[Duty.OP]))
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    newest = queries.newest_in(row)
    insist(
        rules.may_reply(
            state=row.state, holder=row.holder, officer=officer.ref, seen=newest, newest=newest
        )
    )
    versions = [offers.version_for(officer, Purpose.READ, ref=each) for each in offer_refs]
    tokens = [offers.token_for(version, row.language) for version in versions]
    whole = joined(text, tokens)
    if not whole:
        raise Refused(Refusal("conversation.empty", "There is nothing to say.", "Write first."))
    post.may_say(
        officer,
        person_ref=row.person_ref,
        text=whole,
        language=row.language,
        channel=Channel(_spoken(channel)),
        heard_at=_heard_at(row),
        reply_after_stop=reply_after_stop,
        tokens=tokens,
        now=now,
    )
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [TEXT])
    message = _put(
        officer,
        row,
        whole,
        kind=TO_SAY + _spoken(channel),
        direction="out",
        at=now,
        keys=keys,
        now=now,
    )
    for version in versions:
        pledges.show(
            officer,
            person_ref=row.person_ref,
            compartment=row.compartment,
            version_ref=version.ref,
            language=row.language,
            channel=_spoken(channel),
            message_ref=message.ref,
            now=now,
        )
    audit.record(officer.ref, "conversation.to_say", ref=message.ref, now=now)
    notices.emit("conversations.message", row.ref)
    return message


@transaction.atomic
def was_said(officer: Officer, *, ref: str, message: str, said: bool, now: datetime) -> None:
    """Record that checked words were said, or that they will not be; once."""
    row, found = _waiting(officer, ref, message)
    channel = found.kind.removeprefix(TO_SAY)
    found.kind, found.at, found.by = (channel if said else UNSAID), now, officer.ref
    found.save(update_fields=["kind", "at", "by"])
    if said:
        row.waiting_since, row.reasons, row.tier = None, [], rules.Tier.SOON
        row.save(update_fields=["waiting_since", "reasons", "tier"])
        scripted.end_open(row, scripted.ANSWERED, now=now)
    verb = "conversation.said" if said else "conversation.unsaid"
    audit.record(officer.ref, verb, ref=found.ref, now=now)
    notices.emit("conversations.message", row.ref)


def _waiting(officer: Officer, ref: str, message: str) -> tuple[Conversation, Message]:
    row = queries.conversation_for(officer, Purpose.WRITE, ref=ref, lock=True)
    found = row.messages.filter(ref=message, direction="out").first()
    if found is None:
        raise Absent
    if not found.kind.startswith(TO_SAY):
        raise Refused(Refusal("spoken.done", "What became of these words is recorded already."))
    if row.holder != officer.ref:
        raise Refused(Refusal("conversation.held", "Another operator answers here now."))
    return row, found


def _spoken(channel: str) -> str:
    if channel not in SPOKEN_CHANNELS:
        raise Refused(
            Refusal("spoken.channel", "Words are said by voice or by radio.", "Choose one.")
        )
    return Channel(channel).value


def _heard_at(row: Conversation) -> datetime | None:
    heard = row.messages.filter(direction="in", kind__in=SPOKEN_CHANNELS).order_by("-at")
    return heard.values_list("at", flat=True).first()


def _put(
    officer: Officer,
    row: Conversation,
    text: str,
    *,
    kind: str,
    direction: str,
    at: datetime,
    keys: keyring.Keyring,
    now: datetime,
) -> Message:
    ref = new_ref()
    return Message.objects.create(
        ref=ref,
        conversation=row,
        key=new_ref("V-"),
        direction=direction,
        kind=kind,
        route=kind.removeprefix(TO_SAY),
        language=row.language,
        body=keys.seal(text.strip(), field=BODY, kind=TEXT, compartment=row.compartment, ref=ref),
        at=at,
        wall_at=now,
        by=officer.ref,
    )


def _lead(row: Conversation, message: Message, text: str, *, keys: keyring.Keyring) -> None:
    """Let the list show his words, unless he has written since they were said."""
    if message.at >= row.last_at:
        row.last, row.last_at, row.line = message, message.at, line_of(row, text, keys)
        row.save(update_fields=["last", "last_at", "line"])
