"""Suspected force and a freeze close the door to him; `post` keeps it closed."""

from datetime import datetime

from safeconduct.access.rules import Officer, WorkerId
from safeconduct.cases.models import Case
from safeconduct.post import actions as post
from safeconduct.post.rules import HoldKind


def hold_sending(who: Officer | WorkerId, case: Case, *, now: datetime) -> None:
    """Let nothing leave to him but the agreed script, in silence, until two people free the case."""
    if case.person_ref:
        post.hold(who, person_ref=case.person_ref, kind=HoldKind.CASE, now=now)


def free_sending(officer: Officer, case: Case, *, now: datetime) -> None:
    """End every hold, after two people have said yes."""
    for kind in HoldKind:
        post.end_hold(officer, person_ref=case.person_ref, kind=kind, now=now)
