"""Breaking the glass: asked by one touch, told to all whom it touches, open for an hour, reviewed.

The clocks tell and only then open, from the keeper's own table: what a page has not written down is
told all the same. Nobody deletes a row, moves the date of a review, or ends what is owed but by it.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import acts, glass, queries, reasons, rules, staff
from safeconduct.access.actions.approvals import close_subject, put_subject
from safeconduct.access.actions.calls import page
from safeconduct.access.boxes import Box
from safeconduct.access.client import KeeperAway
from safeconduct.access.models import Glass, Membership, Person
from safeconduct.access.rules import Absent, Duty, Officer, Proof, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.refusal import N_, Refused, insist

TITLE = N_("A supervisor broke the glass: review it")
BROKEN, LATE = "glass.broken", "glass.late"  # causes of calls


def refuse_breaking(officer: Officer, *, compartment: str, reason: str, now: datetime) -> None:
    """Refuse what the keeper would refuse, before anybody touches a key.

    Raises:
        Refused: see `staff.may_break`.
    """
    inside = queries.member(officer, compartment, now=now)
    insist(staff.may_break(officer, member=inside, reason=reason))


@transaction.atomic
def break_glass(
    officer: Officer,
    *,
    compartment: str,
    about: str,
    url: str,
    reason: str,
    proof: Proof,
    now: datetime,
) -> str:
    """Break the glass; return its ref. It opens once the clocks have told the members.

    Args:
        about: ref of the room's own thing, and `url` its page there.
        proof: for `acts.break_glass(compartment, reason=…)`.

    Raises:
        Refused: see `refuse_breaking`; or the keeper does not accept it.
    """
    refuse_breaking(officer, compartment=compartment, reason=reason, now=now)
    ref, asked = glass.break_glass(officer, compartment=compartment, reason=reason, proof=proof)
    row = _row(ref, person=officer.ref, compartment=compartment, asked_at=asked)
    row.about, row.url = about, url
    row.reason = _sealed(officer, row, reason, field=queries.WHY_BROKEN)
    row.save(update_fields=["about", "url", "reason"])
    digest = acts.break_glass(compartment, reason=reason).digest
    audit.record(officer.ref, "glass.broken", ref=ref, now=now, digest=digest)
    notices.emit("access.glass", ref, to=f"person:{officer.ref}")
    return ref


def _sealed(officer: Officer, row: Glass, words: str, *, field: str) -> Box | None:
    return reasons.seal(officer, words, field=field, ref=row.ref, compartment=row.compartment)


def _row(ref: str, *, person: str, compartment: str, asked_at: datetime) -> Glass:
    """Return the row of a broken glass, made from what the keeper says if no page has made it."""
    return Glass.objects.get_or_create(
        ref=ref,
        defaults={
            "person": Person.objects.get(ref=person),
            "compartment": compartment,
            "asked_at": asked_at,
            "due_at": asked_at + staff.REVIEW_WITHIN,
        },
    )[0]


def tell_glasses(clocks: WorkerId, *, now: datetime) -> bool:
    """Tell whoever must know of each broken glass, then have the keeper open it; True if any."""
    waiting = glass.to_tell(clocks)
    for each in waiting:
        if not Person.objects.filter(ref=each.person).exists():
            glass.end(clocks, glass=each.glass)  # a restored database: of whom could one be told?
            continue
        with transaction.atomic():
            row = _row(
                each.glass,
                person=each.person,
                compartment=each.compartment,
                asked_at=each.asked_at,
            )
            if row.told_at is None:
                _tell(row, now=now)
        # Committed: whoever is called or looks finds it. Only now does anything open.
        until = glass.was_told(clocks, glass=each.glass)
        if until is not None:
            _open(each.glass, until=until, now=now)
    return bool(waiting)


def _tell(row: Glass, *, now: datetime) -> None:
    row.told_at = now
    row.save(update_fields=["told_at"])
    put_subject(
        row.ref,
        verb=acts.REVIEW_GLASS,
        digest=rules.digest_of({"glass": row.ref}),
        author=row.person.ref,  # so that it never waits for his own look
        title=TITLE,
        url=f"/glass/{row.ref}/",
        duties=staff.REVIEWERS,
        now=now,
    )
    audit.record("SYS:clocks", "glass.told", ref=row.ref, now=now)
    notices.emit("access.glass", row.ref, to=f"member:{row.compartment}")
    for duty in sorted(staff.REVIEWERS):
        page(duty, BROKEN, now=now)


@transaction.atomic
def _open(ref: str, *, until: datetime, now: datetime) -> None:
    row = Glass.objects.select_for_update().get(ref=ref)
    if row.until is not None or row.ended_at is not None:
        return
    row.until = until
    row.save(update_fields=["until"])
    Membership.objects.get_or_create(
        person=row.person,
        compartment=row.compartment,
        duty=Duty.SUP,
        ended_at=None,
        defaults={
            "granted_by": f"glass:{ref}",
            "since": now,
            "until": until,
        },
    )
    notices.emit("access.glass", ref, to=f"person:{row.person.ref}")


@transaction.atomic
def end_glass(officer: Officer, *, ref: str, now: datetime) -> None:
    """Close it at once: himself, another supervisor, or a member. Twice is once.

    Where the keeper does not take it nothing opens, and the clocks tell it later.

    Raises:
        Absent: there is no such glass for `officer`.
    """
    row = Glass.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if row is None or not _may_end(officer, row, now=now):
        raise Absent
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = now, officer.ref
    row.save(update_fields=["ended_at", "ended_by"])
    Membership.objects.filter(granted_by=f"glass:{ref}", ended_at__isnull=True).update(ended_at=now)
    audit.record(officer.ref, "glass.ended", ref=ref, now=now)
    for audience in (f"person:{row.person.ref}", f"member:{row.compartment}", "duty:SUP"):
        notices.emit("access.glass", ref, to=audience)
    try:
        glass.end(officer, glass=ref)
    except (KeeperAway, Refused):  # away; or he is forced, and it takes nothing of his
        return
    row.shut = True
    row.save(update_fields=["shut"])


def _may_end(officer: Officer, row: Glass, *, now: datetime) -> bool:
    return (
        Duty.SUP in officer.duties
        or row.person_id == officer.pk
        or queries.member(officer, row.compartment, now=now)
    )


def shut_ended(clocks: WorkerId) -> bool:
    """Tell the keeper of each glass that was ended while it was away; True if there was one.

    One that it refuses keeps no later one waiting.
    """
    shut = 0
    for row in Glass.objects.filter(ended_at__isnull=False, shut=False):
        try:
            glass.end(clocks, glass=row.ref)
        except Refused as no:
            if no.refusal.code != "glass.none":
                continue
            # A keeper restored from before knows none of this ref; so nothing is open by it.
        shut += Glass.objects.filter(pk=row.pk).update(shut=True)
    return bool(shut)


@transaction.atomic
def review_glass(
    officer: Officer,
    *,
    ref: str,
    duty: Duty,
    justified: bool,
    words: str,
    proof: Proof,
    now: datetime,
) -> None:
    """Say whether it was justified, by a touch over verdict and words.

    Raises:
        Refused: his own, no reviewer's duty, no words, reviewed already, or the keeper says no.
        Absent: there is no such glass.
    """
    row = Glass.objects.select_for_update(of=("self",)).select_related("person").filter(ref=ref)
    found = row.first()
    if found is None:
        raise Absent
    insist(staff.may_review(officer.ref, breaker=found.person.ref, duty=duty, words=words))
    glass.review(officer, glass=ref, duty=duty, justified=justified, words=words, proof=proof)
    found.reviewed_at, found.reviewed_by_id = now, officer.pk
    found.justified = justified
    if found.compartment:  # else it was erased, and its key with it
        found.words = _sealed(officer, found, words, field=queries.WORDS_OF_REVIEW)
    found.save(update_fields=["reviewed_at", "reviewed_by", "justified", "words"])
    close_subject(ref, verb=acts.REVIEW_GLASS, now=now)
    digest = acts.review_glass(ref, duty, justified=justified, words=words).digest
    audit.record(officer.ref, "glass.reviewed", ref=ref, now=now, digest=digest)
    for audience in (f"person:{found.person.ref}", f"member:{found.compartment}"):
        notices.emit("access.glass", ref, to=audience)


@transaction.atomic
def call_late_reviews(*, now: datetime) -> bool:
    """Call supervisors and the auditor once about each review that is late; True if one was."""
    late = Glass.objects.select_for_update(of=("self",)).filter(
        reviewed_at__isnull=True, due_at__lte=now, called_at__isnull=True
    )
    rows = list(late)
    for row in rows:
        row.called_at = now
        row.save(update_fields=["called_at"])
        for duty in sorted(staff.REVIEWERS):
            page(duty, LATE, now=now)
    return bool(rows)


@transaction.atomic
def end_terms(*, now: datetime) -> bool:
    """End each membership whose term has run out; the keeper has judged the term by itself."""
    over = Membership.objects.filter(ended_at__isnull=True, until__lte=now)
    rows = list(over.values_list("pk", "compartment", "person__ref"))
    Membership.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(ended_at=now)
    for _, compartment, person in rows:
        notices.emit("access.member", compartment, to=f"person:{person}")
    return bool(rows)


@transaction.atomic
def forget_about(compartment: str) -> None:
    """Take refs and words off what was broken or granted for what was erased; that it was stays."""
    Glass.objects.filter(compartment=compartment).update(
        compartment="", about="", url="", reason=None, words=None
    )
    Membership.objects.filter(compartment=compartment).update(reason=None)
