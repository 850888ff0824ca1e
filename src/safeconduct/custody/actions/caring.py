"""Conditions and care: the standard inspected line by line, moves, aftercare and its check-ins."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.custody import followed, queries, rules
from safeconduct.custody.actions.choosing import record, write_talk
from safeconduct.custody.models import Clock, Inspection, Move
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, insist

INSPECTORS = frozenset({Duty.RCP, Duty.LEG, Duty.PLG, Duty.MED})


@transaction.atomic
def inspect(officer: Officer, *, ref: str, met: Collection[str], now: datetime) -> int:
    """Write down, for every line of the standard in force, whether it is met; return how many are.

    Args:
        met: the lines that are met, as they stand in the standard. The others are written down as
            not met: a line that nobody looked at is no line that is kept.

    Raises:
        Refused: no standard is in force, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if not officer.duties & INSPECTORS:
        raise Refused(Refusal("custody.not_your_duty", "Inspecting is not among your duties."))
    lines = queries.standard(now=now)
    if not lines:
        raise Refused(
            Refusal(
                "custody.no_standard",
                "No standard of custody is in force.",
                "An offers officer (OFF) proposes one; two others approve it.",
            )
        )
    for version_ref, item in lines:
        Inspection.objects.create(
            case=case, version_ref=version_ref, item=item, met=item in met, at=now, by=officer.ref
        )
    clock = Clock.objects.filter(
        case=case, kind=rules.REVIEW, done_at=None, due_at__lte=now
    ).first()
    if clock is not None:
        clock.done_at, clock.done_by = now, officer.ref
        clock.save(update_fields=["done_at", "done_by"])
    audit.record(officer.ref, "custody.inspected", ref=ref, now=now)
    return sum(item in met for _version, item in lines)


@transaction.atomic
def record_move(officer: Officer, *, ref: str, why: str, now: datetime) -> None:
    """Record a move, sickness or hospital, by which the card's clock begins anew; or that he is well.

    From sickness or hospital until he is well the bureau is owed a word on him each week (GC III 122).

    Raises:
        Refused: no such reason, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if why not in rules.records(officer.duties):
        raise Refused(
            Refusal(
                "custody.no_move",
                "This is not recorded so, or not by you.",
                "Ask the reception officer (RCP); that he is well the medic (MED) says.",
            )
        )
    Move.objects.create(case=case, why=why, at=now, by=officer.ref)
    audit.record(officer.ref, f"custody.{why}", ref=ref, now=now)


@transaction.atomic
def start_aftercare(
    officer: Officer, *, ref: str, content: Mapping[str, str], profile: Profile, now: datetime
) -> None:
    """Agree how to stay in touch, review threats, have the pledges countersigned; aftercare begins.

    Who refuses to be followed up is not: no check-in of his falls due. He may come back at any time.

    Args:
        content: follow ("yes" or "refused"), touch, threats, countersigned.

    Raises:
        Refused: it is not said whether he is followed up, something is missing, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    insist(followed.aftercare(content))
    kind = "aftercare" if content["follow"] == followed.AGREED else followed.UNFOLLOWED
    talk = write_talk(officer, ref=ref, kind=kind, content=content, now=now)
    kinds = ("touch_plan", "threat_review", "pledges_countersigned")
    record(officer, ref, kinds, now=now, digest=bytes(talk.digest))
    cases.advance(officer, ref=ref, to="AFTERCARE", profile=profile, now=now)


@transaction.atomic
def certify_death(officer: Officer, *, ref: str, content: Mapping[str, str], now: datetime) -> None:
    """Write down, as medic, when, where and of what he died; the certificate is printed of it.

    Args:
        content: died_at, died_where, cause, burial, inquiry. Written again, the newest counts.

    Raises:
        Refused: one of the first three is missing, he is not dead on record, or not the medic's.
        Absent: there is no such case, or `officer` is not let into it.
    """
    insist(rules.death(content))
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if Duty.MED not in officer.duties:
        raise Refused(
            Refusal("custody.not_your_duty", "This is not among your duties.", "Ask: MED.")
        )
    if case.state != "DECEASED":
        raise Refused(
            Refusal(
                "custody.not_dead",
                "No death of his is on record.",
                "Two people put it up on the page of the case.",
            )
        )
    talk = write_talk(officer, ref=ref, kind="death", content=content, now=now)
    record(officer, ref, ("death_certificate",), now=now, digest=bytes(talk.digest))


@transaction.atomic
def look_after(
    officer: Officer, *, ref: str, clock: str, content: Mapping[str, str], now: datetime
) -> bool:
    """Write down how he was looked after who missed a check-in; return whether he was found safe.

    Found safe, the check-in is written down too. In danger or not found, a supervisor is called, and
    the clocks run on.

    Args:
        content: how, found, note.

    Raises:
        Refused: not among his duties, no such way, or it is not said how he was found.
        Absent: there is no such clock, or it is not for `officer`.
    """
    insist(followed.looked_after(content))
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row = Clock.objects.filter(case=case, ref=clock, done_at=None, kind=rules.SAFETY).first()
    if row is None:
        raise Absent
    if Duty.PLG not in officer.duties:
        raise Refused(
            Refusal("custody.not_your_duty", "This is not among your duties.", "Ask: PLG.")
        )
    if content["found"] == "safe":
        missed = Clock.objects.filter(case=case, kind__in=rules.CHECK_INS, done_at=None)
        missed.filter(breach_at=row.started_at).update(done_at=now, done_by=officer.ref)
    else:
        access.page(Duty.SUP, f"custody.safety.{content['found']}", now=now)
    write_talk(officer, ref=ref, kind="safety", content=content, now=now)
    return content["found"] == "safe"


@transaction.atomic
def check_in(officer: Officer, *, ref: str, clock: str, note: str, now: datetime) -> None:
    """Write down a check-in of aftercare; its clock stops.

    Raises:
        Refused: not among his duties, long before its day, or it is not said how he is.
        Absent: there is no such clock, or it is not for `officer`.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row = Clock.objects.filter(case=case, ref=clock, done_at=None, kind__in=rules.CHECK_INS).first()
    if row is None:
        raise Absent
    if Duty.PLG not in officer.duties:
        raise Refused(
            Refusal("custody.not_your_duty", "This is not among your duties.", "Ask: PLG.")
        )
    insist(followed.may_check_in(row.due_at, note, now=now))
    write_talk(officer, ref=ref, kind="check_in", content={"note": note}, now=now)
    row.done_at, row.done_by = now, officer.ref
    row.save(update_fields=["done_at", "done_by"])
