"""The words of a text, read once more by the process that sends: the web's reading is not enough.

Whoever holds the web process can put any row into the outbox, sealed as it should be. A text is open here
for the moment in which it is sealed to its gateway, so it is judged here as at the door: its own words,
what it says together with the texts before it, an offer's words as they stand approved now, and a plan's
by the proof that they stand in what two people signed. What does not pass does not leave, and a
supervisor is called: at the door it would not have passed either.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.keyring import CHANGED, Keyring
from safeconduct.access.rules import Duty
from safeconduct.audit import actions as audit
from safeconduct.pledges import queries as pledges
from safeconduct.pledges import rules as promises
from safeconduct.pledges.rules import Token
from safeconduct.post import across, facts, queries, timed
from safeconduct.post.actions.door import check_words
from safeconduct.post.actions.settling import nudge
from safeconduct.post.channels import channel_of
from safeconduct.post.marks import Proof, proves
from safeconduct.post.models import Attempt, Message, Result
from safeconduct.post.queries import PROOF, SENT
from safeconduct.post.rules import BESIDE, Outcome
from safeconduct.refusal import Refusal, Refused, insist

NOT_IN_PLAN = Refusal(
    "words.not_in_plan", "These words stand in no plan that was approved for this person."
)
TOO_SOON = Refusal(
    "words.too_soon", "These words are told once more people have said yes than to the plan alone."
)
# What is refused for the text's own sake; a keeper's limit is another thing, and the text waits.
_OF_THE_TEXT = frozenset({*promises.RULES, CHANGED.code, NOT_IN_PLAN.code, TOO_SOON.code}) | {
    "words.dead_token",
    "words.two_facts",
    "words.open_channel",
}


def texts_that_may_leave(
    rows: Iterable[Message], keys: Keyring, *, own_texts: Collection[str], now: datetime
) -> tuple[dict[int, str], dict[int, Refusal]]:
    """Return the opened texts that may leave and what stands against the others, by the message's id.

    Args:
        keys: opened for every row's compartment (sent).
        own_texts: the profile's, in every language; they are read when the profile is.

    Raises:
        KeeperAway: what a text stands on cannot be proved yet.
    """
    said: dict[int, str] = {}
    against: dict[int, Refusal] = {}
    for row in rows:
        try:
            text = queries.opened(row, keys)
            _insist(row, text, keys, own_texts=own_texts, now=now)
        except Refused as no:
            if no.refusal.code not in _OF_THE_TEXT:
                raise
            against[row.pk] = no.refusal
        else:
            said[row.pk] = text
    return said, against


def _insist(
    row: Message, text: str, keys: Keyring, *, own_texts: Collection[str], now: datetime
) -> None:
    if not row.tokens and timed.is_own(text, own_texts):
        return
    tokens = [_token(each, row, text, keys) for each in row.tokens]
    check_words(text, language=row.language, tokens=tokens, now=now)
    insist(facts.may_tell(text, tokens=tokens, channel=channel_of(row.route)))
    said = across.said_before(row.person_ref, keys, row.compartment, until=row.pk)
    insist(promises.split_promise(said, text, tokens=tokens))


def _token(told: Sequence[str], row: Message, text: str, keys: Keyring) -> Token:
    """Return a token of a row with the words that it covers, which are never the row's to tell."""
    kind, ref, digest = told[0], told[1], bytes.fromhex(told[2])
    if kind == "offer":
        return Token(kind, ref, digest, pledges.words_of(ref))
    if kind in BESIDE:
        return Token(kind, ref, digest, ())
    insist(_may_stand(ref, digest, row, text, keys))
    return Token(kind, ref, digest, (text,))


def _may_stand(ref: str, digest: bytes, row: Message, text: str, keys: Keyring) -> Refusal | None:
    """Refuse words that stand in no plan, or whose plan says that they need a yes that is not named."""
    if row.proof is None:
        return NOT_IN_PLAN
    told = keys.open(row.proof, field=PROOF, kind=SENT, compartment=row.compartment, ref=row.ref)
    proof = Proof.of(told)
    if not proves(proof, person_ref=row.person_ref, text=text, digest=digest):
        return NOT_IN_PLAN
    beside = {kind for kind, of, _digest in row.tokens if of == ref}
    return None if BESIDE[proof.needs] <= beside else TOO_SOON


@transaction.atomic
def refuse(attempts: Mapping[str, Refusal], *, now: datetime) -> None:
    """Record that claimed texts do not leave for their words, and have a supervisor called."""
    for ref, refusal in attempts.items():
        attempt = Attempt.objects.select_related("message").get(ref=ref)
        Result.objects.get_or_create(
            attempt=attempt,
            outcome=Outcome.SKIPPED,
            defaults={"reason": refusal.code, "at": now},
        )
        audit.record("SYS:send", "post.words_refused", ref=attempt.message.ref, now=now)
        nudge(attempt.message)
    if attempts:
        access.page(Duty.SUP, "post.words_refused", now=now)
