"""Dangers, as planners report them: made, moved, seen again, merged and ended.

They are the programme's and price every case. A row, and its line in the journal, name no case: an
erasure finds nothing of his in them, and nobody reads out of them whose way led there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from safeconduct.access.rules import Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.passage import dangers, queries, reports
from safeconduct.passage.actions.standing import only_for
from safeconduct.passage.models import DangerReport, Passage
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist


@transaction.atomic
def report_danger(
    officer: Officer, *, ref: str, report: dict[str, Any], profile: Profile, now: datetime
) -> DangerReport:
    """Write down a danger that a planner knows of, near a passage he plans.

    Args:
        ref: of that passage; the report remembers nothing of it.
        report: see `reports.danger_of`, without the ref.

    Raises:
        Refused: not a planner, the report cannot be, or it lies far from this passage.
        Absent: see `queries.passage_for`.
    """
    passage = _planned(officer, ref)
    insist(_wrong(officer, passage, report, profile=profile, now=now))
    made = _made(officer, report, now=now)
    audit.record(officer.ref, "passage.danger reported", ref=made.ref, now=now)
    return made


@transaction.atomic
def move_danger(
    officer: Officer, *, ref: str, report: str, to: dict[str, Any], profile: Profile, now: datetime
) -> DangerReport:
    """Correct a report: it lies elsewhere, was seen again, or is graded anew. It is another report.

    Args:
        ref: of a passage that the old one is near.
        report: ref of the old one.
        to: the whole of the new one, as `report_danger` takes it.

    Raises:
        Refused: as `report_danger`.
        Absent: there is no such report near this passage.
    """
    return _replaced(officer, ref, [report], to, "moved", profile=profile, now=now)


@transaction.atomic
def merge_dangers(
    officer: Officer, *, ref: str, kept: str, others: Sequence[str], profile: Profile, now: datetime
) -> DangerReport:
    """Say that several reports tell of one thing, before it is priced twice; see `reports.merged`.

    Args:
        ref: of a passage that all of them are near.
        kept: the one whose place, source and grade stay.

    Raises:
        Refused: not a planner, fewer than two, or not of one kind.
        Absent: one of them is not near this passage, or stands no more.
    """
    passage, refs = _planned(officer, ref), [kept, *(each for each in others if each != kept)]
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    told = dangers.one_near(officer, keys, passage, refs=refs, profile=profile)
    insist(reports.may_merge(told))
    one = reports.plain(reports.merged(told[0], told[1:]))
    return _replaced(officer, ref, refs, one, "merged", profile=profile, now=now)


@transaction.atomic
def end_danger(
    officer: Officer, *, ref: str, report: str, profile: Profile, now: datetime
) -> Passage:
    """Take a report back: it was wrong, or it is gone. A plan made with it keeps what it was told.

    Raises:
        Refused: not a planner.
        Absent: there is no such report near this passage.
    """
    passage = _planned(officer, ref)
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    dangers.one_near(officer, keys, passage, refs=[report], profile=profile)
    if not dangers.standing().filter(ref=report).update(ended_at=now):
        raise Absent
    audit.record(officer.ref, "passage.danger ended", ref=report, now=now)
    return passage


@transaction.atomic
def forget_dangers(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Delete one report that ended long ago (programme limit danger_kept); True if there was one."""
    row = dangers.long_ended(before=now - profile.limit("danger_kept")).first()
    if row is None:
        return False
    audit.record(who.ref, "passage.danger forgotten", ref=row.ref, now=now)
    row.delete()
    return True


def _planned(officer: Officer, ref: str) -> Passage:
    only_for(officer, Duty.PLN)
    passage = queries.passage_for(officer, Purpose.WRITE, ref=ref)
    if passage.ended_at is not None:
        raise Refused(
            Refusal(
                "passage.ended",
                "This passage has ended.",
                "Report the danger from a passage that is planned or under way.",
            )
        )
    return passage


def _wrong(
    officer: Officer, passage: Passage, report: dict[str, Any], *, profile: Profile, now: datetime
) -> Refusal | None:
    """Refuse what cannot be, and what lies so far off that nobody here would see it to mend it."""
    try:
        told = reports.danger_of({**report, "ref": ""})
    except ValueError:
        return Refusal(
            "passage.wrong_report",
            "No danger can be as told here.",
            "A radius and a half-life are above 0, a rate and a spread not below; a curfew alone has"
            " hours; a grade goes from A1 to F6.",
        )
    if told.seen_at > now:
        return Refusal(
            "passage.in_future", "It cannot have been seen in the future.", "Mend the time."
        )
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    within_m = profile.metres("danger_near")
    if not reports.near([told], dangers.ground_of(keys, passage), within_m=within_m):
        return Refusal(
            "passage.far_report",
            "This place is far from this passage, and nobody here would see the report again.",
            "Look whether it was mistyped; else report it from a passage that is near it.",
        )
    return None


def _made(officer: Officer, report: dict[str, Any], *, now: datetime) -> DangerReport:
    row = new_ref()
    keys = dangers.keys_for(officer, Purpose.WRITE)
    return DangerReport.objects.create(
        ref=row, content=dangers.sealed(keys, report, ref=row), made_by=officer.ref, made_at=now
    )


def _replaced(
    officer: Officer,
    ref: str,
    old: Sequence[str],
    report: dict[str, Any],
    verb: str,
    *,
    profile: Profile,
    now: datetime,
) -> DangerReport:
    passage = _planned(officer, ref)
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    dangers.one_near(officer, keys, passage, refs=old, profile=profile)
    insist(_wrong(officer, passage, report, profile=profile, now=now))
    made = _made(officer, report, now=now)
    ended = dangers.standing().filter(ref__in=old).update(ended_at=now, became=made)
    if ended < len(set(old)):
        raise Absent  # somebody else ended one of them at this moment
    audit.record(officer.ref, f"passage.danger {verb}", ref=made.ref, now=now)
    return made
