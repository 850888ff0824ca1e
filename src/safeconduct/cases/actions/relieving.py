"""The receiving unit was relieved, or is not ready: what it had said back, and that it stood ready, counts no more."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import queries
from safeconduct.cases.actions.taking import journal, nudge
from safeconduct.cases.escorted import may_relieve
from safeconduct.refusal import insist


@transaction.atomic
def relieve_unit(officer: Officer, *, ref: str, now: datetime) -> None:
    """Say that the receiving unit was relieved; evidence that stood on it counts no more.

    Neither his protection nor any stop asks for such evidence, and a case that is frozen takes it too.

    Raises:
        Refused: neither receiving lead nor commander, or he is with the unit already.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(may_relieve(officer, state=case.state))
    case.unit_relieved_at = now
    case.save(update_fields=["unit_relieved_at"])
    journal(case, officer.ref, "case.unit relieved", now=now)
    nudge(case, veiled=False)


@transaction.atomic
def unit_not_ready(officer: Officer, *, ref: str, now: datetime) -> None:
    """Take back that the unit stands ready and has said the plan back; its lead may say both anew.

    Whether it is his to say, the passage asks; nothing that protects him hangs on it.

    Raises:
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    case.unit_not_ready_at = now
    case.save(update_fields=["unit_not_ready_at"])
    journal(case, officer.ref, "case.unit not ready", now=now)
    nudge(case, veiled=False)
