"""Video calls with relatives: his word as reception writes it down, the time, and whether it was held."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer
from safeconduct.audit import actions as audit
from safeconduct.custody import call_rules, calls
from safeconduct.custody.models import VideoCall
from safeconduct.notices import actions as notices
from safeconduct.refusal import insist


@transaction.atomic
def answer_call(
    officer: Officer, *, case: str, ref: str, word: str, alone: bool, now: datetime
) -> None:
    """Write down his word on a call: yes, no, or none for no answer. The last one counts; none has a reason.

    Raises:
        Refused: see `call_rules.may_answer`.
        Absent: there is no such call, or it is not for `officer`.
    """
    row = calls.call_for(officer, case=case, ref=ref)
    told, over = row.told is not None, calls.is_over(row)
    insist(call_rules.may_answer(word, alone=alone, told=told, over=over))
    row.word = word
    _written(officer, row, ["word"], verb=f"custody.call.{word}", now=now)


@transaction.atomic
def give_call(officer: Officer, *, case: str, ref: str, at: datetime, now: datetime) -> None:
    """Give a call its time; until she was told it, given again it is another.

    Raises:
        Refused: see `call_rules.may_give`.
        Absent: there is no such call, or it is not for `officer`.
    """
    row = calls.call_for(officer, case=case, ref=ref)
    insist(
        call_rules.may_give(
            at,
            word=row.word,
            told=row.told is not None,
            over=calls.is_over(row),
            until=row.until,
            now=now,
        )
    )
    row.at, row.given_at = at, now
    _written(officer, row, ["at", "given_at"], verb="custody.call.given", now=now)


@transaction.atomic
def close_call(officer: Officer, *, case: str, ref: str, outcome: str, now: datetime) -> None:
    """Write down whether a call was held, or take that back ("").

    Raises:
        Refused: see `call_rules.may_close`.
        Absent: there is no such call, or it is not for `officer`.
    """
    row = calls.call_for(officer, case=case, ref=ref)
    insist(call_rules.may_close(outcome, before=row.outcome, told=row.told, word=row.word, now=now))
    row.outcome = outcome
    verb = f"custody.call.{outcome or 'taken back'}"
    _written(officer, row, ["outcome"], verb=verb, now=now)


def _written(
    officer: Officer, row: VideoCall, changed: list[str], *, verb: str, now: datetime
) -> None:
    row.by = officer.ref
    row.save(update_fields=[*changed, "by"])
    audit.record(officer.ref, verb, ref=row.case.ref, now=now)
    notices.emit("custody.due", row.case.ref, to=f"member:{row.case.compartment}")
