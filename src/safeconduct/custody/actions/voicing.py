"""His own voice: what he tells the ombudsman by his telephone, and what he is answered.

It lies in a compartment that nobody opens who keeps him, and no entry of the journal names his case.
"""

from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.custody import queries, rules
from safeconduct.custody.models import Voice
from safeconduct.notices import actions as notices
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

LETTERS = 4000
_AGAIN = timedelta(days=1)  # after which nobody who was called has answered: the next is


@transaction.atomic
def hear(
    officer: Officer, *, ref: str, kind: str, words: str, profile: Profile, now: datetime
) -> str:
    """Write down, as ombudsman, what he complains of or asks for; return its ref.

    Args:
        kind: complaint, correction of what is written of him, or the data kept of him.

    Raises:
        Refused: not the ombudsman, no such kind, or nothing was said.
        Absent: nobody is held under this ref.
    """
    insist(rules.may_hear(officer.duties, kind, words))
    case, row = queries.held_case(officer, Duty.OMB, ref=ref), new_ref()
    compartment = queries.voice_of(ref)
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], ["body"])
    text, digest = papers.written({"words": words.strip()[:LETTERS]})
    Voice.objects.create(
        ref=row,
        case=case,
        kind=kind,
        at=now,
        by=officer.ref,
        due_at=now + profile.limit("voice_answer"),
        digest=digest,
        body=ring.seal(text, field=queries.VOICE_BODY, compartment=compartment, ref=row),
    )
    audit.record(officer.ref, "custody.voice.heard", ref=row, now=now, digest=digest)
    notices.emit("custody.voice", row, to=f"person:{officer.ref}")
    return row


@transaction.atomic
def answer_voice(officer: Officer, *, ref: str, words: str, now: datetime) -> None:
    """Write down what he was answered; its clock stops.

    Raises:
        Refused: nothing was answered, or it was answered before.
        Absent: there is no such voice, or `officer` is no ombudsman.
    """
    voice = queries.voice_row(officer, ref=ref, lock=True)
    if voice.answered_at is not None:
        raise Refused(
            Refusal("custody.answered", "He was answered.", "Write down what he says to it as new.")
        )
    if not words.strip():
        raise Refused(
            Refusal("custody.nothing_said", "Nothing was written.", "Write what he was told.")
        )
    compartment = queries.voice_of(voice.case.ref)
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], ["body"])
    said = words.strip()[:LETTERS]
    voice.answer = ring.seal(said, field=queries.VOICE_ANSWER, compartment=compartment, ref=ref)
    voice.answered_at = now
    voice.save(update_fields=["answer", "answered_at"])
    audit.record(officer.ref, "custody.voice.answered", ref=ref, now=now)
    notices.emit("custody.voice", ref, to=f"person:{officer.ref}")


@transaction.atomic
def call_about_voices(who: WorkerId, *, now: datetime) -> bool:
    """Call the ombudsman about what is not answered in its time, a day later a supervisor; True if one was."""
    for voice in Voice.objects.filter(answered_at=None, due_at__lte=now, rung__lt=2):
        rung = 1 + (now >= voice.due_at + _AGAIN)
        if rung <= voice.rung:
            continue
        voice.rung = rung
        voice.save(update_fields=["rung"])
        access.page((Duty.OMB, Duty.SUP)[rung - 1], "custody.voice.due", now=now)
        audit.record(who.ref, "custody.voice.due", ref=voice.ref, now=now)
        return True
    return False
