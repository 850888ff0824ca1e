"""Four eyes: a text is put up with its digest, and people say yes to exactly that digest."""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from safeconduct.access import ageing, client, queries, rules
from safeconduct.access.actions.calls import page
from safeconduct.access.ageing import Ages
from safeconduct.access.models import Approval, Person, Subject
from safeconduct.access.rules import Act, Duty, Given, Officer, Proof
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused, insist


@transaction.atomic
def put_subject(
    ref: str,
    *,
    verb: str,
    digest: bytes,
    author: str | None,
    now: datetime,
    title: str = "",
    url: str = "",
    duties: Collection[Duty] = (),
    compartment: str = "",
) -> None:
    """Put one exact text up for approval; call it in the transaction that writes the text.

    A new digest voids every yes given to the old one, and a text that returns to an old form
    begins again without any. The same digest put up again changes nothing.

    Args:
        ref: of what is approved, in its own room. Open at most once for each `verb`.
        author: ref of who wrote it, and so may not approve it; None for what nobody wrote.
        title: one translatable sentence for the "For you" page, without name, number or place.
        url: of the room's page where the whole sentence and the button stand.
        duties: whose yes it waits for; they find it on their "For you" page.
        compartment: when named, only its members find it there.
    """
    there = (
        Subject.objects.select_for_update()
        .filter(ref=ref, verb=verb, closed_at__isnull=True)
        .first()
    )
    if there is not None:
        if bytes(there.digest) == digest:
            return
        there.closed_at = now
        there.save(update_fields=["closed_at"])
    Subject.objects.create(
        ref=ref,
        verb=verb,
        digest=digest,
        author=Person.objects.get(ref=author) if author else None,
        title=title,
        url=url,
        duties=sorted(str(duty) for duty in duties),
        compartment=compartment,
        put_at=now,
    )
    for duty in sorted(duties):
        notices.emit("access.waiting", ref, to=f"duty:{duty}")


@transaction.atomic
def close_subject(ref: str, *, verb: str, now: datetime) -> None:
    """Take a text down: it was done, withdrawn or has lapsed. Its approvals count no more."""
    Subject.objects.filter(ref=ref, verb=verb, closed_at__isnull=True).update(closed_at=now)
    notices.emit("access.waiting", ref)


@transaction.atomic
def approve(officer: Officer, act: Act, proof: Proof, *, now: datetime) -> tuple[Given, ...]:
    """Record one yes to one exact text, and return all living ones of it, this one included.

    The keeper verifies the passkey's answer over this act, the rules judge, and then the database
    judges once more: it refuses the author, a digest that is not current, and a second yes of the
    same person even when two of his clicks arrive at once.

    Raises:
        Refused: by the rules, the keeper, or the database.
    """
    subject = (
        Subject.objects.select_for_update()
        .filter(ref=act.subject, verb=act.verb, closed_at__isnull=True)
        .first()
    )
    digest = bytes(subject.digest) if subject else None
    given = queries.approvals_of(act.subject, act.digest, verb=act.verb)
    author = queries.ref_of(subject.author_id) if subject else ""
    insist(rules.may_approve(officer, act, author=author, digest=digest, given=given))
    if subject is None:
        raise rules.Absent
    yes = client.act(officer, act, proof, now=now)
    _give(officer, act, subject, yes, now=now)
    audit.record(officer.ref, f"{act.verb}.approved", ref=act.subject, now=now, digest=act.digest)
    notices.emit("access.waiting", act.subject)
    return queries.approvals_of(act.subject, act.digest, verb=act.verb)


def _give(officer: Officer, act: Act, subject: Subject, yes: client.Yes, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            Approval.objects.create(
                subject=subject,
                digest=act.digest,
                person=Person.objects.get(pk=officer.pk),
                duty=act.duty,
                given_at=now,
                told=yes.told,
                signature=yes.signature,
            )
    except IntegrityError:
        raise Refused(
            Refusal(
                "approve.by_the_database",
                "This approval is not possible: it was given already, or the text has changed.",
                "Open the page again and read what stands there.",
            )
        ) from None


@transaction.atomic
def confirm(officer: Officer, act: Act, proof: Proof, *, now: datetime) -> None:
    """Record one person's own grave act that needs no second person, by a touch of the passkey.

    Raises:
        Refused: signed in by a code, without the duty, or the keeper does not accept the touch.
    """
    insist(rules.may_approve(officer, act, author="", digest=act.digest, given=()))
    client.act(officer, act, proof, now=now)
    audit.record(officer.ref, act.verb, ref=act.subject, now=now, digest=act.digest)


WAITS, OLD = "approval.waits", "approval.old"  # causes of calls


@transaction.atomic
def call_about_ages(*, ages: Ages, now: datetime) -> bool:
    """Call whose yes something waits for too long, then a supervisor; True if anybody was called.

    Judged from when it was put up and first said yes to, and from world time alone. What rang stands
    in its row, and only goes up: a restart rings nothing twice.
    """
    called = False
    for each in queries.ageing():
        rung = ageing.rung(each.age, ages, now=now)
        if rung <= each.rung:
            continue
        Subject.objects.filter(pk=each.pk).update(rung=rung)
        for duty in each.duties or [Duty.SUP]:
            page(Duty(duty), WAITS, now=now)
        if rung == ageing.ESCALATES:
            page(Duty.SUP, OLD, now=now)
        audit.record("SYS:clocks", f"approval.rung.{rung}", ref=each.ref, now=now)
        called = True
    return called
