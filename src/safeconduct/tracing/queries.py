"""The only way to read a request: by one of tracing who is let into the asker's conversation."""

import json
from dataclasses import dataclass

from safeconduct import names
from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.tracing.models import TracingRequest

TEXT = "text"
SOUGHT, KINSHIP, PAPER, DESCRIBED = (
    f"tracing.TracingRequest.{name}" for name in ("sought", "kinship", "paper", "described")
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with what lies sealed in it opened."""

    row: TracingRequest
    sought: str
    kinship: str
    paper: str
    described: names.Known | None


def requests_for(officer: Officer, _purpose: Purpose) -> list[TracingRequest]:
    """Return the requests of askers whom the officer talks with: open ones first, by their time."""
    if Duty.TRC not in officer.duties:
        raise Absent
    rows = TracingRequest.objects.filter(compartment__in=access.compartments_of(officer))
    return sorted(rows, key=lambda row: (row.answered_at is not None, row.due_at, row.pk))


def request_for(
    officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False
) -> TracingRequest:
    """Return one request to one of tracing who is let into the asker's conversation.

    Raises:
        Absent: there is none, or it is not for him.
    """
    rows = TracingRequest.objects.select_for_update() if lock else TracingRequest.objects.all()
    found = rows.filter(ref=ref).first()
    if (
        found is None
        or Duty.TRC not in officer.duties
        or not access.member(officer, found.compartment)
    ):
        raise Absent
    return found


def shown(officer: Officer, purpose: Purpose, *, ref: str) -> Shown:
    """Return one request opened, by one keeper call."""
    row = request_for(officer, purpose, ref=ref)
    keys = keyring.open_fields(officer, purpose, [row.compartment], [TEXT])
    told = [
        keys.open(box, field=field, kind=TEXT, compartment=row.compartment, ref=row.ref)
        if box
        else ""
        for field, box in (
            *((SOUGHT, row.sought), (KINSHIP, row.kinship), (PAPER, row.paper)),
            (DESCRIBED, row.described),
        )
    ]
    sought, kinship, paper, described = told
    known = names.Known(**json.loads(described)) if described else None
    return Shown(row, sought, kinship, paper, known)
