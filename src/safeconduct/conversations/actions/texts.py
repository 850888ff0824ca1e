"""Ready texts: proposed by one, approved letter by letter by two others, in every language."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.conversations import queries
from safeconduct.conversations.models import CannedText
from safeconduct.notices import actions as notices
from safeconduct.pledges.rules import Audience
from safeconduct.post import actions as post
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist, listed, said

APPROVALS = 2  # native readers beside the author: one reader misses what the other sees


@transaction.atomic
def propose_text(
    officer: Officer,
    *,
    name: str,
    texts: Mapping[str, str],
    languages: Sequence[str],
    now: datetime,
) -> str:
    """Put a ready text up for two others' approval; return its ref.

    Raises:
        Refused: a language lacks, or the text promises or threatens; ready texts carry no token.
    """
    insist(can(officer, "conversations.propose_text", among=[Duty.OP, Duty.SUP]))
    lacking = [language for language in languages if not texts.get(language, "").strip()]
    if lacking:
        why = said("The text lacks these languages: {languages}.", languages=listed(lacking))
        raise Refused(Refusal("text.lacks", why, "Add it."))
    if not name.strip():
        raise Refused(Refusal("text.lacks", "The text lacks its name.", "Add it."))
    for language, text in texts.items():
        post.check_words(text, language=language, tokens=(), to=Audience.MANY, now=now)
    row = CannedText(
        ref=new_ref(),
        name=name.strip(),
        texts={language: texts[language].strip() for language in languages},
        proposed_by=officer.ref,
        proposed_at=now,
    )
    row.digest = queries.text_digest(row)
    row.save(force_insert=True)
    access.put_subject(
        row.ref,
        verb=queries.APPROVE_TEXT,
        digest=bytes(row.digest),
        author=officer.ref,
        now=now,
        title=N_("Approve a ready text"),
        url=f"/conversations/texts/{row.ref}/",
        duties=sorted(queries.TEXT_READERS),
    )
    audit.record(officer.ref, "text.proposed", ref=row.ref, now=now, digest=bytes(row.digest))
    notices.emit("conversations.texts", row.ref)
    return row.ref


@transaction.atomic
def approve_text(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> CannedText:
    """Give one of two approvals; the second one puts the text before every operator."""
    row = queries.text_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    if row.approved_at is not None or row.withdrawn_at is not None:
        raise Refused(Refusal("text.not_waiting", "This text no longer waits for approval."))
    given = access.approve(officer, queries.text_act(officer, row), proof, now=now)
    if len({each.person for each in given}) >= APPROVALS:
        row.approved_at = now
        row.save(update_fields=["approved_at"])
        access.close_subject(ref, verb=queries.APPROVE_TEXT, now=now)
    audit.record(officer.ref, "text.approved", ref=ref, now=now, digest=bytes(row.digest))
    notices.emit("conversations.texts", ref)
    return row


@transaction.atomic
def withdraw_text(officer: Officer, *, ref: str, now: datetime) -> None:
    """Take a ready text away at once."""
    insist(can(officer, "conversations.withdraw_text", among=[Duty.SUP, Duty.LEG]))
    row = queries.text_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        access.close_subject(ref, verb=queries.APPROVE_TEXT, now=now)
        audit.record(officer.ref, "text.withdrawn", ref=ref, now=now)
        notices.emit("conversations.texts", ref)
