"""Letters and cards: offered each month, counted, and never read or addressed here (GC III 71, L)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import queries as cases
from safeconduct.custody import letters, rules
from safeconduct.custody.models import Letters
from safeconduct.notices import actions as notices
from safeconduct.refusal import insist


@transaction.atomic
def offer_letters(officer: Officer, *, ref: str, content: Mapping[str, str], now: datetime) -> None:
    """Write down that this month's letters and cards were offered, and what went and came since the last time.

    His clock begins anew. That he wanted none is a full answer.

    Args:
        content: offered ("yes"), none ("yes" or nothing), and `rules.COUNTS`.

    Raises:
        Refused: not among his duties, he is held no more, no forms were offered, or no such counts.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = _case(officer, ref, content, forms=content.get("offered") == "yes")
    _written(officer, case, content, offered_at=now, now=now)
    audit.record(officer.ref, "custody.letters", ref=ref, now=now)


@transaction.atomic
def correct_count(officer: Officer, *, ref: str, content: Mapping[str, str], now: datetime) -> None:
    """Write the last counts down again; the newest count. When they were offered stays, and so does the clock.

    Args:
        content: none ("yes" or nothing), and `rules.COUNTS`.

    Raises:
        Refused: not among his duties, he is held no more, or no such counts.
        Absent: nothing was ever offered, there is no such case, or `officer` is not let into it.
    """
    case = _case(officer, ref, content, forms=True)
    last = letters.last_of(case)
    if last is None:
        raise Absent
    _written(officer, case, content, offered_at=last.offered_at, now=now)
    audit.record(officer.ref, "custody.letters.corrected", ref=ref, now=now)


def _case(officer: Officer, ref: str, content: Mapping[str, str], *, forms: bool) -> cases.CaseRow:
    case = cases.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    held = case.custody_since is not None and case.state not in rules.NO_CUSTODY
    insist(rules.may_offer_letters(officer.duties, held=held, forms=forms))
    insist(rules.may_count(content))
    return case


def _written(
    officer: Officer,
    case: cases.CaseRow,
    content: Mapping[str, str],
    *,
    offered_at: datetime,
    now: datetime,
) -> None:
    Letters.objects.create(
        case=case,
        offered_at=offered_at,
        at=now,
        by=officer.ref,
        **rules.counted(content),
    )
    notices.emit("custody.due", case.ref, to=f"member:{case.compartment}")
