"""Visits of delegates: asked for by one, given a time by whoever keeps him, held alone with him.

No act here refuses a visit, and none writes down what was said (GC III 126, L).
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from safeconduct.access.rules import Absent, Duty, Officer, Purpose, ask
from safeconduct.audit import actions as audit
from safeconduct.cases import queries as cases
from safeconduct.custody import queries, rules
from safeconduct.custody.models import Visit
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def ask_visit(officer: Officer, *, ref: str, wanted_at: datetime, now: datetime) -> str:
    """Ask, as delegate, to speak with him alone at a time; return the visit's ref.

    One whose time has passed and that was not held is asked for anew, and its clock with it.

    Raises:
        Refused: a visit to him that was asked for is ahead still, or the time asked for is over.
        Absent: nobody is held under this ref, or `officer` is no delegate.
    """
    case = queries.held_case(officer, Duty.DEL, ref=ref)
    if wanted_at <= now:
        raise Refused(
            Refusal("custody.visit_past", "This time is over.", "Ask for one that lies ahead.")
        )
    passed = Visit.objects.select_for_update().filter(case=case, asked_by=officer.ref, held_at=None)
    missed = passed.filter(at__lte=now).first()
    if missed is not None:
        missed.asked_at, missed.wanted_at = now, wanted_at
        missed.at, missed.given_at, missed.given_by = None, None, ""
        missed.save(update_fields=["asked_at", "wanted_at", "at", "given_at", "given_by"])
        return _asked(officer, case, missed, now=now)
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                case=case, asked_at=now, asked_by=officer.ref, wanted_at=wanted_at
            )
    except IntegrityError:
        raise Refused(
            Refusal(
                "custody.visit_open",
                "You have asked for a visit to him already.",
                "When it is held, write that down, and ask for the next.",
            )
        ) from None
    return _asked(officer, case, visit, now=now)


def _asked(officer: Officer, case: cases.CaseRow, visit: Visit, *, now: datetime) -> str:
    audit.record(officer.ref, "custody.visit.asked", ref=case.ref, now=now)
    notices.emit("custody.due", case.ref, to=f"member:{case.compartment}")
    ref: str = visit.ref
    return ref


@transaction.atomic
def give_visit(officer: Officer, *, case: str, ref: str, at: datetime, now: datetime) -> None:
    """Give a visit its time, as reception; given again it is another time, and the delegate sees it.

    Raises:
        Refused: not the reception officer's, the time is over, or too far from the one asked for.
        Absent: there is no such visit, or it is not for `officer`.
    """
    found = cases.case_for(officer, Purpose.WRITE, ref=case)
    visit = Visit.objects.select_for_update().filter(case=found, ref=ref, held_at=None).first()
    if visit is None:
        raise Absent
    if Duty.RCP not in officer.duties:
        raise Refused(
            Refusal("custody.not_your_duty", "This is not among your duties.", ask([Duty.RCP]))
        )
    if at <= now:
        raise Refused(
            Refusal("custody.visit_past", "This time is over.", "Give one that lies ahead.")
        )
    if at > visit.wanted_at + rules.LATEST_VISIT:
        raise Refused(
            Refusal(
                "custody.visit_late",
                "This is more than two weeks after the time that was asked for.",
                "Give an earlier one; a visit is not put off so far (GC III 126, L).",
            )
        )
    visit.at, visit.given_at, visit.given_by = at, visit.given_at or now, officer.ref
    visit.save(update_fields=["at", "given_at", "given_by"])
    audit.record(officer.ref, "custody.visit.given", ref=case, now=now)
    notices.emit("custody.visit", ref, to=f"person:{visit.asked_by}")


@transaction.atomic
def hold_visit(officer: Officer, *, ref: str, now: datetime) -> None:
    """Write down, as the delegate who asked, that the visit was held and that they were alone.

    Raises:
        Refused: it has no time yet, or its time has not come.
        Absent: there is no such visit of his.
    """
    mine = Visit.objects.select_for_update().filter(ref=ref, asked_by=officer.ref, held_at=None)
    visit = mine.first()
    if visit is None or Duty.DEL not in officer.duties:
        raise Absent
    if visit.at is None or visit.at > now:
        raise Refused(
            Refusal(
                "custody.visit_ahead",
                "This visit was not held yet: its time has not come.",
                "Write it down afterwards. If you were not let in, say so to the ombudsman (OMB).",
            )
        )
    visit.held_at = now
    visit.save(update_fields=["held_at"])
    audit.record(officer.ref, "custody.visit.held", ref=visit.case.ref, now=now)
